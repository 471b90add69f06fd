"""A backup of our database was put back (DECISIONS A9): `manage.py restored`.

AFAS goes on where we were set back. What is open may have been sent, answered, cancelled or undone
after the backup, so all of it is in doubt: it is looked up, and for half an hour nothing is sent,
billed or imported. What AFAS and we have of each other is compared by `comparing`.

This lowers the risk of billing twice, it does not take it away: of entries that were invoiced after
the backup we know nothing, and before they are billed again a person has to look at the
differences. Everything here may be done twice; then the waiting begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Company
from core import audit
from core.models import AuditEvent
from integrations.models import (
    OPEN_STATES,
    AfasConnection,
    AfasDocument,
    Alert,
    Kind,
    PersonTask,
    State,
)
from integrations.services import looking, settling
from integrations.services.orphans import PERIOD
from integrations.services.rhythm import HELD_AFTER_RESTORE, scaled
from invoicing.services import numbering
from invoicing.services import sending as mailing

ACTION, ACTION_OF_DOCUMENT = "company.backup_restored", "afas_document.backup_restored"
LOST_PAYLOAD = '{"lost": "a backup was restored"}'
"""In place of what was built and sent after the backup; it is built anew before it is sent again.
Without one a document could not be confirmed when AFAS turns out to have it."""
OPEN = (State.UNKNOWN, *(state for state in OPEN_STATES if state != State.UNKNOWN))
"""The unknown first: the others become so."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What was put in doubt for one company: documents by the state they were in."""

    company: Company
    documents: dict[str, int] = field(default_factory=dict)
    held_until: datetime | None = None
    asks_a_person: bool = False

    @property
    def total(self) -> int:
        """How many documents."""
        return sum(self.documents.values())


def concerned() -> QuerySet[Company]:
    """The companies that have, or had, anything to do with AFAS."""
    linked = AfasConnection.objects.filter(closed_at__isnull=True).values("company")
    waiting = AfasDocument.objects.filter(state__in=OPEN_STATES).values("company")
    return Company.objects.filter(Q(pk__in=linked) | Q(pk__in=waiting)).order_by("name", "pk")


def last_known() -> datetime | None:
    """The last thing that this database knows of: about when the backup was made."""
    known = AuditEvent.objects.exclude(action__in=(ACTION, ACTION_OF_DOCUMENT))
    moment: datetime | None = known.aggregate(last=Max("at"))["last"]
    return moment


def hold_all() -> None:
    """First of all: nothing leaves over any link before half an hour is over."""
    AfasConnection.objects.update(
        held_until=Now() + scaled(HELD_AFTER_RESTORE), restored_at=Now(), compared=0
    )


def doubt_own_invoices() -> tuple[int, int]:
    """Numbers may have been given and mails may have left since the backup, in any company.

    The counters go up first (DECISIONS A9): nothing becomes final before somebody says what the
    last number was, also where the backup knows of no invoice yet, and nothing that waited is
    mailed. Returns how many companies, how many mails.
    """
    companies = list(Company.objects.order_by("name", "pk"))
    numbering.require_confirmation(companies)
    return len(companies), mailing.doubt_after_restore()


@transaction.atomic
def restore(company: Company, *, made: datetime | None) -> Tally:
    """Put everything open of a company in doubt, and tell its owners; `made` as `last_known` says.

    The links must be held already.
    """
    documents = _put_in_doubt(company)
    _forget_when_looked(company)
    connection = AfasConnection.objects.of(company).filter(closed_at__isnull=True).first()
    asks = bool(connection and needs_a_person(connection))
    if connection and asks:
        ask_for_period(connection, made)
    _alert(company, connection, made)
    change = audit.Change(after={"documents": sum(documents.values()), "made": made})
    audit.record(company=company, by=None, action=ACTION, obj=company, change=change)
    return Tally(
        company=company,
        documents=documents,
        held_until=connection.held_until if connection else None,
        asks_a_person=asks,
    )


def needs_a_person(connection: AfasConnection) -> bool:
    """Whether AFAS was linked, and cannot show us what it has of ours."""
    was_used = connection.checked_at is not None
    return was_used and not looking.can_look_over(connection, Kind.DIRECT_INVOICE)


def ask_for_period(connection: AfasConnection, made: datetime | None) -> None:
    """Without a comparison a person has to look what AFAS has from the time since the backup.

    One task a link; one that was settled after an earlier restore is opened anew.
    """
    restored_at = connection.restored_at or timezone.now()
    detail = {
        "made": made.isoformat() if made else "",
        "restored": restored_at.isoformat(),
        "look_for": "TC",
        "administration": str(connection.administration or ""),
    }
    task, new = PersonTask.objects.get_or_create(
        what=PersonTask.What.ORPHAN,
        connection=connection,
        document=None,
        key=PERIOD,
        defaults={"company_id": connection.company_id, "detail": detail},
    )
    if not new and task.resolved_at and task.resolved_at < restored_at:
        settled = PersonTask.objects.filter(pk=task.pk, resolved_at=task.resolved_at)
        settled.update(resolved_at=None, resolved_by=None, resolution="", detail=detail)


def _put_in_doubt(company: Company) -> dict[str, int]:
    """Per state how many open documents are *unknown* from now on; proven absence gives back where
    they were, or the queue."""
    found = {}
    for state in OPEN:
        those = AfasDocument.objects.of(company).filter(state=state)
        rows = list(those.only("pk", "reference"))
        if not rows:
            continue
        change = audit.Change(before={"state": state.value})
        audit.record_many(
            company=company, by=None, action=ACTION_OF_DOCUMENT, objects=rows, change=change
        )
        those.filter(payload="").update(payload=LOST_PAYLOAD)
        found[state.value] = those.update(
            state=State.UNKNOWN,
            ever_unknown=True,
            unknown_since=Now(),
            sending_since=None,
            absent_means=_absent_means(state),
            **settling.doubt(),
        )
    return found


def _absent_means(state: State) -> Any:
    if state == State.UNKNOWN:
        return F("absent_means")
    return state if state in {State.WAITING, State.REJECTED} else State.QUEUED


def _forget_when_looked(company: Company) -> None:
    """The time that the backup slept is no delay of AFAS, and must not count as one."""
    unseen = AfasDocument.objects.of(company).filter(state=State.CONFIRMED, seen_at__isnull=True)
    unseen.exclude(look="").update(look="", looked_at=None)


def _alert(company: Company, connection: AfasConnection | None, made: datetime | None) -> None:
    """One open alert; what was put away after an earlier restore is told again."""
    now = timezone.now()
    open_ones = Alert.objects.of(company).filter(kind=Alert.Kind.RESTORED, closed_at__isnull=True)
    open_ones.filter(dismissed_at__isnull=False).update(closed_at=now)
    Alert.objects.get_or_create(
        company=company,
        kind=Alert.Kind.RESTORED,
        key="",
        closed_at=None,
        defaults={
            "connection": connection,
            "detail": {"made": made.isoformat() if made else ""},
        },
    )

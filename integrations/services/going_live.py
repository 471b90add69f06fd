"""Going live after a trial in a test environment (DECISIONS A11).

What was invoiced in a test or accept environment of AFAS is no invoice to anybody, yet its entries
count as billed. Once the company is linked to its live environment they are released, by a person
who has seen which: each document by itself, all of it or nothing, and doing it again does no harm.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError, StaleError
from integrations.models import AfasConnection, AfasDocument, Kind, PersonTask, State
from integrations.selectors import connection_of
from integrations.services import documents
from invoicing.services import claiming
from registration.services import valuation

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""Documents in one preview and one press; the page says how many are left."""
CANCELLED_HERE = (State.WAITING, State.QUEUED, State.UNKNOWN, State.REJECTED)
INVOICED = Q(kind=Kind.DIRECT_INVOICE, state=State.CONFIRMED)
ACTION = "afas_document.trial_released"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A document of the trial: how many things it bills, and for how much, EUR excl. VAT."""

    document: AfasDocument
    entries: int
    net: Decimal

    @property
    def is_invoice(self) -> bool:
        """Whether the test environment made an invoice of it."""
        return self.document.state == State.CONFIRMED


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would be released now, into which live environment, and a token over all of it."""

    live: AfasConnection | None
    trials: Sequence[Trial] = ()
    left: int = 0
    sending: int = 0
    token: str = ""

    @property
    def invoices(self) -> list[Trial]:
        """What was invoiced there."""
        return [one for one in self.trials if one.is_invoice]

    @property
    def unsent(self) -> list[Trial]:
        """What never became an invoice there, or nobody knows whether."""
        return [one for one in self.trials if not one.is_invoice]

    @property
    def entries(self) -> int:
        """How many things are unbilled again afterwards."""
        return sum(one.entries for one in self.trials)

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT of those."""
        return sum((one.net for one in self.trials), Decimal(0))


@dataclass(frozen=True, kw_only=True)
class Released:
    """What became of one document: `why_not` is empty when it was released."""

    pk: UUID
    entries: int
    net: Decimal
    why_not: str = ""


def waiting(company: Company) -> int:
    """How many documents of a trial keep their entries billed although the company is live."""
    return _of_trials(company).count() if live_connection(company) else 0


def live_connection(company: Company) -> AfasConnection | None:
    """The link that is in use, when it is to a live environment."""
    connection = connection_of(company)
    return connection if connection and connection.realm == AfasConnection.Realm.LIVE else None


def preview(company: Company) -> Preview:
    """What pressing would do now; nothing while the company is not linked to a live environment."""
    live = live_connection(company)
    if live is None:
        return Preview(live=None)
    found = list(_with_claims(_of_trials(company))[:AT_ONCE])
    trials = [
        Trial(document=one, entries=one.entries, net=one.claimed or Decimal(0)) for one in found
    ]
    return Preview(
        live=live,
        trials=trials,
        left=_of_trials(company).count() - len(trials),
        sending=_in_tests(company).filter(state=State.SENDING).count(),
        token=_token(live, trials),
    )


def release(*, company: Company, token: str, reason: str, by: User) -> list[Released]:
    """Release all that the preview showed: invoices are undone, the rest is cancelled.

    Raises StaleError when something changed since, and DomainError without a reason or a live link;
    then nothing is done. What goes wrong with one is told, and the others go on.
    """
    shown = preview(company)
    if not reason.strip():
        raise DomainError(_("Say why, so that a colleague understands it later."))
    if shown.live is None:
        raise DomainError(
            _("The company is not linked to a live environment, so nothing was released.")
        )
    if shown.token != token:
        raise StaleError(
            _(
                "Something changed since you looked, so nothing was released. Below is how it "
                "stands now; look once more and confirm."
            )
        )
    return [_release(one, reason.strip(), by) for one in shown.trials]


def _in_tests(company: Company) -> QuerySet[AfasDocument]:
    """Everything that was told to a test or accept environment, over links that are closed."""
    closed = AfasConnection.objects.of(company).filter(closed_at__isnull=False)
    trials = closed.exclude(realm=AfasConnection.Realm.LIVE).values_list("pk", flat=True)
    return AfasDocument.objects.of(company).filter(connection__in=list(trials))


def _of_trials(company: Company) -> QuerySet[AfasDocument]:
    return _in_tests(company).filter(INVOICED | Q(state__in=CANCELLED_HERE))


def _with_claims(found: QuerySet[Any]) -> QuerySet[Any]:
    """With what they bill still; deletions come first, since they point at an invoice. A booking
    bills nothing: our own invoice does, whatever a test environment made of it."""
    held = Q(invoice__lines__claims__released_at__isnull=True, kind=Kind.DIRECT_INVOICE)
    first = Case(
        When(kind=Kind.DELETION, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    counted = found.annotate(
        entries=Count("invoice__lines__claims", filter=held),
        claimed=Sum("invoice__lines__claims__amount", filter=held),
        turn=first,
    )
    related = ("customer", "invoice", "connection", "company")
    return counted.select_related(*related).order_by("turn", "created_at", "id")


def _token(live: AfasConnection, trials: Sequence[Trial]) -> str:
    shown = [
        (str(one.document.pk), one.document.state, one.entries, str(one.net)) for one in trials
    ]
    return hashlib.sha256(json.dumps([live.pk, shown]).encode()).hexdigest()


def _release(trial: Trial, reason: str, by: User) -> Released:
    """One document in a transaction of its own."""
    why_not = ""
    try:
        with transaction.atomic():
            if trial.is_invoice:
                _undo(trial.document, reason, by)
            else:
                _cancel(trial.document, reason, by)
            _settle_tasks(trial.document, reason, by)
    except DomainError as error:
        why_not = error.message
    except OperationalError:
        logger.exception("Document %s could not be released now.", trial.document.reference)
        why_not = _("Somebody else was working on it at this moment; nothing changed. Try again.")
    return Released(pk=trial.document.pk, entries=trial.entries, net=trial.net, why_not=why_not)


def _undo(document: AfasDocument, reason: str, by: User) -> None:
    valuation.hold(document.company)  # before the row, as in every other way of releasing
    undone = AfasDocument.objects.filter(INVOICED, pk=document.pk).update(
        state=State.UNDONE, undone_at=Now(), next_look_at=None, asks=""
    )
    if not undone:
        raise _stale()
    if document.invoice:
        claiming.release(invoice=document.invoice, by=by, reason=reason)
    change = audit.Change(reason=reason, after={"environment": document.environment})
    audit.record(company=document.company, by=by, action=ACTION, obj=document, change=change)


def _cancel(document: AfasDocument, reason: str, by: User) -> None:
    """Also what is unknown: whether a test environment has it makes no difference to anybody."""
    if document.state != State.UNKNOWN:
        documents.cancel(document=document, by=by, reason=reason)
    elif not documents.give_up(document=document, by=by, reason=reason):
        raise _stale()


def _settle_tasks(document: AfasDocument, reason: str, by: User) -> None:
    """Nobody has to settle anything in a test environment any more."""
    tasks = PersonTask.objects.of(document.company_id).filter(document=document)
    tasks.filter(resolved_at__isnull=True).update(
        resolved_at=Now(), resolved_by=by, resolution=reason
    )


def _stale() -> StaleError:
    return StaleError(_("Somebody else settled this document meanwhile; look at it again."))

"""After a restored backup AFAS and we are compared, both ways and twice (DECISIONS A9).

At five minutes, and at thirty, when nothing of before can still come. What AFAS has and we lack is
an orphan (`orphans`); what we hold confirmed and AFAS shows no more is lost, and a person undoes
it or finds it. Invoices that AFAS had not shown yet are left to `seeing`, which looks for them.

All that bears a reference of ours is read page by page, with the control row: a sweep reads for
forty seconds, the next one goes on. As long as the second comparison is not made the hold goes on,
for two hours at most; then a person is asked to look. Where AFAS shows us nothing a person is asked
from the start.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from integrations.afas.client import AfasClient, AnyOf, Condition, Limits, Operator
from integrations.afas.errors import AfasError
from integrations.afas.posted import InvoiceMapping, PostedInvoice, posted_invoice_from
from integrations.afas.records import BadRow
from integrations.afas.text import cell
from integrations.models import AfasConnection, AfasDocument, Comparison, Kind, PersonTask, State
from integrations.services import clients, looking, orphans, restoring
from integrations.services.looking import Sight
from integrations.services.rhythm import COMPARED_AFTER_RESTORE, quiet_time, scaled

logger = logging.getLogger(__name__)

PAGE = 1000
PAGES = Limits(connect=5, read=30, total=35, tries=1)
TIME_FOR_PAGES = timedelta(seconds=40)
AT_ONCE = 5  # references with their numbers in one question: more would not fit into the URL
HELD_AT_MOST = timedelta(hours=2)
HELD_FOR = timedelta(minutes=3)
AGAIN_WHEN_BLIND = timedelta(minutes=10)
DATE = "OrDa"
"""The column of the date, by the name of the field that was sent; shown where it is there."""


def compare_restored() -> None:
    """Compare every link whose time has come; what goes wrong over one keeps no other back."""
    until = time.monotonic() + scaled(TIME_FOR_PAGES).total_seconds()
    for connection in _restored():
        try:
            _go_on(connection, until)
        except AfasError as error:
            logger.warning("%s is compared later: %s", connection, type(error).__name__)
        except Exception:  # of our own
            logger.exception("%s could not be compared with AFAS.", connection)
        if time.monotonic() > until:
            break
    orphans.free_those_without()


def _restored() -> list[AfasConnection]:
    """Links that are not compared yet, in another order each time: a slow one must not be first
    for ever."""
    waiting = AfasConnection.objects.filter(
        restored_at__isnull=False, closed_at__isnull=True, compared__lt=len(COMPARED_AFTER_RESTORE)
    )
    found = list(waiting.select_related("company"))
    random.shuffle(found)
    return found


def _go_on(connection: AfasConnection, until: float) -> None:
    restored_at = connection.restored_at
    if restored_at is None:
        return
    if not looking.can_look_over(connection, Kind.DIRECT_INVOICE):
        if restoring.needs_a_person(connection):
            restoring.ask_for_period(connection, None)
        return
    since = timezone.now() - restored_at
    _hold_on(connection, since)
    if since >= scaled(COMPARED_AFTER_RESTORE[connection.compared]):
        Reading.of(connection, restored_at, until).go()


def _hold_on(connection: AfasConnection, since: timedelta) -> None:
    """Nothing leaves before the second comparison, unless AFAS cannot be compared for two hours."""
    if since > scaled(HELD_AT_MOST):
        restoring.ask_for_period(connection, None)
        return
    ends = AfasConnection.objects.filter(pk=connection.pk, held_until__lt=Now() + scaled(HELD_FOR))
    ends.update(held_until=Now() + scaled(HELD_FOR))


@dataclass
class Reading:
    """A comparison in the hands of this sweep; `until` on the monotonic clock.

    Two sweeps at once do no harm: each page counts for the one that is first.
    """

    connection: AfasConnection
    comparison: Comparison
    client: AfasClient
    names: InvoiceMapping
    until: float

    @classmethod
    def of(cls, connection: AfasConnection, restored_at: datetime, until: float) -> Reading:
        """Begun, or as far as it came."""
        comparison, _new = Comparison.objects.get_or_create(
            connection=connection,
            restored_at=restored_at,
            number=connection.compared + 1,
            defaults={"company_id": connection.company_id, "began_at": timezone.now()},
        )
        client = clients.credentials_of(connection).client(limits=PAGES)
        return cls(connection, comparison, client, looking.mapping_of(connection), until)

    def go(self) -> None:
        """Page after page, then what AFAS did not show. Raises AfasError."""
        if self.comparison.began_at > timezone.now():
            return
        if self.comparison.read_at is None and not self._read():
            return
        if not (self.comparison.control_shown and self._is_borne_out()):
            self._begin_again()
        elif self._ask_for_lost():
            self._finish()

    def _read(self) -> bool:
        """Whether the last page was read."""
        for rows in self._pages():
            if not self._keep(rows):
                return False
            if len(rows) == PAGE and time.monotonic() > self.until:
                return False
        return self._advance(self.comparison.last_key, read_at=timezone.now())

    def _pages(self) -> Iterator[list[dict[str, Any] | BadRow]]:
        number = self.names.order_number
        where = AnyOf(
            [
                [Condition(self.names.reference, Operator.CONTAINS, "TC")],
                [Condition(number, Operator.EQ, self.connection.lookup_control)],
            ]
        )
        if self.comparison.last_key:
            where = where.and_also(Condition(number, Operator.GT, self.comparison.last_key))
        return self.client.pages(
            self.connection.lookup_connector,
            where=where,
            order_by=number,
            key=number,
            page=PAGE,
            row_type=dict[str, Any],
        )

    @transaction.atomic
    def _keep(self, raw: list[dict[str, Any] | BadRow]) -> bool:
        """One page, all or nothing; False when another sweep was first."""
        rows = [one for one in raw if not isinstance(one, BadRow)]
        shown = [(one, row) for row in rows if (one := posted_invoice_from(row, self.names))]
        last = shown[-1][0].order_number if shown else self.comparison.last_key
        control = self.connection.lookup_control
        seen = any(one.order_number == control for one, _row in shown)
        if not self._advance(
            last,
            rows=self.comparison.rows + len(raw),
            control_shown=self.comparison.control_shown or seen,
        ):
            return False
        known = self._known([one for one, _row in shown])
        for one, row in shown:
            if self._is_orphan(one, known):
                orphans.report(self.connection, one, cell(row, DATE)[:10])
        return True

    def _advance(self, last_key: str, **values: Any) -> bool:
        """Write down how far it came; False when another sweep did meanwhile."""
        here = Comparison.objects.filter(
            pk=self.comparison.pk, last_key=self.comparison.last_key, read_at__isnull=True
        )
        if not here.update(last_key=last_key[:40], **values):
            return False
        self.comparison.refresh_from_db()
        return True

    def _known(self, shown: Iterable[PostedInvoice]) -> set[str]:
        """The references among these that a document of ours bears, of whichever company; the
        confirmed ones of them are seen."""
        borne = {found for one in shown for found in orphans.references_in(one.reference)}
        documents = AfasDocument.objects.filter(reference__in=borne)
        ours = documents.of(self.connection.company_id)
        ours.filter(state=State.CONFIRMED, seen_at__isnull=False).update(
            look=Sight.FOUND, looked_at=Now()
        )
        return set(documents.values_list("reference", flat=True))

    def _is_orphan(self, one: PostedInvoice, known: set[str]) -> bool:
        borne = orphans.references_in(one.reference)
        return bool(borne) and known.isdisjoint(borne) and self._is_of_our_books(one)

    def _is_of_our_books(self, one: PostedInvoice) -> bool:
        """Another administration of the same environment is another company's; where AFAS shows
        none it may be ours."""
        shown = one.administration
        return not shown.isdecimal() or int(shown) == self.connection.administration

    def _is_borne_out(self) -> bool:
        """Whether references were shown, where they were before: a list that lost them would pose
        as one without orphans."""
        seen = AfasDocument.objects.filter(
            connection=self.connection,
            kind=Kind.DIRECT_INVOICE,
            state=State.CONFIRMED,
            seen_at__isnull=False,
        )
        return not seen.exists() or seen.filter(looked_at__gte=self.comparison.began_at).exists()

    def _begin_again(self) -> None:
        """What is certainly there was not shown: the reading was blind and proves no absence."""
        logger.warning(
            "%s does not show what is certainly there; it is compared later.", self.connection
        )
        Comparison.objects.filter(pk=self.comparison.pk).update(
            began_at=timezone.now() + scaled(AGAIN_WHEN_BLIND),
            last_key="",
            rows=0,
            control_shown=False,
            read_at=None,
        )

    def _ask_for_lost(self) -> bool:
        """Ask once more for each that no page showed; whether that was all of them."""
        missing = list(self._missing()[: AT_ONCE * 20])
        while missing:
            for start in range(0, len(missing), AT_ONCE):
                if not self._look_for(missing[start : start + AT_ONCE]):
                    return False
                if time.monotonic() > self.until:
                    return False
            missing = list(self._missing()[: AT_ONCE * 20])
        return True

    def _missing(self) -> QuerySet[AfasDocument]:
        """Seen before, not in this reading, not told yet, and no deletion of it is under way."""
        unseen = Q(looked_at__isnull=True) | Q(looked_at__lt=self.comparison.began_at)
        told = PersonTask.objects.filter(what=PersonTask.What.LOST, document__isnull=False)
        deletions = AfasDocument.objects.filter(kind=Kind.DELETION)
        over = (State.CANCELLED, State.CONFIRMED)
        return (
            AfasDocument.objects.of(self.connection.company_id)
            .filter(
                unseen,
                kind=Kind.DIRECT_INVOICE,
                state=State.CONFIRMED,
                seen_at__isnull=False,
                environment=self.connection.environment,
                administration=self.connection.administration,
                confirmed_at__lt=Now() - quiet_time(self.connection),
            )
            .exclude(pk__in=told.values("document"))
            .exclude(pk__in=deletions.exclude(state__in=over).values("target"))
            .order_by("pk")
        )

    def _look_for(self, documents: list[AfasDocument]) -> bool:
        """Tell of those that AFAS does not show; False when it does not even show the control."""
        control = self.connection.lookup_control
        references = [one.reference for one in documents]
        numbers = [control, *(one.order_number for one in documents)]
        shown = looking.posted_invoices(self.client, self.connection, references, numbers)
        if not any(one.order_number == control for one in shown):
            self._begin_again()
            return False
        for document in documents:
            if any(_is_it(document, one) for one in shown):
                there = AfasDocument.objects.filter(pk=document.pk, state=State.CONFIRMED)
                there.update(look=Sight.FOUND, looked_at=Now())
            else:
                self._report_lost(document)
        return True

    def _report_lost(self, document: AfasDocument) -> None:
        PersonTask.objects.get_or_create(
            what=PersonTask.What.LOST,
            document=document,
            key=document.order_number,
            defaults={
                "company_id": document.company_id,
                "connection": self.connection,
                "detail": {"restored": self.comparison.restored_at.isoformat()},
            },
        )

    @transaction.atomic
    def _finish(self) -> None:
        Comparison.objects.filter(pk=self.comparison.pk).update(finished_at=Now())
        AfasConnection.objects.filter(
            pk=self.connection.pk,
            restored_at=self.comparison.restored_at,
            compared=self.comparison.number - 1,
        ).update(compared=F("compared") + 1)


def _is_it(document: AfasDocument, one: PostedInvoice) -> bool:
    """By its reference; or by its number, when somebody typed over the reference."""
    same_number = one.order_number == document.order_number
    return one.bears(document.reference) or (same_number and looking.is_as_sent(document, one))

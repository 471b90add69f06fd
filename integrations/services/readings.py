"""One reading of all that AFAS shows of ours in one list, page by page, with the control row.

What AFAS has and we lack is told as an orphan, what we hold confirmed and AFAS shows no more as
lost, what it shows with another amount or debtor as a difference.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from integrations.afas.client import AfasClient, AnyOf, Condition, Limits, Operator
from integrations.afas.posted import ListMapping, Posted
from integrations.afas.records import BadRow
from integrations.afas.text import cell
from integrations.models import AfasConnection, AfasDocument, Comparison, Kind, PersonTask, State
from integrations.services import clients, looking, orphans, seeing
from integrations.services.lists import PostedList
from integrations.services.looking import Sight
from integrations.services.rhythm import quiet_time, scaled

logger = logging.getLogger(__name__)

PAGE = 1000
PAGES = Limits(connect=5, read=30, total=35, tries=1)
AT_ONCE = 5  # invoices in one question, each by reference and by number; bookings take more room
AGAIN_WHEN_BLIND = timedelta(minutes=10)
SETTLED = (State.CONFIRMED, State.CANCELLED, State.UNDONE)
DATES = {Kind.DIRECT_INVOICE: "OrDa", Kind.SALES_BOOKING: "EnDa"}
"""The column of the date, by the name of the field that was sent; shown where it is there."""


@dataclass
class Reading:
    """A comparison in the hands of this sweep; `until` on the monotonic clock.

    Two sweeps at once do no harm: each page counts for the one that is first.
    """

    connection: AfasConnection
    comparison: Comparison
    source: PostedList
    client: AfasClient
    names: ListMapping
    until: float

    @classmethod
    def of(cls, comparison: Comparison, of: PostedList, until: float) -> Reading:
        """Begun, or as far as it came."""
        connection = comparison.connection
        client = clients.credentials_of(connection).client(limits=PAGES)
        return cls(connection, comparison, of, client, of.names(connection), until)

    @property
    def control(self) -> str:
        """The key of the row that the reading must show."""
        return self.source.control(self.connection)

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
        """Page after page, each from where the one before ended."""
        full = True
        while full:
            page = self.client.pages(
                self.source.connector(self.connection),
                where=self._where(),
                order_by=self.names.number,
                key=self.names.number,
                page=PAGE,
                row_type=dict[str, Any],
            )
            rows = next(page, [])
            full = len(rows) == PAGE
            yield rows

    def _where(self) -> AnyOf:
        ours = [Condition(self.names.reference, Operator.CONTAINS, "TC")]
        where = AnyOf([ours, self.names.keyed(self.control)])
        if self.comparison.last_key:
            where = where.and_also(self._after(self.comparison.last_key))
        return where

    def _after(self, last: str) -> Condition:
        """Entry numbers repeat over journals: those of the last one are read once more, and what
        was kept of them already is kept once."""
        repeats = self.source.kind == Kind.SALES_BOOKING
        return Condition(self.names.number, Operator.GE if repeats else Operator.GT, last)

    @transaction.atomic
    def _keep(self, raw: list[dict[str, Any] | BadRow]) -> bool:
        """One page, all or nothing; False when another sweep was first, or it brought nothing new
        though it was full."""
        rows = [one for one in raw if not isinstance(one, BadRow)]
        shown = [(one, row) for row in rows if (one := self.names.read(row))]
        before = self.comparison.last_key
        last = shown[-1][0].number if shown else before
        seen = any(one.key == self.control for one, _row in shown)
        new = sum(one.number != before for one, _row in shown) + len(raw) - len(shown)
        if not self._advance(
            last,
            rows=self.comparison.rows + new,
            control_shown=self.comparison.control_shown or seen,
        ):
            return False
        known = self._known([one for one, _row in shown])
        for one, row in shown:
            if self._is_orphan(one, known):
                day = cell(row, DATES[self.source.kind])[:10]
                orphans.report(self.connection, self.source, one, day)
        return last != before or len(raw) < PAGE

    def _advance(self, last_key: str, **values: Any) -> bool:
        """Write down how far it came; False when another sweep did meanwhile."""
        here = Comparison.objects.filter(
            pk=self.comparison.pk, last_key=self.comparison.last_key, read_at__isnull=True
        )
        if not here.update(last_key=last_key[:40], **values):
            return False
        self.comparison.refresh_from_db()
        return True

    def _known(self, shown: list[Posted]) -> set[str]:
        """The references among these that a document of ours bears, of whichever company; the
        confirmed ones of them are seen, and compared, and what is settled has no other number."""
        borne: dict[str, list[Posted]] = defaultdict(list)
        for one in shown:
            for found in orphans.references_in(one.reference):
                borne[found].append(one)
        documents = AfasDocument.objects.filter(reference__in=borne)
        settled = documents.of(self.connection.company_id).filter(
            kind=self.source.kind, state__in=SETTLED
        )
        confirmed = settled.filter(state=State.CONFIRMED, seen_at__isnull=False)
        confirmed.update(look=Sight.FOUND, looked_at=Now())
        by_key = {one.key: one for one in shown}
        for document in settled.select_related("invoice"):
            seeing.report_twins(document, borne[document.reference])
            shown_as = by_key.get(document.list_key)
            if shown_as and document.state == State.CONFIRMED:
                seeing.compare(document, shown_as)
        return set(documents.values_list("reference", flat=True))

    def _is_orphan(self, one: Posted, known: set[str]) -> bool:
        borne = orphans.references_in(one.reference)
        return bool(borne) and known.isdisjoint(borne) and self._is_of_our_books(one)

    def _is_of_our_books(self, one: Posted) -> bool:
        """Another administration of the same environment is another company's; where AFAS shows
        none it may be ours."""
        shown = one.administration
        return not shown.isdecimal() or int(shown) == self.connection.administration

    def _is_borne_out(self) -> bool:
        """Whether references were shown, where they were before: a list that lost them would pose
        as one without orphans."""
        seen = AfasDocument.objects.filter(
            connection=self.connection,
            kind=self.source.kind,
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
            most = min(AT_ONCE, self.source.at_once - 1)
            for start in range(0, len(missing), most):
                if not self._look_for(missing[start : start + most]):
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
                kind=self.source.kind,
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
        references = [one.reference for one in documents]
        keys = [self.control, *(one.list_key for one in documents)]
        shown = self.source.read(self.client, self.connection, references, keys)
        if not any(one.key == self.control for one in shown):
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
        restored_at = self.comparison.restored_at
        PersonTask.objects.get_or_create(
            what=PersonTask.What.LOST,
            document=document,
            key=document.key,
            defaults={
                "company_id": document.company_id,
                "connection": self.connection,
                "detail": {"restored": restored_at.isoformat()} if restored_at else {},
            },
        )

    def _finish(self) -> None:
        Comparison.objects.filter(pk=self.comparison.pk).update(finished_at=Now())


def _is_it(document: AfasDocument, one: Posted) -> bool:
    """By its reference; or by its number, when somebody typed over the reference."""
    same_number = one.key == document.list_key
    return one.bears(document.reference) or (same_number and looking.is_as_sent(document, one))

"""Where each group of differences lies, and how it is searched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.models import (
    AfasConnection,
    AfasDocument,
    Asks,
    BookingSettings,
    Kind,
    OpenItem,
    PersonTask,
    State,
)
from integrations.selectors import MOST_FOUND
from integrations.services.difference_rows import (
    Difference,
    Group,
    of_document,
    of_invoice,
    of_item,
    of_task,
)
from integrations.services.orphans import PERIOD
from invoicing.models import Channel, DeliveryStatus, Invoice, Payment
from relations.models import Customer

KINDS = (Kind.SALES_BOOKING, Kind.DIRECT_INVOICE)


@dataclass(frozen=True)
class Source:
    """Where the rows of a group lie, and what is told of one."""

    rows: Callable[[AfasConnection, str], QuerySet[Any]]
    told: Callable[[Any], Difference]


@dataclass(frozen=True)
class Search:
    """The words of a search, and whose customers they name."""

    q: str
    customers: Sequence[int]

    @classmethod
    def of(cls, connection: AfasConnection, q: str) -> Search:
        """Asked in steps, each over an index."""
        if not q:
            return cls(q, [])
        named = Customer.objects.of(connection.company_id)
        for word in q.split():
            named = named.filter(Q(name__icontains=word) | Q(number=word))
        return cls(q, list(named.order_by("name").values_list("pk", flat=True)[:MOST_FOUND]))

    def of_group(self, group: Group, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Only the rows that these words are about."""
        if not self.q:
            return rows
        if group == Group.UNBOOKED:
            return rows.filter(Q(customer__in=self.customers) | Q(number=self.q))
        prefix = "" if group in {Group.DOUBT, Group.UNSEEN} else "document__"
        about = self._about(prefix)
        return rows.filter(about | self._of_tasks() if rows.model is PersonTask else about)

    def _about(self, prefix: str) -> Q:
        about = Q(**{f"{prefix}customer__in": self.customers})
        for column in ("invoice__number", "invoice_number", "order_number", "entry_number"):
            about |= Q(**{f"{prefix}{column}": self.q})
        return about | Q(**{f"{prefix}reference": self.q.upper()})

    def _of_tasks(self) -> Q:
        shown = ("number", "reference", "debtor", "invoice_number")
        about = Q(key=self.q)
        for name in shown:
            about |= Q(**{f"detail__{name}": self.q})
        return about


def in_books(connection: AfasConnection, kind: str) -> QuerySet[AfasDocument]:
    documents = AfasDocument.objects.of(connection.company_id).filter(
        kind=kind,
        environment=connection.environment,
        administration=connection.administration,
    )
    return documents.select_related("invoice", "customer").order_by("-created_at", "-id")


def links_to(connection: AfasConnection) -> list[int]:
    """Every link that this company ever had with the same books."""
    same = AfasConnection.objects.of(connection.company_id).filter(
        environment=connection.environment, administration=connection.administration
    )
    return list(same.values_list("pk", flat=True))


def _tasks(what: PersonTask.What, connection: AfasConnection, kind: str) -> QuerySet[PersonTask]:
    tasks = PersonTask.objects.of(connection.company_id).filter(
        what=what,
        resolved_at__isnull=True,
        document__kind=kind,
        document__state=State.CONFIRMED,
        document__environment=connection.environment,
        document__administration=connection.administration,
    )
    return tasks.select_related("document__invoice", "document__customer").order_by("-id")


def _differing(connection: AfasConnection, kind: str) -> QuerySet[PersonTask]:
    return _tasks(PersonTask.What.DIFFERS, connection, kind)


def _missing(connection: AfasConnection, kind: str) -> QuerySet[PersonTask]:
    return _tasks(PersonTask.What.LOST, connection, kind)


def _orphans(connection: AfasConnection, kind: str) -> QuerySet[PersonTask]:
    tasks = PersonTask.objects.of(connection.company_id).filter(
        what=PersonTask.What.ORPHAN,
        resolved_at__isnull=True,
        document__isnull=True,
        connection__environment=connection.environment,
        connection__administration=connection.administration,
    )
    of_kind = Q(detail__list=kind)
    if kind == Kind.DIRECT_INVOICE:
        of_kind |= Q(detail__list__isnull=True)
    return tasks.filter(of_kind).exclude(key=PERIOD).order_by("-id")


def _doubtful(connection: AfasConnection, kind: str) -> QuerySet[AfasDocument]:
    doubt = Q(state__in=(State.UNKNOWN, State.REJECTED))
    not_found = Q(state=State.CONFIRMED, asks=Asks.UNSEEN)
    return in_books(connection, kind).filter(doubt | not_found)


def _unseen(connection: AfasConnection, kind: str) -> QuerySet[AfasDocument]:
    return in_books(connection, kind).filter(
        connection__in=links_to(connection),
        state=State.CONFIRMED,
        seen_at__isnull=True,
        next_look_at__isnull=False,
        asks="",
    )


def _unbooked(connection: AfasConnection, kind: str) -> QuerySet[Invoice]:
    """Own invoices that the customer has and the books do not, where invoices are booked at all."""
    invoices = Invoice.objects.of(connection.company_id).select_related("customer")
    if kind != Kind.SALES_BOOKING or not books_own_invoices(connection):
        return invoices.none()
    live = AfasDocument.objects.filter(
        ~Q(state=State.CANCELLED),
        environment=connection.environment,
        kind=Kind.SALES_BOOKING,
        invoice=OuterRef("pk"),
        undone_at__isnull=True,
    )
    return invoices.filter(
        ~Exists(live),
        ~Q(total=0),
        channel=Channel.OURS,
        delivery=DeliveryStatus.SENT,
    ).order_by("-sent_at", "-id")


def books_own_invoices(connection: AfasConnection) -> bool:
    """Whether this company books its own invoices in these books, or is about to."""
    if connection.administration is None:
        return False
    chosen = BookingSettings.objects.of(connection.company_id).filter(
        ~Q(journal=""),
        environment=connection.environment,
        administration=connection.administration,
    )
    return chosen.exists() or in_books(connection, Kind.SALES_BOOKING).exists()


def _payments(connection: AfasConnection, kind: str) -> QuerySet[OpenItem]:
    items = OpenItem.objects.of(connection.company_id).filter(
        differs=True,
        document__kind=kind,
        document__state=State.CONFIRMED,
        document__environment=connection.environment,
        document__administration=connection.administration,
    )
    credited = Payment.objects.filter(invoice=OuterRef("document__invoice"), how=Payment.How.CREDIT)
    items = items.annotate(is_credited=Exists(credited))
    return items.select_related("document__invoice", "document__customer").order_by("-id")


SOURCES: dict[Group, Source] = {
    Group.DIFFERS: Source(_differing, lambda row: of_task(Group.DIFFERS, row)),
    Group.MISSING: Source(_missing, lambda row: of_task(Group.MISSING, row)),
    Group.ORPHAN: Source(_orphans, lambda row: of_task(Group.ORPHAN, row)),
    Group.DOUBT: Source(_doubtful, lambda row: of_document(Group.DOUBT, row)),
    Group.UNBOOKED: Source(_unbooked, of_invoice),
    Group.PAYMENT: Source(_payments, of_item),
    Group.UNSEEN: Source(_unseen, lambda row: of_document(Group.UNSEEN, row)),
}

"""Questions about the link with AFAS; every one of them names the company."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from integrations.models import (
    AfasConnection,
    AfasDocument,
    Asks,
    BookingRun,
    CustomerLink,
    ImportRow,
    ImportRun,
    InvoicingRun,
    Kind,
    PaymentRun,
    PersonTask,
    State,
)
from invoicing.models import CLAIMABLE, Claim, DocumentStatus, Invoice
from relations.models import Customer

_OVER = (State.CANCELLED, State.UNDONE)
_MOVING_DELETIONS = AfasDocument.objects.filter(target=OuterRef("pk")).exclude(
    Q(state__in=(State.CANCELLED, State.REJECTED))
    | Q(state=State.CONFIRMED, followed_up_at__isnull=False)
)
"""Of a document: the deletions of it that may still take it away."""


def connection_of(company: Company) -> AfasConnection | None:
    """The connection that is in use now, if there is one."""
    return AfasConnection.objects.of(company).filter(closed_at__isnull=True).first()


def documents_of(company: Company, state: str = "") -> QuerySet[AfasDocument]:
    """Everything told or to be told to AFAS, newest first, of all connections ever."""
    documents = AfasDocument.objects.of(company).select_related(
        "customer",
        "invoice",
        "target__invoice",
        "target__customer",
        "connection",
        "after",
        "created_by",
    )
    return (documents.filter(state=state) if state else documents).order_by("-created_at", "-id")


def documents_listed(company: Company) -> QuerySet[AfasDocument]:
    """The same for a list, without what only the page of a document shows."""
    columns = [one.attname for one in AfasDocument._meta.concrete_fields]
    light = [name for name in columns if name not in {"payload", "detail", "message"}]
    related = ("invoice__net", "target__kind", "target__invoice__net", "created_by__name")
    own = AfasDocument.objects.of(company)
    rows = own.select_related("invoice", "target__invoice", "created_by")
    return rows.only(*light, *related).order_by("-created_at", "-id")


def document_of(company: Company, pk: UUID) -> AfasDocument | None:
    """One document of the company."""
    return documents_of(company).select_related("intention_by", "company").filter(pk=pk).first()


def invoicing_of_project(company: Company, kind: str, project: int) -> dict[int, AfasDocument]:
    """The last direct invoice over the planned amounts of a project, by the id of our invoice.

    `kind` is "instalment" or "subscription_period". One query.
    """
    held = Claim.objects.of(company).filter(
        **{f"{kind}__project": project}, released_at__isnull=True
    )
    documents = AfasDocument.objects.of(company).filter(
        kind=Kind.DIRECT_INVOICE, invoice__in=held.values("line__invoice")
    )
    return {one.invoice_id: one for one in documents.order_by("created_at", "id") if one.invoice_id}


def bookings_of(
    company: Company, environment: str, invoices: Iterable[int]
) -> dict[int, AfasDocument]:
    """The booking of each of these invoices that stands or is on its way, by the invoice's id.

    Each carries `is_leaving`: whether its deletion is under way. One query.
    """
    bookings = AfasDocument.objects.of(company).filter(
        kind=Kind.SALES_BOOKING, environment=environment, invoice__in=list(invoices)
    )
    live = bookings.exclude(state__in=_OVER).annotate(is_leaving=Exists(_MOVING_DELETIONS))
    return {one.invoice_id: one for one in live.select_related("after") if one.invoice_id}


def attachments_of(bookings: Iterable[AfasDocument]) -> dict[UUID | None, AfasDocument]:
    """The dossier item with the PDF of each of these bookings, by the booking's id: the last one
    that was not given up. One query."""
    items = AfasDocument.objects.filter(attached_to__in=[one.pk for one in bookings])
    there = items.exclude(state=State.CANCELLED).order_by("created_at", "id")
    return {one.attached_to_id: one for one in there}


MOST_COUNTED = 10_000
MOST_FOUND = 200


Documents = QuerySet[AfasDocument]


class Todo(models.IntegerChoices):
    """What is to be done about a document that waits for a person; the order of the page."""

    ANSWER = 1, _("Say whether AFAS has it")
    CHOOSE = 2, _("Choose the debtor")
    MEND = 3, _("Correct it, then try again")
    FREE = 4, _("See why it does not go out")
    FIND = 5, _("Look whether AFAS still has it")


_TODO = Case(
    When(state=State.REJECTED, problem="look_alike", then=Value(Todo.CHOOSE)),
    When(state=State.REJECTED, then=Value(Todo.MEND)),
    When(state=State.UNKNOWN, then=Value(Todo.ANSWER)),
    When(asks=Asks.UNSEEN, then=Value(Todo.FIND)),
    default=Value(Todo.FREE),
    output_field=IntegerField(),
)
_FOR_A_PERSON = Q(state=State.REJECTED) | ~Q(asks="")  # the condition of the index, word for word


def waiting_for_a_person(documents: QuerySet[Any], *, waits: bool = True) -> QuerySet[Any]:
    """Those of the documents that rest until somebody decides, or those that do not."""
    condition = _FOR_A_PERSON & ~Q(state__in=_OVER)
    return documents.filter(condition if waits else ~condition)


def is_for_a_person(document: AfasDocument) -> bool:
    """The same of one document."""
    asks = document.state == State.REJECTED or bool(document.asks)
    return asks and document.state not in _OVER


def needs_a_person(company: Company) -> QuerySet[Any]:
    """Documents that rest until somebody decides: refused ones, and those that ask something.

    Each carries `todo`, and they come in its order, the newest first.
    """
    waiting = waiting_for_a_person(documents_of(company))
    return waiting.annotate(todo=_TODO).order_by("todo", "-created_at", "-id")


@dataclass(frozen=True)
class Neighbours:
    """The documents before and after one in a list, and its place in it, from 1."""

    place: int
    count: int
    previous: UUID | None
    following: UUID | None


def neighbours(waiting: QuerySet[Any], document: AfasDocument) -> Neighbours | None:
    """Where a document stands among those that wait; None when it does not wait."""
    found = waiting.filter(pk=document.pk).first()
    if found is None:
        return None
    same = Q(todo=found.todo, created_at=found.created_at)
    before = Q(todo__lt=found.todo) | Q(todo=found.todo, created_at__gt=found.created_at)
    after = Q(todo__gt=found.todo) | Q(todo=found.todo, created_at__lt=found.created_at)
    earlier = waiting.filter(before | same & Q(id__gt=found.id))
    later = waiting.filter(after | same & Q(id__lt=found.id))
    return Neighbours(
        place=earlier.count() + 1,
        count=waiting.count(),
        previous=earlier.reverse().values_list("pk", flat=True).first(),
        following=later.values_list("pk", flat=True).first(),
    )


def problems_of(company: Company) -> list[str]:
    """The error codes of documents that are refused now."""
    refused = AfasDocument.objects.of(company).filter(state=State.REJECTED).order_by("problem")
    return list(refused.exclude(problem="").values_list("problem", flat=True).distinct())


def tasks_of(company: Company) -> QuerySet[PersonTask]:
    """What only a person can settle and nobody has, the newest first."""
    open_ones = PersonTask.objects.of(company).filter(resolved_at__isnull=True)
    return open_ones.select_related(
        "document__customer", "document__invoice", "document__connection", "connection"
    )


def all_tasks_of(company: Company) -> QuerySet[PersonTask]:
    """The same with those that were settled."""
    return PersonTask.objects.of(company).select_related("company", "document", "resolved_by")


def held_rows_of(company: Company) -> QuerySet[ImportRow]:
    """Debtors that an import held back because the name differs, and nobody decided, newest first.

    A debtor that several imports held back is here once.
    """
    rows = ImportRow.objects.of(company)
    same = {"debtor_number": OuterRef("debtor_number"), "company": OuterRef("company")}
    linked = CustomerLink.objects.filter(
        environment=OuterRef("run__connection__environment"), **same
    )
    decided_or_newer = rows.filter(**same).filter(Q(reason="left") | Q(id__gt=OuterRef("id")))
    held = rows.filter(reason="name_differs", run__connection__closed_at__isnull=True)
    return held.exclude(Exists(linked)).exclude(Exists(decided_or_newer)).order_by("-id")


def attention_count(company: Company) -> int:
    """The figure beside the menu: how much waits for a person."""
    waiting = waiting_for_a_person(AfasDocument.objects.of(company))
    return waiting.count() + PersonTask.objects.of(company).filter(resolved_at__isnull=True).count()


def attention_counts(waiting: QuerySet[Any]) -> dict[int, int]:
    """How many of those that wait there are of each `Todo`."""
    counted = waiting.order_by().values("todo").annotate(count=models.Count("pk"))
    return {row["todo"]: row["count"] for row in counted}


def counts_by_state(documents: QuerySet[AfasDocument]) -> dict[str, int]:
    """How many documents there are in each state; a state with more than MOST_COUNTED counts as
    one more than that, so that a million documents cost no more than a few."""
    return {
        state: documents.filter(state=state).order_by()[: MOST_COUNTED + 1].count()
        for state in State.values
    }


def search(
    documents: QuerySet[AfasDocument], company: Company, text: str
) -> QuerySet[AfasDocument]:
    """The documents of customers with these words or this number, or with this number of AFAS's
    or of our own invoice.

    Asked in steps, each over an index, instead of one question over joined tables.
    """
    customers = Customer.objects.of(company)
    for word in text.split():
        customers = customers.filter(Q(name__icontains=word) | Q(number=word))
    own = AfasDocument.objects.of(company)
    found: set[UUID] = set()
    for exact in (
        own.filter(reference=text.upper()),
        own.filter(~Q(order_number=""), order_number=text),
        own.filter(~Q(invoice_number=""), invoice_number=text),
        own.filter(~Q(entry_number=""), entry_number=text),
        own.filter(invoice__in=_numbered(company, text)),
    ):
        found |= set(exact.order_by().values_list("pk", flat=True)[:MOST_FOUND])
    ids = list(customers.order_by("name").values_list("pk", flat=True)[:MOST_FOUND])
    return documents.filter(Q(pk__in=found) | Q(customer__in=ids))


def _numbered(company: Company, text: str) -> list[int]:
    """Our own invoices with this number."""
    found = Invoice.objects.of(company).filter(~Q(number=""), number=text)
    return list(found.values_list("pk", flat=True)[:MOST_FOUND])


@dataclass(frozen=True)
class Billed:
    """How much of one kind stands on an invoice: `quantity` is hours, units or km, `amount` EUR
    excl. VAT."""

    kind: str
    count: int
    quantity: Decimal
    amount: Decimal


def billed_on(invoice: Invoice) -> list[Billed]:
    """What an invoice holds, by kind; what it held when it is void."""
    claims = Claim.objects.filter(line__invoice=invoice)
    if invoice.status != DocumentStatus.VOID:
        claims = claims.filter(released_at__isnull=True)
    kinds = [When(**{f"{kind}__isnull": False}, then=Value(kind)) for kind in CLAIMABLE]
    rows = claims.order_by().values(kind=Case(*kinds, output_field=models.CharField()))
    sums = rows.annotate(
        count=models.Count("pk"), quantity=models.Sum("quantity"), amount=models.Sum("amount")
    )
    found = {row["kind"]: Billed(**row) for row in sums}
    return [found[kind] for kind in CLAIMABLE if kind in found]


def released_of(invoice: Invoice) -> Decimal:
    """What was released of an invoice, EUR excl. VAT."""
    released = Claim.objects.filter(line__invoice=invoice, released_at__isnull=False)
    return released.aggregate(amount=models.Sum("amount"))["amount"] or Decimal(0)


def runs_of(company: Company) -> QuerySet[InvoicingRun]:
    """Every press of "Invoice in AFAS", newest first."""
    return InvoicingRun.objects.of(company).select_related("by", "connection", "selection")


def booking_runs_of(company: Company) -> QuerySet[BookingRun]:
    """Every choice of invoices to be booked, newest first."""
    return BookingRun.objects.of(company).select_related("by", "connection__company", "company")


def imports_of(company: Company) -> QuerySet[ImportRun]:
    """Every import, newest first."""
    return ImportRun.objects.of(company).select_related("by", "connection")


def rows_to_look_at(rows: QuerySet[ImportRow], *, doubtful: bool = True) -> QuerySet[ImportRow]:
    """The debtors of an import that somebody should look at, or the others."""
    skipped = Q(outcome=ImportRow.Outcome.SKIPPED) | Q(reason__in=("zeros", "alike"))
    condition = skipped & ~Q(reason="left")
    return rows.filter(condition if doubtful else ~condition)


def payment_runs_of(company: Company) -> QuerySet[PaymentRun]:
    """Every reading of what is paid, newest first."""
    return PaymentRun.objects.of(company).select_related("by")


def links_of(company: Company, environment: str) -> dict[int, CustomerLink]:
    """The links of an environment by customer id."""
    links = CustomerLink.objects.of(company).filter(environment=environment)
    return {link.customer_id: link for link in links}


def link_of(customer: Customer, environment: str) -> CustomerLink | None:
    """The debtor that a customer is in an environment."""
    return CustomerLink.objects.filter(customer=customer, environment=environment).first()


def open_elsewhere(company: Company, connection: AfasConnection) -> QuerySet[AfasDocument]:
    """Documents of a connection that are still on their way, whatever happens to it."""
    moving = Q(state__in=(State.WAITING, State.QUEUED, State.SENDING))
    return documents_of(company).filter(moving, connection=connection)

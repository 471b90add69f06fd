"""Our own invoices: the list with its tabs and sums, one of them, and what its status is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    CharField,
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Sum,
)
from django.db.models.functions import Cast
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core import money
from core.models import AuditEvent
from invoicing.models import (
    CLAIMABLE,
    Channel,
    Claim,
    Delivery,
    DeliveryStatus,
    DocumentStatus,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    Payment,
    PaymentStatus,
)
from registration.selectors.periods import EVERYTHING, Period
from relations.models import Customer

TABS = ("", "draft", "final", "sent", "overdue", "paid", "credit")
NEWEST = "-id"
SORTS = {
    "number": "number",
    "customer": "customer__name",
    "date": "invoice_date",
    "due": "due_date",
    "total": "total",
}
NOTHING = Decimal("0.00")
BY_US = Payment.objects.filter(invoice=OuterRef("pk")).exclude(how=Payment.How.CREDIT)
PAID_BACK = {"is_paid_back": Exists(BY_US)}
HEAVY = ("seller", "buyer", "intro", "closing")


@dataclass(frozen=True, kw_only=True)
class InvoiceFilter:
    """What the list is narrowed to; an empty tuple narrows nothing, an id nobody has matches none.

    `period` is about the invoice date; `tab` is one of TABS, "" being all of them.
    """

    tab: str = ""
    period: Period = EVERYTHING
    customer: tuple[int, ...] = ()
    delivery: tuple[str, ...] = ()
    search: str = ""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """How many there are in each tab, and what the chosen tab adds up to (EUR).

    `open` is incl. VAT and leaves drafts out, since nobody owes anything on a draft.
    """

    counts: dict[str, int]
    net: Decimal
    total: Decimal
    open: Decimal


def in_tab(tab: str, today: date) -> Q:
    """What stands in one of TABS on a day."""
    final = Q(status=DocumentStatus.FINAL)
    unpaid = final & ~Q(payment=PaymentStatus.PAID) & Q(kind=InvoiceKind.INVOICE)
    return {
        "": Q(),
        "draft": Q(status=DocumentStatus.DRAFT),
        "final": final & ~Q(delivery=DeliveryStatus.SENT),
        "sent": final & ~Q(payment=PaymentStatus.PAID) & Q(delivery=DeliveryStatus.SENT),
        "overdue": unpaid & Q(due_date__lt=today),
        "paid": final & Q(payment=PaymentStatus.PAID),
        "credit": Q(kind=InvoiceKind.CREDIT_NOTE) | Q(status=DocumentStatus.CREDITED),
    }[tab]


def all_of(company: Company) -> QuerySet[Invoice]:
    """Every invoice and credit note of our own."""
    return Invoice.objects.of(company).filter(channel=Channel.OURS)


def invoices_of(company: Company, wanted: InvoiceFilter, sort: str = NEWEST) -> QuerySet[Invoice]:
    """The invoices of the list, loaded with what it shows; newest first unless `sort` says else."""
    rows = _narrowed(company, wanted).filter(in_tab(wanted.tab, timezone.localdate()))
    column = SORTS.get(sort.removeprefix("-"), "id")
    order = f"-{column}" if sort.startswith("-") else column
    loaded = rows.select_related("customer", "project").annotate(**PAID_BACK)
    return loaded.order_by(order, NEWEST)


def overview_of(company: Company, wanted: InvoiceFilter) -> Overview:
    """Counts of all tabs under the other filters, and the sums of the chosen tab, in one query."""
    today = timezone.localdate()
    chosen = in_tab(wanted.tab, today)
    counts = {f"in_{tab}": Count("pk", filter=in_tab(tab, today)) for tab in TABS if tab}
    owed = chosen & ~Q(status=DocumentStatus.DRAFT)
    found = _narrowed(company, wanted).aggregate(
        in_=Count("pk"),
        **counts,
        net_sum=Sum("net", filter=chosen),
        total_sum=Sum("total", filter=chosen),
        owed_sum=Sum("total", filter=owed),
        paid_sum=Sum("paid", filter=owed),
    )
    return Overview(
        counts={tab: found[f"in_{tab}"] for tab in TABS},
        net=_cents(found["net_sum"]),
        total=_cents(found["total_sum"]),
        open=_cents(found["owed_sum"]) - _cents(found["paid_sum"]),
    )


def _cents(total: Decimal | None) -> Decimal:
    """A sum that the database made: exact again, also where it counts in floats."""
    return money.cents(Decimal(total or 0))


def tab_counts(company: Company) -> dict[str, int]:
    """How many invoices each tab holds when nothing is filtered."""
    return overview_of(company, InvoiceFilter()).counts


def _narrowed(company: Company, wanted: InvoiceFilter) -> QuerySet[Invoice]:
    rows = all_of(company)
    if wanted.period.first:
        rows = rows.filter(invoice_date__gte=wanted.period.first)
    if wanted.period.last:
        rows = rows.filter(invoice_date__lte=wanted.period.last)
    if wanted.customer:
        rows = rows.filter(customer__in=wanted.customer)
    if wanted.delivery:
        rows = rows.filter(delivery__in=wanted.delivery).exclude(status=DocumentStatus.DRAFT)
    return rows.filter(matching(wanted.search)) if wanted.search else rows


def matching(words: str) -> Q:
    """What the search box finds: in number, reference and the name of the customer."""
    return (
        Q(number__icontains=words)
        | Q(reference__icontains=words)
        | Q(customer__name__icontains=words)
    )


def invoice_of(company: Company, pk: int) -> Invoice:
    """One invoice of our own, loaded with what its page shows. Raises Http404."""
    rows = all_of(company).select_related(
        "company", "customer", "project", "credits", "created_by", "finalised_by", "sent_by"
    )
    found: Invoice | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def summaries(company: Company) -> QuerySet[Invoice]:
    """Every one of them with what a list tells, and no long texts."""
    rows = all_of(company).select_related("customer").defer(*HEAVY)
    found: QuerySet[Invoice] = rows.annotate(**PAID_BACK)
    return found


def in_full(company: Company) -> QuerySet[Invoice]:
    """Every one of them with lines, payments, mails and credit notes; five questions for any
    number. A line has in `held` how many registrations it bills.
    """
    held = Count("claims", filter=Q(claims__released_at__isnull=True))
    rows = all_of(company).select_related("company", "customer", "project", "credits")
    found: QuerySet[Invoice] = rows.annotate(**PAID_BACK).prefetch_related(
        Prefetch("lines", InvoiceLine.objects.annotate(held=held).order_by("position")),
        Prefetch("payments", Payment.objects.order_by("paid_on", "pk")),
        Prefetch("deliveries", Delivery.objects.defer("body").order_by("pk")),
        Prefetch("credit_notes", Invoice.objects.defer(*HEAVY).order_by("pk")),
    )
    return found


def touched_since(moment: datetime) -> Q:
    """Invoices that were drawn up, or to which anything happened, at or after `moment`.

    All that happens to one is in the audit trail; what a credit note settles is a payment.
    """
    events = AuditEvent.objects.filter(
        company=OuterRef("company"),
        object_type=Invoice._meta.label_lower,
        object_id=Cast(OuterRef("pk"), CharField()),
        at__gte=moment,
    )
    paid = Payment.objects.filter(invoice=OuterRef("pk"), created_at__gte=moment)
    return Q(created_at__gte=moment) | Q(Exists(events)) | Q(Exists(paid))


def picked(company: Company, ids: Iterable[int]) -> QuerySet[Invoice]:
    """Those of `ids` that are invoices of our own, in the order in which they were drawn up."""
    return all_of(company).filter(pk__in=set(ids)).select_related("customer").order_by("pk")


def customers_invoiced(company: Company) -> list[tuple[int, str]]:
    """The customers that have an invoice of our own, by name."""
    theirs = Invoice.objects.filter(company=company, customer=OuterRef("pk"), channel=Channel.OURS)
    rows = Customer.objects.of(company).filter(Exists(theirs)).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a customer owes on our own invoices, EUR incl. VAT, and the latest of them."""

    open: Decimal
    overdue: Decimal
    count: int
    latest: list[Invoice]


def account_of(company: Company, customer: Customer, most: int = 5) -> Account:
    """The account of one customer, in two queries; what is overdue is part of what is open.

    An invoice that was credited counts too: mostly nothing is open on it, but something may be.
    """
    rows = all_of(company).filter(customer=customer)
    kept = ~Q(status=DocumentStatus.DRAFT)
    late = in_tab("overdue", timezone.localdate())
    found = rows.aggregate(
        count=Count("pk"),
        asked_sum=Sum("total", filter=kept),
        paid_sum=Sum("paid", filter=kept),
        late_sum=Sum("total", filter=late),
        late_paid_sum=Sum("paid", filter=late),
    )
    return Account(
        open=_cents(found["asked_sum"]) - _cents(found["paid_sum"]),
        overdue=_cents(found["late_sum"]) - _cents(found["late_paid_sum"]),
        count=found["count"],
        latest=list(rows.annotate(**PAID_BACK).order_by(NEWEST)[:most]),
    )


def invoice_of_entry(company: Company, kind: str, pk: int) -> Invoice | None:
    """The invoice of our own that holds a thing now, else the one that held it last.

    None when nothing billed it, or AFAS does or did last. `kind` is one of CLAIMABLE.
    """
    if kind not in CLAIMABLE:
        return None
    claims = Claim.objects.of(company).filter(**{f"{kind}_id": pk})
    found = list(claims.select_related("line__invoice").order_by("-pk"))
    held = [one for one in found if one.released_at is None] or found
    last = held[0].line.invoice if held else None
    return last if last and last.channel == Channel.OURS else None


def invoices_of_planned(company: Company, kind: str, project: int) -> dict[int, Invoice]:
    """The invoice that each planned amount of a project is on now, by the id of the amount.

    `kind` is "instalment" or "subscription_period"; what no invoice holds is left out. One query.
    """
    claims = Claim.objects.of(company).filter(
        **{f"{kind}__project": project}, released_at__isnull=True
    )
    found = claims.select_related("line__invoice")
    return {getattr(one, f"{kind}_id"): one.line.invoice for one in found}


# The single status that people read, and the shape of its dot.
SHOWN: dict[str, tuple[str, Any]] = {
    "draft": ("idle", _("Draft")),
    "final": ("open", _("Final (not sent)")),
    "sent": ("busy", _("Sent")),
    "overdue": ("bad", _("Overdue")),
    "partly": ("warn", _("Partly paid")),
    "paid": ("ok", _("Paid")),
    "to_pay_back": ("warn", _("To pay back")),
    "paid_back": ("ok", _("Paid back")),
    "settled": ("ok", _("Settled")),
    "credited": ("idle", _("Credited")),
}


def shown_status(invoice: Invoice, today: date | None = None) -> str:
    """Which of SHOWN an invoice is: DOMAIN §4.3 says in which order the three axes speak."""
    if invoice.status != DocumentStatus.FINAL:
        return "draft" if invoice.is_draft else "credited"
    if invoice.is_credit_note:
        return _shown_of_credit_note(invoice)
    if invoice.payment == PaymentStatus.PAID:
        return "paid"
    if is_overdue(invoice, today):
        return "overdue"
    if invoice.payment == PaymentStatus.PARTLY:
        return "partly"
    return "sent" if invoice.is_sent else "final"


def _shown_of_credit_note(note: Invoice) -> str:
    """A final one gives money back, or is set off against its invoice; it is never overdue."""
    if note.payment == PaymentStatus.PAID:
        return "paid_back" if _is_paid_back(note) else "settled"
    if note.is_sent or note.payment == PaymentStatus.PARTLY:
        return "to_pay_back"
    return "final"


def _is_paid_back(note: Invoice) -> bool:
    """Whether money went to the customer; lists know it already, by PAID_BACK."""
    if not hasattr(note, "is_paid_back"):
        return note.payments.exclude(how=Payment.How.CREDIT).exists()
    known: bool = note.is_paid_back
    return known


def is_overdue(invoice: Invoice, today: date | None = None) -> bool:
    """Whether something is still to be paid on it after its due date."""
    late = invoice.due_date is not None and invoice.due_date < (today or timezone.localdate())
    is_final = invoice.status == DocumentStatus.FINAL
    return is_final and late and invoice.open_amount > NOTHING

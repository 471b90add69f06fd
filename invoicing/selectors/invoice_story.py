"""The life of one invoice, and what stands behind its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Company
from core import formats
from invoicing.models import (
    CLAIMABLE,
    Claim,
    Delivery,
    Invoice,
    InvoiceLine,
    LineKind,
    Payment,
)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Something that happened to an invoice. `mark` colours its dot; `invoice` is another one."""

    at: datetime
    title: str
    by: str = ""
    text: str = ""
    mark: str = ""
    invoice: Invoice | None = None


def timeline(invoice: Invoice) -> list[Moment]:
    """From drawn up to paid or credited, oldest first, read from the rows themselves."""
    moments = [
        *_of_the_document(invoice),
        *_of_deliveries(invoice),
        *_of_payments(invoice),
        *_of_credit_notes(invoice),
    ]
    return sorted(moments, key=attrgetter("at"))


def _of_the_document(invoice: Invoice) -> Iterator[Moment]:
    yield Moment(at=invoice.created_at, title=_("Drawn up"), by=_name(invoice.created_by))
    if invoice.finalised_at:
        yield Moment(
            at=invoice.finalised_at,
            title=_("Final, as %(number)s") % {"number": invoice.number},
            by=_name(invoice.finalised_by),
            mark="info",
        )
    if invoice.sent_at and invoice.is_sent:
        yield Moment(
            at=invoice.sent_at,
            title=_("Sent"),
            by=_name(invoice.sent_by),
            text=invoice.sent_how,
            mark="ok",
        )


def _of_deliveries(invoice: Invoice) -> Iterator[Moment]:
    """Mails that did not just go out; one that did is told by the invoice itself."""
    for mail in invoice.deliveries.select_related("by").order_by("pk"):
        if mail.state == Delivery.State.FAILED:
            refused = _("The mail to %(to)s was refused")
            lost = _("The mail to %(to)s did not arrive")  # as somebody said
            title = (refused if mail.message else lost) % {"to": mail.to}
            yield Moment(
                at=mail.created_at, title=title, by=_name(mail.by), text=mail.message, mark="bad"
            )
        elif mail.state == Delivery.State.UNKNOWN:
            title = _("The mail to %(to)s was perhaps sent") % {"to": mail.to}
            yield Moment(at=mail.created_at, title=title, by=_name(mail.by), mark="unknown")
        elif mail.state != Delivery.State.SENT:
            title = _("Put in the queue for %(to)s") % {"to": mail.to}
            yield Moment(at=mail.created_at, title=title, by=_name(mail.by), mark="info")


def _of_payments(invoice: Invoice) -> Iterator[Moment]:
    for payment in payments_of(invoice):
        amount = {"amount": formats.write_money(abs(payment.amount))}
        if payment.how == Payment.How.CREDIT:
            title = _("%(amount)s settled with a credit note") % amount
        elif payment.how == Payment.How.AFAS:
            title = _("%(amount)s settled according to AFAS") % amount
        elif payment.amount < 0:
            title = _("%(amount)s paid back") % amount
        else:
            title = _("%(amount)s received") % amount
        day = _("on %(day)s") % {"day": formats.write_day(payment.paid_on)}
        text = ", ".join(filter(None, (day, payment.note)))
        yield Moment(
            at=payment.created_at,
            title=title,
            by=_name(payment.by),
            text=text,
            mark="ok",
            invoice=payment.settles,
        )


def _of_credit_notes(invoice: Invoice) -> Iterator[Moment]:
    for note in credit_notes_of(invoice):
        if note.finalised_at:
            title = _("Credited for %(amount)s") % {"amount": formats.write_money(abs(note.total))}
            yield Moment(
                at=note.finalised_at, title=title, by=_name(note.finalised_by), invoice=note
            )


def _name(person: Any) -> str:
    return str(person) if person else ""


def payments_of(invoice: Invoice) -> QuerySet[Payment]:
    """What was paid on it, oldest first."""
    return invoice.payments.select_related("by", "settles").order_by("paid_on", "pk")


def credit_notes_of(invoice: Invoice) -> QuerySet[Invoice]:
    """The credit notes that point at it, drafts included, oldest first."""
    return invoice.credit_notes.select_related("customer", "finalised_by").order_by("pk")


def last_mail(invoice: Invoice) -> Delivery | None:
    """The newest mail with this invoice; none when nobody ever sent one."""
    found: Delivery | None = invoice.deliveries.select_related("by").order_by("-pk").first()
    return found


def mails_of(company: Company) -> QuerySet[Delivery]:
    """Every mail with an invoice of ours, each with its invoice."""
    rows: QuerySet[Delivery] = Delivery.objects.of(company).select_related("invoice")
    return rows


@dataclass(frozen=True, kw_only=True)
class Backed:
    """A line with what it bills: how many things, and how many of them were released since."""

    line: InvoiceLine
    count: int
    released: int


def backed_lines(invoice: Invoice) -> list[Backed]:
    """The lines with an amount that stand on registrations, in order, in one query."""
    rows = (
        invoice.lines.filter(kind=LineKind.ITEM, claims__isnull=False)
        .annotate(
            held=Count("claims"),
            given_back=Count("claims", filter=Q(claims__released_at__isnull=False)),
        )
        .order_by("position")
    )
    return [Backed(line=one, count=one.held, released=one.given_back) for one in rows]


@dataclass(frozen=True, kw_only=True)
class Held:
    """A thing behind a line. `quantity` is hours, units or km, `amount` EUR excl. VAT.

    `released_at` says that it is unbilled again, `reason` why.
    """

    kind: str
    pk: int
    day: date
    who: str
    what: str
    note: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    released_at: datetime | None
    reason: str


RELATED = (
    *("hour__membership__user", "hour__activity", "hour__project"),
    *("expense__membership__user", "expense__category", "expense__project"),
    *("ride__membership__user", "ride__project"),
    *("instalment__project", "subscription_period__project"),
)


def claims_of(line: InvoiceLine) -> QuerySet[Claim]:
    """The claims of a line, in the order of the things' ids, loaded with all that `held` tells."""
    return line.claims.select_related(*RELATED).order_by("pk")


def held(claim: Claim) -> Held:
    """What a claim holds, in words."""
    kind = next(name for name in CLAIMABLE if getattr(claim, f"{name}_id"))
    thing: Any = getattr(claim, kind)
    is_planned = kind in {"instalment", "subscription_period"}
    return Held(
        kind=kind,
        pk=thing.pk,
        day=thing.due_on if is_planned else thing.date,
        who="" if is_planned else str(thing.membership),
        what=_what(kind, thing),
        note="" if is_planned else thing.note,
        quantity=claim.quantity,
        rate=claim.rate,
        amount=claim.amount,
        released_at=claim.released_at,
        reason=claim.release_reason,
    )


def _what(kind: str, thing: Any) -> str:
    named: dict[str, Callable[[], Any]] = {
        "hour": lambda: thing.activity,
        "expense": lambda: thing.category,
        "ride": lambda: f"{thing.origin} {'⇄' if thing.is_return else '→'} {thing.destination}",
    }
    words = named[kind]() if kind in named else thing.description
    return f"{thing.project} · {words}"

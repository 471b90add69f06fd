"""What is paid on final invoices, and what a credit note settles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, formats
from core.errors import DomainError, FieldsError
from core.money import CENT, cents
from invoicing.models import DocumentStatus, Invoice, Payment, PaymentStatus
from invoicing.services.holding import changing, hold_final

LONGEST_NOTE = 200
DOUBLE_CLICK = timedelta(minutes=1)
BY_HAND = (Payment.How.BANK, Payment.How.OTHER)


@dataclass(frozen=True, kw_only=True)
class Paid:
    """What came of many: the payments, and a sentence for each invoice that was left as it is."""

    payments: Sequence[Payment]
    refusals: Sequence[tuple[Invoice, str]]


def payment_add(
    *,
    invoice: Invoice,
    amount: Decimal,
    paid_on: date,
    note: str = "",
    by: User | None,
    how: str = Payment.How.BANK,
) -> Payment:
    """What came in on an invoice, or what was paid back on a credit note: EUR, above zero.

    Raises FieldsError for an amount that is none or more than is open, or a day to come, and
    DomainError for a draft or an invoice that AFAS makes.
    """
    with changing():
        held = hold_final(invoice)
        _check(held, amount, paid_on, note)
        if how not in BY_HAND:
            raise ValueError(f"{how} is not a way in which people pay.")
        signed = -amount if held.open_amount < 0 else amount
        _refuse_double(held, signed, paid_on, note)
        payment: Payment = Payment.objects.create(
            company=held.company,
            invoice=held,
            how=how,
            amount=signed,
            paid_on=paid_on,
            note=note,
            by=by,
        )
        restate(held)
        change = audit.Change(after={"amount": signed, "paid_on": paid_on, "payment": held.payment})
        audit.record(company=held.company, by=by, action="invoice.paid", obj=held, change=change)
    return payment


def payment_remove(*, payment: Payment, by: User | None) -> Invoice:
    """Take back a payment that was registered by mistake; the history keeps it.

    What a credit note and its invoice could not settle because of it is settled now. Raises
    DomainError for what a credit note settled and for what the books of AFAS say.
    """
    with changing():
        held = hold_final(payment.invoice)
        row = held.payments.select_for_update().filter(pk=payment.pk).first()
        if row is None:
            return held
        _refuse_what_stays(row)
        change = audit.Change(before={"amount": row.amount, "paid_on": row.paid_on})
        audit.record(
            company=held.company, by=by, action="invoice.payment_removed", obj=held, change=change
        )
        row.delete()
        restate(held)
        if held.credits is not None:
            settle(held.credits, held, by)
        for note in _notes(held):
            settle(held, note, by)
        return held


def mark_paid(*, invoices: Sequence[Invoice], paid_on: date, by: User | None) -> Paid:
    """Register on each what is still open; one that is refused stops none of the others."""
    payments: list[Payment] = []
    refusals: list[tuple[Invoice, str]] = []
    for invoice in invoices:
        try:
            payments.append(_pay_all(invoice, paid_on, by))
        except DomainError as error:
            refusals.append((invoice, error.message))
    return Paid(payments=payments, refusals=refusals)


def settle(original: Invoice, note: Invoice, by: User | None) -> Decimal:
    """Set a final credit note off against its invoice, as far as both are open; returns EUR.

    Both rows are held. What is left of the credit note is to be paid back.
    """
    amount = min(original.open_amount, -note.open_amount)
    if amount <= 0:
        return Decimal(0)
    for invoice, other, signed in ((original, note, amount), (note, original, -amount)):
        Payment.objects.create(
            company=invoice.company,
            invoice=invoice,
            how=Payment.How.CREDIT,
            amount=signed,
            paid_on=note.invoice_date,
            settles=other,
            by=by,
        )
        restate(invoice)
    return amount


def restate(invoice: Invoice) -> None:
    """Store what is paid, and so the payment status, from the payments there are."""
    found = invoice.payments.aggregate(paid=Sum("amount"))["paid"] or Decimal(0)
    invoice.paid = cents(found)
    invoice.payment = status_of(invoice.total, invoice.paid)
    invoice.save(update_fields=["paid", "payment"])


def status_of(total: Decimal, paid: Decimal) -> PaymentStatus:
    """Paid when nothing is open, also when nothing was asked."""
    if total == paid:
        return PaymentStatus.PAID
    return PaymentStatus.PARTLY if paid else PaymentStatus.UNPAID


def _refuse_what_stays(row: Payment) -> None:
    """What nobody registered by hand, nobody takes back by hand."""
    if row.how == Payment.How.CREDIT:
        raise DomainError(
            _(
                "This was settled with credit note or invoice %(number)s, which is final, so "
                "it stays."
            )
            % {"number": row.settles}
        )
    if row.how == Payment.How.AFAS:
        raise DomainError(
            _(
                "This is what AFAS has as paid, and the next reading would bring it back, so it "
                "stays. Undo the payment in AFAS; the next reading of payments then takes it away "
                "here."
            )
        )


def _pay_all(invoice: Invoice, paid_on: date, by: User | None) -> Payment:
    with changing():
        held = hold_final(invoice)
        return payment_add(invoice=held, amount=abs(held.open_amount), paid_on=paid_on, by=by)


def _check(held: Invoice, amount: Decimal, paid_on: date, note: str) -> None:
    if not held.open_amount:
        raise DomainError(
            _("Nothing is open on %(number)s, so no payment was added.") % {"number": held.number}
        )
    errors = {}
    if not amount.is_finite() or amount < CENT or amount != cents(amount):
        errors["amount"] = _("Type an amount in euros and cents, more than zero.")
    elif amount > abs(held.open_amount):
        errors["amount"] = _(
            "Only %(open)s is open on this invoice. What was paid too much belongs to no invoice; "
            "pay it back, or register it on another one."
        ) % {"open": formats.write_money(abs(held.open_amount))}
    if paid_on > timezone.localdate():
        errors["paid_on"] = _("This day is still to come. Type the day on which it was paid.")
    if len(note) > LONGEST_NOTE:
        errors["note"] = _("At most %(most)s characters fit here.") % {"most": LONGEST_NOTE}
    if errors:
        raise FieldsError(errors)


def _refuse_double(held: Invoice, signed: Decimal, paid_on: date, note: str) -> None:
    """A second press of the button is no second payment."""
    just_now = timezone.now() - DOUBLE_CLICK
    same = held.payments.filter(paid_on=paid_on, note=note, how__in=BY_HAND)
    rows = same.filter(created_at__gt=just_now).values_list("amount", flat=True)
    if signed in rows:
        raise DomainError(
            _(
                "This payment was registered less than a minute ago, so it was not added again. "
                "If as much came in twice on one day, say so in the note."
            )
        )


def _notes(original: Invoice) -> list[Invoice]:
    """The final credit notes of an invoice, ours until the transaction ends."""
    rows = original.credit_notes.select_for_update(of=("self",))
    return list(rows.filter(status=DocumentStatus.FINAL).order_by("pk"))

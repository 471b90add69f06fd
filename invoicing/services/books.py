"""What the books of another package say is paid on final invoices of our own.

Bookkeepers match payments there, not here. What they matched is one payment row of its own, beside
those that people registered and credit notes made; those are never touched, since a row that
somebody typed is that person's word. Where the two cannot both be true a person has to look.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Sum

from core import audit
from core.money import cents
from invoicing.models import Invoice, Payment
from invoicing.services.holding import changing, hold_final
from invoicing.services.paying import restate


def books_say(*, invoice: Invoice, left: Decimal, on: date) -> bool:
    """Let an invoice be paid as far as the books say: `left` of it is open there, EUR incl. VAT.

    `left` has the sign of what is open: below zero on a credit note, or where too much was paid.
    `on` dates what changes. False when the books and what stands here cannot both be true: people
    registered more than the books know, or the books hold another amount than was asked. The row
    of the books then says no more than they do, and never more than is open. Raises DomainError
    for a draft or an invoice that AFAS makes, StaleError after a lost race.
    """
    with changing():
        held = hold_final(invoice)
        row = held.payments.filter(how=Payment.How.AFAS).first()
        before = row.amount if row else Decimal(0)
        wanted = held.total - left
        amount = _amount(held.total, wanted, _by_others(held), before)
        if amount != before:
            _store(held, row, amount, on)
            _record(held, before, amount, left)
        return held.total - held.paid == left


def _by_others(held: Invoice) -> Decimal:
    others = held.payments.exclude(how=Payment.How.AFAS)
    return cents(others.aggregate(paid=Sum("amount"))["paid"] or Decimal(0))


def _amount(total: Decimal, wanted: Decimal, others: Decimal, before: Decimal) -> Decimal:
    """What the row of the books is to be, so that all rows together make `wanted`; what `before`
    says already stays as far as the books still bear it out. A credit note is the same mirrored."""
    sign = -1 if total < 0 else 1
    asked, known, typed = sign * total, sign * wanted, sign * others
    paid = max(Decimal(0), min(known, asked))
    if paid >= typed:
        return sign * (paid - typed)
    return sign * min(sign * before, paid)


def _store(held: Invoice, row: Payment | None, amount: Decimal, on: date) -> None:
    if not amount and row is not None:
        row.delete()
    elif row is not None:
        row.amount, row.paid_on = amount, on
        row.save(update_fields=["amount", "paid_on"])
    else:
        Payment.objects.create(
            company=held.company,
            invoice=held,
            how=Payment.How.AFAS,
            amount=amount,
            paid_on=on,
        )
    restate(held)


def _record(held: Invoice, before: Decimal, amount: Decimal, left: Decimal) -> None:
    change = audit.Change(
        before={"amount": before}, after={"amount": amount, "left": left, "payment": held.payment}
    )
    audit.record(
        company=held.company, by=None, action="invoice.paid_in_books", obj=held, change=change
    )

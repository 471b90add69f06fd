"""Taking hold of an invoice of our own, so that what is checked is what is changed.

Every service that changes one begins here, inside its transaction: the company first, whose entries
may move along, then the invoice (and what it credits, which is older), in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, StaleError
from invoicing.models import Channel, DocumentStatus, Invoice
from invoicing.services.drafting import fitting_totals
from registration.services import valuation


@contextmanager
def changing() -> Iterator[None]:
    """A transaction in which invoices change; a lost race is a sentence, never a server error."""
    try:
        with transaction.atomic():
            yield
    except (IntegrityError, OperationalError) as error:
        raise StaleError(
            _(
                "Somebody else was changing the same invoice at this very moment, so nothing was "
                "saved. Look how it stands now and try again."
            )
        ) from error


def hold(invoice: Invoice) -> Invoice:
    """Lock the company, then what the invoice credits, then the invoice; it comes back as it is.

    Raises DomainError when it is gone, or when AFAS makes it: what is in AFAS changes there.
    """
    [held] = hold_all([invoice])
    return held


def hold_all(invoices: Sequence[Invoice]) -> list[Invoice]:
    """`hold` for several invoices of one company; they come back in the order they were given."""
    valuation.hold(invoices[0].company)
    return _locked(invoices)


def hold_alone(invoice: Invoice) -> Invoice:
    """`hold` without the company, for what touches no entries."""
    [held] = _locked([invoice])
    return held


def _locked(invoices: Sequence[Invoice]) -> list[Invoice]:
    rows = Invoice.objects.of(invoices[0].company_id).select_for_update(of=("self",))
    rows = rows.select_related("company", "customer")
    wanted = {pk for one in invoices for pk in (one.credits_id, one.pk) if pk}
    found = {row.pk: row for row in rows.filter(pk__in=wanted).order_by("pk")}
    held = [row for one in invoices if (row := found.get(one.pk))]
    if len(held) < len(invoices):
        raise StaleError(_("This draft was deleted meanwhile; what stood on it is unbilled again."))
    for one in held:
        refuse_afas(one)
        if one.credits_id:
            one.credits = found[one.credits_id]
    return held


def hold_draft(invoice: Invoice, version: int | None = None) -> Invoice:
    """`hold` an invoice that may still change, as `version` if one was seen.

    Raises DomainError for one that is final and StaleError when it changed since it was seen.
    """
    held = hold(invoice)
    if not held.is_draft:
        raise DomainError(
            _(
                "Invoice %(number)s is final, so nothing on it changes any more. "
                "Draw up a credit note to correct it."
            )
            % {"number": held.number}
        )
    refuse_stale(held, version)
    return held


def hold_final(invoice: Invoice) -> Invoice:
    """Lock an invoice that is final, without its entries. Raises DomainError for a draft."""
    held = hold_alone(invoice)
    refuse_draft(held)
    return held


def refuse_afas(invoice: Invoice) -> None:
    """Raise DomainError for an invoice that AFAS makes."""
    if invoice.channel != Channel.OURS:
        raise DomainError(
            _(
                "This invoice was made in AFAS, which numbers, sends and collects it, so nothing "
                "was changed here. Correct it in AFAS, or undo the invoicing first."
            )
        )


def refuse_draft(invoice: Invoice) -> None:
    """Raise DomainError for a draft."""
    if invoice.is_draft:
        raise DomainError(_("This invoice is still a draft, so nobody owes it. Finalise it first."))


def refuse_stale(invoice: Invoice, version: int | None) -> None:
    """Raise StaleError when the invoice changed since `version` was shown."""
    if version is not None and invoice.version != version:
        raise StaleError(
            _(
                "Somebody changed this draft since you opened it, so nothing was saved. "
                "Below is how it stands now; make your change again."
            )
        )


def refuse_credit_note(invoice: Invoice) -> None:
    """Raise DomainError for a credit note, whose lines are those of its invoice."""
    if invoice.is_credit_note:
        raise DomainError(
            _(
                "A credit note only gives back lines of its invoice, so nothing was added. "
                "Put what is new on an invoice of its own."
            )
        )


def save_draft(held: Invoice, **columns: Any) -> Invoice:
    """Store `columns` of a draft that is held, with its totals, as one more version.

    Raises DomainError when the total does not fit, StaleError when the row is a draft no more.
    """
    totals = fitting_totals(held)
    new = {
        **columns,
        "net": totals.net,
        "vat": totals.vat,
        "total": totals.total,
        "version": held.version + 1,
    }
    rows = Invoice.objects.filter(pk=held.pk, status=DocumentStatus.DRAFT, version=held.version)
    if not rows.update(**new):
        refuse_stale(held, held.version + 1)
    for name, value in new.items():
        setattr(held, name, value)
    return held

"""What must hold of claims, entries and own invoices at every moment (DOMAIN §12: 1, 2, 3).

check(company)   # after anything that bills, edits, finalises, credits or deletes
"""

from __future__ import annotations

from decimal import Decimal

from accounts.models import Company
from invoicing.models import CLAIMABLE, Channel, Claim, DocumentStatus, Invoice, PaymentStatus
from registration.models import BillingStatus
from registration.services.billing_status import BILLABLE

OF_STATUS = {
    DocumentStatus.DRAFT: BillingStatus.RESERVED,
    DocumentStatus.FINAL: BillingStatus.INVOICED,
    DocumentStatus.CREDITED: None,
}


def check(company: Company) -> None:
    """Raise AssertionError for the first rule that is broken."""
    invoices = Invoice.objects.of(company).filter(channel=Channel.OURS)
    _claims_and_entries_agree(company)
    for invoice in invoices:
        _lines_are_worth_their_claims(invoice)
        _totals_add_up(invoice)
        _payments_add_up(invoice)
    for invoice in invoices.exclude(status=DocumentStatus.DRAFT):
        _credits_stay_within(invoice)


def _claims_and_entries_agree(company: Company) -> None:
    held: dict[tuple[str, int], Claim] = {}
    claims = Claim.objects.of(company).filter(released_at__isnull=True)
    for claim in claims.select_related("line__invoice"):
        kind = next(name for name in CLAIMABLE if getattr(claim, f"{name}_id"))
        key = kind, getattr(claim, f"{kind}_id")
        assert key not in held, f"{key} is claimed twice"
        held[key] = claim
    for kind, model in BILLABLE.items():
        for row in model.objects.of(company):
            claim = held.pop((kind, row.pk), None)
            taken = row.billing in {BillingStatus.RESERVED, BillingStatus.INVOICED}
            assert taken == (claim is not None), f"{kind} {row.pk} is {row.billing}: {claim}"
            if claim is not None:
                invoice = claim.line.invoice
                assert row.billing == OF_STATUS[DocumentStatus(invoice.status)]
                assert row.invoice_label == invoice.number
    assert not held, f"claims on nothing: {held}"


def _lines_are_worth_their_claims(invoice: Invoice) -> None:
    for line in invoice.lines.all():
        amounts = [claim.amount for claim in line.claims.all()]
        released = {claim.released_at is None for claim in line.claims.all()}
        assert len(released) <= 1, f"{line} let go of some of its claims only"
        if amounts:
            assert sum(amounts) == line.net, f"{line}: {amounts} are not {line.net}"
    positions = list(invoice.lines.values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))


def _totals_add_up(invoice: Invoice) -> None:
    net = sum((line.net for line in invoice.lines.all()), Decimal(0))
    assert invoice.net == net
    assert invoice.total == invoice.net + invoice.vat
    if invoice.status == DocumentStatus.DRAFT:
        assert not invoice.vat_groups.exists()
        return
    groups = invoice.vat_groups.all()
    assert sum((group.base for group in groups), Decimal(0)) == invoice.net
    assert sum((group.vat for group in groups), Decimal(0)) == invoice.vat


def _payments_add_up(invoice: Invoice) -> None:
    paid = sum((one.amount for one in invoice.payments.all()), Decimal(0))
    assert invoice.paid == paid
    if invoice.status != DocumentStatus.DRAFT:
        assert (invoice.payment == PaymentStatus.PAID) == (invoice.total == paid)


def _credits_stay_within(invoice: Invoice) -> None:
    notes = invoice.credit_notes.filter(status=DocumentStatus.FINAL)
    for line in invoice.lines.all():
        given = [one.net for one in line.credited_by.filter(invoice__in=notes)]
        assert abs(sum(given, Decimal(0))) <= abs(line.net)
    if invoice.status == DocumentStatus.CREDITED:
        assert sum((note.total for note in notes), Decimal(0)) == -invoice.total
        assert sum((note.vat for note in notes), Decimal(0)) == -invoice.vat
        assert not Claim.objects.filter(line__invoice=invoice, released_at=None).exists()

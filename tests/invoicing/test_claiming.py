"""A thing is billed once: reserved as it was seen, claimed by constraint, given back whole."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Company
from core.errors import DomainError, StaleError
from core.models import AuditEvent
from invoicing.models import CLAIMABLE, Channel, Claim, DocumentStatus, InvoiceLine
from invoicing.services import claiming
from invoicing.services.claiming import AlreadyBilledError
from registration.models import BillingStatus, Hour
from registration.services import billing_status, rates
from tests.factories import ClaimFactory, CompanyFactory, HourFactory, InvoiceFactory
from tests.invoicing.conftest import Biller

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]


def stand(row: Any) -> tuple[str, str]:
    """The billing status of a row and how people know its invoice, as stored now."""
    found = type(row).objects.get(pk=row.pk)
    return found.billing, found.invoice_label


def active(row: Any, kind: str = "hour") -> list[Claim]:
    """The claims that hold on a row now."""
    return list(Claim.objects.filter(released_at__isnull=True, **{f"{kind}_id": row.pk}))


@pytest.mark.parametrize("kind", CLAIMABLE)
def test_every_kind_is_reserved_claimed_and_frozen(
    kind: str, make: Make, biller_of: Biller
) -> None:
    row = make(kind)
    invoice = biller_of.invoice({kind: [row]})
    (claim,) = active(row, kind)
    (line,) = InvoiceLine.objects.filter(invoice=invoice)
    assert claim.line == line
    assert claim.amount == line.net == invoice.net == row.amount
    assert stand(row) == (BillingStatus.RESERVED, "")
    assert invoice.status == DocumentStatus.DRAFT


def test_a_claim_keeps_the_quantity_and_the_rate_of_its_entry(
    make: Make, biller_of: Biller
) -> None:
    hour = make("hour", minutes=50, rate=Decimal("105.03"))
    biller_of.invoice({"hour": [hour]})
    (claim,) = active(hour)
    assert (claim.quantity, claim.rate) == (Decimal("0.8333"), Decimal("105.03"))
    assert claim.amount == Decimal("87.17")


def test_an_invoice_is_written_into_the_history(make: Make, biller_of: Biller) -> None:
    invoice = biller_of.invoice({"hour": [make("hour")]})
    event = AuditEvent.objects.get(action="invoice.drawn_up", object_id=str(invoice.pk))
    assert event.after == {"net": "100.00", "lines": 1, "channel": "afas"}


@pytest.mark.parametrize(
    ("status", "label", "where"),
    [
        (BillingStatus.RESERVED, "", "an invoice that is on its way"),
        (BillingStatus.INVOICED, "AFAS order 70000001", "AFAS order 70000001"),
    ],
)
def test_what_is_taken_already_is_refused_and_says_where_it_is(
    status: str, label: str, where: str, make: Make, biller_of: Biller
) -> None:
    free = make("hour")
    taken = make("hour", billing=status, invoice_label=label)
    with pytest.raises(AlreadyBilledError, match=where) as caught:
        biller_of.invoice({"hour": [free, taken]})
    assert "Check again" in caught.value.message
    assert stand(free) == (BillingStatus.UNBILLED, "")
    assert Claim.objects.count() == 0


@pytest.mark.parametrize("status", [BillingStatus.WRITTEN_OFF, BillingStatus.NOT_BILLABLE])
def test_what_is_not_to_be_billed_any_more_counts_as_changed(
    status: str, make: Make, biller_of: Biller
) -> None:
    free, gone = make("hour"), make("hour", billing=status)
    with pytest.raises(StaleError, match="1 entry changed"):
        biller_of.invoice({"hour": [free, gone]})
    assert stand(free) == (BillingStatus.UNBILLED, "")
    assert stand(gone) == (status, "")


def test_an_entry_that_changed_since_it_was_seen_is_refused(make: Make, biller_of: Biller) -> None:
    kept, changed = make("hour"), make("hour")
    Hour.objects.filter(pk=changed.pk).update(version=2, amount=Decimal(200))
    with pytest.raises(StaleError, match="1 entry changed since you checked"):
        biller_of.invoice({"hour": [kept, changed]})
    assert stand(kept) == stand(changed) == (BillingStatus.UNBILLED, "")


def test_an_entry_that_was_deleted_since_is_refused(make: Make, biller_of: Biller) -> None:
    kept, gone = make("hour"), make("hour")
    Hour.objects.filter(pk=gone.pk).delete()
    with pytest.raises(StaleError, match="1 entry changed"):
        biller_of.invoice({"hour": [kept, gone]})
    assert stand(kept) == (BillingStatus.UNBILLED, "")


def test_entries_of_another_company_are_not_there(make: Make, biller_of: Biller) -> None:
    mine, theirs = make("hour"), HourFactory(company=CompanyFactory())
    with pytest.raises(StaleError):
        biller_of.invoice({"hour": [mine, theirs]})
    assert stand(theirs) == (BillingStatus.UNBILLED, "")
    with transaction.atomic():
        found = billing_status.reserve(company=biller_of.company, kind="hour", ids=[theirs.pk])
    assert (found.rows, found.lost) == ([], [])
    assert stand(theirs) == (BillingStatus.UNBILLED, "")


def test_nobody_releases_or_invoices_rows_of_another_company(company: Company) -> None:
    theirs = HourFactory(company=CompanyFactory(), billing=BillingStatus.RESERVED)
    ids = [theirs.pk]
    with transaction.atomic():
        assert billing_status.release(company=company, kind="hour", ids=ids) == 0
    assert (
        billing_status.mark_invoiced(company=company, kind="hour", labels=dict.fromkeys(ids, "x"))
        == 0
    )
    assert stand(theirs) == (BillingStatus.RESERVED, "")


def test_the_second_of_two_invoices_over_one_entry_is_refused(
    make: Make, biller_of: Biller
) -> None:
    hour = make("hour")
    first = biller_of.invoice({"hour": [hour]})
    with pytest.raises(AlreadyBilledError):
        biller_of.invoice({"hour": [hour]})
    assert [claim.line.invoice for claim in active(hour)] == [first]


@pytest.mark.parametrize("kind", CLAIMABLE)
def test_the_database_itself_refuses_a_second_claim(
    kind: str, make: Make, biller_of: Biller
) -> None:
    row = make(kind)
    biller_of.invoice({kind: [row]})
    with pytest.raises(IntegrityError), transaction.atomic():
        _claim_on(row, kind)
    Claim.objects.update(released_at="2026-11-01T00:00Z")
    _claim_on(row, kind)
    assert len(active(row, kind)) == 1


def _claim_on(row: Any, kind: str) -> None:
    targets = {"hour": None, kind: row}
    ClaimFactory(company=row.company, **targets)


@pytest.mark.parametrize("kinds", [(), ("hour", "ride"), CLAIMABLE])
def test_a_claim_is_on_exactly_one_thing(kinds: tuple[str, ...], make: Make) -> None:
    targets = {"hour": None, **{kind: make(kind) for kind in kinds}}
    company = make("hour").company
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimFactory(company=company, **targets)


def test_a_lost_race_for_a_claim_is_a_sentence_and_leaves_nothing(
    make: Make, biller_of: Biller
) -> None:
    """The status says unbilled, the claim exists: whoever got this far must hit the constraint."""
    hour = make("hour")
    biller_of.invoice({"hour": [hour]})
    Hour.objects.filter(pk=hour.pk).update(billing=BillingStatus.UNBILLED)
    with pytest.raises(AlreadyBilledError, match="at this very moment"):
        biller_of.invoice({"hour": [hour]})
    assert len(active(hour)) == 1
    assert stand(hour) == (BillingStatus.UNBILLED, "")


def test_invoiced_entries_carry_the_number_that_people_know(make: Make, biller_of: Biller) -> None:
    things = {"hour": [make("hour"), make("hour")], "ride": [make("ride")]}
    other = make("hour")
    invoice = biller_of.invoice(things)
    for _again in range(2):
        claiming.mark_invoiced(invoice=invoice, label="AFAS order 70000001")
    for row in (*things["hour"], *things["ride"]):
        assert stand(row) == (BillingStatus.INVOICED, "AFAS order 70000001")
    assert stand(other) == (BillingStatus.UNBILLED, "")
    invoice.refresh_from_db()
    assert invoice.status == DocumentStatus.FINAL


@pytest.mark.parametrize("invoiced", [False, True])
def test_release_gives_everything_back_and_keeps_the_approval(
    invoiced: bool, make: Make, biller_of: Biller
) -> None:
    hour, ride = make("hour", approved=True), make("ride")
    invoice = biller_of.invoice({"hour": [hour], "ride": [ride]})
    if invoiced:
        claiming.mark_invoiced(invoice=invoice, label="AFAS order 70000001")
    with transaction.atomic():
        freed = claiming.release(invoice=invoice, by=None, reason="Wrong customer")
    assert freed == invoice.net
    for row in (hour, ride):
        assert stand(row) == (BillingStatus.UNBILLED, "")
    kept = Hour.objects.get(pk=hour.pk)
    assert (kept.approval, kept.approved_at) == ("approved", hour.approved_at)
    assert kept.version > hour.version
    assert active(hour) == []
    assert {claim.release_reason for claim in Claim.objects.all()} == {"Wrong customer"}
    invoice.refresh_from_db()
    assert invoice.status == DocumentStatus.VOID
    event = AuditEvent.objects.get(action="invoice.released")
    assert event.reason == "Wrong customer"


def test_releasing_and_claiming_again_gives_the_same_amount(make: Make, biller_of: Biller) -> None:
    things = {
        "hour": [make("hour", minutes=50), make("hour", minutes=20)],
        "expense": [make("expense", quantity=Decimal("1.5"), unit_cost=Decimal("12.35"))],
        "ride": [make("ride", distance=Decimal("12.7"), is_return=True)],
    }
    for rows in things.values():
        for row in rows:
            row.refresh_from_db()
    first = biller_of.invoice(things)
    with transaction.atomic():
        claiming.release(invoice=first, by=None, reason="Again")
    again = {
        kind: [type(row).objects.get(pk=row.pk) for row in rows] for kind, rows in things.items()
    }
    second = biller_of.invoice(again)
    assert second.net == first.net
    assert _frozen(second.pk) == _frozen(first.pk)


def _frozen(invoice_id: int) -> list[tuple[Any, ...]]:
    claims = Claim.objects.filter(line__invoice=invoice_id)
    return sorted(claims.values_list(*CLAIMABLE, "quantity", "rate", "amount"), key=str)


def test_a_page_open_since_before_the_release_is_stale(make: Make, biller_of: Biller) -> None:
    hour = make("hour")
    invoice = biller_of.invoice({"hour": [hour]})
    with transaction.atomic():
        claiming.release(invoice=invoice, by=None, reason="Again")
    with pytest.raises(StaleError):
        biller_of.invoice({"hour": [hour]})


def test_a_new_rate_changes_no_frozen_value_but_counts_after_a_release(
    make: Make, biller_of: Biller, company: Company
) -> None:
    hour = make("hour")
    invoice = biller_of.invoice({"hour": [hour]})
    subject = rates.RateSubject(activity=hour.activity)
    rates.rate_set(company=company, by=None, subject=subject, unit="hour", amount=Decimal(120))
    assert active(hour)[0].amount == Hour.objects.get(pk=hour.pk).amount == 100
    assert InvoiceLine.objects.get(invoice=invoice).net == 100

    with transaction.atomic():
        claiming.release(invoice=invoice, by=None, reason="Again")
    assert Hour.objects.get(pk=hour.pk).amount == 120


def test_an_invoice_of_our_own_is_never_released(make: Make, biller_of: Biller) -> None:
    hour = make("hour")
    invoice = biller_of.invoice({"hour": [hour]}, channel=Channel.OURS)
    with pytest.raises(DomainError, match="credit note"):
        claiming.release(invoice=invoice, by=None, reason="No")
    assert stand(hour) == (BillingStatus.RESERVED, "")
    assert len(active(hour)) == 1


def test_the_database_refuses_a_void_invoice_of_our_own(company: Company) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceFactory(company=company, ours=True, status=DocumentStatus.VOID)


def test_a_released_invoice_marks_nothing_as_invoiced_any_more(
    make: Make, biller_of: Biller
) -> None:
    hour = make("hour")
    first = biller_of.invoice({"hour": [hour]})
    with transaction.atomic():
        claiming.release(invoice=first, by=None, reason="Again")
    biller_of.invoice({"hour": [Hour.objects.get(pk=hour.pk)]})
    claiming.mark_invoiced(invoice=first, label="too late")
    assert stand(hour) == (BillingStatus.RESERVED, "")
    first.refresh_from_db()
    assert first.status == DocumentStatus.VOID

"""What Studio Vlier has invoiced: one of everything that a bookkeeper meets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Sum, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.models import Company, User
from core.models import AuditEvent
from invoicing.models import Claim, Invoice
from invoicing.selectors.invoices import tab_counts
from invoicing.selectors.unbilled import Scope, rows_of, total_of
from invoicing.services.pdf import pdf_of
from invoicing.services.ubl import ubl_of
from registration.models import Hour, Receipt, SubscriptionPeriod
from timechimp_afas.seeding.vlier import make_vlier

pytestmark = pytest.mark.django_db
DAYS = [date(2026, 3, 1), date(2026, 3, 31), date(2026, 8, 31)]


@pytest.fixture(scope="module", autouse=True)
def vlier(django_db_setup: None, django_db_blocker: Any) -> Iterator[Company]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_vlier(timezone.localdate())
        transaction.set_rollback(True)


def own(vlier: Company) -> Any:
    return Invoice.objects.of(vlier).order_by("pk")


def test_every_tab_of_the_list_has_something(vlier: Company) -> None:
    assert all(tab_counts(vlier).values())


def test_a_part_is_paid_of_an_invoice_that_is_not_due_yet(vlier: Company) -> None:
    (partly,) = own(vlier).filter(payment="partly")
    assert partly.due_date > timezone.localdate()


def test_numbers_have_no_gap_and_go_up_with_the_dates(vlier: Company) -> None:
    final = list(own(vlier).exclude(number="").order_by("number"))
    assert [one.invoice_date for one in final] == sorted(one.invoice_date for one in final)
    by_year: dict[str, list[int]] = {}
    for one in final:
        year, counter = one.number.split("-")
        by_year.setdefault(year, []).append(int(counter))
    assert all(found == list(range(1, len(found) + 1)) for found in by_year.values())


def test_the_history_tells_when_it_was(vlier: Company) -> None:
    for one in own(vlier).exclude(status="draft"):
        events = AuditEvent.objects.of(vlier).filter(
            action="invoice.finalised", object_id=str(one.pk)
        )
        assert [timezone.localtime(event.at).date() for event in events] == [one.invoice_date]
        assert timezone.localtime(one.finalised_at).date() == one.invoice_date


def test_the_irish_customer_has_an_english_invoice_without_vat(vlier: Company) -> None:
    (irish,) = own(vlier).filter(language="en")
    assert irish.vat == 0
    assert irish.net > 0
    assert [group.category for group in irish.vat_groups.all()] == ["AE"]


def test_one_sent_invoice_has_two_rates_of_vat(vlier: Company) -> None:
    by_rates = [
        (one, {group.code for group in one.vat_groups.all()})
        for one in own(vlier).filter(delivery="sent")
    ]
    (both,) = [one for one, rates in by_rates if rates == {"high", "low"}]
    assert both.total == Decimal("1646.40")


def test_what_was_credited_was_billed_again_to_the_cent(vlier: Company) -> None:
    credited = own(vlier).get(status="credited")
    note = own(vlier).get(credits=credited)
    again = own(vlier).get(payment="partly")
    assert again.total == credited.total == -note.total
    released = Claim.objects.filter(line__invoice=credited)
    assert released.exists()
    assert not released.filter(released_at__isnull=True).exists()


def test_the_draft_has_its_hours_specified_and_a_receipt_along(vlier: Company) -> None:
    draft = own(vlier).get(status="draft")
    assert draft.with_specification
    assert draft.with_receipts
    claimed = Claim.objects.filter(line__invoice=draft, expense__isnull=False)
    assert Receipt.objects.filter(expense__in=claimed.values("expense")).exists()


def test_three_months_of_a_subscription_are_billed_and_one_is_due(vlier: Company) -> None:
    periods = SubscriptionPeriod.objects.of(vlier).filter(project__code="PORTAAL")
    assert list(periods.order_by("starts_on").values_list("billing", flat=True)) == [
        *["invoiced"] * 3,
        "unbilled",
    ]


def test_there_is_enough_left_to_bill(vlier: Company) -> None:
    figures = total_of(rows_of(vlier, Scope(until=timezone.localdate())))
    assert figures["hours"].count > 200
    assert all(figures[kind].count for kind in ("expenses", "rides", "instalments", "periods"))
    assert figures["later"].amount > 0
    assert figures["waiting"].count > 0


def test_every_invoice_prints_and_the_final_ones_have_a_ubl(vlier: Company) -> None:
    for one in own(vlier):
        assert pdf_of(one).startswith(b"%PDF")
        assert one.is_draft or b"urn:cen.eu:en16931" in ubl_of(one)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_story_can_begin_on_any_day_of_the_month_and_is_the_same_then(day: date) -> None:
    assert _told_on(day) == _told_on(day)


def _told_on(day: date) -> list[Any]:
    """The invoices of another Studio Vlier, which is forgotten again."""
    with transaction.atomic():
        User.objects.update(email=Concat("email", Value(".old")))
        EmailAddress.objects.all().delete()
        company = make_vlier(day)
        told = list(own(company).values_list("number", "invoice_date", "total", "paid", "sent_at"))
        billed = Hour.objects.of(company).exclude(billing="unbilled").aggregate(all=Sum("minutes"))
        assert Decimal(0) < billed["all"]
        assert max(one[1] for one in told) == day
        transaction.set_rollback(True)
    return told

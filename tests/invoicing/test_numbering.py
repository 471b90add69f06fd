"""Numbers follow one another, fit AFAS, and are never given twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from accounts.models import Company
from core.errors import DomainError, FieldsError
from core.models import AuditEvent
from invoicing.models import InvoiceSettings, NumberCounter
from invoicing.services import numbering
from tests.factories import CompanyFactory, InvoiceFactory, NumberCounterFactory
from tests.invoicing.own import Studio

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 14)


def settle(company: Company, **data: Any) -> InvoiceSettings:
    """Save settings."""
    return numbering.settings_save(company=company, data=data, by=None)


def give(company: Company, kind: str = "invoice", day: date = DAY) -> str:
    """A number, for good."""
    with transaction.atomic():
        return numbering.give_number(company, kind, day)


def test_numbers_follow_one_another_and_begin_anew_each_year(company: Company) -> None:
    assert numbering.next_number(company, "invoice", DAY) == "2026-0001"
    assert [give(company) for _ in range(3)] == ["2026-0001", "2026-0002", "2026-0003"]
    assert give(company, day=date(2027, 1, 1)) == "2027-0001"
    assert give(company) == "2026-0004"
    assert numbering.next_number(company, "invoice", DAY) == "2026-0005"
    assert give(CompanyFactory()) == "2026-0001"


def test_credit_notes_share_the_series_or_have_their_own(company: Company) -> None:
    assert [give(company), give(company, "credit_note")] == ["2026-0001", "2026-0002"]
    settle(company, credit_prefix="C{yy}-")
    assert [give(company), give(company, "credit_note")] == ["2026-0003", "C26-0001"]
    assert numbering.counter_of(company, "credit_note", DAY).series == "C26-"


@pytest.mark.parametrize(
    ("prefix", "digits", "number"),
    [
        ("", 1, "1"),
        ("{yy}", 8, "2600000001"),
        ("F{year}/", 6, "F2026/000001"),
        ("INV_{yy}.", 5, "INV_26.00001"),
    ],
)
def test_a_number_is_written_as_it_was_set(
    prefix: str, digits: int, number: str, company: Company
) -> None:
    settle(company, number_prefix=prefix, number_digits=digits)
    assert give(company) == number


def test_a_counter_grows_beyond_its_digits(company: Company) -> None:
    NumberCounterFactory(company=company, last=9999)
    assert give(company) == "2026-10000"


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("number_prefix", {"number_prefix": "{month}-"}),
        ("number_prefix", {"number_prefix": "{year"}),
        ("number_prefix", {"number_prefix": "Nr #"}),
        ("number_prefix", {"number_prefix": "STUDIO{year}", "number_digits": 3}),
        ("number_prefix", {"number_prefix": "FACTUUR-{year}-"}),
        ("credit_prefix", {"credit_prefix": "CREDIT{year}"}),
        ("number_digits", {"number_digits": 0, "number_prefix": ""}),
        ("number_digits", {"number_digits": 9, "number_prefix": ""}),
        ("number_digits", {"number_digits": None}),
        ("payment_term", {"payment_term": 366}),
        ("vat_code", {"vat_code": "21"}),
        ("colour", {"colour": "red"}),
        ("reply_to", {"reply_to": "nobody"}),
        ("subject_nl", {"subject_nl": "x" * 151}),
    ],
)
def test_settings_that_cannot_be_are_a_sentence_by_their_field(
    field: str, data: dict[str, Any], company: Company
) -> None:
    with pytest.raises(FieldsError) as caught:
        settle(company, **data)
    assert set(caught.value.errors) == {field}
    assert not InvoiceSettings.objects.exists()


def test_settings_are_saved_once_per_company_and_told(studio: Studio) -> None:
    data = {"payment_term": 14, "colour": "#112233"}
    first = numbering.settings_save(company=studio.company, data=data, by=studio.by)
    again = numbering.settings_save(company=studio.company, data=data, by=studio.by)
    assert first == again
    event = AuditEvent.objects.get(action="invoice_settings.changed")
    assert (event.before["payment_term"], event.after["payment_term"]) == (30, 14)


def test_a_series_that_was_used_goes_on_after_its_highest_number(company: Company) -> None:
    for number in ("A0009", "A10", "A7", "AB99", "A", "B100", "A99999999999"):
        InvoiceFactory(company=company, ours=True, number=number)
    settle(company, number_prefix="A", number_digits=4)
    assert numbering.highest_used(company, "A") == 10
    assert numbering.next_number(company, "invoice", DAY) == "A0011"
    assert give(company) == "A0011"


def test_the_dot_in_a_prefix_is_a_dot(company: Company) -> None:
    InvoiceFactory(company=company, ours=True, number="A-50")
    settle(company, number_prefix="A.", number_digits=2)
    assert give(company) == "A.01"


def test_a_number_that_another_series_used_is_not_given_again(company: Company) -> None:
    InvoiceFactory(company=company, ours=True, number="2026-0001")
    NumberCounterFactory(company=company, series="2026-", last=0)
    with pytest.raises(DomainError, match="there is an invoice with that number"):
        give(company)
    assert NumberCounter.objects.get().last == 0


def test_the_last_number_is_raised_but_never_below_what_was_used(studio: Studio) -> None:
    company = studio.company

    def to(last: int) -> NumberCounter:
        return numbering.raise_counter(company=company, series="2026-", last=last, by=studio.by)

    assert to(41).last == 41
    assert studio.finalise(studio.free(("1", "1"))).number == "2026-0042"
    for low in (41, 0, -1):
        with pytest.raises(FieldsError, match="2026-42 was given already"):
            to(low)
    assert to(42).last == 42
    assert to(99).last == 99
    assert to(42).last == 42  # raised by mistake, and not used since
    with pytest.raises(FieldsError, match="longer than 12"):
        to(9_999_999)
    events = AuditEvent.objects.filter(action="counter.raised").order_by("pk")
    assert [(one.before, one.after) for one in events][-1] == ({"last": 99}, {"last": 42})


def test_after_a_restored_backup_each_counter_is_confirmed(studio: Studio) -> None:
    company, other = studio.company, CompanyFactory()
    NumberCounterFactory(company=company, series="2025-", last=7)
    NumberCounterFactory(company=other, series="2025-", last=3)
    numbering.require_confirmation([company])
    numbering.require_confirmation([company])
    year = numbering.counter_of(company, "invoice", timezone.localdate()).series
    asked = {one.series: one.to_confirm for one in NumberCounter.objects.of(company)}
    assert asked == {"2025-": True, year: True}
    assert not NumberCounter.objects.get(company=other).to_confirm
    with pytest.raises(DomainError, match="A backup was restored"):
        give(company, day=date(2025, 12, 31))
    numbering.confirm_counter(company=company, series="2025-", last=9, by=studio.by)
    assert give(company, day=date(2025, 12, 31)) == "2025-0010"
    assert [one.series for one in numbering.counters_of(company)] == [year, "2025-"]


@pytest.mark.parametrize(
    ("restored", "prefix", "dated"),
    [
        ("2027-01-05", "{year}-", date(2027, 1, 4)),  # the backup is of December
        ("2027-01-05", "{year}-", date(2026, 12, 31)),  # nothing was invoiced before it was made
        ("2026-12-30", "{year}-", date(2027, 1, 4)),  # dated ahead
        ("2027-01-05", "F{year}-", date(2027, 1, 4)),  # the beginning was changed after the backup
    ],
)
def test_after_a_restored_backup_a_series_it_does_not_know_is_confirmed_too(
    restored: str, prefix: str, dated: date, company: Company
) -> None:
    with time_machine.travel(restored):
        numbering.require_confirmation([company])
    with time_machine.travel("2027-01-05"):
        settle(company, number_prefix=prefix)
        InvoiceFactory(company=company, draft=True, invoice_date=dated)
        with pytest.raises(DomainError, match="A backup was restored"):
            give(company, day=dated)
        series = numbering.counter_of(company, "invoice", dated).series
        offered = {one.series: one.to_confirm for one in numbering.counters_of(company)}
        assert offered[series]
        numbering.confirm_counter(company=company, series=series, last=3, by=None)
        assert give(company, day=dated) == f"{series}0004"


def test_a_series_that_begins_long_after_a_restore_is_not_in_doubt(company: Company) -> None:
    with time_machine.travel("2026-10-14"):
        numbering.require_confirmation([company])
    with time_machine.travel("2028-01-03"):
        assert give(company, day=date(2028, 1, 3)) == "2028-0001"
        with pytest.raises(DomainError, match="A backup was restored"):
            give(company, day=DAY)

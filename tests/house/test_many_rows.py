"""What is done to thousands of rows at a time does what Django does to one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core import copying
from core.related import read_along
from integrations.services.items import refresh_lines
from invoicing.models import Claim, Invoice
from registration.models import Activity, Hour
from tests.factories import HourFactory, InvoiceFactory, InvoiceLineFactory, ItemLinkFactory

pytestmark = pytest.mark.django_db
COLUMNS = ("company_id", "line_id", "hour_id", "quantity", "rate", "amount")


def claim(line: Any, hour: Any, amount: str = "150.00") -> tuple[Any, ...]:
    quantity, rate = Decimal("1.5000"), Decimal("100.0000")
    return line.company_id, line.pk, hour.pk, quantity, rate, Decimal(amount)


def test_rows_that_are_copied_in_are_as_those_that_were_created() -> None:
    line = InvoiceLineFactory()
    hours = [HourFactory(company=line.company) for _ in range(3)]
    copying.insert(Claim, COLUMNS, (claim(line, hour) for hour in hours))
    for found, hour in zip(Claim.objects.order_by("pk"), hours, strict=True):
        assert (found.line, found.hour, found.company) == (line, hour, line.company)
        assert (found.quantity, found.rate, found.amount) == (Decimal("1.5"), 100, 150)
        assert (found.released_at, found.release_reason) == (None, "")
        assert abs(found.created_at - hour.created_at) < timedelta(minutes=1)


def test_nothing_to_copy_is_nothing() -> None:
    copying.insert(Claim, COLUMNS, [])
    assert not Claim.objects.exists()


def test_a_copied_row_is_refused_like_any_other_and_none_of_them_stays() -> None:
    line = InvoiceLineFactory()
    first, second = (HourFactory(company=line.company) for _ in range(2))
    rows = [claim(line, first), claim(line, second), claim(line, first)]
    with pytest.raises(IntegrityError), transaction.atomic():
        copying.insert(Claim, COLUMNS, rows)
    assert not Claim.objects.exists()


def test_what_is_changed_of_many_rows_is_stored_and_nothing_else() -> None:
    first, second, other = (InvoiceFactory(buyer={}) for _ in range(3))
    for row in (first, second):
        row.buyer, row.total, row.finalised_at = {"name": "Zo\u00eb"}, Decimal("1.25"), None
        row.reference = "not stored"
    names = ("buyer", "total", "finalised_at")
    assert copying.change(Invoice, names, [first, second], {"status": "final"}) == 2
    for row in Invoice.objects.filter(pk__in=[first.pk, second.pk]):
        assert (row.buyer, row.total, row.reference) == ({"name": "Zo\u00eb"}, Decimal("1.25"), "")
    assert Invoice.objects.get(pk=other.pk).buyer == {}


def test_a_row_that_is_gone_or_another_by_now_is_not_changed_nor_counted() -> None:
    kept, gone, other = (InvoiceFactory(total=1) for _ in range(3))
    Invoice.objects.filter(pk=gone.pk).delete()
    Invoice.objects.filter(pk=other.pk).update(delivery="sending")
    for row in (kept, gone, other):
        row.total = 2
    only = {"delivery": "not_sent"}
    assert copying.change(Invoice, ("total",), [kept, gone, other], only) == 1
    assert Invoice.objects.get(pk=kept.pk).total == 2
    assert Invoice.objects.get(pk=other.pk).total == 1


def test_among_finds_these_and_no_others(company: Any) -> None:
    hours = [HourFactory(company=company) for _ in range(4)]
    wanted = [hours[2].pk, hours[0].pk, 0]
    assert set(Hour.objects.of(company).among(wanted)) == {hours[0], hours[2]}
    assert not Hour.objects.of(company).among([]).exists()
    assert not Hour.objects.of(company).among([HourFactory().pk]).exists()


def test_an_entry_that_is_read_is_the_one_that_was_stored(company: Any) -> None:
    hour = HourFactory(company=company, note="Read me")
    found = Hour.objects.select_related("project").get(pk=hour.pk)
    assert found == hour
    assert {name: value for name, value in vars(found).items() if name[0] != "_"} == {
        name: value for name, value in vars(hour).items() if name[0] != "_"
    }
    found.note = "Changed"
    found.save(update_fields=["note"])
    hour.refresh_from_db()
    assert hour.note == "Changed"


def test_what_was_deferred_is_read_when_it_is_asked(company: Any) -> None:
    HourFactory(company=company, note="Later")
    found = Hour.objects.defer("note", "created_at").get()
    assert found.get_deferred_fields() == {"note", "created_at"}
    with CaptureQueriesContext(connection) as asked:
        assert found.note == "Later"
    assert len(asked) == 1


def test_what_rows_refer_to_is_read_of_however_many_different_things(company: Any) -> None:
    """SQLite takes a thousand conditions, and Django asks for each of these by one."""
    one = HourFactory(company=company)
    kinds = Activity.objects.bulk_create(
        Activity(company=company, name=str(number)) for number in range(1901)
    )
    Hour.objects.bulk_create(
        HourFactory.build(
            company=company, project=one.project, membership=one.membership, activity=kind
        )
        for kind in kinds
    )
    hours = list(Hour.objects.of(company).order_by("pk"))
    with CaptureQueriesContext(connection) as asked:
        read_along(hours, "activity", "project__customer")
        names = [hour.activity.name for hour in hours[1:]]
    assert names == [kind.name for kind in kinds]
    assert len(asked) == (3 if connection.vendor == "postgresql" else 9)
    read_along([], "activity")


def test_an_invoice_of_a_thousand_activities_takes_its_items_again() -> None:
    line = InvoiceLineFactory()
    one = HourFactory(company=line.company)
    kinds = Activity.objects.bulk_create(
        Activity(company=line.company, name=str(number)) for number in range(1001)
    )
    hours = Hour.objects.bulk_create(
        HourFactory.build(
            company=line.company, project=one.project, membership=one.membership, activity=kind
        )
        for kind in kinds
    )
    copying.insert(Claim, COLUMNS, (claim(line, hour) for hour in hours))
    ItemLinkFactory(company=line.company, environment="9", use="default", code="A1")
    refresh_lines(line.company, "9", line.invoice)
    line.refresh_from_db()
    assert line.item_code == "A1"

"""All that is not equal in one list, part by part."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Company
from integrations.models import AfasConnection, AfasDocument
from integrations.services import differences
from integrations.services.difference_rows import Group
from integrations.services.differences import Differences, Wanted
from tests.factories import (
    AfasConnectionFactory,
    BookingSettingsFactory,
    CompanyFactory,
    CustomerFactory,
    InvoiceFactory,
    OpenItemFactory,
    SalesBookingFactory,
)
from tests.integrations.compared import booking, direct, orphan, task, unequal

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(company: Company) -> AfasConnection:
    """The company linked with administration 1 of participant 12345."""
    made: AfasConnection = AfasConnectionFactory(company=company)
    return made


def test_every_kind_of_difference_has_its_row_with_ours_beside_afas(
    company: Company, link: AfasConnection
) -> None:
    BookingSettingsFactory(company=company)
    changed, gone = booking(company), booking(company, "50.00")
    task("differs", changed, total="120.00", debtor="10009")
    task("lost", gone)
    orphan(link, "1/20/5777", list="sales_booking", number="5777", total="363.00",
           invoice_number="2026-0801")  # fmt: skip
    refused = booking(company, "9.00", booked=False, rejected=True, seen_at=None)
    unbooked = InvoiceFactory(
        company=company, ours=True, total=Decimal("12.10"), delivery="sent", sent_at=timezone.now()
    )
    paid = booking(company, "77.00", invoice__paid=Decimal("77.00"))
    OpenItemFactory(company=company, document=paid, left=Decimal("77.00"), differs=True)
    assert unequal(link) == [
        ("differs", changed.invoice.number, Decimal("121.00"), Decimal("120.00")),
        ("missing", gone.invoice.number, Decimal("50.00"), None),
        ("orphan", "2026-0801", None, Decimal("363.00")),
        ("doubt", refused.invoice.number, Decimal("9.00"), None),
        ("unbooked", unbooked.number, Decimal("12.10"), None),
        ("payment", paid.invoice.number, Decimal("0.00"), Decimal("77.00")),
    ]
    amounts = [one.difference for one in Differences(link, Wanted())[:50]]
    assert amounts == [-1, -50, 363, None, Decimal("-12.10"), 77]
    assert differences.equal(link, "sales_booking") == 1  # the paid one


def test_invoices_that_were_never_booked_show_only_where_invoices_are_booked(
    company: Company, link: AfasConnection
) -> None:
    made = {"company": company, "ours": True, "total": Decimal(100)}
    sent = InvoiceFactory(delivery="sent", **made)
    InvoiceFactory(delivery="not_sent", **made)
    InvoiceFactory(delivery="sent", **made | {"total": Decimal(0)})
    assert unequal(link) == []
    BookingSettingsFactory(company=company)
    assert [row[1] for row in unequal(link)] == [sent.number]
    undone = booking(company, booked=False, undone=True, seen_at=None)
    assert {row[1] for row in unequal(link)} == {sent.number, undone.invoice.number}
    SalesBookingFactory(company=company, invoice=sent)
    assert [row[1] for row in unequal(link)] == [undone.invoice.number]


def test_what_afas_has_not_shown_yet_is_apart_until_a_day_has_passed(
    company: Company, link: AfasConnection
) -> None:
    fresh = direct(company, seen_at=None, next_look_at=timezone.now(), invoice_number="V1")
    assert unequal(link) == []
    assert [row[:2] for row in unequal(link, group="unseen")] == [("unseen", "V1")]
    AfasDocument.objects.filter(pk=fresh.pk).update(asks="unseen")
    assert [row[:2] for row in unequal(link)] == [("doubt", "V1")]


def test_groups_kinds_and_words_narrow_the_list(company: Company, link: AfasConnection) -> None:
    bakery = CustomerFactory(company=company, name="Bakkerij De Gouden Aar")
    theirs = booking(company, invoice__customer=bakery)
    task("differs", theirs, total="1.00", debtor="10001")
    other = direct(company, invoice_number="V0000099")
    task("differs", other, total="2.00")
    orphan(link, "F000777", number="F000777", total="5.00", debtor="10044")
    both = [theirs.invoice.number, "V0000099"]
    assert [row[1] for row in unequal(link, group="differs")] == both
    assert [row[1] for row in unequal(link, kind="direct_invoice", group="differs")] == both[1:]
    assert [row[1] for row in unequal(link, q="gouden")] == both[:1]
    assert [row[1] for row in unequal(link, q=theirs.entry_number)] == both[:1]
    assert [row[1] for row in unequal(link, q="V0000099")] == both[1:]
    assert [row[0] for row in unequal(link, q="10044")] == ["orphan"]
    assert unequal(link, kind="sales_booking", group="orphan") == []


def test_other_books_and_other_companies_have_lists_of_their_own(
    company: Company, link: AfasConnection
) -> None:
    earlier = AfasConnectionFactory(company=company, administration=2, closed=True)
    task("differs", booking(company, connection=earlier), total="1.00")
    orphan(earlier, "1", list="sales_booking", total="1.00")
    stranger = CompanyFactory()
    task("lost", booking(stranger))
    OpenItemFactory(company=stranger, document=booking(stranger), differs=True)
    orphan(AfasConnection.objects.get(company=stranger), "2", total="1.00")
    assert unequal(link) == []
    assert sum(Differences(link, Wanted()).counts.values()) == 0
    assert differences.equal(link, "sales_booking") == 0


def test_pages_go_on_over_the_edge_of_a_part(company: Company, link: AfasConnection) -> None:
    for _number in range(30):
        task("differs", booking(company), total="1.00")
        task("lost", booking(company))
    found = Differences(link, Wanted())
    seen = [(one.group, one.number) for start in (0, 50) for one in found[start : start + 50]]
    assert len(seen) == len(set(seen)) == found.count() == 60
    assert [group for group, _number in seen] == [Group.DIFFERS] * 30 + [Group.MISSING] * 30

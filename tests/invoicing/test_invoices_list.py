"""The list of our own invoices: what it shows, counts, finds and adds up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing.models import Invoice
from invoicing.selectors.invoices import (
    TABS,
    InvoiceFilter,
    account_of,
    invoice_of_entry,
    invoices_of,
    overview_of,
    shown_status,
    tab_counts,
)
from registration.selectors.periods import Period
from tests.factories import (
    ClaimFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
)

pytestmark = pytest.mark.django_db
LATE, SOON = timedelta(days=-1), timedelta(days=1)


def one(company: Any, number: str = "", due: timedelta = SOON, **fields: Any) -> Invoice:
    """An invoice of EUR 121; without a number a draft."""
    more = {"ours": True, "number": number} if number else {"draft": True}
    fields = {"net": Decimal(100), "vat": Decimal(21), "total": Decimal(121), **fields}
    day = timezone.localdate() + due if number else None
    return InvoiceFactory(company=company, due_date=day, **more, **fields)


@pytest.fixture
def every(company: Any) -> dict[str, Invoice]:
    """An invoice in every state."""
    paid = {"payment": "paid", "paid": Decimal(121)}
    credit = {"kind": "credit_note", "net": -100, "vat": -21, "total": -121}
    return {
        "draft": one(company),
        "final": one(company, "2026-0001"),
        "sent": one(company, "2026-0002", delivery="sent"),
        "overdue": one(company, "2026-0003", LATE, delivery="sent"),
        "late_and_unsent": one(company, "2026-0004", LATE, delivery="failed"),
        "partly": one(company, "2026-0005", delivery="sent", payment="partly", paid=Decimal(21)),
        "paid": one(company, "2026-0006", LATE, delivery="sent", **paid),
        "credited": one(company, "2026-0007", LATE, status="credited", delivery="sent", **paid),
        "credit": one(company, "2026-0008", LATE, **credit),
    }


@pytest.fixture
def browser(client_of: Any, biller: Any, company: Any) -> Any:
    """Somebody who bills."""
    return client_of(biller, company)


def numbers(company: Any, **wanted: Any) -> set[str]:
    return {row.number for row in invoices_of(company, InvoiceFilter(**wanted))}


def test_each_invoice_has_one_status_that_people_read(every):
    shown = {name: shown_status(invoice) for name, invoice in every.items()}
    assert shown == {
        "draft": "draft",
        "final": "final",
        "sent": "sent",
        "overdue": "overdue",
        "late_and_unsent": "overdue",
        "partly": "partly",
        "paid": "paid",
        "credited": "credited",
        "credit": "final",
    }


@pytest.mark.parametrize(
    ("fields", "by_bank", "shown"),
    [
        ({}, False, "final"),
        ({"delivery": "sent"}, False, "to_pay_back"),
        ({"payment": "partly", "paid": -21}, False, "to_pay_back"),
        ({"delivery": "sent", "payment": "partly", "paid": -21}, True, "to_pay_back"),
        ({"delivery": "sent", "payment": "paid", "paid": -121}, True, "paid_back"),
        ({"delivery": "sent", "payment": "paid", "paid": -121}, False, "settled"),
    ],
)
def test_a_credit_note_says_whether_money_is_still_to_be_paid_back(
    company: Any, fields: dict[str, Any], shown: str, *, by_bank: bool
) -> None:
    credit = {"kind": "credit_note", "net": -100, "vat": -21, "total": Decimal(-121)}
    note = one(company, "2026-0009", LATE, **credit, **fields)
    if fields.get("paid"):
        PaymentFactory(invoice=note, amount=-21, how="bank" if by_bank else "credit")
    assert shown_status(note) == shown
    (listed,) = invoices_of(company, InvoiceFilter(tab="credit"))
    assert shown_status(listed) == shown


def test_listing_settled_credit_notes_asks_nothing_of_each(
    company: Any, django_assert_num_queries: Any
) -> None:
    credit = {"kind": "credit_note", "net": -100, "vat": -21, "total": -121, "paid": -121}
    for number in range(3):
        one(company, f"C{number}", payment="paid", **credit)
    with django_assert_num_queries(1):
        rows = list(invoices_of(company, InvoiceFilter()))
        assert {shown_status(row) for row in rows} == {"settled"}


def test_a_tab_holds_what_its_word_says(company, every):
    held = {tab: numbers(company, tab=tab) for tab in TABS if tab}
    assert held == {
        "draft": {""},
        "final": {"2026-0001", "2026-0004", "2026-0008"},
        "sent": {"2026-0002", "2026-0003", "2026-0005"},
        "overdue": {"2026-0003", "2026-0004"},
        "paid": {"2026-0006"},
        "credit": {"2026-0007", "2026-0008"},
    }


def test_the_counts_of_the_tabs_are_what_the_tabs_hold(company, every):
    held = {tab: len(list(invoices_of(company, InvoiceFilter(tab=tab)))) for tab in TABS}
    assert tab_counts(company) == held
    assert held[""] == len(every)


def test_the_sums_are_of_the_chosen_tab_and_leave_drafts_out_of_what_is_open(company, every):
    total = overview_of(company, InvoiceFilter())
    assert (total.net, total.total) == (Decimal("700.00"), Decimal("847.00"))
    assert total.open == sum(row.open_amount for row in every.values() if not row.is_draft)
    sent = overview_of(company, InvoiceFilter(tab="sent"))
    assert (sent.total, sent.open) == (Decimal("363.00"), Decimal("342.00"))


def test_cents_are_exact_also_where_the_database_counts_in_floats(company):
    for number in range(30):
        one(company, f"N{number}", net=Decimal("0.10"), vat=0, total=Decimal("0.10"))
    assert str(overview_of(company, InvoiceFilter()).total) == "3.00"


def test_what_afas_makes_and_other_companies_are_no_part_of_it(company, every):
    InvoiceFactory(company=company)
    one(CustomerFactory().company, "2026-0001")
    assert len(invoices_of(company, InvoiceFilter())) == len(every)


def test_searching_finds_number_customer_and_reference(company):
    customer = CustomerFactory(company=company, name="Bakkerij Smit")
    one(company, "2026-0042", customer=customer)
    one(company, "2026-0043", reference="INK-77")
    assert numbers(company, search="0042") == {"2026-0042"}
    assert numbers(company, search="smit") == {"2026-0042"}
    assert numbers(company, search="ink-7") == {"2026-0043"}
    assert numbers(company, search="nobody") == set()


def test_the_filters_narrow_together(company):
    customer = CustomerFactory(company=company)
    early, later = date(2026, 3, 31), date(2026, 4, 1)
    one(company, "A", customer=customer, invoice_date=early)
    one(company, "B", customer=customer, invoice_date=later, delivery="failed")
    one(company, "C", invoice_date=early)
    first_quarter = Period(date(2026, 1, 1), early)
    assert numbers(company, period=first_quarter) == {"A", "C"}
    assert numbers(company, period=first_quarter, customer=(customer.pk,)) == {"A"}
    assert numbers(company, delivery=("failed",)) == {"B"}


def test_the_newest_comes_first_and_columns_sort(company):
    first, second = one(company, "B", total=Decimal(1)), one(company, "A", total=Decimal(2))
    assert list(invoices_of(company, InvoiceFilter())) == [second, first]
    assert list(invoices_of(company, InvoiceFilter(), "total")) == [first, second]
    assert list(invoices_of(company, InvoiceFilter(), "-number")) == [first, second]
    assert list(invoices_of(company, InvoiceFilter(), "password")) == [first, second]


def test_the_page_shows_every_invoice_with_status_and_delivery(browser, every):
    page = browser.get(reverse("invoices")).content.decode()
    for invoice in every.values():
        assert reverse("invoice", args=[invoice.pk]) in page
    for word in ("Partly paid", "Overdue", "Not delivered", "Final (not sent)", "Credited"):
        assert word in page
    assert "Total 9 invoices" in page
    assert "847,00" in page


def test_an_address_that_makes_no_sense_shows_nothing_wrong(browser, every):
    params = {
        "status": "nonsense",
        "sort": "-password",
        "customer": ["x", "9" * 30],
        "page": "x",
        "size": "7",
        "q": "%",
        "period": "custom",
        "first": "31-31-31",
    }
    assert browser.get(reverse("invoices"), params).status_code == 200


def test_an_empty_list_says_why_and_what_to_do(browser, company):
    assert "No invoices yet" in browser.get(reverse("invoices")).content.decode()
    one(company, "2026-0001")
    page = browser.get(reverse("invoices"), {"q": "nobody"}).content.decode()
    assert "No invoice matches these filters" in page
    page = browser.get(reverse("invoices"), {"status": "overdue"}).content.decode()
    assert "Nothing is overdue" in page


def test_only_who_bills_sees_invoices(client_of, manager, member, company):
    for person in (manager, member):
        assert client_of(person, company).get(reverse("invoices")).status_code == 403


def test_the_page_asks_as_many_questions_for_fifty_as_for_one(browser, company):
    one(company, "first")
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("invoices"))
    for number in range(49):
        one(company, f"N{number}")
    with CaptureQueriesContext(connection) as many:
        browser.get(reverse("invoices"))
    assert len(many) <= len(few)


def test_a_customer_shows_what_is_open_and_the_latest(browser, company, every):
    customer = CustomerFactory(company=company, name="Bakkerij Smit")
    late = one(company, "2026-0101", LATE, customer=customer, delivery="sent")
    one(company, "2026-0102", customer=customer, payment="partly", paid=Decimal(100))
    one(company, customer=customer)
    account = account_of(company, customer)
    assert (account.open, account.overdue, account.count) == (Decimal(142), Decimal(121), 3)
    page = browser.get(reverse("customer", args=[customer.pk])).content.decode()
    assert "142,00" in page
    assert late.number in page


def test_a_customer_shows_no_invoices_to_who_does_not_bill(client_of, member, company):
    invoice = one(company, "2026-0101")
    page = client_of(member, company).get(reverse("customer", args=[invoice.customer_id]))
    assert page.status_code == 200
    assert "2026-0101" not in page.content.decode()


def test_an_entry_leads_to_the_invoice_that_holds_it_now(company):
    earlier, later = (one(company, number) for number in ("2026-0001", "2026-0002"))
    now = timezone.now()
    line = InvoiceLineFactory(company=company, invoice=earlier)
    claim = ClaimFactory(company=company, line=line, released_at=now)
    hour = claim.hour_id
    assert invoice_of_entry(company, "hour", hour) == earlier
    ClaimFactory(
        company=company,
        line=InvoiceLineFactory(company=company, invoice=later),
        hour=claim.hour,
    )
    assert invoice_of_entry(company, "hour", hour) == later
    assert invoice_of_entry(company, "line", hour) is None


def test_the_overview_of_hours_leads_to_our_invoice(browser, company):
    invoice = one(company, "2026-0001")
    claim = ClaimFactory(company=company, line=InvoiceLineFactory(company=company, invoice=invoice))
    answer = browser.get(reverse("entry_invoice", args=["hours", claim.hour_id]))
    assert answer.url == reverse("invoice", args=[invoice.pk])

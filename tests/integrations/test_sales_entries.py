"""Invoices whose journal entry was worked out by hand, and what keeps an invoice from the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from integrations.afas.bookings import LONGEST_INVOICE_NUMBER
from integrations.models import (
    AccountLink,
    AccountUse,
    BookingSettings,
    ItemUse,
    PeriodRule,
    VatLink,
)
from integrations.services import picking, sales_entries
from integrations.services.sales_entries import Entry
from invoicing.models import Claim, Invoice, InvoiceLine, InvoiceVat
from invoicing.services import editing
from invoicing.services.editing import LineData
from registration.models import Activity, Hour
from sandbox import seed
from tests.factories import (
    AccountLinkFactory,
    ActivityFactory,
    ExpenseFactory,
    ItemLinkFactory,
    ProjectFactory,
    ProjectLinkFactory,
    VatLinkFactory,
)
from tests.integrations.booked import Books
from tests.invoicing.own import DAY, fresh

pytestmark = pytest.mark.django_db
Row = tuple[str, str, str]


@pytest.fixture
def books(sandbox: Any, quick: None) -> Books:
    return Books.ready()


def entry_of(books: Books, invoice: Invoice) -> Entry:
    """How it would be booked, by AFAS's lists of now."""
    picking.forget(books.connection)
    return sales_entries.entry_of(invoice, sales_entries.Books.of(books.connection))


def told(entry: Entry) -> list[Row]:
    """Account, amount (EUR, revenue above zero) and VAT code of every line but the debtor's."""
    assert entry.obstacles == []
    assert entry.is_balanced
    rows = (*entry.revenue, *entry.vat)
    return [(one.account, f"{one.amount:.2f}", one.vat_code) for one in rows]


def sentences(books: Books, invoice: Invoice) -> list[str]:
    """What keeps it from the books."""
    return [one.sentence for one in entry_of(books, invoice).obstacles]


def of(books: Books, *lines: tuple[str, str]) -> Invoice:
    """A final invoice of one unit at each price, with that VAT."""
    draft = books.studio.free()
    for price, treatment in lines:
        data = LineData(description="Work", unit_price=Decimal(price), vat_code=treatment)
        editing.line_add(invoice=draft, data=data, by=books.studio.by)
    return books.studio.finalise(draft)


def test_two_rates_are_two_revenue_lines_and_two_vat_lines(books: Books) -> None:
    entry = entry_of(books, of(books, ("1000", "high"), ("1000", "low")))
    assert told(entry) == [
        ("8000", "1000.00", "1"),
        ("8010", "1000.00", "2"),
        ("1510", "210.00", "1"),
        ("1511", "90.00", "2"),
    ]
    assert (entry.total, entry.debit, entry.credit) == (2300, 2300, 2300)


def test_vat_is_that_of_the_summary_and_not_of_the_lines(books: Books) -> None:
    """Three times 0.07 of VAT would be 0.21; over 0.99 it is 0.2079."""
    entry = entry_of(books, of(books, *[("0.33", "high")] * 3))
    assert told(entry) == [("8000", "0.99", "1"), ("1510", "0.21", "1")]


def test_a_reverse_charge_has_a_code_and_no_vat_line(books: Books) -> None:
    type(books.studio.customer).objects.update(vat_number="NL001234567B01")
    entry = entry_of(books, of(books, ("500", "reverse")))
    assert told(entry) == [("8030", "500.00", "3")]


def test_what_is_outside_the_scope_of_vat_has_no_code(books: Books) -> None:
    entry = entry_of(books, of(books, ("100", "high"), ("12.34", "outside")))
    assert told(entry) == [("8000", "100.00", "1"), ("8000", "12.34", ""), ("1510", "21.00", "1")]


def test_a_group_below_zero_stands_on_the_other_side(books: Books) -> None:
    entry = entry_of(books, of(books, ("100", "high"), ("-50", "low")))
    assert told(entry) == [
        ("8000", "100.00", "1"),
        ("8010", "-50.00", "2"),
        ("1510", "21.00", "1"),
        ("1511", "-4.50", "2"),
    ]
    assert (entry.total, entry.debit) == (Decimal("66.50"), Decimal("121.00"))


def test_what_cancels_out_on_an_account_is_not_booked(books: Books) -> None:
    VatLink.objects.filter(vat_code="exempt").update(revenue_account="8020")
    entry = entry_of(books, of(books, ("75", "exempt"), ("-75", "exempt"), ("10", "high")))
    assert told(entry) == [("8000", "10.00", "1"), ("1510", "2.10", "1")]


def test_parts_of_a_credit_leave_nothing_on_any_account(books: Books) -> None:
    invoice = of(books, ("100.01", "high"))
    first = books.studio.credit(invoice, part="0.5")
    second = books.studio.credit(fresh(invoice))
    assert told(entry_of(books, first)) == [("8000", "-50.01", "1"), ("1510", "-10.50", "1")]
    assert told(entry_of(books, second)) == [("8000", "-50.00", "1"), ("1510", "-10.50", "1")]


def test_the_ladder_of_accounts_goes_from_the_particular_to_the_default(books: Books) -> None:
    studio, same = books.studio, {"company": books.studio.company}
    named, other = studio.activity, ActivityFactory(**same)
    by_item, by_default = ActivityFactory(**same), ActivityFactory(**same)
    AccountLinkFactory(**same, use=AccountUse.ACTIVITY, activity=named, account="8080")
    ItemLinkFactory(**same, use=ItemUse.ACTIVITY, activity=by_item, kind="1", code="UREN-DEV")
    AccountLinkFactory(
        **same, use=AccountUse.ITEM, item_kind="1", item_code="UREN-DEV", account="4500"
    )
    AccountLinkFactory(**same, use=AccountUse.EXPENSES, account="8000")
    AccountLink.objects.filter(use=AccountUse.DEFAULT).update(account="1510")
    VatLink.objects.filter(vat_code="high").update(revenue_account="1500")
    things = [studio.hour(60, activity=one) for one in (named, by_item, other, by_default)]
    expense = ExpenseFactory(**same, project=studio.project, date=DAY)
    invoice = studio.finalise(studio.draft([*things, expense]))
    assert told(entry_of(books, invoice))[:-1] == [
        ("8080", "100.00", "1"),
        ("4500", "100.00", "1"),
        ("1500", "200.00", "1"),
        ("8000", "25.00", "1"),
    ]


def test_projects_have_cost_centres_and_projects_of_their_own(books: Books) -> None:
    studio = books.studio
    BookingSettings.objects.update(cost_centre="ZUID", cost_centre_axis=2)
    shop = ProjectFactory(company=studio.company, customer=studio.customer)
    ProjectLinkFactory(
        company=studio.company, project=shop, cost_centre="NOORD", afas_project="P-1"
    )
    things = [studio.hour(60), studio.hour(30, project=shop)]
    entry = entry_of(books, studio.finalise(studio.draft(things, "one")))
    found = {(one.cost_centre, one.project): one.amount for one in entry.revenue}
    assert found == {("ZUID", ""): Decimal(100), ("NOORD", "P-1"): Decimal(50)}
    assert entry.axis == 2


def bill_as_many(books: Books, count: int) -> Invoice:
    """A final invoice with a line of so many hours, each of an activity with an account."""
    studio, same = books.studio, {"company": books.studio.company}
    invoice = of(books, (str(100 * count), "high"))
    made = [Activity(**same, name=f"Work {n}") for n in range(count)]
    activities = Activity.objects.bulk_create(made)
    usual = {f.attname: getattr(studio.hour(), f.attname) for f in Hour._meta.concrete_fields}
    made = [Hour(**{**usual, "id": None, "activity_id": one.pk}) for one in activities]
    claim = {**same, "line": invoice.lines.get(), "quantity": 1, "rate": 100, "amount": 100}
    hours = Hour.objects.bulk_create(made)
    Claim.objects.bulk_create(Claim(**claim, hour=one) for one in hours)
    account = {**same, "environment": "12345", "administration": 1, "use": AccountUse.ACTIVITY}
    AccountLink.objects.bulk_create(
        AccountLink(**account, activity=one, account=str(100_000 + place))
        for place, one in enumerate(activities)
    )
    type(books.connection).objects.update(user_token=seed.BARE_TOKEN)  # no list of accounts
    books.connection.refresh_from_db()
    return invoice


def test_fifteen_hundred_accounts_do_not_fit_in_an_entry(books: Books) -> None:
    (sentence,) = sentences(books, bill_as_many(books, 1500))
    assert "1,502 lines, and AFAS takes 1,000" in sentence


def test_nine_hundred_and_ninety_eight_accounts_fit_in_an_entry(books: Books) -> None:
    entry = entry_of(books, bill_as_many(books, 998))
    assert len(told(entry)) == 999
    assert entry.size == 1000


@pytest.mark.parametrize(
    ("rows", "change"),
    [
        (InvoiceVat, {"base": F("base") + Decimal("0.01")}),
        (InvoiceVat, {"vat": F("vat") + Decimal("0.01")}),
        (InvoiceLine, {"net": F("net") - Decimal("0.01")}),
        (Invoice, {"total": F("total") + Decimal("0.01")}),
        (Invoice, {"vat": F("vat") - Decimal("0.01")}),
    ],
)
def test_a_cent_between_paper_and_lines_books_nothing(
    rows: Any, change: dict[str, Any], books: Books
) -> None:
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    rows.objects.update(**change)
    (sentence,) = sentences(books, fresh(invoice))
    assert "differ by €\N{NO-BREAK SPACE}0.01" in sentence
    assert "was not booked" in sentence


def test_a_number_of_more_than_twelve_characters_is_not_cut(books: Books) -> None:
    invoice = of(books, ("100", "high"))
    invoice.number = "2026-INV-00042"
    assert len(invoice.number) > LONGEST_INVOICE_NUMBER
    (sentence,) = sentences(books, invoice)
    assert "at most 12 characters and “2026-INV-00042” has more" in sentence


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda: BookingSettings.objects.update(journal=""), "No journal is chosen"),
        (lambda: BookingSettings.objects.update(journal="21"), "has no journal 21 in AFAS"),
        (lambda: BookingSettings.objects.update(journal="90"), "AFAS has blocked journal 90"),
        (lambda: VatLink.objects.update(code=""), "VAT code for “High rate 21 %” is not filled in"),
        (lambda: VatLink.objects.all().delete(), "VAT code for “High rate 21 %” is not filled in"),
        (lambda: VatLink.objects.update(code="X"), "AFAS knows no VAT code X"),
        (lambda: VatLink.objects.update(code="2"), "VAT code 2 is 9 % in AFAS and this is 21 %"),
        (lambda: VatLink.objects.update(account=""), "account for the VAT of “High rate 21 %”"),
        (lambda: VatLink.objects.update(account="1599"), "knows no ledger account 1599"),
        (lambda: AccountLink.objects.all().delete(), "No revenue account is set for"),
        (lambda: AccountLink.objects.update(account="8090"), "blocked ledger account 8090"),
        (lambda: AccountLink.objects.update(account="1300"), "collects what debtors"),
        (lambda: AccountLink.objects.update(account="9990"), "no VAT code on ledger account 9990"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_a_sentence(
    change: Any, expected: str, books: Books
) -> None:
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    change()
    (sentence,) = sentences(books, invoice)
    assert expected in sentence


def test_an_account_that_needs_a_cost_centre_is_booked_with_one(books: Books) -> None:
    AccountLink.objects.update(account="8074")
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    (sentence,) = sentences(books, invoice)
    assert "account 8074 needs a cost centre" in sentence
    BookingSettings.objects.update(cost_centre_axis=2, cost_centre="NOORD")
    (sentence,) = sentences(books, invoice)
    assert "on allocation axis 1, and we only fill in axis 2" in sentence
    BookingSettings.objects.update(cost_centre_axis=1)
    assert told(entry_of(books, invoice))[0] == ("8074", "100.00", "1")


def test_an_account_on_two_axes_cannot_be_booked_from_here(books: Books) -> None:
    AccountLink.objects.update(account="8076")
    BookingSettings.objects.update(cost_centre="NOORD")
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    (sentence,) = sentences(books, invoice)
    assert "needs a code on allocation axis 2" in sentence


def test_one_line_without_a_cost_centre_is_enough_to_refuse(books: Books) -> None:
    AccountLink.objects.update(account="8074")
    shop = ProjectFactory(company=books.studio.company, customer=books.studio.customer)
    ProjectLinkFactory(company=books.studio.company, project=shop, cost_centre="NOORD")
    things = [books.hour(), books.hour(project=shop)]
    (sentence,) = sentences(books, books.studio.finalise(books.studio.draft(things, "one")))
    assert "not every line on it has one" in sentence


def test_a_closed_period_is_refused_or_passed_over_as_the_settings_say(
    books: Books, sandbox: Any
) -> None:
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    for month in (10, 11):
        sandbox.order("block", {"environment": "12345", "kind": "period", "key": f"2026/{month}"})
    entry = entry_of(books, invoice)
    (obstacle,) = entry.obstacles
    assert "Period 10 of 2026, in which 14-10-2026 lies, is closed in AFAS" in obstacle.sentence
    assert entry.where is None
    BookingSettings.objects.update(period_rule=PeriodRule.NEXT_OPEN)
    where = entry_of(books, invoice).where
    assert where
    assert (where.year, where.period, where.day.isoformat()) == (2026, 12, "2026-12-01")


def test_an_invoice_of_a_year_without_periods_is_not_booked(books: Books) -> None:
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    Invoice.objects.update(invoice_date="2019-10-14")
    (sentence,) = sentences(books, fresh(invoice))
    assert "AFAS has no period for 14-10-2019" in sentence


@pytest.mark.parametrize("how", ["never granted", "taken away"])
def test_where_afas_shows_no_lists_what_was_typed_is_believed(
    how: str, books: Books, sandbox: Any
) -> None:
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    sandbox.order("block", {"environment": "12345", "kind": "period", "key": "2026/10"})
    AccountLink.objects.update(account="9999")
    assert len(sentences(books, invoice)) == 2
    if how == "never granted":
        type(books.connection).objects.update(user_token=seed.BARE_TOKEN)
        books.connection.refresh_from_db()
    else:
        lists = [name for name in seed.GET_CONNECTORS if name.startswith("Profit_")]
        sandbox.order("grant", {"token": seed.LIVE_TOKEN, "drop": lists})
    entry = entry_of(books, invoice)
    assert told(entry) == [("9999", "100.00", "1"), ("1510", "21.00", "1")]
    assert entry.where
    assert (entry.where.year, entry.where.period) == (2026, 10)
    assert books.book(books.mark_sent(invoice)).state == "rejected"  # AFAS knows better


def test_another_administration_has_books_of_its_own(books: Books) -> None:
    VatLinkFactory(company=books.studio.company, administration=2, code="9", account="1519")
    BookingSettings.objects.create(
        company=books.studio.company, environment="12345", administration=2, journal="70"
    )
    entry = entry_of(books, of(books, ("100", "high")))
    assert entry.journal == "20"
    assert told(entry)[1] == ("1510", "21.00", "1")

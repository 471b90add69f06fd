"""Booking, deleting and attaching over a real port, at a pretend AFAS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.afas import ledger
from integrations.afas.auth import AfasToken
from integrations.afas.bookings import (
    ENTRY_NUMBER,
    INVOICE_NUMBER,
    SALES_BOOKING,
    UNIT,
    entry_path,
    sales_booking,
)
from integrations.afas.client import AfasClient
from integrations.afas.documents import DIRECT_INVOICE, direct_invoice
from integrations.afas.errors import Rejected
from integrations.afas.refusals import recognise
from integrations.afas.subjects import SUBJECT, SUBJECT_NUMBER, subject, with_content
from sandbox import seed
from sandbox.testing import Running, running
from tests.contract.bookings import (
    BOOKED_SUBJECT,
    COST_CENTRE_AND_PROJECT,
    CREDIT_NOTE,
    NEGATIVE_REVENUE,
    PDF,
    REVERSE_CHARGE,
    TWO_RATES,
    attached,
)
from tests.contract.payloads import BARE_INVOICE, HOURS

KNOWN_PROJECT = replace(
    COST_CENTRE_AND_PROJECT,
    revenue=[replace(COST_CENTRE_AND_PROJECT.revenue[0], account="8074", project="P-1001")],
)
BOOKINGS = {
    "two rates": TWO_RATES,
    "credit note": CREDIT_NOTE,
    "cost centre and project": KNOWN_PROJECT,
    "reverse charge": REVERSE_CHARGE,
    "negative revenue": NEGATIVE_REVENUE,
}


@pytest.fixture(scope="module")
def port() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def sandbox(port: Running) -> Running:
    port.reset()
    return port


@pytest.fixture
def afas(sandbox: Running) -> AfasClient:
    return AfasClient(f"{sandbox.url}/12345/ProfitRestServices", AfasToken(seed.LIVE_TOKEN))


def book(afas: AfasClient, data: Any) -> Any:
    return afas.create(SALES_BOOKING, sales_booking(data)).values


def refused(call: Any) -> str:
    with pytest.raises(Rejected) as caught:
        call()
    return recognise(caught.value.message).code


@pytest.mark.parametrize("name", BOOKINGS)
def test_afas_takes_a_booking_and_answers_its_keys(
    sandbox: Running, afas: AfasClient, name: str
) -> None:
    data = BOOKINGS[name]
    keys = book(afas, data)
    (kept,) = sandbox.state()["entries"]
    assert (keys[ENTRY_NUMBER], keys[UNIT]) == (kept["number"], "1")
    assert keys[INVOICE_NUMBER] == data.invoice_number
    assert len(kept["lines"]) == 1 + len(data.revenue) + len(data.vat)
    assert {line["InId"] for line in kept["lines"]} == {data.invoice_number}


@pytest.mark.parametrize("variant", ["results", "bare", "root", "numbers"])
def test_the_keys_are_found_in_whatever_way_afas_answers(
    sandbox: Running, afas: AfasClient, variant: str
) -> None:
    sandbox.setting("answer_variant", variant)
    keys = book(afas, TWO_RATES)
    (entry,) = sandbox.state()["entries"]
    found = (keys[ENTRY_NUMBER], keys[INVOICE_NUMBER], keys[UNIT])
    assert found == (entry["number"], "20260042", "1")
    number = afas.create(SUBJECT, attached(BOOKED_SUBJECT)).values[SUBJECT_NUMBER]
    assert number == sandbox.state()["subjects"][0]["number"]


def test_an_answer_without_keys_is_a_success_without_an_identity(
    sandbox: Running, afas: AfasClient
) -> None:
    sandbox.setting("answer_variant", "keyless")
    assert book(afas, TWO_RATES).get(ENTRY_NUMBER) is None
    assert len(sandbox.state()["entries"]) == 1


def test_a_booking_is_deleted_by_its_entry_number(sandbox: Running, afas: AfasClient) -> None:
    other = replace(TWO_RATES, invoice_number="20260043", reference="TCOTHER")
    number = book(afas, TWO_RATES)[ENTRY_NUMBER]
    book(afas, other)
    afas.delete(SALES_BOOKING, entry_path(1, "20", number))
    assert [one["invoice_number"] for one in sandbox.state()["entries"]] == ["20260043"]
    assert refused(lambda: afas.delete(SALES_BOOKING, entry_path(1, "20", number))) == "gone"


def test_a_booking_of_another_journal_is_not_found(sandbox: Running, afas: AfasClient) -> None:
    number = book(afas, TWO_RATES)[ENTRY_NUMBER]
    assert refused(lambda: afas.delete(SALES_BOOKING, entry_path(1, "70", number))) == "gone"
    assert len(sandbox.state()["entries"]) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"journal": "99"}, "journal_unknown"),
        ({"journal": "90"}, "journal_blocked"),
        ({"debtor_number": "77777"}, "account_unknown"),
        ({"entry_date": date(2026, 4, 1)}, "date_outside_period"),
        (
            {"year": 2025, "period": 12, "entry_date": date(2025, 12, 31)},
            "period_blocked",
        ),
    ],
)
def test_what_afas_refuses_is_recognised_and_not_booked(
    sandbox: Running, afas: AfasClient, changes: dict[str, Any], code: str
) -> None:
    assert refused(lambda: book(afas, replace(TWO_RATES, **changes))) == code
    assert sandbox.state()["entries"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"account": "1"}, "account_unknown"),
        ({"account": "8090"}, "account_blocked"),
        ({"account": "9990"}, "vat_not_allowed"),
        ({"account": "8074"}, "axis_missing"),
        ({"vat_code": "9"}, "vat_code_unknown"),
        ({"cost_centre": "MAAN"}, "axis_unknown"),
        ({"project": "P-1"}, "project_unknown"),
    ],
)
def test_what_afas_refuses_of_one_line_is_recognised_and_nothing_is_booked(
    sandbox: Running, afas: AfasClient, changes: dict[str, Any], code: str
) -> None:
    first, *others = TWO_RATES.revenue
    data = replace(TWO_RATES, revenue=[replace(first, **changes), *others])
    assert refused(lambda: book(afas, data)) == code
    assert sandbox.state()["entries"] == []


def test_an_invoice_number_is_booked_once_only(sandbox: Running, afas: AfasClient) -> None:
    book(afas, TWO_RATES)
    assert refused(lambda: book(afas, TWO_RATES)) == "invoice_number_used"


def test_a_file_arrives_whole_at_its_booked_invoice(sandbox: Running, afas: AfasClient) -> None:
    book(afas, TWO_RATES)
    afas.create(SUBJECT, with_content(subject(BOOKED_SUBJECT), PDF))
    (kept,) = sandbox.state()["subjects"]
    (file,) = kept["files"]
    assert (file["name"], file["sha256"]) == ("20260042.pdf", BOOKED_SUBJECT.content_hash)
    assert (kept["links"][0]["SfId"], kept["links"][0]["SiId"]) == ("10001", "20260042")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type_id": 77}, "subject_type_unknown"),
        ({"type_id": 6}, "destination_invalid"),
        ({"debtor_number": "77777"}, "debtor_unknown"),
        ({"invoice_number": "404"}, "code_unknown"),
    ],
)
def test_a_refused_dossier_item_says_why(
    afas: AfasClient, changes: dict[str, Any], code: str
) -> None:
    book(afas, TWO_RATES)
    data = replace(BOOKED_SUBJECT, **changes)
    assert refused(lambda: afas.create(SUBJECT, attached(data))) == code


def test_a_body_without_its_file_attaches_nothing(sandbox: Running, afas: AfasClient) -> None:
    book(afas, TWO_RATES)
    assert refused(lambda: afas.create(SUBJECT, subject(BOOKED_SUBJECT))) == "type_mismatch"
    assert sandbox.state()["subjects"] == []


def test_a_direct_invoice_carries_the_dossier_item_made_before_it(
    sandbox: Running, afas: AfasClient
) -> None:
    item = replace(BOOKED_SUBJECT, administration=None, invoice_number="")
    number = int(afas.create(SUBJECT, attached(item)).values[SUBJECT_NUMBER])
    line = replace(HOURS, item_code="UREN-DEV")
    data = replace(BARE_INVOICE, debtor_number="10001", administration=1, lines=[line])
    afas.create(DIRECT_INVOICE, direct_invoice(replace(data, attachment=number)))
    (kept,) = sandbox.state()["invoices"]
    assert kept["header"]["SbAt"] == number


def listed(afas: AfasClient, connector: str, kind: type, order: str) -> list[Any]:
    pages = afas.pages(connector, order_by=order, key=None, row_type=kind)
    rows = [row for page in pages for row in page]
    assert all(isinstance(row, kind) for row in rows), rows
    return rows


def test_the_lists_for_booking_are_read(afas: AfasClient) -> None:
    journals = listed(afas, ledger.JOURNALS, ledger.Journal, "JournalId")
    assert {("1", "20", False), ("1", "90", True)} <= {
        (one.administration, one.code, one.is_blocked) for one in journals
    }
    accounts = listed(afas, ledger.ACCOUNTS, ledger.LedgerAccount, "Account")
    by_number = {one.number: one for one in accounts}
    assert by_number["8074"].axes == (1,)
    assert by_number["8000"].allows_vat
    assert by_number["8090"].is_blocked
    assert by_number["1300"].is_collective
    codes = listed(afas, ledger.VAT_CODES, ledger.AfasVatCode, "VatCode")
    assert {one.code: (one.account, one.percentage) for one in codes}["1"] == ("1510", Decimal(21))
    periods = listed(afas, ledger.PERIODS, ledger.Period, "Period")
    (march,) = (
        one for one in periods if one.administration == "1" and one.holds(TWO_RATES.entry_date)
    )
    assert (march.year, march.number, march.is_blocked) == (2026, 3, False)


def test_an_open_invoice_has_its_amount_and_a_credit_note_the_opposite(afas: AfasClient) -> None:
    book(afas, TWO_RATES)
    book(afas, CREDIT_NOTE)
    rows = listed(afas, ledger.OPEN_INVOICES, ledger.OpenInvoice, "InvoiceNr")
    assert [(one.number, one.debtor, one.AmtInvoice, one.Balance) for one in rows] == [
        ("20260042", "10001", Decimal("2300"), Decimal("2300")),
        ("20260049", "10001", Decimal("-462.22"), Decimal("-462.22")),
    ]
    assert rows[0].due == TWO_RATES.due_date

"""What goes into a booking: balanced, one side per line, letter for letter, or refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import responses

from integrations.afas.auth import AfasToken
from integrations.afas.bookings import (
    LONGEST_INVOICE_NUMBER,
    MOST_LINES,
    SALES_BOOKING,
    BookedAs,
    BookedLine,
    RevenueLine,
    VatLine,
    booked_as,
    entry_path,
    lines_of,
    sales_booking,
)
from integrations.afas.client import AfasClient
from integrations.afas.documents import CannotBuild, direct_invoice
from integrations.afas.fieldlist import length
from tests.contract.bookings import (
    COST_CENTRE_AND_PROJECT,
    CREDIT_NOTE,
    HIGH,
    HOURS,
    REVERSE_CHARGE,
    TWO_RATES,
)
from tests.contract.conformity import parsed
from tests.contract.payloads import INVOICE

SIMPLE = replace(
    TWO_RATES,
    total=Decimal("1210"),
    revenue=[replace(HOURS, description="")],
    vat=[HIGH],
    due_date=None,
    description="",
)


def lines(data):
    element = parsed(sales_booking(data))["FiEntryPar"]["Element"]
    return element["Objects"][0]["FiEntries"]["Element"]


def sent(data):
    return [line["Fields"] for line in lines(data)]


def refusal(**changes):
    with pytest.raises(CannotBuild) as caught:
        sales_booking(replace(TWO_RATES, **changes))
    return caught.value.field, caught.value.reason, caught.value.line


def test_a_booking_is_written_as_afas_documents_it():
    assert sales_booking(SIMPLE) == (
        b'{"FiEntryPar":{"Element":{"Fields":{"Year":2026,"Peri":3,"UnId":1,"JoCo":"20"},'
        b'"Objects":[{"FiEntries":{"Element":['
        b'{"Fields":{"VaAs":"2","AcNr":"10001","EnDa":"2026-03-31","BpDa":"2026-03-31",'
        b'"InId":"20260042","BpNr":"TCAB2CD3EF4G","AmDe":1210.00,"AmCr":0,"Fref":"20260042"}},'
        b'{"Fields":{"VaAs":"1","AcNr":"8000","EnDa":"2026-03-31","BpDa":"2026-03-31",'
        b'"InId":"20260042","BpNr":"TCAB2CD3EF4G","AmDe":0,"AmCr":1000.00,"VaId":"1"}},'
        b'{"Fields":{"VaAs":"1","AcNr":"1510","EnDa":"2026-03-31","BpDa":"2026-03-31",'
        b'"InId":"20260042","BpNr":"TCAB2CD3EF4G","Ds":"Btw hoog","AmDe":0,"AmCr":210.00,'
        b'"VaId":"1"}}]}}]}}}'
    )


def test_the_same_data_gives_the_same_bytes():
    assert sales_booking(TWO_RATES) == sales_booking(replace(TWO_RATES))


def test_the_debtor_comes_first_then_revenue_then_vat():
    assert [(line["VaAs"], line["AcNr"]) for line in sent(TWO_RATES)] == [
        ("2", "10001"),
        ("1", "8000"),
        ("1", "8010"),
        ("1", "1510"),
        ("1", "1511"),
    ]


def test_the_vat_code_stands_on_revenue_and_vat_and_not_on_the_debtor():
    assert [line.get("VaId") for line in sent(TWO_RATES)] == [None, "1", "2", "1", "2"]


def test_the_due_date_and_the_invoice_reference_stand_on_the_debtor_only():
    debtor, *others = sent(TWO_RATES)
    assert (debtor["DaEx"], debtor["Fref"]) == ("2026-04-30", "20260042")
    assert not any({"DaEx", "Fref"} & set(line) for line in others)
    assert "DaEx" not in sent(SIMPLE)[0]


def test_invoice_number_and_reference_stand_on_every_line():
    assert {(line["InId"], line["BpNr"]) for line in sent(TWO_RATES)} == {
        ("20260042", "TCAB2CD3EF4G")
    }


def test_entry_date_and_document_date_are_two_things():
    late = replace(TWO_RATES, entry_date=date(2026, 4, 1), period=4)
    assert {(line["EnDa"], line["BpDa"]) for line in sent(late)} == {("2026-04-01", "2026-03-31")}


def test_afas_numbers_the_entry_and_we_number_the_invoice():
    text = sales_booking(TWO_RATES)
    assert b"EnNo" not in text
    assert b"AuNu" not in text


def test_a_credit_note_is_credited_to_the_debtor_in_positive_amounts():
    assert [(line["AmDe"], line["AmCr"]) for line in sent(CREDIT_NOTE)] == [
        (0, Decimal("462.22")),
        (Decimal("382.00"), 0),
        (Decimal("80.22"), 0),
    ]


def test_negative_revenue_in_an_invoice_is_debited():
    discount = replace(HOURS, amount=Decimal("-100"))
    data = replace(SIMPLE, total=Decimal("1110"), revenue=[HOURS, discount])
    assert [(line["AmDe"], line["AmCr"]) for line in sent(data)][1:3] == [(0, 1000), (100, 0)]


def test_amounts_have_exactly_two_decimals():
    data = replace(SIMPLE, total=Decimal("1.21E+3"), revenue=[replace(HOURS, amount=Decimal(1000))])
    written = sales_booking(data)
    assert b'"AmDe":1210.00,"AmCr":0' in written
    assert b'"AmDe":0,"AmCr":1000.00' in written


def test_a_description_falls_back_on_that_of_the_booking():
    data = replace(
        SIMPLE, description="Factuur\n 7 ", revenue=[replace(HOURS, description=" \x00")]
    )
    assert [line["Ds"] for line in sent(data)] == ["Factuur 7", "Factuur 7", "Btw hoog"]
    assert "Ds" not in sent(SIMPLE)[0]


def test_a_long_description_is_cut_with_an_ellipsis():
    assert sent(replace(SIMPLE, description="x" * 300))[0]["Ds"] == "x" * 254 + "…"


def test_the_cost_centre_is_spread_with_the_amount_on_the_same_side():
    _, revenue, vat = lines(COST_CENTRE_AND_PROJECT)
    (part,) = revenue["Objects"][0]["FiDimEntries"]["Element"]
    assert part["Fields"] == {"DiC1": "NOORD", "AmDe": 0, "AmCr": 100}
    assert revenue["Fields"]["PrId"] == "PRJ-0815"
    assert "Objects" not in vat


def test_the_cost_centre_goes_to_the_axis_of_the_customer():
    _, revenue, _ = lines(replace(COST_CENTRE_AND_PROJECT, cost_centre_axis=3))
    (part,) = revenue["Objects"][0]["FiDimEntries"]["Element"]
    assert part["Fields"]["DiC3"] == "NOORD"


def test_a_reverse_charge_has_a_vat_code_and_no_vat_line():
    assert [line.get("VaId") for line in sent(REVERSE_CHARGE)] == [None, "3"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"total": Decimal("2300.01")}, ("total", "not_balanced", None)),
        ({"vat": []}, ("total", "not_balanced", None)),
        ({"total": Decimal("0.00")}, ("total", "zero", None)),
        ({"total": Decimal("2300.001")}, ("total", "too_many_decimals", None)),
        ({"total": Decimal("1E+16")}, ("total", "too_large", None)),
        ({"total": Decimal("NaN")}, ("total", "invalid", None)),
        ({"total": Decimal("-Infinity")}, ("total", "invalid", None)),
        ({"revenue": []}, ("lines", "missing", None)),
        ({"journal": " "}, ("journal", "missing", None)),
        ({"journal": "1234567"}, ("journal", "too_long", None)),
        ({"debtor_number": ""}, ("debtor_number", "missing", None)),
        ({"debtor_number": "1" * 17}, ("debtor_number", "too_long", None)),
        ({"invoice_number": ""}, ("invoice_number", "missing", None)),
        ({"invoice_number": "INV-2026-0042"}, ("invoice_number", "too_long", None)),
        ({"invoice_number": "2026  42"}, ("invoice_number", "invalid", None)),
        ({"invoice_number": "2026\t42"}, ("invoice_number", "invalid", None)),
        ({"reference": ""}, ("reference", "missing", None)),
        ({"reference": "T" * 13}, ("reference", "too_long", None)),
        ({"cost_centre_axis": 0}, ("cost_centre_axis", "invalid", None)),
        ({"cost_centre_axis": 6}, ("cost_centre_axis", "invalid", None)),
    ],
)
def test_a_booking_that_does_not_fit_is_refused(changes, expected):
    assert refusal(**changes) == expected


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"account": ""}, "account", "missing"),
        ({"account": "8" * 17}, "account", "too_long"),
        ({"vat_code": "1234"}, "vat_code", "too_long"),
        ({"cost_centre": "C" * 17}, "cost_centre", "too_long"),
        ({"project": "P" * 16}, "project", "too_long"),
        ({"amount": Decimal("0")}, "amount", "zero"),
        ({"amount": Decimal("-0.00")}, "amount", "zero"),
        ({"amount": Decimal("0.005")}, "amount", "too_many_decimals"),
        ({"amount": Decimal("1E-900000")}, "amount", "too_many_decimals"),
        ({"amount": Decimal("-1E+900000")}, "amount", "too_large"),
        ({"amount": Decimal("sNaN")}, "amount", "invalid"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_by_its_place_in_the_entry(changes, field, reason):
    revenue = [HOURS, replace(HOURS, **changes)]
    assert refusal(revenue=revenue, vat=[]) == (field, reason, 3)


def test_vat_has_a_vat_code():
    assert refusal(revenue=[HOURS], vat=[replace(HIGH, vat_code="")]) == ("vat_code", "missing", 3)


def test_an_entry_has_a_thousand_lines_at_most():
    cents = [replace(HOURS, amount=Decimal("0.01"))] * (MOST_LINES - 1)
    full = replace(SIMPLE, total=Decimal("9.99"), revenue=cents, vat=[])
    assert len(lines(full)) == MOST_LINES
    assert refusal(total=Decimal("10.00"), revenue=[*cents, cents[0]], vat=[]) == (
        "lines",
        "too_many",
        None,
    )


def test_the_largest_amounts_balance_to_the_cent():
    most = Decimal("9999999999999999.99")
    revenue = [replace(HOURS, amount=most), replace(HOURS, amount=-most + 1)]
    assert sent(replace(SIMPLE, total=Decimal("1"), revenue=revenue, vat=[]))[1]["AmCr"] == most


def test_the_longest_invoice_number_is_that_of_afas():
    assert length("FiEntries", "InId") == LONGEST_INVOICE_NUMBER


def test_a_booking_is_deleted_by_its_entry_number_in_its_journal():
    path = ("FiEntryPar", "UnId,JoCo", "1,20", "FiEntries", "@EnNo", "5789")
    assert entry_path(1, "20", "5789") == entry_path("1", "20", "5789") == path


@responses.activate
def test_the_address_of_a_booking_is_written_as_afas_documents_it():
    base = "https://12345.rest.afas.test/ProfitRestServices"
    responses.delete(re.compile(f"{base}/.*"), status=200)
    afas = AfasClient(base, AfasToken("0123456789abcdef" * 4))
    afas.delete(SALES_BOOKING, entry_path(1, "20", "5789"))
    assert responses.calls[0].request.url == (
        f"{base}/connectors/FiEntries/FiEntryPar/UnId,JoCo/1,20/FiEntries/@EnNo/5789"
    )


@pytest.mark.parametrize(
    ("data", "total"), [(TWO_RATES, "2300.00"), (CREDIT_NOTE, "-462.22"), (SIMPLE, "1210.00")]
)
def test_a_stored_body_says_what_it_books(data, total):
    assert booked_as(sales_booking(data).decode()) == BookedAs(
        debtor="10001",
        total=Decimal(total),
        invoice_number=data.invoice_number,
        reference="TCAB2CD3EF4G",
        journal="20",
        unit="1",
        year=data.year,
        period=data.period,
        entry_date=data.entry_date,
    )


def test_a_stored_body_shows_its_lines():
    first, revenue, _ = lines_of(sales_booking(COST_CENTRE_AND_PROJECT).decode())
    assert (first.kind, first.account, first.vat_code, first.credit) == ("debtor", "10001", "", 0)
    assert revenue == BookedLine(
        kind="ledger",
        account="8000",
        description="Inspectie-uren",
        vat_code="1",
        cost_centre="NOORD",
        project="PRJ-0815",
        debit=Decimal(0),
        credit=Decimal("100.00"),
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "7",
        "[]",
        "{}",
        '{"FiEntryPar":7}',
        '{"FiEntryPar":{"Element":{"Fields":{},"Objects":[]}}}',
        '{"FiEntryPar":{"Element":{"Fields":{},"Objects":[{"FiEntries":{"Element":[7]}}]}}}',
        sales_booking(TWO_RATES).decode().replace('"BpNr"', '"Mref"'),
        direct_invoice(INVOICE).decode(),
        "\ud800",
    ],
)
def test_another_body_is_no_booking(body):
    assert booked_as(body) is None
    assert lines_of(body) == []


def test_lines_need_no_description_cost_centre_or_project():
    assert RevenueLine(account="8000", amount=Decimal(1)).vat_code == ""
    assert VatLine(account="1510", amount=Decimal(1), vat_code="1").description == ""

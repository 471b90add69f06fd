"""What goes into a payload: cut, exact, or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.afas.documents import (
    CannotBuild,
    CustomerData,
    DirectInvoiceData,
    InvoiceLineData,
    customer,
    direct_invoice,
    direct_invoice_path,
    references,
)
from integrations.afas.text import cut, one_line, units
from tests.contract.conformity import complaints, parsed

LINE = InvoiceLineData(
    description="Uren maart",
    item_kind="1",
    item_code="UREN",
    unit="uur",
    quantity=Decimal("1"),
    unit_price=Decimal("95.50"),
)
INVOICE = DirectInvoiceData(
    debtor_number="10001",
    administration=2,
    invoice_date=date(2026, 3, 31),
    reference="TCAB2CD3EF4G",
    lines=[LINE],
)
CUSTOMER = CustomerData(name="Brugbouw", city="Groningen", country="NL")


def head(payload):
    (root,) = parsed(payload).values()
    return root["Element"]["Fields"]


def line(**changes):
    payload = direct_invoice(replace(INVOICE, lines=[replace(LINE, **changes)]))
    (root,) = parsed(payload).values()
    (element,) = root["Element"]["Objects"][0]["FbDirectInvoiceLines"]["Element"]
    return element["Fields"]


def organisation(**changes):
    (root,) = parsed(customer(replace(CUSTOMER, **changes))).values()
    element = root["Element"]["Objects"][0]["KnOrganisation"]["Element"]
    (address,) = element["Objects"]
    return element["Fields"], address["KnBasicAddressAdr"]["Element"]["Fields"]


def refusal(build):
    with pytest.raises(CannotBuild) as caught:
        build()
    return caught.value.field, caught.value.reason, caught.value.line


def test_an_invoice_is_written_as_afas_documents_it():
    assert direct_invoice(INVOICE) == (
        b'{"FbDirectInvoice":{"Element":{"Fields":{"DbId":"10001","OrDa":"2026-03-31",'
        b'"CuId":"EUR","InVa":false,"RfCs":"TCAB2CD3EF4G","Unit":2},"Objects":['
        b'{"FbDirectInvoiceLines":{"Element":[{"Fields":{"VaIt":"1","ItCd":"UREN",'
        b'"Ds":"Uren maart","BiUn":"uur","QuUn":1,"Upri":95.50}}]}}]}}}'
    )


def test_the_same_data_gives_the_same_bytes():
    assert direct_invoice(INVOICE) == direct_invoice(replace(INVOICE))
    assert customer(CUSTOMER) == customer(replace(CUSTOMER))


def test_without_an_administration_afas_chooses():
    assert "Unit" not in head(direct_invoice(replace(INVOICE, administration=None)))


def test_an_attachment_is_named_by_the_number_of_its_dossier_item():
    assert head(direct_invoice(replace(INVOICE, attachment=999999)))["SbAt"] == 999999
    assert "SbAt" not in head(direct_invoice(INVOICE))


def test_the_reference_is_never_cut_and_the_customers_is_cut_visibly():
    joined = references("PO " + "4" * 200, "TCAB2CD3EF4G")
    assert len(joined) == 100
    assert joined.endswith("4… / TCAB2CD3EF4G")
    assert references("PO 45", "TCAB2CD3EF4G") == "PO 45 / TCAB2CD3EF4G"
    assert references(" ", "TCAB2CD3EF4G") == "TCAB2CD3EF4G"


def test_a_remark_keeps_its_lines():
    payload = direct_invoice(replace(INVOICE, remark=" Graag\x00 betalen\r\nvoor mei "))
    assert head(payload)["Re"] == "Graag betalen\nvoor mei"


def test_a_long_description_is_cut_with_an_ellipsis():
    assert line(description="x" * 300)["Ds"] == "x" * 254 + "…"


def test_a_description_without_text_is_left_to_afas():
    assert "Ds" not in line(description=" \n ")


def test_an_item_without_unit_gets_the_five_asterisks():
    assert line(unit="")["BiUn"] == "*****"


@pytest.mark.parametrize("price", ["0", "0.00", "-0.0", "0.0000000001", "1234567890.1234567890"])
def test_a_price_is_sent_always_and_exactly(price):
    assert line(unit_price=Decimal(price))["Upri"] == Decimal(price)


def test_no_number_is_written_with_an_exponent():
    payload = direct_invoice(
        replace(
            INVOICE,
            lines=[replace(LINE, quantity=Decimal("1E+3"), unit_price=Decimal("0.0000001"))],
        )
    )
    assert b'"QuUn":1000,"Upri":0.0000001}' in payload


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"item_code": "I" * 41}, "item_code", "too_long"),
        ({"item_code": " "}, "item_code", "missing"),
        ({"item_kind": "9"}, "item_kind", "unknown"),
        ({"item_kind": ""}, "item_kind", "unknown"),
        ({"unit": "u" * 16}, "unit", "too_long"),
        ({"quantity": Decimal("1.000001")}, "quantity", "too_many_decimals"),
        ({"quantity": Decimal("1E-900000")}, "quantity", "too_many_decimals"),
        ({"quantity": Decimal("1E+11")}, "quantity", "too_large"),
        ({"quantity": Decimal("1E+900000")}, "quantity", "too_large"),
        ({"quantity": Decimal("NaN")}, "quantity", "invalid"),
        ({"unit_price": Decimal("Infinity")}, "unit_price", "invalid"),
        ({"unit_price": Decimal("0.00000000001")}, "unit_price", "too_many_decimals"),
        ({"unit_price": Decimal("1E+16")}, "unit_price", "too_large"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_by_its_number(changes, field, reason):
    invoice = replace(INVOICE, lines=[LINE, replace(LINE, **changes)])
    assert refusal(lambda: direct_invoice(invoice)) == (field, reason, 2)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"lines": []}, "lines", "missing"),
        ({"debtor_number": ""}, "debtor_number", "missing"),
        ({"debtor_number": "1" * 17}, "debtor_number", "too_long"),
        ({"reference": ""}, "reference", "missing"),
        ({"reference": "T" * 13}, "reference", "too_long"),
    ],
)
def test_an_invoice_that_does_not_fit_is_refused(changes, field, reason):
    invoice = replace(INVOICE, **changes)
    assert refusal(lambda: direct_invoice(invoice)) == (field, reason, None)
    with pytest.raises(CannotBuild, match=f"{field}: {reason}"):
        direct_invoice(invoice)


def test_an_invoice_is_deleted_by_its_order_number():
    assert direct_invoice_path("7001") == ("FbDirectInvoice", "@OrNu", "7001")


def test_a_customer_with_a_number_carries_it_as_key():
    (root,) = parsed(customer(replace(CUSTOMER, number="00120"))).values()
    assert root["Element"]["@DbId"] == "00120"
    (root,) = parsed(customer(CUSTOMER)).values()
    assert "@DbId" not in root["Element"]


def test_a_customer_is_matched_by_kvk_number_only_when_it_has_one():
    assert organisation()[0]["MatchOga"] == "6"
    fields, _ = organisation(kvk="8765 4321")
    assert (fields["MatchOga"], fields["CcNr"]) == ("1", "87654321")


def test_a_customer_becomes_a_debtor_in_euro():
    fields = head(customer(replace(CUSTOMER, vat_number="nl 0012.34.567.b01", vat_duty="1")))
    assert fields == {"IsDb": True, "CuId": "EUR", "VaDu": "1", "VaId": "NL001234567B01"}


@pytest.mark.parametrize(
    ("given", "number", "addition"),
    [
        ({"house_number": 12}, 12, None),
        ({"house_number": "012"}, 12, None),
        ({"house_number": "12 a", "house_addition": "hs"}, 12, "a hs"),
        ({"house_number": "12-14"}, 12, "-14"),
        ({"house_number": "nabij de sluis"}, None, "nabij de sluis"),
        ({"house_number": ""}, None, None),
    ],
)
def test_a_house_number_is_split_into_digits_and_addition(given, number, addition):
    _, address = organisation(street="Kadeweg", **given)
    assert (address.get("HmNr"), address.get("HmAd")) == (number, addition)


@pytest.mark.parametrize(
    ("iso", "code"), [("NL", "NL"), ("be", "B"), ("DE", "D"), ("FR", "F"), ("GB", "GB")]
)
def test_a_country_is_sent_in_afas_own_codes(iso, code):
    assert organisation(country=iso)[1]["CoId"] == code


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"name": " "}, "name", "missing"),
        ({"city": ""}, "city", "missing"),
        ({"city": "x" * 51}, "city", "too_long"),
        ({"country": ""}, "country", "missing"),
        ({"country": "XX"}, "country", "unknown"),
        ({"number": "1" * 17}, "number", "too_long"),
        ({"street": "x" * 61}, "street", "too_long"),
        ({"postcode": "x" * 16}, "postcode", "too_long"),
        ({"house_addition": "x" * 31}, "house_addition", "too_long"),
        ({"email": "no address"}, "email", "invalid"),
        ({"vat_number": "N" * 22}, "vat_number", "too_long"),
        ({"payment_condition": "123456"}, "payment_condition", "too_long"),
        ({"currency": ""}, "currency", "missing"),
    ],
)
def test_a_customer_that_does_not_fit_is_refused(changes, field, reason):
    data = replace(CUSTOMER, **changes)
    assert refusal(lambda: customer(data)) == (field, reason, None)


@given(st.text(), st.integers(1, 300))
def test_cut_text_fits_and_shows_that_it_was_cut(text, limit):
    kept = cut(text, limit)
    assert units(kept) <= limit or units(text) <= limit
    assert kept == text or kept.endswith("…")


def test_an_emoji_counts_twice_and_is_not_halved():
    assert cut("😀😀😀", 5) == "😀😀…"
    assert cut("e\u0301" * 3, 4) == "e\u0301…"


def test_broken_characters_do_not_reach_afas():
    assert one_line("a\ud800b\x07\tc\ufffe") == "a\ufffdb c\ufffd"


TEXT = st.text(st.characters(exclude_categories=()), max_size=400)
QUANTITY = st.decimals(-(10**10), 10**10, places=5, allow_nan=False)
PRICE = st.decimals(-(10**15), 10**15, places=10, allow_nan=False)


@given(TEXT, TEXT, TEXT, QUANTITY, PRICE)
def test_whatever_is_typed_fits_afas_and_numbers_survive(text, remark, theirs, quantity, price):
    payload = direct_invoice(
        replace(
            INVOICE,
            customer_reference=theirs,
            remark=remark,
            lines=[replace(LINE, description=text, quantity=quantity, unit_price=price)],
        )
    )
    assert complaints(payload) == []
    assert head(payload)["RfCs"].endswith("TCAB2CD3EF4G")
    sent = parsed(payload)["FbDirectInvoice"]["Element"]["Objects"][0]
    fields = sent["FbDirectInvoiceLines"]["Element"][0]["Fields"]
    assert (fields["QuUn"], fields["Upri"]) == (quantity, price)


@given(TEXT.filter(one_line), TEXT, TEXT)
def test_a_customer_either_fits_afas_or_is_refused(name, street, house_number):
    data = replace(CUSTOMER, name=name, street=street, house_number=house_number)
    refused = None
    try:
        payload = customer(data)
    except CannotBuild as error:
        refused = (error.field, error.reason)
    if refused:
        assert refused in {("street", "too_long"), ("house_addition", "too_long")}
    else:
        assert complaints(payload) == []

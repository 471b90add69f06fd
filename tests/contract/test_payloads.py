"""Everything we send is something that AFAS publishes, by our list and by its schemas."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from integrations.afas.fieldlist import PUBLISHED as OUR_LIST
from integrations.afas.meanings import MEANINGS
from tests.contract.conformity import complaints, elements, fields, parsed
from tests.contract.payloads import PAYLOADS
from tests.contract.published import FIELD_LIST, PUBLISHED, WRITTEN, as_text, derived, validator

ANSWERED = {
    ("FbDirectInvoice", "OrNu"),
    ("FbDirectInvoice", "SinOrNu"),
    ("FiEntries", "EnNo"),
    ("KnSubject", "SbId"),
}
"""Never sent, only read in AFAS's answers."""
needs_schemas = pytest.mark.skipif(
    not (PUBLISHED / "validate.py").exists(),
    reason="AFAS's published schemas do not lie beside the repository (../shared/afas)",
)


def shape(payload):
    """Each object with the names of its fields."""
    return [(name, sorted(sent)) for name, sent in elements(parsed(payload))]


def test_every_kind_of_document_is_among_the_payloads():
    assert {connector for connector, _ in PAYLOADS.values()} == set(WRITTEN)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_keeps_to_the_field_list(name):
    _, payload = PAYLOADS[name]
    assert len(list(fields(payload))) > 5, "nothing was checked"
    assert complaints(payload) == []


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (("Upri", '"Upri":95.50', '"UnPri":95.50'), "UnPri is unknown"),
        (("QuUn", '"QuUn":37.5,', ""), "QuUn is missing"),
        (("QuUn", '"QuUn":37.5,', '"QuUn":"37.5",'), "is no number"),
        (("QuUn", '"QuUn":37.5,', '"QuUn":37.500001,'), "more than 5 decimals"),
        (("VaIt", '"VaIt":"1"', '"VaIt":"9"'), "is not one of"),
        (("ItCd", '"INSP-SR"', f'"{"I" * 41}"'), "41 long, 40 allowed"),
        (("OrDa", '"2026-03-31"', '"31-03-2026"'), "is no date"),
        (("InVa", '"InVa":false', '"InVa":"0"'), "is no boolean"),
    ],
)
def test_the_field_list_objects_to_a_wrong_payload(broken, complaint):
    _, before, after = broken
    payload = PAYLOADS["invoice with everything"][1].decode()
    assert before in payload
    assert complaint in "; ".join(complaints(payload.replace(before, after).encode()))


@pytest.mark.parametrize(
    ("name", "before", "after", "complaint"),
    [
        ("credit note", '"AcNr":"8000"', f'"AcNr":"{"8" * 17}"', "17 long, 16 allowed"),
        ("credit note", '"VaAs":"2"', '"VaAs":"4"', "is not one of"),
        ("credit note", '"AmDe":382.00', '"AmDe":"382.00"', "is no number"),
        ("credit note", '"Year":2026', '"Year":"2026"', "is no integer"),
        ("cost centre on axis 5", '"DiC5"', '"DiC6"', "DiC6 is unknown"),
        ("file at a booked invoice", "10:00:00", "10:00", "is no time"),
        ("file at a booked invoice", "T10:00:00", "T25:00:00", "is no time"),
        ("file at a booked invoice", '"FileStream":"', '"FileStream":"a', "is no base64"),
        ("file at a booked invoice", '"SfTp":"4"', '"SfTp":"5"', "is not one of"),
    ],
)
def test_the_field_list_objects_to_a_wrong_booking_or_dossier_item(name, before, after, complaint):
    payload = PAYLOADS[name][1].decode()
    assert before in payload
    assert complaint in "; ".join(complaints(payload.replace(before, after).encode()))


def test_every_field_that_is_sent_is_explained_once():
    sent = {(name, code) for _, payload in PAYLOADS.values() for name, code, _ in fields(payload)}
    explained = {(name, code) for name, codes in MEANINGS.items() for code in codes}
    assert explained == sent | ANSWERED
    assert all(code in OUR_LIST.objects[name] for name, code in explained)


@needs_schemas
@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_is_valid_by_the_published_schema(name):
    connector, payload = PAYLOADS[name]
    document = json.loads(payload, parse_float=Decimal)
    errors, _ = validator().check(connector, "POST", document, with_business=True)
    assert errors == []


@needs_schemas
@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ('"AmCr":90.00', '"AmCr":89.99', "debit 2300.00 and credit 2299.99 differ by 0.01"),
        ('"AmCr":0,"DaEx"', '"AmCr":1.00,"DaEx"', "both AmDe and AmCr are filled"),
        ('"DaEx"', '"VaId":"1","DaEx"', "VaId on a debtor/creditor line"),
        ('"JoCo":"20"', '"JoCo":"20","AuNu":true', "AuNu (autonumbering) together with"),
    ],
)
def test_the_published_rules_object_to_a_booking_that_afas_would_refuse(before, after, error):
    payload = PAYLOADS["booking at two VAT rates"][1].decode()
    assert before in payload
    document = json.loads(payload.replace(before, after), parse_float=Decimal)
    errors, _ = validator().check("FiEntries", "POST", document, with_business=True)
    assert error in "; ".join(errors)


@needs_schemas
@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("booking at two VAT rates", "FiEntries.POST.sales-two-vat-rates"),
        ("credit note", "FiEntries.POST.credit-note"),
        ("file at a booked invoice", "KnSubject.POST.invoice-pdf"),
    ],
)
def test_a_payload_has_the_shape_of_the_worked_example(name, example):
    """The same objects in the same order, each with the same fields; values and text are ours."""
    worked = (PUBLISHED / "examples" / f"{example}.json").read_bytes()
    ours, theirs = shape(PAYLOADS[name][1]), shape(worked)
    assert ours == theirs


@needs_schemas
def test_the_published_schema_objects_to_an_unknown_field():
    payload = json.loads(PAYLOADS["bare credit"][1])
    payload["FbDirectInvoice"]["Element"]["Fields"]["Bogus"] = "1"
    errors, _ = validator().check("FbDirectInvoice", "POST", payload)
    assert errors == ["FbDirectInvoice/Element/Fields/Bogus: unknown field"]


@needs_schemas
def test_the_field_list_is_what_the_published_schemas_say():
    found = derived()
    assert sum(map(len, found["objects"].values())) > 200, "nothing was derived"
    assert as_text(found) == FIELD_LIST.read_text()

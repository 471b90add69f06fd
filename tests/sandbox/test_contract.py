"""The sandbox against AFAS's published schemas, where they lie beside this repository."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import fields
from sandbox.fields import Element
from tests.sandbox.conftest import Client, entry, invoice

PUBLISHED = Path(__file__).parents[3] / "shared" / "afas"
needs_published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason=f"AFAS's published schemas are not at {PUBLISHED}"
)


def schema(name: str) -> dict[str, Any]:
    return json.loads((PUBLISHED / "schemas" / f"{name}.json").read_text())


def assert_same(element: Element, published: dict[str, Any]) -> None:
    """Our list has exactly AFAS's fields, lengths and codes; our objects are some of AFAS's."""
    published = published.get("items", published)["properties"]
    theirs = published["Fields"].get("items", published["Fields"])["properties"]
    assert element.fields.keys() == theirs.keys()
    for code, field in element.fields.items():
        codes = theirs[code].get("enum")
        assert (list(field.values) if field.values else None) == codes, code
        assert field.length == (None if codes else theirs[code].get("maxLength")), code
    for name, part in element.objects.items():
        their_objects = published["Objects"].get("items", published["Objects"])["properties"]
        assert_same(part, their_objects[name]["properties"]["Element"])


@needs_published
@pytest.mark.parametrize("name", list(fields.connectors()))
def test_the_field_list_is_afas_published_list(name: str) -> None:
    element = fields.connectors()[name]
    root = schema(f"{name}.POST")["properties"][element.root]["properties"]["Element"]

    assert_same(element, root)


@needs_published
@pytest.mark.parametrize(
    "name",
    [
        "Profit_Debtor",
        "Profit_Administrations",
        "Profit_Article",
        "Profit_Journals",
        "Profit_Accounts",
        "Profit_VAT_code",
        "Profit_periods_per_administration",
        "Profit_Debtor_Invoices",
    ],
)
def test_a_row_has_exactly_afas_published_columns(afas: Client, name: str) -> None:
    afas.post("FiEntries", entry())
    published = schema(f"{name}.GET")["properties"]["rows"]["items"]["properties"]

    assert list(afas.rows(name)[0]) == list(published)


@needs_published
@pytest.mark.parametrize(
    "example",
    [
        "FbDirectInvoice.POST.hours-expense-mileage",
        "FbDirectInvoice.POST.credit-line",
        "FbDirectInvoice.PUT.change-reference",
        "FiEntries.POST.sales-two-vat-rates",
        "FiEntries.POST.sales-autonumber-dimensions",
        "FiEntries.POST.credit-note",
        "KnSubject.POST.invoice-pdf",
        "KnSalesRelationOrg.POST.debtor-with-address",
        "KnSalesRelationOrg.PUT.change-address",
        "KnSalesRelationOrg.PUT.block",
    ],
)
def test_a_worked_example_is_taken_as_it_stands(afas: Client, example: str) -> None:
    connector, method, _ = example.split(".")
    body = (PUBLISHED / "examples" / f"{example}.json").read_bytes()

    if example == "FbDirectInvoice.PUT.change-reference":  # changes the first one that is made
        assert afas.post("FbDirectInvoice", invoice()).ok
    if example == "KnSubject.POST.invoice-pdf":  # is filed under the booking of this number
        assert afas.post("FiEntries", entry()).ok

    answer = afas.call(method, f"connectors/{connector}", data=body)

    assert answer.status_code == 201, answer.text


@needs_published
def test_metainfo_of_an_update_connector_has_the_documented_shape(afas: Client) -> None:
    jsonschema = pytest.importorskip("jsonschema")

    for name in fields.connectors():
        jsonschema.validate(
            afas.get(f"metainfo/update/{name}").json(), schema("MetaInfo.update.GET")
        )
    jsonschema.validate(afas.get("metainfo").json(), schema("MetaInfo.GET"))
    jsonschema.validate(
        afas.get("metainfo/get/ProfitDebtor").json(), schema("MetaInfo.connector.GET")
    )

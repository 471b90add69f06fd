"""A list that looks only at records with the asked words finds what looking at all would find."""

import json
from typing import Any

import pytest

from sandbox import filters, getconnectors
from sandbox.testing import Running
from tests.sandbox.conftest import Client, earned, entry, invoice, owed, vat

REFERENCES = ["A1", "a1", "50% off_x", 'PO "7" \\ 8', "Café 3", "PO 12/345", "TCABCDEFGH23"]


@pytest.fixture
def filled(sandbox: Running, afas: Client) -> Running:
    sandbox.setting("reference_connectors", True)
    for number, reference in enumerate(REFERENCES):
        assert afas.post("FbDirectInvoice", invoice(RfCs=f"{reference} / us")).ok
        named = {"BpNr": reference, "InId": f"2026000{number}"}
        assert afas.post("FiEntries", entry(owed(**named), earned(**named), vat(**named))).ok
    return sandbox


def asked(column: str, *conditions: tuple[str, str]) -> dict[str, str]:
    wanted = [
        {"@FilterId": "F", "Field": {"@FieldId": column, "@OperatorType": operator, "#text": value}}
        for operator, value in conditions
    ]
    return {"filterjson": json.dumps({"Filters": {"Filter": wanted}}), "take": "-1", "skip": "-1"}


def found(sandbox: Running, name: str, query: dict[str, str]) -> tuple[list[Any], list[Any]]:
    """What the list answers, and what looking at all records would find."""
    connector = getconnectors.CONNECTORS[name.lower()]
    store, order = sandbox.app.store, {"orderbyfieldids": connector.columns[0].name}
    answer = getconnectors.read(store, connector, "12345", query | order)
    every = connector.rows(store, "12345", ())
    _, _, rows = filters.select(every, connector.by_name(), query | order, 0)
    return answer.body["rows"], rows


@pytest.mark.parametrize("operator", ["1", "6", "10", "13", "7", "11"])
@pytest.mark.parametrize("value", [*REFERENCES, "%A1%", "café 3", "po 12", "0", "", "nothing"])
def test_a_filter_finds_the_same_rows(filled: Running, operator: str, value: str) -> None:
    for name, column in (
        ("Uurwerk_Entries", "VoucherNo"),
        ("Uurwerk_DirectInvoices", "RfCs"),
        ("Profit_Debtor_Invoices", "InvoiceNr"),
        ("Profit_Debtor", "DebtorName"),
        ("Profit_Article", "ArtGroup"),
    ):
        narrowed, every = found(filled, name, asked(column, (operator, value)))
        assert narrowed == every


def test_alternatives_are_narrowed_to_all_of_them(filled: Running) -> None:
    query = asked("VoucherNo", ("1", "A1"), ("6", "12/3"), ("1", "no such"))
    narrowed, every = found(filled, "Uurwerk_Entries", query)

    assert narrowed == every
    assert sorted(row["VoucherNo"] for row in narrowed) == ["A1", "PO 12/345", "a1"]


def test_only_records_with_the_words_are_looked_at(filled: Running) -> None:
    columns = getconnectors.CONNECTORS["uurwerk_entries"].by_name()

    assert filters.words(columns, asked("VoucherNo", ("1", "A1"), ("6", "B2"))) == ("A1", "B2")
    for query in (
        asked("VoucherNo", ("1", "A1"), ("6", "50%_")),
        asked("EntryNr", ("1", "5789")),
        asked("VoucherNo", *[("1", f"A{n}") for n in range(9)]),
        {},
    ):
        assert filters.words(columns, query) == ()
    seen = filled.app.store.all("entry", "12345", ("TCABC", "a1"))
    assert [one["lines"][0]["BpNr"] for one in seen] == ["A1", "a1", "TCABCDEFGH23"]

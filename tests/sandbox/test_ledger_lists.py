from typing import Any

import pytest
import requests

from sandbox import seed
from sandbox.testing import Running
from tests.sandbox.conftest import Client, entry

EVERYTHING = {"skip": -1, "take": -1}
LISTS = [
    "Profit_Journals",
    "Profit_Accounts",
    "Profit_VAT_code",
    "Profit_periods_per_administration",
    "Profit_Debtor_Invoices",
]


def by(rows: list[dict[str, Any]], column: str) -> dict[str, dict[str, Any]]:
    return {row[column]: row for row in rows}


def test_each_administration_has_a_sales_a_memorial_and_a_blocked_journal(afas: Client) -> None:
    rows = afas.rows("Profit_Journals", orderbyfieldids="UnitId,JournalId", **EVERYTHING)

    assert [(row["UnitId"], row["JournalId"], row["Blocked"]) for row in rows] == [
        (unit, code, code == "90") for unit in (1, 2) for code in ("20", "70", "90")
    ]
    assert rows[0]["Description"] == "Verkoop"
    assert (rows[0]["JournalType"], rows[1]["JournalType"]) == ("V", "M")


def test_an_account_tells_whether_it_is_blocked_takes_vat_and_must_be_allocated(
    afas: Client,
) -> None:
    accounts = by(afas.rows("Profit_Accounts", **EVERYTHING), "Account")

    assert (accounts["8000"]["VatAllowed"], accounts["8000"]["VatCode"]) == (True, "1")
    assert accounts["8000"]["DimAx1"] is None
    assert (accounts["8074"]["DimAx1"], accounts["8074"]["DimAx2"]) == ("V", None)
    assert (accounts["8076"]["DimAx1"], accounts["8076"]["DimAx2"]) == ("V", "V")
    assert accounts["9990"]["VatAllowed"] is False
    assert [number for number, row in accounts.items() if row["Blocked"]] == ["8090"]
    assert [number for number, row in accounts.items() if row["CollectAccount"]] == ["1300"]


def test_there_is_a_vat_code_for_each_dutch_treatment(afas: Client) -> None:
    codes = by(afas.rows("Profit_VAT_code"), "VatCode")

    assert {code: (row["Description"], row["VatPerc"]) for code, row in codes.items()} == {
        "0": ("Geen btw", 0),
        "1": ("Btw hoog 21 %", 21),
        "2": ("Btw laag 9 %", 9),
        "3": ("Btw verlegd", 0),
        "4": ("Btw verlegd binnen de EU", 0),
        "5": ("Export buiten de EU", 0),
        "6": ("Vrijgesteld van btw", 0),
        "7": ("Btw nultarief", 0),
    }
    assert {code: row["AccountNr"] for code, row in codes.items() if row["AccountNr"]} == {
        "1": "1510",
        "2": "1511",
    }


def test_the_periods_are_the_months_of_each_administration_and_one_is_blocked(
    afas: Client,
) -> None:
    rows = afas.rows("Profit_periods_per_administration", **EVERYTHING)

    assert len(rows) >= 2 * 3 * 12
    assert len({(row["Unit"], row["Year"], row["Period"]) for row in rows}) == len(rows)
    assert {(row["Year"], row["Period"]) for row in rows if row["Blocked"]} == {(2025, 12)}
    (leap,) = [row for row in rows if (row["Unit"], row["Year"], row["Period"]) == (1, 2027, 2)]
    assert (leap["DateFrom"], leap["DateTo"]) == ("2027-02-01T00:00:00Z", "2027-02-28T00:00:00Z")
    assert (leap["PeriodDesc"], leap["TableDesc"]) == ("Februari", "Maanden")


@pytest.mark.parametrize(
    ("kind", "key", "connector", "column"),
    [
        ("account", "8000", "Profit_Accounts", "Account"),
        ("journal", "20", "Profit_Journals", "JournalId"),
        ("vat_code", "1", "Profit_VAT_code", "VatCode"),
    ],
)
def test_what_a_bookkeeper_blocks_is_told_and_can_be_freed(
    sandbox: Running, afas: Client, kind: str, key: str, connector: str, column: str
) -> None:
    def is_blocked() -> set[bool]:
        return {row["Blocked"] for row in afas.rows(connector) if row[column] == key}

    order = {"environment": "12345", "kind": kind, "key": key}
    sandbox.order("block", order)
    assert is_blocked() == {True}
    sandbox.order("block", order | {"blocked": False})
    assert is_blocked() == {False}


def test_a_blocked_period_is_told_and_can_be_freed(sandbox: Running, afas: Client) -> None:
    query = {"filterfieldids": "Unit,Year", "filtervalues": "1,2026", "operatortypes": "1,1"}
    sandbox.order("block", {"environment": "12345", "kind": "period", "key": "2026/4"})

    rows = afas.rows("Profit_periods_per_administration", **query)

    assert [row["Period"] for row in rows if row["Blocked"]] == [4]


def test_something_unknown_cannot_be_blocked(sandbox: Running) -> None:
    with pytest.raises(Exception, match="400"):
        sandbox.order("block", {"environment": "12345", "kind": "account", "key": "1"})


@pytest.mark.parametrize("name", LISTS)
def test_the_usual_tokens_and_clients_read_the_lists(afas: Client, name: str) -> None:
    described = afas.get(f"metainfo/get/{name}").json()
    assert described["description"] != name
    assert afas.get(f"connectors/{name}").status_code == 200

    form = {
        "grant_type": "client_credentials",
        "client_id": seed.LIVE_CLIENT_ID,
        "client_secret": seed.LIVE_CLIENT_SECRET,
    }
    given = requests.post(f"{afas.base}/oauth/token", data=form, timeout=10).json()
    afas.headers["Authorization"] = f"Bearer {given['access_token']}"
    assert afas.get(f"connectors/{name}").status_code == 200


def test_the_bare_token_has_the_five_connectors_of_the_guide_and_no_other(afas: Client) -> None:
    afas.token = seed.BARE_TOKEN
    told = afas.get("metainfo").json()

    assert {one["id"] for one in told["getConnectors"] + told["updateConnectors"]} == set(
        seed.GUIDE_CONNECTORS
    )
    assert {afas.get(f"connectors/{name}").status_code for name in LISTS} == {500}
    assert afas.post("FiEntries", entry()).status_code == 201
    assert afas.post("KnSubject", {}).json()["errorNumber"] == -2147180996

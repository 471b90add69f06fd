import json
import time
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import seed, settings
from sandbox.testing import Running
from tests.sandbox.conftest import Client, debtor, earned, entry, invoice, owed, vat

INVOICES, ENTRIES = "Uurwerk_DirectInvoices", "Uurwerk_Entries"
FIRST_INVOICE = "connectors/FbDirectInvoice/FbDirectInvoice/@OrNu/70000144"


def any_of(column: str, operator: str, *values: str) -> dict[str, str]:
    """A filterjson of one Filter per value: AFAS's OR."""
    filters = [
        {
            "@FilterId": f"F{n}",
            "Field": [{"@FieldId": column, "@OperatorType": operator, "#text": value}],
        }
        for n, value in enumerate(values, start=1)
    ]
    return {"filterjson": json.dumps({"Filters": {"Filter": filters}})}


def wait_until(happens: Callable[[], object]) -> None:
    until = time.monotonic() + 5
    while not happens():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def granted(sandbox: Running) -> Running:
    sandbox.setting("reference_connectors", True)
    return sandbox


@pytest.mark.parametrize("connector", [INVOICES, ENTRIES])
def test_nobody_may_read_a_reference_connector_until_it_is_granted(
    sandbox: Running, afas: Client, connector: str
) -> None:
    assert afas.get(f"connectors/{connector}").status_code == 500
    assert afas.get(f"metainfo/get/{connector}").status_code == 500

    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": [connector]})

    assert afas.rows(connector) == []
    assert afas.rows("ProfitDebtor")
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "drop": [connector]})
    assert afas.get(f"connectors/{connector}").status_code == 500


def test_a_setting_grants_both_to_every_credential_of_the_environment(
    granted: Running, afas: Client
) -> None:
    afas.token = seed.LACKING_CONNECTORS_TOKEN
    other = Client(f"{granted.url}/54321/ProfitRestServices", seed.EIK_TOKEN)

    listed = {one["id"] for one in afas.get("metainfo").json()["getConnectors"]}

    assert set(seed.REFERENCE_CONNECTORS) <= listed
    assert afas.rows(ENTRIES) == afas.rows(INVOICES) == []
    assert other.get(f"connectors/{ENTRIES}").status_code == 500


def test_a_booking_is_one_row_with_its_numbers_reference_and_total(
    granted: Running, afas: Client
) -> None:
    afas.post("FiEntries", entry(owed(Fref="INV-2026-0042"), earned(), vat()))

    (row,) = afas.rows(ENTRIES)

    created = row.pop("CreateDate")
    assert row == {
        "UnitId": 1,
        "JournalId": "20",
        "EntryNr": 5789,
        "InvoiceNr": "20260042",
        "VoucherNo": "INV-2026-0042",
        "AccountNr": "10001",
        "AmtDebit": 1210.0,
        "AmtCredit": 0.0,
        "Fref": "INV-2026-0042",
    }
    assert created.endswith("Z")
    described = afas.get(f"metainfo/get/{ENTRIES}").json()["fields"]
    assert [field["fieldId"] for field in described] == [*row, "CreateDate"]


def test_a_credit_note_is_a_row_with_its_amount_on_the_credit_side(
    granted: Running, afas: Client
) -> None:
    lines = owed(AmDe=0, AmCr=121), earned(AmDe=100, AmCr=0), vat(AmDe=21, AmCr=0)
    afas.post("FiEntries", entry(*lines))

    (row,) = afas.rows(ENTRIES)
    assert (row["AmtDebit"], row["AmtCredit"]) == (0.0, 121.0)


@pytest.mark.parametrize(("operator", "found"), [("1", ["A1"]), ("6", ["A1", "PO 7 / B2"])])
def test_several_filters_find_what_passes_any_of_them(
    granted: Running, afas: Client, operator: str, found: list[str]
) -> None:
    for reference in ("A1", "PO 7 / B2", "C3"):
        afas.post("FbDirectInvoice", invoice(RfCs=reference))
        numbers = {"BpNr": reference, "InId": reference[-2:]}
        lines = [made(**numbers) for made in (owed, earned, vat)]
        assert afas.post("FiEntries", entry(*lines)).status_code == 201

    for connector, column in ((INVOICES, "RfCs"), (ENTRIES, "VoucherNo")):
        rows = afas.rows(connector, **any_of(column, operator, "A1", "B2", "Z9"))
        assert sorted(row[column] for row in rows) == found


def test_a_document_and_its_deletion_are_seen_later_and_known_at_once(
    granted: Running, afas: Client
) -> None:
    granted.setting("sight_delay", 1)
    afas.post("FbDirectInvoice", invoice(RfCs="TCABCDEFGH23"))
    afas.post("FiEntries", entry())

    assert afas.rows(INVOICES) == afas.rows(ENTRIES) == []
    assert len(granted.state()["invoices"]) == 1
    wait_until(lambda: afas.rows(INVOICES) and afas.rows(ENTRIES))
    assert afas.call("DELETE", FIRST_INVOICE).status_code == 200

    assert [row["RfCs"] for row in afas.rows(INVOICES)] == ["TCABCDEFGH23"]
    assert granted.state()["invoices"] == []
    wait_until(lambda: not afas.rows(INVOICES))


def test_a_new_debtor_is_seen_later_and_can_be_invoiced_at_once(
    sandbox: Running, afas: Client
) -> None:
    sandbox.setting("debtor_sight_delay", 1)
    afas.post("KnSalesRelationOrg", debtor(DbId="C-77"))
    query = any_of("DebtorId", "1", "C-77")

    assert afas.rows("ProfitDebtor", **query) == afas.rows("Profit_Debtor", **query) == []
    assert len(afas.rows("ProfitDebtor")) == 40
    assert afas.post("FbDirectInvoice", invoice(DbId="C-77")).status_code == 201
    wait_until(lambda: afas.rows("ProfitDebtor", **query))


def test_a_blind_connector_answers_no_rows_and_no_error(granted: Running, afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice())
    afas.post("FiEntries", entry())
    granted.setting("blind", True)

    assert afas.rows(INVOICES) == afas.rows(ENTRIES) == []
    granted.setting("blind", False)
    assert len(afas.rows(INVOICES)) == len(afas.rows(ENTRIES)) == 1


def test_a_setting_of_no_environment_holds_where_there_is_no_own(
    sandbox: Running, afas: Client
) -> None:
    sandbox.setting("reference_connectors", True, environment="")
    assert afas.rows(ENTRIES) == []
    sandbox.setting("reference_connectors", False)
    assert afas.get(f"connectors/{ENTRIES}").status_code == 500


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("sight_dealy", 1, "there is no setting sight_dealy"),
        ("blind", "yes", "blind is true or false"),
        ("sight_delay", -1, "a number of seconds"),
        ("sight_delay", True, "a number of seconds"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_so(
    sandbox: Running, name: str, value: Any, says: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        sandbox.setting(name, value)

    assert says in json.load(told.value)["error"]


def test_every_door_and_setting_is_explained_where_they_are_taken(sandbox: Running) -> None:
    from sandbox import control

    explained = control.__doc__ or ""
    assert all(f"| {name} |" in explained for name in settings.USUAL)
    assert all(f"| POST {door} |" in explained for door in sandbox.app.control.doors)

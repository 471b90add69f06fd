import json
import urllib.error
from typing import Any

import pytest
import requests

from sandbox.testing import Running
from tests.sandbox.conftest import Client, entry, invoice, line

NUMBER = "70000144"
HOTEL = {"VaIt": "6", "ItCd": "VERBLIJF", "BiUn": "*****", "QuUn": 1, "Upri": 100, "Ds": "Hotel"}


def delete_invoice(afas: Client, number: str = NUMBER) -> requests.Response:
    return afas.call("DELETE", f"connectors/FbDirectInvoice/FbDirectInvoice/@OrNu/{number}")


def delete_entry(afas: Client, number: str = "5789") -> requests.Response:
    path = f"connectors/FiEntries/FiEntryPar/UnId,JoCo/1,20/FiEntries/@EnNo/{number}"
    return afas.call("DELETE", path)


def change(*lines: dict[str, Any], number: str = NUMBER, **header: Any) -> dict[str, Any]:
    """A PUT of these header fields and line elements."""
    element: dict[str, Any] = {"@OrNu": number, "Fields": header}
    if lines:
        element["Objects"] = [{"FbDirectInvoiceLines": {"Element": list(lines)}}]
    return {"FbDirectInvoice": {"Element": element}}


def said(answer: requests.Response) -> str:
    assert answer.status_code == 500, answer.text
    return answer.json()["externalMessage"]


def order_number(answer: requests.Response) -> str:
    assert answer.status_code == 201, answer.text
    return answer.json()["results"]["FbDirectInvoice"]["OrNu"]


@pytest.fixture
def posted(sandbox: Running, afas: Client) -> Running:
    """Two hours of 95.50 and a hotel of 100."""
    assert afas.post("FbDirectInvoice", invoice(line(), HOTEL, RfCs="PO 1", Fref="F1")).ok
    return sandbox


def kept(sandbox: Running) -> dict[str, Any]:
    (only,) = sandbox.state()["invoices"]
    return only


def test_a_change_touches_only_the_header_fields_that_are_sent(
    posted: Running, afas: Client
) -> None:
    before = kept(posted)

    answer = afas.put("FbDirectInvoice", change(RfCs="PO 2"))

    after = kept(posted)
    assert (answer.status_code, answer.content) == (201, b"")
    assert (after["header"]["RfCs"], after["header"]["Fref"]) == ("PO 2", "F1")
    assert (after["lines"], after["totals"]) == (before["lines"], before["totals"])
    assert after["invoice_number"] == before["invoice_number"]
    assert after["changes"][0]["what"] == ["RfCs: PO 1 → PO 2"]


def test_an_empty_value_empties_its_field(posted: Running, afas: Client) -> None:
    afas.put("FbDirectInvoice", change(RfCs=""))

    assert "RfCs" not in kept(posted)["header"]


def test_a_line_is_changed_by_its_guid_or_by_kind_and_item(posted: Running, afas: Client) -> None:
    guid = kept(posted)["lines"][1]["GuLi"]
    by_guid = {"Fields": {"GuLi": guid.lower(), "Upri": 150}}
    by_item = {"@Action": "update", "Fields": {"VaIt": "1", "ItCd": "UREN-DEV", "QuUn": 3}}

    assert afas.put("FbDirectInvoice", change(by_guid, by_item)).status_code == 201

    after = kept(posted)
    assert [held["amount"] for held in after["lines"]] == ["286.50", "150.00"]
    assert (after["lines"][1]["GuLi"], after["lines"][1]["Ds"]) == (guid, "Hotel")
    assert after["totals"]["excl_vat"] == "436.50"


def test_a_line_is_added_and_another_deleted(posted: Running, afas: Client) -> None:
    km = {"VaIt": "6", "ItCd": "KM", "BiUn": "km", "QuUn": 10, "Upri": 0.23}
    added = {"Fields": km | {"@Action": "insert"}}
    gone = {"@Action": "delete", "Fields": {"VaIt": "6", "ItCd": "VERBLIJF"}}

    assert afas.put("FbDirectInvoice", change(added, gone)).status_code == 201

    after = kept(posted)
    assert [held["ItCd"] for held in after["lines"]] == ["UREN-DEV", "KM"]
    assert after["totals"]["excl_vat"] == "193.30"
    assert after["changes"][0]["what"] == ["line KM: added", "line VERBLIJF: deleted"]


def test_without_an_action_a_line_that_is_not_there_is_added(posted: Running, afas: Client) -> None:
    afas.put("FbDirectInvoice", change({"Fields": line(ItCd="UREN-PM")}))

    assert [held["ItCd"] for held in kept(posted)["lines"]] == ["UREN-DEV", "VERBLIJF", "UREN-PM"]


HOURS = {"VaIt": "1", "ItCd": "UREN-DEV"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            change(number="70000999", RfCs="x"),
            "The entered value for 'Packing slip number' does not exist.",
        ),
        (change(number="", RfCs="x"), "Enter a value for 'Packing slip number'."),
        (change(DbId=""), "Enter a value for 'Sales contact'."),
        (change(DbId="10013"), "Sales contact 10013 is blocked for delivery."),
        (
            change(RfCs="x" * 101),
            "The value for 'Order number/reference' is too long; at most 100 characters.",
        ),
        (
            change({"Fields": {"GuLi": "{0}", "QuUn": 1}}),
            "The entered value for 'Line GUID' does not exist.",
        ),
        (
            change({"@Action": "delete", "Fields": {"VaIt": "1", "ItCd": "KM"}}),
            "The entered value for 'Itemcode' does not exist.",
        ),
        (
            change({"@Action": "replace", "Fields": HOURS}),
            "The entered value for '@Action' does not exist.",
        ),
        (
            change({"@Action": "insert", "Fields": {"VaIt": "1", "ItCd": "UREN-PM"}}),
            "Enter a value for 'Unit'.",
        ),
        (change({"Fields": HOURS | {"QuUn": ""}}), "Enter a value for 'Number of units'."),
        (
            change(
                {"@Action": "delete", "Fields": HOURS},
                {"@Action": "delete", "Fields": {"VaIt": "6", "ItCd": "VERBLIJF"}},
            ),
            "The invoice has no lines.",
        ),
    ],
)
def test_a_change_that_is_wrong_changes_nothing(
    posted: Running, afas: Client, body: dict[str, Any], sentence: str
) -> None:
    before = kept(posted)

    assert said(afas.put("FbDirectInvoice", body)) == sentence
    assert kept(posted) == before


def test_of_two_lines_with_the_same_item_afas_wants_the_guid(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FbDirectInvoice", invoice(line(), line(QuUn=5)))

    answer = afas.put("FbDirectInvoice", change({"Fields": HOURS | {"QuUn": 9}}))

    assert said(answer).startswith("There are several lines with item UREN-DEV")


def test_another_invoice_may_not_take_an_invoice_number_that_is_used(
    posted: Running, afas: Client
) -> None:
    afas.post("FbDirectInvoice", invoice(SinOrNu="F-2"))

    assert said(afas.put("FbDirectInvoice", change(SinOrNu="F-2"))).endswith("exists: F-2.")
    assert afas.put("FbDirectInvoice", change(SinOrNu="F-1")).status_code == 201
    assert afas.put("FbDirectInvoice", change(SinOrNu="F-1")).status_code == 201


@pytest.mark.parametrize(
    ("language", "deleted", "changed"),
    [
        (
            "nl-nl",
            f"Pakbon {NUMBER} is al verwerkt en kan niet meer worden verwijderd.",
            f"Pakbon {NUMBER} is al verwerkt en kan niet meer worden gewijzigd.",
        ),
        (
            "en-us",
            f"Packing slip {NUMBER} has already been processed and can no longer be deleted.",
            f"Packing slip {NUMBER} has already been processed and can no longer be changed.",
        ),
    ],
)
def test_a_processed_invoice_is_neither_deleted_nor_changed(
    posted: Running, afas: Client, language: str, deleted: str, changed: str
) -> None:
    afas.language = language
    wish = {"environment": "12345", "kind": "invoice", "key": NUMBER}
    posted.order("processed", wish)

    assert said(delete_invoice(afas)) == deleted
    assert said(afas.put("FbDirectInvoice", change(RfCs="x"))) == changed
    posted.order("processed", wish | {"processed": False})
    assert delete_invoice(afas).status_code == 200


def test_a_paid_entry_is_not_deleted(sandbox: Running, afas: Client) -> None:
    afas.post("FiEntries", entry())
    sandbox.order("processed", {"environment": "12345", "kind": "entry", "key": "5789"})

    assert said(delete_entry(afas)).startswith("Journal entry 5789 has been reconciled or paid")
    assert len(sandbox.state()["entries"]) == 1


@pytest.mark.parametrize(
    ("kind", "says"), [("invoice", "there is no invoice 1"), ("debtor", "kind is invoice or entry")]
)
def test_what_does_not_exist_cannot_be_processed(sandbox: Running, kind: str, says: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        sandbox.order("processed", {"environment": "12345", "kind": kind, "key": "1"})

    assert says in json.load(told.value)["error"]


def test_what_was_deleted_is_remembered_with_who_did_it(posted: Running, afas: Client) -> None:
    afas.post("FiEntries", entry())
    delete_invoice(afas)
    posted.order("remove", {"environment": "12345", "kind": "entry", "key": "5789"})

    state = posted.state()

    (gone,) = state["deleted_invoices"]
    assert (gone["number"], gone["header"]["RfCs"], gone["deleted_by"]) == (
        NUMBER,
        "PO 1",
        "client",
    )
    assert [one["deleted_by"] for one in state["deleted_entries"]] == ["sandbox"]


def test_by_setting_the_highest_number_that_came_free_is_given_again(
    sandbox: Running, afas: Client
) -> None:
    sandbox.setting("reuse_deleted_numbers", True)
    for _ in range(3):
        afas.post("FbDirectInvoice", invoice())
    afas.post("FbDirectInvoice", invoice(OrNu="TCABCDEFGH23"))
    for number in ("70000144", "70000146", "TCABCDEFGH23"):
        delete_invoice(afas, number)

    given = [order_number(afas.post("FbDirectInvoice", invoice())) for _ in range(3)]

    assert given == ["70000146", "70000144", "70000147"]


def test_by_setting_the_number_of_a_deleted_entry_is_given_again(
    sandbox: Running, afas: Client
) -> None:
    sandbox.setting("reuse_deleted_numbers", True)
    afas.post("FiEntries", entry())
    delete_entry(afas)

    answer = afas.post("FiEntries", entry())

    assert answer.json()["results"]["FiEntryPar"]["EnNo"] == "5789"


def test_the_same_reference_is_taken_again_unless_a_setting_refuses_it(
    posted: Running, afas: Client
) -> None:
    assert order_number(afas.post("FbDirectInvoice", invoice(RfCs="PO 1"))) == "70000145"

    posted.setting("refuse_same_reference", True)

    again = afas.post("FbDirectInvoice", invoice(RfCs="PO 1"))
    assert said(again) == "The entered value for 'Order number/reference' already exists: PO 1."
    assert afas.post("FbDirectInvoice", invoice(RfCs="PO 3")).status_code == 201

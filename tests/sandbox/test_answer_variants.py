"""The shapes in which AFAS may answer that it was done."""

from typing import Any

import pytest

from sandbox.testing import Running
from tests.sandbox.conftest import Client, debtor, entry, invoice


def answers(afas: Client) -> list[Any]:
    """What the three connectors answer to a POST."""
    posts = {"FbDirectInvoice": invoice(), "FiEntries": entry(), "KnSalesRelationOrg": debtor()}
    made = [afas.post(connector, body) for connector, body in posts.items()]
    assert [answer.status_code for answer in made] == [201] * 3
    return [answer.json() if answer.content else None for answer in made]


@pytest.mark.parametrize(
    ("variant", "shapes"),
    [
        (
            "results",
            [
                {"results": {"FbDirectInvoice": {"OrNu": "70000144"}}},
                {"results": {"FiEntryPar": {"UnId": "1", "EnNo": "5789", "InId": "20260042"}}},
                {"results": {"KnSalesRelationOrg": {"DbId": "10272", "BcCo": "1000563"}}},
            ],
        ),
        (
            "bare",
            [
                {"FbDirectInvoice": {"OrNu": "70000144"}},
                {"FiEntryPar": {"UnId": "1", "EnNo": "5789", "InId": "20260042"}},
                {"KnSalesRelationOrg": {"DbId": "10272", "BcCo": "1000563"}},
            ],
        ),
        (
            "root",
            [
                {"results": {"FBDIRECTINVOICE": {"ORNU": "70000144"}}},
                {"results": {"FiEntries": {"UNID": "1", "ENNO": "5789", "INID": "20260042"}}},
                {"results": {"KNSALESRELATIONORG": {"DBID": "10272", "BCCO": "1000563"}}},
            ],
        ),
        (
            "keyless",
            [
                {"results": {"FbDirectInvoice": {"Liln": ""}}},
                {"results": {"FiEntryPar": {"Liln": ""}}},
                {"results": {"KnSalesRelationOrg": {"Liln": ""}}},
            ],
        ),
        (
            "numbers",
            [
                {"results": {"FbDirectInvoice": {"OrNu": 70000144}}},
                {"results": {"FiEntryPar": {"UnId": 1, "EnNo": 5789, "InId": 20260042}}},
                {"results": {"KnSalesRelationOrg": {"DbId": 10272, "BcCo": 1000563}}},
            ],
        ),
    ],
)
def test_a_success_is_worded_as_the_setting_says(
    sandbox: Running, afas: Client, variant: str, shapes: list[Any]
) -> None:
    sandbox.setting("answer_variant", variant)

    assert answers(afas) == shapes
    state = sandbox.state()
    assert (len(state["invoices"]), len(state["entries"]), len(state["debtors"])) == (1, 1, 41)


def test_a_number_that_would_lose_its_zeroes_stays_text(sandbox: Running, afas: Client) -> None:
    sandbox.setting("answer_variant", "numbers")

    keys = [
        afas.post("FbDirectInvoice", invoice(OrNu=number)).json()["results"]["FbDirectInvoice"]
        for number in ("0042", "TCABCDEFGH23", "42")
    ]

    assert [key["OrNu"] for key in keys] == ["0042", "TCABCDEFGH23", 42]


def test_by_setting_a_post_is_answered_without_a_body(sandbox: Running, afas: Client) -> None:
    sandbox.setting("empty_post", True)

    assert answers(afas) == [None, None, None]


@pytest.mark.parametrize(
    ("settings", "status", "body"),
    [
        ({}, 201, None),
        ({"put_status": 200}, 200, None),
        ({"empty_put": False}, 201, {"results": {"FbDirectInvoice": {"OrNu": "70000144"}}}),
        (
            {"empty_put": False, "put_status": 200, "answer_variant": "bare"},
            200,
            {"FbDirectInvoice": {"OrNu": "70000144"}},
        ),
        ({"empty_put": False, "put_status": 204}, 204, None),
    ],
)
def test_the_answer_to_a_change_varies(
    sandbox: Running, afas: Client, settings: dict[str, Any], status: int, body: Any
) -> None:
    afas.post("FbDirectInvoice", invoice())
    for name, value in settings.items():
        sandbox.setting(name, value)
    element = {"@OrNu": "70000144", "Fields": {"RfCs": "PO 2"}}

    answer = afas.put("FbDirectInvoice", {"FbDirectInvoice": {"Element": element}})

    assert answer.status_code == status
    assert (answer.json() if answer.content else None) == body
    assert sandbox.state()["invoices"][0]["header"]["RfCs"] == "PO 2"


def test_a_refusal_has_its_own_words_in_every_variant(sandbox: Running, afas: Client) -> None:
    sandbox.setting("answer_variant", "keyless")
    sandbox.setting("empty_post", True)

    answer = afas.post("FbDirectInvoice", invoice(DbId="99999"))

    assert answer.status_code == 500
    assert "does not exist" in answer.json()["externalMessage"]

"""What AFAS refuses, in both languages, and never does by half."""

import json
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest
import requests

from sandbox import seed
from sandbox.testing import Running
from tests.sandbox.conftest import Client, debtor, earned, entry, invoice, line, owed, vat

Post = Callable[[Client], requests.Response]


def invoiced(*lines: dict[str, Any], **header: Any) -> Post:
    return lambda afas: afas.post("FbDirectInvoice", invoice(*lines, **header))


def booked(*lines: dict[str, Any], **header: Any) -> Post:
    return lambda afas: afas.post("FiEntries", entry(*lines, **header))


def related(**header: Any) -> Post:
    return lambda afas: afas.post("KnSalesRelationOrg", debtor(**header))


def answered(afas: Client, post: Post, language: str) -> dict[str, Any]:
    afas.language = language
    answer = post(afas)
    assert answer.status_code == 500, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def blocked(sandbox: Running) -> Running:
    """A debtor, an item and a period that a colleague closed."""
    for kind, key in (("debtor", "10002"), ("item", "1/UREN-PM"), ("period", "2026/3")):
        sandbox.order("block", {"environment": "12345", "kind": kind, "key": key})
    return sandbox


@pytest.mark.parametrize(
    ("post", "dutch", "english"),
    [
        pytest.param(
            invoiced(DbId="10002"),
            "Verkooprelatie 10002 is geblokkeerd voor levering.",
            "Sales contact 10002 is blocked for delivery.",
            id="blocked debtor",
        ),
        pytest.param(
            invoiced(line(ItCd="UREN-PM")),
            "Item UREN-PM is geblokkeerd.",
            "Item UREN-PM is blocked.",
            id="blocked item",
        ),
        pytest.param(
            invoiced(line(ItCd="NIETS")),
            "De ingevulde waarde bij 'Itemcode' bestaat niet.",
            "The entered value for 'Itemcode' does not exist.",
            id="unknown item",
        ),
        pytest.param(
            invoiced(line(BiUn="doos")),
            "De ingevulde waarde bij 'Eenheid' bestaat niet.",
            "The entered value for 'Unit' does not exist.",
            id="unknown unit",
        ),
        pytest.param(
            invoiced(line(BiUn="stk")),
            "Eenheid stk is niet toegestaan bij item UREN-DEV.",
            "Unit stk is not allowed for item UREN-DEV.",
            id="unit of another item",
        ),
        pytest.param(
            invoiced(DbId="99999"),
            "De ingevulde waarde bij 'Verkooprelatie' bestaat niet.",
            "The entered value for 'Sales contact' does not exist.",
            id="unknown debtor",
        ),
        pytest.param(
            booked(owed(AcNr="99999"), earned(), vat(), Peri=3, Year=2025),
            "Datum '31-3-2026' valt niet in periode 3 van het jaar 2025.",
            "Date '31-3-2026' is not in period 3 of the year 2025.",
            id="date outside its period",
        ),
        pytest.param(
            invoiced(Unit=7),
            "De ingevulde waarde bij 'Administratie' bestaat niet.",
            "The entered value for 'Administration' does not exist.",
            id="unknown administration",
        ),
        pytest.param(
            invoiced(PaCd="99"),
            "De ingevulde waarde bij 'Betalingsvoorwaarde' bestaat niet.",
            "The entered value for 'Payment condition' does not exist.",
            id="wrong code",
        ),
        pytest.param(
            related(VaDu="77"),
            "De ingevulde waarde bij 'Btw-plicht' bestaat niet.",
            "The entered value for 'VAT duty' does not exist.",
            id="wrong code of a debtor",
        ),
        pytest.param(
            invoiced(Fref="x" * 33),
            "De waarde bij 'Factuurreferentie' is te lang; maximaal 32 tekens.",
            "The value for 'Invoice reference' is too long; at most 32 characters.",
            id="too long",
        ),
        pytest.param(
            invoiced(line(QuUn="")),
            "Vul een waarde in bij 'Aantal eenheden'.",
            "Enter a value for 'Number of units'.",
            id="mandatory field",
        ),
        pytest.param(
            booked(),
            "Voor deze administratie is periode 3 van het jaar 2026 geblokkeerd.",
            "For this administration, period 3 of the year 2026 is blocked.",
            id="blocked period",
        ),
    ],
)
def test_a_refusal_names_its_reason_in_the_language_asked_for(
    blocked: Running, afas: Client, post: Post, dutch: str, english: str
) -> None:
    for language, sentence in (("nl-nl", dutch), ("en-us", english)):
        body = answered(afas, post, language)
        assert body["externalMessage"] == sentence
        assert isinstance(body["errorNumber"], int)
        assert len(body["profitLogReference"]) == 32

    state = blocked.state()
    assert (state["invoices"], state["entries"], len(state["debtors"])) == ([], [], 40)


def test_an_unknown_debtor_of_a_booking_is_a_foreign_key(sandbox: Running, afas: Client) -> None:
    post = booked(owed(AcNr="99999"), earned(), vat())

    assert "ForeignkeyId=KnAnt1" in answered(afas, post, "nl-nl")["externalMessage"]
    assert "FieldId=Account number" in answered(afas, post, "en-us")["externalMessage"]


def test_by_setting_an_empty_mandatory_field_is_told_in_other_words(
    sandbox: Running, afas: Client
) -> None:
    sandbox.setting("mandatory_words", "anta")
    post = booked(owed(AcNr=None), earned(), vat())

    dutch = answered(afas, post, "nl-nl")["externalMessage"]
    english = answered(afas, post, "en-us")["externalMessage"]

    assert dutch.endswith("verplicht veld 'Rekeningnummer' (AcNr)")
    assert (
        english
        == "(AntaObject) There is no value entered in mandatory field 'Account number' (AcNr)"
    )
    other = answered(afas, invoiced(DbId="99999"), "en-us")["externalMessage"]
    assert other == "The entered value for 'Sales contact' does not exist."


@pytest.mark.parametrize(
    ("language", "words"), [("nl-nl", "niet ondersteund"), ("en-us", "not supported")]
)
def test_a_connector_that_is_not_granted_is_a_500_or_by_setting_a_401(
    sandbox: Running, afas: Client, language: str, words: str
) -> None:
    afas.token = seed.LACKING_CONNECTORS_TOKEN

    assert words in answered(afas, invoiced(), language)["externalMessage"]
    sandbox.setting("not_granted_answers_401", True)
    answer = afas.post("FbDirectInvoice", invoice())
    assert (answer.status_code, answer.content) == (401, b"")


def test_what_was_blocked_can_be_freed_again(blocked: Running, afas: Client) -> None:
    posts = (invoiced(DbId="10002"), invoiced(line(ItCd="UREN-PM")), booked())
    for kind, key in (("debtor", "10002"), ("item", "1/UREN-PM"), ("period", "2026/3")):
        wish = {"environment": "12345", "kind": kind, "key": key, "blocked": False}
        blocked.order("block", wish)

    assert [post(afas).status_code for post in posts] == [201] * 3


def test_a_blocked_item_and_debtor_say_so_in_their_lists(blocked: Running, afas: Client) -> None:
    items = {row["ItemCode"]: row["Blocked"] for row in afas.rows("Profit_Article")}
    debtors = {row["DebtorId"]: row["Blocked"] for row in afas.rows("ProfitDebtor")}

    assert [code for code, is_so in items.items() if is_so] == ["UREN-PM"]
    assert {number for number, is_so in debtors.items() if is_so} == {"10002", "10013"}


def test_the_period_that_is_closed_at_first_can_be_opened(sandbox: Running, afas: Client) -> None:
    day = {"EnDa": "2025-12-31", "BpDa": "2025-12-31"}
    body = entry(owed(**day), earned(**day), vat(**day), Year=2025, Peri=12)
    assert "blocked" in afas.post("FiEntries", body).json()["externalMessage"]

    wish = {"environment": "12345", "kind": "period", "key": "2025/12", "blocked": False}
    sandbox.order("block", wish)

    assert afas.post("FiEntries", body).status_code == 201


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "period", "key": "March"}, "a period is written as 2026/4"),
        ({"kind": "period", "key": "2026/13"}, "a period is written as 2026/4"),
        ({"kind": "item", "key": "UREN"}, "there is no item UREN"),
        ({"kind": "invoice", "key": "1"}, "kind is one of debtor, item, period"),
        ({"environment": "12354", "kind": "debtor", "key": "10001"}, "no environment 12354"),
    ],
)
def test_what_cannot_be_blocked_is_told(
    sandbox: Running, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        sandbox.order("block", {"environment": "12345"} | changes)

    assert says in json.load(told.value)["error"]

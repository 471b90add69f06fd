from typing import Any

import pytest
import requests

from sandbox.testing import Running
from tests.sandbox.conftest import Client, debtor, invoice


def made(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 201, answer.text
    return answer.json()["results"]["KnSalesRelationOrg"]


def sentence(answer: requests.Response) -> str:
    assert answer.status_code == 500, answer.text
    return answer.json()["externalMessage"]


def test_a_new_debtor_is_numbered_and_appears_in_the_debtor_list(afas: Client) -> None:
    keys = made(afas.post("KnSalesRelationOrg", debtor()))

    assert keys == {"DbId": "10272", "BcCo": "1000563"}
    query = {"filterfieldids": "DebtorId", "operatortypes": "1", "filtervalues": "10272"}
    (row,) = afas.rows("ProfitDebtor", **query)
    assert row["DebtorName"] == "Studio Noorderlicht V.O.F."
    assert (row["AdressLine1"], row["AdressLine3"]) == ("Kadeweg 12a", "9711 AB Groningen")
    assert (row["ChOfCommNr"], row["PayCon"], row["Blocked"]) == ("87654321", "14", False)


def test_the_name_of_the_connector_is_taken_in_any_capitals(afas: Client) -> None:
    assert afas.post("KnSalesrelationOrg", debtor()).status_code == 201


def test_a_number_that_is_given_is_used_and_refused_when_in_use(afas: Client) -> None:
    assert made(afas.post("KnSalesRelationOrg", debtor(DbId="C-77")))["DbId"] == "C-77"

    again = afas.post("KnSalesRelationOrg", debtor(DbId="C-77"))

    assert sentence(again) == "The entered value for 'Debtor number' already exists: C-77."


def test_a_number_in_use_is_skipped_when_afas_numbers(afas: Client) -> None:
    afas.post("KnSalesRelationOrg", debtor(DbId="10272"))

    assert made(afas.post("KnSalesRelationOrg", debtor()))["DbId"] == "10273"


def test_an_organisation_with_the_same_chamber_number_is_used_again(afas: Client) -> None:
    organisation = {"MatchOga": "1", "CcNr": "34567890", "Nm": "Gouden Aar"}

    keys = made(afas.post("KnSalesRelationOrg", debtor(organisation)))

    assert keys == {"DbId": "10272", "BcCo": "1000100"}


def test_an_unknown_chamber_number_makes_a_new_organisation(afas: Client) -> None:
    organisation = {"MatchOga": "1", "CcNr": "11112222"}

    assert made(afas.post("KnSalesRelationOrg", debtor(organisation)))["BcCo"] == "1000563"


def test_a_match_with_several_organisations_is_refused(sandbox: Running, afas: Client) -> None:
    rows = {row["DebtorId"]: row for row in sandbox.state()["debtors"]}
    shared = rows["10017"]["ChOfCommNr"]
    assert shared == rows["10018"]["ChOfCommNr"]

    answer = afas.post("KnSalesRelationOrg", debtor({"MatchOga": "1", "CcNr": shared}))

    assert (
        sentence(answer) == "Several organisations were found with the same value for 'COC number'."
    )
    assert len(sandbox.state()["debtors"]) == 40


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"CuId": None}, "Enter a value for 'Currency'."),
        ({"PaCd": None}, "Enter a value for 'Payment condition'."),
        ({"VaDu": None}, "Enter a value for 'VAT duty'."),
        ({"VaDu": "77"}, "The entered value for 'VAT duty' does not exist."),
        ({"ColA": "9999"}, "The entered value for 'Summary account' does not exist."),
        ({"InPv": "Z"}, "The entered value for 'Preferred issue method' does not exist."),
        (
            {"VaId": "N" * 22},
            "The value for 'VAT identification number' is too long; at most 21 characters.",
        ),
        ({"PbAd": False}, "Connector field 'PbAd' not found"),
        ({"organisation": {"PbAd": False}}, "Connector field 'PbAd' not found"),
        ({"organisation": {"Nm": None}}, "Enter a value for 'Name'."),
        ({"organisation": {"MatchOga": None}}, "Enter a value for 'Organisatie vergelijken op'."),
        ({"organisation": {"AutoNum": False}}, "Enter a value for 'Number'."),
        (
            {"organisation": {"SeNm": "ELEVENCHARS"}},
            "The value for 'Search name' is too long; at most 10 characters.",
        ),
        (
            {"organisation": {"BcCo": "1", "MatchOga": "0"}},
            "The entered value for 'Number' does not exist.",
        ),
        (
            {"organisation": {"EmAd": "no address"}},
            "The value for 'Work e-mail' is not a valid e-mail address.",
        ),
        ({"address": {"CoId": None}}, "Enter a value for 'Country'."),
        ({"address": {"CoId": "BE"}}, "The entered value for 'Country' does not exist."),
        ({"address": {"HmNr": "12a"}}, "Type mismatch for 'House number'."),
        ({"address": {"ResZip": None}}, "Enter a value for 'Zoek woonplaats bij postcode'."),
    ],
)
def test_a_relation_that_is_wrong_is_refused_with_its_field(
    sandbox: Running, afas: Client, changes: dict[str, Any], expected: str
) -> None:
    assert sentence(afas.post("KnSalesRelationOrg", debtor(**changes))) == expected
    assert len(sandbox.state()["debtors"]) == 40


def test_a_relation_that_is_no_debtor_cannot_be_invoiced(afas: Client) -> None:
    number = made(afas.post("KnSalesRelationOrg", debtor(IsDb=False)))["DbId"]

    answer = afas.post("FbDirectInvoice", invoice(DbId=number))

    assert sentence(answer) == f"Sales contact {number} is not a debtor."


def test_a_change_touches_only_what_is_sent_and_answers_no_body(
    sandbox: Running, afas: Client
) -> None:
    body = {"KnSalesRelationOrg": {"Element": {"@DbId": "10002", "Fields": {"Bl": True}}}}

    answer = afas.put("KnSalesRelationOrg", body)

    assert (answer.status_code, answer.content) == (201, b"")
    row = next(row for row in sandbox.state()["debtors"] if row["DebtorId"] == "10002")
    assert row["Blocked"] is True
    assert row["DebtorName"] == "Waterschap Lindevaart"
    assert row["ModifiedDate"] > "2026-02-08T09:13:17Z"
    assert row["changes"][0]["what"] == ["Blocked: False → True"]


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"@DbId": "77", "Fields": {}}, "The entered value for 'Debtor number' does not exist."),
        ({"Fields": {"Bl": True}}, "Enter a value for 'Debtor number'."),
    ],
)
def test_a_change_of_nobody_is_refused(
    afas: Client, element: dict[str, Any], expected: str
) -> None:
    answer = afas.put("KnSalesRelationOrg", {"KnSalesRelationOrg": {"Element": element}})

    assert sentence(answer) == expected

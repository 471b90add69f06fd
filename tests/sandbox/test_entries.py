from typing import Any

import pytest
import requests

from sandbox import seed
from sandbox.testing import Running
from tests.sandbox.conftest import Client, earned, entry, owed, vat

DELETE = "connectors/FiEntries/FiEntryPar/UnId,JoCo"


def assert_refused(answer: requests.Response, sentence: str) -> None:
    assert answer.status_code == 500, answer.text
    body = answer.json()
    assert body["externalMessage"] == sentence
    assert isinstance(body["errorNumber"], int)
    assert len(body["profitLogReference"]) == 32


def keys(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 201, answer.text
    return answer.json()["results"]["FiEntryPar"]


def numbered(invoice_number: str, **header: Any) -> dict[str, Any]:
    """An entry with this invoice number on every line; empty leaves it out."""
    changes = {"InId": invoice_number or None}
    return entry(owed(**changes), earned(**changes), vat(**changes), **header)


def test_an_entry_is_answered_with_administration_entry_and_invoice_number_as_text(
    afas: Client,
) -> None:
    answer = afas.post("FiEntries", entry())

    assert answer.status_code == 201
    assert answer.json() == {
        "results": {"FiEntryPar": {"UnId": "1", "EnNo": "5789", "InId": "20260042"}}
    }


def test_an_entry_is_kept_with_its_lines_debtor_and_total(sandbox: Running, afas: Client) -> None:
    afas.post("FiEntries", entry())

    (kept,) = sandbox.state("12345")["entries"]
    assert (kept["number"], kept["invoice_number"]) == ("5789", "20260042")
    assert (kept["debtor"], kept["debtor_name"]) == ("10001", "Bakkerij De Gouden Aar B.V.")
    assert (kept["header"]["Year"], kept["header"]["Peri"], kept["header"]["UnId"]) == (2026, 3, 1)
    assert [line["AcNr"] for line in kept["lines"]] == ["10001", "8000", "1510"]
    assert kept["total"] == "1210.00"


def test_a_credit_note_has_the_sides_swapped(sandbox: Running, afas: Client) -> None:
    afas.post(
        "FiEntries",
        entry(
            owed(AmDe=0, AmCr=462.22),
            earned(AmDe="382.00", AmCr=0),
            vat(AmDe=80.22, AmCr=0),
        ),
    )

    assert sandbox.state()["entries"][0]["total"] == "462.22"


def test_afas_numbers_the_invoice_when_asked_to(afas: Client) -> None:
    first = afas.post("FiEntries", numbered("", AuNu=True))
    second = afas.post("FiEntries", numbered("", AuNu=True))

    assert [keys(first)["InId"], keys(second)["InId"]] == ["V0002614", "V0002615"]


def test_without_a_number_and_without_asking_for_one_the_invoice_number_is_empty(
    afas: Client,
) -> None:
    assert keys(afas.post("FiEntries", numbered("")))["InId"] == ""
    assert keys(afas.post("FiEntries", numbered("")))["EnNo"] == "5790"


def test_an_entry_without_administration_goes_to_the_first(afas: Client) -> None:
    assert keys(afas.post("FiEntries", entry(UnId=None)))["UnId"] == "1"


def test_an_invoice_number_is_used_once_in_an_administration(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FiEntries", entry())

    again = afas.post("FiEntries", entry())
    elsewhere = afas.post("FiEntries", entry(UnId=2))

    assert_refused(
        again,
        "General message: Invoice number 20260042 is already used in finance for Debtor 10001",
    )
    assert keys(elsewhere)["UnId"] == "2"
    assert len(sandbox.state()["entries"]) == 2


def test_each_environment_keeps_its_own_entries(sandbox: Running, afas: Client) -> None:
    test = Client(f"{sandbox.url}/12345test/ProfitRestServices", seed.TEST_TOKEN)
    afas.post("FiEntries", entry())

    assert keys(test.post("FiEntries", entry()))["EnNo"] == "5789"
    counts = [len(sandbox.state(name)["entries"]) for name in ("12345", "12345test", "54321")]
    assert counts == [1, 1, 0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"Year": None}, "Enter a value for 'Financial year'."),
        ({"Peri": None}, "Enter a value for 'Period'."),
        ({"JoCo": None}, "Enter a value for 'Journal'."),
        ({"Peri": "March"}, "Type mismatch for 'Period'."),
        ({"Peri": 13}, "The entered value for 'Period' does not exist."),
        ({"Peri": 4}, "Date '31-3-2026' is not in period 4 of the year 2026."),
        ({"Year": 2025}, "Date '31-3-2026' is not in period 3 of the year 2025."),
        (
            {"Year": 2025, "Peri": 12},
            "For this administration, period 12 of the year 2025 is blocked.",
        ),
        ({"UnId": 3}, "The entered value for 'Administration number' does not exist."),
        ({"JoCo": "99"}, "The entered value for 'Journal' does not exist."),
        ({"JoCo": "1234567"}, "The value for 'Journal' is too long; at most 6 characters."),
        ({"AuNu": "perhaps"}, "Type mismatch for 'Autonummering factuur'."),
        ({"AuNu": True}, "An entry has one invoice number: the same on all lines, or AFAS's own."),
        ({"InId": "20260042"}, "Connector field 'InId' not found"),
        ({"joco": "20"}, "Connector field 'joco' not found"),
    ],
)
def test_a_header_that_is_wrong_is_refused_with_its_field(
    sandbox: Running, afas: Client, changes: dict[str, Any], sentence: str
) -> None:
    assert_refused(afas.post("FiEntries", entry(**changes)), sentence)
    assert sandbox.state()["entries"] == []


NO_ACCOUNT = (
    "(AntaObject) The foreignkey does not exist in the database."
    " FieldId=Account number, ForeignkeyId=KnAnt1"
)
NO_VAT_CODE = (
    "(AntaObject) The foreignkey does not exist in the database."
    " FieldId=VAT code, ForeignkeyId=KnVat"
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"VaAs": None}, "Enter a value for 'Account feature'."),
        ({"AcNr": None}, "Enter a value for 'Account number'."),
        ({"EnDa": None}, "Enter a value for 'Date entry'."),
        ({"BpDa": None}, "Enter a value for 'Voucher date'."),
        ({"VaAs": "4"}, "The entered value for 'Account feature' does not exist."),
        ({"VaAs": "3"}, NO_ACCOUNT),
        ({"AcNr": "8999"}, NO_ACCOUNT),
        ({"AcNr": "10001"}, NO_ACCOUNT),
        ({"VaAs": "2", "AcNr": "99999", "VaId": None}, NO_ACCOUNT),
        ({"VaId": "9"}, NO_VAT_CODE),
        ({"AcNr": "9990"}, "(AFASFiEntry) VAT is not allowed for account 9990"),
        ({"VaAs": "2", "AcNr": "10001"}, "(AFASFiEntry) VAT is not allowed for account 10001"),
        (
            {"AcNr": "8074"},
            "Allocation code for axis 'Cost center' must be filled for account 8074",
        ),
        ({"EnDa": "2026-04-01"}, "Date '1-4-2026' is not in period 3 of the year 2026."),
        ({"EnDa": "31-03-2026"}, "Type mismatch for 'Date entry'."),
        ({"AmCr": "a thousand"}, "Type mismatch for 'Amount credit'."),
        (
            {"AmCr": "1000.01"},
            "The entry is not balanced: debit 1210.00, credit 1210.01.",
        ),
        (
            {"AmCr": "1000.00000000001"},
            "The value for 'Amount credit' has more than 10 decimals.",
        ),
        (
            {"InId": "INV-2026-0042"},
            "The value for 'Invoice number' is too long; at most 12 characters.",
        ),
        (
            {"InId": "20260043"},
            "An entry has one invoice number: the same on all lines, or AFAS's own.",
        ),
        ({"BpNr": "x" * 33}, "The value for 'Entry number' is too long; at most 32 characters."),
        ({"PaCd": "99"}, "The entered value for 'Payment condition' does not exist."),
        ({"CuId": "USD"}, "The entered value for 'Currency' does not exist."),
        ({"PrId": "P1"}, "The entered value for 'Project' does not exist."),
        ({"VaRc": "1"}, "Connector field 'VaRc' not found"),
    ],
)
def test_a_line_that_is_wrong_refuses_the_whole_entry(
    sandbox: Running, afas: Client, changes: dict[str, Any], sentence: str
) -> None:
    answer = afas.post("FiEntries", entry(owed(), earned(**changes), vat()))

    assert_refused(answer, sentence)
    assert sandbox.state()["entries"] == []


def test_a_relation_that_is_not_a_debtor_cannot_owe(sandbox: Running, afas: Client) -> None:
    row = {"DebtorId": "10001", "IsDb": False}
    sandbox.order("debtor", {"environment": "12345", "debtor": row})

    assert_refused(afas.post("FiEntries", entry()), NO_ACCOUNT)


def test_a_debtor_that_is_blocked_for_delivery_can_still_be_booked_on(afas: Client) -> None:
    assert afas.post("FiEntries", entry(owed(AcNr="10013"), earned(), vat())).status_code == 201


@pytest.mark.parametrize(
    ("code", "status"), [("NOORD", 201), ("NERGENS", 500)], ids=["known", "unknown"]
)
def test_an_account_that_must_be_allocated_takes_a_code_that_exists(
    afas: Client, code: str, status: int
) -> None:
    body = entry(owed(), earned(AcNr="8074"), vat())
    allocated = body["FiEntryPar"]["Element"]["Objects"][0]["FiEntries"]["Element"][1]
    allocated["Objects"] = [{"FiDimEntries": {"Element": [{"Fields": {"DiC1": code}}]}}]

    assert afas.post("FiEntries", body).status_code == status


def test_an_entry_without_lines_is_refused(afas: Client) -> None:
    body = entry()
    del body["FiEntryPar"]["Element"]["Objects"]

    assert_refused(afas.post("FiEntries", body), "The entry has no lines.")


def test_a_thousand_lines_are_taken_and_one_more_is_not(sandbox: Running, afas: Client) -> None:
    one = {"AmDe": 0, "AmCr": 1, "VaId": None}
    many = [earned(**one) for _ in range(999)]

    assert_refused(
        afas.post("FiEntries", entry(owed(AmDe=1000), *many, earned(**one))),
        "The entry has 1001 lines; at most 1000.",
    )
    assert afas.post("FiEntries", entry(owed(AmDe=999), *many)).status_code == 201


def test_the_message_opens_with_fientrypar_and_not_with_the_connector(afas: Client) -> None:
    body = {"FiEntries": entry()["FiEntryPar"]}

    assert_refused(afas.post("FiEntries", body), "Connector field 'FiEntries' not found")


def test_dutch_names_the_field_as_dutch_people_know_it(afas: Client) -> None:
    afas.language = "nl-nl"

    assert_refused(
        afas.post("FiEntries", entry(owed(), earned(VaId="9"), vat())),
        "(AntaObject) De foreignkey bestaat niet in de database."
        " FieldId=Btw-code, ForeignkeyId=KnVat",
    )
    assert_refused(
        afas.post("FiEntries", entry(JoCo="99")), "De ingevulde waarde bij 'Dagboek' bestaat niet."
    )


@pytest.mark.parametrize("path", ["1,20/FiEntries/@EnNo/5789", "1,20/FiEntries/InId/20260042"])
def test_a_deleted_entry_is_gone_and_only_its_invoice_number_is_free_again(
    sandbox: Running, afas: Client, path: str
) -> None:
    afas.post("FiEntries", entry())

    gone = afas.call("DELETE", f"{DELETE}/{path}")
    again = afas.call("DELETE", f"{DELETE}/{path}")

    assert (gone.status_code, gone.content) == (200, b"")
    assert again.status_code == 500
    assert "does not exist" in again.json()["externalMessage"]
    assert sandbox.state()["entries"] == []
    assert keys(afas.post("FiEntries", entry()))["EnNo"] == "5790"


@pytest.mark.parametrize(
    "path",
    [
        "2,20/FiEntries/@EnNo/5789",
        "1,70/FiEntries/@EnNo/5789",
        "1,20/FiEntries/@EnNo/5788",
        "1,20/FiEntries/InId/",
        "1,20/FiEntries/BpNr/INV-2026-0042",
        "1,20",
        "1,20/FiEntries",
    ],
)
def test_a_path_that_does_not_name_the_entry_deletes_nothing(
    sandbox: Running, afas: Client, path: str
) -> None:
    afas.post("FiEntries", entry())

    assert afas.call("DELETE", f"{DELETE}/{path}").status_code == 500
    assert len(sandbox.state()["entries"]) == 1


def test_an_entry_cannot_be_changed(afas: Client) -> None:
    assert afas.put("FiEntries", entry()).json()["errorNumber"] == -2147180996


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        ("12345", seed.LIVE_TOKEN),
        ("12345test", seed.TEST_TOKEN),
        ("54321", seed.EIK_TOKEN),
    ],
)
def test_the_usual_tokens_may_book_entries(sandbox: Running, environment: str, token: str) -> None:
    client = Client(f"{sandbox.url}/{environment}/ProfitRestServices", token)

    granted = {one["id"] for one in client.get("metainfo").json()["updateConnectors"]}

    assert "FiEntries" in granted


def test_an_oauth_client_may_book_entries(afas: Client) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": seed.LIVE_CLIENT_ID,
        "client_secret": seed.LIVE_CLIENT_SECRET,
    }
    given = requests.post(f"{afas.base}/oauth/token", data=form, timeout=10).json()
    afas.headers["Authorization"] = f"Bearer {given['access_token']}"

    assert afas.post("FiEntries", entry()).status_code == 201


def test_a_token_without_the_connector_may_not_book(sandbox: Running, afas: Client) -> None:
    afas.token = seed.LACKING_CONNECTORS_TOKEN

    answers = [afas.post("FiEntries", entry()), afas.get("metainfo/update/FiEntries")]

    assert [answer.json()["errorNumber"] for answer in answers] == [-2147180996] * 2
    assert sandbox.state()["entries"] == []


def test_metainfo_describes_the_entry_and_its_lines(afas: Client) -> None:
    described = afas.get("metainfo/update/FiEntries").json()

    assert (described["id"], described["name"]) == ("FiEntries", "FiEntryPar")
    (lines,) = described["objects"]
    fields = {field["fieldId"]: field for field in lines["fields"]}
    assert (fields["InId"]["length"], fields["AcNr"]["mandatory"]) == (12, True)
    assert not fields["EnNo"]["mandatory"]
    assert {"id": "2", "description": "Debiteur"} in fields["VaAs"]["values"]
    assert [part["name"] for part in lines["objects"]] == [
        "FiDimEntries",
        "FiPrjEntries",
        "FiTransEntries",
    ]


def test_an_entry_can_be_removed_by_a_test(sandbox: Running, afas: Client) -> None:
    afas.post("FiEntries", entry())

    sandbox.order("remove", {"environment": "12345", "kind": "entry", "key": "5789"})

    assert sandbox.state()["entries"] == []

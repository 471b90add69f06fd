from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sandbox import seed
from sandbox.testing import Running
from tests.sandbox.conftest import Client, invoice, line


def assert_refused(answer: requests.Response, sentence: str) -> None:
    assert answer.status_code == 500, answer.text
    body = answer.json()
    assert body["externalMessage"] == sentence
    assert isinstance(body["errorNumber"], int)
    assert len(body["profitLogReference"]) == 32


def test_an_invoice_gets_the_next_order_number_as_text(afas: Client) -> None:
    first = afas.post("FbDirectInvoice", invoice())
    second = afas.post("FbDirectInvoice", invoice())

    assert first.status_code == 201
    assert first.json() == {"results": {"FbDirectInvoice": {"OrNu": "70000144"}}}
    assert second.json()["results"]["FbDirectInvoice"]["OrNu"] == "70000145"


def test_an_invoice_is_kept_with_its_lines_reference_and_totals(
    sandbox: Running, afas: Client
) -> None:
    lines = [
        line(QuUn=37.5, Upri="95.50"),
        line(VaIt="6", ItCd="VERBLIJF", BiUn="*****", QuUn=1, Upri=142.15, Ds="Hotel"),
        line(VaIt="6", ItCd="KM", BiUn="km", QuUn=418, Upri=0.23, Ds="Ritten"),
    ]
    afas.post("FbDirectInvoice", invoice(*lines, RfCs="PO 1 / TC1234567890", Fref="F1"))

    (kept,) = sandbox.state("12345")["invoices"]
    assert (kept["number"], kept["debtor_name"]) == ("70000144", "Bakkerij De Gouden Aar B.V.")
    assert (kept["header"]["RfCs"], kept["header"]["Fref"]) == ("PO 1 / TC1234567890", "F1")
    assert [held["amount"] for held in kept["lines"]] == ["3581.25", "142.15", "96.14"]
    # 21 % over 3677.39 (hours, km) and 9 % over 142.15 (hotel), each rounded once
    assert kept["totals"] == {"excl_vat": "3819.54", "vat": "785.04", "incl_vat": "4604.58"}


def test_a_negative_quantity_credits(sandbox: Running, afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice(line(QuUn=-4), CrOr=True))

    (kept,) = sandbox.state()["invoices"]
    assert kept["totals"] == {"excl_vat": "-382.00", "vat": "-80.22", "incl_vat": "-462.22"}


def test_a_belgian_debtor_is_not_charged_dutch_vat(sandbox: Running, afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice(DbId="10011"))

    assert sandbox.state()["invoices"][0]["totals"]["vat"] == "0.00"


def test_prices_that_include_vat_are_taken_apart(sandbox: Running, afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice(line(QuUn=1, Upri=121), InVa=True))

    totals = sandbox.state()["invoices"][0]["totals"]
    assert totals == {"excl_vat": "100.00", "vat": "21.00", "incl_vat": "121.00"}


def test_a_line_without_a_price_takes_the_price_of_the_item(sandbox: Running, afas: Client) -> None:
    fields = line(VaIt="2", ItCd="HOSTING", BiUn="stk")
    del fields["Upri"]
    afas.post("FbDirectInvoice", invoice(fields))

    assert sandbox.state()["invoices"][0]["totals"]["excl_vat"] == "70.00"


def test_a_text_line_needs_no_item(sandbox: Running, afas: Client) -> None:
    text = line(VaIt="3", ItCd="T", BiUn="*****", QuUn=0, Upri=0, Ds="Zie bijlage")
    answer = afas.post("FbDirectInvoice", invoice(line(), text))

    assert answer.status_code == 201
    assert sandbox.state()["invoices"][0]["totals"]["excl_vat"] == "191.00"


def test_an_own_order_number_is_used_once(afas: Client) -> None:
    first = afas.post("FbDirectInvoice", invoice(OrNu="TCABCDEFGH23"))
    again = afas.post("FbDirectInvoice", invoice(OrNu="TCABCDEFGH23"))

    assert first.json()["results"]["FbDirectInvoice"]["OrNu"] == "TCABCDEFGH23"
    assert_refused(
        again, "The entered value for 'Packing slip number' already exists: TCABCDEFGH23."
    )


def test_by_setting_the_answer_holds_the_invoice_number_too(sandbox: Running, afas: Client) -> None:
    wish = {"environment": "12345", "name": "answer_invoice_number", "value": True}
    sandbox.order("setting", wish)

    keys = afas.post("FbDirectInvoice", invoice()).json()["results"]["FbDirectInvoice"]

    assert keys == {"OrNu": "70000144", "SinOrNu": "V0002614"}


def test_each_environment_keeps_its_own_invoices(sandbox: Running, afas: Client) -> None:
    test = Client(f"{sandbox.url}/12345test/ProfitRestServices", seed.TEST_TOKEN)
    afas.post("FbDirectInvoice", invoice())
    test.post("FbDirectInvoice", invoice())

    numbers = [
        [kept["number"] for kept in sandbox.state(name)["invoices"]]
        for name in ("12345", "12345test", "54321")
    ]
    assert numbers == [["70000144"], ["70000144"], []]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"DbId": None}, "Enter a value for 'Sales contact'."),
        ({"DbId": "99999"}, "The entered value for 'Sales contact' does not exist."),
        ({"DbId": "10013"}, "Sales contact 10013 is blocked for delivery."),
        ({"FaTo": "99999"}, "The entered value for 'Invoice to' does not exist."),
        ({"Unit": 3}, "The entered value for 'Administration' does not exist."),
        ({"Unit": "one"}, "Type mismatch for 'Administration'."),
        ({"CuId": "USD"}, "The entered value for 'Currency' does not exist."),
        ({"PaCd": "99"}, "The entered value for 'Payment condition' does not exist."),
        ({"SbAt": 5}, "The entered value for 'Attachment' does not exist."),
        ({"OrDa": "31-03-2026"}, "Type mismatch for 'Date'."),
        ({"OrDa": "2026-02-30"}, "Type mismatch for 'Date'."),
        ({"InVa": "perhaps"}, "Type mismatch for 'Price incl. VAT'."),
        (
            {"RfCs": "x" * 101},
            "The value for 'Order number/reference' is too long; at most 100 characters.",
        ),
        ({"DeCo": "9"}, "The entered value for 'Delivery conditions' does not exist."),
        ({"Reference": "x"}, "Connector field 'Reference' not found"),
        ({"rfcs": "x"}, "Connector field 'rfcs' not found"),
    ],
)
def test_a_header_that_is_wrong_is_refused_with_its_field(
    sandbox: Running, afas: Client, changes: dict[str, Any], sentence: str
) -> None:
    assert_refused(afas.post("FbDirectInvoice", invoice(**changes)), sentence)
    assert sandbox.state()["invoices"] == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"VaIt": None}, "Enter a value for 'Item type'."),
        ({"QuUn": None}, "Enter a value for 'Number of units'."),
        ({"VaIt": "9"}, "The entered value for 'Item type' does not exist."),
        ({"ItCd": "NOTHING"}, "The entered value for 'Itemcode' does not exist."),
        ({"VaIt": "6"}, "The entered value for 'Itemcode' does not exist."),
        ({"BiUn": "stk"}, "Unit stk is not allowed for item UREN-DEV."),
        ({"QuUn": "two"}, "Type mismatch for 'Number of units'."),
        ({"QuUn": 1e40}, "Type mismatch for 'Number of units'."),
        ({"QuUn": "1.123456"}, "The value for 'Number of units' has more than 5 decimals."),
        ({"VaRc": "7"}, "The entered value for 'VAT rate group' does not exist."),
        ({"Ds": "x" * 256}, "The value for 'Description' is too long; at most 255 characters."),
        ({"V1Cd": "NOORD", "Price": 1}, "Connector field 'Price' not found"),
    ],
)
def test_a_line_that_is_wrong_refuses_the_whole_invoice(
    sandbox: Running, afas: Client, changes: dict[str, Any], sentence: str
) -> None:
    answer = afas.post("FbDirectInvoice", invoice(line(), line(**changes)))

    assert_refused(answer, sentence)
    assert sandbox.state()["invoices"] == []


def test_an_invoice_without_lines_is_refused(afas: Client) -> None:
    body = invoice()
    del body["FbDirectInvoice"]["Element"]["Objects"]

    assert_refused(afas.post("FbDirectInvoice", body), "The invoice has no lines.")


@pytest.mark.parametrize(
    "body",
    [{}, [], {"FbDirectInvoice": {}}, {"FbDirectInvoice": {"Element": []}}, {"Element": {}}],
)
def test_a_body_of_another_shape_is_refused(afas: Client, body: Any) -> None:
    assert afas.post("FbDirectInvoice", body).status_code == 500


def test_a_body_that_is_no_json_is_told_so(afas: Client) -> None:
    answer = afas.call("POST", "connectors/FbDirectInvoice", data=b"<xml/>")

    assert answer.json() == {"message": "Invalid json"}


def test_the_widest_numbers_still_make_a_total(sandbox: Running, afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice(line(QuUn="99999999999.99999", Upri="9" * 15)))

    assert sandbox.state()["invoices"][0]["totals"]["excl_vat"].endswith(".00")


def test_a_request_of_more_than_75_mb_gets_an_empty_413(afas: Client) -> None:
    answer = afas.call("POST", "connectors/FbDirectInvoice", data=b" " * (75 * 1024 * 1024 + 1))

    assert (answer.status_code, answer.content) == (413, b"")


def test_invoices_posted_at_the_same_moment_get_different_numbers(
    sandbox: Running, afas: Client
) -> None:
    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(lambda _: afas.post("FbDirectInvoice", invoice()), range(40)))

    numbers = {answer.json()["results"]["FbDirectInvoice"]["OrNu"] for answer in answers}
    assert numbers == {str(70000144 + n) for n in range(40)}
    assert len(sandbox.state()["invoices"]) == 40


def test_the_language_asked_for_decides_the_sentence_and_dutch_is_the_default(
    afas: Client,
) -> None:
    afas.language = "nl-nl"
    dutch = afas.post("FbDirectInvoice", invoice(DbId="99999"))
    afas.language = ""
    default = afas.post("FbDirectInvoice", invoice(Reference="x"))

    assert_refused(dutch, "De ingevulde waarde bij 'Verkooprelatie' bestaat niet.")
    assert_refused(default, "Connectorveld 'Reference' niet gevonden")


def test_the_forms_that_afas_examples_use_are_taken_too(sandbox: Running, afas: Client) -> None:
    body = {
        "FbDirectInvoice": {
            "Element": {
                "@OrNu": "",
                "Fields": [{"DbId": 10001, "Unit": "1", "InVa": "0", "PaTp": None}],
                "Objects": {"FbDirectInvoiceLines": {"Element": {"Fields": line(QuUn="2")}}},
            }
        }
    }
    afas.headers["Content-Type"] = "text/plain;charset=UTF-8"

    assert afas.post("fbdirectinvoice", body).status_code == 201
    assert sandbox.state()["invoices"][0]["totals"]["excl_vat"] == "191.00"


def test_a_deleted_invoice_is_gone_and_its_number_is_not_given_again(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FbDirectInvoice", invoice())
    path = "connectors/FbDirectInvoice/FbDirectInvoice/@OrNu/70000144"

    gone = afas.call("DELETE", path)
    again = afas.call("DELETE", path)

    assert (gone.status_code, gone.content) == (200, b"")
    assert_refused(again, "The entered value for 'Packing slip number' does not exist.")
    assert sandbox.state()["invoices"] == []
    number = afas.post("FbDirectInvoice", invoice()).json()["results"]["FbDirectInvoice"]["OrNu"]
    assert number == "70000145"


def test_a_token_without_the_connector_may_not_invoice(sandbox: Running, afas: Client) -> None:
    afas.token = seed.LACKING_CONNECTORS_TOKEN

    answer = afas.post("FbDirectInvoice", invoice())

    assert (answer.status_code, answer.json()["errorNumber"]) == (500, -2147180996)
    assert sandbox.state()["invoices"] == []


def test_posted_invoices_can_be_looked_up_by_reference_once_granted(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FbDirectInvoice", invoice(RfCs="PO 77 / TCABCDEFGH23"))
    query = {"filterfieldids": "RfCs", "operatortypes": "6", "filtervalues": "TCABCDEFGH23"}
    assert afas.get("connectors/Uurwerk_DirectInvoices", **query).status_code == 500

    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "get": ["Uurwerk_DirectInvoices"]})

    (row,) = afas.rows("Uurwerk_DirectInvoices", **query)
    assert (row["OrNu"], row["DebtorId"], row["AmtExcl"]) == ("70000144", "10001", 191.0)

import json
from typing import Any

import pytest

from sandbox import seed
from sandbox.testing import Running
from tests.sandbox.conftest import Client

DEBTOR_COLUMNS = [
    *("DebtorId", "DebtorName", "BcCo", "SearchName", "AdressLine1", "AdressLine3", "AdressLine4"),
    *("TelNr", "Email", "IBAN", "VatNr", "ChOfCommNr", "CollectAccount", "PayCon", "VatDuty"),
    *("Blocked", "CreditLimit", "CurrencyId", "AutoPayment", "CreateDate", "ModifiedDate"),
]


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    return [row["DebtorId"] for row in rows]


def filterjson(*alternatives: list[tuple[str, str, str]]) -> str:
    """Each alternative is a list of (column, operator, value) that must all hold."""
    filters = [
        {
            "@FilterId": f"F{number}",
            "Field": [
                {"@FieldId": column, "@OperatorType": operator, "#text": value}
                for column, operator, value in alternative
            ],
        }
        for number, alternative in enumerate(alternatives)
    ]
    return json.dumps({"Filters": {"Filter": filters}})


def test_forty_debtors_with_every_column_and_their_oddities(afas: Client) -> None:
    rows = {row["DebtorId"]: row for row in afas.rows("ProfitDebtor")}

    assert len(rows) == 40
    assert all(list(row) == DEBTOR_COLUMNS for row in rows.values())
    assert rows["10001"]["DebtorName"] == "Bakkerij De Gouden Aar B.V."
    assert rows["10001"]["AdressLine3"] == "3511 AB Utrecht"
    assert rows["10001"]["ChOfCommNr"] == "34567890"
    assert rows["10004"]["DebtorName"] == "'t Hoekje Boeken V.O.F."
    assert rows["10006"]["DebtorName"] == "Café Zürich B.V."
    assert [n for n, row in rows.items() if row["Blocked"]] == ["10013"]
    assert [n for n, row in rows.items() if row["VatNr"] is None] == ["10020"]
    assert [n for n, row in rows.items() if row["DebtorName"] is None] == ["10016"]
    assert [n for n, row in rows.items() if row["AdressLine4"] is None] == ["10022"]
    assert {"10031", "010031"} <= rows.keys()
    assert rows["10011"]["AdressLine4"] == "België"
    names = {row["DebtorName"] for row in rows.values()}
    assert not {"Studio Noorderlicht V.O.F.", "Atelier Zuidas B.V."} & names


@pytest.mark.parametrize(
    ("copy", "original"),
    [
        ("ProfitDebtor", "Profit_Debtor"),
        ("DDI_Profit_Administraties", "Profit_Administrations"),
    ],
)
def test_a_customer_made_copy_answers_the_rows_of_its_original(
    afas: Client, copy: str, original: str
) -> None:
    order = "DebtorId" if "Debtor" in copy else "AdminId"

    assert afas.rows(copy, orderbyfieldids=order) == afas.rows(original, orderbyfieldids=order)


def test_each_participant_has_its_own_administrations(sandbox: Running, afas: Client) -> None:
    eik = Client(f"{sandbox.url}/54321/ProfitRestServices", seed.EIK_TOKEN)

    assert afas.rows("DDI_Profit_Administraties", orderbyfieldids="AdminId") == [
        {"AdminId": 1, "AdminNm": "Studio Vlier B.V.", "AdminCd": "VLIER"},
        {"AdminId": 2, "AdminNm": "Studio Vlier Beheer B.V.", "AdminCd": "BEHEER"},
    ]
    assert {row["AdminNm"] for row in eik.rows("Profit_Administrations")} == {
        "Studio Eik B.V.",
        "Studio Eik Beheer B.V.",
    }
    assert len(eik.rows("ProfitDebtor")) == 12


def test_items_of_three_kinds_with_their_units(afas: Client) -> None:
    units = {row["ItemCode"]: row["UnitId"] for row in afas.rows("Profit_Article")}

    assert units["UREN-DEV"] == "uur"
    assert units["KM"] == "km"
    assert units["REIS"] == "stk"
    assert units["VERBLIJF"] == "*****"


def test_dates_carry_a_z_although_they_are_dutch_time(afas: Client) -> None:
    (row,) = afas.rows("ProfitDebtor", filterjson=filterjson([("DebtorId", "1", "10002")]))

    assert row["ModifiedDate"] == "2026-02-08T09:13:17Z"


def test_pages_of_an_ordered_list_meet_without_gap_or_overlap(afas: Client) -> None:
    pages = [
        afas.rows("ProfitDebtor", orderbyfieldids="DebtorId", skip=skip, take=15)
        for skip in (0, 15, 30, 45)
    ]

    assert [len(page) for page in pages] == [15, 15, 10, 0]
    together = numbers([row for page in pages for row in page])
    assert together == sorted(together)
    assert len(set(together)) == 40


def test_an_order_may_descend_and_go_over_several_columns(afas: Client) -> None:
    assert numbers(afas.rows("ProfitDebtor", orderbyfieldids="-DebtorId", take=2)) == [
        "10039",
        "10038",
    ]
    rows = afas.rows("ProfitDebtor", orderbyfieldids="PayCon,-DebtorId")
    keys = [(row["PayCon"], -int(row["DebtorId"])) for row in rows]
    assert [k[0] for k in keys] == sorted(k[0] for k in keys)


def test_without_an_order_the_pages_come_in_another_order_each_time(afas: Client) -> None:
    seen = {tuple(numbers(afas.rows("ProfitDebtor"))) for _ in range(3)}

    assert len(seen) > 1
    assert {frozenset(page) for page in seen} == {frozenset(next(iter(seen)))}


def test_the_default_page_is_the_first_hundred_and_minus_one_is_all(
    sandbox: Running, afas: Client
) -> None:
    rows = [{"DebtorId": f"3{number:04}"} for number in range(70)]
    sandbox.order("debtors", {"environment": "12345", "debtors": rows})

    first = afas.get("connectors/ProfitDebtor").json()
    everything = afas.get("connectors/ProfitDebtor", skip=-1, take=-1).json()

    assert (first["skip"], first["take"], len(first["rows"])) == (0, 100, 100)
    assert len(everything["rows"]) == 110


def test_a_half_negative_page_is_an_unexpected_error(afas: Client) -> None:
    answer = afas.get("connectors/ProfitDebtor", skip=2, take=-1)

    assert answer.status_code == 500
    assert answer.json()["errorNumber"] == -2147180999


@pytest.mark.parametrize(
    ("column", "operator", "value", "found"),
    [
        ("DebtorId", "1", "10001", ["10001"]),
        ("DebtorId", "2", "10038", ["10038", "10039"]),
        ("DebtorId", "3", "10001", ["010031", "10001"]),
        ("DebtorId", "4", "10038", ["10039"]),
        ("DebtorId", "5", "10001", ["010031"]),
        ("DebtorName", "6", "zürich", ["10006"]),
        ("DebtorName", "6", "%Zürich%", ["10006"]),
        ("PayCon", "7", "14", ["10001", "10006", "10011", "10016"]),
        ("DebtorName", "8", "", ["10016"]),
        ("DebtorName", "10", "Zorggroep", ["10017", "10018"]),
        ("DebtorName", "10", "Zorggroep%", ["10017", "10018"]),
        ("DebtorName", "13", "Zuid", ["10018", "10038"]),
        ("Blocked", "1", "true", ["10013"]),
        ("CreditLimit", "2", "25000.00", ["10006", "10012"]),
        ("ModifiedDate", "2", "2026-09-10T00:00:00", ["10018"]),
    ],
)
def test_an_operator_finds_its_rows(
    afas: Client, column: str, operator: str, value: str, found: list[str]
) -> None:
    compact = {"filterfieldids": column, "operatortypes": operator, "filtervalues": value}
    as_json = {"filterjson": filterjson([(column, operator, value)])}

    for query in (compact, as_json):
        rows = afas.rows("ProfitDebtor", orderbyfieldids="DebtorId", **query)
        assert numbers(rows)[: len(found)] == found


@pytest.mark.parametrize(
    ("operator", "value", "count"),
    [("9", "", 39), ("11", "B.V.", 26), ("12", "Zorggroep", 37), ("14", "B.V.", 26)],
)
def test_a_denial_leaves_the_other_rows_and_never_an_empty_field(
    afas: Client, operator: str, value: str, count: int
) -> None:
    rows = afas.rows("ProfitDebtor", filterjson=filterjson([("DebtorName", operator, value)]))

    assert len(rows) == count
    assert "10016" not in numbers(rows)


def test_comma_is_and_and_binds_tighter_than_semicolon_or(afas: Client) -> None:
    compact = {
        "filterfieldids": "PayCon,DebtorId;Blocked",
        "filtervalues": "30,10005;true",
        "operatortypes": "1,3;1",
    }
    as_json = filterjson(
        [("PayCon", "1", "30"), ("DebtorId", "3", "10005")], [("Blocked", "1", "1")]
    )

    for query in (compact, {"filterjson": as_json}):
        rows = afas.rows("ProfitDebtor", orderbyfieldids="DebtorId", **query)
        assert numbers(rows) == ["10001", "10013"]


def test_who_mixes_comma_and_semicolon_is_warned(
    afas: Client, caplog: pytest.LogCaptureFixture
) -> None:
    mixed = {"filterfieldids": "PayCon,DebtorId;Blocked", "operatortypes": "1,1;1"}
    with caplog.at_level("WARNING", logger="sandbox"):
        afas.rows("ProfitDebtor", filtervalues="30,10001;true", **mixed)

    assert "use filterjson" in caplog.text


def test_a_filter_may_be_an_object_where_a_list_is_usual(afas: Client) -> None:
    one = {"@FieldId": "debtorid", "@OperatorType": 1, "#text": "10002"}
    query = json.dumps({"Filters": {"Filter": {"@FilterId": "F", "Field": one}}})

    assert numbers(afas.rows("ProfitDebtor", filterjson=query)) == ["10002"]


@pytest.mark.parametrize(
    "query",
    [
        {"filterfieldids": "DebtorId,PayCon", "filtervalues": "10001", "operatortypes": "1"},
        {"filterfieldids": "DebtorId", "filtervalues": "10001", "operatortypes": "99"},
        {"filterjson": "{not json"},
        {"filterjson": '{"Filters": []}'},
    ],
)
def test_a_filter_that_makes_no_sense_is_an_unexpected_error(
    afas: Client, query: dict[str, str]
) -> None:
    answer = afas.get("connectors/ProfitDebtor", **query)

    assert (answer.status_code, answer.json()["errorNumber"]) == (500, -2147180999)


def test_a_column_that_does_not_exist_is_named(afas: Client) -> None:
    by_order = afas.get("connectors/ProfitDebtor", orderbyfieldids="DebtorNumber")
    by_filter = afas.get(
        "connectors/ProfitDebtor", filterjson=filterjson([("DebtorNumber", "1", "1")])
    )

    for answer in (by_order, by_filter):
        assert answer.json()["externalMessage"] == "Connector field 'DebtorNumber' not found"


def test_an_unknown_query_parameter_is_ignored(afas: Client) -> None:
    assert len(afas.rows("ProfitDebtor", colour="blue")) == 40


def test_a_query_string_longer_than_2049_characters_is_not_found(afas: Client) -> None:
    assert afas.call("GET", "connectors/ProfitDebtor?x=" + "a" * 2046).status_code == 200
    assert afas.call("GET", "connectors/ProfitDebtor?x=" + "a" * 2047).status_code == 404


def test_an_answer_is_one_line_and_zipped_when_that_is_accepted(afas: Client) -> None:
    zipped = afas.get("connectors/ProfitDebtor")
    afas.headers["Accept-Encoding"] = "identity"
    plain = afas.get("connectors/ProfitDebtor", orderbyfieldids="DebtorId")

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Transfer-Encoding"] == "chunked"
    assert "\n" not in plain.text
    assert "Café" in plain.text


def test_a_connector_that_is_not_granted_gets_afas_sentence(afas: Client) -> None:
    afas.token = seed.LACKING_CONNECTORS_TOKEN

    english = afas.get("connectors/DDI_Profit_Administraties")
    afas.language = "nl-nl"
    dutch = afas.get("connectors/DDI_Profit_Administraties")

    assert english.status_code == dutch.status_code == 500
    assert (
        english.json()["externalMessage"]
        == "GetConnector not supported for this app or the user is not authorized"
    )
    assert "niet ondersteund" in dutch.json()["externalMessage"]
    assert afas.get("connectors/Profit_Administrations").status_code == 200


def test_by_setting_a_connector_that_is_not_granted_gets_401(
    sandbox: Running, afas: Client
) -> None:
    wish = {"environment": "12345", "name": "not_granted_answers_401", "value": True}
    sandbox.order("setting", wish)
    afas.token = seed.LACKING_CONNECTORS_TOKEN

    assert afas.get("connectors/DDI_Profit_Administraties").status_code == 401
    assert afas.get("metainfo").status_code == 200


def test_metainfo_lists_exactly_the_connectors_of_the_token(sandbox: Running, afas: Client) -> None:
    everything = afas.get("metainfo").json()
    afas.token = seed.LACKING_CONNECTORS_TOKEN
    less = afas.get("metainfo").json()
    sandbox.order(
        "grant", {"token": seed.LACKING_CONNECTORS_TOKEN, "get": ["ProfitDebtor"], "update": []}
    )
    least = afas.get("metainfo").json()

    def ids(answer: dict[str, Any]) -> set[str]:
        return {c["id"] for kind in ("getConnectors", "updateConnectors") for c in answer[kind]}

    lacking = {"FbDirectInvoice", "FiEntries", "DDI_Profit_Administraties"}
    assert ids(everything) - ids(less) == lacking
    assert ids(least) == {"ProfitDebtor"}


def test_metainfo_describes_the_columns_of_a_get_connector(afas: Client) -> None:
    described = afas.get("metainfo/get/ProfitDebtor").json()

    assert [field["fieldId"] for field in described["fields"]] == DEBTOR_COLUMNS
    types = {field["fieldId"]: field["dataType"] for field in described["fields"]}
    assert (types["Blocked"], types["CreditLimit"], types["ModifiedDate"]) == (
        "boolean",
        "decimal",
        "date",
    )


def test_metainfo_describes_the_fields_of_an_update_connector(afas: Client) -> None:
    described = afas.get("metainfo/update/FbDirectInvoice").json()

    fields = {field["fieldId"]: field for field in described["fields"]}
    assert (fields["RfCs"]["length"], fields["DbId"]["mandatory"]) == (100, True)
    (lines,) = described["objects"]
    assert lines["name"] == "FbDirectInvoiceLines"
    kinds = next(f for f in lines["fields"] if f["fieldId"] == "VaIt")["values"]
    assert {"id": "1", "description": "Werksoort"} in kinds


def test_the_profit_version_can_be_asked(afas: Client) -> None:
    assert afas.get("profitversion").json()["version"]


def test_an_address_that_is_no_door_is_not_found(afas: Client) -> None:
    for path in ("", "nothing", "metainfo/else/ProfitDebtor", "oauth/token"):
        assert afas.get(path).status_code == 404

"""What the client asks of AFAS, and what it makes of regular answers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import responses

from integrations.afas.auth import AfasToken
from integrations.afas.client import AfasClient, Answer, Condition, Limits, Operator, QueryTooLong
from integrations.afas.errors import (
    Busy,
    Denied,
    Garbage,
    Rejected,
    Uncertain,
    Unreachable,
)
from integrations.afas.query import as_text
from integrations.afas.records import BadRow, Item
from integrations.afas.transport import Response

BASE = "https://12345.rest.afas.test/ProfitRestServices"
FAST = Limits(pause=0.001)
TOKEN = AfasToken("0123456789abcdef" * 4)


def client(**changes):
    return AfasClient(f"{BASE}/", TOKEN, **({"limits": FAST} | changes))


def page(*rows):
    return {"skip": 0, "take": 2, "rows": list(rows)}


def debtors(*numbers):
    return page(*({"DebtorId": number, "Balance": 0.10} for number in numbers))


def get(body, **kwargs):
    kind = "json" if isinstance(body, dict | list) else "body"
    return responses.get(f"{BASE}/connectors/ProfitDebtor", **{kind: body}, **kwargs)


def asked(index):
    query = parse_qs(urlsplit(responses.calls[index].request.url).query)
    return {name: values[0] for name, values in query.items()}


def filters(index):
    (one,) = json.loads(asked(index)["filterjson"])["Filters"]["Filter"]
    return [(f["@FieldId"], f["@OperatorType"], f["#text"]) for f in one["Field"]]


def rows(**changes):
    arguments = {"order_by": "DebtorId", "key": "DebtorId", "page": 2} | changes
    return list(client().rows("ProfitDebtor", **arguments))


@responses.activate
def test_a_read_pins_the_language_and_asks_for_json_over_gzip():
    get(debtors())
    rows()
    headers = responses.calls[0].request.headers
    assert headers["Authorization"].startswith("AfasToken ")
    assert headers["Accept-Language"] == "nl-nl"
    assert headers["Accept-Encoding"] == "gzip"
    assert headers["User-Agent"].startswith("uurwerk-afas/")
    assert "IntegrationId" not in headers
    assert headers.get("Connection") != "close"


@responses.activate
def test_the_integration_number_is_sent_when_it_is_set():
    responses.get(f"{BASE}/metainfo", json={})
    client(integration_id="45963_1", language="en-us").metainfo()
    headers = responses.calls[0].request.headers
    assert (headers["IntegrationId"], headers["Accept-Language"]) == ("45963_1", "en-us")


@responses.activate
def test_pages_follow_the_key_and_never_skip():
    get(debtors("10", "20"))
    get(debtors("30", "40"))
    get(debtors("50"))
    found = rows(where=[Condition("ModifiedDate", Operator.GE, date(2026, 5, 1))])
    assert [row["DebtorId"] for row in found] == ["10", "20", "30", "40", "50"]
    assert [asked(index)["skip"] for index in range(3)] == ["0", "0", "0"]
    assert asked(0)["take"] == "2"
    assert asked(0)["orderbyfieldids"] == "DebtorId"
    since = ("ModifiedDate", "2", "2026-05-01")
    assert [filters(index) for index in range(3)] == [
        [since],
        [since, ("DebtorId", "4", "20")],
        [since, ("DebtorId", "4", "40")],
    ]


@responses.activate
def test_a_full_last_page_is_followed_by_an_empty_one():
    get(debtors("10", "20"))
    get(debtors())
    assert len(rows()) == 2
    assert "filterjson" not in asked(0)


@responses.activate
def test_amounts_are_exact():
    get(b'{"rows":[{"DebtorId":"1","Balance":0.1000000000000000055}]}')
    assert rows()[0]["Balance"] == Decimal("0.1000000000000000055")


@responses.activate
def test_a_row_without_key_does_not_stop_the_paging():
    get(debtors("10", None))
    get(debtors())
    assert len(rows()) == 2
    assert filters(1) == [("DebtorId", "4", "10")]


@responses.activate
def test_rows_without_any_key_cannot_be_paged():
    get(debtors(None, None))
    with pytest.raises(Garbage, match="no DebtorId"):
        rows()


@responses.activate
def test_a_server_that_ignores_the_filter_does_not_make_us_read_for_ever():
    get(debtors("10", "20"))
    with pytest.raises(Garbage, match="do not follow the order"):
        rows()
    assert len(responses.calls) == 2


def test_the_order_must_be_that_of_the_key():
    with pytest.raises(ValueError, match="order of that key"):
        rows(order_by="DebtorName")


@responses.activate
def test_without_a_key_everything_comes_at_once():
    get(debtors("10", "20", "30"))
    assert len(rows(key=None, order_by="")) == 3
    assert (asked(0)["skip"], asked(0)["take"]) == ("-1", "-1")
    assert "orderbyfieldids" not in asked(0)


@responses.activate
def test_a_bad_row_costs_one_row_of_a_typed_page():
    responses.get(
        f"{BASE}/connectors/Profit_Article",
        json=page({"ItemCode": "A"}, {"ItemCode": None}, {"ItemCode": "B"}),
    )
    (chunk,) = client().pages(
        "Profit_Article", order_by="ItemCode", key="ItemCode", page=500, row_type=Item
    )
    good, bad, last = chunk
    assert (good, last) == (Item("A"), Item("B"))
    assert isinstance(bad, BadRow)


@responses.activate
def test_a_row_that_is_none_is_garbage():
    get({"rows": ["what"]})
    with pytest.raises(Garbage, match="row that is none"):
        rows()


@responses.activate
def test_a_query_that_afas_would_not_find_is_never_sent():
    with pytest.raises(QueryTooLong):
        rows(where=[Condition("DebtorName", Operator.EQ, "x" * 2000)])
    assert not responses.calls


@responses.activate
def test_a_value_may_hold_what_separates_values_in_afass_short_form():
    get(debtors())
    rows(where=[Condition("DebtorName", Operator.EQ, "Jansen, Zn; & Co + 10%")])
    assert filters(0) == [("DebtorName", "1", "Jansen, Zn; & Co + 10%")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (Decimal("1E+2"), "100"),
        (date(2026, 5, 4), "2026-05-04"),
        (datetime(2026, 7, 1, 9, 30, tzinfo=UTC), "2026-07-01T11:30:00"),
        (datetime(2026, 7, 1, 9, 30), "2026-07-01T09:30:00"),  # noqa: DTZ001 - already local
        ("0010", "0010"),
    ],
)
def test_values_are_compared_in_local_time_without_z(value, text):
    assert as_text(value) == text


def test_the_operators_have_afass_numbers():
    assert [operator.value for operator in Operator] == list(range(1, 16))
    assert (Operator.EMPTY, Operator.STARTS) == (8, 10)


@responses.activate
def test_metainfo_and_fields_are_read():
    responses.get(
        f"{BASE}/metainfo",
        json={"getConnectors": [{"id": "ProfitDebtor"}], "info": {"envid": "T12345AA"}},
    )
    responses.get(f"{BASE}/metainfo/get/ProfitDebtor", json={"fields": [{"id": "DebtorId"}]})
    assert client().metainfo().may_read("ProfitDebtor")
    (column,) = client().fields_of("ProfitDebtor")
    assert column.name == "DebtorId"


@pytest.mark.parametrize(
    "rubbish", [b"", b"<html>", b"{}", b'{"rows":7}', b"\xff\xfe", b'{"rows":[{]}']
)
@responses.activate
def test_rubbish_is_asked_for_again_and_then_named(rubbish):
    get(rubbish)
    with pytest.raises(Garbage):
        rows()
    assert len(responses.calls) == 3


@responses.activate
def test_a_read_recovers_from_passing_trouble():
    get(b"", status=502)
    get({"error": {}, "retry_after": 0}, status=503)
    get(debtors("10"))
    assert len(rows()) == 1


@responses.activate
def test_a_read_gives_up_after_three_tries():
    get(b"", status=502)
    with pytest.raises(Uncertain):
        rows()
    assert len(responses.calls) == 3


@responses.activate
def test_a_read_does_not_wait_longer_than_its_time():
    get({"error": {}, "retry_after": 7200}, status=503)
    with pytest.raises(Busy) as caught:
        rows()
    assert caught.value.retry_after == 7200
    assert len(responses.calls) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, Denied), (403, Denied), (404, Rejected)])
@responses.activate
def test_a_refusal_is_not_asked_twice(status, kind):
    get(b"", status=status)
    with pytest.raises(kind):
        rows()
    assert len(responses.calls) == 1


@responses.activate
def test_a_redirect_is_not_followed():
    get(b"", status=302, headers={"Location": f"{BASE}/elsewhere"})
    with pytest.raises(Uncertain) as caught:
        rows()
    assert caught.value.status == 302


def test_a_read_of_nobody_is_unreachable():
    nobody = AfasClient("http://127.0.0.1:1/x", TOKEN, limits=FAST)
    with pytest.raises(Unreachable):
        nobody.metainfo()


def post(connector="FbDirectInvoice", **kwargs):
    return responses.post(f"{BASE}/connectors/{connector}", **kwargs)


@responses.activate
def test_a_write_sends_the_bytes_it_was_given():
    post(status=201, json={"results": {"FbDirectInvoice": {"OrNu": "70000144"}}})
    answer = client().create("FbDirectInvoice", b'{"Upri":95.50}')
    request = responses.calls[0].request
    assert request.body == b'{"Upri":95.50}'
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert request.headers["Accept-Language"] == "nl-nl"
    assert (answer.status, answer.values["OrNu"]) == (201, "70000144")
    assert "70000144" in answer.body


@responses.activate
def test_a_write_accepts_a_dict():
    post(status=200, json={})
    client().create("FbDirectInvoice", {"a": "é"})
    assert responses.calls[0].request.body == '{"a":"é"}'.encode()


def values(body):
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return dict(Answer.of(Response(201, {}, content)).values)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"results": {"FbDirectInvoice": {"OrNu": "7", "Liln": None}}}, {"OrNu": "7"}),
        ({"results": {"FiEntryPar": {"UnId": 1, "EnNo": "5"}}}, {"UnId": "1", "EnNo": "5"}),
        ({"FiEntries": {"InID": " 2026 "}}, {"InID": "2026"}),
        ({"OrNu": "7"}, {"OrNu": "7"}),
        ({"Results": [{"X": [{"OrNu": "7"}]}]}, {"OrNu": "7"}),
        (b'\xef\xbb\xbf{"OrNu":"7"}', {"OrNu": "7"}),
        ({"results": {"FbDirectInvoice": {"OrNu": ""}}}, {}),
        ({"results": {"A": {"OrNu": "7"}, "B": {"ornu": "7"}}}, {"OrNu": "7"}),
        ({"results": {"A": {"OrNu": "7"}, "B": {"ornu": "8"}}}, {}),
        ({"results": {"A": {"Lines": {"OrNu": "7"}}}}, {}),
        ({"results": [{"OrNu": "7"}, {"OrNu": "8"}]}, {}),
        (b'{"results":{"FbDirectInvoice":{"OrNu":"7000', {}),
        (b"", {}),
        (b"\xff", {}),
        (b"true", {}),
    ],
)
def test_a_key_is_found_under_any_root_and_never_guessed(body, found):
    assert values(body) == found


def test_a_key_is_found_in_any_case():
    content = b'{"results":{"FiEntries":{"InID":"20260042"}}}'
    assert Answer.of(Response(201, {}, content)).values["InId"] == "20260042"
    assert Answer(201).values.get("InId") is None


@responses.activate
def test_a_success_without_a_readable_key_is_no_error():
    post(status=201, body=b"<html>")
    answer = client().create("FbDirectInvoice", b"{}")
    assert (answer.status, answer.values.get("OrNu")) == (201, None)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", Denied),
        (503, b"<html>", Uncertain),
        (503, b'{"error":{},"retry_after":0}', Busy),
        (500, b'{"externalMessage":"Nee","profitLogReference":"9C3F"}', Rejected),
        (500, b"", Uncertain),
        (302, b"", Uncertain),
        (304, b"", Uncertain),
        (502, b"", Uncertain),
    ],
)
@responses.activate
def test_a_write_is_never_repeated(status, body, kind):
    post(status=status, body=body, headers={"Location": f"{BASE}/connectors/Other"})
    with pytest.raises(kind):
        client().create("FbDirectInvoice", b"{}")
    assert len(responses.calls) == 1


@responses.activate
def test_a_delete_names_its_keys_in_the_path():
    responses.delete(f"{BASE}/connectors/FbDirectInvoice/FbDirectInvoice/@OrNu/7%2F1", status=200)
    answer = client().delete("FbDirectInvoice", ("FbDirectInvoice", "@OrNu", "7/1"))
    assert answer.status == 200


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_a_delete_never_leaves_its_path(part):
    with pytest.raises(ValueError, match="empty part"):
        client().delete("FbDirectInvoice", ("FbDirectInvoice", "@OrNu", part))


@responses.activate
def test_a_refused_delete_says_so():
    responses.delete(
        f"{BASE}/connectors/FbDirectInvoice/FbDirectInvoice/@OrNu/7",
        status=500,
        json={"externalMessage": "Al verwerkt", "profitLogReference": "9C3F"},
    )
    with pytest.raises(Rejected, match="Al verwerkt"):
        client().delete("FbDirectInvoice", ("FbDirectInvoice", "@OrNu", "7"))


def test_the_limits_of_production():
    limits = AfasClient(BASE, TOKEN).limits
    assert (limits.connect, limits.read, limits.total, limits.tries) == (5, 120, 150, 3)


def test_a_client_shows_its_address_and_no_secret():
    assert repr(client()) == f"<AfasClient {BASE} <AfasToken …cdef>>"

"""Rows of AFAS become records, or a reason why not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from integrations.afas.records import (
    Administration,
    AdministrationMapping,
    BadRow,
    Debtor,
    DebtorMapping,
    FieldInfo,
    Item,
    MetaInfo,
    administration_from,
    amsterdam,
    debtor_from,
    decode,
    decode_rows,
    is_true,
    key_of,
)

ROW = {
    "DebtorId": "10001",
    "DebtorName": " Brugbouw  Noord B.V. ",
    "AdressLine1": "Kadeweg 12 a",
    "AdressLine3": "9711 AB Groningen",
    "AdressLine4": "Nederland",
    "TelNr": "050 1234567",
    "Email": "facturen@brugbouw.example",
    "IBAN": "NL02ABNA0123456789",
    "VatNr": "NL001234567B01",
    "ChOfCommNr": "87654321",
    "PayCon": "14",
    "VatDuty": "1",
    "Blocked": False,
    "CurrencyId": "EUR",
    "CreateDate": "2024-01-02T00:00:00Z",
    "ModifiedDate": "2026-07-01T09:30:00Z",
    "Unknown": 1,
}


def test_a_row_of_profit_debtor_becomes_a_debtor():
    debtor = debtor_from(ROW)
    assert isinstance(debtor, Debtor)
    assert (debtor.number, debtor.name) == ("10001", "Brugbouw Noord B.V.")
    assert (debtor.street, debtor.house, debtor.postcode) == ("Kadeweg", "12 a", "9711 AB")
    assert (debtor.city, debtor.country, debtor.currency) == ("Groningen", "NL", "EUR")
    assert (debtor.kvk, debtor.vat_number) == ("87654321", "NL001234567B01")
    assert (debtor.payment_condition, debtor.vat_duty) == ("14", "1")
    assert not debtor.blocked


def test_the_false_z_is_read_as_amsterdam_time():
    debtor = debtor_from(ROW)
    assert debtor.modified == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert debtor.created == datetime(2024, 1, 1, 23, tzinfo=UTC)


def test_an_empty_row_but_for_number_and_name_is_enough():
    empty = dict.fromkeys(ROW) | {"DebtorId": 7, "DebtorName": "O'Brien"}
    debtor = debtor_from(empty)
    assert (debtor.number, debtor.email, debtor.modified) == ("7", "", None)
    assert (debtor.house, debtor.country) == ("", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"DebtorId": None}, "no_number"),
        ({"DebtorId": " "}, "no_number"),
        ({"DebtorId": "1" * 17}, "number_too_long"),
        ({"DebtorName": ""}, "no_name"),
    ],
)
def test_a_row_that_is_no_debtor_says_why(change, reason):
    row = ROW | change
    assert debtor_from(row) == BadRow(row, reason)
    assert debtor_from({}).reason == "no_number"


def test_the_columns_of_a_connector_of_the_customers_own_can_be_mapped():
    mapping = msgspec.convert({"number": "Nummer", "name": "Naam", "iban": ""}, DebtorMapping)
    debtor = debtor_from({"Nummer": "A1", "Naam": "Eik", "": "x"}, mapping)
    assert (debtor.number, debtor.name, debtor.iban) == ("A1", "Eik", "")
    assert mapping.columns()[:3] == ("Nummer", "Naam", "AdressLine1")
    assert "" not in mapping.columns()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"nummer": "typo"}, DebtorMapping)


@pytest.mark.parametrize(
    ("house", "shown"),
    [
        (("12", "a"), "12 a"),
        (("12", "-14"), "12-14"),
        (("", "hs"), "hs"),
        (("12", ""), "12"),
    ],
)
def test_house_number_and_addition_are_shown_together(house, shown):
    number, addition = house
    debtor = Debtor(number="1", name="x", house_number=number, house_addition=addition)
    assert debtor.house == shown


def test_an_administration_has_a_number_and_falls_back_to_it_for_a_name():
    row = {"AdminId": 2, "AdminNm": "Studio Vlier B.V.", "AdminCd": "SV"}
    assert administration_from(row) == Administration(number=2, name="Studio Vlier B.V.", code="SV")
    mapping = AdministrationMapping(number="Nr", name="Naam", code="")
    assert administration_from({"Nr": "03"}, mapping) == Administration(number=3, name="03")
    assert administration_from({"AdminId": None}).reason == "no_number"
    assert administration_from({"AdminId": "2a"}).reason == "no_number"


@pytest.mark.parametrize(("code", "kind"), [("2", "2"), ("Wst", "1"), (6, "6"), (None, "")])
def test_an_item_tells_its_kind_of_line(code, kind):
    assert Item("KM", ItemTypeCode=code).kind == kind
    assert Item("KM", Blocked="1").is_blocked
    assert not Item("KM").is_blocked


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01T12:00:00Z", datetime(2026, 1, 1, 11, tzinfo=UTC)),
        ("2026-07-01T12:00:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T12:00:00.5Z", datetime(2026, 7, 1, 10, 0, 0, 500000, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("gisteren", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_of_afas_is_local(text, moment):
    assert amsterdam(text) == moment


@pytest.mark.parametrize("yes", [True, 1, "1", "true", "True"])
def test_afas_says_yes_in_several_ways(yes):
    assert is_true(yes)
    assert not any(map(is_true, [False, 0, None, "", "0", "no"]))


def test_fractions_are_exact():
    page = b'{"Balance":0.1000000000000000055,"Text":"x","Count":3}'
    assert decode(page, dict) == {
        "Balance": Decimal("0.1000000000000000055"),
        "Text": "x",
        "Count": 3,
    }


def test_one_bad_row_costs_one_row():
    raw = [b'{"ItemCode":"A"}', b'{"ItemCode":1}', b"[1]", b'{"ItemCode":"B","New":true}']
    good, bad, worse, last = decode_rows(raw, Item)
    assert (good, last) == (Item("A"), Item("B"))
    assert bad.row == {"ItemCode": 1}
    assert "ItemCode" in bad.reason
    assert worse.row == {"": [1]}


def test_a_key_is_a_text_or_a_number():
    assert key_of(b'{"DebtorId":"0010"}', "DebtorId") == "0010"
    assert key_of(b'{"UnitId":3}', "UnitId") == 3
    assert key_of(b'{"DebtorId":null}', "DebtorId") is None
    assert key_of(b'{"DebtorId":" "}', "DebtorId") is None
    assert key_of(b"[1]", "DebtorId") is None


META = b"""{"updateConnectors":[{"id":"KnSalesrelationOrg","description":null}],
 "getConnectors":[{"id":"ProfitDebtor","description":"Debtors"}],
 "info":{"envid":"T12345AA","appName":"Uurwerk","group":"API","tokenExpiry":"%s"}}"""


def test_metainfo_tells_what_may_be_used():
    info = decode(META % b"2027-05-01T00:00:00Z", MetaInfo)
    assert info.get_connectors == ("ProfitDebtor",)
    assert info.update_connectors == ("KnSalesrelationOrg",)
    assert info.may_write("KnSalesRelationOrg")
    assert info.may_read("profitdebtor")
    assert not info.may_read("KnSalesRelationOrg")
    assert (info.environment, info.app_name) == ("T12345AA", "Uurwerk")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (b"2027-05-01T00:00:00Z", date(2027, 5, 1)),
        (b"1-5-2027 00:00", date(2027, 5, 1)),
        (b"2027-13-01", None),
        (b"never", None),
        (b"", None),
    ],
)
def test_the_end_of_a_token_is_a_day_when_afas_gives_one(text, day):
    assert decode(META % text, MetaInfo).token_expiry == day


def test_metainfo_without_information_is_forgiven():
    info = decode(b"{}", MetaInfo)
    assert (info.get_connectors, info.environment, info.app_name) == ((), "", "")
    assert info.token_expiry is None


def test_a_column_is_known_by_its_id():
    columns = FieldInfo.list_of(
        b'{"name":"P","fields":[{"id":"DebtorId","fieldId":"X","dataType":"string","length":16},'
        b'{"fieldId":"Y","decimals":2}]}'
    )
    assert [column.name for column in columns] == ["DebtorId", "Y"]
    assert (columns[0].data_type, columns[0].length, columns[1].decimals) == ("string", 16, 2)

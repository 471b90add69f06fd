"""New debtors get the payment condition and VAT duty that most debtors have."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.afas.records import Debtor
from integrations.models import AfasConnection
from integrations.services.debtor_codes import adopt_usual_codes, usual_codes
from tests.integrations.conftest import text_of

pytestmark = pytest.mark.django_db


def debtor(number: int, condition: str, duty: str, **fields: Any) -> Debtor:
    return Debtor(
        number=str(number), name="X", payment_condition=condition, vat_duty=duty, **fields
    )


def test_the_commonest_codes_of_debtors_that_are_not_blocked_win() -> None:
    found = [
        debtor(1, "14", "1"),
        debtor(2, "30", "1"),
        debtor(3, "30", "2"),
        debtor(4, "60", "", blocked=True),
        debtor(5, "60", "", blocked=True),
        debtor(6, "", "much too long"),
    ]
    assert usual_codes(found) == {"payment_condition": "30", "vat_duty": "1"}
    assert usual_codes([]) == {}


def test_empty_codes_are_filled_from_afas_and_typed_ones_stay(
    sandbox: Any, connection: AfasConnection
) -> None:
    AfasConnection.objects.update(payment_condition="", vat_duty="4")
    connection.refresh_from_db()
    assert adopt_usual_codes(connection) == {"payment_condition": "14"}
    assert text_of(connection, "payment_condition") == "14"
    assert text_of(connection, "vat_duty") == "4"


def test_an_afas_that_is_away_changes_nothing(settings: Any, connection: AfasConnection) -> None:
    AfasConnection.objects.update(payment_condition="", vat_duty="")
    connection.refresh_from_db()
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}/x"
    assert adopt_usual_codes(connection) == {}
    assert text_of(connection, "vat_duty") == ""

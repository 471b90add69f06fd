"""`/vat-rates/`: what VAT holds on a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Company, Role
from tests.factories import MembershipFactory, VatRateFactory

pytestmark = pytest.mark.django_db


def percents(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200
    return {one["vat_code"]: one["percent"] for one in answer.json()["results"]}


def test_the_law_holds_until_the_company_has_its_own(
    program: Callable[..., Any], company: Company
) -> None:
    row = VatRateFactory(company=company)
    VatRateFactory(code="low", percent=12)
    one = program()
    before, after = (
        percents(one.get(f"vat-rates/?day={day}")) for day in ("2029-01-01", "2030-01-01")
    )
    assert (before["high"], after["high"]) == ("21.00", "22.00")
    assert (before["low"], after["low"]) == ("9.00", "9.00")
    high = one.get("vat-rates/").json()["results"][0]
    assert [own["id"] for own in high["rows"]] == [row.pk]


def test_a_day_that_is_none_is_refused(program: Callable[..., Any]) -> None:
    assert program().get("vat-rates/?day=x").status_code == 400


def test_who_neither_invoices_nor_administers_does_not_see_them(
    program: Callable[..., Any], company: Company
) -> None:
    member = MembershipFactory(company=company, role=Role.MEMBER)
    assert program(member).get("vat-rates/").status_code == 403
    biller = MembershipFactory(company=company, role=Role.BILLING)
    assert program(biller).get("vat-rates/").status_code == 200


def test_they_are_only_read(program: Callable[..., Any]) -> None:
    assert program().post("vat-rates/", {}).status_code == 405

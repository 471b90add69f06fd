"""The lines of an invoice, and the registrations behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Role
from invoicing.models import Invoice
from invoicing.services import crediting
from tests.factories import (
    ExpenseFactory,
    InstalmentFactory,
    MembershipFactory,
    RideFactory,
    SubscriptionPeriodFactory,
)
from tests.invoicing import invariants
from tests.invoicing.own import DAY, Studio, fresh, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(studio: Studio) -> Invoice:
    return studio.free(("1", "100"), ("2", "50"))


def at(invoice: Invoice, rest: str = "") -> str:
    return f"invoices/{invoice.pk}/lines/{rest}"


def shown(desk: Any, invoice: Invoice) -> list[tuple[str, str]]:
    lines = desk.get(f"invoices/{invoice.pk}/").json()["lines"]
    return [(one["description"], one["net"]) for one in lines]


def test_a_line_is_added_where_it_is_wanted(desk: Any, studio: Studio, draft: Invoice) -> None:
    body = {
        "description": " Extra \n work ",
        "quantity": "3",
        "unit": "hour",
        "unit_price": "10.5",
        "discount": "50",
        "vat_code": "low",
        "after": 1,
    }
    answer = desk.post(at(draft), body)
    assert answer.status_code == 201
    line = answer.json()
    assert (line["position"], line["description"], line["net"]) == (2, "Extra work", "15.75")
    assert (line["vat_code"], line["vat_percent"]) == ("low", "9.00")
    assert desk.get(answer["Location"].partition("/api/v1/")[2])["ETag"] == answer["ETag"]
    assert str(fresh(draft).net) == "215.75"
    invariants.check(studio.company)


def test_headings_and_texts_have_only_words(desk: Any, draft: Invoice) -> None:
    for kind in ("heading", "text"):
        body = {"kind": kind, "description": "A\nB", "quantity": "9", "unit_price": "9"}
        line = desk.post(at(draft), body).json()
        assert line["description"] == ("A\nB" if kind == "text" else "A B")
        assert (line["net"], line["vat_code"], line["vat_percent"]) == ("0.00", "", None)


def test_without_a_treatment_a_line_follows_its_customer(desk: Any, draft: Invoice) -> None:
    body = {"description": "Extra", "quantity": "1", "unit_price": "1"}
    assert desk.post(at(draft), body).json()["vat_code"] == "high"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"description": "x", "unit_price": "1"}, "quantity"),
        ({"description": "x", "quantity": "1"}, "unit_price"),
        ({"quantity": "1", "unit_price": "1"}, "description"),
        ({"description": " ", "quantity": "1", "unit_price": "1"}, "description"),
        ({"description": "x" * 256, "quantity": "1", "unit_price": "1"}, "description"),
        ({"description": "x", "quantity": "1.001", "unit_price": "1"}, "quantity"),
        ({"description": "x", "quantity": "9999999999", "unit_price": "9999999999"}, "unit_price"),
        ({"description": "x", "quantity": "1", "unit_price": "1e11"}, "unit_price"),
        ({"description": "x", "quantity": "1", "unit_price": "1", "discount": "101"}, "discount"),
        ({"description": "x", "quantity": "1", "unit_price": "1", "vat_code": "x"}, "vat_code"),
        ({"description": "x", "quantity": "1", "unit_price": "1", "kind": "x"}, "kind"),
        ({"description": "x", "quantity": "1", "unit_price": "1", "after": -1}, "after"),
    ],
)
def test_a_line_that_cannot_be_is_refused_by_its_field(
    desk: Any, draft: Invoice, body: dict[str, Any], field: str
) -> None:
    answer = desk.post(at(draft), body)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert draft.lines.count() == 2


def test_a_line_is_changed_and_what_it_bills_shares_its_worth(desk: Any, studio: Studio) -> None:
    draft = studio.draft([studio.hour(60), studio.hour(60)])
    line = draft.lines.get()
    answer = desk.patch(at(draft, f"{line.pk}/"), {"unit_price": "80", "description": "Less"})
    assert (answer.status_code, answer.json()["net"]) == (200, "160.00")
    assert answer.json()["quantity"] == "2.00"
    invariants.check(studio.company)


def test_a_lost_update_of_a_line_is_refused(desk: Any, draft: Invoice) -> None:
    line = draft.lines.first()
    path = at(draft, f"{line.pk}/")
    tag = desk.get(path)["ETag"]
    assert desk.patch(path, {"description": "A"}, If_Match=tag).status_code == 200
    assert desk.patch(path, {"description": "B"}, If_Match=tag).status_code == 412
    assert desk.delete(path, If_Match=tag).status_code == 412
    assert fresh(line).description == "A"


def test_a_line_that_goes_gives_its_hours_back(desk: Any, studio: Studio) -> None:
    hour = studio.hour()
    draft = studio.draft([hour])
    assert desk.delete(at(draft, f"{draft.lines.get().pk}/")).status_code == 204
    assert standing(hour) == [("unbilled", "")]


def test_lines_are_put_in_another_order(desk: Any, draft: Invoice) -> None:
    first, second = (one["id"] for one in desk.get(at(draft)).json()["results"])
    answer = desk.post(at(draft, "reorder/"), {"lines": [second, first]})
    assert (answer.status_code, answer.json()) == (200, {"lines": [second, first]})
    assert shown(desk, draft) == [("Work", "100.00"), ("Work", "100.00")]
    refused = desk.post(at(draft, "reorder/"), {"lines": [second]})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:changed_meanwhile")


def test_the_lines_of_a_final_invoice_stay(desk: Any, studio: Studio, draft: Invoice) -> None:
    final = studio.finalise(draft)
    line = final.lines.first()
    body = {"description": "x", "quantity": "1", "unit_price": "1"}
    for answer in (
        desk.post(at(final), body),
        desk.patch(at(final, f"{line.pk}/"), {"description": "x"}),
        desk.delete(at(final, f"{line.pk}/")),
        desk.post(at(final, "reorder/"), {"lines": [line.pk]}),
    ):
        assert answer.status_code == 409
        assert "is final" in answer.json()["detail"]


def test_a_credit_note_gives_back_less_but_nothing_else(desk: Any, studio: Studio) -> None:
    final = studio.finalise(studio.free(("2", "100")))
    note = crediting.credit(invoice=final, lines=None, reason="x", by=studio.by)
    path = at(note, f"{note.lines.get().pk}/")
    assert desk.patch(path, {"quantity": "-1"}).json()["net"] == "-100.00"
    assert desk.patch(path, {"quantity": "-3"}).json()["errors"][0]["field"] == "quantity"
    assert desk.patch(path, {"unit_price": "1"}).json()["errors"][0]["field"] == "unit_price"
    body = {"description": "x", "quantity": "1", "unit_price": "1"}
    assert desk.post(at(note), body).status_code == 409


def test_lines_take_as_many_queries_however_many(
    desk: Any, studio: Studio, draft: Invoice, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10) as few:
        desk.get(at(draft))
    long = studio.free(*[("1", "1")] * 8)
    with django_assert_max_num_queries(len(few)):
        assert len(desk.get(at(long)).json()["results"]) == 8


# What stands behind them.


def test_the_registrations_behind_an_invoice_are_told(
    desk: Any, studio: Studio, django_assert_max_num_queries: Any
) -> None:
    on = {"company": studio.company, "project": studio.project}
    things = {
        "hours": studio.hour(90),
        "expenses": ExpenseFactory(**on, date=DAY),
        "rides": RideFactory(**on, date=DAY),
        "instalments": InstalmentFactory(**on, due_on=DAY),
        "periods": SubscriptionPeriodFactory(**on),
    }
    draft = studio.draft(list(things.values()))
    with django_assert_max_num_queries(10):
        rows = desk.get(f"invoices/{draft.pk}/things/").json()["results"]
    assert {one["kind"]: one["thing"] for one in rows} == {
        kind: thing.pk for kind, thing in things.items()
    }
    hour = next(one for one in rows if one["kind"] == "hours")
    assert (hour["quantity"], hour["rate"], hour["amount"]) == ("1.5000", "100.0000", "150.00")
    assert hour["released_at"] is None
    path = f"invoices/{draft.pk}/things/?line={hour['line']}&fields=thing"
    assert desk.get(path).json()["results"] == [{"thing": things["hours"].pk}]
    assert desk.get(f"invoices/{draft.pk}/things/{hour['id']}/").json()["id"] == hour["id"]


# Rights, scopes, and other companies.


def test_who_may_not_changes_no_line(
    studio: Studio, desk: Any, draft: Invoice, program: Callable[..., Any]
) -> None:
    line = draft.lines.first()
    member = program(MembershipFactory(company=studio.company, role=Role.MEMBER))
    body = {"description": "x", "quantity": "1", "unit_price": "1"}
    for one in (member, program(desk.membership, "invoicing:read")):
        assert one.post(at(draft), body).status_code == 403
        assert one.patch(at(draft, f"{line.pk}/"), body).status_code == 403
        assert one.delete(at(draft, f"{line.pk}/")).status_code == 403
        assert one.post(at(draft, "reorder/"), {"lines": []}).status_code == 403
    assert fresh(draft).version == draft.version


def test_another_companys_lines_are_not_there(desk: Any, draft: Invoice) -> None:
    stranger = Studio.ready()
    theirs = stranger.free(("1", "100"))
    line = theirs.lines.get()
    body = {"description": "x", "quantity": "1", "unit_price": "1"}
    for invoice in (theirs, draft):  # also when only the line is theirs
        assert desk.get(at(invoice, f"{line.pk}/")).status_code == 404
        assert desk.patch(at(invoice, f"{line.pk}/"), body).status_code == 404
        assert desk.delete(at(invoice, f"{line.pk}/")).status_code == 404
    assert desk.get(at(theirs)).status_code == 404
    assert desk.post(at(theirs), body).status_code == 404
    assert desk.post(at(theirs, "reorder/"), {"lines": [line.pk]}).status_code == 404
    assert desk.post(at(draft, "reorder/"), {"lines": [line.pk]}).status_code == 409
    assert desk.get(f"invoices/{theirs.pk}/payments/").status_code == 404
    assert fresh(theirs).version == theirs.version

"""From a selection to drafts, through a preview: exactly what was seen is drawn up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Role
from invoicing.models import Invoice
from registration.models import Hour
from tests.factories import CustomerFactory, MembershipFactory, ProjectFactory, SelectionFactory
from tests.invoicing import invariants
from tests.invoicing.own import Studio, fresh, standing

pytestmark = pytest.mark.django_db


def selected(desk: Any, *hours: Any) -> str:
    body = {"until": "2026-10-31", "hours": [one.pk for one in hours]}
    found: str = desk.post("selections/", body).json()["id"]
    return found


def previewed(desk: Any, selection: str, **options: Any) -> dict[str, Any]:
    body = {"selection": selection, "options": {"invoice_date": "2026-10-14", **options}}
    answer = desk.post("invoices/preview/", body)
    assert answer.status_code == 200
    return {**body, "token": answer.json()["token"]}


def test_the_preview_tells_what_would_be_drawn_up_and_changes_nothing(
    desk: Any, studio: Studio
) -> None:
    hours = [studio.hour(90), studio.hour(60)]
    selection = selected(desk, *hours)
    Hour.objects.filter(pk=hours[1].pk).update(approval="rejected")
    body = {"selection": selection, "options": {"invoice_date": "2026-10-14"}}
    shown = desk.post("invoices/preview/", body).json()
    (draft,) = shown["drafts"]
    assert (draft["customer"], draft["project"]) == (studio.customer.pk, studio.project.pk)
    assert (draft["net"], draft["vat"], draft["total"]) == ("150.00", "31.50", "181.50")
    assert [line["description"] for line in draft["lines"]] == ["Design, oktober 2026"]
    assert draft["things"]["hours"] == 1
    assert shown["left_out"] == [
        {
            "kind": "hours",
            "id": hours[1].pk,
            "reason": "rejected",
            "sentence": "It was rejected.",
        }
    ]
    assert not Invoice.objects.exists()
    assert standing(hours[0]) == [("unbilled", "")]


def test_what_was_previewed_is_drawn_up(desk: Any, studio: Studio) -> None:
    hours = [studio.hour(90), studio.hour(30)]
    body = previewed(desk, selected(desk, *hours), reference="PO 7", grouping="entry")
    answer = desk.post("invoices/", body)
    assert answer.status_code == 201
    (shown,) = answer.json()["invoices"]
    draft = Invoice.objects.get()
    assert (shown["id"], shown["total"], shown["reference"]) == (draft.pk, "242.00", "PO 7")
    assert draft.lines.count() == 2
    assert answer.json()["refusals"] == []
    assert standing(*hours) == [("reserved", "")] * 2
    invariants.check(studio.company)


def test_a_selection_is_drawn_up_once(desk: Any, studio: Studio) -> None:
    body = previewed(desk, selected(desk, studio.hour()))
    first = desk.post("invoices/", body)
    again = desk.post("invoices/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Invoice.objects.count() == 1


def test_the_same_request_with_its_key_gets_the_same_answer(desk: Any, studio: Studio) -> None:
    body = previewed(desk, selected(desk, studio.hour()))
    first = desk.post("invoices/", body, Idempotency_Key="once")
    again = desk.post("invoices/", body, Idempotency_Key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replayed"] == "true"
    assert Invoice.objects.count() == 1


def test_what_changed_since_the_preview_is_not_drawn_up(desk: Any, studio: Studio) -> None:
    hour = studio.hour()
    body = previewed(desk, selected(desk, hour))
    studio.set_rate(120)
    Hour.objects.filter(pk=hour.pk).update(version=9)
    answer = desk.post("invoices/", body)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:problem:changed_meanwhile")
    seen = previewed(desk, body["selection"])
    seen["options"]["reference"] = "Other"
    assert desk.post("invoices/", seen).status_code == 409
    assert not Invoice.objects.exists()


def test_nothing_to_draw_up_is_a_sentence(desk: Any, studio: Studio) -> None:
    hour = studio.hour()
    selection = selected(desk, hour)
    Hour.objects.filter(pk=hour.pk).update(approval="rejected")
    answer = desk.post("invoices/", previewed(desk, selection))
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Nothing in this selection")


def test_each_project_may_have_an_invoice_of_its_own(desk: Any, studio: Studio) -> None:
    other = ProjectFactory(company=studio.company, customer=studio.customer)
    selection = selected(desk, studio.hour(), studio.hour(project=other))
    answer = desk.post("invoices/", previewed(desk, selection, per="project"))
    assert {one["project"] for one in answer.json()["invoices"]} == {studio.project.pk, other.pk}


def test_drafts_take_as_many_queries_whatever_they_hold(
    desk: Any, studio: Studio, django_assert_max_num_queries: Any
) -> None:
    def projects(count: int) -> list[Any]:
        return [
            studio.hour(
                project=ProjectFactory(
                    company=studio.company, customer=CustomerFactory(company=studio.company)
                )
            )
            for _number in range(count)
        ]

    one, many = selected(desk, *projects(1)), selected(desk, *projects(4))
    bodies = [previewed(desk, selection) for selection in (one, many)]
    with django_assert_max_num_queries(60) as few:
        desk.post("invoices/", bodies[0])
    with django_assert_max_num_queries(len(few) + 1):
        assert len(desk.post("invoices/", bodies[1]).json()["invoices"]) == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"selection": "x"},
        {"selection": None},
        {"options": None},
        {"options": {"per": "week"}},
        {"options": {"grouping": "week"}},
        {"options": {"invoice_date": "x"}},
        {"options": {"reference": "x" * 61}},
        {"options": {"template": "x" * 201}},
    ],
)
def test_options_that_cannot_be_read_are_refused_by_their_field(
    desk: Any, studio: Studio, wrong: dict[str, Any]
) -> None:
    body = {**previewed(desk, selected(desk, studio.hour())), **wrong}
    for path in ("invoices/preview/", "invoices/"):
        answer = desk.post(path, body)
        assert answer.status_code == 400
        (field,) = (one["field"] for one in answer.json()["errors"])
        inside = wrong.get("options") or {}
        assert field == ".".join([*wrong, *inside])
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("day", ["1999-12-31", "9999-12-31"])
def test_an_invoice_date_that_no_invoice_can_have_is_refused(
    desk: Any, studio: Studio, day: str
) -> None:
    body = previewed(desk, selected(desk, studio.hour()))
    body["options"]["invoice_date"] = day
    for path in ("invoices/preview/", "invoices/"):
        answer = desk.post(path, body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "invoice_date"


def test_somebody_elses_selection_is_not_there(
    desk: Any, studio: Studio, program: Callable[..., Any]
) -> None:
    colleague = MembershipFactory(company=studio.company, role=Role.OWNER)
    hour = studio.hour()
    theirs = SelectionFactory(company=studio.company, user=colleague.user, hours=[hour.pk])
    strangers = SelectionFactory(hours=[hour.pk])
    for selection in (theirs, strangers):
        body = {"selection": str(selection.pk), "options": {}, "token": "x"}
        for path in ("invoices/preview/", "invoices/"):
            answer = desk.post(path, body)
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["field"] == "selection"
    assert standing(hour) == [("unbilled", "")]


def test_previewing_is_reading_and_drawing_up_is_writing(
    desk: Any, studio: Studio, program: Callable[..., Any]
) -> None:
    body = previewed(desk, selected(desk, studio.hour()))
    reader = program(desk.membership, "invoicing:read")
    assert reader.post("invoices/preview/", body).status_code == 200
    assert reader.post("invoices/", body).status_code == 403
    member = program(MembershipFactory(company=studio.company, role=Role.MEMBER))
    assert member.post("invoices/preview/", body).status_code == 403
    assert not Invoice.objects.exists()


# A draft that is there already.


def test_more_is_added_to_a_draft(desk: Any, studio: Studio) -> None:
    draft, more = studio.draft([studio.hour()]), studio.hour(30)
    body = {"selection": selected(desk, more), "grouping": "entry"}
    answer = desk.post(f"invoices/{draft.pk}/take-up/", body)
    assert (answer.status_code, answer.json()["net"]) == (200, "150.00")
    assert standing(more) == [("reserved", "")]
    invariants.check(studio.company)


def test_what_is_of_another_customer_is_not_added(desk: Any, studio: Studio) -> None:
    draft = studio.draft([studio.hour()])
    other = CustomerFactory(company=studio.company)
    theirs = studio.hour(project=ProjectFactory(company=studio.company, customer=other))
    answer = desk.post(f"invoices/{draft.pk}/take-up/", {"selection": selected(desk, theirs)})
    assert answer.status_code == 409
    assert "another customer" in answer.json()["detail"]
    assert standing(theirs) == [("unbilled", "")]


def test_a_draft_is_grouped_otherwise_and_priced_again(desk: Any, studio: Studio) -> None:
    draft = studio.draft([studio.hour(60), studio.hour(30)])
    answer = desk.post(f"invoices/{draft.pk}/regroup/", {"grouping": "entry"})
    assert (answer.status_code, len(answer.json()["lines"])) == (200, 2)
    studio.set_rate(200)
    assert desk.post(f"invoices/{draft.pk}/refresh/").json()["net"] == "300.00"
    assert fresh(draft).net == 300


def test_a_draft_without_registrations_cannot_be_regrouped(desk: Any, studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    answer = desk.post(f"invoices/{draft.pk}/regroup/", {"grouping": "entry"})
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("There are no registrations")

"""`/afas/invoicing-runs/`: what is made is what was previewed, once for each selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company, Role
from integrations.models import (
    AfasConnection,
    AfasDocument,
    CustomerLink,
    InvoicingRun,
    ItemLink,
)
from integrations.services import documents, sending
from invoicing.models import Claim, Invoice
from registration.models import Hour, Selection
from tests.api.linked import OPTIONS, RUNS, Linked
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    InvoicingRunFactory,
    MembershipFactory,
    SelectionFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = (0, 0, 0, 0)


@pytest.fixture
def afas(sandbox: Any, company: Company) -> Linked:
    """The company, linked."""
    return Linked.ready(sandbox, company)


def made() -> tuple[int, ...]:
    kinds: tuple[Any, ...] = (InvoicingRun, Invoice, AfasDocument, Claim)
    return tuple(kind.objects.count() for kind in kinds)


def test_a_preview_tells_each_invoice_and_changes_nothing(afas: Linked) -> None:
    selection = afas.selection(afas.hours(3))
    answer = afas.preview(selection)
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["net"], shown["entries"], shown["run"]) == ("300.00", 3, None)
    (bill,) = shown["invoices"]
    assert (bill["customer"], bill["debtor"], bill["ready"]) == (afas.customer.pk, "10001", True)
    assert bill["things"]["hours"] == 3
    assert (bill["net"], bill["vat"], bill["total"]) == ("300.00", "63.00", "363.00")
    assert {line["item"]["code"] for line in bill["lines"]} == {"UREN-ALG"}
    assert made() == NOTHING
    selection.refresh_from_db()
    assert selection.frozen_at is None


def test_a_preview_says_what_is_left_out_and_what_is_missing(afas: Linked) -> None:
    free, good = afas.hours(), afas.hours()
    Hour.objects.filter(pk=free[0].pk).update(billing="written_off")
    ItemLink.objects.all().delete()
    shown = afas.preview(afas.selection([*free, *good])).json()
    (left,) = shown["left_out"]
    assert left == {
        "kind": "hours",
        "id": free[0].pk,
        "reason": "written_off",
        "sentence": "Written off.",
    }
    (bill,) = shown["invoices"]
    assert not bill["ready"]
    assert "No AFAS item is set" in bill["obstacles"][0]


def test_reading_is_enough_to_preview(afas: Linked, program: Callable[..., Any]) -> None:
    selection = afas.selection(afas.hours())
    reader = program(afas.biller, "afas:read")
    body = {"selection": str(selection.pk), "options": OPTIONS}
    assert reader.post(f"{RUNS}preview/", body).status_code == 200
    assert reader.post(RUNS, {**body, "token": "x"}).status_code == 403


def test_what_was_previewed_is_made_and_can_be_watched(afas: Linked) -> None:
    selection = afas.selection(afas.hours(2))
    answer = afas.make(selection, afas.preview(selection).json()["token"])
    assert answer.status_code == 202
    run = InvoicingRun.objects.get()
    assert answer["Location"] == answer.json()["url"]
    assert answer["Location"].endswith(f"/api/v1/{RUNS}{run.pk}/")
    assert answer.json()["progress"]["busy"]
    sending.send_due()
    progress = afas.program.get(f"{RUNS}{run.pk}/").json()["progress"]
    assert not progress["busy"]
    assert (progress["done"], progress["invoices"], progress["net"]) == (1, 1, "200.00")
    assert [one["state"] for one in progress["documents"]] == ["confirmed"]
    selection.refresh_from_db()
    assert selection.frozen_at


def test_asked_again_the_run_is_the_same_whatever_came_between(afas: Linked) -> None:
    selection = afas.selection(afas.hours())
    token = afas.preview(selection).json()["token"]
    first = afas.make(selection, token)
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")
    for again in (afas.make(selection, token), afas.make(selection, "another")):
        assert again.status_code == 202
        assert again.json()["id"] == first.json()["id"]
    assert made() == (1, 1, 1, 1)
    assert afas.preview(selection).json()["run"] == first.json()["id"]


def test_a_key_that_is_repeated_gets_the_same_answer(afas: Linked) -> None:
    selection = afas.selection(afas.hours())
    token = afas.preview(selection).json()["token"]
    first, again = (afas.make(selection, token, Idempotency_Key="a") for _ in range(2))
    assert again["Idempotent-Replayed"] == "true"
    assert again.content == first.content
    assert made() == (1, 1, 1, 1)


def test_after_a_crash_a_repeat_finds_the_run_and_what_it_did_not_reach(
    afas: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = CustomerFactory(company=afas.connection.company, number="10002", name="Atelier")
    CustomerLink.objects.create(
        company=other.company, environment="12345", customer=other, debtor_number="10002"
    )
    selection = afas.selection([*afas.hours(), *afas.hours(customer=other)])
    token = afas.preview(selection).json()["token"]
    make, calls = documents.make_direct_invoice, []

    def dies(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise SystemExit
        return make(**given)

    monkeypatch.setattr(documents, "make_direct_invoice", dies)
    with pytest.raises(SystemExit):
        afas.make(selection, token, Idempotency_Key="b")
    again = afas.make(selection, token, Idempotency_Key="b")
    assert again.status_code == 202
    assert [one["customer"] for one in again.json()["refusals"]] == ["De Gouden Aar B.V."]
    assert "select its entries again" in again.json()["refusals"][0]["sentence"]
    assert made() == (1, 1, 1, 1)


def test_what_changed_since_the_preview_is_refused_and_nothing_is_made(afas: Linked) -> None:
    hours = afas.hours()
    selection = afas.selection(hours)
    token = afas.preview(selection).json()["token"]
    ItemLink.objects.update(code="REIS-KM")
    answer = afas.make(selection, token)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:problem:changed_meanwhile"
    assert "Something changed since you checked" in answer.json()["detail"]
    assert made() == NOTHING


def test_without_a_link_that_works_it_is_refused_with_the_reason(afas: Linked) -> None:
    selection = afas.selection(afas.hours())
    token = afas.preview(selection).json()["token"]
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")
    assert afas.preview(selection).status_code == 200
    assert "is paused" in afas.make(selection, token).json()["detail"]
    AfasConnection.objects.update(closed_at=timezone.now())
    for answer in (afas.preview(selection), afas.make(selection, token)):
        assert answer.status_code == 409
        assert "AFAS is not linked yet" in answer.json()["detail"]
    assert made() == NOTHING


def test_the_selection_of_somebody_else_is_not_there(afas: Linked, company: Company) -> None:
    theirs = SelectionFactory(company=CompanyFactory(), user=afas.biller.user)
    colleagues = SelectionFactory(company=company, user=MembershipFactory(company=company).user)
    for selection in (theirs, colleagues):
        for answer in (afas.preview(selection), afas.make(selection, "x")):
            assert answer.status_code == 400
            (error,) = answer.json()["errors"]
            assert error["field"] == "selection"
    assert made() == NOTHING
    assert not Selection.objects.filter(frozen_at__isnull=False).exists()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"invoice_date": "2026-13-01"},
        {**OPTIONS, "per": "planet"},
        {**OPTIONS, "grouping": 7},
        {**OPTIONS, "reference": "x" * 61},
        {**OPTIONS, "template": "\x00"},
    ],
)
def test_what_makes_no_sense_is_a_400_with_the_field(afas: Linked, options: dict[str, Any]) -> None:
    selection = afas.selection(afas.hours())
    body = {"selection": str(selection.pk), "options": options}
    answer = afas.program.post(f"{RUNS}preview/", body)
    if options:
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"].startswith("options.")
    else:
        assert answer.status_code == 200  # the date of today


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "9999-12-31"])
def test_a_day_that_no_invoice_can_bear_is_refused(afas: Linked, day: str) -> None:
    selection = afas.selection(afas.hours())
    body: dict[str, Any] = {"selection": str(selection.pk), "options": {"invoice_date": day}}
    for answer in (
        afas.program.post(f"{RUNS}preview/", body),
        afas.program.post(RUNS, {**body, "token": "x"}),
    ):
        assert answer.status_code == 400
        assert answer.json()["errors"] == [
            {"field": "invoice_date", "detail": "Type a date with a year from 2000."}
        ]
    assert made() == NOTHING


def test_who_may_not_invoice_gets_nothing(
    afas: Linked, program: Callable[..., Any], company: Company
) -> None:
    run = afas.invoice(afas.hours())
    member = program(MembershipFactory(company=company, role=Role.MEMBER))
    for answer in (
        member.get(RUNS),
        member.get(f"{RUNS}{run.pk}/"),
        member.post(RUNS, {}),
        member.post(f"{RUNS}preview/", {}),
    ):
        assert answer.status_code == 403


def test_the_runs_of_another_company_are_not_there(afas: Linked) -> None:
    theirs = InvoicingRunFactory(company=CompanyFactory())
    assert afas.program.get(f"{RUNS}{theirs.pk}/").status_code == 404
    assert afas.program.get(RUNS).json()["results"] == []


def test_a_list_of_many_runs_asks_as_little_as_one_of_few(afas: Linked, company: Company) -> None:
    def asked() -> int:
        with CaptureQueriesContext(database) as queries:
            assert afas.program.get(RUNS).status_code == 200
        return len(queries)

    InvoicingRunFactory(company=company)
    asked()  # that the key was used is noted once
    few = asked()
    for _ in range(5):
        InvoicingRunFactory(company=company)
    assert asked() == few


def test_a_run_of_many_documents_asks_as_little_as_one_of_few(afas: Linked) -> None:
    def asked(count: int) -> int:
        hours = []
        for number in range(count):
            customer = CustomerFactory(company=afas.connection.company, number=f"{count}{number}")
            CustomerLink.objects.create(
                company=customer.company,
                environment="12345",
                customer=customer,
                debtor_number=customer.number,
            )
            hours += afas.hours(customer=customer)
        run = afas.invoice(hours)
        with CaptureQueriesContext(database) as queries:
            shown = afas.program.get(f"{RUNS}{run.pk}/").json()
        assert len(shown["progress"]["documents"]) == count
        return len(queries)

    assert asked(2) == asked(5)

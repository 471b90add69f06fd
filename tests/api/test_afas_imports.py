"""`/afas/imports/`: customers come from AFAS, and every debtor that did not says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company, Role
from integrations.models import AfasConnection, CustomerLink, ImportRow, ImportRun
from integrations.services import importing
from relations.models import Customer
from sandbox import seed
from tests.api.conftest import Program
from tests.factories import (
    AfasConnectionFactory,
    CompanyFactory,
    CustomerFactory,
    ImportRowFactory,
    ImportRunFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db
IMPORTS = "afas/imports/"


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    """The company linked with participant 12345."""
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.fixture
def held(link: AfasConnection, company: Company) -> ImportRow:
    """A debtor that was held back, since its name differs."""
    customer = CustomerFactory(company=company, number="10001", name="Zon")
    return ImportRowFactory(
        run=ImportRunFactory(company=company, connection=link, status="done"),
        company=company,
        outcome="skipped",
        reason="name_differs",
        debtor_number="10001",
        name="Bakkerij",
        customer=customer,
        detail={"ours": "Zon"},
    )


def rows(row: ImportRow, do: str = "") -> str:
    address = f"{IMPORTS}{row.run_id}/rows/{row.pk}/"
    return f"{address}{do}/" if do else address


def test_an_import_is_begun_and_watched(program: Callable[..., Any], link: AfasConnection) -> None:
    one = program()
    answer = one.post(IMPORTS)
    assert answer.status_code == 202
    run = ImportRun.objects.get()
    assert (answer.json()["status"], answer.json()["by"]) == ("queued", one.membership.user.name)
    assert answer["Location"].endswith(f"/api/v1/{IMPORTS}{run.pk}/")
    importing.run_import(run.pk)
    shown = one.get(f"{IMPORTS}{run.pk}/").json()
    assert (shown["status"], shown["error"]) == ("done", "")
    assert shown["new"] == Customer.objects.count() > 0
    assert shown["seen"] == shown["new"] + shown["changed"] + shown["unchanged"] + shown["skipped"]
    told = one.get(f"{IMPORTS}{run.pk}/rows/?outcome=skipped").json()["results"]
    assert len(told) == shown["skipped"]
    assert all(row["sentence"] for row in told)


def test_the_one_that_is_not_over_is_answered(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    first, second = program().post(IMPORTS), program().post(IMPORTS)
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])
    assert ImportRun.objects.count() == 1


def test_a_key_that_is_repeated_begins_one_import(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    one = program()
    first = one.post(IMPORTS, Idempotency_Key="a")
    importing.run_import(first.json()["id"])
    again = one.post(IMPORTS, Idempotency_Key="a")
    assert again.content == first.content
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize("how", ["unlinked", "paused", "closed"])
def test_without_a_link_that_works_none_is_begun(
    program: Callable[..., Any], company: Company, how: str
) -> None:
    if how != "unlinked":
        AfasConnectionFactory(company=company, **{how: True})
    answer = program().post(IMPORTS)
    assert answer.status_code == 409
    assert answer.json()["detail"]
    assert not ImportRun.objects.exists()


def test_filters_narrow_the_lists(program: Callable[..., Any], held: ImportRow) -> None:
    new = ImportRowFactory(run=held.run, company=held.company, outcome="new")
    one = program()
    path = f"{IMPORTS}{held.run_id}/rows/"

    def found(query: str) -> list[int]:
        return [row["id"] for row in one.get(f"{path}?{query}").json()["results"]]

    assert found("") == [held.pk, new.pk]
    assert found("outcome=new") == found("to_look_at=false") == [new.pk]
    assert found("outcome=skipped") == found("to_look_at=true") == [held.pk]
    assert one.get(f"{path}?outcome=x").status_code == 400
    assert len(one.get(f"{IMPORTS}?status=done").json()["results"]) == 1
    assert one.get(f"{IMPORTS}?status=failed").json()["results"] == []


def test_a_held_debtor_is_linked_with_its_customer(
    program: Callable[..., Any], held: ImportRow
) -> None:
    one = program()
    shown = one.get(rows(held))
    assert (shown.json()["may_link"], shown.json()["may_leave"]) == (True, True)
    assert "Your customer Zon has this number too" in shown.json()["sentence"]
    assert one.post(rows(held, "link"), If_Match='"old"').status_code == 412
    answer = one.post(rows(held, "link"), If_Match=shown["ETag"])
    assert (answer.status_code, answer.json()["reason"]) == (200, "linked")
    assert CustomerLink.objects.get().debtor_number == "10001"
    assert one.post(rows(held, "link")).status_code == 409


def test_a_held_debtor_is_left_apart(program: Callable[..., Any], held: ImportRow) -> None:
    one = program()
    assert one.post(rows(held, "leave"), If_Match='"old"').status_code == 412
    answer = one.post(rows(held, "leave"))
    assert (answer.status_code, answer.json()["reason"]) == (200, "left")
    again = one.post(rows(held, "leave"))
    assert (again.status_code, again.json()["detail"]) == (409, "This row was decided already.")
    assert not CustomerLink.objects.exists()


def test_what_is_of_another_company_is_not_there_and_stays(
    program: Callable[..., Any], held: ImportRow
) -> None:
    other = CompanyFactory()
    theirs = ImportRowFactory(
        run=ImportRunFactory(company=other), company=other, reason="name_differs"
    )
    one = program()
    for path in (f"{IMPORTS}{theirs.run_id}/", f"{IMPORTS}{theirs.run_id}/rows/", rows(theirs)):
        assert one.get(path).status_code == 404
    for do in ("link", "leave"):
        assert one.post(rows(theirs, do)).status_code == 404
        mixed = f"{IMPORTS}{held.run_id}/rows/{theirs.pk}/{do}/"
        assert one.post(mixed).status_code == 404
    theirs.refresh_from_db()
    assert theirs.reason == "name_differs"
    assert [run["id"] for run in one.get(IMPORTS).json()["results"]] == [held.run_id]


def test_only_an_administrator_may(
    program: Callable[..., Any], held: ImportRow, company: Company
) -> None:
    biller = program(MembershipFactory(company=company, role=Role.BILLING))
    reader = program(None, "afas:read")
    assert reader.get(IMPORTS).status_code == 200
    assert reader.post(IMPORTS).status_code == 403
    paths = (IMPORTS, f"{IMPORTS}{held.run_id}/", f"{IMPORTS}{held.run_id}/rows/", rows(held))
    assert {biller.get(path).status_code for path in paths} == {403}
    for path in (IMPORTS, rows(held, "link"), rows(held, "leave")):
        assert biller.post(path).status_code == 403
    held.refresh_from_db()
    assert (held.reason, ImportRun.objects.count()) == ("name_differs", 1)


def test_lists_of_many_ask_as_little_as_those_of_few(
    program: Callable[..., Any], held: ImportRow
) -> None:
    one: Program = program()

    def asked() -> list[int]:
        counts = []
        for path in (IMPORTS, f"{IMPORTS}{held.run_id}/rows/"):
            with CaptureQueriesContext(database) as queries:
                assert one.get(path).status_code == 200
            counts.append(len(queries))
        return counts

    asked()
    few = asked()
    for _ in range(5):
        ImportRunFactory(company=held.company, connection=held.run.connection, status="done")
        ImportRowFactory(
            run=held.run, company=held.company, reason="being_created", customer=held.customer
        )
    assert asked() == few


def test_the_list_of_rows_is_of_an_import_that_is_there(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    assert program().get(f"{IMPORTS}{10**17}/rows/").status_code == 404
    assert timezone.now()

"""`/afas/connection/`, `/afas/tasks/` and `/afas/payment-readings/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, Role
from core.models import AuditEvent
from integrations.models import AfasConnection, PaymentRun, PersonTask
from integrations.services import open_items
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    CompanyFactory,
    MembershipFactory,
    PaymentRunFactory,
    PersonTaskFactory,
)

pytestmark = pytest.mark.django_db
LINK, TASKS, READINGS = "afas/connection/", "afas/tasks/", "afas/payment-readings/"


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    """The company linked with participant 12345."""
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


# ---- The link


def test_the_link_is_told_without_a_secret(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    AfasConnection.objects.update(
        client_id="id-of-client",
        client_secret="shhh",
        findings=[{"connector": "ProfitDebtor", "access": "read", "granted": True}],
    )
    answer = program().get(LINK)
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["state"], shown["why_not_send"]) == ("active", "")
    assert shown["linked_with"]["environment"] == "12345"
    assert shown["linked_with"]["administration"] == 1
    granted = {one["connector"]: one["granted"] for one in shown["grants"]}
    assert granted["ProfitDebtor"]
    assert not granted["FbDirectInvoice"]
    for secret in (link.user_token, link.secret_hint, "shhh", "id-of-client"):
        assert secret not in answer.content.decode()


def test_without_a_link_that_is_told_too(program: Callable[..., Any], company: Company) -> None:
    shown = program().get(LINK).json()
    assert (shown["state"], shown["linked_with"], shown["grants"]) == ("available", None, [])
    assert "AFAS is not linked yet" in shown["why_not_send"]
    assert shown["why_not_import"]


def test_the_link_is_for_administrators(
    program: Callable[..., Any], link: AfasConnection, company: Company
) -> None:
    biller = program(MembershipFactory(company=company, role=Role.BILLING))
    assert biller.get(LINK).status_code == 403
    assert program(None, "invoicing:write").get(LINK).status_code == 403


def test_the_link_of_another_company_is_not_told(
    program: Callable[..., Any], company: Company
) -> None:
    AfasConnectionFactory(company=CompanyFactory(), participant="54321")
    assert "54321" not in program().get(LINK).content.decode()


# ---- What only a person can settle


@pytest.fixture
def task(company: Company, link: AfasConnection) -> PersonTask:
    """An invoice that stands twice in AFAS."""
    document = AfasDocumentFactory(company=company, confirmed=True)
    return PersonTaskFactory(company=company, document=document, key="70000001")


def test_a_task_is_settled_with_a_note(program: Callable[..., Any], task: PersonTask) -> None:
    one = program()
    shown = one.get(f"{TASKS}{task.pk}/")
    assert (shown.json()["what"], shown.json()["title"]) == ("twice", "Twice in AFAS")
    assert one.post(f"{TASKS}{task.pk}/settle/", {"note": "x"}, If_Match='"old"').status_code == 412
    answer = one.post(f"{TASKS}{task.pk}/settle/", {"note": "Deleted one"}, If_Match=shown["ETag"])
    assert answer.status_code == 200
    assert answer.json()["resolution"] == "Deleted one"
    assert answer.json()["resolved_by"] == one.membership.user.name
    assert AuditEvent.objects.filter(action="afas_document.task_settled").count() == 1
    late = one.post(f"{TASKS}{task.pk}/settle/", {"note": "Again"})
    assert (late.status_code, late.json()["type"]) == (409, "urn:problem:changed_meanwhile")


@pytest.mark.parametrize("body", [{}, {"note": "  "}, {"note": None}])
def test_without_a_note_nothing_is_settled(
    program: Callable[..., Any], task: PersonTask, body: Any
) -> None:
    answer = program().post(f"{TASKS}{task.pk}/settle/", body)
    assert answer.status_code == 400
    words = "Say what you did, so that a colleague understands it later."
    assert answer.json()["errors"] == [{"field": "note", "detail": words}]
    task.refresh_from_db()
    assert task.resolved_at is None


def test_tasks_are_narrowed(program: Callable[..., Any], task: PersonTask) -> None:
    one = program()
    settled = PersonTaskFactory(company=task.company, document=task.document, key="2")
    one.post(f"{TASKS}{settled.pk}/settle/", {"note": "Done"})

    def found(query: str) -> list[int]:
        return [row["id"] for row in one.get(f"{TASKS}?{query}").json()["results"]]

    assert found("") == [settled.pk, task.pk]
    assert found("open=true") == [task.pk]
    assert found("open=false") == [settled.pk]
    assert found("what=orphan") == []
    assert len(found(f"document={task.document_id}")) == 2


def test_tasks_of_another_company_are_not_there_and_stay(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    theirs = PersonTaskFactory(company=CompanyFactory())
    one = program()
    assert one.get(f"{TASKS}{theirs.pk}/").status_code == 404
    assert one.post(f"{TASKS}{theirs.pk}/settle/", {"note": "x"}).status_code == 404
    assert one.get(TASKS).json()["results"] == []
    theirs.refresh_from_db()
    assert theirs.resolved_at is None


def test_who_may_not_invoice_settles_nothing(
    program: Callable[..., Any], task: PersonTask, company: Company
) -> None:
    member = program(MembershipFactory(company=company, role=Role.MEMBER))
    reader = program(None, "afas:read")
    assert member.get(TASKS).status_code == 403
    for one in (member, reader):
        assert one.post(f"{TASKS}{task.pk}/settle/", {"note": "x"}).status_code == 403
    task.refresh_from_db()
    assert task.resolved_at is None


def test_a_list_of_many_tasks_asks_as_little_as_one_of_few(
    program: Callable[..., Any], task: PersonTask, company: Company
) -> None:
    one = program()

    def asked() -> int:
        with CaptureQueriesContext(database) as queries:
            assert one.get(TASKS).status_code == 200
        return len(queries)

    asked()
    few = asked()
    for number in range(4):
        PersonTaskFactory(company=company, document=task.document, key=str(number))
    assert asked() == few


# ---- What is paid


def test_payments_are_read_on_demand_and_watched(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    one = program()
    answer = one.post(READINGS)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert one.post(READINGS).json()["id"] == answer.json()["id"]
    open_items.run(answer.json()["id"])
    path = answer["Location"].partition("/api/v1/")[2]
    assert one.get(path).json()["status"] == "done"
    assert [run["id"] for run in one.get(READINGS).json()["results"]] == [answer.json()["id"]]


def test_without_a_link_nothing_is_read(program: Callable[..., Any], company: Company) -> None:
    answer = program().post(READINGS)
    assert answer.status_code == 409
    assert "AFAS is not linked yet" in answer.json()["detail"]


def test_who_invoices_or_administers_may_read_payments(
    program: Callable[..., Any], link: AfasConnection, company: Company
) -> None:
    biller = program(MembershipFactory(company=company, role=Role.BILLING))
    member = program(MembershipFactory(company=company, role=Role.MEMBER))
    assert biller.post(READINGS).status_code == 202
    assert (member.get(READINGS).status_code, member.post(READINGS).status_code) == (403, 403)


def test_readings_of_another_company_are_not_there(
    program: Callable[..., Any], link: AfasConnection
) -> None:
    theirs = PaymentRunFactory(company=CompanyFactory())
    assert program().get(f"{READINGS}{theirs.pk}/").status_code == 404
    assert program().get(READINGS).json()["results"] == []
    assert PaymentRun.objects.count() == 1

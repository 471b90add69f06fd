"""`/afas/documents/`: each in the words of its page, and what a person does with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company, Role
from integrations.models import (
    AfasDocument,
    ItemLink,
    Kind,
)
from integrations.services import clients, sending
from integrations.services.rhythm import AFAS_WORKS_FOR, MARGIN
from tests.api.linked import Linked, at
from tests.factories import (
    AfasAttemptFactory,
    AfasDocumentFactory,
    CompanyFactory,
    MembershipFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOT_MADE = "hang_up_before_commit"
LONG_AFTER = (AFAS_WORKS_FOR + MARGIN).total_seconds() / 60 + 1
BODIES: dict[str, Any] = {
    "retry": None,
    "cancel": {"reason": "r"},
    "look_again": None,
    "it_is_there": {"number": "70000001"},
    "it_is_not_there": {"reason": "r"},
    "give_up": {"reason": "r"},
    "link": {"debtor_number": "10001"},
    "create_anyway": None,
    "undo": {"way": "corrected", "reason": "r"},
}


@pytest.fixture
def afas(sandbox: Any, company: Company, monkeypatch: pytest.MonkeyPatch) -> Linked:
    """The company, linked, with deadlines that a test can wait for."""
    short = clients.Limits(connect=2, read=2, total=2, tries=1)
    for name in ("WRITES", "READS", "LOOKS"):
        monkeypatch.setattr(clients, name, short)
    return Linked.ready(sandbox, company)


def ids(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.json()
    return {one["id"] for one in answer.json()["results"]}


# ---- Reading


def test_a_document_tells_its_story_in_the_words_of_its_page(afas: Linked) -> None:
    ItemLink.objects.update(code="NO-SUCH-ITEM")
    document = afas.document(afas.invoice(afas.hours()))
    sending.send_due()
    shown = afas.program.get(at(document)).json()
    assert (shown["state"], shown["needs_attention"], shown["net"]) == ("rejected", True, "100.00")
    assert "so this attempt booked nothing." in shown["story"]["headline"]
    assert shown["story"]["mark"] == "bad"
    assert "stays reserved for it until you try again" in shown["story"]["money"]
    assert shown["actions"]["retry"]
    assert not shown["actions"]["undo"]
    (attempt,) = shown["attempts"]
    assert (attempt["number"], attempt["status"]) == (1, 500)
    assert "FbDirectInvoice" in shown["payload"]


def test_secrets_stay_hidden(afas: Linked) -> None:
    document = AfasDocumentFactory(company=afas.connection.company, rejected=True)
    secret = "0123456789ABCDEF" * 4
    AfasDocument.objects.update(payload=f'{{"a": "{secret}"}}', message=secret)
    AfasAttemptFactory(document=document, message=secret, request_body=secret)
    text = afas.program.get(at(document)).content.decode()
    assert secret not in text
    assert afas.connection.user_token not in text


def test_the_list_is_light_and_asks_as_little_for_many_as_for_few(
    afas: Linked, company: Company
) -> None:
    def asked() -> str:
        with CaptureQueriesContext(database) as queries:
            assert afas.program.get("afas/documents/").status_code == 200
        assert len(queries) == few
        return str(queries.captured_queries)

    few = 2  # the key, and the rows
    AfasDocumentFactory(company=company, confirmed=True)
    afas.program.get("afas/documents/")
    asked()
    for state in ("rejected", "unknown", "undone", "cancelled"):
        target = AfasDocumentFactory(company=company, **{state: True})
    AfasDocumentFactory(
        company=company, kind=Kind.DELETION, invoice=None, customer=None, target=target
    )
    AfasDocumentFactory(company=company, of_customer=True)
    assert '"payload"' not in asked()
    assert "payload" not in afas.program.get("afas/documents/").json()["results"][0]


def test_filters_narrow_the_list(afas: Linked, company: Company) -> None:
    run = afas.invoice(afas.hours())
    queued = afas.document(run)
    refused = AfasDocumentFactory(company=company, rejected=True)
    asks = AfasDocumentFactory(company=company, unknown=True, asks="no_look_up")
    debtor = AfasDocumentFactory(company=company, of_customer=True)

    def found(query: str) -> set[str]:
        return ids(afas.program.get(f"afas/documents/?{query}"))

    everything = {str(one.pk) for one in (queued, refused, asks, debtor)}
    assert found("") == everything
    assert found("state=rejected") == {str(refused.pk)}
    assert found("kind=customer") == {str(debtor.pk)}
    assert found(f"customer={debtor.customer_id}") == {str(debtor.pk)}
    assert found(f"invoice={refused.invoice_id}") == {str(refused.pk)}
    assert found(f"run={run.pk}") == {str(queued.pk)}
    assert found(f"reference={asks.reference}") == {str(asks.pk)}
    waiting = {str(refused.pk), str(asks.pk)}
    assert found("needs_attention=true") == waiting
    assert found("needs_attention=false") == everything - waiting
    assert found(f"run={uuid4()}") == set()


@pytest.mark.parametrize(
    "query",
    ["state=x", "kind=x", "customer=x", "run=x", "needs_attention=maybe", "modified_since=x"],
)
def test_a_filter_that_makes_no_sense_is_refused(afas: Linked, query: str) -> None:
    assert afas.program.get(f"afas/documents/?{query}").status_code == 400


def test_what_was_sent_since_counts_as_modified(afas: Linked) -> None:
    document, other = (afas.document(afas.invoice(afas.hours())) for _ in range(2))
    ago = timezone.now() - timedelta(days=1)
    AfasDocument.objects.update(changed_at=ago)
    AfasDocument.objects.filter(pk=other.pk).update(not_before=timezone.now() + timedelta(hours=1))
    AfasDocument.objects.filter(pk=other.pk).update(changed_at=ago)
    since = (timezone.now() - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    address = f"afas/documents/?modified_since={since}"
    assert ids(afas.program.get(address)) == set()
    sending.send_due()
    assert ids(afas.program.get(address)) == {str(document.pk)}


def test_pages_by_change_show_each_document_once(afas: Linked, company: Company) -> None:
    made = {str(AfasDocumentFactory(company=company, rejected=True).pk) for _ in range(5)}
    for one in AfasDocument.objects.all():
        AfasDocument.objects.filter(pk=one.pk).update(message="again")
    for ordering in ("changed_at", "-changed_at", "created_at", "-created_at"):
        seen: list[str] = []
        path = f"afas/documents/?limit=2&ordering={ordering}"
        while path:
            page = afas.program.get(path).json()
            seen += [one["id"] for one in page["results"]]
            path = (page["next"] or "").partition("/api/v1/")[2]
        assert sorted(seen) == sorted(made)


# ---- Doors


@pytest.mark.parametrize("do", BODIES)
@pytest.mark.parametrize("state", ["rejected", "unknown", "confirmed"])
def test_a_document_of_another_company_is_not_there_and_stays_as_it_is(
    afas: Linked, do: str, state: str
) -> None:
    theirs = AfasDocumentFactory(company=CompanyFactory(), **{state: True})
    before = AfasDocument.objects.filter(pk=theirs.pk).values().get()
    assert afas.program.get(at(theirs)).status_code == 404
    assert afas.program.post(at(theirs, do), BODIES[do]).status_code == 404
    assert AfasDocument.objects.filter(pk=theirs.pk).values().get() == before


@pytest.mark.parametrize("do", BODIES)
def test_without_right_or_scope_a_document_stays_as_it_is(
    afas: Linked, program: Callable[..., Any], company: Company, do: str
) -> None:
    document = AfasDocumentFactory(company=company, rejected=True)
    before = AfasDocument.objects.filter(pk=document.pk).values().get()
    member = program(MembershipFactory(company=company, role=Role.MEMBER))
    reader = program(afas.biller, "afas:read")
    assert member.get(at(document)).status_code == 403
    assert reader.get(at(document)).status_code == 200
    for one in (member, reader):
        assert one.post(at(document, do), BODIES[do]).status_code == 403
    assert AfasDocument.objects.filter(pk=document.pk).values().get() == before


@pytest.mark.parametrize("do", BODIES)
def test_whoever_saw_another_version_changes_nothing(
    afas: Linked, company: Company, do: str
) -> None:
    document = AfasDocumentFactory(company=company, rejected=True)
    before = AfasDocument.objects.filter(pk=document.pk).values().get()
    answer = afas.program.post(at(document, do), BODIES[do], If_Match='"old"')
    assert answer.status_code == 412
    assert AfasDocument.objects.filter(pk=document.pk).values().get() == before


@pytest.mark.parametrize(
    ("do", "words"),
    [
        ("cancel", "Say why, so that a colleague understands it later."),
        ("undo", "Say why, so that a colleague understands it later."),
        ("give_up", "Say what you looked at, so that a colleague understands it later."),
        ("it_is_not_there", "Say what you looked at, so that a colleague understands it later."),
    ],
)
@pytest.mark.parametrize("reason", [{}, {"reason": " "}, {"reason": None}])
def test_without_a_reason_it_is_refused_in_the_words_of_the_page(
    afas: Linked, company: Company, do: str, words: str, reason: dict[str, Any]
) -> None:
    document = AfasDocumentFactory(company=company, unknown=True)
    answer = afas.program.post(at(document, do), {"way": "corrected", **reason})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "reason", "detail": words}]

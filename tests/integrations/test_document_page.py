"""The page of a document in every state: its story, its life, both bodies, and who may mend it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, Right, User
from integrations.models import AfasDocument, Asks, State
from integrations.services import looking_again, undoing
from tests.conftest import CompanyClient
from tests.factories import (
    A_TOKEN,
    AfasAttemptFactory,
    AfasDocumentFactory,
    MembershipFactory,
    PersonTaskFactory,
)
from tests.integrations.doubt import World, now_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
HTMX = {"HX-Request": "true"}
STATES = ("waiting", "queued", "sending", "confirmed", "rejected", "unknown", "cancelled", "undone")


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


def address_of(document: AfasDocument) -> str:
    return reverse("afas_document", args=[document.pk])


def page_of(browser: CompanyClient, document: AfasDocument) -> str:
    answer = browser.get(address_of(document))
    assert answer.status_code == 200
    return str(answer.content.decode())


def made(company: Company, state: str, **fields: Any) -> AfasDocument:
    document: AfasDocument = AfasDocumentFactory(
        company=company, **({state: True} if state != "queued" else {}), **fields
    )
    return document


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("of_customer", [False, True])
def test_every_state_has_its_page_in_both_languages(
    state: str, of_customer: bool, language: str, browser: CompanyClient, biller: User
) -> None:
    fields = {"of_customer": True, "order_number": ""} if of_customer else {}
    if of_customer and state == "confirmed":
        fields["debtor_number"] = "10001"
    document = made(browser.company, state, **fields)
    biller.language = language
    biller.save()
    page = page_of(browser, document)
    assert document.reference in page
    assert f'<html lang="{language}"' in page


def test_the_life_of_a_document_is_told_in_order(world: World, browser: CompanyClient) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful("hang_up_before_commit")
    world.minutes(3)
    page = page_of(browser, document)
    told = ("Made", "Sent to AFAS, attempt 1", "No answer that proves anything")
    told += ("Looked up: not found", "Next look-up, on its own", "Earliest moment to conclude")
    places = [page.find(words) for words in told]
    assert -1 not in places
    assert places == sorted(places)
    assert "No answer came; unknown from here on" not in page  # the attempt says so
    world.minutes(20)
    page = page_of(browser, document)
    assert "It is certain that AFAS does not have it" in page
    assert "Sent to AFAS, attempt 2" in page or "Queued" in page


def test_a_crash_before_the_answer_is_told_by_the_sweep(
    world: World, browser: CompanyClient
) -> None:
    document, _hours = world.bill_hours()
    AfasDocument.objects.update(
        state=State.SENDING, attempts=1, sending_since=timezone.now() - timedelta(minutes=6)
    )
    world.minutes(1)
    assert "No answer came; unknown from here on" in page_of(browser, document)


def test_both_bodies_are_shown_without_secrets(browser: CompanyClient) -> None:
    document = made(browser.company, "rejected")
    AfasAttemptFactory(
        company=browser.company,
        document=document,
        number=1,
        request_body='{"FbDirectInvoice":{"Note":"' + A_TOKEN.replace('"', "") + '"}}',
        response_body='{"externalMessage":"no","password":"geheim123"}',
        status=500,
    )
    page = page_of(browser, document)
    assert "&quot;FbDirectInvoice&quot;: {" in page  # in lines, not as one
    assert "HTTP 500" in page
    assert "0123456789ABCDEF" not in page
    assert "geheim123" not in page
    assert page.count("••••") >= 2


def test_a_body_that_is_no_json_is_shown_as_it_came_and_a_long_one_is_cut(
    browser: CompanyClient,
) -> None:
    document = made(browser.company, "unknown")
    fields = {"company": browser.company, "document": document}
    AfasAttemptFactory(**fields, number=1, response_body="<html>Proxy error</html>")
    AfasAttemptFactory(**fields, number=2, request_body="y" * 30_000)
    page = page_of(browser, document)
    assert "&lt;html&gt;Proxy error&lt;/html&gt;" in page
    assert "30000 characters in all" in page
    assert "y" * 20_001 not in page


def test_a_known_refusal_is_our_sentence_and_theirs_is_folded(browser: CompanyClient) -> None:
    document = made(
        browser.company,
        "rejected",
        problem="debtor_blocked",
        message="Debiteur 10001 is geblokkeerd.",
        log_reference="7F3A90D1",
    )
    page = page_of(browser, document)
    assert "Debtor 10001 is blocked in AFAS" in page
    fold = page[page.index("What AFAS said") :]
    assert fold.index("Debiteur 10001 is geblokkeerd.") < fold.index("7F3A90D1")


def test_a_reason_of_ours_is_not_called_what_afas_said(browser: CompanyClient) -> None:
    told = {"message": "Wrong month", "log_reference": "7F3A90D1", "attempts": 1}
    assert "What AFAS said" not in page_of(browser, made(browser.company, "cancelled", **told))
    ours = {"problem": "look_alike", "message": "A debtor looks like this customer."}
    assert "What AFAS said" not in page_of(browser, made(browser.company, "rejected", **ours))


def test_an_unknown_refusal_is_what_afas_said(browser: CompanyClient) -> None:
    document = made(browser.company, "rejected", problem="refused", message="Iets raars.")
    assert "AFAS says: “Iets raars.”" in page_of(browser, document)


def test_who_may_not_mend_the_cause_is_told_who_may(
    world: World, browser: CompanyClient, biller: User
) -> None:
    document, _hours = world.bill_hours()
    owner = MembershipFactory(
        company=browser.company, user__name="Ada Admin", rights=list(Right.values)
    )
    AfasDocument.objects.update(
        state=State.REJECTED,
        attempts=1,
        problem="item_unknown",
        message="De ingevulde waarde bij 'Itemcode' bestaat niet.",
    )
    page = page_of(browser, document)
    assert reverse("afas_settings") not in page
    assert "Ada Admin" in page
    admin = CompanyClient(browser.company)
    admin.force_login(owner.user)
    page = page_of(admin, document)
    assert f'href="{reverse("afas_settings")}#items"' in page
    assert "an administrator can do that" not in page


def test_what_afas_shows_stands_beside_what_we_sent(world: World, browser: CompanyClient) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    world.change_in_afas(world.in_afas()[-1]["number"], DbId="10002")
    world.minutes(2)
    page = page_of(browser, now_of(document))
    assert now_of(document).asks == Asks.DIFFERS
    assert 'id="compare"' in page
    compared = page[page.index('id="compare"') :]
    assert "10001" in compared[: compared.index("</table>")]
    assert "10002" in compared[: compared.index("</table>")]


def test_a_page_that_follows_gets_nothing_until_something_changed(
    world: World, browser: CompanyClient
) -> None:
    document, _hours = world.bill_hours()
    page = page_of(browser, document)
    (seen,) = {part.split('"')[0] for part in page.split("seen=")[1:]}
    assert 'hx-trigger="every 2s"' in page
    address = f"{address_of(document)}?seen={seen}"
    assert browser.get(address, headers=HTMX).status_code == 204
    AfasDocument.objects.update(state=State.CONFIRMED, order_number="70000001")
    answer = browser.get(address, headers=HTMX)
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert b"70000001" in answer.content
    AfasDocument.objects.update(followed_up_at=timezone.now())
    assert "hx-trigger" not in page_of(browser, document)
    assert browser.get(address).status_code == 200  # a person always gets the page


@pytest.mark.parametrize(
    ("state", "fields", "every"),
    [
        ("queued", {}, "every 2s"),
        ("sending", {}, "every 2s"),
        ("unknown", {"next_look_at": timezone.now()}, "every 10s"),
        ("unknown", {"asks": Asks.NO_LOOK_UP}, ""),
        ("rejected", {}, ""),
        ("cancelled", {}, ""),
    ],
)
def test_only_what_moves_is_followed(
    state: str, fields: dict[str, Any], every: str, browser: CompanyClient
) -> None:
    page = page_of(browser, made(browser.company, state, **fields))
    assert (every in page) if every else ("hx-trigger" not in page)


def test_a_confirmed_one_offers_to_undo_it_and_shows_its_deletion(
    world: World, browser: CompanyClient, biller: User
) -> None:
    document, _hours = world.confirmed()
    page = page_of(browser, document)
    assert reverse("afas_undo", args=[document.pk]) in page
    assert "€ 100,00 is invoiced in AFAS." in page.replace("\u00a0", " ")
    deletion = undoing.delete_in_afas(document=document, reason="twice", by=biller)
    page = page_of(browser, document)
    assert address_of(deletion) in page
    assert "until it is certain that AFAS deleted it" in page
    assert address_of(document) in page_of(browser, deletion)


def test_its_open_tasks_stand_on_its_page(browser: CompanyClient) -> None:
    task = PersonTaskFactory(company=browser.company)
    page = page_of(browser, task.document)
    assert task.key in page
    assert reverse("afas_task_settle", args=[task.pk]) in page
    settle = reverse("afas_task_settle", args=[task.pk])
    answer = browser.post(settle, {"note": "Deleted", "back": "document"})
    assert answer["Location"] == address_of(task.document)


def test_what_was_confirmed_but_never_seen_can_be_looked_for(
    world: World, browser: CompanyClient, biller: User
) -> None:
    document, _hours = world.confirmed()
    world.prove_look_up()
    AfasDocument.objects.filter(pk=document.pk).update(asks=Asks.UNSEEN)
    assert "it is not certain that AFAS still has it" in page_of(browser, document)
    said = looking_again.look_again(document=now_of(document), by=biller)
    assert said == f"AFAS has it: {document.order_number}."
    assert (now_of(document).asks, now_of(document).seen_at is None) == ("", False)


def test_a_document_that_was_kept_from_before_look_ups_were_told_has_a_page(
    browser: CompanyClient,
) -> None:
    odd = [{"at": "yesterday"}, {"at": None}, {"at": timezone.now().isoformat(), "shown": "?"}]
    document = made(browser.company, "unknown", detail={"looks": odd})
    assert "Looked up" in page_of(browser, document)

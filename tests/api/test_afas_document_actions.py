"""What a program does with one document, on behalf of its person, as the page of it does."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company, Membership
from core.models import AuditEvent
from integrations.models import AfasDocument, CustomerLink, Intention, ItemLink, Kind, State
from integrations.services import clients, rhythm, sending
from integrations.services.rhythm import AFAS_WORKS_FOR, MARGIN
from registration.models import BillingStatus
from tests.api.conftest import Program
from tests.api.linked import Linked, at
from tests.factories import CustomerFactory
from tests.integrations.booked import Books, again
from tests.integrations.doubt import World, now_of

pytestmark = pytest.mark.django_db(transaction=True)
NOT_MADE = "hang_up_before_commit"
LONG_AFTER = (AFAS_WORKS_FOR + MARGIN).total_seconds() / 60 + 1


@pytest.fixture
def afas(sandbox: Any, company: Company, monkeypatch: pytest.MonkeyPatch) -> Linked:
    """The company, linked, with deadlines that a test can wait for."""
    short = clients.Limits(connect=2, read=2, total=2, tries=1)
    for name in ("WRITES", "READS", "LOOKS"):
        monkeypatch.setattr(clients, name, short)
    return Linked.ready(sandbox, company)


@pytest.fixture
def world(afas: Linked, monkeypatch: pytest.MonkeyPatch) -> World:
    """Time and doubt."""
    made = afas.world
    monkeypatch.setattr(rhythm, "monotonic", lambda: made.monotonic)
    return made


# ---- Refused: try again, or give up


def test_a_retry_takes_what_is_right_by_now_and_is_watched(afas: Linked) -> None:
    ItemLink.objects.update(code="NO-SUCH-ITEM")
    document = afas.document(afas.invoice(afas.hours()))
    sending.send_due()
    ItemLink.objects.update(code="UREN-ALG")
    seen = afas.program.get(at(document))["ETag"]
    answer = afas.program.post(at(document, "retry"), If_Match=seen)
    assert answer.status_code == 202
    assert (answer.json()["state"], answer["Location"]) == ("queued", answer.json()["url"])
    sending.send_due()
    assert now_of(document).state == State.CONFIRMED
    again = afas.program.post(at(document, "retry"))
    assert again.status_code == 409
    assert "is not refused any more" in again.json()["detail"]


def test_what_is_cancelled_is_unbilled_again(afas: Linked) -> None:
    (hour,) = afas.hours()
    document = afas.document(afas.invoice([hour]))
    answer = afas.program.post(at(document, "cancel"), {"reason": "Wrong month"})
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    hour.refresh_from_db()
    assert hour.billing == BillingStatus.UNBILLED
    assert AuditEvent.objects.get(action="afas_document.cancelled").by == afas.biller.user


def test_what_afas_may_have_is_not_cancelled(world: World, afas: Linked) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    answer = afas.program.post(at(document, "cancel"), {"reason": "r"})
    assert answer.status_code == 409
    assert "AFAS may hold it already" in answer.json()["detail"]
    assert now_of(document).state == State.UNKNOWN


def test_a_customer_is_linked_with_a_debtor_that_looks_alike(afas: Linked) -> None:
    document = _alike(afas)
    shown = afas.program.get(at(document)).json()
    assert shown["actions"]["choose"]
    number = shown["alike"][0]["number"]
    wrong = afas.program.post(at(document, "link"), {"debtor_number": "99999"})
    assert (wrong.status_code, now_of(document).state) == (409, State.REJECTED)
    answer = afas.program.post(at(document, "link"), {"debtor_number": number})
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert CustomerLink.objects.get(customer=document.customer).debtor_number == number


def test_a_customer_that_is_another_is_made_anyway(afas: Linked) -> None:
    document = _alike(afas)
    answer = afas.program.post(at(document, "create_anyway"))
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    sending.send_due()
    assert now_of(document).state == State.CONFIRMED


def _alike(afas: Linked) -> AfasDocument:
    """A new debtor that AFAS may have under another number."""
    CustomerLink.objects.all().delete()
    type(afas.customer).objects.update(number="")
    debtors = afas.sandbox.state()["debtors"]
    kvk = next(one["ChOfCommNr"] for one in debtors if one["ChOfCommNr"])
    newcomer = CustomerFactory(
        company=afas.connection.company,
        number="",
        name="Studio Noorderlicht V.O.F.",
        kvk_number=kvk,
        street="Grote Markt",
        house_number="3",
        postcode="9712 HN",
        city="Groningen",
        country="NL",
    )
    run = afas.invoice(afas.hours(customer=newcomer))
    sending.send_due()
    document = AfasDocument.objects.get(run=run, kind=Kind.CUSTOMER)
    assert document.problem == "look_alike"
    return document


# ---- Unknown: look, or say


def test_looking_again_says_what_was_seen(world: World, afas: Linked) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful()
    answer = afas.program.post(at(document, "look_again"))
    assert answer.status_code == 200
    assert answer.json()["seen"]
    assert answer["ETag"] == afas.program.get(at(document))["ETag"]
    assert AuditEvent.objects.filter(action="afas_document.look_asked").exists()


def test_what_cannot_be_looked_up_says_why(world: World, afas: Linked) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    shown = afas.program.get(at(document)).json()
    answer = afas.program.post(at(document, "look_again"))
    assert answer.status_code == 409
    assert answer.json()["detail"] == shown["actions"]["why_not_look_again"]
    assert "is not granted, or not tested yet" in answer.json()["detail"]


def test_what_somebody_found_counts_at_once(world: World, afas: Linked) -> None:
    document, _hours = world.doubtful()
    number = world.in_afas()[-1]["header"].get("OrNu") or "70000001"
    answer = afas.program.post(at(document, "it_is_there"), {"number": number})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["order_number"]) == ("confirmed", number)
    assert AuditEvent.objects.get(action="afas_document.found").by == afas.biller.user


@pytest.mark.parametrize("body", [{}, {"number": ""}, {"number": "x" * 17}])
def test_a_number_that_is_none_is_refused(world: World, afas: Linked, body: Any) -> None:
    document, _hours = world.doubtful()
    answer = afas.program.post(at(document, "it_is_there"), body)
    assert answer.status_code == 409
    assert "Type the number as AFAS shows it" in answer.json()["detail"]
    assert now_of(document).state == State.UNKNOWN


def test_absence_is_not_believed_before_the_quiet_time(world: World, afas: Linked) -> None:
    document, _hours = world.doubtful(NOT_MADE)
    for do in ("it_is_not_there", "give_up"):
        answer = afas.program.post(at(document, do), {"reason": "looked"})
        assert answer.status_code == 409
        assert "may still be working on it" in answer.json()["detail"]
    assert now_of(document).state == State.UNKNOWN


def test_absence_is_believed_after_it(world: World, afas: Linked) -> None:
    first, (hour,) = world.doubtful(NOT_MADE)
    world.minutes(int(LONG_AFTER))
    answer = afas.program.post(at(first, "it_is_not_there"), {"reason": "looked"})
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    sending.send_due()
    assert now_of(first).state == State.CONFIRMED
    second, (hour,) = world.doubtful(NOT_MADE)
    world.minutes(int(LONG_AFTER))
    answer = afas.program.post(at(second, "give_up"), {"reason": "looked"})
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    hour.refresh_from_db()
    assert hour.billing == BillingStatus.UNBILLED


def test_an_early_answer_is_kept_where_absence_can_be_proven(world: World, afas: Linked) -> None:
    world.prove_look_up()
    document, _hours = world.doubtful(NOT_MADE)
    answer = afas.program.post(at(document, "give_up"), {"reason": "looked"})
    assert answer.status_code == 202
    shown = answer.json()
    assert (shown["state"], shown["intention"]) == ("unknown", Intention.CANCEL)
    assert shown["intention_by"] == afas.biller.user.name


# ---- In AFAS: undo


def test_what_was_corrected_there_is_unbilled(world: World, afas: Linked) -> None:
    document, hours = world.invoiced()
    shown = afas.program.get(at(document))
    assert shown.json()["undoable"]["why_not_delete"] == ""
    body = {"way": "corrected", "reason": "Wrong customer", "number": "C-1"}
    answer = afas.program.post(at(document, "undo"), body, If_Match=shown["ETag"])
    assert (answer.status_code, answer.json()["state"]) == (200, "undone")
    hours[0].refresh_from_db()
    assert hours[0].billing == BillingStatus.UNBILLED
    late = afas.program.post(at(document, "undo"), body)
    assert late.status_code == 409
    assert "nobody undid" in late.json()["detail"]


def test_some_lines_are_released_alone(world: World, afas: Linked) -> None:
    run = afas.invoice([*afas.hours(), *afas.hours()])
    sending.send_due()
    document = afas.document(run)
    lines = afas.program.get(at(document)).json()["undoable"]["lines"]
    if len(lines) == 1:  # both kinds of work are one line
        pytest.fail("two activities were expected to be two lines")
    body = {"way": "corrected", "reason": "r", "lines": [lines[0]["id"]]}
    whole = afas.program.post(at(document, "undo"), {**body, "way": "delete"})
    assert whole.status_code == 409
    assert "as a whole" in whole.json()["detail"]
    answer = afas.program.post(at(document, "undo"), body)
    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    assert [one["id"] for one in answer.json()["undoable"]["lines"]] == [lines[1]["id"]]
    gone = afas.program.post(at(document, "undo"), body)
    assert gone.status_code == 400
    assert gone.json()["errors"][0]["field"] == "lines"


def test_deleting_is_watched_until_it_is_certain(world: World, afas: Linked) -> None:
    document, hours = world.invoiced()
    body = {"way": "delete", "reason": "Wrong customer"}
    answer = afas.program.post(at(document, "undo"), body)
    assert answer.status_code == 202
    assert answer["Location"] == answer.json()["url"]
    deletion = AfasDocument.objects.get(pk=answer.json()["deletion"])
    assert (deletion.kind, deletion.target) == (Kind.DELETION, document)
    again = afas.program.post(at(document, "undo"), body)
    assert (again.status_code, AfasDocument.objects.filter(kind=Kind.DELETION).count()) == (409, 1)
    sending.send_due()
    assert afas.program.get(at(document)).json()["state"] == "undone"
    hours[0].refresh_from_db()
    assert hours[0].billing == BillingStatus.UNBILLED


@pytest.mark.parametrize(
    ("way", "code", "state"), [("delete", 202, "confirmed"), ("corrected", 200, "undone")]
)
def test_the_booking_of_an_own_invoice_is_reversed(
    sandbox: Any, way: str, code: int, state: str
) -> None:
    books = Books.ready()
    invoice = books.sent(books.hour())
    booking = books.book(invoice)
    desk = Program(Membership.objects.get(user=books.studio.by))
    answer = desk.post(at(booking, "undo"), {"way": way, "reason": "Wrong account"})
    assert (answer.status_code, answer.json()["state"]) == (code, state)
    sending.send_due()
    assert again(booking).state == State.UNDONE
    invoice.refresh_from_db()
    assert invoice.is_sent

"""What must hold when a worker dies, AFAS is half away, or two things happen at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from core.errors import DomainError
from integrations.afas.client import Answer
from integrations.afas.errors import Uncertain
from integrations.models import (
    AfasAttempt,
    AfasConnection,
    AfasDocument,
    CustomerLink,
    InvoicingRun,
    ItemLink,
    ItemUse,
    Kind,
    PersonTask,
    State,
)
from integrations.services import (
    billing,
    claims,
    clients,
    documents,
    following,
    lookalikes,
    sending,
    settling,
    sweeping,
)
from integrations.services.billing import Options
from integrations.templatetags.afas import meaning
from invoicing.models import InvoiceLine
from registration.models import BillingStatus
from relations.models import Customer
from sandbox import seed
from tests.factories import (
    ActivityFactory,
    AfasConnectionFactory,
    AfasDocumentFactory,
    CompanyFactory,
    CustomerFactory,
    HourFactory,
)
from tests.integrations.conftest import DAY, text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
LATER = timedelta(minutes=2)


def the(run: InvoicingRun, kind: str = Kind.DIRECT_INVOICE) -> AfasDocument:
    return AfasDocument.objects.get(run=run, kind=kind)


def time_passes(by: timedelta = LATER) -> None:
    """Everything queued is due, every attempt is a while ago."""
    AfasDocument.objects.filter(state=State.QUEUED).update(not_before=F("not_before") - by)
    AfasAttempt.objects.filter(finished_at__isnull=False).update(finished_at=F("finished_at") - by)


def answered(document: AfasDocument, **outcome: Any) -> AfasAttempt:
    """Claimed and sent; the proof was stored and then the worker died."""
    claimed = claims.claim(document.pk)
    assert claimed
    attempt = sending.open_attempt(claimed)
    settling.keep_proof(attempt, sending.Outcome(**outcome))
    return attempt


# ---- Proof is never dropped


def test_a_key_whose_worker_died_before_settling_confirms_the_document(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    hours = hours_for(bakery)
    document = the(bill(hours))
    answered(document, proof=sending.Proof.DONE, keys={"order_number": "70000999"})
    sweeping.sweep()
    assert text_of(document, "state") == State.SENDING  # its worker may still be at it

    time_passes()
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(minutes=6))
    sweeping.sweep()

    assert text_of(document, "state") == State.CONFIRMED
    assert text_of(document, "order_number") == "70000999"
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED
    assert not text_of(document, "ever_unknown")
    sweeping.sweep()
    assert not PersonTask.objects.exists()


def test_a_key_whose_document_was_already_called_unknown_confirms_it(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    document = the(bill(hours_for(bakery)))
    answered(document, proof=sending.Proof.DONE, keys={"order_number": "70000999"})
    settling.make_unknown(AfasDocument.objects.get(pk=document.pk))
    time_passes()
    sweeping.sweep()
    assert text_of(document, "state") == State.CONFIRMED


@pytest.mark.parametrize(
    ("proof", "state"),
    [
        (sending.Proof.REFUSED, State.REJECTED),
        (sending.Proof.NOT_STARTED, State.QUEUED),
        (sending.Proof.DENIED, State.QUEUED),
        (sending.Proof.NOTHING, State.UNKNOWN),
    ],
)
def test_what_a_dead_worker_had_stored_decides(
    proof: sending.Proof, state: State, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    document = the(bill(hours_for(bakery)))
    answered(document, proof=proof, message="Het artikel is geblokkeerd.")
    time_passes()
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(minutes=6))
    sweeping.sweep()
    assert text_of(document, "state") == state
    assert text_of(document, "ever_unknown") == (state == State.UNKNOWN)


def test_one_broken_step_does_not_keep_the_sweep_from_the_others(
    bakery: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = the(bill(hours_for(bakery)))
    claims.claim(document.pk)
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(minutes=6))

    def broken() -> None:
        raise RuntimeError("one poisonous row")

    monkeypatch.setattr(sweeping, "STEPS", (broken, *sweeping.STEPS))
    sweeping.sweep()
    assert text_of(document, "state") == State.UNKNOWN


def test_an_answer_with_a_nul_can_be_stored_and_one_with_an_impossible_key_proves_nothing() -> None:
    """PostgreSQL refuses a NUL in a text, and with it everything that was to be kept."""
    outcome = sending.outcome_of(Uncertain("a\0b", body="<html>\0"))
    assert "\0" not in outcome.body + outcome.message
    long = Answer(201, "", {"OrNu": "9" * 41})
    assert sending._accepted(Kind.DIRECT_INVOICE, long).proof is sending.Proof.NOTHING


# ---- Before the POST nothing is unknown, and nothing goes round and round


def test_a_failure_of_our_own_before_the_post_leaves_the_document_queued(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bill(hours_for(newcomer))

    def broken(*_args: object) -> bool:
        raise RuntimeError("database away")

    monkeypatch.setattr(lookalikes, "settle_by_reading", broken)
    with pytest.raises(RuntimeError):
        sending.send_due()
    document = the(run, Kind.CUSTOMER)
    assert document.state == State.QUEUED
    assert not document.ever_unknown
    assert document.not_before > timezone.now()


def test_reading_that_outlasts_the_claim_ends_the_round(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bill(hours_for(newcomer))
    rounds = []

    def slow(_client: object, document: AfasDocument) -> bool:
        rounds.append(document)
        assert len(rounds) < 5, "it goes round and round"
        AfasDocument.objects.update(sending_since=timezone.now() - timedelta(seconds=61))
        return False

    monkeypatch.setattr(lookalikes, "settle_by_reading", slow)
    assert sending.send_due() == 0
    assert len(rounds) == 1
    assert the(run, Kind.CUSTOMER).state == State.QUEUED


def test_four_questions_to_afas_fit_into_the_life_of_a_claim() -> None:
    assert 4 * clients.LOOKS.total < claims.CLAIM_LIFETIME.total_seconds()


def test_a_401_while_metainfo_is_away_does_not_go_round_and_round(
    sandbox: Any,
    bakery: Customer,
    hours_for: Make,
    bill: Make,
    connection: AfasConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = bill(hours_for(bakery))
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "update": []})
    sandbox.order(
        "setting", {"environment": "12345", "name": "not_granted_answers_401", "value": True}
    )
    sandbox.fault("unavailable_bare", environment="12345", connector="metainfo", times=50)
    posts, real = [], sending.post

    def counted(*args: Any) -> sending.Outcome:
        posts.append(args)
        assert len(posts) < 10, "it goes round and round"
        return real(*args)

    monkeypatch.setattr(sending, "post", counted)
    sending.send_due()
    document = the(run)
    assert document.state == State.QUEUED
    assert document.attempts == 2
    assert document.not_before > timezone.now() + timedelta(seconds=30)
    assert text_of(connection, "paused_at") is None


@pytest.mark.parametrize("answers_401", [False, True])
def test_a_connector_that_may_not_be_read_refuses_the_new_debtor_and_pauses_nothing(
    answers_401: bool,
    sandbox: Any,
    newcomer: Customer,
    hours_for: Make,
    bill: Make,
    connection: AfasConnection,
) -> None:
    run = bill(hours_for(newcomer))
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "get": []})
    sandbox.order(
        "setting", {"environment": "12345", "name": "not_granted_answers_401", "value": answers_401}
    )
    sending.send_due()
    document = the(run, Kind.CUSTOMER)
    assert (document.state, document.problem) == (State.REJECTED, "connector_missing")
    assert text_of(connection, "paused_at") is None
    assert len(sandbox.state()["debtors"]) == 40


# ---- One customer, one debtor


def test_work_billed_between_confirmation_and_link_waits_for_the_same_debtor(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(sandbox.state()["debtors"])
    first = bill(hours_for(newcomer))
    with monkeypatch.context() as patch:
        patch.setattr(following, "follow_up", lambda _pk: False)  # the worker died just here
        assert sending.send_next("12345")
        second = bill(hours_for(newcomer))
    assert AfasDocument.objects.filter(kind=Kind.CUSTOMER).count() == 1

    sweeping.sweep()
    sending.send_due()
    assert {the(first).state, the(second).state} == {State.CONFIRMED}
    assert len(sandbox.state()["debtors"]) == before + 1


def test_a_new_debtor_is_not_created_for_a_customer_that_was_linked_meanwhile(
    sandbox: Any, company: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    before = len(sandbox.state()["debtors"])
    run = bill(hours_for(newcomer))
    CustomerLink.objects.create(
        company=company, environment="12345", customer=newcomer, debtor_number="10001"
    )
    sending.send_due()
    assert len(sandbox.state()["debtors"]) == before
    document = the(run, Kind.CUSTOMER)
    assert (document.state, document.problem) == (State.CANCELLED, "linked")
    assert "not in AFAS" not in meaning(document)
    assert the(run).state == State.CONFIRMED


@pytest.mark.parametrize("who", ["another company", "we ourselves"])
def test_what_was_created_just_now_is_not_created_again_before_afas_shows_it(
    who: str, sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    """AFAS shows a new debtor after a while; spaces in a postcode make no other organisation."""
    other = newcomer
    if who == "another company":
        other = CustomerFactory(
            company=CompanyFactory(), name="Studio Noorderlicht VOF", postcode="9712HN"
        )
    AfasDocumentFactory(
        company=other.company,
        of_customer=True,
        customer=other,
        confirmed=True,
        order_number="",
        debtor_number="99001",
        followed_up_at=timezone.now(),
    )
    before = len(sandbox.state()["debtors"])
    run = bill(hours_for(newcomer))
    sending.send_due()
    document = AfasDocument.objects.get(run=run, kind=Kind.CUSTOMER)
    assert (document.state, document.problem) == (State.REJECTED, "look_alike")
    assert len(sandbox.state()["debtors"]) == before


def test_a_debtor_made_for_a_customer_that_is_another_debtor_by_now_goes_to_a_person(
    company: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    document = claims.claim(the(bill(hours_for(newcomer)), Kind.CUSTOMER).pk)
    assert document
    CustomerLink.objects.create(
        company=company, environment="12345", customer=newcomer, debtor_number="10001"
    )
    outcome = sending.Outcome(proof=sending.Proof.DONE, keys={"debtor_number": "50001"})
    settling.settle(document, sending.open_attempt(document), outcome)
    assert text_of(document, "state") == State.CONFIRMED
    task = PersonTask.objects.get()
    assert (task.what, task.key) == (PersonTask.What.MERGE, "50001")


def test_an_invoice_whose_debtor_turned_out_to_be_of_another_customer_is_refused_not_silent(
    company: Any, bakery: Customer, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(newcomer))
    document = claims.claim(the(run, Kind.CUSTOMER).pk)
    assert document
    outcome = sending.Outcome(proof=sending.Proof.DONE, keys={"debtor_number": "10001"})
    settling.settle(document, sending.open_attempt(document), outcome)
    assert PersonTask.objects.get().what == PersonTask.What.MERGE
    assert the(run).state == State.REJECTED
    assert CustomerLink.objects.get(debtor_number="10001").customer == bakery


def test_following_up_twice_does_it_once(bakery: Customer, hours_for: Make, bill: Make) -> None:
    hours = hours_for(bakery)
    document = the(bill(hours))
    sending.send_due()
    version = text_of(hours[0], "version")
    assert following.follow_up(document.pk)
    assert text_of(hours[0], "version") == version


# ---- What a person does


def test_a_retry_keeps_the_item_of_a_line_that_holds_several_activities(
    company: Any, connection: AfasConnection, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    """Two activities on one revenue account are one line; the default item is of another."""
    first = hours_for(bakery)[0]
    second = HourFactory(
        company=company, project=first.project, date=DAY, activity=ActivityFactory(company=company)
    )
    for hour in (first, second):
        ItemLink.objects.create(
            company=company,
            environment="12345",
            use=ItemUse.ACTIVITY,
            activity=hour.activity,
            kind="1",
            code="UREN-SEN",
            unit="uur",
        )
    document = the(bill([first, second], grouping="one"))
    line = InvoiceLine.objects.get()
    assert (line.activity_id, line.item_code) == (None, "UREN-SEN")

    AfasDocument.objects.update(state=State.REJECTED, message="refused")
    documents.retry(document=the(document.run), by=document.created_by)
    assert InvoiceLine.objects.get().item_code == "UREN-SEN"

    AfasDocument.objects.update(state=State.REJECTED, message="refused")
    ItemLink.objects.filter(use=ItemUse.ACTIVITY).update(code="UREN-JUN")
    documents.retry(document=the(document.run), by=document.created_by)
    assert InvoiceLine.objects.get().item_code == "UREN-JUN"
    assert "UREN-JUN" in text_of(document, "payload")


def test_a_document_of_a_closed_link_is_not_retried_but_cancelled(
    connection: AfasConnection, bakery: Customer, hours_for: Make, bill: Make, biller: Any
) -> None:
    hours = hours_for(bakery)
    run = bill(hours)
    AfasDocument.objects.update(state=State.REJECTED)
    AfasConnection.objects.update(closed_at=timezone.now())
    with pytest.raises(DomainError, match="closed"):
        documents.retry(document=the(run), by=biller)
    assert the(run).state == State.REJECTED
    documents.cancel(document=the(run), by=biller, reason="linked elsewhere")
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED


def test_a_link_that_is_closed_while_customers_are_billed_gets_no_more_documents(
    connection: AfasConnection,
    bakery: Customer,
    hours_for: Make,
    selected: Make,
    biller: Any,
) -> None:
    hours = hours_for(bakery)
    selection = selected(hours)
    options = Options(invoice_date=DAY)
    check = billing.check_selection(connection=connection, selection=selection, options=options)
    AfasConnection.objects.update(closed_at=timezone.now())
    run = billing._run(connection, selection, check, biller)
    assert not AfasDocument.objects.exists()
    assert [one["customer"] for one in run.refusals] == [bakery.name]
    assert text_of(hours[0], "billing") == BillingStatus.UNBILLED


def test_a_run_that_broke_off_says_which_customers_were_not_reached(
    bakery: Customer,
    newcomer: Customer,
    hours_for: Make,
    bill: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, real = [], documents.make_direct_invoice

    def breaks_off(**fields: Any) -> AfasDocument:
        if made:
            raise KeyboardInterrupt  # as a killed process: nothing of ours gets to answer
        made.append(fields)
        return real(**fields)

    monkeypatch.setattr(documents, "make_direct_invoice", breaks_off)
    both = hours_for(bakery) + hours_for(newcomer)
    with pytest.raises(KeyboardInterrupt):
        bill(both)
    run = InvoicingRun.objects.get()
    assert [one["customer"] for one in run.refusals] == [newcomer.name]
    assert [text_of(hour, "billing") for hour in both] == ["reserved", "unbilled"]


def test_a_confirmation_without_anything_to_bill_uses_up_no_selection(
    connection: AfasConnection, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    Customer.objects.filter(pk=bakery.pk).update(blocked=True)
    with pytest.raises(DomainError, match="nothing was made"):
        bill(hours_for(bakery))
    assert not InvoicingRun.objects.exists()


# ---- Sentences tell the truth about the money


def test_a_queued_document_does_not_promise_to_go_out_over_a_paused_or_closed_link() -> None:
    assert "in a moment" in meaning(AfasDocumentFactory())
    paused = AfasDocumentFactory(connection=AfasConnectionFactory(paused=True))
    assert "paused" in meaning(paused)
    closed = AfasDocumentFactory(connection=AfasConnectionFactory(closed=True))
    assert "closed" in meaning(closed)


def test_a_refusal_after_an_unanswered_attempt_does_not_say_that_nothing_was_booked() -> None:
    assert "Nothing was booked" in meaning(AfasDocumentFactory(rejected=True))
    assert "may hold it" in meaning(AfasDocumentFactory(rejected=True, ever_unknown=True))


def test_a_cancelled_document_that_got_a_number_is_not_said_to_be_missing_in_afas() -> None:
    document = AfasDocumentFactory(cancelled=True)
    assert "not in AFAS" in meaning(document)
    PersonTask.objects.create(
        company=document.company, what=PersonTask.What.TWICE, document=document, key="70000999"
    )
    assert "gave a number" in meaning(document)

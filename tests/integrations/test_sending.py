"""A document reaches AFAS once, or waits, or is unknown; never twice. Over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.models import (
    AfasAttempt,
    AfasConnection,
    AfasDocument,
    CustomerLink,
    InvoicingRun,
    Kind,
    PersonTask,
    State,
)
from integrations.services import claims, outcomes, pausing, sending, settling, sweeping
from registration.models import BillingStatus, Hour
from relations.models import Customer
from sandbox import seed
from tests.integrations.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]


def the(run: InvoicingRun, kind: str = Kind.DIRECT_INVOICE) -> AfasDocument:
    """The document of a run."""
    return AfasDocument.objects.get(run=run, kind=kind)


def in_afas(sandbox: Any, environment: str = "12345") -> list[dict[str, Any]]:
    """The direct invoices that AFAS holds."""
    found: list[dict[str, Any]] = sandbox.state(environment)["invoices"]
    return found


def test_an_invoice_arrives_once_and_its_number_comes_back(
    sandbox: Any, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    hours = hours_for(bakery, 3)
    run = bill(hours)
    assert the(run).state == State.QUEUED

    assert sending.send_due() == 1

    document = the(run)
    assert document.state == State.CONFIRMED
    assert [one["number"] for one in in_afas(sandbox)] == [document.order_number]
    assert document.reference in in_afas(sandbox)[0]["header"]["RfCs"]
    assert {text_of(hour, "billing") for hour in hours} == {BillingStatus.INVOICED}
    assert document.order_number in text_of(hours[0], "invoice_label")
    assert sending.send_due() == 0
    assert len(in_afas(sandbox)) == 1


def test_a_lost_answer_leaves_the_document_unknown_and_it_is_never_sent_again(
    sandbox: Any, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    hours = hours_for(bakery)
    run = bill(hours)
    sandbox.fault("commit_then_hang_up", environment="12345")

    sending.send_due()

    assert the(run).state == State.UNKNOWN
    assert the(run).ever_unknown
    for _ in range(3):
        AfasDocument.objects.update(not_before=timezone.now() - timedelta(hours=1))
        sweeping.sweep()
        sending.send_due()
    assert the(run).state == State.UNKNOWN
    assert len(in_afas(sandbox)) == 1
    assert text_of(hours[0], "billing") == BillingStatus.RESERVED


@pytest.mark.parametrize("fault", ["hang_up_before_commit", "unavailable_bare", "rubbish", "slow"])
def test_what_proves_nothing_is_unknown(
    fault: str, sandbox: Any, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(bakery))
    details = {"seconds": 4} if fault == "slow" else {}
    sandbox.fault(fault, environment="12345", connector="FbDirectInvoice", **details)
    sending.send_due()
    assert the(run).state == State.UNKNOWN


@pytest.mark.parametrize("fault", ["unavailable", "locked"])
def test_what_provably_did_not_start_goes_back_to_the_queue_and_arrives_later(
    fault: str, sandbox: Any, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(bakery))
    sandbox.fault(fault, environment="12345", connector="FbDirectInvoice")
    sending.send_due()
    document = the(run)
    assert document.state == State.QUEUED
    assert document.not_before > timezone.now() + timedelta(seconds=30)
    assert not document.ever_unknown

    AfasDocument.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    sending.send_due()
    assert the(run).state == State.CONFIRMED
    assert len(in_afas(sandbox)) == 1


def test_an_afas_that_cannot_be_reached_keeps_everything_queued(
    settings: Any, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    first, second = bill(hours_for(bakery)), bill(hours_for(bakery))
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}/ProfitRestServices"
    assert sending.send_due() == 0
    assert {the(first).state, the(second).state} == {State.QUEUED}
    assert the(second).not_before > timezone.now()
    assert the(second).attempts == 0


def test_a_refusal_keeps_afas_sentence_and_the_others_go_on(
    sandbox: Any, bakery: Customer, company: Any, hours_for: Make, bill: Make
) -> None:
    sandbox.fault("refuse", environment="12345", sentence="Het artikel is geblokkeerd.")
    refused, accepted = bill(hours_for(bakery)), bill(hours_for(bakery))
    assert sending.send_due() == 2
    assert the(refused).state == State.REJECTED
    assert the(refused).message == "Het artikel is geblokkeerd."
    assert the(refused).log_reference
    assert the(accepted).state == State.CONFIRMED


def test_a_revoked_token_pauses_the_connection_and_keeps_the_document(
    sandbox: Any, connection: AfasConnection, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(bakery))
    AfasConnection.objects.filter(pk=connection.pk).update(user_token=seed.REVOKED_TOKEN)
    connection.user_token = seed.REVOKED_TOKEN
    connection.save(update_fields=["user_token"])
    for _ in range(3):
        sending.send_due()
    assert the(run).state == State.QUEUED
    assert text_of(connection, "paused_because") == AfasConnection.Pause.CREDENTIALS

    connection.user_token = seed.LIVE_TOKEN
    connection.save(update_fields=["user_token"])
    pausing.resume(connection, by=None)
    sending.send_due()
    assert the(run).state == State.CONFIRMED
    assert len(in_afas(sandbox)) == 1


def test_a_paused_connection_sends_nothing(
    sandbox: Any, connection: AfasConnection, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(bakery))
    pausing.pause(connection, because=AfasConnection.Pause.PERSON, by=None)
    assert sending.send_due() == 0
    assert sending.send(the(run).pk) is False
    assert in_afas(sandbox) == []
    assert the(run).state == State.QUEUED


def test_a_claim_older_than_a_minute_is_put_back_unsent(
    sandbox: Any, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(bakery))
    claimed = claims.claim(the(run).pk)
    assert claimed
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(seconds=61))
    assert not claims.still_ours(claimed)
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(seconds=30))
    assert claims.still_ours(claimed)


def test_a_claim_does_not_hold_when_the_link_points_elsewhere(
    connection: AfasConnection, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    claimed = claims.claim(the(bill(hours_for(bakery))).pk)
    assert claimed
    AfasConnection.objects.filter(pk=connection.pk).update(administration=2)
    assert not claims.still_ours(claimed)


def test_one_document_is_in_flight_per_environment(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    first, second = the(bill(hours_for(bakery))), the(bill(hours_for(bakery)))
    assert claims.claim(first.pk)
    assert claims.claim(second.pk) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        AfasDocument.objects.filter(pk=second.pk).update(
            state=State.SENDING, sending_since=timezone.now()
        )


def test_a_stale_flight_becomes_unknown_and_a_fresh_one_does_not(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    document = the(bill(hours_for(bakery)))
    claims.claim(document.pk)
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(minutes=5))
    sweeping.sweep()
    assert text_of(document, "state") == State.SENDING
    AfasDocument.objects.update(sending_since=timezone.now() - timedelta(minutes=5, seconds=31))
    sweeping.sweep()
    assert text_of(document, "state") == State.UNKNOWN
    assert sending.send_due() == 0


def test_a_late_key_confirms_a_document_that_was_given_up_as_unknown(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    hours = hours_for(bakery)
    document = claims.claim(the(bill(hours)).pk)
    assert document
    attempt = sending.open_attempt(document)
    settling.make_unknown(document)
    outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys={"order_number": "70000999"})
    settling.keep_proof(attempt, outcome)
    settling.settle(document, attempt, outcome)
    assert text_of(document, "state") == State.CONFIRMED
    assert text_of(hours[0], "billing") == BillingStatus.INVOICED


def test_a_second_key_is_a_task_for_a_person_and_changes_nothing(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    document = claims.claim(the(bill(hours_for(bakery))).pk)
    assert document
    attempt = sending.open_attempt(document)
    for number in ("70000999", "70000999", "70001000"):
        outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys={"order_number": number})
        settling.keep_proof(attempt, outcome)
        settling.settle(document, attempt, outcome)
    assert text_of(document, "order_number") == "70000999"
    assert [task.key for task in PersonTask.objects.all()] == ["70001000"]


def test_a_late_refusal_of_an_earlier_attempt_changes_nothing(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    document = claims.claim(the(bill(hours_for(bakery))).pk)
    assert document
    attempt = sending.open_attempt(document)
    AfasDocument.objects.filter(pk=document.pk).update(attempts=2)
    outcome = outcomes.Outcome(proof=outcomes.Proof.REFUSED, message="too late")
    settling.settle(document, attempt, outcome)
    assert text_of(document, "state") == State.SENDING


def test_a_crash_of_our_own_while_posting_is_unknown_not_lost(
    bakery: Customer, hours_for: Make, bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bill(hours_for(bakery))
    monkeypatch.setitem(sending.CONNECTORS, Kind.DIRECT_INVOICE, "..")
    sending.send_due()
    assert the(run).state == State.UNKNOWN


def test_a_customer_that_afas_lacks_is_created_first_and_gets_its_number(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(newcomer))
    assert the(run).state == State.WAITING

    assert sending.send_due() == 2

    link = CustomerLink.objects.get(customer=newcomer)
    assert text_of(newcomer, "number") == link.debtor_number
    assert the(run).state == State.CONFIRMED
    assert in_afas(sandbox)[0]["header"]["DbId"] == link.debtor_number
    made = [one for one in sandbox.state()["debtors"] if one["DebtorId"] == link.debtor_number]
    assert [one["DebtorName"] for one in made] == ["Studio Noorderlicht V.O.F."]


def test_two_invoices_for_a_newcomer_create_one_debtor(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    before = len(sandbox.state()["debtors"])
    first, second = bill(hours_for(newcomer)), bill(hours_for(newcomer))
    sending.send_due()
    assert len(sandbox.state()["debtors"]) == before + 1
    assert {the(first).state, the(second).state} == {State.CONFIRMED}


def test_a_debtor_that_looks_alike_is_a_question_and_not_a_second_debtor(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    Customer.objects.filter(pk=newcomer.pk).update(kvk_number="34567890")
    before = len(sandbox.state()["debtors"])
    run = bill(hours_for(newcomer))
    sending.send_due()
    asked = the(run, Kind.CUSTOMER)
    assert (asked.state, asked.problem) == (State.REJECTED, "look_alike")
    assert "10001" in asked.message
    assert the(run).state == State.WAITING
    assert len(sandbox.state()["debtors"]) == before
    assert AfasAttempt.objects.get(document=asked).outcome == "settled_by_reading"


def test_same_number_and_name_is_linked_without_a_new_debtor(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    Customer.objects.filter(pk=newcomer.pk).update(
        number="10001", name="Bakkerij De Gouden Aar B.V.", kvk_number="", vat_number=""
    )
    before = len(sandbox.state()["debtors"])
    run = bill(hours_for(newcomer))
    sending.send_due()
    assert CustomerLink.objects.get(customer=newcomer).debtor_number == "10001"
    assert the(run).state == State.CONFIRMED
    assert len(sandbox.state()["debtors"]) == before


def test_a_lost_answer_about_a_customer_keeps_its_invoice_waiting(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    run = bill(hours_for(newcomer))
    sandbox.fault("commit_then_hang_up", environment="12345", connector="KnSalesRelationOrg")
    sending.send_due()
    sweeping.sweep()
    sending.send_due()
    assert the(run, Kind.CUSTOMER).state == State.UNKNOWN
    assert the(run).state == State.WAITING
    assert in_afas(sandbox) == []


def test_secrets_are_nowhere_in_the_attempts(
    sandbox: Any, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    bill(hours_for(bakery))
    sending.send_due()
    data = seed.LIVE_TOKEN.split("<data>")[1].split("<")[0]
    attempt = AfasAttempt.objects.get()
    assert data not in f"{attempt.request_body}{attempt.response_body}{attempt.message}"
    assert (attempt.status, bool(attempt.request_body)) == (201, True)
    assert "OrNu" in attempt.response_body


def test_oauth_fetches_a_token_before_it_claims(
    sandbox: Any, connection: AfasConnection, bakery: Customer, hours_for: Make, bill: Make
) -> None:
    connection.user_token = ""
    connection.client_id, connection.client_secret = seed.LIVE_CLIENT_ID, "wrong"
    connection.save()
    run = bill(hours_for(bakery))
    sending.send_due()
    assert the(run).attempts == 0
    assert text_of(connection, "paused_because") == AfasConnection.Pause.CREDENTIALS
    connection.client_secret = seed.LIVE_CLIENT_SECRET
    connection.paused_at, connection.paused_because = None, ""
    connection.save()
    sending.send_due()
    assert the(run).state == State.CONFIRMED


def test_hours_stay_reserved_until_afas_confirms(
    bakery: Customer, hours_for: Make, bill: Make
) -> None:
    hours = hours_for(bakery)
    bill(hours)
    assert Hour.objects.get(pk=hours[0].pk).billing == BillingStatus.RESERVED

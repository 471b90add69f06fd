"""One debtor a customer, one run a selection, and sentences that are true, whatever crosses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import DomainError
from integrations.models import (
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
    documents,
    following,
    outcomes,
    sending,
    settling,
    sweeping,
)
from integrations.templatetags.afas import meaning
from invoicing.models import InvoiceLine
from invoicing.services.bundling import Options
from registration.models import BillingStatus
from relations.models import Customer
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


def the(run: InvoicingRun, kind: str = Kind.DIRECT_INVOICE) -> AfasDocument:
    return AfasDocument.objects.get(run=run, kind=kind)


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


@pytest.mark.parametrize("hours", [0, 3])
@pytest.mark.parametrize("who", ["another company", "we ourselves"])
def test_what_was_created_just_now_is_not_created_again_before_afas_shows_it(
    who: str, hours: int, sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    """AFAS shows a new debtor after a while, and a clock that jumped says nothing of that.

    Spaces in a postcode make no other organisation.
    """
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
        confirmed_at=timezone.now() - timedelta(hours=hours),
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


def test_what_was_created_just_now_and_made_another_in_afas_since_holds_nothing_back(
    sandbox: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    """AFAS shows debtor 10001, and it is a bakery: ours is not there, and does not come."""
    other = CustomerFactory(
        company=CompanyFactory(), name="Studio Noorderlicht VOF", postcode="9712HN"
    )
    AfasDocumentFactory(
        company=other.company,
        of_customer=True,
        customer=other,
        confirmed=True,
        order_number="",
        debtor_number="10001",
        followed_up_at=timezone.now(),
    )
    before = len(sandbox.state()["debtors"])
    run = bill(hours_for(newcomer))
    sending.send_due()
    assert the(run, Kind.CUSTOMER).state == State.CONFIRMED
    assert len(sandbox.state()["debtors"]) == before + 1


def test_a_debtor_made_for_a_customer_that_is_another_debtor_by_now_goes_to_a_person(
    company: Any, newcomer: Customer, hours_for: Make, bill: Make
) -> None:
    document = claims.claim(the(bill(hours_for(newcomer)), Kind.CUSTOMER).pk)
    assert document
    CustomerLink.objects.create(
        company=company, environment="12345", customer=newcomer, debtor_number="10001"
    )
    outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys={"debtor_number": "50001"})
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
    outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys={"debtor_number": "10001"})
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


def test_a_cancelled_document_that_got_a_number_is_not_said_to_be_missing_in_afas() -> None:
    document = AfasDocumentFactory(cancelled=True)
    assert "not in AFAS" in meaning(document)
    PersonTask.objects.create(
        company=document.company, what=PersonTask.What.TWICE, document=document, key="70000999"
    )
    assert "gave a number" in meaning(document)

"""What a person may do with a document: settle a look-alike, retry, give up; and what not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Company, User
from core.errors import DomainError, StaleError
from core.models import AuditEvent
from integrations.models import AfasDocument, CustomerLink, InvoicingRun, ItemLink, Kind, State
from integrations.services import deciding, documents, sending
from invoicing.models import Claim, DocumentStatus
from registration.models import BillingStatus
from relations.models import Customer
from tests.factories import CustomerFactory, CustomerLinkFactory
from tests.integrations.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]


def the(run: InvoicingRun, kind: str = Kind.DIRECT_INVOICE) -> AfasDocument:
    """The document of a run, as it is stored now."""
    return AfasDocument.objects.get(run=run, kind=kind)


@pytest.fixture
def alike(company: Company, newcomer: Customer, hours_for: Make, bill: Make, sandbox: Any) -> Any:
    """A run whose new customer has the KvK number of a debtor that AFAS has."""
    debtors = sandbox.state()["debtors"]
    kvk = next(one["ChOfCommNr"] for one in debtors if one["ChOfCommNr"])
    found = {one["DebtorId"] for one in debtors if one["ChOfCommNr"] == kvk}
    Customer.objects.filter(pk=newcomer.pk).update(kvk_number=kvk)
    newcomer.refresh_from_db()
    run = bill(hours_for(newcomer))
    sending.send_due()
    document = the(run, Kind.CUSTOMER)
    assert (document.state, document.problem) == (State.REJECTED, "look_alike")
    assert {one["number"] for one in document.detail["alike"]} == found
    return run


def a_look_alike(run: InvoicingRun) -> str:
    """The number of a debtor that looks like the customer."""
    number: str = the(run, Kind.CUSTOMER).detail["alike"][0]["number"]
    return number


def test_this_is_the_one_links_the_customer_and_lets_its_invoice_go(
    alike: InvoicingRun, newcomer: Customer, biller: User, sandbox: Any
) -> None:
    number, before = a_look_alike(alike), len(sandbox.state()["debtors"])
    deciding.link_to(document=the(alike, Kind.CUSTOMER), debtor_number=number, by=biller)
    assert CustomerLink.objects.get(customer=newcomer).debtor_number == number
    assert text_of(newcomer, "number") == number
    assert the(alike, Kind.CUSTOMER).state == State.CANCELLED
    sending.send_due()
    assert the(alike).state == State.CONFIRMED
    assert sandbox.state()["invoices"][0]["header"]["DbId"] == number
    assert len(sandbox.state()["debtors"]) == before
    assert AuditEvent.objects.get(action="customer.linked").by == biller


def test_only_a_debtor_that_was_found_can_be_chosen(
    alike: InvoicingRun, newcomer: Customer, biller: User
) -> None:
    for document, number in ((the(alike, Kind.CUSTOMER), "10040"), (the(alike), "10001")):
        with pytest.raises(DomainError, match="Choose one of the debtors"):
            deciding.link_to(document=document, debtor_number=number, by=biller)
    assert not CustomerLink.objects.filter(customer=newcomer).exists()


def test_a_debtor_of_another_customer_is_refused_and_nothing_changes(
    alike: InvoicingRun, company: Company, newcomer: Customer, biller: User
) -> None:
    number = a_look_alike(alike)
    CustomerLinkFactory(customer=CustomerFactory(company=company), debtor_number=number)
    with pytest.raises(DomainError, match="linked to another customer"):
        deciding.link_to(document=the(alike, Kind.CUSTOMER), debtor_number=number, by=biller)
    assert the(alike, Kind.CUSTOMER).state == State.REJECTED
    assert the(alike).state == State.WAITING
    assert not CustomerLink.objects.filter(customer=newcomer).exists()


def test_deciding_twice_is_refused(alike: InvoicingRun, biller: User) -> None:
    document, number = the(alike, Kind.CUSTOMER), a_look_alike(alike)
    deciding.link_to(document=document, debtor_number=number, by=biller)
    for again in (
        lambda: deciding.link_to(document=document, debtor_number=number, by=biller),
        lambda: deciding.create_anyway(document=document, by=biller),
    ):
        with pytest.raises(DomainError):
            again()
    assert the(alike, Kind.CUSTOMER).state == State.CANCELLED
    assert the(alike).state == State.QUEUED


def test_none_of_them_creates_a_new_debtor(
    alike: InvoicingRun, newcomer: Customer, biller: User, sandbox: Any
) -> None:
    seen, before = a_look_alike(alike), len(sandbox.state()["debtors"])
    deciding.create_anyway(document=the(alike, Kind.CUSTOMER), by=biller)
    assert the(alike, Kind.CUSTOMER).detail == {"not_these": [seen]}
    sending.send_due()
    assert CustomerLink.objects.get(customer=newcomer).debtor_number != seen
    assert len(sandbox.state()["debtors"]) == before + 1
    assert the(alike).state == State.CONFIRMED


def test_without_a_look_alike_there_is_nothing_to_decide(
    bakery: Customer, hours_for: Make, bill: Make, biller: User
) -> None:
    with pytest.raises(DomainError, match="nothing to decide"):
        deciding.create_anyway(document=the(bill(hours_for(bakery))), by=biller)


@pytest.fixture
def refused(bakery: Customer, hours_for: Make, bill: Make) -> InvoicingRun:
    """A run whose item AFAS does not know."""
    ItemLink.objects.update(code="NO-SUCH-ITEM")
    run: InvoicingRun = bill(hours_for(bakery))
    sending.send_due()
    assert the(run).state == State.REJECTED
    return run


def test_a_retry_takes_the_item_as_it_is_now_under_the_same_reference(
    refused: InvoicingRun, biller: User, sandbox: Any
) -> None:
    document = the(refused)
    ItemLink.objects.update(code="UREN-ALG")
    documents.retry(document=document, by=biller)
    sending.send_due()
    again = the(refused)
    assert (again.state, again.reference, again.attempts) == (
        State.CONFIRMED,
        document.reference,
        2,
    )
    (held,) = sandbox.state()["invoices"]
    assert document.reference in held["header"]["RfCs"]
    assert again.invoice
    assert {line.item_code for line in again.invoice.lines.all()} == {"UREN-ALG"}


def test_two_colleagues_who_retry_do_it_once(refused: InvoicingRun, biller: User) -> None:
    mine, theirs = the(refused), the(refused)
    documents.retry(document=mine, by=biller)
    with pytest.raises(StaleError):
        documents.retry(document=theirs, by=biller)
    assert the(refused).state == State.QUEUED


def test_giving_up_makes_the_entries_unbilled_and_they_can_be_billed_again(
    refused: InvoicingRun, bill: Make, biller: User
) -> None:
    document = the(refused)
    claim = Claim.objects.get(line__invoice=document.invoice)
    documents.cancel(document=document, by=biller, reason="Wrong customer")
    assert claim.hour
    assert text_of(claim.hour, "billing") == BillingStatus.UNBILLED
    assert text_of(document.invoice, "status") == DocumentStatus.VOID
    assert text_of(claim, "release_reason") == "Wrong customer"
    assert AuditEvent.objects.get(action="afas_document.cancelled").reason == "Wrong customer"


def test_giving_a_new_debtor_up_refuses_the_invoices_that_wait_for_it(
    newcomer: Customer, hours_for: Make, bill: Make, biller: User
) -> None:
    run = bill(hours_for(newcomer))
    documents.cancel(document=the(run, Kind.CUSTOMER), by=biller, reason="No")
    documents.release_waiting("12345")
    assert the(run).state == State.REJECTED
    assert the(run).message


# What AFAS may hold is neither sent again nor given up.
MAY_BE_IN_AFAS: list[dict[str, Any]] = [
    {"state": State.SENDING, "sending_since": "2026-11-01T00:00Z"},
    {"state": State.UNKNOWN, "ever_unknown": True, "unknown_since": "2026-11-01T00:00Z"},
    {"state": State.CONFIRMED, "order_number": "70000001"},
]


@pytest.mark.parametrize("fields", MAY_BE_IN_AFAS)
@pytest.mark.parametrize("page", ["fresh", "stale"])
def test_what_afas_may_hold_is_not_given_up(
    fields: dict[str, Any], page: str, refused: InvoicingRun, biller: User
) -> None:
    document = the(refused)
    AfasDocument.objects.filter(pk=document.pk).update(**fields)
    if page == "fresh":
        document.refresh_from_db()
    with pytest.raises(DomainError, match="Its entries stay reserved"):
        documents.cancel(document=document, by=biller, reason="No")
    assert text_of(document, "state") == fields["state"]
    (claim,) = Claim.objects.filter(released_at__isnull=True)
    assert claim.hour
    assert text_of(claim.hour, "billing") == BillingStatus.RESERVED


@pytest.mark.parametrize("fields", MAY_BE_IN_AFAS)
@pytest.mark.parametrize("page", ["fresh", "stale"])
def test_what_afas_may_hold_is_not_sent_again(
    fields: dict[str, Any], page: str, refused: InvoicingRun, biller: User, sandbox: Any
) -> None:
    document = the(refused)
    payload = document.payload
    AfasDocument.objects.filter(pk=document.pk).update(**fields)
    if page == "fresh":
        document.refresh_from_db()
    ItemLink.objects.update(code="UREN-ALG")
    with pytest.raises(DomainError):
        documents.retry(document=document, by=biller)
    kept = the(refused)
    assert (kept.state, kept.payload) == (fields["state"], payload)
    assert kept.invoice
    assert {line.item_code for line in kept.invoice.lines.all()} == {"NO-SUCH-ITEM"}
    assert sandbox.state()["invoices"] == []

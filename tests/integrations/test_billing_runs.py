"""Confirming makes one run, each customer by itself, and two selections never share an entry."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Company, User
from core.errors import DomainError
from integrations.models import AfasConnection, AfasDocument, InvoicingRun, ItemLink, State
from integrations.services import billing, documents, pausing
from invoicing.models import Claim, Invoice
from invoicing.services.bundling import Options
from registration.models import BillingStatus, Hour, Selection
from relations.models import Customer
from tests.factories import (
    AfasConnectionFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    HourFactory,
    ItemLinkFactory,
    RideFactory,
)
from tests.integrations.conftest import DAY, text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
Select = Callable[..., Selection]
OPTIONS = Options(invoice_date=DAY)


@pytest.fixture
def press(connection: AfasConnection, biller: User) -> Callable[..., InvoicingRun]:
    """`press(selection, token)`: the button; without a token the one of this moment."""

    def button(selection: Selection, token: str = "") -> InvoicingRun:
        seen = {"connection": connection, "selection": selection, "options": OPTIONS}
        token = token or billing.check_selection(**seen).token
        return billing.invoice_in_afas(**seen, token=token, by=biller)

    return button


@pytest.fixture
def atelier(company: Company) -> Customer:
    """A second customer that AFAS knows."""
    customer = CustomerFactory(company=company, name="Atelier", number="10002")
    CustomerLinkFactory(customer=customer, debtor_number="10002")
    return customer


def test_what_was_checked_is_made(
    bakery: Customer, atelier: Customer, hours_for: Make, selected: Select, press: Make
) -> None:
    hours = [*hours_for(bakery, 2), *hours_for(atelier)]
    run = press(selected(hours))
    assert run.refusals == []
    made = {one.customer: one for one in AfasDocument.objects.filter(run=run)}
    assert {one.state for one in made.values()} == {State.QUEUED}
    assert made[bakery].invoice.net == Decimal(200)
    assert made[atelier].invoice.net == Decimal(100)
    assert {text_of(hour, "billing") for hour in hours} == {BillingStatus.RESERVED}


def test_pressing_twice_gives_the_same_run_and_nothing_more(
    bakery: Customer, hours_for: Make, selected: Select, press: Make
) -> None:
    selection = selected(hours_for(bakery))
    first = press(selection)
    assert press(selection, "any token") == first
    assert (InvoicingRun.objects.count(), Invoice.objects.count()) == (1, 1)


def test_of_two_overlapping_selections_the_second_is_told_and_its_other_customer_goes_on(
    *,
    connection: AfasConnection,
    bakery: Customer,
    atelier: Customer,
    hours_for: Make,
    selected: Select,
    press: Make,
    biller: User,
) -> None:
    """Both confirmed what was true; the first is done between the second's check and its claims."""
    shared, own = hours_for(bakery, 2), hours_for(atelier)
    mine, other = selected([*shared, *own]), selected(shared[:1])
    check = billing.check_selection(connection=connection, selection=mine, options=OPTIONS)
    first = press(other)
    second = billing._run(connection, mine, check, biller)
    assert first.refusals == []
    (refusal,) = second.refusals
    assert refusal["customer"] == str(bakery)
    assert "already on an invoice that is on its way" in refusal["sentence"]
    assert [one.customer for one in AfasDocument.objects.filter(run=second)] == [atelier]
    assert text_of(shared[1], "billing") == BillingStatus.UNBILLED
    assert Claim.objects.count() == 2


def test_an_entry_that_changes_between_check_and_claim_refuses_its_customer_only(
    connection: AfasConnection,
    bakery: Customer,
    atelier: Customer,
    hours_for: Make,
    selected: Select,
    biller: User,
) -> None:
    changed, kept = hours_for(bakery), hours_for(atelier)
    selection = selected([*changed, *kept])
    check = billing.check_selection(connection=connection, selection=selection, options=OPTIONS)
    Hour.objects.filter(pk=changed[0].pk).update(version=2, rate=Decimal(999))
    run = billing._run(connection, selection, check, biller)
    (refusal,) = run.refusals
    assert "1 entry changed since you checked" in refusal["sentence"]
    assert [one.customer for one in AfasDocument.objects.filter(run=run)] == [atelier]


def test_a_paused_or_unfinished_link_makes_nothing(
    connection: AfasConnection, bakery: Customer, hours_for: Make, selected: Select, press: Make
) -> None:
    selection = selected(hours_for(bakery))
    pausing.pause(connection, because=AfasConnection.Pause.PERSON, by=None)
    connection.refresh_from_db()
    with pytest.raises(DomainError, match="not ready or is paused"):
        press(selection)
    pausing.resume(connection, by=None)
    AfasConnection.objects.update(administration=None)
    connection.refresh_from_db()
    with pytest.raises(DomainError, match="not ready or is paused"):
        press(selection)
    assert InvoicingRun.objects.count() == 0


def test_a_payload_that_cannot_be_built_is_kept_refused_and_can_be_mended(
    company: Company, bakery: Customer, hours_for: Make, selected: Select, press: Make, biller: User
) -> None:
    ItemLink.objects.update(kind="X")
    hours = hours_for(bakery)
    document = AfasDocument.objects.get(run=press(selected(hours)))
    assert (document.state, document.problem) == (State.REJECTED, "cannot_build")
    assert "Line 1" in document.message
    assert text_of(hours[0], "billing") == BillingStatus.RESERVED

    with pytest.raises(DomainError, match="Line 1"):
        documents.retry(document=document, by=biller)
    assert text_of(document, "state") == State.REJECTED
    ItemLink.objects.update(kind="1")
    document.refresh_from_db()
    assert documents.retry(document=document, by=biller).state == State.QUEUED


def test_ids_of_another_company_in_a_selection_are_not_there(
    bakery: Customer, hours_for: Make, selected: Select, press: Make
) -> None:
    theirs = HourFactory(company=CompanyFactory())
    run = press(selected([*hours_for(bakery), theirs]))
    assert Claim.objects.filter(line__invoice__afas_documents__run=run).count() == 1
    assert text_of(theirs, "billing") == BillingStatus.UNBILLED


def test_two_companies_on_one_environment_bill_apart(
    bakery: Customer, hours_for: Make, selected: Select, press: Make
) -> None:
    """The other company's links and items, for the same AFAS, are no help and no harm."""
    other = CompanyFactory()
    AfasConnectionFactory(company=other)
    CustomerLinkFactory(company=other, debtor_number="10001")
    document = AfasDocument.objects.get(run=press(selected(hours_for(bakery))))
    assert document.company == bakery.company
    assert not AfasDocument.objects.of(other).exists()


def test_a_refused_customer_comes_with_the_place_to_mend_it(
    bakery: Customer, atelier: Customer, hours_for: Make, selected: Select, press: Make
) -> None:
    Customer.objects.filter(pk=atelier.pk).update(blocked=True)
    run = press(selected([*hours_for(bakery), *hours_for(atelier)]))
    (refusal,) = run.refusals
    assert (refusal["customer"], refusal["url_name"]) == ("Atelier", "customer_edit")
    assert refusal["pk"] == atelier.pk


def test_the_check_warns_of_rides_that_would_be_booked_as_hours(
    connection: AfasConnection, bakery: Customer, hours_for: Make, selected: Select
) -> None:
    (hour,) = hours_for(bakery)
    ride = RideFactory(company=hour.company, project=hour.project, date=DAY)
    selection = selected([hour], rides=[ride.pk])
    seen = {"connection": connection, "selection": selection, "options": OPTIONS}
    assert billing.check_selection(**seen).on_work_items
    ItemLinkFactory(company=hour.company, use="rides", kind="6", code="KM", unit="km")
    assert not billing.check_selection(**seen).on_work_items

"""What people and other companies do to a document on its way, each with its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from core.errors import DomainError
from integrations.models import AfasDocument, CustomerLink, ItemUse, Kind, State
from integrations.services import answering, billing, documents, sending
from invoicing.services.bundling import Options
from registration.models import BillingStatus, Selection
from relations.models import Customer
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    HourFactory,
    ItemLinkFactory,
    MembershipFactory,
    ProjectFactory,
    SelectionFactory,
)
from tests.integrations.conftest import DAY, text_of
from tests.integrations.doubt import CONFIRMED, World, now_of

TOO_LONG = "\N{CITYSCAPE}" * 30
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_value_over_a_field_s_length_is_told_at_the_check(
    world: World, newcomer: Customer, selected: Callable[..., Selection]
) -> None:
    """Our columns are as long as AFAS's, yet AFAS counts an emoji twice."""
    Customer.objects.filter(pk=newcomer.pk).update(city=TOO_LONG)
    (bill,) = billing.check_selection(
        connection=world.connection,
        selection=selected(world.hours_for(newcomer)),
        options=Options(invoice_date=DAY),
    ).bills
    assert not bill.ready
    assert "too long for AFAS" in bill.obstacles[0].sentence


def test_a_value_that_grows_too_long_while_a_document_waits_is_refused_and_mended(
    world: World, newcomer: Customer, biller: User
) -> None:
    world.bill(world.hours_for(newcomer))
    document = AfasDocument.objects.get(kind=Kind.CUSTOMER)
    AfasDocument.objects.filter(pk=document.pk).update(state=State.REJECTED)
    Customer.objects.filter(pk=newcomer.pk).update(city=TOO_LONG)
    with pytest.raises(DomainError, match="too long for AFAS"):
        documents.retry(document=now_of(document), by=biller)
    assert now_of(document).state == State.REJECTED
    Customer.objects.filter(pk=newcomer.pk).update(city="Groningen")
    documents.retry(document=now_of(document), by=biller)
    while sending.send_due():
        pass
    assert now_of(document).state == CONFIRMED


@pytest.fixture
def neighbour(world: World) -> Callable[[], tuple[AfasDocument, User]]:
    """Another company in the same administration, whose customer is the same debtor."""
    company = CompanyFactory()
    connection = AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)
    ItemLinkFactory(company=company, environment="12345", use=ItemUse.DEFAULT)
    customer = CustomerFactory(company=company, number="10001")
    CustomerLinkFactory(company=company, customer=customer, debtor_number="10001")
    by = MembershipFactory(company=company).user

    def bill() -> tuple[AfasDocument, User]:
        hour = HourFactory(
            company=company, project=ProjectFactory(company=company, customer=customer), date=DAY
        )
        selection = SelectionFactory(company=company, user=by, hours=[hour.pk])
        options = Options(invoice_date=DAY)
        asked: dict[str, Any] = {
            "connection": connection,
            "selection": selection,
            "options": options,
        }
        check = billing.check_selection(**asked)
        run = billing.invoice_in_afas(**asked, token=check.token, by=by)
        return AfasDocument.objects.get(run=run), by

    return bill


def test_two_companies_in_one_administration_keep_their_invoices_apart(
    world: World, neighbour: Callable[[], tuple[AfasDocument, User]], biller: User
) -> None:
    """The same debtor, the same total, one answer lost: each is found by its own reference."""
    world.prove_look_up()
    ours, hours = world.doubtful()
    theirs, their_biller = neighbour()
    while sending.send_due():
        pass
    theirs = now_of(theirs)
    assert theirs.state == CONFIRMED
    with pytest.raises(DomainError, match="is something else: its reference"):
        answering.it_is_there(document=now_of(ours), number=theirs.order_number, by=biller)
    world.minutes(2)
    ours = now_of(ours)
    assert (ours.state, text_of(hours[0], "billing")) == (CONFIRMED, BillingStatus.INVOICED)
    assert ours.order_number != theirs.order_number
    assert CustomerLink.objects.filter(debtor_number="10001").count() == 2
    assert their_biller.pk

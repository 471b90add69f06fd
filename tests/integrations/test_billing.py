"""What is confirmed is what was seen: the check, its token, and one run per selection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Company, User
from core.errors import DomainError, StaleError
from integrations.models import (
    AfasConnection,
    AfasDocument,
    CustomerLink,
    InvoicingRun,
    ItemLink,
    ItemUse,
)
from integrations.services import billing
from integrations.services.billing import Check
from invoicing.models import Claim, Invoice
from invoicing.services.bundling import Options, Per
from invoicing.services.pricing import Grouping
from registration.models import BillingStatus, Hour, Project, Selection
from registration.services import rates
from relations.models import Customer
from tests.factories import (
    CustomerFactory,
    CustomerLinkFactory,
    ExpenseFactory,
    HourFactory,
    ItemLinkFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
)
from tests.integrations.conftest import DAY, text_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
Select = Callable[..., Selection]
OPTIONS = Options(invoice_date=DAY)


@pytest.fixture
def look(connection: AfasConnection) -> Callable[..., Check]:
    """`look(selection)`: the check page."""

    def at(selection: Selection, options: Options = OPTIONS) -> Check:
        return billing.check_selection(connection=connection, selection=selection, options=options)

    return at


@pytest.fixture
def confirm(connection: AfasConnection, biller: User) -> Callable[..., InvoicingRun]:
    """`confirm(selection, token)`: the button."""

    def press(selection: Selection, token: str, options: Options = OPTIONS) -> InvoicingRun:
        return billing.invoice_in_afas(
            connection=connection, selection=selection, options=options, token=token, by=biller
        )

    return press


def linked(company: Company, name: str, number: str) -> Customer:
    """A customer that AFAS knows."""
    customer = CustomerFactory(company=company, name=name, number=number)
    CustomerLinkFactory(customer=customer, debtor_number=number)
    return customer


# The check.


def test_a_check_says_what_would_be_made_and_changes_nothing(
    look: Make, bakery: Customer, hours_for: Make, selected: Select
) -> None:
    check = look(selected(hours_for(bakery, 3)))
    (bill,) = check.ready
    assert (bill.customer, bill.debtor, bill.net) == (bakery, "10001", Decimal(300))
    assert (bill.counts, check.entries, check.net) == ({"hour": 3}, 3, Decimal(300))
    assert (Invoice.objects.count(), AfasDocument.objects.count(), Claim.objects.count()) == (
        0,
    ) * 3


@pytest.mark.parametrize(("per", "count"), [(Per.CUSTOMER, 2), (Per.PROJECT, 3)])
def test_an_invoice_is_per_customer_or_per_project(
    *,
    per: Per,
    count: int,
    company: Company,
    look: Make,
    bakery: Customer,
    hours_for: Make,
    selected: Select,
) -> None:
    other = linked(company, "Atelier", "10002")
    hours = [*hours_for(bakery), *hours_for(bakery), *hours_for(other)]
    check = look(selected(hours), replace(OPTIONS, per=per))
    assert len(check.bills) == count
    assert check.bills[0].customer == other  # by name
    assert sum(sum(bill.counts.values()) for bill in check.bills) == 3


def test_the_reference_is_the_persons_else_the_projects_else_the_customers(
    company: Company, look: Make, bakery: Customer, hours_for: Make, selected: Select
) -> None:
    selection = selected(hours_for(bakery))
    Customer.objects.update(reference="PO customer")
    assert look(selection).bills[0].reference == "PO customer"
    Project.objects.update(reference="PO project")
    assert look(selection).bills[0].reference == "PO project"
    assert look(selection, replace(OPTIONS, reference="PO me")).bills[0].reference == "PO me"


def test_the_item_ladder_is_activity_then_kind_then_default(
    company: Company, look: Make, bakery: Customer, selected: Select
) -> None:
    project = ProjectFactory(company=company, customer=bakery)
    hour = HourFactory(project=project, date=DAY)
    expense = ExpenseFactory(project=project, date=DAY)
    ride = RideFactory(project=project, date=DAY)
    selection = selected([hour], expenses=[expense.pk], rides=[ride.pk])

    def items() -> list[str]:
        return [line.item.code for line in look(selection).bills[0].lines]

    assert items() == ["UREN-ALG"] * 3
    ItemLinkFactory(company=company, use=ItemUse.HOURS, code="H")
    ItemLinkFactory(company=company, use=ItemUse.EXPENSES, code="E")
    ItemLinkFactory(company=company, use=ItemUse.RIDES, code="R")
    assert items() == ["H", "E", "R"]
    ItemLinkFactory(company=company, use=ItemUse.ACTIVITY, activity=hour.activity, code="A")
    ItemLinkFactory(company=company, use=ItemUse.CATEGORY, category=expense.category, code="C")
    ItemLinkFactory(company=company, environment="12345test", use=ItemUse.RIDES, code="X")
    assert items() == ["A", "C", "R"]


@pytest.mark.parametrize(("language", "text"), [("nl", "oktober 2026"), ("en", "October 2026")])
def test_a_line_is_in_the_customers_language(
    language: str, text: str, look: Make, bakery: Customer, hours_for: Make, selected: Select
) -> None:
    Customer.objects.update(language=language)
    (line,) = look(selected(hours_for(bakery))).bills[0].lines
    assert line.description.endswith(text)


def blocked(customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(blocked=True)


def blocked_in_afas(customer: Customer) -> None:
    CustomerLink.objects.create(
        company=customer.company,
        environment="12345",
        customer=customer,
        debtor_number="1",
        blocked_in_afas=True,
    )


def without_country(customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(country="")


def switched_off(customer: Customer) -> None:
    AfasConnection.objects.filter(company=customer.company).update(create_customers=False)


def no_item(_customer: Customer) -> None:
    ItemLink.objects.all().delete()


def for_nothing(_customer: Customer) -> None:
    Hour.objects.update(billable_minutes=0)


@pytest.mark.parametrize(
    ("cause", "words", "url_name"),
    [
        (blocked, "blocked", "customer_edit"),
        (blocked_in_afas, "blocked", "customer_edit"),
        (without_country, "country is missing", "customer_edit"),
        (switched_off, "creating customers is switched off", "afas_settings"),
        (no_item, "No AFAS item", "afas_settings"),
        (for_nothing, "€ 0.00", ""),
    ],
)
def test_an_obstacle_says_where_to_mend_it_and_nothing_is_made(
    *,
    cause: Callable[[Customer], None],
    words: str,
    url_name: str,
    connection: AfasConnection,
    newcomer: Customer,
    hours_for: Make,
    selected: Select,
    look: Make,
    confirm: Make,
) -> None:
    selection = selected(hours_for(newcomer))
    assert look(selection).bills[0].ready
    cause(newcomer)
    connection.refresh_from_db()
    check = look(selection)
    (obstacle,) = check.bills[0].obstacles
    assert words in obstacle.sentence
    assert obstacle.url_name == url_name
    assert obstacle.pk == (newcomer.pk if url_name == "customer_edit" else None)
    assert (check.ready, check.net, check.entries) == ([], 0, 0)
    with pytest.raises(DomainError):
        confirm(selection, check.token)
    assert Invoice.objects.count() == 0


# The token.


def other_rate(hour: Hour) -> None:
    RateFactory(company=hour.company, activity=hour.activity, amount=Decimal(100))
    subject = rates.RateSubject(activity=hour.activity)
    rates.rate_set(company=hour.company, by=None, subject=subject, unit="hour", amount=Decimal(120))


def other_version(hour: Hour) -> None:
    Hour.objects.filter(pk=hour.pk).update(version=hour.version + 1)


def other_price(hour: Hour) -> None:
    """Behind the back of every service, so under the same version."""
    Hour.objects.filter(pk=hour.pk).update(rate=Decimal(120))


def other_item(hour: Hour) -> None:
    ItemLinkFactory(company=hour.company, use=ItemUse.HOURS, code="H")


def other_debtor(_hour: Hour) -> None:
    CustomerLink.objects.update(debtor_number="10002")


def no_link(_hour: Hour) -> None:
    CustomerLink.objects.all().delete()


def newly_blocked(_hour: Hour) -> None:
    Customer.objects.update(blocked=True)


def other_language(_hour: Hour) -> None:
    Customer.objects.update(language="en")


def billed_elsewhere(hour: Hour) -> None:
    Hour.objects.filter(pk=hour.pk).update(billing=BillingStatus.RESERVED)


@pytest.mark.parametrize(
    "change",
    [
        other_rate,
        other_version,
        other_price,
        other_item,
        other_debtor,
        no_link,
        newly_blocked,
        other_language,
        billed_elsewhere,
    ],
)
def test_what_changed_since_the_check_refuses_the_whole_confirmation(
    change: Callable[[Hour], None],
    bakery: Customer,
    hours_for: Make,
    selected: Select,
    look: Make,
    confirm: Make,
) -> None:
    hours = hours_for(bakery, 2)
    selection = selected(hours)
    token = look(selection).token
    assert look(selection).token == token
    change(hours[0])
    with pytest.raises(StaleError, match="Something changed since you checked"):
        confirm(selection, token)
    assert (InvoicingRun.objects.count(), Invoice.objects.count()) == (0, 0)
    assert text_of(hours[1], "billing") == BillingStatus.UNBILLED


def test_another_entry_in_the_place_of_the_one_seen_is_refused(
    bakery: Customer, hours_for: Make, selected: Select, look: Make, confirm: Make
) -> None:
    """The lines look the same, the entries are others."""
    project = ProjectFactory(customer=bakery)
    first = HourFactory(project=project, date=DAY)
    second = HourFactory(project=project, date=DAY, activity=first.activity, rejected=True)
    selection = selected([first, second])
    seen = look(selection)
    Hour.objects.filter(pk=first.pk).update(approval="rejected")
    Hour.objects.filter(pk=second.pk).update(approval="open")
    assert figures(look(selection)) == figures(seen)
    with pytest.raises(StaleError):
        confirm(selection, seen.token)


def figures(check: Check) -> list[tuple[str, Decimal, Decimal]]:
    """What a person sees of the lines."""
    lines = [line for bill in check.bills for line in bill.lines]
    return [(line.description, line.quantity, line.net) for line in lines]


@pytest.mark.parametrize(
    "choice",
    [
        {"per": Per.PROJECT},
        {"grouping": Grouping.ENTRY},
        {"template": "{person}"},
        {"reference": "PO 7"},
        {"invoice_date": DAY.replace(day=15)},
    ],
)
def test_other_options_than_the_ones_seen_are_refused(
    choice: dict[str, Any],
    bakery: Customer,
    hours_for: Make,
    selected: Select,
    look: Make,
    confirm: Make,
) -> None:
    selection = selected(hours_for(bakery))
    with pytest.raises(StaleError):
        confirm(selection, look(selection).token, replace(OPTIONS, **choice))
    assert InvoicingRun.objects.count() == 0


def test_options_survive_being_stored() -> None:
    options = Options(
        invoice_date=DAY, per=Per.PROJECT, grouping=Grouping.ONE, template="{what}", reference="PO"
    )
    assert Options.from_json(options.as_json()) == options
    with pytest.raises(ValueError, match="nothing"):
        Options.from_json({**options.as_json(), "per": "nothing"})

"""From Unbilled to an invoice in AFAS, for a fixed price and a subscription, and back again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasConnection, AfasDocument, ItemLink, State
from integrations.services import billing, readiness, sending
from integrations.services.items import ItemLadder
from invoicing.selectors import unbilled
from invoicing.services import pricing
from invoicing.services.pricing import Item, PricedLine
from registration.models import BillingStatus, Instalment, Project, Selection, SubscriptionPeriod
from relations.models import Customer
from tests.conftest import CompanyClient
from tests.factories import (
    AppInstallationFactory,
    HourFactory,
    InstalmentFactory,
    ItemLinkFactory,
    ProjectFactory,
    RateFactory,
    SubscriptionFactory,
)
from tests.integrations.conftest import text_of
from tests.integrations.undone import answer_on, hidden, undo_of

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Any]
TODAY = timezone.localdate


@pytest.fixture
def browser(client_of: Make, biller: User, company: Company) -> CompanyClient:
    """The biller's browser."""
    signed_in: CompanyClient = client_of(biller, company)
    return signed_in


@pytest.fixture
def admin(client_of: Make, owner: User, company: Company) -> CompanyClient:
    """The owner's browser, with the app switched on."""
    AppInstallationFactory(company=company)
    signed_in: CompanyClient = client_of(owner, company)
    return signed_in


@pytest.fixture
def hosting(bakery: Customer) -> Project:
    """EUR 250 a month in advance, begun today; its period is made by the page."""
    project: Project = ProjectFactory(
        customer=bakery, name="Hosting", billing_method="subscription", price=Decimal(250)
    )
    SubscriptionFactory(project=project, starts_on=TODAY())
    return project


@pytest.fixture
def style(bakery: Customer) -> Instalment:
    """Half of a fixed price, due today; the other half comes later."""
    project = ProjectFactory(
        customer=bakery, name="House style", billing_method="fixed_project", price=Decimal(2000)
    )
    HourFactory(project=project, missing="covered", billable_minutes=120)
    InstalmentFactory(
        project=project, description="At delivery", due_on=TODAY() + timedelta(days=40), amount=1000
    )
    first: Instalment = InstalmentFactory(
        project=project, description="At the start", due_on=TODAY(), amount=Decimal("1000.01")
    )
    return first


def total_of(company: Company) -> unbilled.Figures:
    """The totals row of today."""
    return unbilled.total_of(unbilled.rows_of(company, unbilled.Scope(until=TODAY())))


def to_check(browser: CompanyClient, ticks: dict[str, Any]) -> tuple[str, Any]:
    """Tick, choose Invoice in AFAS, take the options as they are; the check and its address."""
    going = browser.post(reverse("unbilled"), {**ticks, "to": "invoice_in_afas_options"})
    chosen = {"per": "customer", "grouping": "activity", "invoice_date": TODAY().isoformat()}
    answer = browser.post(going["Location"], chosen)
    return answer["Location"], browser.get(answer["Location"])


def confirm(browser: CompanyClient, address: str, page: Any) -> AfasDocument:
    """The button of the check; the document as AFAS answered."""
    browser.post(address, hidden(page))
    sending.send_due()
    return AfasDocument.objects.select_related("invoice").get()


def test_from_unbilled_to_afas_and_back_to_the_cent(
    *,
    browser: CompanyClient,
    admin: CompanyClient,
    company: Company,
    sandbox: Any,
    bakery: Customer,
    hosting: Project,
    style: Instalment,
) -> None:
    items = (("project", hosting.pk, "HOSTING"), ("instalment", style.pk, "LIC-CMS"))
    for name, pk, code in items:
        admin.post(reverse(f"afas_{name}_item", args=[pk]), {f"{name}-{pk}-code": code})
    page = browser.get(reverse("unbilled")).content.decode()
    for words in ("1.000,01", "250,00", "1.250,01", "+ 1.000,00 later", "2:00 covered"):
        assert words in page
    before = total_of(company)
    period = SubscriptionPeriod.objects.get(project=hosting, due_on=TODAY())

    address, check = to_check(browser, {"row": [bakery.pk]})
    text = check.content.decode()
    for words in ("1 instalment", "1 subscription period", "At the start", "VAT 21%, expected"):
        assert words in text
    assert period.description in text
    assert "1.512,51" in text  # 1250.01 + 262.50 of VAT

    document = confirm(browser, address, check)
    assert document.state == State.CONFIRMED
    (made,) = sandbox.state("12345")["invoices"]
    lines = [(one["ItCd"], one["description"], Decimal(one["amount"])) for one in made["lines"]]
    assert lines == [
        ("LIC-CMS", "At the start", Decimal("1000.01")),
        ("HOSTING", period.description, Decimal("250.00")),
    ]
    for thing in (style, period):
        assert text_of(thing, "billing") == BillingStatus.INVOICED
        assert document.order_number in text_of(thing, "invoice_label")
    assert total_of(company).count == 0

    undo = browser.get(undo_of(document))
    assert "At the start" in undo.content.decode()
    browser.post(undo_of(document), answer_on(undo))
    assert text_of(document, "state") == State.UNDONE
    assert (text_of(style, "billing"), text_of(period, "billing")) == ("unbilled", "unbilled")
    assert total_of(company).parts == before.parts


def test_a_single_thing_goes_alone_and_the_rest_stays(
    browser: CompanyClient, company: Company, bakery: Customer, hosting: Project, style: Instalment
) -> None:
    hour = HourFactory(project=ProjectFactory(customer=bakery))
    RateFactory(company=company, activity=hour.activity)
    address, page = to_check(browser, {"instalments": [style.pk]})
    document = confirm(browser, address, page)
    assert document.invoice
    assert document.invoice.net == Decimal("1000.01")
    assert (text_of(hour, "billing"), total_of(company).total) == ("unbilled", Decimal(350))


def test_what_changed_after_the_check_is_not_billed(
    browser: CompanyClient, bakery: Customer, style: Instalment
) -> None:
    address, page = to_check(browser, {"row": [bakery.pk]})
    Instalment.objects.filter(pk=style.pk).update(amount=Decimal(900), version=2)
    again = browser.post(address, hidden(page))
    assert b"Something changed since you checked" in again.content
    assert AfasDocument.objects.count() == 0


def test_a_planned_thing_that_is_left_out_says_why(
    browser: CompanyClient, company: Company, biller: User, style: Instalment, connection: Any
) -> None:
    Instalment.objects.filter(pk=style.pk).update(billing=BillingStatus.WRITTEN_OFF)
    selection = Selection.objects.create(
        company=company, user=biller, instalments=[style.pk], options=options_of_today()
    )
    page = browser.get(reverse("invoice_in_afas_check", args=[selection.pk])).content.decode()
    assert "Written off." in page
    assert "At the start" in page


def options_of_today() -> dict[str, str]:
    from invoicing.services.bundling import Options

    return Options(invoice_date=TODAY()).as_json()


def test_a_price_on_the_default_item_is_warned_of(
    browser: CompanyClient, bakery: Customer, style: Instalment
) -> None:
    words = b"Fixed prices or subscriptions would be booked as hours"
    assert words in to_check(browser, {"row": [bakery.pk]})[1].content
    ItemLinkFactory(company=bakery.company, use="fixed", kind="6", code="KM", unit="km")
    assert words not in to_check(browser, {"row": [bakery.pk]})[1].content


# Why not.


def test_the_action_is_off_with_its_reason_until_the_link_is_ready(
    browser: CompanyClient, bakery: Customer, style: Instalment, connection: AfasConnection
) -> None:
    button = 'value="invoice_in_afas_options"'
    assert button in browser.get(reverse("unbilled")).content.decode()
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")
    page = browser.get(reverse("unbilled")).content.decode()
    assert button not in page
    assert "The link with AFAS is paused." in page
    assert readiness.why_not_send(None).startswith("AFAS is not linked yet")


# Items.


def test_items_of_a_project_and_an_instalment_are_saved_changed_and_taken_away(
    admin: CompanyClient, hosting: Project, style: Instalment
) -> None:
    url = reverse("afas_instalment_item", args=[style.pk])
    page = reverse("project", args=[style.project_id])
    saved = admin.post(url, {f"instalment-{style.pk}-code": "km"})
    assert saved["Location"] == page
    link = ItemLink.objects.get(instalment=style)
    assert (link.use, link.kind, link.code, link.unit) == ("instalment", "6", "KM", "km")
    event = AuditEvent.objects.filter(action="afas_item.changed").latest("id")
    assert event.after == {f"instalment-{style.pk}": "KM"}
    admin.post(url, {f"instalment-{style.pk}-code": ""})
    assert not ItemLink.objects.filter(instalment=style).exists()
    of_project = reverse("afas_project_item", args=[style.project_id])
    admin.post(of_project, {f"project-{style.project_id}-code": "KM"})
    ladder = ItemLadder.of(style.company, "12345")
    assert ladder.item_of("instalment", style).code == "KM"
    assert "AFAS item" in admin.get(page).content.decode()


def test_only_projects_with_a_price_have_the_card(
    admin: CompanyClient, hosting: Project, company: Company
) -> None:
    hourly = ProjectFactory(company=company)
    action = reverse("afas_project_item", args=[hosting.pk])
    assert action in admin.get(reverse("project", args=[hosting.pk])).content.decode()
    page = admin.get(reverse("project", args=[hourly.pk])).content.decode()
    assert reverse("afas_project_item", args=[hourly.pk]) not in page


@pytest.mark.parametrize("name", ["afas_project_item", "afas_instalment_item"])
def test_items_are_for_administrators(
    browser: CompanyClient, hosting: Project, style: Instalment, name: str
) -> None:
    pk = hosting.pk if name == "afas_project_item" else style.pk
    assert browser.post(reverse(name, args=[pk]), {}).status_code == 403


# The preflight.


def line(quantity: str, price: str, net: str) -> PricedLine:
    """A line that says it comes to `net`."""
    return PricedLine(
        description="Work",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        net=Decimal(net),
        item=Item("1", "UREN-ALG", "uur"),
        kind="hour",
        unit="hour",
        vat_code="high",
        vat_percent=Decimal(21),
        activity_id=None,
        category_id=None,
        shares=(),
    )


@pytest.mark.parametrize(
    ("quantity", "price", "net", "fits"),
    [
        ("3.33", "85.50", "284.72", True),
        ("0.83", "99.9999", "83.00", True),
        ("3.33", "85.50", "284.71", False),
        ("1.00", "0.00000000001", "0.00", False),
        ("0.000001", "1.00", "0.00", False),
    ],
)
def test_a_line_that_afas_would_work_out_otherwise_goes_as_one_amount(
    quantity: str, price: str, net: str, *, fits: bool
) -> None:
    given = line(quantity, price, net)
    assert billing.fits_afas(given) is fits
    one = pricing.as_one(given)
    assert billing.fits_afas(one)
    assert (one.quantity * one.unit_price, one.net) == (Decimal(net), Decimal(net))


def test_no_day_of_supply_is_forgotten_by_the_date(hosting: Project, company: Company) -> None:
    """The page makes periods up to its date, and asking again makes no second one."""
    from invoicing.services import unbilled as choosing

    until = date(TODAY().year + 1, 1, 1) + timedelta(days=60)
    made = choosing.due(company, min(until, TODAY() + timedelta(days=120)))
    assert made >= 1
    assert choosing.due(company, TODAY()) == 0

"""Two companies on one AFAS environment, their customers, hours and own invoices, as rows.

They are made once; every run begins with a copy of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.models import CharField, Value
from django.db.models.functions import Concat

from integrations.models import AfasConnection, CustomerLink, ItemUse
from tests.factories import (
    ActivityFactory,
    AfasConnectionFactory,
    AppInstallationFactory,
    CompanyFactory,
    CustomerFactory,
    HourFactory,
    ItemLinkFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
)
from tests.hostile import own
from tests.hostile.afas import ALWAYS, Afas, Debtor, Order
from tests.hostile.hazards import Mix
from tests.hostile.ledger import CONTROL_ENTRY, JOURNAL, Ledger, control_entries
from tests.invoicing.own import Studio

DAY = date(2026, 10, 14)
ENVIRONMENT = "12345"
PROVEN_AT = "2026-10-14T07:00:00Z"
TEXT = CharField()
CONTROL_ORDER, CONTROL_DEBTOR = "70000001", "10001"
KNOWN, NUMBERED, NEW, SHARED = "known", "numbered", "new", "shared"
OLD_NUMBER = {"A": "10002", "B": "10003"}
OWN_NUMBER = {"A": "20002", "B": "20003"}
HOURS_EACH = 3
GRANTED = [{"connector": "ProfitDebtor", "access": "read", "granted": True}]
"""What a check found: AFAS's lists of journals and accounts are not among it, so they are typed."""


@dataclass(frozen=True)
class Firm:
    """One of the two companies: primary keys, and the KvK number of each customer.

    `own` are its own invoices, by key the kind of their customer.
    """

    name: str
    company: int
    biller: int
    customers: dict[str, int]
    kvk: dict[str, str]
    own: dict[int, str]


@dataclass
class Template:
    """The rows as they are before a run, and who is who in them."""

    image: bytes = b""
    firms: list[Firm] = field(default_factory=list)


def make_template() -> Template:
    """Make all tables and all rows, once, in the database that is connected."""
    call_command("migrate", verbosity=0)
    firms = [_firm(name) for name in "AB"]
    return Template(connection.connection.serialize(), firms)


def _firm(name: str) -> Firm:
    company = CompanyFactory(name=f"Company {name}", addressed=True)
    biller = MembershipFactory(company=company, role="billing", user__name=f"Biller {name}")
    AppInstallationFactory(company=company)
    AfasConnectionFactory(company=company, payment_condition="14", vat_duty="1")
    ItemLinkFactory(
        company=company, environment=ENVIRONMENT, use=ItemUse.DEFAULT, kind="1", code="UREN"
    )
    made = {kind: _customer(company, name, kind) for kind in (KNOWN, NUMBERED, NEW, SHARED)}
    projects = {kind: _worked_for(customer, biller) for kind, customer in made.items()}
    CustomerLink.objects.create(
        company=company,
        environment=ENVIRONMENT,
        customer=made[KNOWN],
        debtor_number=OLD_NUMBER[name],
    )
    own.make_books(company, ENVIRONMENT)
    activity = ActivityFactory(company=company)
    studio = Studio(company, made[KNOWN], projects[KNOWN], activity, biller.user)
    hour = _hour(projects[KNOWN], biller, minutes=480)
    return Firm(
        name=name,
        company=company.pk,
        biller=biller.user_id,
        customers={kind: one.pk for kind, one in made.items()},
        kvk={kind: one.kvk_number for kind, one in made.items()},
        own=own.make_invoices(studio, made[NEW], hour),
    )


def _worked_for(customer: Any, biller: Any) -> Any:
    """A project of this customer, with its hours."""
    project = ProjectFactory(
        company=customer.company, customer=customer, billing_method="hourly_project"
    )
    RateFactory(company=customer.company, project=project)
    for number in range(HOURS_EACH):
        _hour(project, biller, minutes=60 + 15 * number)
    return project


def _hour(project: Any, biller: Any, minutes: int) -> Any:
    return HourFactory(
        company=project.company, membership=biller, project=project, date=DAY, minutes=minutes
    )


def _customer(company: Any, name: str, kind: str) -> Any:
    numbers = {KNOWN: OLD_NUMBER[name], NUMBERED: OWN_NUMBER[name]}
    whose = "" if kind == SHARED else f" {name}"
    digit = {KNOWN: 1, NUMBERED: 2, NEW: 3, SHARED: 4}[kind]
    return CustomerFactory(
        company=company,
        name=f"{kind.title()}{whose} B.V.",
        number=numbers.get(kind, ""),
        street="Dorpsstraat",
        house_number="1",
        postcode="3511 AB",
        city="Utrecht",
        country="NL",
        kvk_number=f"1234567{digit}" if kind == SHARED else f"{ord(name)}00000{digit}",
    )


def restore(template: Template) -> None:
    """Every row as it was before."""
    connection.ensure_connection()
    connection.connection.deserialize(template.image)


def sql(query: str, *values: object) -> list[tuple[Any, ...]]:
    """What the database holds, asked beside the services: no await point, no hazard."""
    found: list[tuple[Any, ...]] = connection.connection.execute(query, values).fetchall()
    return found


def open_link(firm: Firm) -> AfasConnection:
    """The link of a company as it is now."""
    return AfasConnection.objects.select_related("company").get(
        company=firm.company, closed_at__isnull=True
    )


def prove_look_up(mix: Mix) -> None:
    """What a check of the link finds: each list is granted and shows its control row, or not."""
    links = AfasConnection.objects.filter(closed_at__isnull=True)
    links.update(debtor_control=CONTROL_DEBTOR, sight_seconds=mix.sight, findings=GRANTED)
    if mix.lookup:
        links.update(lookup_proven_at=PROVEN_AT, lookup_control=CONTROL_ORDER)
    if mix.entries:
        control = Concat("administration", Value(f"/{JOURNAL}/{CONTROL_ENTRY}"), output_field=TEXT)
        links.update(booking_proven_at=PROVEN_AT, booking_control=control)


def furnish(afas: Afas, ledger: Ledger, mix: Mix) -> None:
    """What AFAS holds before the run."""
    ledger.entries += control_entries()
    afas.orders.append(Order(CONTROL_ORDER, "2025-001", "10001", 10, set(), shown_from=ALWAYS))
    address = {"postcode": "3511 AB", "city": "Utrecht"}
    afas.debtors += [
        Debtor("10001", "Bakkerij De Gouden Aar B.V.", kvk="34567890", **address),
        Debtor(OLD_NUMBER["A"], "Known A B.V.", kvk="65000001", **address),
        Debtor(OLD_NUMBER["B"], "Known B B.V.", kvk="66000001", **address),
    ]
    if "namesake" in mix:
        afas.debtors.append(Debtor("10004", "New A B.V.", kvk="99999999", **address))
        afas.debtors.append(Debtor("20003", "Somebody Else B.V.", kvk="88888888", **address))

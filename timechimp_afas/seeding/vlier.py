"""Studio Vlier: six people, eight projects, three months of work; not linked to AFAS.

The customers with a number are debtors of the pretend AFAS too; two without a number are not, and
are made there with their first invoice; one has no country, so AFAS cannot take it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Company, Membership, Role
from registration.models import (
    Activity,
    BillingMethod,
    Expense,
    ExpenseCategory,
    Hour,
    Instalment,
    Project,
    ProjectActivity,
    ProjectMember,
    Rate,
    SubscriptionPeriod,
)
from registration.models.rates import EVER
from registration.services.rates import RateSubject, rate_set
from relations.models import Customer
from timechimp_afas.seeding.diary import Diary, Stage, Work, store
from timechimp_afas.seeding.people import Person, make_company
from timechimp_afas.seeding.vlier_script import SCRIPT

PASSWORD = "vlier-demo"  # noqa: S105 - printed by `make run`, of an example company
HISTORY = timedelta(days=91)

VLIER = {
    "name": "Studio Vlier B.V.",
    "street": "Vlierstraat",
    "house_number": "18",
    "postcode": "3512 AB",
    "city": "Utrecht",
    "kvk_number": "81234567",
    "vat_number": "NL812345605B01",
    "iban": "NL91ABNA0417164300",
}
PEOPLE = (
    Person("owner@vlier.example", "Marit Hoekstra", Role.OWNER),
    Person("billing@vlier.example", "Joris Vermeer", Role.BILLING),
    Person("noor@vlier.example", "Noor van Dijk", Role.MANAGER),
    Person("member@vlier.example", "Bram Kuiper", Role.MEMBER),
    Person("sanne@vlier.example", "Sanne de Wit", Role.MEMBER),
    Person("fleur@vlier.example", "Fleur Postma", Role.MEMBER),
)
CUSTOMERS: tuple[dict[str, str], ...] = (
    {
        "number": "10001",
        "name": "Bakkerij De Gouden Aar B.V.",
        "street": "Lindenlaan",
        "house_number": "12",
        "postcode": "3511 AB",
        "city": "Utrecht",
    },
    {"number": "10002", "name": "Waterschap Lindevaart", "city": "Zwolle", "reference": "INK-2207"},
    {"number": "10003", "name": "Van Dijk & Zonen Installatietechniek B.V.", "city": "Zeewolde"},
    {"number": "10004", "name": "'t Hoekje Boeken V.O.F.", "city": "Deventer"},
    {"number": "10005", "name": "Gemeente Westerveen", "city": "Assen"},
    {
        "name": "Studio Noorderlicht V.O.F.",
        "street": "Oosterhamrikkade",
        "house_number": "77",
        "postcode": "9714 BD",
        "city": "Groningen",
        "email": "facturen@noorderlicht.example",
        "phone": "050 549 12 30",
        "kvk_number": "86123451",
        "vat_number": "NL861234509B01",
    },
    {
        "name": "Atelier Zuidas B.V.",
        "street": "Strawinskylaan",
        "house_number": "301",
        "postcode": "1077 XX",
        "city": "Amsterdam",
        "email": "administratie@atelierzuidas.example",
        "phone": "020 549 44 10",
        "kvk_number": "82345672",
        "vat_number": "NL823456717B01",
    },
    {"name": "Verre Vrienden", "city": "Den Haag", "country": ""},
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One project: for whom (by the first word that tells), how it is billed, and its extras."""

    code: str
    name: str
    customer: str
    method: BillingMethod
    extras: Mapping[str, Any] = field(default_factory=dict)


PLANS = (
    Plan(code="INTERN", name="Intern", customer="", method=BillingMethod.NONE),
    Plan(
        code="WEBSHOP",
        name="Webshop vernieuwen",
        customer="Bakkerij De Gouden Aar B.V.",
        method=BillingMethod.HOURLY_ACTIVITY,
    ),
    Plan(
        code="PEIL",
        name="Dashboard waterstanden",
        customer="Waterschap Lindevaart",
        method=BillingMethod.HOURLY_PERSON,
        extras={"rounding_rule": "nearest", "rounding_step": 15},
    ),
    Plan(
        code="NOORD",
        name="Nieuwe website",
        customer="Studio Noorderlicht V.O.F.",
        method=BillingMethod.HOURLY_PROJECT,
        extras={"reference": "NL-0412"},
    ),
    Plan(
        code="BOEKEN",
        name="Catalogus en kassa",
        customer="'t Hoekje Boeken V.O.F.",
        method=BillingMethod.HOURLY_CUSTOMER,
    ),
    Plan(
        code="HUISSTIJL",
        name="Huisstijl gemeente",
        customer="Gemeente Westerveen",
        method=BillingMethod.FIXED_PROJECT,
        extras={"price": Decimal(14500), "only_approved": True},
    ),
    Plan(
        code="ZUIDAS",
        name="Zalenplanner",
        customer="Atelier Zuidas B.V.",
        method=BillingMethod.FIXED_ACTIVITY,
    ),
    Plan(
        code="HOSTING",
        name="Hosting en beheer",
        customer="Verre Vrienden",
        method=BillingMethod.SUBSCRIPTION,
        extras={"price": Decimal(185)},
    ),
)
# Name, code and EUR per hour; nothing for what has no rate of its own.
ACTIVITIES: tuple[tuple[str, str, str], ...] = (
    ("Ontwerp", "ONT", "95"),
    ("Ontwikkeling", "DEV", "105"),
    ("Projectleiding", "PL", "115"),
    ("Advies", "ADV", "125"),
    ("Tekst en redactie", "TXT", ""),
    ("Intern overleg", "INT", ""),
)
# Name, unit and EUR per unit; without a price it is passed on at cost.
CATEGORIES: tuple[tuple[str, str, Decimal | None], ...] = (
    ("Parkeren", "", None),
    ("Openbaar vervoer", "", None),
    ("Verblijf", "", None),
    ("Materiaal", "", None),
    ("Drukwerk", "", None),
    ("Beeldrechten", "", None),
    ("Lettertypen", "", None),
    ("Kopieën", "stuks", Decimal("0.15")),
)
PERSON_RATES = {
    "Marit": "120",
    "Joris": "90",
    "Noor": "110",
    "Bram": "85",
    "Sanne": "92.50",
    "Fleur": "80",
}
FIXED_AMOUNTS = {"Ontwikkeling": Decimal(6800), "Ontwerp": Decimal(3200)}
RESCUE = Work("Ontwikkeling", ("Storing bij het afrekenen opgelost",))
NOT_RATED = Work("Tekst en redactie", ("Teksten voor de nieuwe productpagina's",))


def make_vlier(today: date) -> Company:
    """Make Studio Vlier with its history up to `today`."""
    company, people = make_company(VLIER, PEOPLE, PASSWORD)
    Customer.objects.bulk_create([Customer(company=company, **details) for details in CUSTOMERS])
    stage = _stage(company, people)
    _staff(stage)
    _set_rates(company, stage, today)
    _plan_amounts(stage, today)
    diary = Diary(SCRIPT, stage, today, seed="Studio Vlier")
    diary.write(today - HISTORY)
    rescue = diary.hour("Bram", "WEBSHOP", today, RESCUE, 45)  # so that today is never empty
    store([rescue, _without_a_rate(diary, today)], [_copies(stage, today)])
    return company


def _stage(company: Company, people: Mapping[str, Membership]) -> Stage:
    activities = Activity.objects.bulk_create(
        [
            Activity(company=company, name=name, code=code, billable=code != "INT")
            for name, code, _rate in ACTIVITIES
        ]
    )
    categories = ExpenseCategory.objects.bulk_create(
        [
            ExpenseCategory(
                company=company, name=name, unit=unit, sales_price=Decimal(price) if price else None
            )
            for name, unit, price in CATEGORIES
        ]
    )
    return Stage(
        people=people,
        projects=_projects(company),
        activities={one.name: one for one in activities},
        categories={one.name: one for one in categories},
        approvers=(people["Noor"], people["Marit"]),
    )


def _projects(company: Company) -> dict[str, Project]:
    customers = {one.name: one for one in Customer.objects.of(company)}
    projects = Project.objects.bulk_create(
        [
            Project(
                company=company,
                code=plan.code,
                name=plan.name,
                customer=customers.get(plan.customer),
                billing_method=plan.method,
                **plan.extras,
            )
            for plan in PLANS
        ]
    )
    return {project.code: project for project in projects}


def _staff(stage: Stage) -> None:
    """Who may do what on which project; Noor manages what she works on."""
    for code, project in stage.projects.items():
        names = {work.activity for work in SCRIPT.work[code]}
        names |= {"Tekst en redactie"} if code == "WEBSHOP" else set()
        ProjectActivity.objects.bulk_create(
            [
                ProjectActivity(
                    company=project.company,
                    project=project,
                    activity=stage.activities[name],
                    fixed_amount=FIXED_AMOUNTS.get(name) if code == "ZUIDAS" else None,
                )
                for name in sorted(names)
            ]
        )
        ProjectMember.objects.bulk_create(
            [
                ProjectMember(
                    company=project.company,
                    project=project,
                    membership=membership,
                    is_manager=name == "Noor",
                )
                for name, membership in stage.people.items()
                if code in SCRIPT.shares[name]
            ]
        )


def _set_rates(company: Company, stage: Stage, today: date) -> None:
    """Every rung of the ladder once, and a raise for Sanne from this month on."""
    hour, km = Rate.Unit.HOUR, Rate.Unit.KM
    noord, boeken = stage.projects["NOORD"], stage.projects["BOEKEN"]
    rates: list[tuple[RateSubject, str, str]] = [
        (RateSubject(), hour, "90"),
        (RateSubject(), km, "0.23"),
        (RateSubject(project=noord), hour, "98.50"),
        (RateSubject(project=noord), km, "0.35"),
        (RateSubject(customer=boeken.customer), hour, "87.50"),
        (
            RateSubject(
                project=stage.projects["WEBSHOP"], activity=stage.activities["Ontwikkeling"]
            ),
            hour,
            "99",
        ),
    ]
    rates += [
        (RateSubject(activity=stage.activities[name]), hour, rate)
        for name, _code, rate in ACTIVITIES
        if rate
    ]
    rates += [
        (RateSubject(membership=stage.people[name]), hour, rate)
        for name, rate in PERSON_RATES.items()
    ]
    for subject, unit, rate in rates:
        _set(company, subject, unit, rate, EVER)
    _set(
        company, RateSubject(membership=stage.people["Sanne"]), hour, "97.50", today.replace(day=1)
    )


def _set(company: Company, subject: RateSubject, unit: str, rate: str, since: date) -> None:
    rate_set(
        company=company,
        by=None,
        subject=subject,
        unit=unit,
        amount=Decimal(rate),
        valid_from=since,
    )


def _plan_amounts(stage: Stage, today: date) -> None:
    """A fixed price in two parts, and three months of a subscription."""
    house_style, hosting = stage.projects["HUISSTIJL"], stage.projects["HOSTING"]
    parts = (("Eerste termijn, bij opdracht", -45), ("Tweede termijn, bij oplevering", 20))
    Instalment.objects.bulk_create(
        [
            Instalment(
                company=house_style.company,
                project=house_style,
                description=text,
                amount=Decimal(7250),
                due_on=today + timedelta(days=days),
            )
            for text, days in parts
        ]
    )
    SubscriptionPeriod.objects.bulk_create(
        [
            SubscriptionPeriod(
                company=hosting.company,
                project=hosting,
                description=f"Hosting en beheer, {first:%m-%Y}",
                amount=Decimal(185),
                due_on=first,
                starts_on=first,
                ends_on=_next_month(first) - timedelta(days=1),
            )
            for first in _last_months(today, 3)
        ]
    )


def _last_months(today: date, count: int) -> Sequence[date]:
    """The first days of the last `count` months, this one included, oldest first."""
    firsts = [today.replace(day=1)]
    while len(firsts) < count:
        firsts.insert(0, (firsts[0] - timedelta(days=1)).replace(day=1))
    return firsts


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _without_a_rate(diary: Diary, today: date) -> Hour:
    """The one hour without a rate: its activity has none, nor has it on this project."""
    day = today - timedelta(days=3)
    hour = diary.hour("Fleur", "WEBSHOP", day, NOT_RATED, 90)
    hour.billable = True
    return hour


def _copies(stage: Stage, today: date) -> Expense:
    """The one expense whose category has a sales price: 240 copies at 15 cents."""
    project = stage.projects["HUISSTIJL"]
    return Expense(
        company=project.company,
        membership=stage.people["Fleur"],
        project=project,
        date=today - timedelta(days=9),
        note="Kopieën voor de inloopavond",
        category=stage.categories["Kopieën"],
        quantity=Decimal(240),
        unit_cost=Decimal("0.08"),
    )

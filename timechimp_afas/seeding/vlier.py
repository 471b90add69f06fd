"""Studio Vlier: six people, nine projects, three months of work; not linked to AFAS.

The customers with a number are debtors of the pretend AFAS too; two without a number are not, and
are made there with their first invoice; one has no country, so AFAS cannot take it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Company, Membership
from registration.models import (
    Activity,
    Expense,
    ExpenseCategory,
    Hour,
    Project,
    ProjectActivity,
    ProjectMember,
    Rate,
)
from registration.models.rates import EVER
from registration.services.planned import InstalmentData, follow_amount, instalment_add
from registration.services.planned_rows import revise
from registration.services.rates import RateSubject, rate_set
from registration.services.subscriptions import periods_due, subscription_start
from relations.models import Customer
from relations.services.contacts import ContactData, contact_save
from timechimp_afas.seeding.diary import Diary, Stage, Work, store
from timechimp_afas.seeding.people import make_company
from timechimp_afas.seeding.vlier_cast import CONTACTS, CUSTOMERS, PASSWORD, PEOPLE, PLANS, VLIER
from timechimp_afas.seeding.vlier_invoices import make_invoices
from timechimp_afas.seeding.vlier_script import SCRIPT

HISTORY = timedelta(days=91)
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
    _add_contacts(company)
    stage = _stage(company, people)
    _staff(stage)
    _set_rates(company, stage, today)
    _plan_amounts(stage, today)
    diary = Diary(SCRIPT, stage, today, seed="Studio Vlier")
    diary.write(today - HISTORY)
    rescue = diary.hour("Bram", "WEBSHOP", today, RESCUE, 45)  # so that today is never empty
    store([rescue, _without_a_rate(diary, today)], [_copies(stage, today)])
    make_invoices(stage, today)
    return company


def _add_contacts(company: Company) -> None:
    customers = {one.name: one for one in Customer.objects.of(company)}
    for details, names in CONTACTS:
        at = tuple(customers[name] for name in names)
        data = ContactData(**details, customers=at)
        contact_save(company=company, contact=None, data=data, by=None)


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
    _set_cost_rates(company, stage)


def _set_cost_rates(company: Company, stage: Stage) -> None:
    """What an hour of each costs the studio itself; what nobody set is the company's."""
    costs = {"Marit": "62", "Noor": "54.50", "Bram": "41", "Sanne": "46"}
    rows = [
        Rate(
            company=company,
            unit=Rate.Unit.COST,
            membership=stage.people[name],
            amount=Decimal(cost),
        )
        for name, cost in costs.items()
    ]
    Rate.objects.bulk_create(
        [Rate(company=company, unit=Rate.Unit.COST, amount=Decimal(45)), *rows]
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
    """A fixed price in two parts, amounts of activities, and two subscriptions.

    The months of the subscriptions that are due appear by themselves.
    """
    _instalments(stage.projects["HUISSTIJL"], today)
    zuidas = stage.projects["ZUIDAS"]
    amounts = {row.activity: row.fixed_amount for row in zuidas.project_activities.all()}
    due = {stage.activities["Ontwikkeling"]: today + timedelta(days=30)}
    for activity, amount in amounts.items():
        row = follow_amount(zuidas, activity, amount, None)
        if row is not None and activity in due:
            revise(row, due_on=due[activity])
    for code, months in (("HOSTING", 2), ("PORTAAL", 3)):
        subscription_start(stage.projects[code], _months_before(today.replace(day=1), months))
    periods_due(zuidas.company, today)


def _instalments(project: Project, today: date) -> None:
    parts = (("Eerste termijn, bij opdracht", -45), ("Tweede termijn, bij oplevering", 20))
    for text, days in parts:
        data = InstalmentData(
            description=text, due_on=today + timedelta(days=days), percent=Decimal(50)
        )
        instalment_add(company=project.company, project=project, data=data, by=None)


def _months_before(first: date, count: int) -> date:
    """The first of the month `count` months before `first`."""
    for _month in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


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

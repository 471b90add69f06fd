"""What is unbilled: each figure in its place, and the total is what *Check* finds."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Company, User
from core.errors import DomainError
from invoicing.selectors import unbilled
from invoicing.selectors.unbilled import CUSTOMER, NOBODY, PROJECT, Scope, Ticks
from invoicing.services import drafting
from invoicing.services import unbilled as choosing
from invoicing.services.bundling import Options
from invoicing.services.pricing import Grouping
from registration.models import BillingStatus, Project, Selection, SubscriptionPeriod
from relations.models import Customer
from tests.factories import (
    ActivityFactory,
    CompanyFactory,
    CustomerFactory,
    ExpenseFactory,
    HourFactory,
    InstalmentFactory,
    ProjectFactory,
    RideFactory,
    SubscriptionPeriodFactory,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 14)
UNTIL = Scope(until=date(2026, 10, 31))
LATER = date(2026, 11, 1)
ENTRIES = {"hours": HourFactory, "expenses": ExpenseFactory, "rides": RideFactory}
PLANNED = {"instalments": InstalmentFactory, "periods": SubscriptionPeriodFactory}


@pytest.fixture
def project(company: Company) -> Project:
    """An hourly project of a customer."""
    made: Project = ProjectFactory(company=company)
    return made


@pytest.fixture
def choose(company: Company, biller: User) -> Callable[..., Selection]:
    """`choose(ticks)`: what a person ticks on the page."""

    def make(ticks: Ticks, scope: Scope = UNTIL) -> Selection:
        rows = unbilled.rows_of(company, scope)
        return choosing.choose(company=company, scope=scope, rows=rows, ticks=ticks, by=biller)

    return make


def total(company: Company, scope: Scope = UNTIL) -> unbilled.Figures:
    """The totals row."""
    return unbilled.total_of(unbilled.rows_of(company, scope))


def test_each_kind_stands_in_its_own_column(company: Company, project: Project) -> None:
    HourFactory(project=project, date=DAY, minutes=90)
    ExpenseFactory(project=project, date=DAY)
    RideFactory(project=project, date=DAY)
    InstalmentFactory(project=project, due_on=DAY, amount=500)
    SubscriptionPeriodFactory(project=project, due_on=DAY, amount=250)
    (row,) = unbilled.rows_of(company, UNTIL)
    assert (row.key, row.name) == (project.customer.pk, project.customer.name)
    amounts = [row.figures[kind].amount for kind in unbilled.KINDS]
    assert amounts == [Decimal(one) for one in ("150.00", "25.00", "9.20", "500.00", "250.00")]
    assert row.figures["hours"].minutes == 90
    assert (row.figures.total, row.figures.count) == (Decimal("934.20"), 5)


@pytest.mark.parametrize(
    ("state", "fields", "of_project"),
    [
        ("waiting", {}, {"only_approved": True}),
        ("rejected", {"rejected": True}, {}),
        ("rejected", {"rejected": True}, {"only_approved": True}),
        ("no_rate", {"missing": "no_rate"}, {}),
        ("covered", {"missing": "covered"}, {}),
        ("archived", {}, {"customer__archived": True}),
        ("no_customer", {"missing": "no_customer", "billing": "not_billable"}, {"customer": None}),
    ],
)
def test_what_cannot_be_billed_now_is_a_figure_of_its_own(
    company: Company, state: str, fields: dict[str, Any], of_project: dict[str, Any]
) -> None:
    project = ProjectFactory(company=company, **of_project)
    HourFactory(project=project, date=DAY, **fields)
    figures = total(company)
    assert (figures.total, figures.count) == (Decimal(0), 0)
    assert [name for name in unbilled.STATES if figures[name]] == [state]
    assert figures[state].count == 1


@pytest.mark.parametrize("billing", ["reserved", "invoiced", "written_off", "not_billable"])
def test_what_is_billed_or_never_will_be_is_not_there(company: Company, billing: str) -> None:
    HourFactory(company=company, date=DAY, billing=billing)
    InstalmentFactory(company=company, due_on=DAY, billing=billing)
    assert unbilled.rows_of(company, UNTIL) == []


def test_the_cut_off_date_counts_and_what_comes_later_is_a_hint(
    company: Company, project: Project
) -> None:
    HourFactory(project=project, date=UNTIL.until)
    HourFactory(project=project, date=LATER)
    for day in (UNTIL.until, LATER, LATER + timedelta(days=30)):
        InstalmentFactory(project=project, due_on=day, amount=100)
    figures = total(company)
    assert (figures["hours"].count, figures["instalments"].count) == (1, 1)
    assert (figures["later"].amount, figures.later_on) == (Decimal(200), LATER)


def test_rows_are_by_name_and_work_for_nobody_comes_last(company: Company) -> None:
    for name in ("Zuid", "aarde", "Noord"):
        HourFactory(
            date=DAY, project=ProjectFactory(customer=CustomerFactory(company=company, name=name))
        )
    own = ProjectFactory(company=company, customer=None)
    HourFactory(project=own, date=DAY, missing="no_customer", billing="not_billable")
    rows = unbilled.rows_of(company, UNTIL)
    assert [row.name for row in rows] == ["aarde", "Noord", "Zuid", ""]
    assert rows[-1].key == NOBODY


def test_it_narrows_to_a_customer_and_to_words(company: Company) -> None:
    projects = [ProjectFactory(company=company, name=name) for name in ("Web shop", "Web site")]
    for one in projects:
        HourFactory(project=one, date=DAY)
    first = projects[0]
    by_word = unbilled.rows_of(company, Scope(until=DAY, per=PROJECT, search="web SHOP"))
    by_customer = unbilled.rows_of(company, Scope(until=DAY, customer=first.customer_id))
    assert [row.name for row in by_word] == ["Web shop"]
    assert [row.name for row in by_customer] == [first.customer.name]


def test_another_company_is_never_counted_nor_chosen(
    company: Company, choose: Callable[..., Selection], project: Project
) -> None:
    stranger = HourFactory(company=CompanyFactory(), date=DAY)
    own = HourFactory(project=project, date=DAY)
    ticks = Ticks(
        rows=frozenset({project.customer_id, stranger.project.customer_id}),
        things={"hours": frozenset({stranger.pk})},
    )
    assert total(company)["hours"].count == 1
    assert choose(ticks).hours == [own.pk]


# What is ticked.


def picked(company: Company, ticks: Ticks, scope: Scope = UNTIL) -> unbilled.Figures:
    return unbilled.picked(company, scope, unbilled.rows_of(company, scope), ticks)


def test_a_ticked_row_is_all_of_it_that_can_be_billed(
    company: Company, project: Project, choose: Callable[..., Selection]
) -> None:
    hour, expense = (
        HourFactory(project=project, date=DAY),
        ExpenseFactory(project=project, date=DAY),
    )
    HourFactory(project=project, date=DAY, missing="no_rate")
    HourFactory(project=project, date=LATER)
    period = SubscriptionPeriodFactory(project=project, due_on=DAY)
    ticks = Ticks(rows=frozenset({project.customer_id}))
    found = choose(ticks)
    assert (found.hours, found.expenses, found.periods) == ([hour.pk], [expense.pk], [period.pk])
    assert found.count == picked(company, ticks).count == 3


def test_single_things_are_counted_once_also_when_their_row_is_ticked(
    company: Company, project: Project, choose: Callable[..., Selection]
) -> None:
    hours = [HourFactory(project=project, date=DAY) for _ in range(3)]
    other = HourFactory(company=company, date=DAY)
    one = Ticks(things={"hours": frozenset({hours[0].pk})})
    assert (picked(company, one).total, choose(one).hours) == (Decimal(100), [hours[0].pk])
    both = Ticks(
        rows=frozenset({project.customer_id}), things={"hours": frozenset({hours[0].pk, other.pk})}
    )
    assert picked(company, both).total == Decimal(400)
    assert choose(both).count == 4


def test_the_rest_of_a_long_row_is_all_but_what_was_shown(
    company: Company, project: Project, choose: Callable[..., Selection]
) -> None:
    hours = [HourFactory(project=project, date=DAY) for _ in range(5)]
    ticks = Ticks(
        rest=frozenset({project.customer_id}),
        shown={"hours": frozenset(one.pk for one in hours[:3])},
        things={"hours": frozenset({hours[1].pk})},
    )
    assert choose(ticks).hours == [hours[1].pk, hours[3].pk, hours[4].pk]
    assert picked(company, ticks).total == Decimal(300)


def test_nothing_ticked_and_too_much_ticked_are_sentences(
    company: Company,
    project: Project,
    choose: Callable[..., Selection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    HourFactory(project=project, date=DAY)
    with pytest.raises(DomainError, match="Nothing is ticked"):
        choose(Ticks())
    monkeypatch.setattr(choosing, "MOST", 1)
    HourFactory(project=project, date=DAY)
    with pytest.raises(DomainError, match="more than 1 things at once"):
        choose(Ticks(everything=True))
    assert Selection.objects.count() == 0


# Together with *Check*.


def at_random(company: Company, dice: random.Random) -> None:
    """A few projects of every sort, with things in every state."""
    customers: list[Customer | None] = [
        CustomerFactory(company=company),
        CustomerFactory(company=company),
        CustomerFactory(company=company, archived=True),
        None,
    ]
    activity = ActivityFactory(company=company)
    for customer in customers:
        for strict in (False, True):
            project = ProjectFactory(company=company, customer=customer, only_approved=strict)
            for _ in range(12):
                thing_at_random(company, project, dice, activity)


def thing_at_random(company: Company, project: Project, dice: random.Random, activity: Any) -> None:
    day = date(2026, 10, 1) + timedelta(days=dice.randrange(45))
    kind = dice.choice([*ENTRIES, *PLANNED])
    fields: dict[str, Any] = {"company": company, "project": project}
    if kind in PLANNED:
        amount = Decimal(dice.randrange(1, 10**6)) / 100
        starts = {"starts_on": day, "ends_on": day} if kind == "periods" else {}
        if kind != "periods" or not project_has(project, day):
            PLANNED[kind](**fields, **starts, due_on=day, amount=amount, billing=state(dice))
        return
    if project.customer_id is None:
        fields |= {"missing": "no_customer", "billing": "not_billable"}
    elif (missing := dice.choice(["", "", "", "no_rate", "covered"])) and kind == "hours":
        fields |= {"missing": missing}
    if kind == "hours":
        fields |= {"minutes": dice.randrange(1, 900), "activity": activity}
        fields |= {"usual_rate": Decimal(dice.randrange(1, 2 * 10**6)) / 10**4}
    if "billing" not in fields:
        fields["billing"] = state(dice)
    approval = dice.choice(["open", "submitted", "approved", "rejected"])
    ENTRIES[kind](**fields, date=day, approval=approval)


def state(dice: random.Random) -> str:
    return dice.choice([*[BillingStatus.UNBILLED] * 4, BillingStatus.RESERVED, "written_off"])


def project_has(project: Project, day: date) -> bool:
    return SubscriptionPeriod.objects.filter(project=project, starts_on=day).exists()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("per", [CUSTOMER, PROJECT])
def test_the_total_is_what_check_finds_when_everything_is_selected(
    company: Company, choose: Callable[..., Selection], seed: int, per: str
) -> None:
    at_random(company, random.Random(seed))
    scope = Scope(until=UNTIL.until, per=per)
    shown, everything = total(company, scope), Ticks(everything=True)
    selection = choose(everything, scope)
    options = Options(invoice_date=DAY, grouping=Grouping.ENTRY)
    check = drafting.check_drafts(company=company, selection=selection, options=options)
    assert list(check.left_out) == []
    assert shown.total == check.net > 0
    assert shown.count == selection.count
    assert picked(company, everything, scope).parts == shown.parts

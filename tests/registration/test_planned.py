"""Fixed prices: their instalments follow the price, and what is billed stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core import audit
from core.errors import DomainError, FieldsError, StaleError
from registration.models import Instalment, Project
from registration.services.planned import (
    InstalmentData,
    instalment_add,
    instalment_change,
    instalment_remove,
)
from registration.services.projects import ProjectData, project_activities_set, project_save
from tests.factories import ActivityFactory, ClaimFactory, CustomerFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 5, 1)


@pytest.fixture
def project(company: Any) -> Project:
    """A fixed price of 1,000 for an English customer."""
    customer = CustomerFactory(company=company, language="en")
    data = ProjectData(
        name="House style",
        customer=customer,
        billing_method="fixed_project",
        price=Decimal(1000),
    )
    return project_save(company=company, project=None, data=data, by=None)


def price(project: Project, amount: str | None, **wanted: Any) -> Project:
    project.refresh_from_db()
    names = ProjectData.__dataclass_fields__
    known = {name: getattr(project, name) for name in names}
    data = known | {"price": None if amount is None else Decimal(amount)} | wanted
    return project_save(company=project.company, project=project, data=ProjectData(**data), by=None)


def data(**wanted: Any) -> InstalmentData:
    return InstalmentData(**{"description": "First", "due_on": DAY, **wanted})


def add(project: Project, **wanted: Any) -> Instalment:
    return instalment_add(company=project.company, project=project, data=data(**wanted), by=None)


def change(row: Instalment, version: int | None = None, **wanted: Any) -> Instalment:
    known = {name: getattr(row, name) for name in ("description", "due_on", "vat_code")}
    return instalment_change(
        company=row.company,
        instalment=row,
        data=data(**known | wanted),
        version=version or row.version,
        by=None,
    )


def rows(project: Project) -> list[tuple[str, str]]:
    """Description and amount, the implicit one marked."""
    found = Instalment.objects.filter(project=project).exclude(billing="not_billable")
    return [
        (f"{one.description}{' *' if one.implicit else ''}", f"{one.amount:.2f}")
        for one in found.order_by("pk")
    ]


def only(project: Project, **wanted: Any) -> Instalment:
    return Instalment.objects.get(project=project, **wanted)


def bill(row: Instalment, billing: str = "invoiced") -> None:
    Instalment.objects.filter(pk=row.pk).update(billing=billing, invoice_label="2026-0001")


class TestOnePrice:
    def test_a_price_without_a_list_is_one_instalment_due_at_once(self, project: Project) -> None:
        row = only(project)
        assert rows(project) == [("House style, fixed price *", "1000.00")]
        assert (row.due_on, row.billing) == (timezone.localdate(), "unbilled")

    def test_an_unbilled_price_follows_with_a_new_version(self, project: Project) -> None:
        price(project, "1250.50")
        row = only(project)
        assert (row.amount, row.version) == (Decimal("1250.50"), 2)

    def test_a_higher_price_after_billing_leaves_a_remainder(self, project: Project) -> None:
        bill(only(project))
        price(project, "1500")
        assert rows(project) == [
            ("House style, fixed price", "1000.00"),
            ("House style, remainder *", "500.00"),
        ]
        price(project, "1600")
        assert rows(project)[1][1] == "600.00"
        price(project, "1000")
        assert len(rows(project)) == 1

    @pytest.mark.parametrize("billing", ["reserved", "invoiced"])
    def test_a_price_below_what_is_billed_is_refused(self, project: Project, billing: str) -> None:
        bill(only(project), billing)
        with pytest.raises(FieldsError, match=r"1\.000,00|1,000\.00"):
            price(project, "999.99")
        project.refresh_from_db()
        assert project.price == 1000

    def test_a_written_off_price_is_not_asked_again(self, project: Project) -> None:
        bill(only(project), "written_off")
        price(project, "1200")
        assert rows(project)[1] == ("House style, remainder *", "200.00")

    def test_its_day_and_text_can_be_changed_without_a_list(self, project: Project) -> None:
        change(only(project), description="All of it", due_on=DAY, amount=Decimal(1000))
        assert rows(project) == [("All of it *", "1000.00")]
        price(project, "1100")
        assert rows(project) == [("All of it *", "1100.00")]


class TestAList:
    def test_what_the_list_leaves_of_the_price_follows(self, project: Project) -> None:
        add(project, amount=Decimal(300))
        assert rows(project) == [("House style, fixed price *", "700.00"), ("First", "300.00")]
        second = add(project, description="Second", percent=Decimal(70))
        assert rows(project) == [("First", "300.00"), ("Second", "700.00")]
        instalment_remove(company=project.company, instalment=second, version=1, by=None)
        assert rows(project) == [("First", "300.00"), ("House style, remainder *", "700.00")]

    def test_three_thirds_lose_no_cent(self, project: Project) -> None:
        price(project, "100")
        for name, percent in (("A", "33.3333"), ("B", "33.3333"), ("C", "33.3334")):
            add(project, description=name, percent=Decimal(percent))
        assert [amount for _name, amount in rows(project)] == ["33.33", "33.33", "33.34"]
        price(project, "200")
        assert [amount for _name, amount in rows(project)] == ["66.67", "66.66", "66.67"]

    def test_a_percentage_follows_the_price_and_the_billed_part_stays(
        self, project: Project
    ) -> None:
        first = add(project, percent=Decimal(50))
        add(project, description="Second", percent=Decimal(50))
        bill(first)
        price(project, "1200")
        assert rows(project) == [
            ("First", "500.00"),
            ("Second", "600.00"),
            ("House style, remainder *", "100.00"),
        ]

    def test_a_remainder_that_was_removed_stays_away(self, project: Project) -> None:
        add(project, amount=Decimal(300))
        rest = only(project, implicit=True)
        instalment_remove(company=project.company, instalment=rest, version=rest.version, by=None)
        assert rows(project) == [("First", "300.00")]
        price(project, "2000")
        add(project, description="Second", amount=Decimal(200))
        assert rows(project) == [("First", "300.00"), ("Second", "200.00")]

    def test_more_than_the_price_is_allowed(self, project: Project) -> None:
        add(project, amount=Decimal(800))
        add(project, description="Second", amount=Decimal(500))
        assert rows(project) == [("First", "800.00"), ("Second", "500.00")]

    def test_a_smaller_part_leaves_the_list_complete(self, project: Project) -> None:
        only_one = only(project)
        change(only_one, amount=Decimal(400))
        assert rows(project) == [
            ("House style, fixed price", "400.00"),
            ("House style, remainder *", "600.00"),
        ]

    @pytest.mark.parametrize(
        ("wanted", "field"),
        [
            ({}, "amount"),
            ({"amount": Decimal(1), "percent": Decimal(1)}, "percent"),
            ({"amount": Decimal(0)}, "amount"),
            ({"amount": Decimal(-5)}, "amount"),
            ({"amount": Decimal(10) ** 10}, "amount"),
            ({"percent": Decimal("100.01")}, "percent"),
            ({"amount": Decimal(1), "description": "  "}, "description"),
            ({"amount": Decimal(1), "due_on": None}, "due_on"),
        ],
    )
    def test_what_cannot_be_is_said_beside_its_field(
        self, project: Project, wanted: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(FieldsError) as refusal:
            add(project, **wanted)
        assert list(refusal.value.errors) == [field]
        assert len(rows(project)) == 1

    def test_only_a_fixed_price_has_a_list(self, company: Any) -> None:
        hourly = project_save(
            company=company, project=None, data=ProjectData(name="Hourly"), by=None
        )
        with pytest.raises(DomainError, match="no fixed price as a whole"):
            add(hourly, amount=Decimal(1))

    @pytest.mark.parametrize(
        ("billing", "match"),
        [
            ("reserved", "being made"),
            ("invoiced", "on invoice 2026-0001"),
            ("written_off", "written off"),
        ],
    )
    def test_a_billed_instalment_stays_as_it_is(
        self, project: Project, billing: str, match: str
    ) -> None:
        row = only(project)
        bill(row, billing)
        with pytest.raises(DomainError, match=match):
            change(row, amount=Decimal(5))
        with pytest.raises(DomainError, match=match):
            instalment_remove(company=project.company, instalment=row, version=1, by=None)
        assert only(project).amount == 1000

    def test_whoever_saw_an_older_one_is_told(self, project: Project) -> None:
        row = only(project)
        change(row, amount=Decimal(1000), description="Mine")
        with pytest.raises(StaleError, match="nothing was saved"):
            change(row, version=1, amount=Decimal(1000), description="Yours")
        assert rows(project) == [("Mine *", "1000.00")]

    def test_a_credited_instalment_that_is_removed_stays_known(self, project: Project) -> None:
        row = add(project, amount=Decimal(300))
        ClaimFactory(company=project.company, hour=None, instalment=row, released_at=timezone.now())
        instalment_remove(company=project.company, instalment=row, version=1, by=None)
        row.refresh_from_db()
        assert (row.billing, rows(project)) == (
            "not_billable",
            [("House style, fixed price *", "1000.00")],
        )

    def test_what_happened_is_recorded_at_the_project(self, project: Project) -> None:
        row = add(project, amount=Decimal(300))
        instalment_remove(company=project.company, instalment=row, version=1, by=None)
        found = audit.events_of(project.company, project)
        actions = [event.action for event in found]
        assert actions == [
            "project.instalment_removed",
            "project.instalment_added",
            "project.created",
        ]
        assert found[0].before == {"instalment": "First · €\u00a0300.00 · 01-05-2026"}


class TestAmountsOfActivities:
    @pytest.fixture
    def by_activity(self, company: Any) -> Project:
        customer = CustomerFactory(company=company, language="en")
        wanted = ProjectData(name="Rooms", customer=customer, billing_method="fixed_activity")
        return project_save(company=company, project=None, data=wanted, by=None)

    def set(self, project: Project, amounts: dict[Any, Any], due: Any = None) -> None:
        project_activities_set(
            company=project.company, project=project, amounts=amounts, due=due or {}, by=None
        )

    def test_each_amount_is_an_instalment_due_on_its_day(self, by_activity: Project) -> None:
        first, second = (ActivityFactory(company=by_activity.company, name=n) for n in "AB")
        self.set(by_activity, {first: Decimal(500), second: None}, {first: DAY})
        row = only(by_activity)
        assert (row.description, row.amount, row.due_on) == ("Rooms, A, fixed price", 500, DAY)
        assert (row.activity, row.implicit) == (first, True)
        self.set(by_activity, {first: Decimal(600), second: Decimal(50)})
        found = Instalment.objects.filter(project=by_activity).order_by("pk")
        assert [(one.amount, one.due_on) for one in found] == [
            (600, DAY),
            (50, timezone.localdate()),
        ]

    def test_an_amount_that_goes_takes_its_unbilled_instalment_along(
        self, by_activity: Project
    ) -> None:
        activity = ActivityFactory(company=by_activity.company)
        for emptied in ({activity: None}, {}):
            self.set(by_activity, {activity: Decimal(500)})
            self.set(by_activity, emptied)
            assert rows(by_activity) == []

    def test_amounts_follow_the_method_of_now_and_not_of_the_page(
        self, by_activity: Project
    ) -> None:
        shown = Project.objects.get(pk=by_activity.pk)
        Project.objects.filter(pk=shown.pk).update(billing_method="hourly_activity")
        self.set(shown, {ActivityFactory(company=shown.company): Decimal(500)})
        assert rows(shown) == []

    def test_a_billed_amount_can_grow_and_not_shrink(self, by_activity: Project) -> None:
        activity = ActivityFactory(company=by_activity.company, name="A")
        self.set(by_activity, {activity: Decimal(500)})
        bill(only(by_activity))
        self.set(by_activity, {activity: Decimal(650)})
        assert rows(by_activity)[1] == ("Rooms, A, remainder *", "150.00")
        for lower in (Decimal(499), None):
            with pytest.raises(FieldsError, match="invoiced already"):
                self.set(by_activity, {activity: lower})
        self.set(by_activity, {})
        assert rows(by_activity) == [("Rooms, A, fixed price", "500.00")]

    def test_its_day_and_text_change_but_its_amount_stands_at_the_activity(
        self, by_activity: Project
    ) -> None:
        activity = ActivityFactory(company=by_activity.company, name="A")
        self.set(by_activity, {activity: Decimal(500)})
        change(only(by_activity), description="Delivered", amount=Decimal(500))
        assert rows(by_activity) == [("Delivered *", "500.00")]
        with pytest.raises(FieldsError, match="fixed amount of an activity"):
            change(only(by_activity), amount=Decimal(1))
        row = only(by_activity)
        with pytest.raises(DomainError, match="Empty it"):
            instalment_remove(company=row.company, instalment=row, version=row.version, by=None)

"""Companies of before instalments and subscriptions: a migration gives them what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("registration", "0002_billing_methods_in_full")]
AFTER = [("registration", "0003_planned_amounts_of_existing_projects")]
MADE = datetime(2025, 3, 9, 12, tzinfo=UTC)


def migrate(target: list[tuple[str, str]]) -> Any:
    """Bring the tables there, and return the models of then, of every app as it stands."""
    MigrationExecutor(connection).migrate(target)
    loader = MigrationExecutor(connection).loader
    return loader.project_state(list(loader.applied_migrations)).apps


@pytest.fixture
def old() -> Iterator[Any]:
    """The models of before; afterwards the tables are as every other test wants them."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        yield migrate(BEFORE)
    finally:
        migrate(newest)


class World:
    """Rows as they were stored then."""

    def __init__(self, apps: Any) -> None:
        self.apps = apps
        self.company = self.model("accounts", "Company").create(name="Oud")
        self.customer = self.made("relations", "Customer", name="Klant")

    def model(self, app: str, name: str) -> Any:
        return self.apps.get_model(app, name)._default_manager

    def made(self, app: str, kind: str, /, **fields: Any) -> Any:
        return self.model(app, kind).create(company=self.company, **fields)

    def project(self, method: str, **fields: Any) -> Any:
        row = self.made(
            "registration", "Project", customer=self.customer, billing_method=method, **fields
        )
        self.model("registration", "Project").filter(pk=row.pk).update(created_at=MADE)
        return row


def instalments(apps: Any) -> list[tuple[Any, ...]]:
    columns = ("project__name", "description", "amount", "due_on", "implicit", "billing")
    rows = apps.get_model("registration", "Instalment").objects.order_by("pk")
    return list(rows.values_list(*columns))


def test_a_price_without_a_list_becomes_one_instalment(old: Any) -> None:
    world = World(old)
    world.project("fixed_project", name="Begun", price=Decimal(1000), starts_on=date(2025, 5, 1))
    world.project("fixed_project", name="No day", price=Decimal("99.95"))
    world.project("fixed_project", name="No price", price=None)
    world.project("hourly_project", name="By the hour", price=Decimal(500))
    listed = world.project("fixed_project", name="Listed", price=Decimal(800))
    plan = {"project": listed, "description": "Half", "amount": Decimal(400)}
    world.made("registration", "Instalment", due_on=date(2025, 6, 1), **plan)
    assert instalments(migrate(AFTER)) == [
        ("Listed", "Half", Decimal(400), date(2025, 6, 1), False, "unbilled"),
        ("Begun", "Begun", Decimal(1000), date(2025, 5, 1), True, "unbilled"),
        ("No day", "No day", Decimal("99.95"), MADE.date(), True, "unbilled"),
    ]


def test_each_amount_of_an_activity_becomes_one_instalment(old: Any) -> None:
    world = World(old)
    project = world.project("fixed_activity", name="Site", starts_on=date(2025, 5, 1))
    hourly = world.project("hourly_activity", name="Hourly")
    for name, amount in (("Design", Decimal(300)), ("Build", Decimal(700)), ("Free", None)):
        activity = world.made("registration", "Activity", name=name)
        for one in (project, hourly):
            fields = {"project": one, "activity": activity, "fixed_amount": amount}
            world.made("registration", "ProjectActivity", **fields)
    assert [row[:4] for row in instalments(migrate(AFTER))] == [
        ("Site", "Site, Design", Decimal(300), date(2025, 5, 1)),
        ("Site", "Site, Build", Decimal(700), date(2025, 5, 1)),
    ]


def test_a_subscription_begins_with_its_first_period(old: Any) -> None:
    world = World(old)
    known = world.project("subscription", name="Known", price=Decimal(50))
    for month in (4, 2, 3):
        days = {"starts_on": date(2025, month, 1), "ends_on": date(2025, month, 28)}
        text = {"description": "Month", "amount": Decimal(50), "due_on": days["starts_on"]}
        world.made("registration", "SubscriptionPeriod", project=known, **days, **text)
    world.project("subscription", name="New", price=Decimal(60))
    terms = world.project("subscription", name="With terms", price=Decimal(70))
    world.made("registration", "Subscription", project=terms, starts_on=date(2024, 7, 1))
    apps = migrate(AFTER)
    rows = apps.get_model("registration", "Subscription").objects.order_by("starts_on")
    assert list(rows.values_list("project__name", "starts_on", "frequency", "in_advance")) == [
        ("With terms", date(2024, 7, 1), "month", True),
        ("Known", date(2025, 2, 1), "month", True),
        ("New", MADE.date(), "month", True),
    ]
    assert apps.get_model("registration", "SubscriptionPeriod").objects.count() == 3

"""Rates, projects and entries changed at the same time: nobody keeps an old value unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaitingError
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.services.companies import change_organisation
from core import audit
from core.errors import FieldsError
from registration.models import Hour, Project, Rate
from registration.services import billing_status
from registration.services.projects import ProjectData, project_save
from registration.services.rates import RateSubject, rate_set
from registration.services.valuation import Ladder, value
from tests.factories import (
    CompanyFactory,
    CustomerFactory,
    HourFactory,
    MembershipFactory,
    RateFactory,
)

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
A_MOMENT = 0.4
LONG = 15


@pytest.fixture(autouse=True)
def _rows_are_locked() -> None:
    if not connection.features.has_select_for_update:
        pytest.skip("needs DATABASE_URL at PostgreSQL; on SQLite there is one writer at a time")


@pytest.fixture
def entry() -> Hour:
    entry = HourFactory(company=CompanyFactory())
    RateFactory(activity=entry.activity, amount=100)
    return entry


def elsewhere(work: Callable[[], Any]) -> Future[Any]:
    """Do `work` in a thread with a connection of its own."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return ThreadPoolExecutor(1).submit(run)


def waits(colleague: Future[Any]) -> bool:
    try:
        colleague.exception(A_MOMENT)
    except StillWaitingError:
        return True
    return False


def set_rate(entry: Hour, amount: int) -> Rate | None:
    subject = RateSubject(activity=entry.activity)
    price = Decimal(amount)
    return rate_set(company=entry.company, by=None, subject=subject, unit="hour", amount=price)


def log_like(entry: Hour, before_saving: Callable[[], Any] = lambda: None) -> Hour:
    with transaction.atomic():
        ladder = Ladder.held(entry.company)
        copy = Hour(
            company=entry.company,
            membership=entry.membership,
            project=entry.project,
            activity=entry.activity,
            date=entry.date,
            minutes=60,
        )
        value([copy], ladder)
        before_saving()
        copy.save()
    return copy


def test_an_hour_logged_while_its_rate_changes_gets_the_new_rate(entry: Hour) -> None:
    with transaction.atomic():
        set_rate(entry, 120)
        colleague = elsewhere(lambda: log_like(entry))
        assert waits(colleague)
    assert colleague.result(LONG).rate == 120


def test_a_rate_set_while_an_hour_is_logged_reaches_that_hour(entry: Hour) -> None:
    started: list[Future[Any]] = []

    def meanwhile() -> None:
        started.append(elsewhere(lambda: set_rate(entry, 120)))
        assert waits(started[0])

    logged = log_like(entry, meanwhile)
    started[0].result(LONG)
    logged.refresh_from_db()
    assert (logged.rate, logged.amount) == (120, 120)


def test_a_project_keeps_its_customer_when_its_work_is_being_billed_meanwhile(entry: Hour) -> None:
    other = CustomerFactory(company=entry.company)
    data = ProjectData(name="Moved", customer=other)

    def move() -> Project:
        return project_save(company=entry.company, project=entry.project, data=data, by=None)

    with transaction.atomic():
        billing_status.reserve(company=entry.company, kind="hour", ids=[entry.pk])
        colleague = elsewhere(move)
        assert waits(colleague)
    with pytest.raises(FieldsError, match="keeps its customer"):
        colleague.result(LONG)
    assert Project.objects.get(pk=entry.project_id).customer_id == entry.project.customer_id


def test_a_company_does_not_wait_for_another(entry: Hour) -> None:
    stranger = HourFactory()
    with transaction.atomic():
        set_rate(entry, 120)
        colleague = elsewhere(lambda: set_rate(stranger, 80))
        assert colleague.result(LONG).amount == 80


def test_who_approves_and_who_rounds_another_way_do_not_wait_for_each_other(entry: Hour) -> None:
    """Approving holds the hours and then writes down who did it, which refers to the company."""
    owner = MembershipFactory(company=entry.company, role="owner").user
    rule = {"rounding_rule": "up", "rounding_step": 15}
    with transaction.atomic():
        Hour.objects.select_for_update().get(pk=entry.pk)
        rounding = elsewhere(
            lambda: change_organisation(company=entry.company, by=owner, values=rule)
        )
        assert waits(rounding)
        audit.record(company=entry.company, by=owner, action="hour.approved", obj=entry)
    assert rounding.result(LONG).rounding_rule == "up"

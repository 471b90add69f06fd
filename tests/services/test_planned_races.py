"""Many hands make, change and bill what is planned at the same moment, on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from core.errors import DomainError
from invoicing.services import claiming
from registration.models import Instalment, Project, SubscriptionPeriod
from registration.services.projects import ProjectData, project_save
from registration.services.subscriptions import periods_due
from tests.factories import CompanyFactory, CustomerFactory, ProjectFactory, SubscriptionFactory

HANDS = 8
Job = Callable[[], Any]


@pytest.fixture
def at_once() -> Iterator[Callable[[Sequence[Job]], list[Any]]]:
    """Eight things at the same moment, each in a thread of its own; a refusal is its sentence."""
    gate = threading.Barrier(HANDS)
    with ThreadPoolExecutor(HANDS) as pool:

        def one(job: Job) -> Any:
            gate.wait(30)
            try:
                return job()
            except DomainError as error:
                return error.message

        def all_of(jobs: Sequence[Job]) -> list[Any]:
            assert len(jobs) == HANDS
            return list(pool.map(one, jobs))

        yield all_of
        all_of([lambda: database.close()] * HANDS)  # noqa: PLW0108 - each thread has its own


def test_eight_who_open_the_page_make_each_period_once(at_once: Any) -> None:
    company = CompanyFactory()
    for _number in range(3):
        project = ProjectFactory(
            customer=CustomerFactory(company=company),
            billing_method="subscription",
            price=Decimal(100),
        )
        SubscriptionFactory(project=project, starts_on=date(2026, 1, 1))
    made = at_once([lambda: periods_due(company, date(2026, 6, 1))] * HANDS)
    assert sorted(made) == [0] * (HANDS - 1) + [18]
    assert SubscriptionPeriod.objects.of(company).count() == 18


def test_a_price_that_changes_while_it_is_billed_bills_one_of_both(at_once: Any) -> None:
    for _round in range(5):
        customer = CustomerFactory()
        known = ProjectData(
            name="Site", customer=customer, billing_method="fixed_project", price=Decimal(1000)
        )
        place = {"company": customer.company, "by": None}
        project = project_save(**place, project=None, data=known)
        row = Instalment.objects.get(project=project)
        raised = ProjectData(**vars(known) | {"price": Decimal(1500)})
        jobs = [billing_of(row)] * 4
        jobs += [lambda: project_save(**place, project=project, data=raised)] * 4  # noqa: B023
        got = at_once(jobs)
        billed = [one for one in got if isinstance(one, Decimal)]
        rows = Instalment.objects.filter(project=project)
        assert len(billed) <= 1
        assert sum(one.amount for one in rows) == 1500
        reserved = [one.amount for one in rows if one.billing == "reserved"]
        assert reserved == billed
        assert Project.objects.get(pk=project.pk).price == 1500


def billing_of(row: Instalment) -> Job:
    """Reserve the instalment as it was seen; what is billed then."""

    def reserve() -> Decimal:
        with claiming.billing(), transaction.atomic():
            versions = {"instalment": {row.pk: row.version}}
            taken = claiming.reserve(company=row.company, versions=versions)
            return taken["instalment"][0].amount

    return reserve

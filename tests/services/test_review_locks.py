"""Billing beside other work on the same rows, on PostgreSQL: it waits, and never deadlocks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from integrations.models import AfasConnection, ItemUse
from integrations.services import billing
from invoicing.services.bundling import Options
from registration.models import Hour, Project
from registration.services import billing_status, projects
from registration.services.billing_status import reserve
from tests.factories import (
    AfasConnectionFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    HourFactory,
    ItemLinkFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    SelectionFactory,
)

DAY = date(2026, 10, 14)


@pytest.fixture
def connection() -> AfasConnection:
    company = CompanyFactory()
    ItemLinkFactory(company=company, use=ItemUse.DEFAULT)
    RateFactory(company=company)
    return AfasConnectionFactory(company=company)


@pytest.fixture
def project(connection: AfasConnection) -> Project:
    customer = CustomerFactory(company=connection.company, numbered=True)
    CustomerLinkFactory(customer=customer, debtor_number=customer.number)
    made: Project = ProjectFactory(customer=customer, billing_method="hourly_customer")
    return made


def in_a_thread(job: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        try:
            return job()
        finally:
            database.close()

    return run


def test_billing_a_project_that_is_saved_at_that_moment_is_no_deadlock(
    connection: AfasConnection, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save locks the project and then its entries; an invoice refers to the project."""
    company, by = connection.company, MembershipFactory(company=connection.company).user
    hours = [HourFactory(company=company, project=project, date=DAY) for _ in range(3)]
    selection = SelectionFactory(company=company, user=by, hours=[hour.pk for hour in hours])
    options = Options(invoice_date=DAY)
    check = billing.check_selection(connection=connection, selection=selection, options=options)
    assert check.ready
    reserved, saving = threading.Event(), threading.Event()
    revalue = projects.valuation.revalue

    def slow_revalue(**fields: Any) -> int:
        saving.set()
        reserved.wait(1)
        return revalue(**fields)

    def slow_reserve(**fields: Any) -> Any:
        taken = reserve(**fields)
        reserved.set()
        return taken

    def save() -> Any:
        data = projects.ProjectData(
            name=project.name,
            customer=project.customer,
            billing_method="hourly_customer",
            rounding_rule="up",
        )
        return projects.project_save(company=company, project=project, data=data, by=by)

    def bill() -> Any:
        saving.wait(10)
        return billing.invoice_in_afas(
            connection=connection, selection=selection, options=options, token=check.token, by=by
        )

    monkeypatch.setattr(projects.valuation, "revalue", slow_revalue)
    monkeypatch.setattr(billing_status, "reserve", slow_reserve)
    with ThreadPoolExecutor(2) as pool:
        saved, run = pool.submit(in_a_thread(save)), pool.submit(in_a_thread(bill))
        saved.result(30)
        refusals = run.result(30).refusals
    assert [one["sentence"] for one in refusals if "Somebody else" in one["sentence"]] == []


@pytest.mark.parametrize("change", ["mark_invoiced", "release"])
def test_rows_are_locked_by_number_before_their_billing_changes(
    change: str, connection: AfasConnection, project: Project
) -> None:
    """An update locks in the order of its plan, and a bulk change by number: that is a deadlock."""
    hours = [HourFactory(project=project, billing="reserved", rate=Decimal(1)) for _ in range(2)]
    ids = [hour.pk for hour in hours]
    rows: dict[str, Any] = (
        {"labels": dict.fromkeys(ids, "AFAS")} if change == "mark_invoiced" else {"ids": ids}
    )
    with transaction.atomic(), CaptureQueriesContext(database) as queries:
        getattr(billing_status, change)(company=connection.company, kind="hour", **rows)
    touching = [one["sql"] for one in queries if Hour._meta.db_table in one["sql"]]
    assert touching[0].endswith("FOR UPDATE")
    assert "ORDER BY" in touching[0]

"""Which hours are behind an invoice: billed ones with their money, covered ones without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Company
from invoicing.models import Channel, Claim, Invoice
from invoicing.services import pdf
from invoicing.services.specification import specification_of
from registration.models import Hour, Project
from tests.factories import (
    ClaimFactory,
    HourFactory,
    InstalmentFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ProjectFactory,
    SubscriptionPeriodFactory,
)
from tests.invoicing import papers
from tests.invoicing.conftest import Biller

pytestmark = pytest.mark.django_db
OCTOBER = {"supply_from": date(2026, 10, 1), "supply_until": date(2026, 10, 31)}


def covered(project: Project, **fields: Any) -> Hour:
    """An hour that a fixed amount pays for."""
    return HourFactory(project=project, missing="covered", **{"date": date(2026, 10, 14), **fields})


def claimed_on(invoice: Invoice, **thing: Any) -> Claim:
    """A line of an invoice that bills one thing."""
    line = InvoiceLineFactory(invoice=invoice, description="Fixed part")
    return ClaimFactory(line=line, hour=None, **thing)


def test_the_hours_of_a_line_add_up_to_it(biller_of: Biller, make: Callable[..., Any]) -> None:
    """Minutes, rates and amounts, as they were frozen."""
    things = [make("hour", minutes=minutes) for minutes in (50, 95, 60)]
    invoice = biller_of.invoice({"hour": things}, channel=Channel.OURS)
    lines = specification_of(invoice)
    assert sum(line.minutes for line in lines) == 205
    assert sum((line.amount for line in lines), Decimal(0)) == invoice.net
    assert {one.rate for line in lines for one in line.hours} == {Decimal("100.0000")}


def test_names_activities_and_notes_are_as_registered(
    biller_of: Biller, make: Callable[..., Any]
) -> None:
    """And the project that they were written on."""
    hour = make("hour", note="Search page")
    (line,) = specification_of(biller_of.invoice({"hour": [hour]}, channel=Channel.OURS))
    (one,) = line.hours
    assert (one.person, one.activity, one.note) == (
        str(hour.membership),
        hour.activity.name,
        "Search page",
    )
    assert line.project == hour.project.name


def test_a_line_that_no_longer_multiplies_out_shows_no_rate(
    biller_of: Biller, make: Callable[..., Any]
) -> None:
    """With a discount, hours × rate is not what is asked: the amounts alone are."""
    invoice = biller_of.invoice({"hour": [make("hour")]}, channel=Channel.OURS)
    invoice.lines.update(discount=Decimal(10), net=Decimal("90.00"))
    Claim.objects.filter(line__invoice=invoice).update(amount=Decimal("90.00"))
    (line,) = specification_of(invoice)
    assert [(one.rate, one.amount) for one in line.hours] == [(None, Decimal("90.00"))]


def test_what_changes_later_on_the_entry_changes_no_frozen_figure(
    biller_of: Biller, make: Callable[..., Any]
) -> None:
    """After a credit note the entry may be another one; the final invoice still lists its hour."""
    hour = make("hour")
    invoice = biller_of.invoice({"hour": [hour]}, channel=Channel.OURS)
    invoice.status, invoice.number = "final", "2026-0001"
    invoice.save()
    Claim.objects.filter(line__invoice=invoice).update(released_at=timezone.now())
    Hour.objects.filter(pk=hour.pk).update(minutes=30, billable_minutes=30)
    (line,) = specification_of(invoice)
    assert (line.minutes, line.amount) == (60, Decimal("100.00"))


def test_a_draft_lists_only_what_it_still_holds(
    biller_of: Biller, make: Callable[..., Any]
) -> None:
    """What was given back is not on it."""
    invoice = biller_of.invoice({"hour": [make("hour")]}, channel=Channel.OURS)
    Claim.objects.filter(line__invoice=invoice).update(released_at=timezone.now())
    assert specification_of(invoice) == ()


def test_an_instalment_lists_the_covered_hours_of_the_supply_period(company: Company) -> None:
    """Without amounts; hours of other days, other projects, and rejected ones are not there."""
    project = ProjectFactory(company=company, billing_method="fixed_project")
    invoice = InvoiceFactory(company=company, ours=True, **OCTOBER)
    for on_paper in ("First", "Second"):
        part = InstalmentFactory(project=project, description=on_paper)
        claimed_on(invoice, instalment=part)
    covered(project, date=date(2026, 10, 1), note="first day")
    covered(project, date=date(2026, 10, 31), note="last day")
    covered(project, date=date(2026, 9, 30))
    covered(project, date=date(2026, 11, 1))
    covered(project, rejected=True)
    covered(ProjectFactory(company=company))
    (line,) = specification_of(invoice)
    assert [one.note for one in line.hours] == ["first day", "last day"]
    assert line.is_covered
    assert line.amount == 0


def test_a_period_lists_the_hours_of_its_own_days(company: Company) -> None:
    """Only approved ones where the project bills no others."""
    project = ProjectFactory(company=company, billing_method="subscription", only_approved=True)
    invoice = InvoiceFactory(company=company, ours=True, **OCTOBER)
    claimed_on(invoice, subscription_period=SubscriptionPeriodFactory(project=project))
    covered(project, date=date(2026, 1, 15), approved=True, note="January")
    covered(project, date=date(2026, 1, 16))
    covered(project, date=date(2026, 10, 14), approved=True)
    (line,) = specification_of(invoice)
    assert [one.note for one in line.hours] == ["January"]


def test_hours_written_down_after_it_became_final_are_not_listed(company: Company) -> None:
    project = ProjectFactory(company=company, billing_method="subscription", price=Decimal(300))
    invoice = InvoiceFactory(company=company, ours=True)
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 31)}
    claimed_on(invoice, subscription_period=SubscriptionPeriodFactory(project=project, **days))
    covered(project, date=date(2026, 1, 15), note="in time")
    invoice.finalised_at = timezone.now()
    invoice.save(update_fields=["finalised_at"])
    covered(project, date=date(2026, 1, 16), note="too late")
    (line,) = specification_of(invoice)
    assert [hour.note for hour in line.hours] == ["in time"]


def test_nothing_of_another_company_is_listed(company: Company) -> None:
    """Each sees its own."""
    invoice = InvoiceFactory(company=company, ours=True, **OCTOBER)
    ClaimFactory()
    covered(ProjectFactory())
    assert specification_of(invoice) == ()


def test_the_annex_prints_every_entry_and_its_total(
    biller_of: Biller, make: Callable[..., Any]
) -> None:
    """On pages of its own behind the invoice."""
    hours = [make("hour", minutes=90, note=f"Note {at}.") for at in range(40)]
    invoice = biller_of.invoice({"hour": hours}, channel=Channel.OURS)
    printed = papers.paper()
    found = papers.pages(pdf.render(printed, papers.look(), specification_of(invoice)))
    annex = " ".join(found[1:])
    assert "Specification of hours" in found[1]
    assert all(f"Note {at}." in annex for at in range(40))
    assert annex.count("150,00") >= 40


def test_an_invoice_without_hours_has_no_such_annex(company: Company) -> None:
    """No empty page."""
    invoice = InvoiceFactory(company=company, ours=True, with_specification=True)
    InvoiceLineFactory(invoice=invoice, vat_code="high", vat_percent=21)
    assert len(papers.pages(pdf.pdf_of(invoice))) == 1

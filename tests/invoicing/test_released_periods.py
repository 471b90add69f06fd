"""A period of a subscription that is given back asks the price of today, as hours do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from invoicing.models import Invoice
from invoicing.services import editing
from registration.models import Project, SubscriptionPeriod
from registration.services.subscriptions import SubscriptionData, periods_due, subscription_save
from tests.factories import ProjectFactory, SubscriptionFactory
from tests.invoicing import invariants
from tests.invoicing.own import Studio, fresh

pytestmark = pytest.mark.django_db
JANUARY = date(2026, 1, 1)


@pytest.fixture
def hosting(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(timezone, "localdate", lambda: JANUARY)
    project = ProjectFactory(
        customer=studio.customer, billing_method="subscription", price=Decimal(100)
    )
    SubscriptionFactory(project=project, starts_on=JANUARY)
    periods_due(studio.company, JANUARY)
    return project


def period_of(project: Project) -> SubscriptionPeriod:
    return SubscriptionPeriod.objects.get(project=project, starts_on=JANUARY)


def save(project: Project, **wanted: Any) -> None:
    data = SubscriptionData(**{"price": Decimal(120), "starts_on": JANUARY, **wanted})
    subscription_save(company=project.company, project=fresh(project), data=data, by=None)


def drafted(studio: Studio, hosting: Project) -> Invoice:
    return studio.draft([period_of(hosting)])


def test_a_price_that_was_corrected_under_a_draft_is_asked_once_it_is_deleted(
    studio: Studio, hosting: Project
) -> None:
    draft = drafted(studio, hosting)
    save(hosting)
    assert period_of(hosting).amount == 100
    editing.draft_delete(invoice=draft, by=studio.by)
    assert (period_of(hosting).billing, period_of(hosting).amount) == ("unbilled", 120)


def test_a_draft_that_is_refreshed_asks_the_price_of_now(studio: Studio, hosting: Project) -> None:
    draft = drafted(studio, hosting)
    save(hosting)
    assert editing.refresh(invoice=draft, by=studio.by).net == 120
    invariants.check(studio.company)


def test_a_price_from_a_later_day_leaves_what_a_credit_note_gives_back(
    studio: Studio, hosting: Project
) -> None:
    final = studio.finalise(drafted(studio, hosting))
    save(hosting, price_from=date(2026, 2, 1))
    studio.credit(final)
    assert (period_of(hosting).billing, period_of(hosting).amount) == ("unbilled", 100)


def test_days_that_are_no_period_any_more_keep_what_they_asked(
    studio: Studio, hosting: Project
) -> None:
    draft = drafted(studio, hosting)
    save(hosting, frequency="quarter", price=Decimal(300))
    editing.draft_delete(invoice=draft, by=studio.by)
    assert period_of(hosting).billing == "unbilled"
    save(hosting, frequency="quarter", price=Decimal(300))
    (row,) = SubscriptionPeriod.objects.filter(project=hosting)
    assert (row.ends_on, row.amount) == (date(2026, 3, 31), 300)


def test_a_price_that_changes_under_a_draft_is_named_until_it_is_taken_over(
    studio: Studio, hosting: Project
) -> None:
    draft = drafted(studio, hosting)
    assert editing.changed_since(draft) == []
    save(hosting)
    assert editing.changed_since(draft) == [
        "1 period of a subscription on this draft would have another price today."
    ]
    editing.refresh(invoice=draft, by=studio.by)
    assert editing.changed_since(fresh(draft)) == []


@pytest.mark.parametrize(
    "other",
    [
        {"price_from": date(2026, 2, 1)},  # the period keeps its price
        {"frequency": "quarter"},  # there is no such period any more to ask a price
        {"price": Decimal(100), "template": "{period}"},
    ],
)
def test_what_leaves_the_price_of_a_period_alone_is_not_named(
    studio: Studio, hosting: Project, other: dict[str, Any]
) -> None:
    draft = drafted(studio, hosting)
    save(hosting, **other)
    assert editing.changed_since(draft) == []


def test_the_other_periods_on_a_draft_are_not_named_with_one_that_changed(
    studio: Studio, hosting: Project
) -> None:
    periods_due(studio.company, date(2026, 3, 1))
    draft = studio.draft(list(SubscriptionPeriod.objects.filter(project=hosting)))
    save(hosting, price_from=date(2026, 2, 1))
    (sentence,) = editing.changed_since(draft)
    assert sentence.startswith("2 periods of a subscription")

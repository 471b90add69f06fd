"""A project that bills approved work only, from the very moment that somebody says so."""

from __future__ import annotations

import pytest
from django.db import transaction

from core.errors import StaleError
from invoicing.services import claiming
from registration.services.projects import ProjectData, project_save
from tests.invoicing.own import Studio, standing, versions_of

pytestmark = pytest.mark.django_db


def demand_approval(studio: Studio) -> None:
    data = ProjectData(name="Website", customer=studio.customer, only_approved=True)
    project_save(company=studio.company, project=studio.project, data=data, by=studio.by)


def test_what_was_checked_before_is_not_billed_unapproved(studio: Studio) -> None:
    hour = studio.hour()
    seen = versions_of([hour])
    demand_approval(studio)
    with pytest.raises(StaleError, match="changed since you checked"), transaction.atomic():
        claiming.reserve_seen(company=studio.company, versions=seen)
    assert standing(hour) == [("unbilled", "")]


def test_what_is_approved_stays_as_it_was_seen(studio: Studio) -> None:
    hour = studio.hour(approved=True)
    seen = versions_of([hour])
    demand_approval(studio)
    with transaction.atomic():
        claiming.reserve_seen(company=studio.company, versions=seen)
    assert standing(hour) == [("reserved", "")]

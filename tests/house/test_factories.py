"""The factories keep their promise, so that other tests may rely on it."""

import pytest
from django.apps import apps
from django.db import models
from factory.django import DjangoModelFactory

from accounts.models import Company
from core.tenancy import CompanyOwned
from tests import factories
from tests.factories import CompanyFactory, HourFactory, OwnedFactory, ProjectFactory

OUR_APPS = {"core", "accounts", "relations", "registration", "invoicing", "integrations"}
FACTORIES = {
    one._meta.model: one
    for one in vars(factories).values()
    if isinstance(one, type) and issubclass(one, DjangoModelFactory) and not one._meta.abstract
}


def our_models() -> list[type[models.Model]]:
    return [one for one in apps.get_models() if one._meta.app_label in OUR_APPS]


@pytest.mark.django_db
@pytest.mark.parametrize("model", our_models(), ids=lambda model: model.__name__)
def test_every_model_has_a_factory_that_makes_a_valid_row(model: type[models.Model]) -> None:
    row = FACTORIES[model]()
    empty = {
        field.name for field in model._meta.concrete_fields if not field.value_from_object(row)
    }
    row.full_clean(exclude=empty)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "factory",
    [one for one in FACTORIES.values() if issubclass(one, OwnedFactory)],
    ids=lambda one: one.__name__,
)
def test_everything_a_factory_makes_is_of_the_company_it_was_given(
    factory: type[OwnedFactory],
) -> None:
    company = CompanyFactory()
    factory(company=company)
    assert list(Company.objects.all()) == [company]
    owned = [model for model in our_models() if issubclass(model, CompanyOwned)]
    assert all(not model.objects.exclude(company=company).exists() for model in owned)


@pytest.mark.django_db
def test_a_row_follows_the_company_of_the_object_it_is_given() -> None:
    project = ProjectFactory()
    assert HourFactory(project=project).company == project.company


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state", ["waiting", "sending", "confirmed", "rejected", "unknown", "cancelled", "undone"]
)
def test_a_document_can_be_made_in_each_state(state: str) -> None:
    assert factories.AfasDocumentFactory(**{state: True}).state == state


@pytest.mark.django_db
def test_an_entry_that_is_not_billable_has_no_amount_and_says_why() -> None:
    hour = HourFactory(billable=False)
    assert (hour.amount, hour.missing, hour.billing) == (None, "not_billable", "not_billable")

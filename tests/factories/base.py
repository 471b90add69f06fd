"""Users and companies, and what every row of a company has in common."""

from __future__ import annotations

from typing import Any

import factory
from django.db import models
from factory.django import DjangoModelFactory

from accounts.models import Company, User

PASSWORD = "a-long-enough-password"  # of every user a factory makes


class UserFactory(DjangoModelFactory):
    """A person without a company."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Person {n}")
    language = "en"
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *_args: Any, **fields: Any) -> User:
        return model_class.objects.create_user(**fields)


class CompanyFactory(DjangoModelFactory):
    """A company in which nobody works yet; `addressed=True` lets it send invoices of its own."""

    class Meta:
        model = Company

    class Params:
        addressed = factory.Trait(
            street="Kade",
            house_number="1",
            postcode="1011 AB",
            city="Amsterdam",
            kvk_number="12345678",
            vat_number="NL001234567B01",
            iban="NL91ABNA0417164300",
        )

    name = factory.Sequence(lambda n: f"Studio {n}")
    language = "en"


class OwnedFactory(DjangoModelFactory):
    """A row of a company: the given one, else that of the first given object, else a new one."""

    class Meta:
        abstract = True

    company = factory.SubFactory(CompanyFactory)

    @classmethod
    def _generate(cls, strategy: Any, params: dict[str, Any]) -> Any:
        if "company" not in params:
            owned = (value for value in params.values() if isinstance(value, models.Model))
            company = next((one.company for one in owned if hasattr(one, "company_id")), None)
            params = {**params, "company": company} if company else params
        return super()._generate(strategy, params)


def same_company(factory_class: type[DjangoModelFactory] | str, **defaults: Any) -> Any:
    """A related row in the same company."""
    return factory.SubFactory(factory_class, company=factory.SelfAttribute("..company"), **defaults)

"""The rates of a company, and what they belong to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Self

from accounts.models import Company, Membership
from core.tenancy import CompanyOwned, CompanyQuerySet
from registration.models import Activity, Project, Rate
from relations.models import Customer

SUBJECTS = ("customer", "activity", "membership", "project")
Key = tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class RateSubject:
    """What a rate belongs to; nothing filled in is the company itself.

    An hour's rate may belong to the company, a customer, an activity, a person, a project, or a
    project with an activity or a person. A km rate belongs to the company, a customer or a project.
    """

    customer: Customer | None = None
    activity: Activity | None = None
    membership: Membership | None = None
    project: Project | None = None

    @property
    def parts(self) -> dict[str, CompanyOwned]:
        """What is filled in, by name."""
        named = {name: getattr(self, name) for name in SUBJECTS}
        return {name: part for name, part in named.items() if part is not None}

    @property
    def key(self) -> Key:
        """The ids, in the order of SUBJECTS."""
        parts = self.parts
        return tuple(parts[name].pk if name in parts else None for name in SUBJECTS)

    @property
    def named_after(self) -> CompanyOwned | None:
        """Whose history tells of this rate; None for the company's own."""
        return self.project or self.customer or self.activity or self.membership


@dataclass(frozen=True)
class RateBook:
    """All rates of a company, by unit and subject, each subject's oldest first."""

    steps: dict[tuple[str, Key], list[Rate]]

    @classmethod
    def of(cls, company: Company) -> Self:
        """The rates as they are now, in one query."""
        steps = defaultdict(list)
        for rate in Rate.objects.of(company).order_by("valid_from"):
            key = tuple(getattr(rate, f"{name}_id") for name in SUBJECTS)
            steps[rate.unit, key].append(rate)
        return cls(dict(steps))

    def of_subject(self, subject: RateSubject, unit: str) -> list[Rate]:
        """What this very subject has had, has and will have; no other rung is looked at."""
        return self.steps.get((unit, subject.key), [])

    def current(self, subject: RateSubject, unit: str, day: date) -> Rate | None:
        """The subject's own rate on `day`."""
        begun = [rate for rate in self.of_subject(subject, unit) if rate.valid_from <= day]
        return begun[-1] if begun else None


def rates_of(company: Company) -> CompanyQuerySet:
    """Every rate with its subject, oldest start first."""
    rates = Rate.objects.of(company).order_by("valid_from", "id")
    return rates.select_related("customer", "activity", "membership__user", "project")

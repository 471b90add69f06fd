"""The tables on a project's page: its own rates, its activities and its people."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.doors import CompanyRequest
from accounts.models import Membership, User
from registration.forms.projects import ProjectActivitiesForm, ProjectPeopleForm
from registration.forms.rates import RateLine, RatesForm, ShownLine
from registration.models import Activity, BillingMethod, Project, Rate
from registration.selectors.planned import amounts_due
from registration.selectors.projects import activities_to_list, people_to_join
from registration.selectors.rates import RateBook, RateSubject
from relations.doors import sees_amounts, sets_prices


@dataclass(frozen=True)
class Part:
    """One form of the page: ticks, rates, or both; saved together or not at all."""

    ticks: ProjectActivitiesForm | ProjectPeopleForm | None
    rates: RatesForm | None
    keys: tuple[int, ...] = ()

    def save_by(self, user: User) -> bool:
        """Save everything that was typed; False when something was refused."""
        given = [form for form in (self.ticks, self.rates) if isinstance(form, forms.Form)]
        if not all([form.is_valid() for form in given]):  # noqa: C419  every form shows its errors
            return False
        with transaction.atomic():
            if self.ticks is not None and not self.ticks.save_by(user):
                transaction.set_rollback(True)
                return False
            if self.rates is not None and not self.rates.save_by(user):
                transaction.set_rollback(True)
                return False
        return True

    @property
    def errors(self) -> bool:
        """Whether something was refused."""
        return any(form is not None and form.errors for form in (self.ticks, self.rates))

    @property
    def rows(self) -> list[object]:
        """The rows of the table, those that are on the project first."""
        if self.ticks is None:
            return []
        shown = self.rates.shown() if self.rates else []
        rates: dict[int, ShownLine] = dict(zip(self.keys, shown, strict=False))
        rows = [*self.ticks.rows(rates)]
        return sorted(rows, key=lambda row: not row.chosen)


@dataclass(frozen=True)
class Tables:
    """Makes the parts of one project's page for one person."""

    request: CompanyRequest
    project: Project
    book: RateBook

    @property
    def method(self) -> BillingMethod:
        """How the project is billed."""
        return self.project.method

    def own_rates(self, data: QueryDict | None = None) -> Part:
        """The project's own rates: per hour when it is billed so, per km unless never billed."""
        subject = RateSubject(project=self.project)
        lines = []
        if self.method is BillingMethod.HOURLY_PROJECT:
            lines.append(RateLine(name="hour", label=_("Hourly rate"), subject=subject))
        if self.method is not BillingMethod.NONE and self.project.customer is not None:
            lines.append(
                RateLine(
                    name="km",
                    label=_("Rate per km"),
                    subject=subject,
                    unit=Rate.Unit.KM,
                    otherwise=self._km_otherwise(),
                )
            )
        return Part(None, self._rates("own", lines, data))

    def activities(self, data: QueryDict | None = None) -> Part:
        """The activities, with rates or fixed amounts where the method asks for them."""
        activities = list(activities_to_list(self.request.company, self.project.pk))
        priced = self.method is BillingMethod.FIXED_ACTIVITY and self._may_set
        due = amounts_due(self.project) if priced else {}
        ticks = ProjectActivitiesForm(
            data, project=self.project, activities=activities, priced=priced, due=due
        )
        lines = []
        if self.method is BillingMethod.HOURLY_ACTIVITY:
            lines = [self._activity_line(activity) for activity in activities]
        rates = self._rates("activities", lines, data)
        return Part(ticks, rates, tuple(activity.pk for activity in activities))

    def people(self, data: QueryDict | None = None) -> Part:
        """The people, with their rates here when the method asks for them."""
        people = list(people_to_join(self.request.company, self.project.pk))
        ticks = ProjectPeopleForm(data, project=self.project, people=people)
        lines = []
        if self.method is BillingMethod.HOURLY_PERSON:
            lines = [self._person_line(person) for person in people]
        rates = self._rates("people", lines, data)
        return Part(ticks, rates, tuple(person.pk for person in people))

    @property
    def _may_set(self) -> bool:
        return sets_prices(self.request.membership)

    def _rates(self, name: str, lines: list[RateLine], data: QueryDict | None) -> RatesForm | None:
        """The boxes; None where there are none, or for whoever may not see or not set them."""
        allowed = sees_amounts(self.request.membership) if data is None else self._may_set
        if not lines or not allowed:
            return None
        company = self.request.company
        auto_id = f"{name}_%s"
        return RatesForm(data, auto_id=auto_id, company=company, book=self.book, lines=lines)

    def _activity_line(self, activity: Activity) -> RateLine:
        subject = RateSubject(project=self.project, activity=activity)
        otherwise = self._now(RateSubject(activity=activity))
        name = f"rate-{activity.pk}"
        return RateLine(name=name, label=activity.name, subject=subject, otherwise=otherwise)

    def _person_line(self, person: Membership) -> RateLine:
        subject = RateSubject(project=self.project, membership=person)
        otherwise = self._now(RateSubject(membership=person))
        name = f"rate-{person.pk}"
        return RateLine(name=name, label=str(person), subject=subject, otherwise=otherwise)

    def _km_otherwise(self) -> Rate | None:
        customer = RateSubject(customer=self.project.customer)
        return self._now(customer, Rate.Unit.KM) or self._now(RateSubject(), Rate.Unit.KM)

    def _now(self, subject: RateSubject, unit: str = Rate.Unit.HOUR) -> Rate | None:
        return self.book.current(subject, unit, timezone.localdate())

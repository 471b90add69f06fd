"""What people fill in about a project: its facts, its activities and its people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, Membership, User
from core.errors import FieldsError
from core.forms import DateField, MoneyField
from registration.forms.rates import ShownLine
from registration.models import Activity, Project
from registration.services.projects import (
    ProjectData,
    filled_in,
    project_activities_set,
    project_people_set,
    project_save,
)
from relations.selectors.customers import customers_to_choose

FIELDS = tuple(ProjectData.__dataclass_fields__)


class ProjectForm(forms.ModelForm):
    """One project. Whoever may not set prices gets no box for one.

    A project that exists keeps its billing method here; changing it has a page of its own.
    """

    price = MoneyField(
        label=_("Fixed price, or amount per period"),
        required=False,
        help_text=_("EUR excl. VAT, for a fixed project price or a subscription."),
    )
    starts_on = DateField(label=_("Start"), required=False)
    ends_on = DateField(label=_("End"), required=False)

    class Meta:
        model = Project
        fields = FIELDS
        help_texts = {
            "customer": _("None: our own work, which nobody pays."),
            "only_approved": _("What waits for approval is shown apart from what can be billed."),
            "rounding_rule": _("Per entry. Worked time is never changed, only what is billed."),
        }

    def __init__(self, *args: Any, company: Company, sets_prices: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.price_before = self.instance.price
        customer: Any = self.fields["customer"]
        customer.queryset = customers_to_choose(company, own=self.instance.customer_id)
        customer.empty_label = "–"
        known = self.instance if self.instance.pk else None
        for name in set(FIELDS) - filled_in(known, sets_prices=sets_prices):
            del self.fields[name]
        if known is not None and "price" in self.fields:
            self.fields["price"].label = _("Fixed price")
            self.fields["price"].help_text = _("EUR excl. VAT. Unbilled instalments follow it.")
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]

    def save_by(self, user: User) -> Project | None:
        """Save what was typed; None when the service refused, with its sentences on the fields."""
        known = self.instance if self.instance.pk else None
        kept = {"price": self.price_before, "billing_method": self.instance.billing_method}
        values = {**kept, **self.cleaned_data}
        data = ProjectData(**{name: values[name] for name in FIELDS})
        try:
            return project_save(company=self.company, project=known, data=data, by=user)
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
            return None


@dataclass(frozen=True)
class ActivityRow:
    """An activity as the project's table shows it."""

    activity: Activity
    listed: forms.BoundField
    amount: forms.BoundField | None
    due: forms.BoundField | None
    rate: ShownLine | None
    chosen: bool


@dataclass(frozen=True)
class PersonRow:
    """A person as the project's table shows them."""

    person: Membership
    joined: forms.BoundField
    manages: forms.BoundField
    rate: ShownLine | None
    chosen: bool


class ProjectActivitiesForm(forms.Form):
    """Which activities a project lists, and with `priced` the fixed amount and day of each.

    `due` are the days from which unbilled amounts can be invoiced, by activity.
    """

    def __init__(
        self,
        *args: Any,
        project: Project,
        activities: Iterable[Activity],
        priced: bool,
        due: Mapping[int, date],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.activities = list(activities)
        self.priced = priced
        self.due = due
        self.known = {row.activity_id: row for row in project.project_activities.all()}
        for activity in self.activities:
            self._add(activity)

    def rows(self, rates: dict[int, ShownLine]) -> list[ActivityRow]:
        """The table; `rates` are the boxes by activity, if the method asks for them."""
        return [
            ActivityRow(
                activity=activity,
                listed=self[f"activity-{activity.pk}"],
                amount=self[f"amount-{activity.pk}"] if self.priced else None,
                due=self[f"due-{activity.pk}"] if self.priced else None,
                rate=rates.get(activity.pk),
                chosen=activity.pk in self.known,
            )
            for activity in self.activities
        ]

    def save_by(self, user: User) -> bool:
        """Save the ticks, amounts and days; False when an amount was refused."""
        amounts = {
            activity: self._amount(activity)
            for activity in self.activities
            if self.cleaned_data[f"activity-{activity.pk}"]
        }
        due = {one: self.cleaned_data.get(f"due-{one.pk}") for one in amounts}
        company, project = self.project.company, self.project
        try:
            project_activities_set(
                company=company, project=project, amounts=amounts, due=due, by=user
            )
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name if name in self.fields else None, sentence)
        return not self.errors

    def _amount(self, activity: Activity) -> Decimal | None:
        """What was typed; what is stored where there is no box for it."""
        known = self.known.get(activity.pk)
        stored = known.fixed_amount if known else None
        return self.cleaned_data.get(f"amount-{activity.pk}") if self.priced else stored

    def _add(self, activity: Activity) -> None:
        known = self.known.get(activity.pk)
        self.fields[f"activity-{activity.pk}"] = forms.BooleanField(
            label=activity.name, required=False, initial=known is not None
        )
        if self.priced:
            self.fields[f"amount-{activity.pk}"] = MoneyField(
                label=_("Fixed amount of %(name)s") % {"name": activity},
                required=False,
                initial=known.fixed_amount if known else None,
            )
            self.fields[f"due-{activity.pk}"] = DateField(
                label=_("%(name)s: to be invoiced from") % {"name": activity},
                required=False,
                initial=self.due.get(activity.pk),
            )


class ProjectPeopleForm(forms.Form):
    """Who is on a project, and who manages it."""

    def __init__(
        self, *args: Any, project: Project, people: Iterable[Membership], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.people = list(people)
        self.known = {row.membership_id: row for row in project.project_members.all()}
        for person in self.people:
            row = self.known.get(person.pk)
            self.fields[f"person-{person.pk}"] = forms.BooleanField(
                label=str(person), required=False, initial=row is not None
            )
            self.fields[f"manager-{person.pk}"] = forms.BooleanField(
                label=_("%(name)s manages this project") % {"name": person},
                required=False,
                initial=row is not None and row.is_manager,
            )

    def rows(self, rates: dict[int, ShownLine]) -> list[PersonRow]:
        """The table; `rates` are the boxes by person, if the method asks for them."""
        return [
            PersonRow(
                person=person,
                joined=self[f"person-{person.pk}"],
                manages=self[f"manager-{person.pk}"],
                rate=rates.get(person.pk),
                chosen=person.pk in self.known,
            )
            for person in self.people
        ]

    def save_by(self, user: User) -> bool:
        """Save the ticks; somebody who manages a project is on it."""
        managers = {
            person: self.cleaned_data[f"manager-{person.pk}"]
            for person in self.people
            if self.cleaned_data[f"person-{person.pk}"] or self.cleaned_data[f"manager-{person.pk}"]
        }
        company = self.project.company
        project_people_set(company=company, project=self.project, managers=managers, by=user)
        return True

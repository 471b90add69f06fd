"""What people type when they register hours, expenses and rides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.forms import DateField, KmField, MinutesField
from registration.models import Activity, Entry, Project, Ride
from registration.selectors.entries import (
    activities_for_entries,
    projects_for_entries,
)
from registration.services.entries import EntryData, HourData, RideData


class _ByCustomer(ModelChoiceIterator):
    """Projects in groups, one for each customer; our own work comes first."""

    def __iter__(self) -> Any:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        groups: dict[str, list[Any]] = {}
        for project in self.queryset:
            name = str(project.customer) if project.customer else str(_("Our own work"))
            groups.setdefault(name, []).append(self.choice(project))
        yield from groups.items()


class ProjectField(forms.ModelChoiceField):
    """A choice among the projects of a company, grouped by customer."""

    iterator = _ByCustomer

    def label_from_instance(self, obj: Any) -> str:
        """The code, where there is one, and the name."""
        return f"{obj.code} {obj.name}" if obj.code else obj.name


class EntryForm(forms.Form):
    """What all kinds share. `entry` is what is being changed, and may keep a closed project."""

    date = DateField(label=_("Date"))
    project = ProjectField(
        label=_("Project"), queryset=Project.objects.none(), empty_label=_("Choose a project")
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        help_text=_("May be printed on the invoice."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    billable = forms.BooleanField(label=_("Billable"), required=False, initial=True)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: Company, entry: Entry | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.company = company
        self.entry = entry
        projects = projects_for_entries(company)
        if entry is not None:
            projects = Project.objects.of(company).filter(Q(active=True) | Q(pk=entry.project_id))
            projects = projects.select_related("customer").order_by("customer__name", "name", "pk")
        self._field("project").queryset = projects

    @classmethod
    def of(cls, entry: Entry, *args: Any, **kwargs: Any) -> EntryForm:
        """A form that shows an entry as it is."""
        names = [name for name in cls.base_fields if hasattr(entry, name)]
        initial = {name: getattr(entry, name) for name in names}
        return cls(*args, company=entry.company, entry=entry, initial=initial, **kwargs)

    @property
    def data_of_entry(self) -> EntryData:
        """What was typed, for the services."""
        raise NotImplementedError

    def cleaned(self, *names: str) -> dict[str, Any]:
        """The named values beside those that all kinds share."""
        shared = ("date", "project", "note", "billable")
        return {name: self.cleaned_data[name] for name in (*shared, *names)}

    def take(self, errors: dict[str, str]) -> None:
        """Show the refusals of a service beside their fields."""
        for name, sentence in errors.items():
            self.add_error(name if name in self.fields else None, sentence)

    def _field(self, name: str) -> Any:
        return self.fields[name]


class HourForm(EntryForm):
    """An amount of work."""

    activity = forms.ModelChoiceField(
        label=_("Activity"), queryset=Activity.objects.none(), empty_label=_("Choose an activity")
    )
    minutes = MinutesField(label=_("Duration"), help_text=_("For example 1:30, 1,5 or 90m."))

    field_order = ("date", "project", "activity", "minutes", "note", "billable")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.initial["activity"].pk if self.entry is not None else None
        self._field("activity").queryset = activities_for_entries(self.company, own=own)
        self.narrow()

    def narrow(self) -> None:
        """Offer only what the chosen project lists; the server checks it again on saving."""
        project = self._chosen_project()
        if project is None:
            return
        chosen = getattr(self.initial.get("activity"), "pk", None)
        offered = activities_for_entries(self.company, project)
        self._field("activity").widget.choices = [
            ("", self._field("activity").empty_label),
            *((one.pk, str(one)) for one in offered),
            *self._kept(chosen, offered),
        ]

    @property
    def data_of_entry(self) -> HourData:
        """What was typed, for the services."""
        return HourData(**self.cleaned("activity", "minutes"))

    def _kept(self, chosen: int | None, offered: Any) -> list[tuple[int, str]]:
        """The entry's own activity, when the project does not offer it any more."""
        if chosen is None or any(one.pk == chosen for one in offered):
            return []
        return [(chosen, str(self.initial["activity"]))]

    def _chosen_project(self) -> Project | None:
        given = self["project"].value()
        key = given.pk if isinstance(given, Project) else str(given or "")
        if isinstance(key, str) and not key.isdecimal():
            return None
        found: Project | None = Project.objects.of(self.company).filter(pk=key).first()
        return found


class RideForm(EntryForm):
    """A ride."""

    origin = forms.CharField(label=_("From"), max_length=80)
    destination = forms.CharField(label=_("To"), max_length=80)
    distance = KmField(label=_("Distance one way"))
    is_return = forms.BooleanField(
        label=_("Return trip"), required=False, help_text=_("Counts the distance twice.")
    )
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=Ride.Purpose.choices,
        initial=Ride.Purpose.BUSINESS,
        help_text=_("Only business rides can be invoiced."),
    )

    field_order = (
        *("date", "project", "origin", "destination", "distance", "is_return"),
        *("purpose", "note", "billable"),
    )

    @property
    def data_of_entry(self) -> RideData:
        """What was typed, for the services."""
        return RideData(**self.cleaned("origin", "destination", "distance", "is_return", "purpose"))

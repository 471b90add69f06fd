"""What is asked of documents: which of them, and what people answer about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.forms import DateField
from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.selectors import problems_of, search
from integrations.services.problems import in_words

KINDS = (
    Kind.DIRECT_INVOICE,
    Kind.SALES_BOOKING,
    Kind.CUSTOMER,
    Kind.ATTACHMENT,
    Kind.DELETION,
)
ALL: tuple[str, Any] = ("", _("all"))
MOST_AT_ONCE = 200


def _chosen(**attrs: Any) -> forms.Select:
    return forms.Select(attrs={"data-submit": True, **attrs})


class AttentionFilter(forms.Form):
    """Which of the documents that wait for a person; what is not known counts as all."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, widget=_chosen())
    state = forms.ChoiceField(label=_("State"), required=False, widget=_chosen())
    problem = forms.ChoiceField(label=_("Error"), required=False, widget=_chosen())

    def __init__(self, data: Any, company: Company) -> None:
        super().__init__(data)
        self.company = company
        self._choices("kind", [(one.value, one.label) for one in KINDS])
        self._choices("state", State.choices)
        self._choices("problem", [(one, in_words(one)) for one in problems_of(company)])

    def _choices(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = [ALL, *choices]

    @property
    def wanted(self) -> dict[str, Any]:
        """What was chosen and is a choice."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, documents: QuerySet[Any]) -> QuerySet[Any]:
        """Only the documents that were asked for."""
        return documents.filter(**self.wanted)


class DocumentFilter(AttentionFilter):
    """Which of all documents; `since` and `until` are days, both included."""

    link = forms.ChoiceField(label=_("Link"), required=False, widget=_chosen())
    q = forms.CharField(required=False, max_length=80)
    since = DateField(label=_("From"), required=False)
    until = DateField(label=_("Up to"), required=False)

    def __init__(self, data: Any, company: Company) -> None:
        super().__init__(data, company)
        links = AfasConnection.objects.of(company).order_by("-pk")
        self.links = [(str(one.pk), one.target) for one in links]
        self._choices("link", self.links)

    def narrow(self, documents: QuerySet[Any]) -> QuerySet[Any]:
        """Only the documents that were asked for, of whatever state."""
        wanted = self.wanted
        exact = {"kind": "kind", "problem": "problem", "link": "connection"}
        asked = {column: wanted[name] for name, column in exact.items() if name in wanted}
        if "problem" in asked:  # an error is of what is refused, and of those there are few
            asked["state"] = State.REJECTED
        found = documents.filter(**asked)
        if since := wanted.get("since"):
            found = found.filter(created_at__gte=_start_of(since))
        if until := wanted.get("until"):
            found = found.filter(created_at__lt=_start_of(until + timedelta(days=1)))
        return search(found, self.company, wanted["q"]) if "q" in wanted else found


def _start_of(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class FoundForm(forms.Form):
    """Under which number it is in AFAS; a deletion has none."""

    number = forms.CharField(label=_("Number in AFAS"), max_length=40)

    def __init__(self, document: AfasDocument, data: Any = None) -> None:
        super().__init__(data, auto_id="found_%s")
        self.fields["number"].required = document.kind != Kind.DELETION


class AbsentForm(forms.Form):
    """It is not there: why that is sure, and what is to be done."""

    REPEAT, CANCEL = "repeat", "cancel"
    reason = forms.CharField(
        label=_("What did you look at?"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    then = forms.ChoiceField(choices=[(REPEAT, REPEAT), (CANCEL, CANCEL)])


class NoteForm(forms.Form):
    """How a task was settled."""

    note = forms.CharField(
        label=_("What did you do?"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ManyForm(forms.Form):
    """What to do with the documents that were ticked, and why they are given up."""

    RETRY, CANCEL = "retry", "cancel"
    do = forms.ChoiceField(choices=[(RETRY, RETRY), (CANCEL, CANCEL)])
    reason = forms.CharField(required=False, max_length=200)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.ticked = [pk for one in data.getlist("pick")[:MOST_AT_ONCE] if (pk := _uuid(one))]

    def clean(self) -> dict[str, Any]:
        """Giving up needs a reason; both need something that was ticked."""
        data: dict[str, Any] = super().clean() or {}
        if not self.ticked:
            raise forms.ValidationError(_("Tick the documents first."))
        if data.get("do") == self.CANCEL and not data.get("reason"):
            raise forms.ValidationError(_("Say why, so that a colleague understands it later."))
        return data


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

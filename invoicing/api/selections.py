"""`/selections/`: what is ticked to be invoiced, frozen as ids, for the steps that follow.

Both ways of invoicing begin with one: `SelectionField` reads its id in what is sent, and gives the
caller's own selection.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership
from core.api.serializers import Sparse, ThingId
from invoicing.api.common import InvoicingView, UntilSerializer
from invoicing.selectors import unbilled
from invoicing.selectors.unbilled import KINDS, PROJECT, Scope, Ticks
from invoicing.services import unbilled as choosing
from registration.models import Selection
from registration.selectors import selection as selections
from registration.services.selection import MOST, freeze


def selection_of(membership: Membership, id: uuid.UUID | str) -> Selection:
    """A selection that this person made in this company; Http404 for any other."""
    return selections.selection_of(membership.company, membership.user, id)


class SelectionField(serializers.UUIDField):
    """The id of a selection that the caller made; anybody else's is as if it is not there."""

    default_error_messages = {
        "does_not_exist": gettext_lazy("There is none with this id, or it is not yours.")
    }

    def __init__(self, **more: Any) -> None:
        more.setdefault("help_text", "The id of a selection of your own: POST /selections/.")
        super().__init__(**more)

    def to_internal_value(self, data: Any) -> Selection:
        """The selection."""
        found = super().to_internal_value(data)
        try:
            return selection_of(self.context["view"].membership, found)
        except Http404:
            self.fail("does_not_exist")
            raise

    def to_representation(self, value: Selection) -> str:
        """Its id."""
        return str(value.pk)


def _ids(words: str) -> Any:
    child = serializers.IntegerField()
    return serializers.ListField(child=child, read_only=True, help_text=words)


class SelectionSerializer(Sparse):
    """Things to be invoiced, as ids of the moment when they were selected. It never changes."""

    id = serializers.UUIDField(read_only=True)
    hours = _ids("Ids of hours.")
    expenses = _ids("Ids of expenses.")
    rides = _ids("Ids of rides.")
    instalments = _ids("Ids of instalments of a fixed price.")
    periods = _ids("Ids of periods of a subscription.")
    count = serializers.IntegerField(read_only=True, help_text="How many things, of all kinds.")
    created_at = serializers.DateTimeField(read_only=True)


class NotSelectedSerializer(serializers.Serializer):
    """The ids that were asked for and cannot be invoiced now, or are not there."""

    hours = _ids("Ids of hours.")
    expenses = _ids("Ids of expenses.")
    rides = _ids("Ids of rides.")
    instalments = _ids("Ids of instalments.")
    periods = _ids("Ids of periods.")


class ChosenSerializer(SelectionSerializer):
    """A selection that was just made."""

    left_out = NotSelectedSerializer(read_only=True)


def _wanted(words: str) -> Any:
    return serializers.ListField(
        child=ThingId(), required=False, max_length=MOST, help_text=f"{words} At most 20,000."
    )


class ChoiceSerializer(UntilSerializer):
    """What to select. Whole customers, whole projects and single things go together."""

    everything = serializers.BooleanField(
        default=False, help_text="All that can be invoiced until that day."
    )
    customers = _wanted("All of these customers, by id.")
    projects = _wanted("All of these projects, by id.")
    hours = _wanted("These hours, by id.")
    expenses = _wanted("These expenses, by id.")
    rides = _wanted("These rides, by id.")
    instalments = _wanted("These instalments, by id.")
    periods = _wanted("These subscription periods, by id.")


class SelectionsView(InvoicingView):
    """What you selected to be invoiced. A selection is a person's own."""

    queryset = Selection.objects.none()
    lookup_value_regex = "[0-9a-f-]{36}"

    def get_queryset(self) -> QuerySet[Selection]:
        """The caller's own."""
        rows: QuerySet[Selection] = Selection.objects.of(self.company).filter(user=self.person)
        return rows

    def get_serializer_class(self) -> type[SelectionSerializer]:
        """A new one tells what was left out of it."""
        return ChosenSerializer if self.action == "create" else SelectionSerializer

    def get_object(self) -> Selection:
        """The one of this address. Raises Http404."""
        return selection_of(self.membership, self.kwargs["pk"])

    @extend_schema(request=ChoiceSerializer, responses={201: ChosenSerializer})
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Select what is to be invoiced, as ticking does on the page Unbilled.

        What cannot be invoiced now stays out. Name the selection in `POST /invoices/preview/`, or
        where invoices are made in AFAS.
        """
        wanted = self.sent(ChoiceSerializer)
        scope = Scope(until=wanted["until"], per=PROJECT)
        choosing.due(self.company, scope.until)
        rows = unbilled.rows_of(self.company, scope)
        made = choosing.choose(
            company=self.company,
            scope=scope,
            rows=rows,
            ticks=_ticks(rows, wanted),
            by=self.person,
        )
        made = freeze(made)
        made.left_out = {  # type: ignore[attr-defined]
            kind: sorted(set(wanted.get(kind, ())) - set(getattr(made, kind))) for kind in KINDS
        }
        return self.made(made)

    @extend_schema(responses=SelectionSerializer)
    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """One of them."""
        return self.answer_with(self.get_object())


def _ticks(rows: list[unbilled.Row], wanted: dict[str, Any]) -> Ticks:
    """Rows are projects, so a customer is all of its projects."""
    projects, customers = set(wanted.get("projects", ())), set(wanted.get("customers", ()))
    whole = (row for row in rows if row.key in projects or row.place.customer_id in customers)
    return Ticks(
        everything=wanted["everything"],
        rows=frozenset(row.key for row in whole),
        things={kind: frozenset(wanted.get(kind, ())) for kind in KINDS},
    )

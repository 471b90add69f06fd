"""What `/hours/`, `/expenses/` and `/rides/` have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import django_filters
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from core.api import batches, streams
from core.api.filters import Day, Id, Since, TrueFalse
from core.api.serializers import EUR, EUR_4, Money, OfCompany, Sparse
from registration.api.choices import any_project
from registration.api.many import ManyActions
from registration.models import ApprovalStatus, BillingStatus, Entry, Missing
from registration.selectors.entries import entries_listed, entry_listed
from registration.selectors.reach import Reach, reach_of
from registration.services.entries import EntryData

WORTH = ("rate", "amount", "missing")
UNSEEN = "Null for who sees no amounts: the right `costs` or `invoices` is needed."
LINES = {
    (200, streams.MEDIA_TYPE): OpenApiResponse(
        OpenApiTypes.STR,
        "One line of JSON for each, as they are in the list, by date and then by id. An answer "
        "that breaks off is not complete: its last chunk is missing.",
    )
}
FIELDS = OpenApiParameter("fields", str, description="Only these fields of each, with commas.")


class Services(NamedTuple):
    """The three services of one kind, each called as `service(by, …)` in the words of all kinds."""

    log: Callable[..., Entry]
    change: Callable[..., Entry]
    delete: Callable[..., None]


class EntrySerializer(Sparse):
    """What an hour, an expense and a ride have in common."""

    said_in: ClassVar[type[EntryData]]

    id = serializers.IntegerField(read_only=True)
    version = serializers.IntegerField(read_only=True, help_text="Grows with every change.")
    person = serializers.IntegerField(
        source="membership_id", read_only=True, help_text="Whose it is: the id among `people`."
    )
    date = serializers.DateField(help_text="A day in the zone of the person.")
    project = OfCompany(select=any_project)
    customer = serializers.IntegerField(
        source="customer_id", read_only=True, allow_null=True, help_text="Of the project."
    )
    note = serializers.CharField(
        max_length=500,
        allow_blank=True,
        required=False,
        help_text="May be printed on the invoice.",
    )
    billable = serializers.BooleanField(
        required=False,
        help_text="Whether it may be invoiced; see `billing` for what becomes of it.",
    )
    approval = serializers.ChoiceField(ApprovalStatus.choices, read_only=True)
    approval_comment = serializers.CharField(
        read_only=True, help_text="Why it was rejected; empty otherwise."
    )
    approved_by = serializers.CharField(
        source="approver", read_only=True, allow_null=True, help_text="The name of a person."
    )
    approved_at = serializers.DateTimeField(read_only=True, allow_null=True)
    billing = serializers.ChoiceField(BillingStatus.choices, read_only=True)
    invoice = serializers.CharField(
        source="invoice_label", read_only=True, help_text="The number people know it by, or empty."
    )
    rate = Money(
        EUR_4,
        digits=10,
        decimals=4,
        read_only=True,
        allow_null=True,
        help_text=f"{EUR_4}, per hour, unit or km. {UNSEEN}",
    )
    amount = Money(read_only=True, allow_null=True, help_text=f"{EUR}. {UNSEEN}")
    missing = serializers.ChoiceField(
        Missing.choices,
        read_only=True,
        allow_blank=True,
        allow_null=True,
        help_text=f"Why there is no amount; empty when there is one. {UNSEEN}",
    )
    created_at = serializers.DateTimeField(read_only=True)
    changed_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """As the caller may see it: without worth for who sees no amounts."""
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context["view"].reach.sees_money:
            shown.update(dict.fromkeys(shown.keys() & WORTH))
        return shown

    def said(self) -> EntryData:
        """What was sent, for the services; a change keeps what was not sent."""
        sent = dict(self.validated_data)
        if self.instance is None:
            return self.said_in(**{**self.begins_with(sent), **sent})
        known = {one.name: getattr(self.instance, one.name) for one in fields(self.said_in)}
        return self.said_in(**{**known, **sent})

    def begins_with(self, _sent: dict[str, Any]) -> dict[str, Any]:
        """What a new one has unless it was sent."""
        return {}


class EntryFilter(django_filters.FilterSet):
    """What the list narrows to."""

    date_from = Day("date", "gte", help_text="On or after this day.")
    date_until = Day("date", "lte", help_text="On or before this day.")
    project = Id("project")
    customer = Id("project__customer")
    person = Id("membership")
    approval = django_filters.ChoiceFilter(choices=ApprovalStatus.choices)
    billing = django_filters.ChoiceFilter(choices=BillingStatus.choices)
    billable = TrueFalse("billable")
    modified_since = Since()


class EntriesView(ManyActions, CompanyThings):
    """Entries of one `kind` that the caller sees: their own, those of projects they manage, or all.

    `services` log, change and delete one.
    """

    area = "registration"
    kind: ClassVar[str]
    services: ClassVar[Services]
    # Not by id: the planner then walks the key of all companies, past those with newer rows.
    orders = {"date": "date", "modified": "changed_at"}
    order = "-date"

    @cached_property
    def reach(self) -> Reach:
        """How far the caller reaches."""
        return reach_of(self.membership)

    def get_queryset(self) -> QuerySet[Any]:
        """What the caller sees of this kind."""
        return entries_listed(self.kind, self.reach)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Register one, of the person whose key it is."""
        return self.made(self._now(self._log(request.data)))

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change one; what is not sent stays as it is. Its value is worked out again."""
        with self.changing() as entry:
            form = self.get_serializer(entry, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            self.services.change(self.membership, entry, entry.version, form.said())
        return self.answer_with(self._now(entry.pk))

    @extend_schema(responses={204: None})
    def destroy(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Delete one; the audit trail keeps who did."""
        with self.changing() as entry:
            self.services.delete(self.membership, entry, entry.version)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=False, methods=["post"])
    def batch(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Register 1 to 500 at once, each of which is saved or refused by itself.

        With an `Idempotency-Key` a request that is sent again registers nothing twice.
        """
        return Response(batches.each(batches.items_of(request.data), self._log, 201))

    @extend_schema(responses=LINES, parameters=[FIELDS], filters=True)
    @action(
        detail=False,
        methods=["get"],
        renderer_classes=[streams.LinesRenderer, JSONRenderer],
        pagination_class=None,
    )
    def export(self, _request: Request, *_args: Any, **_kwargs: Any) -> StreamingHttpResponse:
        """All that match the filters, as lines of JSON."""
        rows = self.filter_queryset(self.get_queryset())
        form = self.get_serializer()
        list(form.fields)  # a field that is not there is refused now, not midway
        return streams.lines(rows, "date", form.to_representation)

    def _log(self, sent: Any) -> int:
        form = self.get_serializer(data=sent)
        form.is_valid(raise_exception=True)
        return int(self.services.log(self.membership, form.said()).pk)

    def _now(self, pk: int) -> Entry:
        """One that the caller just made or changed, as it is in the list."""
        return entry_listed(self.kind, self.reach, pk)

"""`/unbilled/`: what is still to be invoiced, in figures, and thing by thing."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.serializers import EUR_4, Minutes, Money, Sparse, Sum, ThingId
from invoicing.api.common import KINDS_HELP, InvoicingView, UntilSerializer
from invoicing.selectors import unbilled
from invoicing.selectors.unbilled import CUSTOMER, KINDS, NAMES, NOBODY, PROJECT, Figures, Row
from invoicing.services import unbilled as choosing
from registration.models import Hour
from registration.services.billing_status import RELATED

STATES = ("waiting", "later", "no_rate", "no_customer", "covered", "rejected", "archived")


class PartSerializer(serializers.Serializer):
    """So many things, and what they are worth together."""

    count = serializers.IntegerField(help_text="How many.")
    minutes = Minutes(help_text="Billable minutes, of hours.")
    amount = Sum()


class ReadySerializer(serializers.Serializer):
    """What can be invoiced now, by kind."""

    hours = PartSerializer()
    expenses = PartSerializer()
    rides = PartSerializer()
    instalments = PartSerializer()
    periods = PartSerializer()


class FiguresSerializer(serializers.Serializer):
    """What can be invoiced now, and what cannot yet, or not as it stands."""

    count = serializers.IntegerField(help_text="How many things can be invoiced now.")
    total = Sum(help_text="EUR excl. VAT that can be invoiced now.")
    ready = ReadySerializer()
    waiting = PartSerializer(help_text="Waits for approval.")
    later = PartSerializer(help_text="Instalments and periods that become billable after the day.")
    later_on = serializers.DateField(
        allow_null=True, help_text="When the first of what comes later becomes billable."
    )
    no_rate = PartSerializer(help_text="Has no rate, so no amount.")
    no_customer = PartSerializer(help_text="Is of a project without a customer.")
    covered = PartSerializer(help_text="Is of a project that is not billed by the hour.")
    rejected = PartSerializer(help_text="Was rejected.")
    archived = PartSerializer(help_text="Is of an archived customer.")


class UnbilledRowSerializer(FiguresSerializer):
    """A customer or a project with something unbilled."""

    customer = serializers.IntegerField(
        allow_null=True, help_text="The id of the customer; null: nobody."
    )
    customer_name = serializers.CharField(allow_blank=True)
    project = serializers.IntegerField(
        allow_null=True, help_text="The id of the project; null in rows per customer."
    )
    project_name = serializers.CharField(allow_blank=True)
    projects = serializers.ListField(
        child=serializers.IntegerField(), help_text="The ids of the projects in this row."
    )


@extend_schema_serializer(many=False)
class UnbilledSerializer(serializers.Serializer):
    """What is unbilled up to and including a day."""

    until = serializers.DateField()
    total = FiguresSerializer(help_text="All rows together.")
    results = UnbilledRowSerializer(many=True, help_text="By name; what is for nobody comes last.")


class UnbilledQuery(UntilSerializer):
    """What the figures are narrowed to."""

    by = serializers.ChoiceField(
        [CUSTOMER, PROJECT], default=CUSTOMER, help_text="One row for each customer or project."
    )
    customer = ThingId(required=False, help_text="Only this customer, by id.")
    search = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Words in the name or code of the project, or the name of the customer.",
    )


class UnbilledView(InvoicingView):
    """What is still to be invoiced: the figures of the page Overviews → Unbilled."""

    queryset = Hour.objects.none()
    serializer_class = UnbilledSerializer
    pagination_class = None

    @extend_schema(
        operation_id="unbilled_list", parameters=[UnbilledQuery], responses=UnbilledSerializer
    )
    def list(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """All rows at once, with their sum."""
        wanted = self.asked(UnbilledQuery)
        scope = unbilled.Scope(
            until=wanted["until"],
            per=wanted["by"],
            customer=wanted.get("customer"),
            search=wanted.get("search", ""),
        )
        choosing.due(self.company, scope.until)
        rows = unbilled.rows_of(self.company, scope)
        found = {
            "until": scope.until,
            "total": _figures(unbilled.total_of(rows)),
            "results": [_row(row, scope.per) for row in rows],
        }
        return Response(UnbilledSerializer(found).data)


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "count": figures.count,
        "total": figures.total,
        "ready": {kind: figures[kind] for kind in KINDS},
        "later_on": figures.later_on,
        **{state: figures[state] for state in STATES},
    }


def _row(row: Row, per: str) -> dict[str, Any]:
    is_project = per == PROJECT
    customer = row.place.customer_id if is_project else row.key
    return {
        **_figures(row.figures),
        "customer": None if customer == NOBODY else customer,
        "customer_name": row.place.customer or "",
        "project": row.key if is_project else None,
        "project_name": row.name if is_project else "",
        "projects": row.projects,
    }


class ThingSerializer(Sparse):
    """One thing that can be invoiced now."""

    kind = serializers.SerializerMethodField(help_text=f"One of {KINDS_HELP}")
    id = serializers.IntegerField(read_only=True, help_text="Among those of its kind.")
    day = serializers.SerializerMethodField(
        help_text="Of the work; of instalments and periods when they became billable."
    )
    customer = serializers.IntegerField(source="project.customer_id")
    customer_name = serializers.CharField(source="project.customer.name")
    project = serializers.IntegerField(source="project_id")
    project_name = serializers.CharField(source="project.name")
    person = serializers.IntegerField(
        source="membership_id",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="Whose work it is, an id among `people`; null for instalments and periods.",
    )
    person_name = serializers.SerializerMethodField(help_text="Empty for instalments and periods.")
    what = serializers.SerializerMethodField(
        help_text="The activity, the category, the route, or the description."
    )
    note = serializers.CharField(default="", allow_blank=True, read_only=True)
    minutes = Minutes(
        source="billable_minutes",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="Billable minutes; null for all but hours.",
    )
    quantity = serializers.SerializerMethodField(
        help_text="Units of an expense, km of a ride, with decimals; null for all else."
    )
    rate = Money(
        EUR_4,
        decimals=4,
        default=None,
        allow_null=True,
        read_only=True,
        help_text="EUR excl. VAT per hour, unit or km; null for instalments and periods.",
    )
    amount = Money()

    @extend_schema_field(serializers.ChoiceField(list(KINDS)))
    def get_kind(self, _thing: Any) -> str:
        """All on a page are of one kind."""
        return str(self.context["kind"])

    @extend_schema_field(OpenApiTypes.DATE)
    def get_day(self, thing: Any) -> Any:
        """From when it counts."""
        return (thing.date if hasattr(thing, "date") else thing.due_on).isoformat()

    def get_person_name(self, thing: Any) -> str:
        """Who did it."""
        return str(getattr(thing, "membership", ""))

    def get_what(self, thing: Any) -> str:
        """What it is, in words."""
        if self.context["kind"] == "rides":
            return f"{thing.origin} {'⇄' if thing.is_return else '→'} {thing.destination}"
        names = {"hours": "activity", "expenses": "category"}
        return str(getattr(thing, names.get(self.context["kind"], "description")))

    @extend_schema_field(Money("", allow_null=True))
    def get_quantity(self, thing: Any) -> str | None:
        """How much of it; km to one decimal, units to two."""
        found = getattr(thing, "kilometres", getattr(thing, "quantity", None))
        return None if found is None else f"{found:.2f}"


class ThingsQuery(UntilSerializer):
    """Which things."""

    kind = serializers.ChoiceField(list(KINDS), default="hours", help_text=f"One of {KINDS_HELP}")
    customer = ThingId(required=False, help_text="Only of this customer, by id.")
    project = ThingId(required=False, help_text="Only of this project, by id.")


class UnbilledThingsView(InvoicingView):
    """What can be invoiced now, thing by thing: one kind at a time. Their ids are what
    `POST /selections/` takes."""

    queryset = Hour.objects.none()
    serializer_class = ThingSerializer
    order = "id"

    def get_queryset(self) -> QuerySet[Any]:
        """What of one kind can be invoiced, with all that is told of it."""
        self.wanted = wanted = self.asked(ThingsQuery)
        choosing.due(self.company, wanted["until"])
        kind = wanted["kind"]
        rows = unbilled.ready(self.company, kind, wanted["until"])
        if "customer" in wanted:
            rows = rows.filter(project__customer=wanted["customer"])
        if "project" in wanted:
            rows = rows.filter(project=wanted["project"])
        return rows.select_related(*RELATED[NAMES[kind]])

    def get_serializer_context(self) -> dict[str, Any]:
        """With the kind, which a row does not know."""
        kind = getattr(self, "wanted", {}).get("kind", "")
        return {**super().get_serializer_context(), "kind": kind}

    @extend_schema(
        operation_id="unbilled_things_list",
        parameters=[ThingsQuery],
        responses=ThingSerializer(many=True),
    )
    def list(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A page of them."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

"""`/projects/`: what is worked on, how it is billed, what is done on it and by whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.filters import Id, TrueFalse
from core.api.serializers import Money, Sparse
from core.forms import HIGHEST_AMOUNT
from core.rounding import STEPS, RoundingRule
from registration.api.choices import Choice, customers
from registration.api.project_billing import ProjectBilling, ProjectMethodSerializer
from registration.api.project_lists import ProjectLists
from registration.models import BillingMethod, Project
from registration.selectors.projects import ProjectFilter as Wanted
from registration.selectors.projects import found_by, projects_of
from registration.services.projects import (
    ProjectData,
    project_close,
    project_reopen,
    project_save,
    refuse_kept,
)
from relations.doors import EDITORS, sees_amounts, sets_prices

FIELDS = tuple(ProjectData.__dataclass_fields__)


class ProjectSerializer(Sparse):
    """Work for one customer, or our own."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    code = serializers.CharField(max_length=20, allow_blank=True, required=False)
    customer = Choice(
        offer=customers,
        allow_null=True,
        required=False,
        help_text="Null: our own work, which nobody pays.",
    )
    billing_method = serializers.ChoiceField(
        BillingMethod.choices,
        required=False,
        help_text="Set when it is made; afterwards see the action `method`.",
    )
    price = Money(
        "EUR excl. VAT: the price of a fixed_project, or what a period of a subscription costs. "
        "Set by who has the right `costs`. Null for who sees no amounts",
        allow_null=True,
        required=False,
        min_value=Decimal(0),
        max_value=HIGHEST_AMOUNT,
    )
    starts_on = serializers.DateField(allow_null=True, required=False)
    ends_on = serializers.DateField(allow_null=True, required=False)
    only_approved = serializers.BooleanField(
        required=False, help_text="Only approved entries may be billed."
    )
    rounding_rule = serializers.ChoiceField(
        RoundingRule.choices, required=False, help_text="How billable time is rounded."
    )
    rounding_step = serializers.ChoiceField(STEPS, required=False, help_text="Minutes.")
    reference = serializers.CharField(
        max_length=60,
        allow_blank=True,
        required=False,
        help_text="The customer's order number for this project.",
    )
    active = serializers.BooleanField(
        read_only=True, help_text="Whether one can register on it; see close and reopen."
    )
    created_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """As the caller may see it: without price for who sees no amounts."""
        shown: dict[str, Any] = super().to_representation(instance)
        if "price" in shown and not sees_amounts(self.context["view"].membership):
            shown["price"] = None
        return shown

    def said(self) -> ProjectData:
        """What was sent, for the service. Raises FieldsError for what one may not set."""
        membership = self.context["view"].membership
        sent = dict(self.validated_data)
        if sent.get("price") is None and not sees_amounts(membership):
            sent.pop("price", None)  # as they were shown it
        refuse_kept(self.instance, sent, sets_prices=sets_prices(membership))
        known = self.instance or Project()
        return ProjectData(**{**{name: getattr(known, name) for name in FIELDS}, **sent})


class ProjectFilter(django_filters.FilterSet):
    """What the list narrows to."""

    search = django_filters.CharFilter(
        method="by_words",
        max_length=100,
        help_text="Each word must be in name, code or customer.",
    )
    code = django_filters.CharFilter(max_length=20, help_text="Exactly this code.")
    customer = Id("customer")
    active = TrueFalse()
    billing_method = django_filters.ChoiceFilter(choices=BillingMethod.choices)

    def by_words(self, rows: Any, _name: str, value: str) -> Any:
        """As the page searches."""
        return found_by(rows, value)


@extend_schema_view(
    change_method=extend_schema(request=ProjectMethodSerializer, responses=ProjectSerializer)
)
class ProjectsView(ProjectLists, ProjectBilling):
    """What is worked on, and how it is billed."""

    area = "relations"
    rights = {"write": EDITORS, **ProjectBilling.rights}
    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilter
    orders = {"name": "name", "id": "pk"}
    order = "name"

    def get_queryset(self) -> QuerySet[Project]:
        """All projects of the company, closed ones too."""
        return projects_of(self.company, Wanted(state="all")).select_related(None)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A new project."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.made(
            project_save(company=self.company, project=None, data=form.said(), by=self.person)
        )

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change a project; what is not sent stays as it is."""
        with self.changing() as project:
            form = self.get_serializer(project, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            data = form.said()
            project_save(company=self.company, project=project, data=data, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=None, responses=ProjectSerializer)
    @action(detail=True, methods=["post"])
    def close(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Take a project off the lists to choose from. What is still to be invoiced stays so."""
        with self.changing() as project:
            project_close(company=self.company, project=project, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=None, responses=ProjectSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Let people register on a closed project again."""
        with self.changing() as project:
            project_reopen(company=self.company, project=project, by=self.person)
        return self.answer_with(self.get_object())

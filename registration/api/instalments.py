"""`/instalments/`: the parts in which fixed prices are billed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from accounts.models import Right
from core.api.filters import Day, Id
from core.api.serializers import Money, OfCompany, Sparse
from core.forms import HIGHEST_AMOUNT
from core.vat import VatCode
from registration.api.choices import any_project
from registration.models import BillingStatus, Instalment
from registration.selectors.planned import instalments_listed
from registration.services.planned import (
    InstalmentData,
    instalment_add,
    instalment_change,
    instalment_remove,
)
from relations.doors import SEE_AMOUNTS


class InstalmentSerializer(Sparse):
    """A part of a fixed price: an amount, or a percentage that follows the price."""

    id = serializers.IntegerField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    project = OfCompany(select=any_project, help_text="It stays with its project.")
    activity = serializers.IntegerField(
        source="activity_id",
        read_only=True,
        allow_null=True,
        help_text="Whose fixed amount it is, on a project with a price per activity.",
    )
    description = serializers.CharField(
        max_length=200, help_text="The text on the invoice, in the customer's language."
    )
    amount = Money(
        min_value=Decimal("0.01"), max_value=HIGHEST_AMOUNT, required=False, allow_null=True
    )
    percent = serializers.DecimalField(
        max_digits=7,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        max_value=Decimal(100),
        required=False,
        allow_null=True,
        help_text="Percentage of the price, instead of an amount.",
    )
    due_on = serializers.DateField(help_text="Billable from this day.")
    vat_code = serializers.ChoiceField(
        VatCode.choices,
        allow_blank=True,
        required=False,
        help_text="Empty: as the customer, or else as the company.",
    )
    implicit = serializers.BooleanField(
        read_only=True, help_text="Whether it is what the others leave of the price."
    )
    billing = serializers.ChoiceField(BillingStatus.choices, read_only=True)
    invoice = serializers.CharField(
        source="invoice_label", read_only=True, help_text="Its number, or empty."
    )

    def validate_project(self, project: Any) -> Any:
        """It is chosen once."""
        if self.instance is not None and project.pk != self.instance.project_id:
            raise serializers.ValidationError(
                _("An instalment stays with its project. Remove it, and add one there.")
            )
        return project

    def said(self) -> InstalmentData:
        """What was sent, for the services; an amount and a percentage replace each other."""
        sent = {name: one for name, one in self.validated_data.items() if name != "project"}
        known: dict[str, Any] = {}
        if (row := self.instance) is not None:
            names = ("description", "due_on", "vat_code", "percent")
            known = {name: getattr(row, name) for name in names}
            known["amount"] = None if row.percent and not row.activity_id else row.amount
        if sent.get("amount") is not None:
            known["percent"] = None
        if sent.get("percent") is not None:
            known["amount"] = None
        return InstalmentData(**{**known, **sent})


class InstalmentFilter(django_filters.FilterSet):
    """What the list narrows to."""

    project = Id("project")
    billing = django_filters.ChoiceFilter(choices=BillingStatus.choices)
    due_from = Day("due_on", "gte", help_text="Billable from this day or later.")
    due_until = Day("due_on", "lte", help_text="Billable from this day or earlier.")


class InstalmentsView(CompanyThings):
    """The instalments on the plans of projects with a fixed price."""

    area = "relations"
    rights = {"read": SEE_AMOUNTS, "write": (Right.COSTS,)}
    queryset = Instalment.objects.none()
    serializer_class = InstalmentSerializer
    filterset_class = InstalmentFilter
    orders = {"due_on": "due_on", "id": "pk"}
    order = "due_on"

    def get_queryset(self) -> QuerySet[Instalment]:
        """All that are on a plan of the company."""
        return instalments_listed(self.company)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Bill a part of a price on a day; what is left of the price shrinks by it."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        project, data = form.validated_data["project"], form.said()
        return self.made(
            instalment_add(company=self.company, project=project, data=data, by=self.person)
        )

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change an instalment that is not billed; what is left of the price follows."""
        with self.changing() as row:
            form = self.get_serializer(row, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            given = {"instalment": row, "version": row.version, "data": form.said()}
            instalment_change(company=self.company, by=self.person, **given)
        return self.answer_with(self.get_object())

    @extend_schema(responses={204: None})
    def destroy(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Take an instalment that is not billed off the plan."""
        with self.changing() as row:
            instalment_remove(
                company=self.company, instalment=row, version=row.version, by=self.person
            )
        return Response(status=status.HTTP_204_NO_CONTENT)

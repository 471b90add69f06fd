"""`/vat-rates/`: how VAT treats what is sold, as it holds on a day."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Right
from core.api.serializers import Money
from core.vat import VatCode
from invoicing.api.common import InvoicingView
from invoicing.models import VatRate
from invoicing.services import vat_settings


class VatRateSerializer(serializers.Serializer):
    """The company's own percentage and grounds, from a day on."""

    id = serializers.IntegerField()
    percent = Money("", digits=5, help_text="Per cent.")
    valid_from = serializers.DateField()
    reason_nl = serializers.CharField(help_text="The ground that is printed, Dutch, or empty.")
    reason_en = serializers.CharField(help_text="The ground that is printed, English, or empty.")


class TreatmentSerializer(serializers.Serializer):
    """A treatment as it holds on the day."""

    vat_code = serializers.ChoiceField(
        VatCode.choices, source="code", help_text="As lines name it."
    )
    label = serializers.CharField(help_text="In the caller's language.")
    percent = Money("", digits=5, help_text="Per cent.")
    reason_nl = serializers.CharField(help_text="The ground that is printed, Dutch, or empty.")
    reason_en = serializers.CharField(help_text="The ground that is printed, English, or empty.")
    rows = VatRateSerializer(many=True, help_text="The company's own, latest first.")


@extend_schema_serializer(many=False)
class VatRatesSerializer(serializers.Serializer):
    """All treatments."""

    day = serializers.DateField()
    results = TreatmentSerializer(many=True)


class DayQuery(serializers.Serializer):
    """On which day."""

    day = serializers.DateField(required=False, help_text="The day of supply; today if left out.")


class VatRatesView(InvoicingView):
    """How VAT treats what is sold: the percentages of the law, or the company's own."""

    rights = {"read": (Right.INVOICES, Right.ADMIN)}
    queryset = VatRate.objects.none()
    serializer_class = VatRatesSerializer
    pagination_class = None

    @extend_schema(
        operation_id="vat_rates_list", parameters=[DayQuery], responses=VatRatesSerializer
    )
    def list(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """All treatments with what holds on a day."""
        day = self.asked(DayQuery).get("day") or timezone.localdate()
        treatments = vat_settings.treatments_of(self.company, day)
        return Response(VatRatesSerializer({"day": day, "results": treatments}).data)

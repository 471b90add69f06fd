"""`/afas/payment-readings/`: what is paid according to AFAS."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import DomainError
from integrations import selectors
from integrations.api.things import (
    ACCEPTED,
    ADMIN,
    INVOICES,
    Address,
    AfasThings,
    SlicedRunSerializer,
)
from integrations.models import PaymentRun
from integrations.services import open_items

BASENAME = "api_afas_payment_readings"


class PaymentReadingSerializer(SlicedRunSerializer):
    """One reading of the open items of AFAS."""

    url = Address(BASENAME)
    trigger = serializers.ChoiceField(PaymentRun.Trigger.choices, read_only=True)
    rows = serializers.IntegerField(help_text="How many open items were read.")
    skipped = serializers.IntegerField(help_text="How many of them could not be read.")
    matched = serializers.IntegerField(help_text="How many documents of ours were among them.")
    paid = serializers.IntegerField(help_text="How many documents are certain to be paid by now.")


class PaymentReadingsView(AfasThings):
    """Readings of what is paid according to AFAS. The invoices themselves show what came of it."""

    rights = {"read": (*ADMIN, *INVOICES), "write": (*ADMIN, *INVOICES)}
    queryset = PaymentRun.objects.none()
    serializer_class = PaymentReadingSerializer
    orders = {"queued_at": "queued_at"}
    order = "-queued_at"

    def get_queryset(self) -> QuerySet[PaymentRun]:
        """Every reading there was."""
        return selectors.payment_runs_of(self.company)

    @extend_schema(
        request=None,
        responses={202: OpenApiResponse(PaymentReadingSerializer, description=ACCEPTED)},
    )
    def create(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Read what is paid now, or be told of the reading that is not over yet."""
        connection = selectors.connection_of(self.company)
        if connection is None:
            raise DomainError(open_items.why_not(None))
        return self.accepted(open_items.ask(connection=connection, by=self.person))

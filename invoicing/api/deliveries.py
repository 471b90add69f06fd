"""`/deliveries/`: the mails with invoices, and what became of them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from invoicing.api.common import InvoicingView
from invoicing.api.invoice_filters import DeliveryFilter
from invoicing.api.invoice_shapes import DeliverySerializer, WholeDeliverySerializer
from invoicing.models import Delivery
from invoicing.selectors.invoice_story import mails_of
from invoicing.services import holding, sending


class ArrivedSerializer(serializers.Serializer):
    """Whether a mail arrived of which nobody knew."""

    arrived = serializers.BooleanField(
        help_text="True: the invoice counts as sent. False: it may be sent again."
    )


class DeliveriesView(InvoicingView, CompanyThings):
    """The mails with invoices of our own, and what became of them."""

    queryset = Delivery.objects.none()
    serializer_class = WholeDeliverySerializer
    filterset_class = DeliveryFilter
    orders = {"id": "pk", "created_at": "created_at"}

    def get_queryset(self) -> QuerySet[Delivery]:
        """All of the company; a list does not read their texts."""
        rows = mails_of(self.company)
        return rows.defer("body") if self.action == "list" else rows

    def get_serializer_class(self) -> Any:
        """A list shows less of each."""
        return DeliverySerializer if self.action == "list" else self.serializer_class

    def held(self, **_more: Any) -> Delivery:
        """Its invoice is locked first, as every service does."""
        holding.hold(self.get_object().invoice)
        found: Delivery = self.get_object()
        return found

    @extend_schema(request=ArrivedSerializer, responses=WholeDeliverySerializer)
    @action(detail=True, methods=["post"])
    def settle(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Say whether a mail arrived of which nobody knows it."""
        arrived = self.sent(ArrivedSerializer)["arrived"]
        with self.changing() as mail:
            sending.settle(delivery=mail, arrived=arrived, by=self.person)
        return self.answer_with(self.get_object())

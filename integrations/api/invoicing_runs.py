"""`/afas/invoicing-runs/`: a selection becomes invoices in AFAS, through a check."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import DomainError
from integrations import selectors
from integrations.api.invoicing_shapes import (
    AfasPreviewOrderSerializer,
    AfasPreviewSerializer,
    AfasRunOrderSerializer,
    InvoicingRunDetailSerializer,
    InvoicingRunSerializer,
    Preview,
    options_of,
)
from integrations.api.things import ACCEPTED, UUID_IN_PATH, AfasThings
from integrations.models import InvoicingRun
from integrations.services import billing, readiness
from invoicing.services.bundling import Options
from registration.models import Selection
from registration.services.selection import freeze


class InvoicingRunsView(AfasThings):
    """Selections that were invoiced in AFAS, and what became of each customer."""

    queryset = InvoicingRun.objects.none()
    serializer_class = InvoicingRunDetailSerializer
    lookup_value_regex = UUID_IN_PATH
    orders = {"created_at": "created_at"}
    order = "-created_at"
    reading_actions = frozenset({"preview"})
    loose_actions = frozenset({"create"})

    def get_queryset(self) -> QuerySet[InvoicingRun]:
        """In the list without the refusals."""
        runs = selectors.runs_of(self.company)
        if self.action != "list":
            return runs
        return runs.select_related(None).select_related("by").defer("refusals")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        """The list shows a line of each."""
        return InvoicingRunSerializer if self.action == "list" else InvoicingRunDetailSerializer

    @extend_schema(request=AfasPreviewOrderSerializer, responses=AfasPreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """What would be made of a selection, per customer, and what is left out and why. Nothing
        is changed. Not possible before the link is ready."""
        sent = self.sent(AfasPreviewOrderSerializer)
        selection = sent["selection"]
        connection = selectors.connection_of(self.company)
        if connection is None or not connection.is_ready:
            raise DomainError(readiness.why_not_send(connection))
        found = billing.check_selection(
            connection=connection, selection=selection, options=options_of(sent["options"])
        )
        return Response(AfasPreviewSerializer(Preview(found, _run_of(selection))).data)

    @extend_schema(
        request=AfasRunOrderSerializer,
        responses={202: OpenApiResponse(InvoicingRunDetailSerializer, description=ACCEPTED)},
    )
    def create(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Make exactly what was checked. A selection is billed once: asked again, whatever the
        token, the answer is the run that it has."""
        sent = self.sent(AfasRunOrderSerializer)
        selection, options = sent["selection"], options_of(sent["options"])
        return self.accepted(_run_of(selection) or self._made(selection, options, sent["token"]))

    def _made(self, selection: Selection, options: Options, token: str) -> InvoicingRun:
        return billing.invoice_in_afas(
            connection=readiness.sendable(self.company),
            selection=freeze(selection),
            options=options,
            token=token,
            by=self.person,
        )


def _run_of(selection: Selection) -> InvoicingRun | None:
    found: InvoicingRun | None = getattr(selection, "run", None)
    return found

"""`/afas/booking-runs/`: our own invoices go into the books of AFAS, through a check."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.serializers import BIGGEST_ID, OfCompany
from integrations import selectors
from integrations.api.booking_shapes import (
    ALONG,
    BookingAlongSerializer,
    BookingBeginSerializer,
    BookingConfirmSerializer,
    BookingRunDetailSerializer,
    BookingRunSerializer,
)
from integrations.api.things import ACCEPTED, UUID_IN_PATH, AfasThings
from integrations.models import BookingRun
from integrations.services import booking_choice, booking_results, bookings, readiness
from invoicing.models import Invoice

IDS = {
    "type": "array",
    "maxItems": 500,
    "items": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
}
CHECKED = {201: BookingRunDetailSerializer}


class BookingRunsView(AfasThings):
    """Invoices that were chosen to be booked: checked first, then confirmed once."""

    queryset = BookingRun.objects.none()
    serializer_class = BookingRunDetailSerializer
    lookup_value_regex = UUID_IN_PATH
    orders = {"created_at": "created_at"}
    order = "-created_at"
    loose_actions = frozenset({"create", "again", "confirm"})
    along: Collection[int] = ()

    def get_queryset(self) -> QuerySet[BookingRun]:
        """In the list without what was chosen."""
        runs = selectors.booking_runs_of(self.company)
        if self.action != "list":
            return runs
        return runs.select_related(None).select_related("by").defer("chosen", "refusals")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        """The list shows a line of each."""
        return BookingRunSerializer if self.action == "list" else BookingRunDetailSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        """With the unsent ones that are checked along."""
        return {**super().get_serializer_context(), "along": self.along}

    @extend_schema(
        parameters=[
            OpenApiParameter("mark_as_sent", IDS, OpenApiParameter.QUERY, description=ALONG)
        ]
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them. With `mark_as_sent`, the token is that of this very check."""
        form = BookingAlongSerializer(
            data={"mark_as_sent": request.query_params.getlist("mark_as_sent")}
        )
        form.is_valid(raise_exception=True)
        self.along = form.validated_data["mark_as_sent"]
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=BookingBeginSerializer, responses=CHECKED)
    def create(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Choose invoices to be booked. The answer is the check; nothing is booked yet."""
        sent = self.sent(BookingBeginSerializer)
        connection = readiness.sendable(self.company)
        chosen = self._invoices(sent["invoices"])
        self.along = sent["mark_as_sent"]
        run = bookings.begin(connection=connection, invoices=chosen, by=self.person)
        return self._begun(run)

    @extend_schema(request=None, responses=CHECKED)
    @action(detail=True, methods=["post"])
    def again(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Choose anew what got no document in this run. The answer is the check of a new run."""
        return self._begun(booking_results.choose_again(run=self.get_object(), by=self.person))

    @extend_schema(
        request=BookingConfirmSerializer,
        responses={202: OpenApiResponse(BookingRunDetailSerializer, description=ACCEPTED)},
    )
    @action(detail=True, methods=["post"])
    def confirm(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Book exactly what was checked. A run is confirmed once: asked again, whatever the token,
        the answer is what became of it."""
        sent, run = self.sent(BookingConfirmSerializer), self.get_object()
        if not run.confirmed_at:
            booking_choice.refuse_along(run, sent["mark_as_sent"], sent["how"])
        bookings.confirm(run=run, by=self.person, **sent)
        return self.accepted(self.get_object())

    def _begun(self, run: BookingRun) -> Response:
        response = self.answer_with(run, 201)
        response["Location"] = response.data["url"]
        return response

    def _invoices(self, ids: list[int]) -> list[Invoice]:
        """Raises ValidationError when one is not of this company."""
        found = {one.pk: one for one in Invoice.objects.of(self.company).among(ids).only("pk")}
        sentence = OfCompany.default_error_messages["does_not_exist"]
        missing = {place: [sentence] for place, pk in enumerate(ids) if pk not in found}
        if missing:
            raise serializers.ValidationError({"invoices": missing})
        return list(found.values())

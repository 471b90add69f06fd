"""`/afas/imports/`: the customers of AFAS, and what became of each."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.filters import TrueFalse
from core.api.serializers import Sparse
from core.errors import DomainError
from integrations import selectors
from integrations.api.things import ACCEPTED, ADMIN, Address, AfasThings, SlicedRunSerializer
from integrations.models import ImportRow, ImportRun
from integrations.services import held_rows, importing
from integrations.services.import_words import ToldRow

BASENAME = "api_afas_imports"


class AfasImportSerializer(SlicedRunSerializer):
    """One import of the debtors of AFAS; counts are of debtors."""

    url = Address(BASENAME)
    trigger = serializers.ChoiceField(ImportRun.Trigger.choices, read_only=True)
    expected = serializers.IntegerField(help_text="How many there will be, as far as known.")
    seen = serializers.IntegerField(help_text="How many it has dealt with.")
    new = serializers.IntegerField(help_text="How many customers were made.")
    changed = serializers.IntegerField(help_text="How many customers were changed.")
    unchanged = serializers.IntegerField(help_text="How many were as AFAS has them.")
    skipped = serializers.IntegerField(help_text="Refused or held; `rows` says why.")


class ImportFilter(django_filters.FilterSet):
    """What the list narrows to."""

    status = django_filters.ChoiceFilter(choices=ImportRun.Status.choices)
    trigger = django_filters.ChoiceFilter(choices=ImportRun.Trigger.choices)


class ImportsView(AfasThings):
    """Imports of customers. Its counts grow while one runs."""

    rights = {"read": ADMIN, "write": ADMIN}
    queryset = ImportRun.objects.none()
    serializer_class = AfasImportSerializer
    filterset_class = ImportFilter

    def get_queryset(self) -> QuerySet[ImportRun]:
        """Every import there was."""
        return selectors.imports_of(self.company)

    @extend_schema(
        request=None, responses={202: OpenApiResponse(AfasImportSerializer, description=ACCEPTED)}
    )
    def create(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Begin an import, or be told of the one that is not over yet."""
        connection = selectors.connection_of(self.company)
        if connection is None:
            raise DomainError(importing.why_not(None))
        run = importing.request_import(
            connection=connection, trigger=ImportRun.Trigger.BUTTON, by=self.person
        )
        return self.accepted(run)


class AfasImportRowSerializer(Sparse):
    """What became of one debtor. Unchanged ones are counted only."""

    id = serializers.IntegerField(read_only=True)
    outcome = serializers.ChoiceField(ImportRow.Outcome.choices, read_only=True)
    debtor_number = serializers.CharField()
    name = serializers.CharField(help_text="As AFAS has it.")
    customer = serializers.IntegerField(
        source="customer_id", allow_null=True, help_text="The id of the customer."
    )
    reason = serializers.CharField(help_text="Why, in a word; empty when there is nothing to tell.")
    sentence = serializers.SerializerMethodField(help_text="Why, or what changed, as a sentence.")

    def get_sentence(self, row: ImportRow) -> str:
        """As the page says it."""
        return ToldRow(row).sentence


class AfasHeldRowSerializer(AfasImportRowSerializer):
    """The same by itself, with what can be decided."""

    may_link = serializers.SerializerMethodField()
    may_leave = serializers.SerializerMethodField()

    def get_may_link(self, row: ImportRow) -> bool:
        """Whether debtor and customer can be linked."""
        return held_rows.may_link(row)

    def get_may_leave(self, row: ImportRow) -> bool:
        """Whether they can be said to be two."""
        return held_rows.may_leave(row)


class ImportRowFilter(django_filters.FilterSet):
    """What the list narrows to."""

    outcome = django_filters.ChoiceFilter(choices=ImportRow.Outcome.choices)
    to_look_at = TrueFalse(method="by_doubt")

    def by_doubt(self, rows: QuerySet[Any], _name: str, value: bool) -> Any:  # noqa: FBT001
        """Those that somebody should look at, or the others."""
        return selectors.rows_to_look_at(rows, doubtful=value)


class ImportRowsView(AfasThings):
    """What an import tells of debtors: new, changed, and skipped ones with the reason."""

    rights = {"read": ADMIN, "write": ADMIN}
    queryset = ImportRow.objects.none()
    serializer_class = AfasHeldRowSerializer
    filterset_class = ImportRowFilter
    order = "id"
    loose_actions = frozenset({"link"})

    def get_queryset(self) -> QuerySet[ImportRow]:
        """The rows of the import in the address."""
        run = get_object_or_404(selectors.imports_of(self.company), pk=self.kwargs["run"])
        rows = ImportRow.objects.of(self.company).filter(run=run)
        return rows if self.action == "list" else rows.select_related("run__connection", "customer")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        """What can be decided costs a question for each."""
        return AfasImportRowSerializer if self.action == "list" else AfasHeldRowSerializer

    @extend_schema(request=None, responses=AfasHeldRowSerializer)
    @action(detail=True, methods=["post"])
    def link(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A held debtor and the customer are the same; the next import brings AFAS's values."""
        held_rows.link_anyway(row=self.as_seen(), by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=None, responses=AfasHeldRowSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A held debtor and the customer are two; later imports leave them alone."""
        with self.changing() as row:
            held_rows.leave(row=row, by=self.person)
        return self.answer_with(self.get_object())

"""`/afas/tasks/`: what only a person can settle."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.filters import TrueFalse
from core.api.serializers import Sparse
from integrations import selectors
from integrations.api.things import Address, AfasThings, ByPerson
from integrations.models import PersonTask
from integrations.services import tasks_of_people

BASENAME = "api_afas_tasks"
SAY_WHAT = _("Say what you did, so that a colleague understands it later.")


class AfasTaskSerializer(Sparse):
    """Something that only a person can settle, in AFAS or here."""

    id = serializers.IntegerField(read_only=True)
    url = Address(BASENAME)
    what = serializers.ChoiceField(PersonTask.What.choices, read_only=True)
    title = serializers.CharField(source="get_what_display", help_text="The same in words.")
    document = serializers.UUIDField(source="document_id", allow_null=True)
    key = serializers.CharField(help_text="The number in AFAS that it is about.")
    detail = serializers.DictField(help_text="What AFAS shows of it, by name.")
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True, help_text="Null while it is open.")
    resolved_by = ByPerson("resolved_by")
    resolution = serializers.CharField(help_text="The note of who settled it.")


class AfasTaskNoteSerializer(serializers.Serializer):
    """How it was settled."""

    note = serializers.CharField(
        max_length=500,
        error_messages=dict.fromkeys(("required", "blank", "null"), SAY_WHAT),
        help_text="What you did. It stands in the history, with the name of the person.",
    )


class TaskFilter(django_filters.FilterSet):
    """What the list narrows to."""

    open = TrueFalse("resolved_at", lookup_expr="isnull")
    what = django_filters.ChoiceFilter(choices=PersonTask.What.choices)
    document = django_filters.UUIDFilter("document")


class TasksView(AfasThings):
    """What only a person can settle: twice in AFAS, another amount there, and the like."""

    queryset = PersonTask.objects.none()
    serializer_class = AfasTaskSerializer
    filterset_class = TaskFilter

    def get_queryset(self) -> QuerySet[PersonTask]:
        """Settled ones too."""
        return selectors.all_tasks_of(self.company)

    @extend_schema(request=AfasTaskNoteSerializer, responses=AfasTaskSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """It is settled, in AFAS or here."""
        sent = self.sent(AfasTaskNoteSerializer)
        with self.changing() as task:
            tasks_of_people.resolve(task=task, by=self.person, note=sent["note"])
        return self.answer_with(self.get_object())

"""`/afas/documents/`: what was told to AFAS, and what a person does with one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations import selectors
from integrations.api.document_shapes import (
    AfasDocumentDetailSerializer,
    AfasDocumentSerializer,
    AfasLookedSerializer,
    DocumentFilter,
)
from integrations.api.things import ACCEPTED, LONGEST_REASON, UUID_IN_PATH, AfasThings, Ids
from integrations.models import AfasDocument
from integrations.services import answering, deciding, documents, looking_again, possible, undo_run
from integrations.services.outcomes import LONGEST_KEY
from integrations.services.undo_run import Wish
from integrations.services.undoing import Way

SETTLED = {
    200: AfasDocumentDetailSerializer,
    202: OpenApiResponse(AfasDocumentDetailSerializer, description=ACCEPTED),
}


def _reason(sentence: Any, words: str) -> serializers.CharField:
    messages = dict.fromkeys(("required", "blank", "null"), sentence)
    return serializers.CharField(
        max_length=LONGEST_REASON, error_messages=messages, help_text=words
    )


WHY = _("Say why, so that a colleague understands it later.")


class AfasReasonSerializer(serializers.Serializer):
    """Why it is given up."""

    reason = _reason(WHY, "Kept in the history.")


class AfasLookedAtSerializer(serializers.Serializer):
    """What somebody looked at, and so is sure."""

    reason = _reason(
        _("Say what you looked at, so that a colleague understands it later."),
        "What you looked at in AFAS. Kept in the history.",
    )


class AfasFoundSerializer(serializers.Serializer):
    """Under which number it is in AFAS."""

    number = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text=f"As AFAS shows it, at most {LONGEST_KEY} characters. None for a deletion.",
    )


class AfasDebtorSerializer(serializers.Serializer):
    """Which debtor the customer is."""

    debtor_number = serializers.CharField(max_length=16, help_text="One of `alike`.")


class AfasUndoSerializer(serializers.Serializer):
    """How it is undone, and why."""

    way = serializers.ChoiceField(
        [(one.value, one.value) for one in Way],
        help_text="delete: AFAS is asked to delete it. corrected: it is deleted or credited there.",
    )
    reason = _reason(WHY, "Kept in the history.")
    number = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        default="",
        help_text="Of what credits or reverses it in AFAS, where there is one.",
    )
    lines = Ids(
        required=False,
        allow_null=True,
        default=None,
        help_text="Only these of `undoable.lines`, with `corrected`. Null: all of it.",
    )


class DocumentsView(AfasThings):
    """Everything that was told to AFAS, of all links that there ever were."""

    queryset = AfasDocument.objects.none()
    serializer_class = AfasDocumentDetailSerializer
    filterset_class = DocumentFilter
    lookup_value_regex = UUID_IN_PATH
    orders = {"created_at": "created_at", "changed_at": "changed_at"}
    order = "-created_at"
    loose_actions = frozenset({"retry", "look_again", "it_is_there", "link", "create_anyway"})

    def get_queryset(self) -> QuerySet[AfasDocument]:
        """In the list without what only one by itself shows."""
        if self.action == "list":
            return selectors.documents_listed(self.company)
        return selectors.documents_of(self.company).select_related("intention_by", "company")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        """The list shows a line of each."""
        return AfasDocumentSerializer if self.action == "list" else AfasDocumentDetailSerializer

    @extend_schema(request=None, responses=SETTLED)
    @action(detail=True, methods=["post"])
    def retry(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Build a refused document anew from the corrected data, and send it."""
        return self._settled(self.as_seen(), documents.retry)

    @extend_schema(request=AfasReasonSerializer, responses=SETTLED)
    @action(detail=True, methods=["post"])
    def cancel(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Give up what is not in AFAS: what it bills is unbilled, what it books can be booked."""
        return self._held_and_settled(documents.cancel, AfasReasonSerializer)

    @extend_schema(request=None, responses=AfasLookedSerializer)
    @action(detail=True, methods=["post"], url_path="look-again")
    def look_again(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Look for it in AFAS now, and do what follows from what is seen."""
        seen = looking_again.look_again(document=self.as_seen(), by=self.person)
        response = self.answer_with(self.get_object())
        response.data = {**response.data, "seen": seen}
        return response

    @extend_schema(request=AfasFoundSerializer, responses=SETTLED)
    @action(detail=True, methods=["post"], url_path="it-is-there")
    def it_is_there(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Somebody looked: it is in AFAS under this number, or the deletion took place."""
        return self._settled(
            self.as_seen(), answering.it_is_there, **self.sent(AfasFoundSerializer)
        )

    @extend_schema(request=AfasLookedAtSerializer, responses=SETTLED)
    @action(detail=True, methods=["post"], url_path="it-is-not-there")
    def it_is_not_there(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Somebody looked and did not find it: it is sent again, once that is proven."""
        return self._held_and_settled(answering.it_is_not_there, AfasLookedAtSerializer)

    @extend_schema(request=AfasLookedAtSerializer, responses=SETTLED)
    @action(detail=True, methods=["post"], url_path="give-up")
    def give_up(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Somebody looked and did not find it: it is cancelled, once that is proven."""
        return self._held_and_settled(answering.give_up, AfasLookedAtSerializer)

    @extend_schema(request=AfasDebtorSerializer, responses=SETTLED)
    @action(detail=True, methods=["post"])
    def link(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The customer of a new debtor is one of the debtors that look alike."""
        sent = self.sent(AfasDebtorSerializer)
        return self._settled(self.as_seen(), deciding.link_to, **sent)

    @extend_schema(request=None, responses=SETTLED)
    @action(detail=True, methods=["post"], url_path="create-anyway")
    def create_anyway(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The customer is none of the debtors that look alike: it is made as a new one."""
        return self._settled(self.as_seen(), deciding.create_anyway)

    @extend_schema(request=AfasUndoSerializer, responses=SETTLED)
    @action(detail=True, methods=["post"])
    def undo(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Undo what AFAS has: an invoice that it made, or the booking of an own invoice."""
        sent = self.sent(AfasUndoSerializer)
        with self.changing() as document:
            undo_run.undo_document(document=document, wish=_wish(document, sent), by=self.person)
        return self._as_it_is()

    def _held_and_settled(
        self, do: Callable[..., Any], kind: type[serializers.Serializer]
    ) -> Response:
        sent = self.sent(kind)
        with self.changing() as document:
            return self._settled(document, do, **sent)

    def _settled(self, document: AfasDocument, do: Callable[..., Any], **sent: Any) -> Response:
        do(document=document, by=self.person, **sent)
        return self._as_it_is()

    def _as_it_is(self) -> Response:
        """202 while something will change by itself."""
        document = self.get_object()
        if possible.seconds_to_follow(document):
            return self.accepted(document)
        return self.answer_with(document)


def _wish(document: AfasDocument, sent: dict[str, Any]) -> Wish:
    lines = sent["lines"]
    return Wish(
        way=Way(sent["way"]),
        reason=sent["reason"],
        lines=None if lines is None else frozenset(lines),
        numbers={document.pk: sent["number"]},
    )

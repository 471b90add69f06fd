"""One action on up to 500 entries: those that the rules allow are done, the others say why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyView
from core.api.batches import MOST
from core.api.serializers import OfCompany, ThingId
from registration.api.choices import any_project
from registration.services import approval, billable
from registration.services.bulk import Result


class ChosenEntriesSerializer(serializers.Serializer):
    """Which ones."""

    ids = serializers.ListField(
        child=ThingId(),
        min_length=1,
        max_length=MOST,
        help_text="1 to 500 of this kind.",
    )


class CommentedEntriesSerializer(ChosenEntriesSerializer):
    """Which ones, and why."""

    comment = serializers.CharField(
        max_length=approval.LONGEST_COMMENT,
        allow_blank=True,  # the services have a sentence for who says nothing
        help_text="Why, in at least a word; it is kept and shown.",
    )


class MovedEntriesSerializer(ChosenEntriesSerializer):
    """Which ones, and where to."""

    project = OfCompany(select=any_project)


class LeftOutEntrySerializer(serializers.Serializer):
    """One that was left as it is."""

    id = serializers.IntegerField()
    reason = serializers.CharField(help_text="Why, in a few words.")


class EntriesOutcomeSerializer(serializers.Serializer):
    """What was done, and what was left out and why."""

    done = serializers.ListField(child=serializers.IntegerField(), help_text="Ids.")
    skipped = LeftOutEntrySerializer(many=True)


class ManyActions(CompanyView):
    """The actions that the overviews offer for what is ticked, for one `kind` of entry."""

    kind: ClassVar[str]

    @extend_schema(request=ChosenEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"])
    def submit(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Offer one's own open or rejected ones for approval."""
        return self._do(approval.submit)

    @extend_schema(request=ChosenEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"])
    def withdraw(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Take back what one submitted, to change it."""
        return self._do(approval.withdraw)

    @extend_schema(request=ChosenEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"])
    def approve(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Approve what others submitted, or left open."""
        return self._do(approval.approve)

    @extend_schema(request=CommentedEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"])
    def reject(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Give them back to their owners, who read the comment."""
        return self._do(approval.reject, CommentedEntriesSerializer)

    @extend_schema(request=ChosenEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"])
    def reopen(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Open approved or rejected ones again, while they are not on an invoice."""
        return self._do(approval.reopen)

    @extend_schema(request=ChosenEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"], url_path="mark-billable")
    def mark_billable(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Let them be invoiced, at what the rates say."""
        return self._do(billable.mark_billable)

    @extend_schema(request=ChosenEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"], url_path="mark-not-billable")
    def mark_not_billable(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Let them never be invoiced; they have no value then."""
        return self._do(billable.mark_not_billable)

    @extend_schema(request=MovedEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"])
    def move(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Put them on another project, at the rates that hold there."""
        return self._do(billable.move_to_project, MovedEntriesSerializer)

    @extend_schema(request=CommentedEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"], url_path="write-off")
    def write_off(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Let unbilled ones not be invoiced; reports keep their value."""
        return self._do(_write_off, CommentedEntriesSerializer)

    @extend_schema(request=ChosenEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"])
    def restore(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Let what was written off be invoiced again."""
        return self._do(billable.restore)

    @extend_schema(request=ChosenEntriesSerializer, responses=EntriesOutcomeSerializer)
    @action(detail=False, methods=["post"], url_path="delete")
    def delete_many(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Delete them; the audit trail keeps who did."""
        return self._do(billable.delete_all)

    def _do(
        self,
        service: Callable[..., Result],
        form_of: type[ChosenEntriesSerializer] = ChosenEntriesSerializer,
    ) -> Response:
        form = form_of(data=self.request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        ids = given.pop("ids")
        result = service(by=self.membership, ids={self.kind: ids}, **given)
        return Response(_told(ids, result))


def _write_off(*, comment: str, **given: Any) -> Result:
    return billable.write_off(reason=comment, **given)


def _told(ids: Iterable[int], result: Result) -> dict[str, Any]:
    """Every id that was sent, once; what is out of reach is told as if it is not there."""
    done = [entry.pk for entry in result.done]
    skipped = {one.entry.pk: one.reason for one in result.skipped}
    nowhere = _("there is none with this id, or it is not yours")
    others = {pk: nowhere for pk in ids if pk not in skipped and pk not in set(done)}
    left_out = sorted({**skipped, **others}.items())
    return {"done": done, "skipped": [{"id": pk, "reason": reason} for pk, reason in left_out]}

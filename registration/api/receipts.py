"""`/expenses/{id}/receipts/`: the files that prove an expense."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from core.api.serializers import Sparse
from core.errors import FieldsError, StaleError
from registration.models import Expense, Receipt
from registration.selectors.reach import reach_of
from registration.selectors.receipts import content_of, expense_shown, receipts_of
from registration.services import receipts
from registration.services.receipt_files import JPEG, MB, PDF


class ExpenseReceiptSerializer(Sparse):
    """A file that proves an expense, as it is kept: a photo as JPEG, or a PDF."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    content_type = serializers.CharField(read_only=True)
    size = serializers.IntegerField(read_only=True, help_text="Bytes.")
    pages = serializers.IntegerField(read_only=True)
    uploaded_at = serializers.DateTimeField(read_only=True)


class NewReceiptSerializer(serializers.Serializer):
    """A file to be kept."""

    file = serializers.FileField(
        allow_empty_file=True,
        help_text="A photo (JPEG, PNG or HEIC) or a PDF, of at most 10 MB; what is in it decides. "
        "A photo is kept without the place where it was taken.",
    )


class AnyFileRenderer(JSONRenderer):
    """Lets a caller ask for any file; what it renders itself is a problem, as ever."""

    media_type = "*/*"
    format = "file"


class ReceiptsView(CompanyThings):
    """The receipts of an expense, oldest first. Whoever sees the expense sees them."""

    area = "registration"
    # A photo takes a second to read, which nobody else waits for; a repeat finds it there.
    loose_actions = frozenset({"create"})
    parser_classes = (MultiPartParser,)
    queryset = Receipt.objects.none()
    serializer_class = ExpenseReceiptSerializer
    order = "id"

    @property
    def biggest_body(self) -> int:
        """A file, and what stands around it."""
        return int(settings.RECEIPT_MAX_BYTES) + MB

    @cached_property
    def expense(self) -> Expense:
        """The expense that the address names. Raises Http404."""
        return expense_shown(reach_of(self.membership), int(self.kwargs["expense"]))

    def get_queryset(self) -> QuerySet[Receipt]:
        """All of that expense."""
        return receipts_of(self.expense)

    @extend_schema(
        request=NewReceiptSerializer,
        responses={201: ExpenseReceiptSerializer, 200: ExpenseReceiptSerializer},
    )
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Add a receipt. One that the expense has already stays once, and answers 200."""
        expense = self.expense
        if len(request.FILES.getlist("file")) > 1:
            raise FieldsError({"file": _("Send one file at a time; none of these was kept.")})
        try:
            files = receipts.read_receipts([self.sent(NewReceiptSerializer)["file"]])
            added = receipts.receipts_add(expense=expense, files=files, by=self.membership)
        except FieldsError as refusal:
            raise FieldsError({"file": refusal.message}) from refusal
        if added:
            return self.made(added[0])
        known = self.get_queryset().filter(sha256=files[0].sha256).first()
        if known is None:
            raise StaleError(_("Somebody removed this receipt at this moment. Send it once more."))
        return self.answer_with(known)

    def destroy(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Take a receipt off an expense that can be changed; the audit trail keeps who did."""
        with self.changing() as receipt:
            receipts.receipt_remove(receipt=receipt, by=self.membership)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        responses={
            (200, kind): OpenApiResponse(OpenApiTypes.BINARY, description="As an attachment.")
            for kind in (JPEG, PDF)
        }
    )
    @action(detail=True, methods=["get"], renderer_classes=[AnyFileRenderer])
    def file(self, _request: Request, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The file itself."""
        found = self.get_object()
        disposition = (
            content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
        )
        return HttpResponse(
            content_of(found),
            content_type=found.content_type,
            headers={"Content-Disposition": disposition, "Cache-Control": "private, no-store"},
        )

"""`/invoices/`: the invoices that we make ourselves, from draft to paid."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership
from core.api.serializers import OfCompany
from core.errors import DomainError, sentences
from invoicing.api.drawing_up_shapes import (
    DraftsPreviewSerializer,
    DrawnSerializer,
    DrawUpRequest,
    PreviewRequest,
    options_of,
    shown,
)
from invoicing.api.invoice_actions import InvoiceActions
from invoicing.api.invoice_base import typed
from invoicing.api.invoice_files import InvoiceFiles
from invoicing.api.invoice_shapes import InvoiceSerializer, WholeInvoiceSerializer
from invoicing.api.invoices_at_once import InvoicesAtOnce
from invoicing.forms.draft import LONGEST_TERM, NewInvoiceForm
from invoicing.selectors.invoices import summaries
from invoicing.services import drafting, editing
from registration.models import Project, Selection
from registration.services.selection import freeze
from relations.models import Customer


def _customers(membership: Membership) -> Any:
    return Customer.objects.of(membership.company_id)


def _projects(membership: Membership) -> Any:
    return Project.objects.of(membership.company_id)


class NewDraftSerializer(serializers.Serializer):
    """For whom an empty draft is started. A project alone is enough: it knows its customer."""

    customer = OfCompany(
        select=_customers, required=False, help_text="The id of a customer that is not archived."
    )
    project = OfCompany(
        select=_projects, required=False, help_text="The id of a project of that customer."
    )


class HeadSerializer(serializers.Serializer):
    """What stands above and below the lines of a draft."""

    invoice_date = serializers.DateField(help_text="From the year 2000.")
    payment_term = serializers.IntegerField(
        min_value=0, max_value=LONGEST_TERM, help_text="Days, from 0 to 365."
    )
    supply_from = serializers.DateField(allow_null=True)
    supply_until = serializers.DateField(
        allow_null=True, help_text="Decides which VAT holds; null: the invoice date."
    )
    reference = serializers.CharField(allow_blank=True, max_length=60)
    language = serializers.ChoiceField(settings.LANGUAGES)
    intro = serializers.CharField(
        allow_blank=True, max_length=2000, help_text="The text above the lines."
    )
    closing = serializers.CharField(
        allow_blank=True, max_length=2000, help_text="The text below the lines."
    )
    with_specification = serializers.BooleanField(
        help_text="Whether a specification of hours goes along."
    )
    with_receipts = serializers.BooleanField(help_text="Whether the receipts go along.")


class InvoicesView(InvoiceActions, InvoicesAtOnce, InvoiceFiles):
    """Invoices and credit notes of our own, from draft to paid. What AFAS makes is not among
    them."""

    reading_actions = frozenset({"preview"})
    loose_actions = frozenset({"create"}) | InvoicesAtOnce.loose_actions

    @extend_schema(request=PreviewRequest, responses=DraftsPreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """What a selection would become, and what is left out of it and why; nothing is changed."""
        given = self.sent(PreviewRequest)
        check = drafting.check_drafts(
            company=self.company, selection=given["selection"], options=options_of(given["options"])
        )
        return Response(DraftsPreviewSerializer(shown(check)).data)

    @extend_schema(request=DrawUpRequest, responses={200: DrawnSerializer, 201: DrawnSerializer})
    def create(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Draw up exactly what was previewed: per customer or project a draft, or a refusal.

        409 when anything changed since the preview; nothing is made then. A selection is drawn up
        once: 200 with the drafts that it has already.
        """
        given = self.sent(DrawUpRequest)
        selection = given["selection"]
        if drafting.drafts_of(selection):
            return self._drawn(selection, status.HTTP_200_OK)
        drawn = drafting.create_drafts(
            company=self.company,
            selection=freeze(selection),
            options=options_of(given["options"]),
            token=given["token"],
            by=self.person,
        )
        if not drawn.invoices:
            refusals = [DomainError(said) for _customer, said in drawn.refusals]
            raise DomainError(" ".join(sentences(refusals)))
        drafting.keep_refusals(selection, drawn.refusals)
        selection.refresh_from_db()
        return self._drawn(selection, status.HTTP_201_CREATED)

    def _drawn(self, selection: Selection, code: int) -> Response:
        rows = summaries(self.company).filter(selection=selection).order_by("pk")
        context = self.get_serializer_context()
        found = {
            "invoices": InvoiceSerializer(rows, many=True, context=context).data,
            "refusals": selection.options.get("refusals", []),
        }
        return Response(found, status=code)

    @extend_schema(request=NewDraftSerializer, responses={201: WholeInvoiceSerializer})
    @action(detail=False, methods=["post"])
    def empty(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Start a draft without lines for a customer, dated today, with the usual terms."""
        named = self.sent(NewDraftSerializer)
        ids = {name: thing.pk for name, thing in named.items()}
        data = typed(NewInvoiceForm(ids, company=self.company, chosen={}))
        made = editing.draft_new(
            company=self.company,
            customer=data["customer"],
            project=data["project"],
            by=self.person,
        )
        return self.drawn_up(made)

    @extend_schema(request=HeadSerializer, responses=WholeInvoiceSerializer)
    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change what stands above and below the lines of a draft."""
        with self.changing() as invoice:
            form = HeadSerializer(data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            now = vars(editing.HeadData.of(invoice))
            data = editing.HeadData(**{**now, **form.validated_data})
            editing.head_change(invoice=invoice, data=data, version=invoice.version, by=self.person)
        return self.answer_with(self.get_object())

    def destroy(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Delete a draft; what it held is unbilled again."""
        with self.changing() as invoice:
            editing.draft_delete(invoice=invoice, by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)

"""What is done with one invoice, each as on its page."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.serializers import Money, ThingId
from invoicing.api.addresses import address_of
from invoicing.api.common import EUR_INCL
from invoicing.api.drawing_up_shapes import GroupingSerializer
from invoicing.api.invoice_base import OwnInvoices, typed
from invoicing.api.invoice_shapes import (
    DeliverySerializer,
    WholeInvoiceSerializer,
)
from invoicing.api.selections import SelectionField
from invoicing.forms.sending import HowForm
from invoicing.models import Invoice
from invoicing.services import (
    crediting,
    editing,
    finalising,
    holding,
    numbering,
    paying,
    regrouping,
    sending,
)
from invoicing.services.bundling import Options
from invoicing.services.pricing import Grouping
from invoicing.services.taking_up import seen_now
from invoicing.services.vat_doubts import vat_doubts


class ObstacleSerializer(serializers.Serializer):
    """What is wrong with a draft, or worth a look."""

    sentence = serializers.CharField()
    blocking = serializers.BooleanField(help_text="Whether it keeps the draft from being final.")


class ObstaclesSerializer(serializers.Serializer):
    """What is in the way of finalising."""

    number = serializers.CharField(
        help_text="The number that the next document of its kind would get."
    )
    obstacles = ObstacleSerializer(many=True, help_text="None for what is final already.")


class SendSerializer(serializers.Serializer):
    """The mail. What is left out is as the settings and the customer have it."""

    to = serializers.CharField(
        required=False, max_length=500, help_text="Up to ten addresses, with commas."
    )
    subject = serializers.CharField(required=False, max_length=150)
    body = serializers.CharField(required=False, max_length=4000)


class HowSerializer(serializers.Serializer):
    """How an invoice reached its customer without us."""

    way = serializers.ChoiceField(
        [word for word, _label in HowForm.WAYS],
        default="other",
        help_text="`other` needs a note that says how.",
    )
    note = serializers.CharField(default="", allow_blank=True, max_length=150)


class CreditSerializer(serializers.Serializer):
    """What is given back, and why."""

    reason = serializers.CharField(
        max_length=200, help_text="It stays in the history and is not printed."
    )
    lines = serializers.ListField(
        child=ThingId(),
        required=False,
        allow_null=True,
        max_length=1000,
        help_text="The ids of the lines to credit; left out or null: all that is left.",
    )


class PaidOnSerializer(serializers.Serializer):
    """On which day."""

    paid_on = serializers.DateField(required=False, help_text="Today when it is left out.")


class PaySerializer(PaidOnSerializer):
    """What was paid on an invoice, or paid back on a credit note."""

    amount = Money(
        EUR_INCL, help_text=f"{EUR_INCL}, above zero also on a credit note; at most what is open."
    )
    note = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=200,
        help_text="For instance the number of the bank statement.",
    )


class TakeUpSerializer(GroupingSerializer):
    """What is added."""

    selection = SelectionField()


class InvoiceActions(OwnInvoices):
    """Finalising, sending, crediting and paying one invoice; regrouping and filling a draft."""

    @extend_schema(responses=ObstaclesSerializer)
    @action(detail=True, methods=["get"])
    def obstacles(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """What keeps a draft from being final, and what is worth a look before it is."""
        invoice = self.get_object()
        found = finalising.obstacles(invoice) if invoice.is_draft else []
        doubts = [{"sentence": said, "blocking": False} for said in vat_doubts(invoice)]
        number = numbering.next_number(self.company, invoice.kind, invoice.invoice_date)
        data = {"number": number, "obstacles": [*found, *doubts]}
        return Response(ObstaclesSerializer(data).data)

    @extend_schema(request=None, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def finalise(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Give a draft its number, for good. One that is final already stays as it is."""
        with self.changing() as invoice:
            finalising.finalise(invoice=invoice, version=invoice.version, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=SendSerializer, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def send(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Put a mail with the invoice in the queue. Watch it at `url`, also in Location."""
        given = self.sent(SendSerializer)
        with self.changing() as invoice:
            holding.refuse_draft(invoice)
            words = {**vars(sending.mail_for(invoice)), **given}
            mail = sending.send(invoice=invoice, by=self.person, **words)
        shown = DeliverySerializer(mail, context=self.get_serializer_context()).data
        where = address_of(self.request, "api_deliveries", mail.pk)
        return Response(shown, status=status.HTTP_202_ACCEPTED, headers={"Location": where})

    @extend_schema(request=HowSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"], url_path="mark-as-sent")
    def mark_as_sent(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The customer has it without our mail. A second time changes nothing."""
        how = how_of(self.sent(HowSerializer))
        with self.changing() as invoice:
            sending.mark_as_sent(invoice=invoice, how=how, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=CreditSerializer, responses={201: WholeInvoiceSerializer})
    @action(detail=True, methods=["post"])
    def credit(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Draw up a credit note as a draft: look at it, then finalise it."""
        given = self.sent(CreditSerializer)
        with self.changing() as invoice:
            note = crediting.credit(
                invoice=invoice,
                lines=given.get("lines"),
                reason=given["reason"],
                by=self.person,
            )
        return self.drawn_up(note)

    @extend_schema(request=PaySerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def pay(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Register what was paid on an invoice, or paid back on a credit note."""
        given = self.sent(PaySerializer)
        with self.changing() as invoice:
            self._pay(invoice, given)
        return self.answer_with(self.get_object())

    @extend_schema(request=PaidOnSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"], url_path="mark-paid")
    def mark_paid(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Register that all that is open on it was paid, or paid back."""
        given = self.sent(PaidOnSerializer)
        with self.changing() as invoice:
            self._pay(invoice, {"amount": abs(invoice.open_amount), **given})
        return self.answer_with(self.get_object())

    def _pay(self, invoice: Invoice, given: dict[str, Any]) -> None:
        paid = {"paid_on": timezone.localdate(), **given}
        paying.payment_add(invoice=invoice, by=self.person, **paid)

    @extend_schema(request=GroupingSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def regroup(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Put what a draft bills on other lines, at the rates and VAT it was drawn up with."""
        given = self.sent(GroupingSerializer)
        with self.changing() as invoice:
            regrouping.regroup(invoice=invoice, by=self.person, **given)
        return self.answer_with(self.get_object())

    @extend_schema(request=None, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"])
    def refresh(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Price what a draft bills again, from today's rates, rounding and VAT."""
        with self.changing() as invoice:
            regrouping.refresh(invoice=invoice, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=TakeUpSerializer, responses=WholeInvoiceSerializer)
    @action(detail=True, methods=["post"], url_path="take-up")
    def take_up(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Add what is selected, of the same customer, below the lines of a draft."""
        given = self.sent(TakeUpSerializer)
        with self.changing() as invoice:
            editing.take_up(
                invoice=invoice,
                versions=seen_now(invoice, given["selection"]),
                options=Options(
                    invoice_date=invoice.invoice_date,
                    grouping=Grouping(given["grouping"]),
                    template=given["template"],
                ),
                by=self.person,
            )
        return self.answer_with(self.get_object())


def how_of(given: dict[str, Any]) -> str:
    """How it was sent, in the words that the page keeps. Raises ValidationError."""
    form = HowForm(given)
    typed(form)
    return form.how

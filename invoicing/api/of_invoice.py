"""`/invoices/{id}/…/`: the lines of an invoice, its payments, and what stands behind it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from core.api.filters import Id
from core.api.serializers import EUR_4, Money, Sparse, Sum, ThingId
from core.vat import VatCode
from invoicing.api.common import KINDS_HELP, InvoicingView
from invoicing.api.invoice_shapes import LineSerializer, PaymentSerializer
from invoicing.models import Claim, Invoice, InvoiceLine, LineKind, Payment
from invoicing.selectors.invoice_story import RELATED, Held, held, payments_of
from invoicing.selectors.invoices import invoice_of
from invoicing.selectors.unbilled import KINDS
from invoicing.services import editing, holding, paying
from invoicing.services.editing import LineData
from invoicing.services.sifting import ATTRIBUTES


class OfInvoice(InvoicingView, CompanyThings):
    """Things of the invoice that the address names."""

    @cached_property
    def invoice(self) -> Invoice:
        """That invoice. Raises Http404."""
        return invoice_of(self.company, int(self.kwargs["invoice"]))

    def held(self, **_more: Any) -> Any:
        """The invoice is locked, as every service does first, and the thing is read again."""
        self.get_object()
        holding.hold(self.invoice)
        return self.get_object()


class LineChangeSerializer(serializers.Serializer):
    """What is typed on a line. A heading or a text has only its description."""

    description = serializers.CharField(max_length=255)
    quantity = Money("", required=False, help_text="In `unit`, to two decimals; may be below zero.")
    unit = serializers.CharField(
        required=False, allow_blank=True, max_length=15, help_text="The word that is printed."
    )
    unit_price = Money(EUR_4, digits=14, decimals=4, required=False)
    discount = Money(
        "",
        digits=5,
        min_value=0,
        max_value=100,
        required=False,
        help_text="Per cent, from 0 to 100.",
    )
    vat_code = serializers.ChoiceField(
        VatCode.choices,
        required=False,
        allow_blank=True,
        help_text="Empty: as the customer, or else the company, has it.",
    )


class NewLineSerializer(LineChangeSerializer):
    """A line that is added by hand."""

    kind = serializers.ChoiceField(LineKind.choices, default=LineKind.ITEM)
    after = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=10_000,
        help_text="Below the line at this position, 0: at the top. Left out: at the end.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An amount needs its parts."""
        needed = ("quantity", "unit_price") if attrs["kind"] == LineKind.ITEM else ()
        if lacking := [name for name in needed if name not in attrs]:
            raise exceptions.ValidationError({name: [_("Type a number.")] for name in lacking})
        return attrs


class OrderSerializer(serializers.Serializer):
    """The order of the lines."""

    lines = serializers.ListField(
        child=ThingId(), max_length=1000, help_text="The ids of all lines, from top to bottom."
    )


class InvoiceLinesView(OfInvoice):
    """The lines of an invoice. Those of a draft can be changed."""

    queryset = InvoiceLine.objects.none()
    serializer_class = LineSerializer
    orders = {"position": "position", "id": "pk"}
    order = "position"

    def get_queryset(self) -> QuerySet[InvoiceLine]:
        """Each with how many things it bills."""
        count = Count("claims", filter=Q(claims__released_at__isnull=True))
        rows: QuerySet[InvoiceLine] = self.invoice.lines.annotate(held=count)
        return rows.select_related("invoice__company", "invoice__customer")

    @extend_schema(request=NewLineSerializer, responses={201: LineSerializer})
    def create(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Add a line to a draft."""
        given = self.sent(NewLineSerializer)
        after = given.pop("after", None)
        line = editing.line_add(
            invoice=self.invoice, data=LineData(**given), after=after, by=self.person
        )
        return self.made(self.get_queryset().get(pk=line.pk))

    @extend_schema(request=LineChangeSerializer, responses=LineSerializer)
    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change a line of a draft; what it bills shares its new worth. On a credit note only its
        words and, downwards, its quantity change."""
        with self.changing() as line:
            form = LineChangeSerializer(data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            data = LineData(**{**vars(LineData.of(line)), **form.validated_data})
            version = line.invoice.version
            editing.line_change(line=line, data=data, version=version, by=self.person)
        return self.answer_with(self.get_object())

    def destroy(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Take a line off a draft; what it billed is unbilled again."""
        with self.changing() as line:
            editing.line_remove(line=line, by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=OrderSerializer, responses=OrderSerializer, filters=False)
    @action(detail=False, methods=["post"])
    def reorder(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Put the lines of a draft in this order: each of them once."""
        order = self.sent(OrderSerializer)["lines"]
        editing.lines_reorder(invoice=self.invoice, order=order, by=self.person)
        return Response({"lines": list(self.invoice.lines.values_list("pk", flat=True))})


class InvoicePaymentsView(OfInvoice):
    """What was paid on an invoice. `POST /invoices/{id}/pay/` registers more."""

    queryset = Payment.objects.none()
    serializer_class = PaymentSerializer
    orders = {"id": "pk", "paid_on": "paid_on"}

    def get_queryset(self) -> QuerySet[Payment]:
        """All of that invoice."""
        return payments_of(self.invoice).select_related("invoice")

    def destroy(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Take a payment back that was registered by mistake; what it paid is open again."""
        with self.changing() as payment:
            paying.payment_remove(payment=payment, by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ClaimSerializer(Sparse):
    """A registration behind a line, with what was billed for it."""

    id = serializers.IntegerField(source="claim.pk", read_only=True)
    line = serializers.IntegerField(source="claim.line_id", read_only=True)
    kind = serializers.SerializerMethodField(help_text=f"One of {KINDS_HELP}")
    thing = serializers.IntegerField(
        source="held.pk", read_only=True, help_text="Its id among those of its kind."
    )
    day = serializers.DateField(source="held.day", read_only=True)
    person_name = serializers.CharField(
        source="held.who", read_only=True, help_text="Empty for instalments and periods."
    )
    what = serializers.CharField(
        source="held.what", read_only=True, help_text="Its project, and what it was."
    )
    note = serializers.CharField(source="held.note", read_only=True)
    quantity = Money(
        "", source="held.quantity", decimals=4, read_only=True, help_text="Hours, units or km."
    )
    rate = Money(
        source="held.rate",
        digits=14,
        decimals=4,
        read_only=True,
        help_text="EUR excl. VAT per hour, unit or km, or the whole amount, to four decimals.",
    )
    amount = Sum(source="held.amount", read_only=True, help_text="EUR excl. VAT: its share.")
    released_at = serializers.DateTimeField(
        source="held.released_at",
        read_only=True,
        allow_null=True,
        help_text="Since when it is unbilled again; null while it is billed here.",
    )
    reason = serializers.CharField(
        source="held.reason", read_only=True, help_text="Why it was released; else empty."
    )

    def to_representation(self, claim: Claim) -> Any:
        """A claim, with what it holds in words."""
        return super().to_representation({"claim": claim, "held": held(claim)})

    @extend_schema_field(serializers.ChoiceField(list(KINDS)))
    def get_kind(self, row: dict[str, Any]) -> str:
        """As selections name it."""
        found: Held = row["held"]
        return ATTRIBUTES[found.kind]


class ClaimFilter(django_filters.FilterSet):
    """By the line that they stand on."""

    line = Id("line", label="On this line, by id.")

    class Meta:
        model = Claim
        fields = ()


class InvoiceThingsView(OfInvoice):
    """The registrations that an invoice bills, or billed until they were released."""

    queryset = Claim.objects.none()
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilter
    order = "id"

    def get_queryset(self) -> QuerySet[Claim]:
        """All of that invoice, with what is told of them."""
        rows = Claim.objects.of(self.company).filter(line__invoice=self.invoice)
        found: QuerySet[Claim] = rows.select_related(*RELATED)
        return found

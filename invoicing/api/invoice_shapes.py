"""How invoices and what stands on them are shown."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import EUR, EUR_4, Money, Sparse, Sum
from core.vat import CATEGORIES, VatCode
from invoicing.api.addresses import address_of
from invoicing.api.common import EUR_INCL
from invoicing.models import (
    Delivery,
    DeliveryStatus,
    DocumentStatus,
    Invoice,
    InvoiceKind,
    LineKind,
    Payment,
    PaymentStatus,
)
from invoicing.selectors.invoices import SHOWN, shown_status
from invoicing.services.paper import Paper, paper_of

BELOW_ZERO = "Below zero on a credit note."


def _id(words: str, source: str, **more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(source=source, read_only=True, help_text=words, **more)


class InvoiceSerializer(Sparse):
    """An invoice or credit note of our own."""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.ChoiceField(InvoiceKind.choices, read_only=True)
    number = serializers.CharField(read_only=True, help_text="Empty for a draft.")
    status = serializers.ChoiceField(DocumentStatus.choices, read_only=True)
    delivery = serializers.ChoiceField(DeliveryStatus.choices, read_only=True)
    payment = serializers.ChoiceField(PaymentStatus.choices, read_only=True)
    shown_as = serializers.SerializerMethodField(
        help_text="The one word that the pages show, of status, delivery, payment and due date."
    )
    customer = _id("The id of the customer.", "customer_id")
    customer_name = serializers.CharField(source="customer.name", read_only=True)
    project = _id(
        "The id of the project when all of it is of one; else null.", "project_id", allow_null=True
    )
    invoice_date = serializers.DateField(read_only=True)
    due_date = serializers.DateField(
        read_only=True, allow_null=True, help_text="Null while it is a draft."
    )
    payment_term = serializers.IntegerField(read_only=True, help_text="Days.")
    reference = serializers.CharField(read_only=True, help_text="The customer's own order number.")
    language = serializers.ChoiceField(settings.LANGUAGES, read_only=True)
    net = Sum(EUR, read_only=True, help_text=f"{EUR}. {BELOW_ZERO}")
    vat = Sum("EUR of VAT", read_only=True, help_text=f"EUR of VAT. {BELOW_ZERO}")
    total = Sum(EUR_INCL, read_only=True, help_text=f"{EUR_INCL}. {BELOW_ZERO}")
    paid = Sum(EUR_INCL, read_only=True)
    open = Sum(
        EUR_INCL,
        source="open_amount",
        read_only=True,
        help_text=f"{EUR_INCL} still to be paid; below zero when it is to be paid back.",
    )
    credits = _id(
        "The id of the invoice that this credit note corrects; else null.",
        "credits_id",
        allow_null=True,
    )
    selection = serializers.UUIDField(
        source="selection_id",
        read_only=True,
        allow_null=True,
        help_text="The selection it was drawn up from, if any.",
    )
    created_at = serializers.DateTimeField(read_only=True)
    finalised_at = serializers.DateTimeField(read_only=True, allow_null=True)
    sent_at = serializers.DateTimeField(read_only=True, allow_null=True)
    sent_how = serializers.CharField(read_only=True, help_text="Empty until it was sent.")

    @extend_schema_field(serializers.ChoiceField(list(SHOWN)))
    def get_shown_as(self, invoice: Invoice) -> str:
        """As lists and pages call it."""
        return shown_status(invoice)


class LineSerializer(Sparse):
    """A line as it is printed. A heading or a text has only its description."""

    id = serializers.IntegerField(read_only=True)
    position = serializers.IntegerField(read_only=True, help_text="From 1, from top to bottom.")
    kind = serializers.ChoiceField(LineKind.choices, read_only=True)
    description = serializers.CharField(read_only=True)
    quantity = Money(
        "", read_only=True, help_text="In `unit`, to two decimals; below zero on a credit note."
    )
    unit = serializers.CharField(read_only=True, help_text="The word that is printed, or empty.")
    unit_price = Money(EUR_4, digits=14, decimals=4, read_only=True)
    discount = Money("", digits=5, read_only=True, help_text="Per cent, from 0 to 100.")
    net = Sum(read_only=True, help_text=f"{EUR}: quantity × price less the discount.")
    vat_code = serializers.ChoiceField(
        VatCode.choices, read_only=True, allow_blank=True, help_text="Empty where no amount is."
    )
    vat_percent = Money("", digits=5, read_only=True, allow_null=True, help_text="Per cent.")
    activity = _id("The id of the activity, where it is one.", "activity_id", allow_null=True)
    category = _id(
        "The id of the category of expense, where it is one.", "category_id", allow_null=True
    )
    credits = _id(
        "The id of the line that this line of a credit note gives back.",
        "credits_id",
        allow_null=True,
    )
    things = serializers.IntegerField(
        source="held", read_only=True, help_text="How many registrations it bills at this moment."
    )


class VatGroupSerializer(serializers.Serializer):
    """All lines of one treatment and percentage together."""

    vat_code = serializers.ChoiceField(VatCode.choices, source="code")
    category = serializers.ChoiceField(
        sorted(set(CATEGORIES.values())), help_text="As UBL writes it (UNCL5305)."
    )
    percent = Money("", digits=5, help_text="Per cent.")
    base = Sum()
    vat = Sum("EUR of VAT")


class PrintedVatSerializer(VatGroupSerializer):
    """The same with the ground that is printed."""

    reason = serializers.CharField(help_text="Why there is no VAT; empty where there is.")


class PartySerializer(serializers.Serializer):
    """The seller or the buyer as printed; frozen when the invoice became final."""

    name = serializers.CharField()
    attention = serializers.CharField()
    street = serializers.CharField()
    house_number = serializers.CharField()
    postcode = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166, two letters.")
    vat_number = serializers.CharField()
    kvk_number = serializers.CharField()
    iban = serializers.CharField()
    bic = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    website = serializers.CharField()
    number = serializers.CharField(help_text="The customer number; empty for the seller.")


class PaymentSerializer(Sparse):
    """What was paid on an invoice, or settled with a credit note."""

    id = serializers.IntegerField(read_only=True)
    how = serializers.ChoiceField(Payment.How.choices, read_only=True)
    amount = Sum(EUR_INCL, read_only=True, help_text=f"{EUR_INCL}; below zero when paid back.")
    paid_on = serializers.DateField(read_only=True)
    note = serializers.CharField(read_only=True)
    settles = _id(
        "The invoice or credit note that it was set off against, by id; else null.",
        "settles_id",
        allow_null=True,
    )
    created_at = serializers.DateTimeField(read_only=True)


class DeliverySerializer(Sparse):
    """One mail with an invoice. While it is `queued` or `sending`, look again at `url`."""

    id = serializers.IntegerField(read_only=True)
    url = serializers.SerializerMethodField(help_text="Where to see what becomes of it.")
    invoice = _id("The id of the invoice.", "invoice_id")
    to = serializers.CharField(read_only=True, help_text="Addresses, with commas.")
    subject = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(
        Delivery.State.choices,
        read_only=True,
        help_text="`unknown`: perhaps sent; a person says whether it arrived, with `settle`.",
    )
    attempts = serializers.IntegerField(read_only=True)
    message = serializers.CharField(read_only=True, help_text="What went wrong; else empty.")
    created_at = serializers.DateTimeField(read_only=True)
    sent_at = serializers.DateTimeField(read_only=True, allow_null=True)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, mail: Delivery) -> str:
        """Its own address."""
        return address_of(self.context["request"], "api_deliveries", mail.pk)


class WholeDeliverySerializer(DeliverySerializer):
    """The same with the text of the mail."""

    body = serializers.CharField(read_only=True)


class NoteSerializer(serializers.Serializer):
    """A credit note of an invoice."""

    id = serializers.IntegerField()
    number = serializers.CharField(help_text="Empty for a draft.")
    status = serializers.ChoiceField(DocumentStatus.choices)
    total = Sum(EUR_INCL, help_text=f"{EUR_INCL}; below zero.")


class WholeInvoiceSerializer(InvoiceSerializer):
    """An invoice with all that stands on it, and what became of it."""

    supply_from = serializers.DateField(read_only=True, allow_null=True)
    supply_until = serializers.DateField(read_only=True, allow_null=True)
    intro = serializers.CharField(read_only=True, help_text="The text above the lines.")
    closing = serializers.CharField(read_only=True, help_text="The text below the lines.")
    with_specification = serializers.BooleanField(
        read_only=True, help_text="Whether a specification of hours goes along."
    )
    with_receipts = serializers.BooleanField(
        read_only=True, help_text="Whether the receipts go along."
    )
    seller = serializers.SerializerMethodField()
    buyer = serializers.SerializerMethodField()
    lines = LineSerializer(many=True, read_only=True)
    vat_groups = serializers.SerializerMethodField(
        help_text="Of a draft: what it would be if it became final now."
    )
    payments = PaymentSerializer(many=True, read_only=True)
    credit_notes = NoteSerializer(many=True, read_only=True)
    deliveries = DeliverySerializer(many=True, read_only=True)

    @extend_schema_field(PartySerializer)
    def get_seller(self, invoice: Invoice) -> Any:
        """Who asks for the money."""
        return PartySerializer(self._paper(invoice).seller).data

    @extend_schema_field(PartySerializer)
    def get_buyer(self, invoice: Invoice) -> Any:
        """Who is asked."""
        return PartySerializer(self._paper(invoice).buyer).data

    @extend_schema_field(PrintedVatSerializer(many=True))
    def get_vat_groups(self, invoice: Invoice) -> Any:
        """The highest percentage first."""
        return PrintedVatSerializer(self._paper(invoice).vat_groups, many=True).data

    def _paper(self, invoice: Invoice) -> Paper:
        """What is printed, read once for each time that the invoice is shown."""
        known: Paper | None = getattr(invoice, "paper", None)
        invoice.paper = known or paper_of(invoice)  # type: ignore[attr-defined]
        found: Paper = invoice.paper  # type: ignore[attr-defined]
        return found

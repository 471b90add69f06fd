"""`/expenses/`: what was spent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from core import money
from core.api.batches import BatchSerializer
from core.api.filters import Id
from core.api.serializers import Money
from core.forms import HIGHEST_AMOUNT
from registration.api.choices import Choice, categories
from registration.api.entries import EntriesView, EntryFilter, EntrySerializer, Services
from registration.api.receipts import ExpenseReceiptSerializer
from registration.models import Expense
from registration.services import entries
from registration.services.entries import ExpenseData

SERVICES = Services(
    log=lambda by, data: entries.expense_log(by=by, data=data),
    change=lambda by, seen, version, data: entries.expense_change(
        by=by, expense=seen, version=version, data=data
    ),
    delete=lambda by, seen, version: entries.expense_delete(by=by, expense=seen, version=version),
)


class ExpenseSerializer(EntrySerializer):
    """A cost, sent with or without the VAT that is in it."""

    said_in = ExpenseData

    category = Choice(offer=categories, help_text="The id among `products`: an expense category.")
    quantity = serializers.DecimalField(
        max_digits=8, decimal_places=2, required=False, help_text="In the unit of the category."
    )
    unit_cost = Money(
        "EUR excl. VAT per unit; follows from unit_cost_incl when that is sent",
        min_value=Decimal(0),
        max_value=HIGHEST_AMOUNT,
        required=False,
    )
    unit_cost_incl = Money(
        "EUR incl. VAT per unit, when it was typed so; receipt_vat must be known then",
        min_value=Decimal(0),
        max_value=HIGHEST_AMOUNT,
        required=False,
        allow_null=True,
    )
    receipt_vat = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        min_value=Decimal(0),
        max_value=Decimal("99.99"),
        required=False,
        allow_null=True,
        help_text="Percentage of VAT on the receipt.",
    )
    receipts = ExpenseReceiptSerializer(many=True, read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The cost is there, and it is one amount."""
        known = None if self.instance is None else self.instance.unit_cost
        if attrs.get("unit_cost_incl") is None:
            if attrs.get("unit_cost", known) is None:
                raise serializers.ValidationError({"unit_cost": _("Type what one costs.")})
            if "unit_cost" in attrs:
                attrs["unit_cost_incl"] = None
        elif attrs.setdefault("unit_cost", Decimal(0)) not in {Decimal(0), known, self._net(attrs)}:
            sentence = _("This differs from unit_cost_incl without its VAT. Send one of the two.")
            raise serializers.ValidationError({"unit_cost": sentence})
        return attrs

    def begins_with(self, sent: dict[str, Any]) -> dict[str, Any]:
        """An expense is billable when its category is so by default."""
        return {"billable": sent["category"].billable}

    def _net(self, sent: dict[str, Any]) -> Decimal | None:
        percent = sent.get("receipt_vat", getattr(self.instance, "receipt_vat", None))
        return None if percent is None else money.without_vat(sent["unit_cost_incl"], percent)


class ExpensesSerializer(serializers.Serializer):
    """Several expenses to register."""

    items = ExpenseSerializer(many=True, help_text="1 to 500.")


class ExpenseFilter(EntryFilter):
    """What the list narrows to."""

    category = Id("category")


@extend_schema_view(batch=extend_schema(request=ExpensesSerializer, responses=BatchSerializer))
class ExpensesView(EntriesView):
    """Expenses that the caller sees: their own, those of projects they manage, or everybody's."""

    kind = "expenses"
    services = SERVICES
    queryset = Expense.objects.none()
    serializer_class = ExpenseSerializer
    filterset_class = ExpenseFilter

    def get_queryset(self) -> QuerySet[Any]:
        """What the caller sees, with the receipts of each."""
        return super().get_queryset().prefetch_related("receipts")

"""`/activities/` and `/products/`: the kinds of work and of cost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from accounts.models import Right
from core.api.filters import TrueFalse
from core.api.serializers import EUR_4, Money, Sparse
from core.errors import FieldsError
from core.vat import VatCode
from registration.models import Activity, ExpenseCategory
from registration.selectors.projects import activities_of, categories_of
from registration.services.catalogue import (
    ActivityData,
    CategoryData,
    activity_save,
    category_save,
)
from registration.services.refusals import price_refusal
from relations.doors import sees_amounts, sets_prices

HIGHEST_PRICE = Decimal("999999.9999")


class CatalogueSerializer(Sparse):
    """What activities and expense categories have in common."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    billable = serializers.BooleanField(
        required=False, help_text="What new entries start with; people can change it per entry."
    )
    vat_code = serializers.ChoiceField(
        VatCode.choices,
        allow_blank=True,
        required=False,
        help_text="Empty: as the customer, or else as the company.",
    )
    archived = serializers.BooleanField(
        required=False, help_text="Not to be chosen any more. What was registered stays."
    )


class ActivitySerializer(CatalogueSerializer):
    """A kind of work."""

    code = serializers.CharField(max_length=20, allow_blank=True, required=False)


class ProductSerializer(CatalogueSerializer):
    """A kind of expense: the pages call it an expense category."""

    unit = serializers.CharField(
        max_length=15, allow_blank=True, required=False, help_text="As in piece, night or licence."
    )
    sales_price = Money(
        f"{EUR_4}, per unit. Empty: passed on at cost. Set by who has the right `costs`. Null for "
        "who sees no amounts",
        digits=10,
        decimals=4,
        min_value=Decimal(0),
        max_value=HIGHEST_PRICE,
        allow_null=True,
        required=False,
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """As the caller may see it: without price for who sees no amounts."""
        shown: dict[str, Any] = super().to_representation(instance)
        if "sales_price" in shown and not sees_amounts(self.context["view"].membership):
            shown["sales_price"] = None
        return shown


class ActivityFilter(django_filters.FilterSet):
    """What the list narrows to."""

    archived = TrueFalse()
    code = django_filters.CharFilter(max_length=20, help_text="Exactly this code.")


class ProductFilter(django_filters.FilterSet):
    """What the list narrows to."""

    archived = TrueFalse()


class CatalogueView(CompanyThings):
    """Whoever registers reads them; an admin keeps them."""

    area = "relations"
    rights = {"write": (Right.ADMIN,)}
    orders = {"name": "name", "id": "pk"}
    order = "name"

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A new one."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.made(self.save(None, form.validated_data))

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change one, or archive it; what is not sent stays as it is."""
        with self.changing() as known:
            form = self.get_serializer(known, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            self.save(known, form.validated_data)
        return self.answer_with(self.get_object())

    def save(self, known: Any, sent: Mapping[str, Any]) -> Any:
        """Give what was sent to the service that keeps this kind."""
        raise NotImplementedError


class ActivitiesView(CatalogueView):
    """The kinds of work."""

    queryset = Activity.objects.none()
    serializer_class = ActivitySerializer
    filterset_class = ActivityFilter

    def get_queryset(self) -> QuerySet[Activity]:
        """All of them, archived ones too."""
        return activities_of(self.company, state="all")

    def save(self, known: Activity | None, sent: Mapping[str, Any]) -> Activity:
        """Save an activity."""
        data = ActivityData(**_whole(ActivityData, known, sent))
        return activity_save(company=self.company, activity=known, data=data, by=self.person)


class ProductsView(CatalogueView):
    """The kinds of expense; the pages call them expense categories."""

    queryset = ExpenseCategory.objects.none()
    serializer_class = ProductSerializer
    filterset_class = ProductFilter

    def get_queryset(self) -> QuerySet[ExpenseCategory]:
        """All of them, archived ones too."""
        return categories_of(self.company, state="all")

    def save(self, known: ExpenseCategory | None, sent: Mapping[str, Any]) -> ExpenseCategory:
        """Save an expense category; the price stays in the hands of who sets prices."""
        data = CategoryData(**_whole(CategoryData, known, self._with_price_kept(known, sent)))
        return category_save(company=self.company, category=known, data=data, by=self.person)

    def _with_price_kept(
        self, known: ExpenseCategory | None, sent: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if sets_prices(self.membership) or "sales_price" not in sent:
            return sent
        price = known.sales_price if known else None
        as_shown = {price} if sees_amounts(self.membership) else {price, None}
        if sent["sales_price"] not in as_shown:
            raise FieldsError({"sales_price": price_refusal()})
        return {**sent, "sales_price": price}


def _whole(kind: Any, known: Any, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, with what it is now where nothing was sent."""
    if known is None:
        return dict(sent)
    return {**{name: getattr(known, name) for name in kind.__dataclass_fields__}, **sent}

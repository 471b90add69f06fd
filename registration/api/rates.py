"""`/rates/`: what an hour or a kilometre is billed at, and what an hour costs us."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from accounts.models import Membership, Right
from core.api.filters import Id
from core.api.serializers import EUR_4, Money, OfCompany, Sparse
from registration.api.choices import any_project
from registration.models import Activity, Rate
from registration.models.rates import EVER
from registration.selectors.rates import SUBJECTS, RateSubject, rates_of
from registration.services.rate_preview import rate_preview
from registration.services.rates import RateStep, is_rung, rate_set
from relations.models import Customer

HIGHEST_RATE = Decimal("999999.9999")


class _Since(serializers.DateField):
    """The first day of a rate; null is ever."""

    def to_representation(self, value: date) -> Any:
        """Null for what always held."""
        return None if value == EVER else super().to_representation(value)


def _of(model: Any) -> OfCompany:
    return OfCompany(
        select=lambda membership: model.objects.of(membership.company_id),
        allow_null=True,
        required=False,
    )


class RateSerializer(Sparse):
    """A rate of what is filled in: of the company itself when nothing is.

    An hour's rate is of the company, a customer, an activity, a person, a project, or a project
    with an activity or a person; a kilometre's of the company, a customer or a project; a cost of
    the company or a person.
    """

    id = serializers.IntegerField(read_only=True)
    unit = serializers.ChoiceField(
        Rate.Unit.choices, help_text="cost: what an hour costs us; it is on no invoice."
    )
    amount = Money(
        f"{EUR_4}, per hour or km",
        digits=10,
        decimals=4,
        min_value=Decimal(0),
        max_value=HIGHEST_RATE,
    )
    valid_from = _Since(
        allow_null=True, required=False, help_text="The first day; null: it holds for all work."
    )
    customer = _of(Customer)
    activity = _of(Activity)
    person = OfCompany(
        source="membership",
        select=lambda membership: Membership.objects.of(membership.company_id),
        allow_null=True,
        required=False,
        help_text="The id among `people`.",
    )
    project = OfCompany(select=any_project, allow_null=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is filled in can have such a rate, and stays what it is."""
        if self.instance is None:
            parts = [name for name in SUBJECTS if attrs.get(name) is not None]
            if not is_rung(attrs["unit"], parts):
                raise serializers.ValidationError(_("There is no such rate of these together."))
        elif attrs.keys() - {"amount"}:
            raise serializers.ValidationError(
                _("Of a rate only the amount is changed. Remove it, and set another one.")
            )
        return attrs

    def step(self) -> RateStep:
        """What was sent, for the services."""
        sent = self.validated_data
        if self.instance is not None:
            return _step(self.instance, sent.get("amount", self.instance.amount))
        return RateStep(
            subject=RateSubject(**{name: sent.get(name) for name in SUBJECTS}),
            unit=sent["unit"],
            amount=sent["amount"],
            valid_from=sent.get("valid_from") or EVER,
        )


class RatePreviewSerializer(serializers.Serializer):
    """What a rate would do; nothing is changed."""

    count = serializers.IntegerField(help_text="How many entries get another value.")
    priced = serializers.IntegerField(help_text="How many of them have no rate now.")
    unpriced = serializers.IntegerField(help_text="How many of them lose theirs.")
    kept = serializers.IntegerField(
        help_text="How many are billed, being billed or written off, and keep another rate."
    )
    before = Money("EUR excl. VAT of those that change, now")
    after = Money("EUR excl. VAT of those that change, then")


class RateFilter(django_filters.FilterSet):
    """What the list narrows to."""

    unit = django_filters.ChoiceFilter(choices=Rate.Unit.choices)
    customer = Id("customer")
    activity = Id("activity")
    person = Id("membership")
    project = Id("project")


class RatesView(CompanyThings):
    """Rates from a day on. Another rate values the unbilled entries it touches again."""

    area = "relations"
    rights = {"read": (Right.COSTS,), "write": (Right.COSTS,)}
    reading_actions = frozenset({"preview"})
    queryset = Rate.objects.none()
    serializer_class = RateSerializer
    filterset_class = RateFilter
    orders = {"valid_from": "valid_from", "id": "pk"}
    order = "id"

    def get_queryset(self) -> QuerySet[Rate]:
        """All rates of the company."""
        return rates_of(self.company)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Set a rate. One of the same things from the same day on is replaced."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.made(rate_set(company=self.company, by=self.person, **vars(form.step())))

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change the amount of a rate."""
        with self.changing() as rate:
            form = self.get_serializer(rate, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            rate_set(company=self.company, by=self.person, **vars(form.step()))
        return self.answer_with(self.get_object())

    @extend_schema(responses={204: None})
    def destroy(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Take a rate away; what held before it holds again."""
        with self.changing() as rate:
            rate_set(company=self.company, by=self.person, **vars(_step(rate, None)))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=RatePreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """What setting a rate would do; nothing is changed."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        found = rate_preview(company=self.company, steps=[form.step()])
        return Response(RatePreviewSerializer(found).data)


def _step(rate: Rate, amount: Decimal | None) -> RateStep:
    subject = RateSubject(**{name: getattr(rate, name) for name in SUBJECTS})
    return RateStep(subject=subject, unit=rate.unit, amount=amount, valid_from=rate.valid_from)

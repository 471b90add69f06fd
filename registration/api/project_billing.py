"""How a project is billed: another method, and what its subscription promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from accounts.models import Right
from core.api.serializers import Money
from core.errors import DomainError, FieldsError
from core.forms import HIGHEST_AMOUNT
from core.vat import VatCode
from registration.models import (
    BillingMethod,
    BillingStatus,
    Broken,
    Frequency,
    Project,
    Subscription,
)
from registration.selectors.planned import periods_of
from registration.services.methods import MethodData, method_change, method_preview
from registration.services.refusals import subscription_refusal
from registration.services.subscriptions import (
    TERMS,
    SubscriptionData,
    periods_due,
    subscription_save,
)
from relations.doors import SEE_AMOUNTS

COSTS = (Right.COSTS,)
NAMES = (*TERMS, "template", "vat_code")


class ProjectMethodSerializer(serializers.Serializer):
    """Another way to bill a project."""

    billing_method = serializers.ChoiceField(BillingMethod.choices)
    starts = serializers.DateField(
        allow_null=True,
        required=False,
        help_text="The first day of the new method; earlier work keeps the one it has. Null: it "
        "counts for all work, which is possible while nothing is invoiced.",
    )
    price = Money(
        "EUR excl. VAT: for fixed_project its price, for subscription that of a period",
        allow_null=True,
        required=False,
        min_value=Decimal(0),
        max_value=HIGHEST_AMOUNT,
    )
    keep_planned = serializers.BooleanField(
        required=False,
        help_text="Whether what the old method still asks stays to be invoiced. Usually not.",
    )

    def said(self) -> MethodData:
        """What was sent, for the services."""
        sent = dict(self.validated_data)
        return MethodData(method=BillingMethod(sent.pop("billing_method")), **sent)


class ProjectMethodPreviewSerializer(serializers.Serializer):
    """What another method would do; nothing is changed."""

    changed = serializers.IntegerField(help_text="How many unbilled entries get another value.")
    before = Money("EUR excl. VAT of all unbilled entries now")
    after = Money("EUR excl. VAT of all unbilled entries then")
    without_rate = serializers.IntegerField(help_text="How many would then lack a rate.")
    kept = serializers.IntegerField(help_text="How many are billed, or being billed, and stay.")
    planned = Money("EUR excl. VAT that the old method still asks")
    parts = serializers.IntegerField(help_text="How many instalments or periods that is.")


class SubscriptionSerializer(serializers.Serializer):
    """What a subscription promises; its unbilled periods follow."""

    price = Money(
        "EUR excl. VAT a period",
        allow_null=True,
        min_value=Decimal(0),
        max_value=HIGHEST_AMOUNT,
    )
    price_from = serializers.DateField(
        write_only=True,
        allow_null=True,
        required=False,
        help_text="The day from which the price holds. Null corrects the price that holds now.",
    )
    frequency = serializers.ChoiceField(Frequency.choices)
    starts_on = serializers.DateField(help_text="The first day.")
    ends_on = serializers.DateField(allow_null=True, help_text="The last day.")
    in_advance = serializers.BooleanField(
        help_text="Billable on the first day of a period; otherwise on its last day."
    )
    by_calendar = serializers.BooleanField(
        help_text="Months begin on the 1st, weeks on Monday; the first period may be broken."
    )
    broken = serializers.ChoiceField(
        Broken.choices, help_text="What a first or last period costs that is not whole."
    )
    template = serializers.CharField(
        max_length=200,
        help_text="The text on the invoice; {project}, {customer}, {period}, {from} and {until} "
        "are filled in.",
    )
    vat_code = serializers.ChoiceField(
        VatCode.choices, allow_blank=True, help_text="Empty: as the customer, or as the company."
    )

    def to_representation(self, instance: Project) -> dict[str, Any]:
        """The terms of a project as they are now. Raises Http404 when it has none."""
        terms = Subscription.objects.of(instance.company_id).filter(project=instance).first()
        if terms is None:
            raise Http404
        known = {name: getattr(terms, name) for name in NAMES}
        shown: dict[str, Any] = super().to_representation({"price": instance.price, **known})
        return shown


class SubscriptionPeriodSerializer(serializers.Serializer):
    """One period of a subscription."""

    id = serializers.IntegerField()
    description = serializers.CharField(help_text="The text on the invoice.")
    amount = Money()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    due_on = serializers.DateField(help_text="Billable from this day.")
    billing = serializers.ChoiceField(BillingStatus.choices)
    invoice = serializers.CharField(source="invoice_label", help_text="Its number, or empty.")
    version = serializers.IntegerField()


class SubscriptionPeriodsSerializer(serializers.Serializer):
    """The periods that were made, newest first."""

    periods = SubscriptionPeriodSerializer(many=True)


class ProjectBilling(CompanyThings):
    """How a project is billed."""

    rights = {
        "change_method": COSTS,
        "preview_method": COSTS,
        "subscription": SEE_AMOUNTS,
        "change_subscription": COSTS,
        "periods": SEE_AMOUNTS,
    }
    reading_actions = frozenset({"preview_method"})

    def get_serializer_class(self) -> Any:
        """That of the subscription where the address names it."""
        if getattr(self, "action", "") in {"subscription", "change_subscription"}:
            return SubscriptionSerializer
        return super().get_serializer_class()

    @extend_schema(request=ProjectMethodSerializer, responses=ProjectMethodPreviewSerializer)
    @action(detail=True, methods=["post"], url_path="method/preview")
    def preview_method(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """What billing a project another way would do; nothing is changed."""
        with _in_our_words():
            preview = method_preview(self.company, self.get_object(), self._method())
        return Response(ProjectMethodPreviewSerializer(preview).data)

    @action(detail=True, methods=["post"], url_path="method")
    def change_method(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Bill a project another way, and value its unbilled entries again."""
        with self.changing() as project, _in_our_words():
            method_change(
                company=self.company, project=project, data=self._method(), by=self.person
            )
        return self.answer_with(self.get_object())

    @extend_schema(responses=SubscriptionSerializer)
    @action(detail=True, methods=["get"])
    def subscription(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """What the subscription of a project promises; 404 when it never had one."""
        return self.answer_with(self.get_object())

    @extend_schema(responses=SubscriptionSerializer)
    @subscription.mapping.patch
    def change_subscription(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change what a subscription promises; its unbilled periods follow at once."""
        with self.changing() as project:
            if sentence := subscription_refusal(project):
                raise DomainError(sentence)
            form = self.get_serializer(project, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            data = _terms(project, form.validated_data)
            subscription_save(company=self.company, project=project, data=data, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(responses=SubscriptionPeriodsSerializer)
    @action(detail=True, methods=["get"])
    def periods(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The periods of a subscription that are due by now, and those already planned."""
        project, today = self.get_object(), timezone.localdate()
        if project.method is BillingMethod.SUBSCRIPTION:
            periods_due(self.company, today)  # as its page does
        rows = [one.row for one in periods_of(project, today).rows]
        return Response(SubscriptionPeriodsSerializer({"periods": rows}).data)

    def _method(self) -> MethodData:
        form = ProjectMethodSerializer(data=self.request.data)
        form.is_valid(raise_exception=True)
        return form.said()


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What a form calls the method has the name of the column here."""
    try:
        yield
    except FieldsError as error:
        text = {name.replace("method", "billing_method"): one for name, one in error.errors.items()}
        raise FieldsError(text) from None


def _terms(project: Project, sent: dict[str, Any]) -> SubscriptionData:
    """What is not sent stays as it is."""
    known = {name: getattr(project.subscription, name) for name in NAMES}
    return SubscriptionData(**{"price": project.price, **known, **sent})

"""`/customers/`: the organisations that are worked for."""

from __future__ import annotations

from typing import Any

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from core.api.filters import Since, TrueFalse
from core.api.serializers import Sparse
from core.rounding import STEPS, RoundingRule
from core.vat import VatCode
from relations.doors import EDITORS
from relations.models import Customer
from relations.selectors.customers import customers_of, found_by
from relations.services.customers import (
    FIELDS,
    LONGEST_TERM,
    CustomerData,
    customer_archive,
    customer_save,
    customer_unarchive,
    starting_values,
)


def _text(most: int, words: str = "") -> serializers.CharField:
    return serializers.CharField(
        max_length=most, required=False, allow_blank=True, help_text=words or None
    )


def _address(words: str = "") -> serializers.EmailField:
    return serializers.EmailField(
        max_length=254, required=False, allow_blank=True, help_text=words or None
    )


class CustomerSerializer(Sparse):
    """An organisation that is worked for, with how to reach it and how it is invoiced."""

    id = serializers.IntegerField(read_only=True)
    number = _text(16, "Must equal the debtor number in AFAS. Empty: AFAS will give one.")
    name = serializers.CharField(max_length=80)
    street = _text(60)
    house_number = _text(20)
    postcode = _text(15)
    city = _text(50)
    country = _text(2, "ISO 3166-1 code of two letters. A new customer has that of the company.")
    attention = _text(80, "For the attention of.")
    email = _address()
    invoice_email = _address(
        "Contacts that receive invoices get them as well. Empty and without such contacts: "
        "invoices go to `email`."
    )
    phone = _text(30)
    vat_number = _text(21)
    kvk_number = _text(30)
    iban = _text(40)
    reference = _text(60, "Their order number; it is printed on every invoice.")
    language = serializers.ChoiceField(
        settings.LANGUAGES,
        required=False,
        help_text="Of documents. A new customer has that of the company.",
    )
    payment_term = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_TERM,
        allow_null=True,
        required=False,
        help_text="Days. Null: the company's own term.",
    )
    vat_code = serializers.ChoiceField(
        VatCode.choices,
        allow_blank=True,
        required=False,
        help_text="How VAT treats what is sold to them. Empty: as the company.",
    )
    rounding_rule = serializers.ChoiceField(
        RoundingRule.choices, required=False, help_text="How billable time is rounded."
    )
    rounding_step = serializers.ChoiceField(STEPS, required=False, help_text="Minutes.")
    blocked = serializers.BooleanField(
        required=False, help_text="Nothing is invoiced while this is true."
    )
    archived = serializers.BooleanField(
        read_only=True, help_text="Not offered any more; see the actions archive and unarchive."
    )
    created_at = serializers.DateTimeField(read_only=True)
    changed_at = serializers.DateTimeField(read_only=True)


class CustomerFilter(django_filters.FilterSet):
    """What the list narrows to."""

    search = django_filters.CharFilter(
        method="by_words",
        max_length=100,
        help_text="Each word must be in name, number, city or KvK number.",
    )
    number = django_filters.CharFilter(max_length=16, help_text="Exactly this customer number.")
    archived = TrueFalse()
    blocked = TrueFalse()
    modified_since = Since()

    def by_words(self, rows: Any, _name: str, value: str) -> Any:
        """As the page searches."""
        return found_by(rows, value)


class CustomersView(CompanyThings):
    """The organisations that are worked for."""

    area = "relations"
    rights = {"write": EDITORS}
    queryset = Customer.objects.none()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    orders = {"name": "name", "id": "pk", "modified": "changed_at"}
    order = "name"

    def get_queryset(self) -> QuerySet[Customer]:
        """All customers of the company, archived ones too."""
        return customers_of(self.company, state="all")

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A new customer."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = CustomerData(**{**starting_values(self.company), **form.validated_data})
        return self.made(
            customer_save(company=self.company, customer=None, data=data, by=self.person)
        )

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change a customer; what is not sent stays as it is."""
        with self.changing() as customer:
            form = self.get_serializer(customer, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            known = {name: getattr(customer, name) for name in FIELDS}
            data = CustomerData(**{**known, **form.validated_data})
            customer_save(company=self.company, customer=customer, data=data, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=None, responses=CustomerSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Take a customer off the lists to choose from. What was written for it stays."""
        with self.changing() as customer:
            customer_archive(company=self.company, customer=customer, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=None, responses=CustomerSerializer)
    @action(detail=True, methods=["post"])
    def unarchive(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Bring an archived customer back."""
        with self.changing() as customer:
            customer_unarchive(company=self.company, customer=customer, by=self.person)
        return self.answer_with(self.get_object())

"""`/contacts/`: the people whom we know at customers."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from accounts.models import Membership
from core.api.filters import Id, Since, TrueFalse
from core.api.serializers import SeveralOfCompany, Sparse
from relations.doors import EDITORS
from relations.models import Contact, Customer
from relations.selectors.contacts import contacts_of, found_by
from relations.services.contacts import FACTS, ContactData, contact_delete, contact_save


def _any_customer(membership: Membership) -> QuerySet[Any]:
    return Customer.objects.of(membership.company_id)


class ContactSerializer(Sparse):
    """A person, and the customers whom they are reached at."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    job_title = serializers.CharField(max_length=80, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True)
    receives_invoices = serializers.BooleanField(
        required=False, help_text="Whether the invoices of these customers are mailed to `email`."
    )
    customers = SeveralOfCompany(
        select=_any_customer,
        required=False,
        help_text="Ids of all of them, at most 100; sending others replaces these.",
    )
    created_at = serializers.DateTimeField(read_only=True)
    changed_at = serializers.DateTimeField(read_only=True)


class ContactFilter(django_filters.FilterSet):
    """What the list narrows to."""

    search = django_filters.CharFilter(
        method="by_words",
        max_length=100,
        help_text="Each word must be in name, job title, address, telephone or customer.",
    )
    customer = Id("customers")
    receives_invoices = TrueFalse("receives_invoices")
    modified_since = Since()

    def by_words(self, rows: Any, _name: str, value: str) -> Any:
        """As the page searches."""
        return found_by(rows, value)


class ContactsView(CompanyThings):
    """The people whom we know at customers, and who of them receives invoices."""

    area = "relations"
    rights = {"write": EDITORS}
    queryset = Contact.objects.none()
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    orders = {"name": "name", "id": "pk", "modified": "changed_at"}
    order = "name"

    def get_queryset(self) -> QuerySet[Contact]:
        """All contacts of the company."""
        return contacts_of(self.company)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A new contact."""
        return self.made(self._save(None, self.get_serializer(data=request.data)))

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change a contact; what is not sent stays as it is."""
        with self.changing() as contact:
            self._save(contact, self.get_serializer(contact, data=request.data, partial=True))
        return self.answer_with(self.get_object())

    @extend_schema(responses={204: None})
    def destroy(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Delete a contact; the audit trail keeps who did. No invoice is mailed there any more."""
        with self.changing() as contact:
            contact_delete(contact=contact, by=self.person)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, contact: Contact | None, form: Any) -> Contact:
        form.is_valid(raise_exception=True)
        sent = dict(form.validated_data)
        if contact is not None:
            known = {name: getattr(contact, name) for name in FACTS}
            sent = {**known, "customers": contact.customers.all(), **sent}
        data = ContactData(**{**sent, "customers": tuple(sent.get("customers", ()))})
        return contact_save(company=self.company, contact=contact, data=data, by=self.person)

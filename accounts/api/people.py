"""`/people/`: who works here, and what they may do."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors
from accounts.api.views import CompanyThings, CompanyView
from accounts.models import Membership, Right, Role
from accounts.services import people
from core.api.serializers import Sparse

ADMIN = (Right.ADMIN,)


class PersonSerializer(Sparse):
    """Somebody's place in the company."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    role = serializers.ChoiceField(Role.choices)
    rights = serializers.ListField(
        child=serializers.ChoiceField(Right.choices),
        help_text="An owner always has all of them.",
    )
    active = serializers.BooleanField(read_only=True, help_text="Whether they may come in.")
    created_at = serializers.DateTimeField(read_only=True)


class PersonFilter(django_filters.FilterSet):
    """`?search=` looks in name and e-mail address."""

    active = django_filters.BooleanFilter()
    role = django_filters.ChoiceFilter(choices=Role.choices)

    class Meta:
        model = Membership
        fields = ("active", "role")


class PeopleView(CompanyThings):
    """Who works here, and what they may do."""

    area = "people"
    rights = {"read": ADMIN, "write": ADMIN}
    queryset = Membership.objects.none()
    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    orders = {"id": "pk", "created_at": "created_at"}

    def get_queryset(self) -> QuerySet[Membership]:
        """Everybody of the company, also who left."""
        return selectors.employees(self.company)

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Give somebody another role, or other rights."""
        with self.changing() as person:
            form = self.get_serializer(person, data=request.data, partial=True)
            form.is_valid(raise_exception=True)
            wanted = form.validated_data
            place = people.Place.of(
                wanted.get("role", person.role), wanted.get("rights", person.rights)
            )
            people.change_place(membership=person, by=self.person, place=place)
        return self.answer_with(self.get_object())

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Close the company to somebody, at once. What they registered stays."""
        with self.changing() as person:
            people.deactivate(membership=person, by=self.person)
        return self.answer_with(self.get_object())

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Let somebody in again, with the role and rights they had."""
        with self.changing() as person:
            people.reactivate(membership=person, by=self.person)
        return self.answer_with(self.get_object())


class MeSerializer(serializers.Serializer):
    """As whom this key works, and for what."""

    person = serializers.IntegerField(source="pk", help_text="The id among `people`.")
    name = serializers.CharField(source="user.name")
    email = serializers.EmailField(source="user.email")
    company = serializers.CharField(source="company.name")
    role = serializers.ChoiceField(Role.choices)
    rights = serializers.ListField(child=serializers.ChoiceField(Right.choices))
    scopes = serializers.SerializerMethodField(help_text="Of the key; empty for a session.")

    def get_scopes(self, _membership: Membership) -> list[str]:
        """What the key is good for."""
        return list(getattr(self.context["request"].auth, "scopes", []))


class MeView(CompanyView):
    """As whom and for what the caller is here: the first thing for a program to ask."""

    area = ""
    queryset = Membership.objects.none()
    serializer_class = MeSerializer

    @extend_schema(operation_id="me", responses=MeSerializer)
    def me(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """As whom this key works, and for what."""
        return Response(self.get_serializer(self.membership).data)

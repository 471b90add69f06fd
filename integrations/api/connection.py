"""`/afas/connection/`: which books the company is linked with, and how far the link works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyView
from accounts.models import Company
from integrations.api.things import ADMIN
from integrations.models import AfasConnection
from integrations.selectors import connection_of
from integrations.services import apps, granting, importing, readiness
from integrations.services.apps import AppState


class AfasGrantSerializer(serializers.Serializer):
    """A connector that a part of the work needs, as it was found at the last check."""

    connector = serializers.CharField()
    access = serializers.CharField(help_text="read or write.")
    purpose = serializers.CharField(help_text="What it is for.")
    granted = serializers.BooleanField()
    optional = serializers.BooleanField(help_text="Whether it only makes work easier.")
    todo = serializers.CharField(help_text="What to do in AFAS; empty when it is granted.")


class AfasTargetSerializer(serializers.Serializer):
    """The books that the company is linked with."""

    target = serializers.CharField(help_text="All of it in words.")
    participant = serializers.CharField(help_text="Five digits.")
    realm = serializers.ChoiceField(
        AfasConnection.Realm.choices, help_text="Empty for live, else test or accept."
    )
    environment = serializers.CharField(help_text="Participant and realm, as documents name it.")
    administration = serializers.IntegerField(allow_null=True, help_text="Its number in AFAS.")
    administration_name = serializers.CharField()
    credential = serializers.ChoiceField(AfasConnection.Credential.choices)
    expires_on = serializers.DateField(allow_null=True, help_text="Last day of the credential.")
    checked_at = serializers.DateTimeField(allow_null=True, help_text="The last test of the link.")
    paused_at = serializers.DateTimeField(allow_null=True)
    paused_because = serializers.ChoiceField(AfasConnection.Pause.choices, allow_blank=True)
    held_until = serializers.DateTimeField(
        allow_null=True, help_text="After a restored backup nothing leaves before this moment."
    )
    create_customers = serializers.BooleanField(help_text="Whether new debtors are made in AFAS.")
    nightly_import = serializers.BooleanField()
    lead = serializers.ChoiceField(AfasConnection.Lead.choices, help_text="Whose data count.")


class AfasConnectionSerializer(serializers.Serializer):
    """The link with AFAS. It holds no secret, nor a part of one."""

    state = serializers.CharField(help_text=f"One of {', '.join(one.value for one in AppState)}.")
    linked_with = AfasTargetSerializer(source="connection", allow_null=True)
    why_not_send = serializers.CharField(help_text="Why nothing can be invoiced or booked; or ''.")
    why_not_import = serializers.CharField(help_text="Why nothing can be imported; or ''.")
    grants = AfasGrantSerializer(many=True)


@dataclass(frozen=True)
class Link:
    """The link of a company, as far as there is one."""

    company: Company
    connection: AfasConnection | None

    @property
    def state(self) -> AppState:
        """How far it is."""
        return apps.state_of_afas(self.company)

    @property
    def why_not_send(self) -> str:
        """In a sentence; empty when it can."""
        return readiness.why_not_send(self.connection)

    @property
    def why_not_import(self) -> str:
        """In a sentence; empty when it can."""
        return importing.why_not(self.connection)

    @property
    def grants(self) -> list[granting.Finding]:
        """What the token may."""
        return granting.list_of(self.connection) if self.connection else []


class AfasView(CompanyView):
    """The link itself."""

    area = "afas"
    rights = {"read": ADMIN}
    queryset = AfasConnection.objects.none()
    serializer_class = AfasConnectionSerializer

    @extend_schema(operation_id="afas_connection_retrieve", responses=AfasConnectionSerializer)
    @action(detail=False, methods=["get"])
    def connection(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Which books the company is linked with, how far the link works, and what is granted."""
        return self.answer_with(Link(self.company, connection_of(self.company)))

"""`/invitations/`: who is asked to join, and as what."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import selectors
from accounts.api.views import CompanyThings
from accounts.models import RIGHTS_OF_ROLE, Invitation, Right, Role
from accounts.services import invitations, people
from core.api.serializers import Sparse

ADMIN = (Right.ADMIN,)


class InvitationSerializer(Sparse):
    """A letter that lets its reader join once, within fourteen days."""

    id = serializers.IntegerField(read_only=True)
    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=80)
    role = serializers.ChoiceField(Role.choices, default=Role.MEMBER)
    rights = serializers.ListField(
        child=serializers.ChoiceField(Right.choices),
        required=False,
        max_length=len(Right.choices),
        help_text="Left out: those of the role. An owner always has all of them.",
    )
    is_open = serializers.BooleanField(read_only=True, help_text="Whether the link still works.")
    link = serializers.SerializerMethodField(help_text="What the letter holds, to join by.")
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)

    def get_link(self, letter: Invitation) -> str:
        """The address in the letter."""
        return invitations.link_of(letter)

    def guest(self) -> invitations.Guest:
        """Whom to invite, for the service."""
        said = self.validated_data
        rights = said.get("rights", RIGHTS_OF_ROLE[said["role"]])
        place = people.Place.of(said["role"], rights)
        return invitations.Guest(email=said["email"], name=said["name"], place=place)


class InvitationsView(CompanyThings):
    """Who was asked to join and did not yet; some letters may have expired."""

    area = "people"
    rights = {"read": ADMIN, "write": ADMIN}
    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer

    def get_queryset(self) -> QuerySet[Invitation]:
        """Those that were neither used nor withdrawn."""
        return selectors.waiting_invitations(self.company)

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Ask somebody to join; the letter is mailed."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = invitations.invite(company=self.company, by=self.person, guest=form.guest())
        _mail(made)
        return self.made(made)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def renew(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Mail it once more, with fourteen new days."""
        with self.changing() as letter:
            renewed = invitations.renew(invitation=letter, by=self.person)
        _mail(renewed)
        return self.answer_with(renewed)

    @extend_schema(request=None, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Make its link useless."""
        with self.changing() as letter:
            gone = invitations.withdraw(invitation=letter, by=self.person)
        return self.answer_with(gone)


def _mail(letter: Invitation) -> None:
    """Once it is saved for good: a letter cannot be taken back."""
    transaction.on_commit(partial(invitations.send_letter, invitation=letter))

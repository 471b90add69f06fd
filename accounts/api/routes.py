"""Addresses of the API that this app answers."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import BaseRouter

from accounts.api.invitations import InvitationsView
from accounts.api.people import MeView, PeopleView

urlpatterns = [path("me/", MeView.as_view({"get": "me"}), name="api_me")]


def register(router: BaseRouter) -> None:
    """Put them in the router of `/api/v1/`."""
    router.register("invitations", InvitationsView, basename="api_invitations")
    router.register("people", PeopleView, basename="api_people")

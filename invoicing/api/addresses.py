"""Where a thing of this app is, as a whole address."""

from __future__ import annotations

from django.urls import reverse
from rest_framework.request import Request


def address_of(request: Request, basename: str, pk: object) -> str:
    """The address of one thing among those that the router knows by `basename`."""
    return str(request.build_absolute_uri(reverse(f"{basename}-detail", args=[pk])))

"""The cast: two example companies, the same in a fresh installation, the docs and the tests.

Studio Vlier is not linked to AFAS, so that a newcomer walks the way himself. Studio Eik is linked
and has history: the other tenant, which must never be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from timechimp_afas.seeding.eik import make_eik
from timechimp_afas.seeding.vlier import make_vlier

CAST: dict[str, Callable[[date], object]] = {
    "owner@vlier.example": make_vlier,
    "owner@eik.example": make_eik,
}


def seed() -> list[str]:
    """Make what is not there yet; returns the owners whose companies were made.

    A company is made whole or not at all, and never touched again, so a second run changes nothing.
    Dates count back from today.
    """
    made = []
    for owner, make in CAST.items():
        with transaction.atomic():
            if not User.objects.filter(email=owner).exists():
                make(timezone.localdate())
                made.append(owner)
    return made

"""`manage.py seed`: the two example companies."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from timechimp_afas import seeding


class Command(BaseCommand):
    """Make the example companies that are not there yet; what is there stays as it is."""

    help = "Makes the example companies Studio Vlier and Studio Eik, once."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Seed, and say what was made."""
        made = seeding.seed()
        for owner in made:
            self.stdout.write(f"Made the company of {owner}.")
        if not made:
            self.stdout.write("Both companies are there already; nothing was changed.")

"""How billable time is rounded: the choices; the rounding itself is in `core.money`."""

from __future__ import annotations

from django.db import models
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _


class RoundingRule(models.TextChoices):
    """The rule of a project, else of its customer, else of the company (DOMAIN §6)."""

    INHERIT = "inherit", _("As the customer, or else as the company")
    NONE = "none", _("As worked")
    NEAREST = "nearest", _("To the nearest step")
    UP = "up", _("Up to the next step")


STEPS = tuple((minutes, str(minutes)) for minutes in (5, 6, 10, 15, 30, 60))
OWN_RULES = tuple(choice for choice in RoundingRule.choices if choice[0] != RoundingRule.INHERIT)

# Sent with `company`, `customer` (None: the company's own rule) and `by`, inside the transaction
# that changed a rule, by whoever keeps customers and companies: they do not know about hours.
rounding_changed = Signal()

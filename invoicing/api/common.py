"""What the endpoints of this app share: who may, a day up to which, and reading what was sent."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers

from accounts.api.views import CompanyView
from accounts.models import Right
from core import formats
from invoicing.forms.unbilled import FURTHEST

INVOICES = (Right.INVOICES,)
EUR_INCL = "EUR incl. VAT"
KINDS_HELP = (
    "hours, expenses, rides, instalments (of a fixed price) or periods (of a subscription)."
)


class UntilSerializer(serializers.Serializer):
    """Up to and including which day."""

    until = serializers.DateField(
        required=False,
        help_text="Up to and including this day: today when it is left out, at most 366 days "
        "ahead. Instalments and subscription periods count from the day they become billable.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Today, when no day was given."""
        today = timezone.localdate()
        attrs.setdefault("until", today)
        if attrs["until"] - today > FURTHEST:
            words = _("At most a year ahead can be shown; this is up to %(date)s.")
            furthest = formats.write_day(today + FURTHEST)
            raise exceptions.ValidationError({"until": [words % {"date": furthest}]})
        return attrs


class InvoicingView(CompanyView):
    """An endpoint of this app."""

    area = "invoicing"
    rights: ClassVar[dict[str, tuple[str, ...]]] = {"read": INVOICES, "write": INVOICES}

    def asked(self, form: type[serializers.Serializer]) -> dict[str, Any]:
        """The query, as `form` reads it. Raises ValidationError."""
        query = {name: self.request.query_params[name] for name in self.request.query_params}
        read = form(data=query, context=self.get_serializer_context())
        read.is_valid(raise_exception=True)
        found: dict[str, Any] = read.validated_data
        return found

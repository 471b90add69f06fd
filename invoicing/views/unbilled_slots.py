"""The way from the overviews of entries to what is unbilled."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.doors import CompanyRequest
from accounts.models import Right


def tab(request: HttpRequest, **_context: object) -> SafeString | None:
    """Unbilled as the last tab, for whoever bills."""
    if not cast("CompanyRequest", request).membership.has(Right.INVOICES):
        return None
    return format_html('<a href="{}">{}</a>', reverse("unbilled"), _("Unbilled"))

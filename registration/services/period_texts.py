"""What a period of a subscription is called on the invoice."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import translation
from django.utils.formats import date_format

from registration.models import Project
from registration.services.recurrence import Span

PLACEHOLDERS = ("project", "period", "from", "until", "customer")
PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def describe(project: Project, span: Span) -> str:
    """The text of a period on the invoice, in the language of the customer, cut visibly at 200."""
    customer = project.customer
    with translation.override(customer.language if customer else translation.get_language()):
        values = {
            "project": project.name,
            "customer": customer.name if customer else "",
            "period": _period(span),
            "from": date_format(span.first, "j F Y"),
            "until": date_format(span.last, "j F Y"),
        }
        text = PLACEHOLDER.sub(lambda found: values[found[1]], project.subscription.template)
    text = " ".join(text.split()) or project.name
    return text if len(text) <= 200 else text[:199] + "…"


def _period(span: Span) -> str:
    """A whole month or year by its name, other days from the first to the last."""
    first, last = span
    after = last + timedelta(days=1)
    if (first.day, after.day) != (1, 1):
        return f"{date_format(first, 'j F Y')} – {date_format(last, 'j F Y')}"
    if (first.year, first.month) == (last.year, last.month):
        return date_format(first, "F Y")
    if (first.month, after.month) == (1, 1) and first.year == last.year:
        return str(first.year)
    start = date_format(first, "F" if first.year == last.year else "F Y")
    return f"{start} – {date_format(last, 'F Y')}"

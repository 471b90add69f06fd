"""What the tests of undoing an invoice have in common."""

from __future__ import annotations

import re
from typing import Any

from django.urls import reverse

from integrations.models import AfasDocument
from invoicing.models import Claim
from registration.models import Hour, Selection
from tests.integrations.conftest import text_of

REASON = "Billed to the wrong customer"


def hours_on(document: AfasDocument) -> list[Hour]:
    """Its hours, in the order of the lines."""
    claims = Claim.objects.filter(line__invoice=document.invoice).order_by("line__position", "pk")
    return [claim.hour for claim in claims.select_related("hour") if claim.hour]


def lines_of(document: AfasDocument) -> list[int]:
    assert document.invoice
    return list(document.invoice.lines.values_list("pk", flat=True))


def hidden(page: Any) -> dict[str, str]:
    """Token and press of the form on a page."""
    text = page.content.decode()
    return dict(re.findall(r'<input type="hidden" name="(token|press)" value="([\w-]*)"', text))


def answer_on(page: Any, **given: Any) -> dict[str, Any]:
    """The form of a page as a person fills it in."""
    return {"scope": "whole", "way": "corrected", "reason": REASON, **hidden(page), **given}


def undo_of(document: AfasDocument) -> str:
    return reverse("afas_undo", args=[document.pk])


def undo_all(selection: Selection) -> str:
    return reverse("afas_undo_selection", args=[selection.pk])


def billing_of(hours: list[Hour]) -> list[str]:
    return [text_of(hour, "billing") for hour in hours]

"""How VAT is told in a page."""

from __future__ import annotations

from decimal import Decimal

from django import template

from core import formats
from core.vat import VatCode

register = template.Library()


@register.simple_tag
def vat_word(code: str, percent: Decimal | None) -> str:
    """A rate as its percentage, another treatment by its name; a dash for none."""
    if not code:
        return formats.DASH
    treatment = VatCode(code)
    if treatment.is_taxed:
        return f"{formats.write_number(percent or 0)}%"
    return str(treatment.label)

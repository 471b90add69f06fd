"""Words of a printed invoice, in whatever language is active."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from accounts.countries import country_name
from core import formats
from core.vat import VatCode
from invoicing.services.paper import PaperLine

register = template.Library()
register.filter("country", country_name)


@register.filter
def vat_word(line: PaperLine) -> str:
    """How VAT treats a line, in a few characters: 21%, or a word where there is none."""
    words = {
        VatCode.REVERSE: _("reversed"),
        VatCode.REVERSE_EU: _("reversed"),
        VatCode.EXEMPT: _("exempt"),
        VatCode.OUTSIDE: _("none"),
    }
    word = words.get(VatCode(line.vat_code)) if line.vat_code else None
    return word or f"{formats.write_number(line.percent)}%"

"""VAT on a draft that may be of another day: only a person knows what was meant, so it is said."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.vat import VatCode
from invoicing.models import Invoice, LineKind
from invoicing.selectors.settings import settings_of
from invoicing.services.pricing import vat_code

DISPLACED = frozenset({VatCode.REVERSE, VatCode.REVERSE_EU, VatCode.EXPORT})


def vat_doubts(invoice: Invoice) -> list[str]:
    """What to look at before a draft is final, in sentences: a line that leaves the VAT to the
    customer, or exports, for a customer that by now pays a rate. Mostly none.
    """
    if not invoice.is_draft or invoice.is_credit_note:
        return []
    ordinary = settings_of(invoice.company).vat_code
    treatment = VatCode(vat_code(customer=invoice.customer.vat_code, company=ordinary))
    lines = invoice.lines.filter(kind=LineKind.ITEM, vat_code__in=DISPLACED)
    first = lines.order_by("position").first() if treatment.is_taxed else None
    if first is None:
        return []
    text = _(
        "“%(line)s” asks no VAT (%(code)s), while the VAT of %(customer)s is: %(treatment)s. Look "
        "at the VAT of the lines before this is final."
    )
    words = {
        "line": first.description,
        "code": VatCode(first.vat_code).label,
        "customer": invoice.customer.name,
        "treatment": treatment.label,
    }
    return [text % words]

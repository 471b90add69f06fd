"""The PDF of every final invoice is set and kept soon after, whoever may ask for it first.

What is printed beside the frozen figures (the logo, the receipts, the covered hours) can still
change; so the paper is not left to the first reader, who may come in a month.
"""

from __future__ import annotations

import logging

from django.db.models import QuerySet

from invoicing.models import Channel, Invoice
from invoicing.services.pdf import pdf_of

logger = logging.getLogger(__name__)
TASK = "invoicing.keep_papers"
AT_ONCE, MOST_FAILED = 20, 200


def keep_papers() -> int:
    """Set and keep the PDF of final invoices that have none, newest first; returns how many.

    At most AT_ONCE, so that there may be more after as many. One that cannot be set is logged and
    left; it holds up no other, and is tried again. Behind MOST_FAILED of these nothing is tried.
    """
    wanting = Invoice.objects.filter(channel=Channel.OURS, pdf="").exclude(status="draft")
    kept = 0
    for pk in wanting.order_by("-pk").values_list("pk", flat=True)[: AT_ONCE + MOST_FAILED]:
        if kept < AT_ONCE:
            kept += _keep(wanting, pk)
    return kept


def _keep(wanting: QuerySet[Invoice], pk: int) -> bool:
    """Whether it has its PDF now and had none before."""
    try:
        rows = wanting.select_related("company", "customer", "credits")
        invoice = rows.filter(pk=pk).first()  # somebody may have asked for it meanwhile
        return invoice is not None and bool(pdf_of(invoice))
    except Exception:
        logger.exception("The PDF of invoice %s could not be set.", pk)
        return False

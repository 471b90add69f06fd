"""What the files of an invoice are called."""

from __future__ import annotations

import re

from django.utils.text import slugify
from django.utils.translation import gettext as _

from invoicing.models import Invoice

UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


def name_of(invoice: Invoice) -> str:
    """What its files are called: the number, as far as a file name may hold it."""
    if invoice.is_draft:
        return f"{slugify(_('Draft'))}-{invoice.pk}"
    return UNSAFE.sub("-", invoice.number).strip("-.") or str(invoice.pk)

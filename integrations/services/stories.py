"""What pages tell of a document, and the words about its money that several states share."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.formats import write_money
from integrations.models import AfasDocument, Kind


@dataclass(frozen=True, kw_only=True)
class Story:
    """`headline` says where the document stands, `happened` how it came there or what happens now,
    `advice` what to do, `money` what it all means for the money; `mark` is the kind of notice."""

    headline: str
    money: str
    happened: str = ""
    advice: str = ""
    mark: str = "info"


def net_of(document: AfasDocument) -> str:
    """The amount it is about, as money; a deletion is about that of its target."""
    source = document.target if document.kind == Kind.DELETION else document
    return write_money(source.invoice.net) if source and source.invoice else ""


def reserved(document: AfasDocument) -> str:
    """What holds while nothing is booked."""
    if document.kind == Kind.CUSTOMER:
        return _("No debtor has been made; invoices that wait for it are not sent.")
    if document.kind == Kind.DELETION:
        return still_invoiced(document)
    return _("%(net)s stays reserved for it, so nobody can bill its entries twice.") % {
        "net": net_of(document)
    }


def still_invoiced(document: AfasDocument) -> str:
    """What holds of the target of a deletion until that is certain."""
    return _("Its entries, %(net)s, count as invoiced until it is certain that it is gone.") % {
        "net": net_of(document)
    }


def waits_for_debtor() -> str:
    """What holds while nobody knows of a new debtor."""
    return _("Invoices of this customer wait for it, and no second debtor is made.")


def released(document: AfasDocument) -> str:
    """What holds once the invoice is gone, or corrected, in AFAS."""
    return _("Its entries, %(net)s, were released with their approval kept: bill them again.") % {
        "net": net_of(document)
    }

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


def once_closed(document: AfasDocument) -> str:
    """What to do with one whose link was closed."""
    if document.kind == Kind.SALES_BOOKING:
        return _("Cancel it to book the invoice again over the link you have now.")
    if document.books or document.kind == Kind.ATTACHMENT:
        return _("Cancel it; what AFAS has is then for a person to settle there.")
    return _("Cancel it to bill its entries again over the link you have now.")


def never_sent(document: AfasDocument) -> str:
    """Why one whose link was closed is not sent again, and what to do."""
    if not document.bills:
        first = _("It was made for a link that was closed since, so it would never be sent.")
        return f"{first} {once_closed(document)}"
    return _(
        "It was made for a link that was closed since, so it would never be sent. Cancel it, then "
        "bill its entries again over the link you have now."
    )


def given_up(document: AfasDocument) -> str:
    """What is said when one was cancelled."""
    if document.kind == Kind.SALES_BOOKING:
        return _("It is cancelled; the invoice stays as it is and can be booked again.")
    if document.kind == Kind.DIRECT_INVOICE:
        return _("It is cancelled and its entries are unbilled again.")
    return _("It is cancelled.")


def waits_for_debtor() -> str:
    """What holds while nobody knows of a new debtor."""
    return _("Invoices of this customer wait for it, and no second debtor is made.")


def released(document: AfasDocument) -> str:
    """What holds once the invoice is gone, or corrected, in AFAS."""
    return _("Its entries, %(net)s, were released with their approval kept: bill them again.") % {
        "net": net_of(document)
    }

"""What AFAS holds of a document, or may hold: the meanings of *in AFAS* and of *unknown*."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formats import write_money
from integrations.models import AfasDocument, Asks, Kind, PersonTask
from integrations.selectors import released_of
from integrations.services import standing, undoing
from integrations.services.stories import (
    Story,
    net_of,
    released,
    still_invoiced,
    waits_for_debtor,
)


def confirmed(document: AfasDocument) -> Story:
    """What AFAS took, unless somebody has to look whether it still has it."""
    if document.kind == Kind.CUSTOMER:
        return Story(
            headline=_("The customer is debtor %(number)s in AFAS.")
            % {"number": document.debtor_number},
            money=_("Its invoices go to this debtor."),
            mark="ok",
        )
    if document.kind == Kind.DELETION:
        return Story(
            headline=_("AFAS does not have the invoice any more."),
            money=released(document),
            mark="ok",
        )
    return _in_afas(document)


def _in_afas(document: AfasDocument) -> Story:
    headline = _("AFAS made invoice %(number)s.") % {"number": document.invoice_number}
    if not document.invoice_number:
        headline = _("AFAS took it as order %(number)s; the invoice number follows in AFAS.") % {
            "number": document.order_number
        }
    money = _invoiced(document)
    happened, mark = "", "ok"
    if document.asks == Asks.UNSEEN:
        mark, money = "warn", _perhaps_invoiced(document)
        happened = _(
            "AFAS gave this number, yet has not shown the invoice for over a day. Look for it "
            "there; when somebody deleted it, undo the invoicing."
        )
    elif undoing.open_deletion(document):
        mark = "info"
        happened = _("Its deletion is not certain yet.")
        money = _still_invoiced_itself(document)
    elif doubt := _doubt_of_tasks(document):
        mark, money = "warn", doubt
    return Story(headline=headline, happened=happened, money=money, mark=mark)


def _perhaps_invoiced(document: AfasDocument) -> str:
    return _("%(net)s counts as invoiced here; it is not certain that AFAS still has it.") % {
        "net": net_of(document)
    }


def _doubt_of_tasks(document: AfasDocument) -> str:
    """What an open task says about the money; empty when there is none."""
    what = standing.open_tasks(document)
    if PersonTask.What.LOST in what:
        return _perhaps_invoiced(document)
    if PersonTask.What.DIFFERS in what:
        return _("%(net)s is invoiced here, but AFAS shows another amount or debtor.") % {
            "net": net_of(document)
        }
    if PersonTask.What.TWICE in what:
        return _("%(net)s is invoiced in AFAS, and perhaps a second time.") % {
            "net": net_of(document)
        }
    return ""


def _invoiced(document: AfasDocument) -> str:
    released = released_of(document.invoice) if document.invoice else None
    if not released or not document.invoice:
        return _("%(net)s is invoiced in AFAS.") % {"net": net_of(document)}
    return _("%(net)s is invoiced; %(released)s more was corrected in AFAS and released here.") % {
        "net": write_money(document.invoice.net - released),
        "released": write_money(released),
    }


def _still_invoiced_itself(document: AfasDocument) -> str:
    return _("%(net)s counts as invoiced until it is certain that AFAS deleted it.") % {
        "net": net_of(document)
    }


DOUBT: Mapping[str, Any] = {
    Kind.DIRECT_INVOICE: gettext_lazy(
        "AFAS did not answer. The invoice may or may not exist there."
    ),
    Kind.CUSTOMER: gettext_lazy("AFAS did not answer. The debtor may or may not exist there."),
    Kind.DELETION: gettext_lazy("AFAS did not answer. The invoice may or may not be deleted."),
}


def unknown(document: AfasDocument) -> Story:
    """What AFAS may hold, and who finds that out."""
    headline = str(DOUBT.get(document.kind, DOUBT[Kind.DIRECT_INVOICE]))
    return standing.unknown(document, headline).told(_doubtful_money(document))


def _doubtful_money(document: AfasDocument) -> str:
    if document.kind == Kind.CUSTOMER:
        return waits_for_debtor()
    if document.kind == Kind.DELETION:
        return still_invoiced(document)
    return _(
        "%(net)s stays reserved: nobody can bill these entries again, and they do not count as "
        "invoiced yet. Nothing is sent twice."
    ) % {"net": net_of(document)}

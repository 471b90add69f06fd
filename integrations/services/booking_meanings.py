"""What the state of a sales booking, or of its deletion, means: our own invoice in AFAS's books.

The invoice itself is never touched by any of it, and no entry is released: the only question is
whether the books show it, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from core.formats import write_money
from integrations.models import AfasDocument, Asks, Kind, PersonTask, State
from integrations.services import standing, undoing
from integrations.services.stories import Story


def story_of(document: AfasDocument) -> Story:
    """Where a booking, or the deletion of one, stands."""
    return STORIES[State(document.state)](document)


def _words(document: AfasDocument) -> dict[str, str]:
    """The invoice, EUR incl. VAT, and the entry, for the sentences below."""
    booking = document.about
    invoice = booking.invoice
    return {
        "number": invoice.number if invoice else booking.reference,
        "total": write_money(invoice.total) if invoice else "",
        "entry": booking.entry_number,
        "journal": booking.journal,
    }


def _is_deletion(document: AfasDocument) -> bool:
    return document.kind == Kind.DELETION


def _not_yet(document: AfasDocument) -> str:
    return _(
        "%(number)s, %(total)s, does not stand in the books yet, and nobody can book it twice."
    ) % _words(document)


def _still(document: AfasDocument) -> str:
    return _(
        "%(number)s, %(total)s, counts as booked until it is certain that the entry is gone."
    ) % _words(document)


def _until_then(document: AfasDocument) -> str:
    return _still(document) if _is_deletion(document) else _not_yet(document)


def _waiting(document: AfasDocument) -> Story:
    money = " ".join((_("Nothing has been sent."), _until_then(document)))
    return standing.waiting(document).told(money)


def _queued(document: AfasDocument) -> Story:
    money = _until_then(document)
    if not _is_deletion(document):
        first = _("Nothing is booked in AFAS.") if document.attempts else _("Nothing has left yet.")
        money = f"{first} {money}"
    return standing.queued(document).told(money)


def _sending(document: AfasDocument) -> Story:
    return standing.sending(document).told(_until_then(document))


def _rejected(document: AfasDocument) -> Story:
    sentence = _(
        "Nothing was booked. %(number)s, %(total)s, is not in the books until you try again; "
        "cancel this, and the invoice stays as it is."
    )
    if _is_deletion(document):
        sentence = _("Nothing was deleted. %(number)s, %(total)s, still stands in the books.")
    elif document.problem == "invoice_number_used":
        sentence = _(
            "This booked nothing. Whether %(number)s, %(total)s, stands in the books already, AFAS "
            "shows only to whoever looks there; the invoice stays as it is."
        )
    return standing.rejected(document).told(sentence % _words(document))


def _unknown(document: AfasDocument) -> Story:
    if _is_deletion(document):
        headline = _("AFAS did not answer. The entry may or may not be deleted.")
        return standing.unknown(document, headline).told(_still(document))
    headline = _("AFAS did not answer. The entry may or may not stand in the books.")
    money = _(
        "%(number)s, %(total)s, may stand in the books, so nobody can book it again and nothing "
        "is sent twice. Do not book it by hand before you looked."
    )
    return standing.unknown(document, headline).told(money % _words(document))


def _confirmed(document: AfasDocument) -> Story:
    if _is_deletion(document):
        return Story(
            headline=_("AFAS does not have the entry any more."),
            money=_reversed(document),
            mark="ok",
        )
    headline = _("%(number)s stands in AFAS as entry %(entry)s in journal %(journal)s.")
    happened, money, mark = _in_the_books(document)
    return Story(headline=headline % _words(document), happened=happened, money=money, mark=mark)


def _in_the_books(document: AfasDocument) -> tuple[str, str, str]:
    """What happened, what of the money, and how it is marked."""
    if document.asks == Asks.UNSEEN:
        happened = _(
            "AFAS gave this entry number, yet has not shown the entry for over a day. Look for it "
            "there; when somebody deleted it, reverse the booking."
        )
        return happened, _perhaps(document), "warn"
    stands = _("%(total)s stands in the books.") % _words(document)
    deletion = undoing.open_deletion(document)
    if deletion and deletion.state == State.REJECTED:
        return _("AFAS refused to delete it; its deletion says why."), stands, "warn"
    if deletion:
        return _("Its deletion is not certain yet."), _still(document), "info"
    if doubt := _doubt_of_tasks(document):
        return "", doubt, "warn"
    return "", stands, "ok"


def _perhaps(document: AfasDocument) -> str:
    return _("%(total)s counts as booked here; it is not certain that AFAS still has it.") % _words(
        document
    )


def _doubt_of_tasks(document: AfasDocument) -> str:
    """What an open task says about the money; empty when there is none."""
    asked = standing.open_tasks(document)
    if PersonTask.What.LOST in asked:
        return _perhaps(document)
    if PersonTask.What.DIFFERS in asked:
        return _("We booked %(total)s, but AFAS shows another amount or debtor.") % _words(document)
    if PersonTask.What.TWICE in asked:
        return _("%(total)s stands in the books, and perhaps a second time.") % _words(document)
    return ""


def _cancelled(document: AfasDocument) -> Story:
    if standing.is_twice(document):
        return _twice(document, _("It was given up, yet AFAS gave an entry number for it."))
    if _is_deletion(document):
        return Story(headline=_("The reversal was given up."), money=_kept(document))
    return Story(
        headline=_("It was given up and is not in AFAS."),
        happened=document.message,
        money=_again(document),
    )


def _twice(document: AfasDocument, headline: str) -> Story:
    return Story(
        headline=headline,
        happened=_("Look for its reference in AFAS, and delete there what should not be."),
        money=_("%(number)s, %(total)s, may stand in the books although it does not count here.")
        % _words(document),
        mark="bad",
    )


def _kept(deletion: AfasDocument) -> str:
    if deletion.about.undone_at:
        return _("The entry was deleted or reversed in AFAS by hand.")
    return _("AFAS still has the entry; %(total)s stands in the books.") % _words(deletion)


def _undone(document: AfasDocument) -> Story:
    if standing.is_twice(document):
        return _twice(document, _("It was reversed, yet AFAS gave another entry number for it."))
    stated = _("Somebody stated that it was deleted or reversed in AFAS.")
    return Story(
        headline=_("The booking was reversed."),
        happened=standing.who_undid(document, stated),
        money=_reversed(document),
    )


def _reversed(document: AfasDocument) -> str:
    """What holds once the entry is gone, or reversed, in AFAS."""
    gone = _("%(total)s does not stand in the books under this entry any more.") % _words(document)
    return f"{gone} {_again(document)}"


def _again(document: AfasDocument) -> str:
    """The invoice stays; whether it was booked anew since."""
    booking = document.about
    others = AfasDocument.objects.of(booking.company_id).filter(
        kind=Kind.SALES_BOOKING, environment=booking.environment, invoice=booking.invoice_id
    )
    if others.exclude(state__in=(State.CANCELLED, State.UNDONE)).exclude(pk=booking.pk).exists():
        return _("Invoice %(number)s was booked again since.") % _words(document)
    return _("Invoice %(number)s stays as it is and can be booked again.") % _words(document)


STORIES: Mapping[State, Callable[[AfasDocument], Story]] = {
    State.WAITING: _waiting,
    State.QUEUED: _queued,
    State.SENDING: _sending,
    State.CONFIRMED: _confirmed,
    State.REJECTED: _rejected,
    State.UNKNOWN: _unknown,
    State.CANCELLED: _cancelled,
    State.UNDONE: _undone,
}

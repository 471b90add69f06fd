"""What the state of a dossier item means: a file beside an invoice, never the money itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from integrations.models import AfasDocument, State
from integrations.services import standing
from integrations.services.stories import Story


def story_of(document: AfasDocument) -> Story:
    """Where an attachment stands."""
    return STORIES[State(document.state)](document)


def _is_fine(document: AfasDocument) -> str:
    """What holds of the money whatever becomes of the file."""
    if document.attached_to_id:
        return _("The booking itself is fine: this is only about the PDF in AFAS's dossier.")
    return _("This is only about the annexes in AFAS's dossier, not about an amount.")


def _waits(document: AfasDocument) -> str:
    """The same, and that an invoice waits for its annexes."""
    if document.attached_to_id:
        return _is_fine(document)
    return _(
        "The invoice waits for its annexes and is not in AFAS yet; cancel them, and it goes out "
        "without."
    )


def _waiting(document: AfasDocument) -> Story:
    return standing.waiting(document).told(_waits(document))


def _queued(document: AfasDocument) -> Story:
    return standing.queued(document).told(_waits(document))


def _sending(document: AfasDocument) -> Story:
    return standing.sending(document).told(_waits(document))


def _confirmed(document: AfasDocument) -> Story:
    headline = _("AFAS keeps the file as dossier item %(number)s.")
    return Story(
        headline=headline % {"number": document.subject_number},
        money=_is_fine(document),
        mark="ok",
    )


def _rejected(document: AfasDocument) -> Story:
    money = " ".join((_("Nothing was attached."), _waits(document)))
    return standing.rejected(document).told(money)


def _unknown(document: AfasDocument) -> Story:
    headline = _("AFAS did not answer. The dossier item may or may not exist there.")
    twice = _("At worst the file stands in the dossier twice; it is not sent again by itself.")
    return standing.unknown(document, headline).told(f"{_waits(document)} {twice}")


def _cancelled(document: AfasDocument) -> Story:
    if standing.is_twice(document):
        return Story(
            headline=_("It was given up, yet AFAS gave a dossier item for it."),
            happened=_("Look in the dossier of the debtor, and delete there what should not be."),
            money=_is_fine(document),
            mark="bad",
        )
    return Story(
        headline=_("It was given up; the file is not in AFAS."),
        happened=document.message,
        money=_is_fine(document),
    )


STORIES: Mapping[State, Callable[[AfasDocument], Story]] = {
    State.WAITING: _waiting,
    State.QUEUED: _queued,
    State.SENDING: _sending,
    State.CONFIRMED: _confirmed,
    State.REJECTED: _rejected,
    State.UNKNOWN: _unknown,
    State.CANCELLED: _cancelled,
    State.UNDONE: _cancelled,
}

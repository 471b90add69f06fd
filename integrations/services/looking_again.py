"""A person asks to look in AFAS now, and is told what was seen and what it means."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from core.formats import write_moment
from integrations.models import AfasDocument, Kind, State
from integrations.services import answering, looking, reconciling, seeing
from integrations.services.looking import Sight


def why_not(document: AfasDocument) -> str:
    """Why AFAS cannot be asked for this document; empty when it can."""
    connection = document.connection
    if document.state not in {State.UNKNOWN, State.CONFIRMED}:
        return _("It is certain already what AFAS has of it, so there is nothing to look up.")
    if connection.closed_at:
        return _("The link it was sent over is closed, so AFAS cannot be asked.")
    if looking.can_look(document):
        return ""
    name = looking.connector_for(document)
    if not name:
        return _("AFAS shows us no dossier items, so somebody has to look there.")
    return _(
        "AFAS does not show us its documents: the connector %(connector)s is not granted, or not "
        "tested yet. The AFAS settings say what to grant."
    ) % {"connector": name}


def look_again(*, document: AfasDocument, by: User) -> str:
    """Look for it in AFAS now, do what follows, and say what was seen.

    Raises DomainError when AFAS cannot be asked.
    """
    if reason := why_not(document):
        raise DomainError(reason)
    audit.record(company=document.company, by=by, action="afas_document.look_asked", obj=document)
    if document.state == State.UNKNOWN:
        look = reconciling.look_now(document)
        sight, message = look.sight, look.message
        document.refresh_from_db()
    else:
        seeing.see(document)
        document.refresh_from_db()
        sight, message = Sight(document.look), ""
    return _said(document, sight, message)


def _said(document: AfasDocument, sight: Sight, message: str) -> str:
    match sight:
        case Sight.FOUND:
            return _found(document)
        case Sight.ABSENT:
            return _absent(document)
        case Sight.DIFFERS:
            return _("AFAS shows something that is not what we sent; compare the two below.")
        case Sight.SEVERAL:
            return _("AFAS shows more than one that it may be; compare them below.")
        case Sight.BLIND:
            return _(
                "The look-up did not even show what is certainly in AFAS, so it proves nothing. "
                "Test the link in the AFAS settings."
            )
    return message or _("AFAS could not be asked just now. Try again in a few minutes.")


def _found(document: AfasDocument) -> str:
    if document.state == State.CONFIRMED:
        return _("AFAS has it: %(number)s.") % {"number": document.key or document.reference}
    if document.kind == Kind.DELETION and document.state == State.UNKNOWN:
        return _("AFAS still shows it, but the deletion may still come.")
    if document.kind == Kind.DELETION:
        return _("AFAS still shows it, so the deletion is sent again.")
    return _("AFAS shows it, but another one may still come; it counts a little later.")


def _absent(document: AfasDocument) -> str:
    match document.state:
        case State.UNKNOWN:
            return _not_yet_proof(document)
        case State.CONFIRMED if document.kind == Kind.DELETION:
            return _("It is proven that AFAS does not have it any more: it is deleted.")
        case State.CONFIRMED:
            return _("AFAS does not show it yet. It gave a number, so it is looked up again.")
        case State.CANCELLED:
            return _("It is proven that AFAS does not have it, so it is cancelled as was answered.")
        case State.REJECTED:
            return _("It is proven that AFAS does not have it; correct it and try again.")
    return _("It is proven that AFAS does not have it, so it is sent again.")


def _not_yet_proof(document: AfasDocument) -> str:
    opens = answering.opens_at(document)
    if opens is None:
        return _("AFAS does not show it. One more look-up or two will prove that it is not there.")
    return _(
        "AFAS does not show it. It may still come, so that proves something after %(moment)s only; "
        "we look again by ourselves."
    ) % {"moment": write_moment(opens)}

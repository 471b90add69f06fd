"""What an error of AFAS means to a person: what happened, and what to do now."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.afas.errors import (
    AfasError,
    Busy,
    Denied,
    DeniedReason,
    Garbage,
    Rejected,
    Unreachable,
)


def sentence_of(error: AfasError) -> str:
    """A sentence for an error of reading; nothing is booked or changed by a read."""
    match error:
        case Denied():
            return _denied(error)
        case Busy():
            return _("AFAS is busy or in maintenance. Try again in %(minutes)s minutes.") % {
                "minutes": max(1, round(error.retry_after / 60))
            }
        case Unreachable():
            return _(
                "AFAS cannot be reached: no connection was made. Check the participant number and "
                "whether AFAS is up, then try again."
            )
        case Garbage():
            return _(
                "What answered is not AFAS: the answer cannot be read. A proxy or a log-in page of "
                "the network may be in between. Try again, or ask whoever runs your network."
            )
        case Rejected():
            return _rejected(error)
    return _no_answer(error)


def _denied(error: Denied) -> str:
    if error.reason == DeniedReason.IP:
        return _(
            "AFAS refuses calls from our address (403). Let the AFAS administrator allow the "
            "address of this server for the app connector, then try again."
        )
    return _(
        "AFAS refuses these credentials (401). They are of another environment, revoked or "
        "expired. Paste new ones from AFAS: Management, App connector, User tokens."
    )


def _rejected(error: Rejected) -> str:
    if error.connector_missing:
        return _(
            "AFAS says: “%(said)s” Let the AFAS administrator add the connector to the app "
            "connector, or give its user the right to it."
        ) % {"said": error.message}
    if error.status == 404 and not error.log_reference:
        return _(
            "AFAS has nothing at this address (404). Check the participant number, the environment "
            "and the names of the connectors."
        )
    return _("AFAS says: “%(said)s”") % {"said": error.message}


def _no_answer(error: AfasError) -> str:
    if error.log_reference:
        return _("AFAS says: “%(said)s”") % {"said": error.message}
    if error.status is None:
        return _("AFAS did not answer in time. Try again in a few minutes.")
    return _("AFAS answered with an error (HTTP %(status)s). Try again in a few minutes.") % {
        "status": error.status
    }

"""Whether AFAS can be asked for something now, and else why not, in a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Company
from core.errors import DomainError
from integrations.models import AfasConnection
from integrations.selectors import connection_of
from integrations.services import granting, holding


def why_not_ready(connection: AfasConnection | None) -> str:
    """Why nothing can be read over this link now; empty when it can."""
    if connection is None or connection.closed_at or not connection.has_credentials:
        return _("AFAS is not linked yet. Fill in the participant number and the token first.")
    if connection.administration is None:
        return _("Choose the administration on the AFAS page first.")
    if connection.paused_because == AfasConnection.Pause.PERSON:
        return _("The link with AFAS is paused. Resume it in the App Center first.")
    if connection.paused_at:
        return _("AFAS refuses us, so nothing can be read. Put that right on the AFAS page.")
    return holding.why_held(connection)


def why_not_send(connection: AfasConnection | None) -> str:
    """Why nothing can be invoiced or booked over this link now; empty when it can."""
    if connection is None or not connection.is_ready:
        return _("AFAS is not linked yet; an administrator does that in the App Center.")
    if connection.paused_at:
        return _("The link with AFAS is paused.")
    return holding.why_held(connection)


def sendable(company: Company) -> AfasConnection:
    """The link in use. Raises DomainError while nothing can be invoiced or booked over it."""
    connection = connection_of(company)
    reason = why_not_send(connection)
    if connection is None or reason:
        raise DomainError(reason)
    return connection


def why_not_readable(connection: AfasConnection | None, connector: str) -> str:
    """The same for one GetConnector, which has to be granted too."""
    if sentence := why_not_ready(connection):
        return sentence
    if connection is None or granting.may_read(connection, connector):
        return ""
    return not_granted(connector)


def not_granted(connector: str) -> str:
    """What to do about a GetConnector that the token may not read."""
    return _(
        "The token may not read %(connector)s. Let the AFAS administrator add it to the app "
        "connector and press “Test again” on the AFAS page."
    ) % {"connector": connector}

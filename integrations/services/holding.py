"""After a restored backup nothing is sent, billed or imported for a while (DECISIONS A9)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.formats import write_moment
from integrations.models import AfasConnection, AfasDocument
from integrations.services.rhythm import HELD_AFTER_RESTORE, scaled


def is_held(connection: AfasConnection) -> bool:
    """Whether nothing may leave over this connection yet, by the row as it was read."""
    return connection.held_until is not None and connection.held_until > timezone.now()


def why_held(connection: AfasConnection) -> str:
    """Why nothing may be done with AFAS now, and until when; empty when it may."""
    if not is_held(connection):
        return ""
    return _(
        "A backup of our database was put back, and AFAS is being compared with us first: what "
        "was done since that backup may be there already, and doing it again would bill it twice. "
        "Nothing was changed. Try again after %(moment)s."
    ) % {"moment": write_moment(connection.held_until)}


def is_restored(document: AfasDocument) -> bool:
    """Whether an unknown document is in doubt because of the restore, not for want of an answer:
    nothing is sent in the half hour after it."""
    restored_at, since = document.connection.restored_at, document.unknown_since
    if restored_at is None or since is None:
        return False
    return restored_at <= since < restored_at + scaled(HELD_AFTER_RESTORE)


def refuse_while_held(connection: AfasConnection) -> None:
    """Raises DomainError while the row in the database says that nothing may be done."""
    if sentence := why_held(AfasConnection.objects.get(pk=connection.pk)):
        raise DomainError(sentence)

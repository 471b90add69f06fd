"""Before a DELETE: is what stands under that number still ours? (DECISIONS A6a)

AFAS may give a deleted number to another invoice, and then a DELETE that comes late would take
that one. Where AFAS shows our reference, it is compared first.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.afas.client import AfasClient
from integrations.models import AfasDocument, Kind, State
from integrations.services import looking, settling
from integrations.services.lists import list_of
from integrations.services.looking import Sight
from integrations.services.outcomes import Outcome, Proof


def settle_by_reading(client: AfasClient, document: AfasDocument) -> bool:
    """Whether the deletion must not be sent: the number is another invoice's, or nothing is there.

    What is not there is not proven gone: it becomes unknown, and absence needs all it ever needs.
    Without a look-up nothing is compared. Raises AfasError when AFAS could not be read.
    """
    target = document.target
    if target is None:
        return False
    if target.undone_at:  # a person stated it meanwhile
        return _nothing_to_do(document)
    if not looking.can_look(document):
        return False
    look = looking.look_with(client, document)
    if look.sight == Sight.FOUND:
        return False
    if _is_anothers(client, target):
        settling.refuse(document, _not_ours(target))
        return True
    settling.make_unknown(document, _("AFAS does not show it, so nothing was deleted."))
    return True


def _is_anothers(client: AfasClient, target: AfasDocument) -> bool:
    """Whether the number is shown, with another reference than ours."""
    of = list_of(target)
    if of is None:
        return False
    shown = of.read(client, target.connection, [], [target.list_key])
    same = [one for one in shown if one.key == target.list_key]
    return any(not one.bears(target.reference) for one in same)


def _not_ours(target: AfasDocument) -> Outcome:
    return Outcome(
        proof=Proof.REFUSED,
        problem="number_reused",
        message=_number_reused(target) % {"number": target.key, "reference": target.reference},
    )


def _number_reused(target: AfasDocument) -> str:
    if target.kind == Kind.SALES_BOOKING:
        return _(
            "AFAS uses entry number %(number)s for another entry now, so nothing was deleted. Ours "
            "is gone or was changed by hand: look for %(reference)s in AFAS, then state here what "
            "became of it."
        )
    return _(
        "AFAS uses number %(number)s for another invoice now, so nothing was deleted. Ours is "
        "gone or was changed by hand: look for %(reference)s in AFAS, then state here what "
        "became of it."
    )


def _nothing_to_do(document: AfasDocument) -> bool:
    AfasDocument.objects.filter(
        pk=document.pk, attempts=document.attempts, state=State.SENDING
    ).update(
        state=State.CANCELLED,
        sending_since=None,
        message=_("Somebody stated meanwhile that it was corrected in AFAS."),
    )
    return True

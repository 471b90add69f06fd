"""What people answer about a document whose outcome is unknown (DECISIONS A4).

*It is there* counts at once. *It is not there* and *cancel* count only when nothing can change the
answer any more: after the quiet time. Before it they are refused, or, where AFAS can be asked,
kept and carried out once absence is proven. Every answer carries a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError, StaleError
from core.formats import write_moment
from integrations.afas.errors import AfasError
from integrations.afas.posted import Posted
from integrations.models import AfasDocument, CustomerLink, Intention, Kind, State
from integrations.services import (
    clients,
    documents,
    following,
    lookalikes,
    looking,
    orphans,
    reconciling,
    settling,
)
from integrations.services.lists import PostedList, list_for
from integrations.services.looking import Sight
from integrations.services.outcomes import LONGEST_KEY
from integrations.services.stories import never_sent

ANSWERABLE = (State.UNKNOWN, State.REJECTED)


class Answered(StrEnum):
    """What became of an answer: carried out, or kept until absence is proven."""

    DONE = "done"
    KEPT = "kept"


def it_is_there(*, document: AfasDocument, number: str, by: User) -> None:
    """It is in AFAS under `number`: the order of an invoice, the entry of a booking, a debtor, a
    dossier item; a deletion needs none.

    Where AFAS can be asked, the number is compared with what we sent. Raises DomainError for a
    number that is another document's or shows something else, StaleError when somebody was first.
    """
    if document.state not in ANSWERABLE:
        raise _stale()
    number = number.strip()
    if document.kind == Kind.DELETION:
        _refuse_no_deletion(document)
        keys: dict[str, str] = {}
        shown = Shown()
    else:
        _refuse_unsent(document)
        shown = _as_shown(document, number)
        keys = {**_keys(document, number), **shown.keys}
    only = _as_seen(document) if shown.by_hand else None
    try:
        with transaction.atomic():
            if not settling.store_key(document, keys, only):
                raise _stale()
            _record(document, by, "afas_document.found", after={"key": number})
            _note_how(document, shown, by)
    except IntegrityError:
        raise DomainError(_held_elsewhere(document, number)) from None
    following.follow_up(document.pk)


def it_is_not_there(*, document: AfasDocument, reason: str, by: User) -> Answered:
    """Somebody looked and did not find it: send it again, now or once absence is proven.

    Raises DomainError before the quiet time is over, where nothing but this answer proves it, and
    when its link was closed, so that it would never be sent.
    """
    if document.connection.closed_at:
        raise DomainError(never_sent(document))
    return _absent(document, Intention.REPEAT, reason, by)


def give_up(*, document: AfasDocument, reason: str, by: User) -> Answered:
    """Somebody looked, did not find it, and does not want it any more: cancel and release.

    Raises what `it_is_not_there` raises.
    """
    return _absent(document, Intention.CANCEL, reason, by)


def counts_now(document: AfasDocument) -> bool:
    """Whether an answer of absence is carried out at once."""
    return reconciling.is_quiet(document) and (bool(document.asks) or not may_prove(document))


def may_prove(document: AfasDocument) -> bool:
    """Whether AFAS itself can show the absence, so that an early answer may be kept."""
    return looking.can_look(document)


def opens_at(document: AfasDocument) -> datetime | None:
    """From when an answer of absence counts; None when it does."""
    if reconciling.is_quiet(document):
        return None
    return reconciling.quiet_from(document) or timezone.now()


def _absent(document: AfasDocument, intention: Intention, reason: str, by: User) -> Answered:
    if document.state != State.UNKNOWN:
        raise _stale()
    if counts_now(document):
        _carry_out(document, intention, reason, by)
        return Answered.DONE
    if not may_prove(document):
        _refuse_early(document)
    kept = AfasDocument.objects.filter(
        pk=document.pk,
        state=State.UNKNOWN,
        attempts=document.attempts,
        intention=document.intention,  # nobody else answered meanwhile
    ).update(intention=intention, intention_by=by, intention_reason=reason, asks="")
    if not kept:
        raise _stale()
    _record(document, by, f"afas_document.answered_{intention}", reason=reason)
    return Answered.KEPT


def _carry_out(document: AfasDocument, intention: Intention, reason: str, by: User) -> None:
    quiet = reconciling.quiet_row(document)  # asked of the row as it is when it moves
    with transaction.atomic():
        _record(document, by, "afas_document.not_there", reason=reason)
        if intention == Intention.CANCEL:
            done = documents.give_up(document=document, by=by, reason=reason, only=quiet)
        else:
            done = reconciling.return_to_queue(document)
        if not done:
            raise _stale()


def _refuse_early(document: AfasDocument) -> None:
    if not reconciling.is_quiet(document):
        if not reconciling.is_as_read(document):
            raise _stale()
        until = reconciling.quiet_from(document)
        raise DomainError(
            _(
                "AFAS may still be working on it, so what is not there now may come yet, and "
                "sending it again would bill it twice. Look again after %(moment)s."
            )
            % {"moment": write_moment(until)}
        )


def _refuse_no_deletion(document: AfasDocument) -> None:
    """That AFAS deleted it counts when nothing can come any more, and AFAS shows nothing else."""
    if document.state == State.REJECTED:
        raise DomainError(_deleted_nothing(document))
    _refuse_early(document)
    if looking.can_look(document) and looking.look_for(document).sight == Sight.FOUND:
        raise DomainError(
            _("AFAS still shows it as %(number)s, so it is not deleted. Nothing was changed.")
            % {"number": document.target.key if document.target else ""}
        )


def _deleted_nothing(document: AfasDocument) -> str:
    if document.books:
        return _(
            "AFAS refused this deletion, so it deleted nothing. Was the entry deleted or reversed "
            "there by hand, then cancel this and reverse the booking as already deleted."
        )
    return _(
        "AFAS refused this deletion, so it deleted nothing. Was it deleted or credited there by "
        "hand, then cancel this and undo it as corrected in AFAS."
    )


def _refuse_unsent(document: AfasDocument) -> None:
    if document.payload:
        return
    if document.kind == Kind.DIRECT_INVOICE:
        raise DomainError(
            _(
                "It was never sent, so what AFAS has is not this document. Nothing was changed; "
                "correct it and try again, or cancel it to release its entries."
            )
        )
    raise DomainError(
        _(
            "It was never sent, so what AFAS has is not this document. Nothing was changed; "
            "correct it and try again, or cancel it."
        )
    )


class Shown(NamedTuple):
    """What AFAS shows under a number that a person gave: its keys and how its list names it.

    `by_hand`: it does not bear our reference, since somebody booked it in AFAS.
    """

    keys: Mapping[str, str] = MappingProxyType({})
    key: str = ""
    by_hand: bool = False


def _note_how(document: AfasDocument, shown: Shown, by: User) -> None:
    """An orphan that it was is settled; what was booked by hand is not looked up any more, since
    it never shows our reference."""
    if shown.key:
        orphans.taken_over(document, shown.key, by)
    if shown.by_hand:
        AfasDocument.objects.filter(pk=document.pk).update(next_look_at=None)


COLUMNS = {
    Kind.CUSTOMER: "debtor_number",
    Kind.SALES_BOOKING: "entry_number",
    Kind.ATTACHMENT: "subject_number",
}


def _keys(document: AfasDocument, number: str) -> dict[str, str]:
    if not number or len(number) > LONGEST_KEY or not number.isprintable():
        raise DomainError(_("Type the number as AFAS shows it; it has at most 16 characters."))
    keys = {COLUMNS.get(Kind(document.kind), "order_number"): number}
    if document.kind == Kind.SALES_BOOKING:
        keys["unit"] = str(document.administration)
    return keys


def _as_shown(document: AfasDocument, number: str) -> Shown:
    """The keys that AFAS shows under this number, which must be what we sent.

    Nothing when AFAS cannot be asked: the person looked, and that counts. Of a booking it counts
    once ours cannot come any more, since the entry may be one that somebody booked by hand.
    """
    if document.kind == Kind.CUSTOMER:
        _refuse_other_debtor(document, number)
    of = list_for(document.kind)
    if of is None or not looking.can_look(document):
        return Shown()
    connection = document.connection
    key, control = of.key_of(connection, number, document.journal), of.control(connection)
    client = clients.credentials_of(connection).client(limits=clients.LOOKS)
    try:
        shown = of.read(client, connection, [], [key, control])
    except AfasError:
        _refuse_early_unseen(document, number)
        return Shown()
    found = {one.key: one for one in shown}
    if key in found:
        return _keys_if_ours(document, of, found[key])
    if control in found:
        raise DomainError(_not_shown(document, number))
    _refuse_early_unseen(document, number)
    return Shown()


def _keys_if_ours(document: AfasDocument, of: PostedList, posted: Posted) -> Shown:
    keys = of.keys(posted)
    if reference := orphans.reference_of(document, posted):
        return Shown({**keys, "reference": reference}, posted.key)
    if not _is_ours(document, posted):
        raise DomainError(_another(document, posted.number))
    by_hand = not posted.bears(document.reference)
    if by_hand:
        _refuse_early_by_hand(document, posted.number)
    return Shown(keys, posted.key, by_hand)


def _refuse_early_by_hand(document: AfasDocument, number: str) -> None:
    """What somebody booked by hand counts once ours cannot come any more: nobody would look for it
    then, and it would be there twice."""
    if _ours_may_come(document):
        sentence = _(
            "What AFAS has under %(number)s was booked by hand, and ours may come yet: then it "
            "would be booked twice. Nothing was changed; say this again after %(moment)s."
        )
        raise DomainError(sentence % _number_and_moment(document, number))


def _refuse_early_unseen(document: AfasDocument, number: str) -> None:
    if document.kind == Kind.SALES_BOOKING and _ours_may_come(document):
        sentence = _(
            "AFAS cannot be asked just now whether %(number)s is ours or was booked by hand. If it "
            "was, ours may come yet, and it would be booked twice. Nothing was changed; say this "
            "again once AFAS answers, or after %(moment)s."
        )
        raise DomainError(sentence % _number_and_moment(document, number))


def _ours_may_come(document: AfasDocument) -> bool:
    return document.state != State.REJECTED and not reconciling.is_quiet(document)


def _number_and_moment(document: AfasDocument, number: str) -> dict[str, str]:
    until = reconciling.quiet_from(document)
    return {"number": number, "moment": write_moment(until)}


def _as_seen(document: AfasDocument) -> Q:
    """Still as it was when somebody looked: not sent again since."""
    return Q(state=document.state, attempts=document.attempts)


def _refuse_other_debtor(document: AfasDocument, number: str) -> None:
    """A debtor that is another customer's, or that AFAS does not have."""
    linked = CustomerLink.objects.filter(environment=document.environment, debtor_number=number)
    if linked.exclude(customer=document.customer_id).exists():
        raise DomainError(
            _(
                "Debtor %(number)s is linked to another customer already. Nothing was changed; "
                "look in AFAS for the number of this one."
            )
            % {"number": number}
        )
    if looking.can_look(document) and not lookalikes.may_be_there(document, number):
        raise DomainError(
            _("AFAS shows no debtor %(number)s. Nothing was changed.") % {"number": number}
        )


def _is_ours(document: AfasDocument, posted: Posted) -> bool:
    """It bears our reference, and is what we sent; of a booking our invoice number tells as well,
    since somebody may have booked it by hand.

    Once nothing else can come, another total will do, since somebody may have changed it in AFAS:
    the amounts are compared when it is seen, and a person is told.
    """
    if document.kind == Kind.SALES_BOOKING and looking.is_as_sent(document, posted):
        return True
    if not posted.bears(document.reference):
        return False
    if looking.is_as_sent(document, posted):
        return True
    same_debtor = posted.debtor in looking.debtors_sent(document)
    return same_debtor and reconciling.is_quiet(document)


def _not_shown(document: AfasDocument, number: str) -> str:
    return _(
        "AFAS shows nothing of ours under %(number)s. Nothing was changed; look for %(reference)s, "
        "and type the number that stands beside it."
    ) % {"number": number, "reference": document.reference}


def _another(document: AfasDocument, number: str) -> str:
    return _(
        "What AFAS has under %(number)s is something else: its reference, debtor or total is not "
        "what we sent. Nothing was changed; look for %(reference)s."
    ) % {"number": number, "reference": document.reference}


def _held_elsewhere(document: AfasDocument, number: str) -> str:
    column = COLUMNS.get(Kind(document.kind), "order_number")
    same = {column: number, "kind": document.kind, "environment": document.environment}
    other = AfasDocument.objects.filter(state=State.CONFIRMED, **same).first()
    if other and other.company_id == document.company_id:
        return _(
            "%(number)s is the number of document %(other)s already, so it cannot be of this one "
            "too. Nothing was changed; look for %(reference)s."
        ) % {"number": number, "other": other.reference, "reference": document.reference}
    return _(
        "%(number)s is the number of another document already. Nothing was changed; look for "
        "%(reference)s."
    ) % {"number": number, "reference": document.reference}


def _stale() -> StaleError:
    return StaleError(
        _("Somebody else, or AFAS's answer, settled this document meanwhile; look at it again.")
    )


def _record(
    document: AfasDocument,
    by: User,
    action: str,
    *,
    reason: str = "",
    after: dict[str, str] | None = None,
) -> None:
    change = audit.Change(reason=reason, after=after or {})
    audit.record(company=document.company, by=by, action=action, obj=document, change=change)

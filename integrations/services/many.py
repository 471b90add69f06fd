"""The same for many documents at once, each with its own outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from integrations.models import AfasDocument, State
from integrations.services import answering, documents
from integrations.services.answering import Answered
from integrations.services.stories import given_up

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one document: done or not, and a sentence that says what, or why not."""

    document: AfasDocument
    done: bool
    sentence: str


def retry(*, chosen: Iterable[AfasDocument], by: User) -> list[Result]:
    """Build and queue each refused one anew. Raises nothing: what could not be done says why."""
    return [_try(one, partial(_retry, one, by)) for one in chosen]


def give_up(*, chosen: Iterable[AfasDocument], by: User, reason: str) -> list[Result]:
    """Cancel each and release its entries, where AFAS provably does not have it.

    An unknown one is given up by the answer of this person, with all that such an answer takes.
    """
    return [_try(one, partial(_give_up, one, by, reason)) for one in chosen]


def _try(document: AfasDocument, action: Callable[[], str]) -> Result:
    try:
        return Result(document=document, done=True, sentence=action())
    except DomainError as error:
        return Result(document=document, done=False, sentence=error.message)
    except DatabaseError:  # what is done already must still be told
        logger.exception("Document %s could not be settled with others.", document.reference)
        sentence = _("The database was busy, so nothing was changed. Try again in a moment.")
        return Result(document=document, done=False, sentence=sentence)


def _retry(document: AfasDocument, by: User) -> str:
    if document.state == State.REJECTED and document.detail.get("alike"):
        raise DomainError(_("Somebody has to choose its debtor first; open it."))
    if document.state == State.UNKNOWN:
        raise DomainError(
            _("AFAS may have it, so it is not sent again. Open it and say whether it is there.")
        )
    if document.state == State.CONFIRMED:
        raise DomainError(_("AFAS has it already, so there is nothing to send again."))
    if document.state in {State.WAITING, State.QUEUED, State.SENDING}:
        raise DomainError(_("It was not refused: it goes out by itself once it can."))
    after = documents.retry(document=document, by=by)
    if after.state == State.WAITING:
        return _("It waits for its new debtor; then it goes out.")
    return _("It is queued again.")


def _give_up(document: AfasDocument, by: User, reason: str) -> str:
    if document.state == State.UNKNOWN:
        answer = answering.give_up(document=document, by=by, reason=reason)
        if answer is Answered.KEPT:
            return _("Kept: it is cancelled once AFAS has shown that it is not there.")
    else:
        documents.cancel(document=document, by=by, reason=reason)
    return given_up(document)

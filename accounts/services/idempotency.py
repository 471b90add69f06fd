"""A request that bears a key of its sender is carried out once, however often it arrives.

The row of the key is made in the transaction of what the request changes, so a crash leaves both or
neither: then a repeat is the first. Two at the same moment: the second waits for the row of the
first, and is given its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ANSWERS_KEPT, IdempotentAnswer, Membership


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is sent back. `is_kept` says whether the same request gets it again."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    is_kept: bool = True
    is_repeated: bool = False


class OtherRequest(Exception):  # noqa: N818 - not a fault, but something to tell
    """The key was used for another request before."""


def once(
    *,
    membership: Membership,
    key: str,
    fingerprint: str,
    do: Callable[[], Answer],
    whole: bool = True,
) -> Answer:
    """The answer of `do`, or the one that was given to the same request within 24 hours.

    `whole`: what `do` changes and its answer are saved together. Without it `do` saves by itself
    and must find, when it is repeated after a crash, what it did before. Raises OtherRequest when
    `fingerprint` is another than that of the first.
    """
    around: AbstractContextManager[object] = transaction.atomic() if whole else nullcontext()
    with around:
        row, is_new = _row(membership, key, fingerprint)
        if row.fingerprint != fingerprint:
            raise OtherRequest
        if not is_new and row.status is not None:
            return Answer(status=row.status, body=row.body, headers=row.headers, is_repeated=True)
        answer = do()
        # Without `whole` another one may have answered meanwhile, and what it was told holds.
        unanswered = IdempotentAnswer.objects.filter(pk=row.pk, status=None)
        if answer.is_kept:
            unanswered.update(status=answer.status, body=answer.body, headers=answer.headers)
        else:
            unanswered.delete()
        return answer


def forget_old() -> int:
    """Answers that nobody is given any more; returns how many went."""
    old = IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT)
    return old.delete()[0]


def _row(membership: Membership, key: str, fingerprint: str) -> tuple[IdempotentAnswer, bool]:
    mine = IdempotentAnswer.objects.filter(membership=membership, key=key)
    mine.filter(created_at__lt=timezone.now() - ANSWERS_KEPT).delete()
    row = IdempotentAnswer(
        company_id=membership.company_id, membership=membership, key=key, fingerprint=fingerprint
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # one_answer_per_idempotency_key
        if earlier := mine.first():
            return earlier, False
        return _row(membership, key, fingerprint)  # its answer was not kept, so it is gone again
    return row, True

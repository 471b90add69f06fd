"""One change over many entries: who takes part, who is left out and why, and the change itself."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError, StaleError
from registration.models import Entry, Hour
from registration.selectors.entries import KINDS, Ids, entries_shown, kind_of, project_now
from registration.selectors.reach import Reach
from registration.services.valuation import Ladder, value

T = TypeVar("T")
CHUNK = 500
VALUED = ("rate", "amount", "missing", "billing")


class Skipped(NamedTuple):
    """An entry that does not take part, and the sentence that says why."""

    entry: Entry
    reason: str


@dataclass(frozen=True)
class Result:
    """What a bulk change does, or has done. `seen` is the fingerprint of all that was looked at."""

    done: list[Entry]
    skipped: list[Skipped]
    seen: str

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why entries are left out and how many for each reason, the most frequent first."""
        return Counter(skipped.reason for skipped in self.skipped).most_common()


@dataclass(frozen=True, kw_only=True)
class BulkChange:
    """A change and its rule.

    `refusal` gives the reason to leave an entry out, or nothing. `columns` are the new values.
    `guard` repeats the rule as a condition of the update, so that no row slips through. `revalued`
    says that the entries are worth something else afterwards.
    """

    action: str
    refusal: Callable[[Entry], str]
    columns: dict[str, Any] = field(default_factory=dict)
    guard: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    revalued: bool = False
    deletes: bool = False


def preview(reach: Reach, ids: Ids, change: BulkChange) -> Result:
    """What `perform` would do now; nothing is changed."""
    return _sorted_out(list(_rows(reach, ids)), change)


def perform(reach: Reach, ids: Ids, change: BulkChange, seen: str = "") -> Result:
    """Carry `change` out for those of `ids` that this person reaches and the rule allows.

    `seen` is the fingerprint of an earlier preview. Raises StaleError when anything that was
    looked at has changed since, or changes at this very moment; then nothing is saved.
    """
    with transaction.atomic():
        ladder = Ladder.held(reach.company) if change.revalued else None
        change = _as_now(change)
        result = _sorted_out(list(_rows(reach, ids, lock=True)), change)
        if seen and seen != result.seen:
            raise StaleError(_stale())
        for kind in KINDS:
            entries = [entry for entry in result.done if kind_of(entry) == kind]
            for chunk in _chunks(entries):
                _apply(reach, kind, chunk, change)
                if ladder and not change.deletes:
                    _revalue(chunk, change, ladder)
    return result


def _as_now(change: BulkChange) -> BulkChange:
    """`change` with its project read again, which may be billed otherwise since it was loaded."""
    project = change.columns.get("project")
    if project is None:
        return change
    return replace(change, columns={**change.columns, "project": project_now(project)})


def _stale() -> str:
    return _(
        "Somebody changed these entries meanwhile, so nothing was saved. "
        "Look at what is left out now and confirm again."
    )


def _rows(reach: Reach, ids: Ids, *, lock: bool = False) -> Iterator[Entry]:
    """The entries of `ids` within reach, in the order in which all locks are taken."""
    for kind in KINDS:
        for chunk in _chunks(sorted(set(ids.get(kind, ())))):
            rows = entries_shown(kind, reach).filter(pk__in=chunk).order_by("pk")
            yield from rows.select_for_update(of=("self",)) if lock else rows


def _sorted_out(entries: Sequence[Entry], change: BulkChange) -> Result:
    done, skipped = [], []
    for entry in entries:
        reason = change.refusal(entry)
        if reason:
            skipped.append(Skipped(entry, reason))
        else:
            done.append(entry)
    return Result(done, skipped, fingerprint(entries))


def fingerprint(entries: Iterable[Entry]) -> str:
    """A short text that changes when an entry is added, removed or changed."""
    parts = sorted(f"{kind_of(entry)} {entry.pk} {entry.version}" for entry in entries)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _apply(reach: Reach, kind: str, entries: Sequence[Entry], change: BulkChange) -> None:
    """Write the columns where the rule still holds, and expect every row to be counted."""
    rows = (
        KINDS[kind]
        .objects.of(reach.company)
        .filter(pk__in=[entry.pk for entry in entries], **change.guard)
    )
    audit.record_many(
        company=reach.company,
        by=reach.membership.user,
        action=f"{kind[:-1]}.{change.action}",
        objects=entries,
        change=audit.Change(after=_told(change), reason=change.reason),
    )
    if change.deletes:
        _delete(rows, len(entries))
        return
    if rows.update(**change.columns, **Entry.another_version()) != len(entries):
        raise StaleError(_stale())


def _delete(rows: Any, expected: int) -> None:
    try:
        _count, deleted = rows.delete()  # the count has the receipts that go along
    except ProtectedError as error:
        raise DomainError(
            _(
                "One of these entries was once on an invoice, and the invoice's history keeps it. "
                "Nothing was deleted. Mark it as not billable instead."
            )
        ) from error
    if deleted.get(rows.model._meta.label, 0) != expected:
        raise StaleError(_stale())


def _revalue(entries: Sequence[Entry], change: BulkChange, ladder: Ladder) -> None:
    """The new values of rows that are ours until the transaction ends."""
    for entry in entries:
        for name, new in change.columns.items():
            setattr(entry, name, new)
    value(entries, ladder)
    names = [*VALUED, "billable_minutes"] if isinstance(entries[0], Hour) else list(VALUED)
    type(entries[0]).objects.bulk_update(entries, names, batch_size=200)


def _told(change: BulkChange) -> dict[str, Any]:
    """The new values as the history keeps them."""
    return {
        name: getattr(new, "pk", None) or str(new)
        for name, new in change.columns.items()
        if name not in {"approved_at", "approved_by"}
    }

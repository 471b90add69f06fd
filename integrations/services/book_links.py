"""What of ours is what in the books of AFAS: rows that name something and hold its codes.

Ledger accounts, VAT codes and cost centres are kept the same way. A row whose codes are all empty
is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from core.related import read_along
from integrations.models import AccountLink, AfasConnection, ProjectLink, VatLink

Link = AccountLink | VatLink | ProjectLink
Change = tuple[Link, audit.Change]
AT_ONCE = 500
NAMED_BY: Mapping[type[Link], tuple[str, ...]] = {
    AccountLink: ("use", "activity_id", "category_id", "item_kind", "item_code"),
    VatLink: ("vat_code", "percent"),
    ProjectLink: ("project_id",),
}
"""The columns that say of what a row is, but for the books."""
ACTIONS: Mapping[type[Link], str] = {
    AccountLink: "afas_account",
    VatLink: "afas_vat",
    ProjectLink: "afas_allocation",
}


@dataclass(frozen=True)
class Wanted:
    """What a row shall hold: `named` are the columns that say of what it is."""

    named: Mapping[str, Any]
    codes: Mapping[str, str]


def books_of(connection: AfasConnection) -> dict[str, Any]:
    """The columns that name the books. Raises DomainError before an administration is chosen."""
    if connection.administration is None:
        raise DomainError(
            _("Choose the administration first: each has accounts and VAT codes of its own.")
        )
    return {
        "company": connection.company,
        "environment": connection.environment,
        "administration": connection.administration,
    }


def hold(connection: AfasConnection) -> None:
    """Let nobody else change these books until the transaction is over.

    Raises DomainError when the company was linked elsewhere meanwhile.
    """
    rows = AfasConnection.objects.of(connection.company).select_for_update()
    if not rows.filter(pk=connection.pk, closed_at__isnull=True).exists():
        raise DomainError(_("Somebody changed the link meanwhile. Look at this page again."))


@transaction.atomic
def keep_links(
    *, model: type[Link], connection: AfasConnection, wanted: Iterable[Wanted], by: User
) -> int:
    """Let these rows hold these codes; returns how many changed.

    The caller has checked the codes. Raises DomainError as `hold` and `books_of` do.
    """
    hold(connection)
    keeping = _Keeping(model, books_of(connection))
    for one in wanted:
        keeping.take(one)
    return keeping.save(by)


class _Keeping:
    """Sorts what is wanted into rows to make, to change and to take away."""

    def __init__(self, model: type[Link], books: Mapping[str, Any]) -> None:
        self.model, self.books = model, books
        self.made: list[Change] = []
        self.changed: list[Change] = []
        self.gone: list[Change] = []
        rows = cast("Any", model.objects.of(books["company"]).filter(**books))
        self.rows = {self._name_of(row): row for row in rows}

    def take(self, one: Wanted) -> None:
        """Sort one in; what is as it shall be is left out."""
        row = self.rows.get(tuple(one.named.get(name) for name in NAMED_BY[self.model]))
        before = {name: getattr(row, name) if row else "" for name in one.codes}
        change = audit.difference(before, dict(one.codes))
        if not change.after:
            return
        if row is None:
            row = self.model(**self.books, **one.named)
            self.made.append((row, change))
        elif any(one.codes.values()):
            self.changed.append((row, change))
        else:
            self.gone.append((row, change))
            return
        for name, code in one.codes.items():
            setattr(row, name, code)

    def save(self, by: User) -> int:
        """Write everything down, with its audit."""
        manager = cast("Any", self.model.objects)
        manager.bulk_create([row for row, _change in self.made], batch_size=AT_ONCE)
        names = sorted({name for _row, change in self.changed for name in change.after})
        if names:
            rows = [row for row, _change in self.changed]
            manager.bulk_update(rows, names, batch_size=AT_ONCE)
        self._record("created", self.made, by)
        self._record("changed", self.changed, by)
        self._record("deleted", self.gone, by)
        for some in _batches(self.gone):
            manager.of(self.books["company"]).filter(pk__in=[row.pk for row, _ in some]).delete()
        return len(self.made) + len(self.changed) + len(self.gone)

    def _record(self, verb: str, changes: list[Change], by: User) -> None:
        subjects = [name[:-3] for name in NAMED_BY[self.model] if name.endswith("_id")]
        action = f"{ACTIONS[self.model]}.{verb}"
        for some in _batches(changes):
            read_along([row for row, _change in some], *subjects)
            audit.record_each(company=self.books["company"], by=by, action=action, changes=some)

    def _name_of(self, row: Link) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in NAMED_BY[self.model])


def _batches(changes: list[Change]) -> Iterator[list[Change]]:
    """As many at a time as a statement can name."""
    for start in range(0, len(changes), AT_ONCE):
        yield changes[start : start + AT_ONCE]

"""Changing the mapping: what is wanted is checked as a whole, and then kept as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import FieldsError, StaleError
from integrations.models import AfasConnection, ProjectLink, VatLink
from integrations.services import item_settings
from integrations.services.account_links import account_problem, keep_accounts
from integrations.services.book_links import Wanted, books_of, hold, keep_links
from integrations.services.item_settings import Chosen, Place
from integrations.services.ledger_checks import Ledger
from integrations.services.mapping_rows import (
    COLUMNS,
    ITEM_COLUMNS,
    Row,
    Table,
    place_of_account,
    place_of_item,
    rows_of,
)

OF_ITEMS = tuple(column.name for column in ITEM_COLUMNS)
Values = Mapping[str, Mapping[str, str]]
"""By the key of a row: values by column."""
Named = tuple[tuple[str, Any], ...]
"""The columns that say of what a link is, with their values."""


@dataclass(frozen=True)
class Edit:
    """A row and what its columns shall hold, the others as they are."""

    row: Row
    values: Mapping[str, str]

    @property
    def changed(self) -> list[str]:
        """The columns that get another value."""
        return [name for name, value in self.values.items() if value != self.row.values[name]]

    def touches(self, names: Iterable[str]) -> bool:
        """Whether one of these columns changes."""
        return bool(set(self.changed) & set(names))


def check_rows(
    *, connection: AfasConnection, table: str, wanted: Values, seen: Values | None = None
) -> list[Edit]:
    """What would change, completed as it would be kept, when AFAS would take all of it.

    A row that is not there is left out, as is a column that is not named. `seen` is what the person
    looked at: what equals it is no change, and what somebody else changed meanwhile is refused.
    Raises FieldsError with keys like "activity-3-account", DomainError without an administration.
    """
    books_of(connection)
    rows = {row.key: row for row in rows_of(connection, table)}
    edits: list[Edit] = []
    errors: dict[str, str] = {}
    for key in [key for key in rows if key in wanted]:
        shown = (seen or {}).get(key, rows[key].values)
        edit = _edit(table, rows[key], wanted[key], shown)
        errors |= _conflicts(edit, shown) | _too_long(table, edit)
        edits.append(edit)
    if errors:
        raise FieldsError(errors)
    return _accepted(connection, table, [edit for edit in edits if edit.changed])


def save_rows(
    *,
    connection: AfasConnection,
    table: str,
    wanted: Values,
    by: User,
    seen: Values | None = None,
) -> int:
    """Keep what is wanted, all or nothing; returns how many rows changed.

    Raises what `check_rows` and `keep_rows` raise.
    """
    edits = check_rows(connection=connection, table=table, wanted=wanted, seen=seen)
    keep_rows(connection=connection, table=table, edits=edits, by=by)
    return len(edits)


@transaction.atomic
def keep_rows(*, connection: AfasConnection, table: str, edits: list[Edit], by: User) -> None:
    """Keep edits as `check_rows` gave them, all or none.

    AFAS was asked in between, so each row has to be still as it was checked: an edit says of all
    its columns what they shall be. Raises StaleError for one that is not, and DomainError when the
    company was linked elsewhere meanwhile.
    """
    if not edits:
        return
    hold(connection)
    now = {row.key: row.values for row in rows_of(connection, table)}
    for edit in edits:
        if now.get(edit.row.key) != edit.row.values:
            raise StaleError(
                _(
                    "Somebody changed the codes of %(name)s meanwhile, so nothing was saved. Look "
                    "at them again, and repeat what is still right."
                )
                % {"name": edit.row.label}
            )
    _keep(connection, table, edits, by)


def _edit(table: str, row: Row, wanted: Mapping[str, str], seen: Mapping[str, str]) -> Edit:
    values = dict(row.values)
    for column in COLUMNS[table]:
        typed = " ".join(wanted.get(column.name, seen.get(column.name, "")).split())
        if typed != seen.get(column.name, ""):
            values[column.name] = typed
    if "kind" in values and not values["code"]:
        values |= dict.fromkeys(OF_ITEMS, "")
    return Edit(row, values)


def _conflicts(edit: Edit, seen: Mapping[str, str]) -> dict[str, str]:
    """What the person changes and somebody else changed since they looked."""
    now = edit.row.values
    names = [name for name in edit.changed if now[name] != seen.get(name, "")]
    sentence = _(
        "Meanwhile somebody made this “%(now)s”. Nothing was saved; save again if yours is right."
    )
    return {f"{edit.row.key}-{name}": sentence % {"now": now[name] or "–"} for name in names}


def _too_long(table: str, edit: Edit) -> dict[str, str]:
    sentence = _("At most %(most)s signs fit in AFAS.")
    return {
        f"{edit.row.key}-{column.name}": sentence % {"most": column.longest}
        for column in COLUMNS[table]
        if len(edit.values[column.name]) > column.longest
    }


def _accepted(connection: AfasConnection, table: str, edits: list[Edit]) -> list[Edit]:
    """The edits as they would be kept, when AFAS's lists say nothing against them."""
    ledger = Ledger(connection)
    errors: dict[str, str] = {}
    for edit in edits:
        problems = _problems(ledger, table, edit)
        errors |= {f"{edit.row.key}-{name}": problem for name, problem in problems.items()}
    try:
        items = item_settings.check_items(connection, _items(table, edits))
    except FieldsError as error:
        errors |= error.errors
    if errors:
        raise FieldsError(errors)
    completed = {place.key: chosen for place, chosen in items.items()}
    return [_completed(edit, completed.get(edit.row.key)) for edit in edits]


def _problems(ledger: Ledger, table: str, edit: Edit) -> dict[str, str]:
    """What AFAS's lists say against the ledger's codes, by column."""
    if table == Table.VAT:
        found = _vat_problems(ledger, edit)
    elif "account" in edit.values:
        place = place_of_account(edit.row)
        found = {"account": account_problem(ledger, place, edit.values["account"])}
    else:
        found = {}
    return {name: found[name] for name in edit.changed if found.get(name) and edit.values[name]}


def _vat_problems(ledger: Ledger, edit: Edit) -> dict[str, str]:
    taxed, values = edit.row.of, edit.values
    with_vat = not taxed.is_outside
    return {
        "code": ledger.vat_problem(
            values["code"], taxed.percent, reversed_charge=taxed.is_reversed
        ),
        "account": ledger.account_problem(values["account"]),
        "revenue_account": ledger.revenue_problem(values["revenue_account"], with_vat=with_vat),
    }


def _items(table: str, edits: Iterable[Edit]) -> dict[Place, Chosen]:
    if table not in {Table.ACTIVITIES, Table.PRODUCTS}:
        return {}
    changed = [edit for edit in edits if edit.touches(OF_ITEMS)]
    return {
        place_of_item(edit.row): Chosen(**{name: edit.values[name] for name in OF_ITEMS})
        for edit in changed
    }


def _completed(edit: Edit, chosen: Chosen | None) -> Edit:
    if chosen is None:
        return edit
    values = {name: getattr(chosen, name) for name in OF_ITEMS}
    return replace(edit, values={**edit.values, **values})


def _keep(connection: AfasConnection, table: str, edits: list[Edit], by: User) -> None:
    if table == Table.VAT:
        _keep_codes(VatLink, connection, {_vat_of(edit): edit.values for edit in edits}, by)
    elif table == Table.PROJECTS:
        projects = {_project_of(edit): edit.values for edit in edits}
        _keep_codes(ProjectLink, connection, projects, by)
    else:
        items = _items(table, edits)
        item_settings.keep_items(connection=connection, items=items, by=by)
        accounts = {place_of_account(edit.row): edit.values["account"] for edit in edits}
        keep_accounts(connection=connection, accounts=accounts, by=by)


def _project_of(edit: Edit) -> Named:
    return (("project_id", edit.row.of),)


def _vat_of(edit: Edit) -> Named:
    return (("vat_code", edit.row.of.code), ("percent", edit.row.of.percent))


def _keep_codes(
    model: type[VatLink | ProjectLink],
    connection: AfasConnection,
    codes: Mapping[Named, Mapping[str, str]],
    by: User,
) -> None:
    wanted = [Wanted(dict(named), values) for named, values in codes.items()]
    keep_links(model=model, connection=connection, wanted=wanted, by=by)

"""Undoing many invoices at once: each by itself, all of it or nothing, with a word on every one.

What became of a selection is kept on its row, so that pressing twice does nothing twice and the
page can be left.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError, FieldsError, StaleError
from integrations.models import AfasDocument
from integrations.services import undo_check, undoing
from integrations.services.undo_check import Check, Undoable
from integrations.services.undoing import Way
from registration.models import Selection

logger = logging.getLogger(__name__)
KEPT = "undo"
"""The name under which a selection's options keep it."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asked for. `lines` None is the whole invoices; `numbers` are of credits."""

    way: Way
    reason: str
    lines: frozenset[int] | None = None
    numbers: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What became of one invoice. `why_not` is empty when it was done; `net` EUR excl. VAT."""

    why_not: str = ""
    deletion: str = ""
    whole: bool = True
    entries: int = 0
    net: str = "0"


def undo(*, check: Check, token: str, wish: Wish, by: User) -> dict[UUID, Told]:
    """Do to every invoice of the check what was asked; per document what became of it.

    Invoices of which no line was asked for are left alone. Raises StaleError when `token` is not
    that of the check, since then something changed after it was shown; nothing is done then.
    """
    return {one.document.pk: told for one, told in _each(check, token, wish, by)}


def undo_document(*, document: AfasDocument, wish: Wish, by: User) -> None:
    """Undo one document as it stands now: an invoice that AFAS made, or the booking of an own one.

    Raises FieldsError for lines that it does not have, and what `undoing` raises.
    """
    lines = None
    if wish.lines is not None:
        found = undo_check.check_document(document).undoables
        known = {line.line.pk for one in found for line in one.open_lines}
        if not wish.lines or not wish.lines <= known:
            raise FieldsError({"lines": _("A line is not on these invoices any more. Look again.")})
        lines = _lines_for(found[0], wish)
    _do(document, lines, wish, by)


def undo_selection(
    *, selection: Selection, check: Check, press: tuple[str, str], wish: Wish, by: User
) -> None:
    """The same for a selection, whose row keeps what became of each.

    `press` is the token, and the name of this press of the button: the same one again does nothing.
    Raises StaleError as `undo` does.
    """
    token, name = press
    if _is_done(selection, name):
        return
    _refuse_stale(check, token)
    if not _begin(selection, name):
        return
    for one, told in _each(check, token, wish, by):
        _keep(selection, str(one.document.pk), asdict(told))


def why_stale(check: Check, token: str) -> str:
    """What to say when `token` is not that of the check; empty when nothing changed since."""
    if check.token == token:
        return ""
    return _(
        "Something changed since you looked, so nothing was undone. Below is how it stands now; "
        "look once more and confirm."
    )


def was_pressed(selection: Selection, name: str) -> bool:
    """Whether this very press of the button was done, or is being done."""
    return bool(name) and _is_done(selection, name)


def told_of(selection: Selection) -> dict[UUID, Told]:
    """What became of each invoice when this selection was last undone; empty when it never was."""
    kept = selection.options.get(KEPT) or {}
    if kept.get("of") != str(selection.pk):  # copied along when the person ticked on
        return {}
    return {UUID(pk): Told(**told) for pk, told in kept["told"].items()}


def _each(check: Check, token: str, wish: Wish, by: User) -> Any:
    _refuse_stale(check, token)
    for one in check.undoables:
        lines = _lines_for(one, wish)
        if lines != frozenset():
            yield one, _undo_one(one, lines, wish, by)


def _refuse_stale(check: Check, token: str) -> None:
    if sentence := why_stale(check, token):
        raise StaleError(sentence)


def _lines_for(one: Undoable, wish: Wish) -> frozenset[int] | None:
    """The lines of this invoice that were asked for; None is all of it."""
    if wish.lines is None:
        return None
    mine = frozenset(line.line.pk for line in one.open_lines)
    return None if mine and mine <= wish.lines else mine & wish.lines


def _undo_one(one: Undoable, lines: frozenset[int] | None, wish: Wish, by: User) -> Told:
    """Its own transaction; what goes wrong with it is told and the others go on."""
    try:
        with transaction.atomic():
            deletion = _do(one.document, lines, wish, by)
    except DomainError as error:
        return Told(why_not=error.message)
    except OperationalError:
        logger.exception("Invoice %s could not be undone now.", one.document.reference)
        return Told(
            why_not=_("Somebody else was working on it at this moment; nothing changed. Try again.")
        )
    gone = [line for line in one.open_lines if lines is None or line.line.pk in lines]
    return Told(
        deletion=deletion,
        whole=lines is None,
        entries=sum(len(line.held) for line in gone),
        net=str(sum((line.line.net for line in gone), Decimal(0))),
    )


def _do(document: AfasDocument, lines: frozenset[int] | None, wish: Wish, by: User) -> str:
    """Returns the id of the deletion, empty when there is none."""
    if wish.way is Way.DELETE:
        if lines is not None:
            raise DomainError(_("AFAS deletes an invoice as a whole, never some of its lines."))
        made = undoing.delete_in_afas(document=document, reason=wish.reason, by=by)
        return str(made.pk)
    undoing.corrected_there(
        document=document,
        reason=wish.reason,
        by=by,
        number=wish.numbers.get(document.pk, ""),
        lines=lines,
    )
    return ""


def _is_done(selection: Selection, name: str) -> bool:
    kept = selection.options.get(KEPT) or {}
    return bool(kept.get("press") == name and kept.get("of") == str(selection.pk))


def _begin(selection: Selection, name: str) -> bool:
    """Whether this press is the first of its name; two at once take turns on the row."""
    with transaction.atomic():
        row = Selection.objects.select_for_update().get(pk=selection.pk)
        if _is_done(row, name):
            return False
        kept = {"press": name, "of": str(row.pk), "told": {}}
        row.options = {**row.options, KEPT: kept}
        row.save(update_fields=["options"])
    selection.options = row.options
    return True


def _keep(selection: Selection, document: str, told: dict[str, Any]) -> None:
    selection.options[KEPT]["told"][document] = told
    selection.save(update_fields=["options"])

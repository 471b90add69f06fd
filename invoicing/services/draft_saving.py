"""Saving the page of a draft: its head, its lines and one thing to do with them, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import FieldsError, StaleError
from invoicing.models import Invoice, InvoiceLine
from invoicing.services import editing
from invoicing.services.editing import HeadData, LineData
from invoicing.services.holding import changing, hold_draft

Act = Callable[[Invoice], object]


class LineRefusedError(FieldsError):
    """What was typed in one line cannot be; `line` is its id, None for the new one."""

    def __init__(self, line: int | None, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.line = line


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What differs from the draft as it was shown; lines by their id."""

    head: HeadData | None = None
    lines: Mapping[int, LineData] = field(default_factory=dict)
    added: LineData | None = None


def draft_save(
    *, invoice: Invoice, typed: Typed, version: int, by: User | None, act: Act | None = None
) -> None:
    """Save what was typed, then do `act` with the draft; when one is refused nothing is saved.

    Raises StaleError when the draft is not at `version` any more, FieldsError for the head,
    LineRefusedError for a line, and what `act` raises.
    """
    with changing():
        draft = hold_draft(invoice, version)
        if typed.head is not None:
            draft = editing.head_change(invoice=draft, data=typed.head, version=version, by=by)
        for pk, data in typed.lines.items():
            _change(draft, pk, data, by)
        if typed.added is not None:
            _add(draft, typed.added, by)
        if act is not None:
            act(draft)


def line_of(draft: Invoice, pk: int) -> InvoiceLine:
    """One line of a draft. Raises StaleError when it is not there any more."""
    rows = InvoiceLine.objects.of(draft.company_id).filter(invoice=draft)
    line: InvoiceLine | None = (
        rows.select_related("invoice__company", "invoice__customer").filter(pk=pk).first()
    )
    if line is None:
        raise StaleError(_("This line is not on the draft any more, so nothing was saved."))
    return line


def _change(draft: Invoice, pk: int, data: LineData, by: User | None) -> None:
    line = line_of(draft, pk)
    try:
        editing.line_change(line=line, data=data, version=line.invoice.version, by=by)
    except FieldsError as error:
        raise LineRefusedError(pk, error.errors) from error


def _add(draft: Invoice, data: LineData, by: User | None) -> None:
    try:
        editing.line_add(invoice=draft, data=data, by=by)
    except FieldsError as error:
        raise LineRefusedError(None, error.errors) from error

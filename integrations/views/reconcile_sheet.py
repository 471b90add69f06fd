"""The differences as CSV, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company
from core import sheets
from integrations.models import Kind
from integrations.services.difference_rows import Difference, Group
from integrations.services.difference_words import words_of
from integrations.services.differences import PARTS, Differences, Part


def download_of(found: Differences, company: Company) -> HttpResponse:
    """A file with every row, in the company's notation and the reader's language."""
    filename = f"reconcile-{timezone.localdate():%Y-%m-%d}.csv"
    sheet = Sheet(company)
    answer = StreamingHttpResponse(
        sheets.lines(sheet.rows(found), sheet.delimiter),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
    return cast("HttpResponse", answer)


class Sheet:
    """The columns. All words are looked up here, since streaming goes on after the request's
    language has ended."""

    def __init__(self, company: Company) -> None:
        self.has_comma = company.number_format == company.NumberFormat.COMMA
        self.delimiter = ";" if self.has_comma else ","
        self.groups = {one: str(one.label) for one in Group}
        self.kinds = {one.value: str(one.label) for one in Kind}
        self.words = {part: [str(one) for one in words_of(part.group, part.kind)] for part in PARTS}
        self.head = [
            *(_("What"), _("Kind"), _("Invoice number"), _("Number in AFAS"), _("Debtor")),
            *(_("Customer"), _("Ours"), _("In AFAS"), _("Difference"), _("What it means")),
            _("What to do"),
        ]

    def rows(self, found: Differences) -> Iterator[list[str]]:
        """The head, then row after row."""
        yield self.head
        for one in found.everything():
            yield [sheets.harmless(cell) for cell in self.row(one)]

    def row(self, one: Difference) -> list[str]:
        """One difference, column by column."""
        return [
            self.groups[one.group],
            self.kinds[one.kind],
            one.number,
            one.entry,
            one.debtor,
            one.customer.name if one.customer else "",
            self._amount(one.ours),
            self._amount(one.theirs),
            self._amount(one.difference),
            *self.words[Part(one.group, Kind(one.kind))],
        ]

    def _amount(self, amount: Decimal | None) -> str:
        text = "" if amount is None else f"{amount:f}"
        return text.replace(".", ",") if self.has_comma else text

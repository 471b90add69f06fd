"""What became of a selection that was invoiced in AFAS: its documents, and who got none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from integrations.models import AfasDocument, InvoicingRun, Kind, State
from integrations.selectors import documents_of


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How a run stands: all that it made, of which `invoices` are the direct invoices."""

    run: InvoicingRun
    made: Sequence[AfasDocument]

    @property
    def invoices(self) -> list[AfasDocument]:
        """The direct invoices, in the order in which they were made."""
        return [one for one in self.made if one.kind == Kind.DIRECT_INVOICE]

    @property
    def done(self) -> list[AfasDocument]:
        """The invoices that AFAS has."""
        return [one for one in self.invoices if one.state == State.CONFIRMED]

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT of what AFAS has."""
        return sum((one.invoice.net for one in self.done if one.invoice), Decimal(0))

    @property
    def resting(self) -> list[AfasDocument]:
        """The invoices to which nothing more happens without a person."""
        return [one for one in self.invoices if one.rests or one.is_stuck]

    @property
    def is_busy(self) -> bool:
        """Whether something will still change by itself."""
        return len(self.resting) < len(self.invoices)


def progress_of(run: InvoicingRun) -> Progress:
    """How it stands now, in one query."""
    made = documents_of(run.company).filter(run=run).order_by("created_at", "id")
    return Progress(run=run, made=list(made))

"""The card "When no answer comes": whether AFAS is asked by itself, or a person has to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.forms.look_up import LOOK_UP_LABELS
from integrations.models import AfasConnection, Kind
from integrations.services import proofs, rhythm
from integrations.services.connection_settings import look_up_mapping_of
from integrations.services.lists import INVOICES, PostedList
from integrations.services.proofs import Problem

WHY: Mapping[str, Mapping[str, str | Promise]] = {
    Kind.DIRECT_INVOICE: {
        "reference": gettext_lazy("Our mark on the invoice: by it we find it again."),
        "order_number": gettext_lazy("The number that AFAS gave it."),
        "debtor": gettext_lazy("So that an invoice of another customer is not taken for ours."),
        "total": gettext_lazy("So that an invoice over another amount is not taken for ours."),
        "invoice_number": gettext_lazy("Shown with the hours as soon as AFAS has given it."),
        "administration": gettext_lazy("So that only these books count."),
    },
    Kind.SALES_BOOKING: {
        "reference": gettext_lazy("Our mark on the entry: by it we find it again."),
        "entry_number": gettext_lazy("The number that AFAS gave it."),
        "journal": gettext_lazy("Each journal numbers its own entries."),
        "administration": gettext_lazy("So that only these books count."),
        "invoice_number": gettext_lazy("Our invoice number, in case somebody keyed it by hand."),
        "debtor": gettext_lazy("So that an entry of another customer is not taken for ours."),
        "total": gettext_lazy("The debit side of the debtor line, so that the amount is compared."),
        "credit": gettext_lazy("Its credit side, for credit notes; not where debit is signed."),
    },
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the look-up connector: what it is for, and what the last check found of it."""

    label: str | Promise
    name: str
    why: str | Promise
    needed: bool
    state: str = ""

    @property
    def remark(self) -> str:
        """What is wrong with it; not having one that is not needed is not wrong."""
        if self.state == "lacks":
            if self.needed:
                return _("It is not in the connector.")
            return _("It is not in the connector; that is no harm.")
        return _("It is of another type, or too short.") if self.state == "unfit" else ""


@dataclass
class LookUpCard:
    """What one connection can find out by itself of one kind of document."""

    connection: AfasConnection
    of: PostedList = INVOICES

    @property
    def is_of_bookings(self) -> bool:
        """Whether it is about sales bookings rather than invoices that AFAS makes."""
        return self.of.kind == Kind.SALES_BOOKING

    @property
    def anchor(self) -> str:
        """The name of its card in the page."""
        return "look-up-bookings" if self.is_of_bookings else "look-up"

    @property
    def query(self) -> str:
        """What names its list in the addresses of its form and guide."""
        return "?list=bookings" if self.is_of_bookings else ""

    @property
    def connector(self) -> str:
        """The name of its connector."""
        return self.of.connector(self.connection)

    @property
    def control(self) -> str:
        """The control row: the order number of an invoice, administration/journal/entry."""
        return self.of.control(self.connection)

    @property
    def proven_at(self) -> datetime | None:
        """Since when AFAS is asked by itself."""
        return getattr(self.connection, f"{self.of.prefix}_proven_at")

    @property
    def proven(self) -> bool:
        """Whether AFAS is asked by itself."""
        return self.of.is_proven(self.connection)

    @property
    def waits_for_a_row(self) -> bool:
        """Whether everything is right but for a first document."""
        return self.of.problem(self.connection) == Problem.NO_ROW

    @property
    def tone(self) -> str:
        """How loud to say why not: an empty list may be nobody's fault."""
        return "info" if self.waits_for_a_row else "warn"

    @property
    def why_not(self) -> str:
        """What keeps us from asking, and what to do."""
        return proofs.why_not(self.connection, self.of)

    @property
    def quiet(self) -> str:
        """How long an absence proves nothing, in words."""
        return in_words(rhythm.quiet_time(self.connection))

    @property
    def sight(self) -> str:
        """The longest that AFAS took to show what it had confirmed; empty when never measured."""
        seconds = self.connection.sight_seconds
        return in_words(timedelta(seconds=seconds)) if seconds else ""

    @cached_property
    def columns(self) -> list[Column]:
        """What the connector must show, the needed columns first."""
        mapped = look_up_mapping_of(self.connection, self.of)
        return [
            Column(
                label=LOOK_UP_LABELS[self.of.kind][name],
                name=mapped[name],
                why=why,
                needed=name in self.of.mapping.NEEDED,
                state=self._state_of(name, mapped[name]),
            )
            for name, why in WHY[self.of.kind].items()
            if mapped[name]
        ]

    @property
    def has(self) -> str:
        """The columns that the connector has, when one that is needed is missing."""
        return ", ".join(self._found.get("has", ())) if self._found.get("lacks") else ""

    def _state_of(self, name: str, column: str) -> str:
        """What the last check found of a column; empty when AFAS told nothing about them."""
        if name in self._found.get("unfit", ()):
            return "unfit"
        has = self._found.get("has", ())
        if not has:
            return ""
        return "there" if column in has else "lacks"

    @cached_property
    def _found(self) -> dict[str, Any]:
        return proofs.detail_of(self.connection, self.of)


def in_words(duration: timedelta) -> str:
    """A duration to the second: "20 min", "20 min 12 s", "45 s"."""
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    if not minutes:
        return _("%(seconds)s s") % {"seconds": seconds}
    if not seconds:
        return _("%(minutes)s min") % {"minutes": minutes}
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds}

"""What a check found of the look-up connector: proof, or the problem and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.afas.posted import ListMapping
from integrations.afas.records import FieldInfo
from integrations.models import AfasConnection, Kind
from integrations.services.lists import INVOICES, PostedList

LONGEST_REFERENCE = 12
DETAILS = ("lacks", "unfit", "has", "said", "waits")
NOT_TEXT = frozenset({"boolean", "date", "blob"})
UNFIT_TYPES: Mapping[str, frozenset[str]] = {
    "reference": NOT_TEXT | {"int", "decimal"},
    "order_number": NOT_TEXT | {"decimal"},
    "entry_number": NOT_TEXT | {"decimal"},
    "invoice_number": NOT_TEXT | {"decimal"},
    "journal": NOT_TEXT | {"decimal"},
    "debtor": NOT_TEXT | {"decimal"},
}


class Problem(StrEnum):
    """Why nothing can be looked up in a list; kept with the connection."""

    NOT_GRANTED = "not_granted"
    COLUMNS = "columns"
    NO_ROW = "no_row"
    UNREADABLE = "unreadable"
    REFERENCE = "reference"
    SEVERAL = "several"


SENTENCES: Mapping[str, Mapping[str, Any]] = {
    Kind.SALES_BOOKING: {
        Problem.NO_ROW: gettext_lazy(
            "%(connector)s shows no entry of this administration. If AFAS has none yet, the first "
            "booking that we send and see there proves it, and you need not do anything. If there "
            "are entries, a filter of the connector or the rights of its user hide them."
        ),
        Problem.REFERENCE: gettext_lazy(
            "%(connector)s shows our bookings without our reference, so another field stands in "
            "that column. Put the voucher number (BpNr) of the debtor line into it, then press "
            "“Test again”."
        ),
        Problem.SEVERAL: gettext_lazy(
            "%(connector)s shows an entry more than once. Filter it on debtor lines, so that each "
            "entry is one row, then press “Test again”."
        ),
    }
}
"""Where the list of bookings needs another sentence than that of invoices."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a check found: a control row, or the problem.

    `lacks` names what has no column, `unfit` what has one of another type, in the words of the
    list's mapping; `has` are the connector's columns, `said` is a sentence about the refusal.
    `waits`: there are rows, and none of ours that shows whether a column of the customer's own
    choice is our reference. Taking another field for it would make every invoice "not there".
    """

    control: str = ""
    problem: str = ""
    lacks: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    said: str = ""
    waits: bool = False

    def detail(self) -> dict[str, Any]:
        """What a page shows of it beside the problem."""
        told = {
            "lacks": self.lacks,
            "unfit": self.unfit,
            "has": self.has,
            "said": self.said,
            "waits": self.waits,
        }
        return {name: value for name, value in told.items() if value}


def unfit_columns(
    fields: Iterable[FieldInfo], names: ListMapping
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is mapped to no column, and what to one that cannot hold it.

    What is not needed must be there only under a name of one's own.
    """
    by_name = {one.name: one for one in fields}
    usual, mapped = _by_name(type(names)()), _by_name(names)
    wanted = {
        name
        for name, column in mapped.items()
        if name in names.NEEDED or (column and column != usual[name])
    }
    there = {name: by_name[column] for name, column in mapped.items() if column in by_name}
    lacks = [name for name in mapped if name in wanted - there.keys()]
    unfit = [name for name, column in there.items() if _is_unfit(name, column)]
    return tuple(lacks), tuple(unfit)


def detail_of(connection: AfasConnection, of: PostedList = INVOICES) -> dict[str, Any]:
    """What the last check kept of a list, as `Proof.detail` gave it, with its connector's name."""
    wanted = of.connector(connection).lower()
    of_it = (one for one in connection.findings if str(one.get("connector", "")).lower() == wanted)
    return next(of_it, {})


def detail_kept(connection: AfasConnection, connector: str) -> dict[str, Any]:
    """Only what a check found of a connector, by its name in small letters."""
    for one in connection.findings:
        if str(one.get("connector", "")).lower() == connector:
            return {name: value for name, value in one.items() if name in DETAILS}
    return {}


def why_not(connection: AfasConnection, of: PostedList = INVOICES) -> str:
    """Why nothing can be looked up in a list, and what to do; empty when it can."""
    if of.is_proven(connection):
        return ""
    found = detail_of(connection, of)
    values = {"connector": of.connector(connection), "said": found.get("said", "")}
    if found.get("waits"):
        return (
            _(
                "%(connector)s can be read. Whether the column that you chose holds our reference "
                "shows with the first document that we send and see there; you need not do "
                "anything."
            )
            % values
        )
    sentence = SENTENCES.get(of.kind, {}).get(of.problem(connection))
    return str(sentence) % values if sentence else _sentence(of.problem(connection)) % values


def _sentence(problem: str) -> str:
    sentences = {
        Problem.NOT_GRANTED: _(
            "AFAS does not let us read %(connector)s. Make that connector in AFAS, add it to the "
            "app connector, then press “Test again”."
        ),
        Problem.COLUMNS: _(
            "%(connector)s lacks a column that we need, or has one of another type. Put the field "
            "into the connector, or name its column below, then press “Test again”."
        ),
        Problem.NO_ROW: _(
            "%(connector)s shows no invoice of this administration. If AFAS has none yet, the "
            "first one that we send and see there proves it, and you need not do anything. If "
            "there are invoices, a filter of the connector or the rights of its user hide them."
        ),
        Problem.UNREADABLE: _(
            "%(connector)s could not be read. %(said)s Let the AFAS administrator look at the "
            "connector, then press “Test again”."
        ),
        Problem.REFERENCE: _(
            "%(connector)s shows our invoices without our reference, so another field stands in "
            "that column. Put the field RfCs of the invoice into it, then press “Test again”."
        ),
        Problem.SEVERAL: _(
            "%(connector)s shows an invoice more than once. Leave the fields of the lines out of "
            "the connector, so that each invoice is one row, then press “Test again”."
        ),
    }
    untried = _("It has not been tried yet. Press “Test again”.")
    return sentences.get(Problem(problem), untried) if problem in set(Problem) else untried


def _by_name(names: ListMapping) -> dict[str, str]:
    return msgspec.structs.asdict(names)


def _is_unfit(name: str, column: FieldInfo) -> bool:
    """Whether this column cannot hold that; a reference that AFAS cuts off is never found."""
    cut_off = name == "reference" and 0 < (column.length or 0) < LONGEST_REFERENCE
    return cut_off or column.data_type in UNFIT_TYPES.get(name, NOT_TEXT)

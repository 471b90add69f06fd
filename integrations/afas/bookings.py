"""Sales bookings: an invoice that we made, as the journal entry that AFAS books.

One debtor line, a revenue line per account, VAT code, cost centre and project, and a VAT line per
VAT code. An amount is always positive and stands on one side; a credit note is the same entry with
its sides swapped. Built like documents: the same data gives the same bytes, text is cut, a code or
an amount that does not fit is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from integrations.afas.building import (
    CannotBuild,
    body,
    described,
    number,
    objects,
    optional,
    own_reference,
    required,
    unchanged,
)
from integrations.afas.records import decode
from integrations.afas.text import one_line

SALES_BOOKING = "FiEntries"
ENTRY = "FiEntryPar"
LINES = SALES_BOOKING
ALLOCATIONS = "FiDimEntries"

ENTRY_NUMBER = "EnNo"
INVOICE_NUMBER = "InId"
UNIT = "UnId"

MOST_LINES = 1000
LONGEST_INVOICE_NUMBER = 12
WHOLE_DIGITS = 16
CENTS = 2  # AFAS takes ten decimals; what is owed has two
AXES = range(1, 6)
LEDGER, DEBTOR = "1", "2"
ON_THE_HEAD = {"Year", "Peri", UNIT, "JoCo"}
ON_EVERY_LINE = {"VaAs", "AcNr", "EnDa", INVOICE_NUMBER, "BpNr", "AmDe", "AmCr"}


@dataclass(frozen=True, kw_only=True)
class RevenueLine:
    """Revenue on one account, VAT code, cost centre and project.

    `amount` is EUR excl. VAT: above zero is credited, below zero debited, never zero.
    """

    account: str
    amount: Decimal
    vat_code: str = ""
    description: str = ""
    cost_centre: str = ""
    project: str = ""


@dataclass(frozen=True, kw_only=True)
class VatLine:
    """The VAT of one VAT code. `amount` is EUR, its sign as that of revenue, never zero."""

    account: str
    amount: Decimal
    vat_code: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class BookingData:
    """One sales invoice or credit note, ready to be booked.

    `total` is EUR incl. VAT, below zero for a credit note, and the sum of all other lines.
    `entry_date` falls in `period` of the financial `year`; `document_date` is that of the invoice.
    `invoice_number` goes to AFAS letter for letter, at most 12 characters; `reference` is ours, at
    most 12. `description` is that of the debtor line, and of the lines without one of their own.
    `cost_centre_axis` is the allocation axis, 1 to 5, on which AFAS keeps the cost centres.
    """

    administration: int
    journal: str
    year: int
    period: int
    entry_date: date
    document_date: date
    invoice_number: str
    reference: str
    debtor_number: str
    total: Decimal
    revenue: Sequence[RevenueLine]
    vat: Sequence[VatLine]
    due_date: date | None = None
    description: str = ""
    cost_centre_axis: int = 1


def sales_booking(data: BookingData) -> bytes:
    """The body of a POST to FiEntries, balanced to the cent.

    Raises CannotBuild, among others ("total", "not_balanced"), ("total", "zero"),
    ("lines", "missing"), ("lines", "too_many") and ("invoice_number", "too_long"). The line it
    names is that of the entry, in which the debtor's is the first.
    """
    _check(data)
    head = {
        "Year": data.year,
        "Peri": data.period,
        "UnId": data.administration,
        "JoCo": required(data.journal, ENTRY, "JoCo", "journal"),
    }
    lines = [{"Fields": _debtor_line(data)}, *_ledger_lines(data)]
    if data.total != sum(line.amount for line in _unowed(data)):
        raise CannotBuild("total", "not_balanced")
    return body(ENTRY, {"Fields": head, **objects(LINES, lines)})


def entry_path(administration: int | str, journal: str, entry_number: str) -> tuple[str, ...]:
    """Where a DELETE finds a booking, for `AfasClient.delete(SALES_BOOKING, …)`."""
    where = f"{administration},{journal}"
    return (ENTRY, "UnId,JoCo", where, LINES, f"@{ENTRY_NUMBER}", entry_number)


@dataclass(frozen=True)
class BookedAs:
    """What a body of ours books. `total` is EUR incl. VAT, below zero for a credit note."""

    debtor: str
    total: Decimal
    invoice_number: str
    reference: str
    journal: str
    unit: str
    year: int
    period: int
    entry_date: date


@dataclass(frozen=True)
class BookedLine:
    """One line of a booking; `account` is a ledger account or the debtor's number."""

    kind: Literal["debtor", "ledger"]
    account: str
    description: str
    vat_code: str
    cost_centre: str
    project: str
    debit: Decimal
    credit: Decimal


def booked_as(body: str) -> BookedAs | None:
    """What a body that `sales_booking` built books; None when it is no such body."""
    head, lines = _read(body)
    owed = next((line["Fields"] for line in lines if line["Fields"]["VaAs"] == DEBTOR), None)
    if owed is None:
        return None
    return BookedAs(
        debtor=owed["AcNr"],
        total=Decimal(owed["AmDe"]) - Decimal(owed["AmCr"]),
        invoice_number=owed["InId"],
        reference=owed["BpNr"],
        journal=head["JoCo"],
        unit=str(head["UnId"]),
        year=head["Year"],
        period=head["Peri"],
        entry_date=date.fromisoformat(owed["EnDa"]),
    )


def lines_of(body: str) -> list[BookedLine]:
    """The lines of a body that `sales_booking` built, in its order; none of any other body."""
    _, lines = _read(body)
    return [_booked_line(line) for line in lines]


def _check(data: BookingData) -> None:
    if not data.revenue:
        raise CannotBuild("lines", "missing")
    if 1 + len(data.revenue) + len(data.vat) > MOST_LINES:
        raise CannotBuild("lines", "too_many")
    if data.cost_centre_axis not in AXES:
        raise CannotBuild("cost_centre_axis", "invalid")


def _unowed(data: BookingData) -> tuple[RevenueLine | VatLine, ...]:
    """All lines but that of the debtor, in the order in which they are booked."""
    return (*data.revenue, *data.vat)


def _debtor_line(data: BookingData) -> dict[str, Any]:
    account = required(data.debtor_number, LINES, "AcNr", "debtor_number")
    return {
        **_line(data, DEBTOR, account, data.description),
        **_sides(data.total, "total"),
        **({"DaEx": data.due_date.isoformat()} if data.due_date else {}),
        "Fref": data.invoice_number,
    }


def _ledger_lines(data: BookingData) -> Iterator[dict[str, Any]]:
    for place, line in enumerate(_unowed(data), 2):
        try:
            yield _vat(data, line) if isinstance(line, VatLine) else _revenue(data, line)
        except CannotBuild as error:
            raise CannotBuild(error.field, error.reason, error.line or place) from None


def _revenue(data: BookingData, line: RevenueLine) -> dict[str, Any]:
    sides = _sides(line.amount.copy_negate(), "amount")
    fields = {
        **_ledger_line(data, line),
        **sides,
        **optional(line.vat_code, LINES, "VaId", "vat_code"),
        **optional(line.project, LINES, "PrId", "project"),
    }
    axis = f"DiC{data.cost_centre_axis}"
    cost_centre = optional(line.cost_centre, ALLOCATIONS, axis, "cost_centre")
    if not cost_centre:
        return {"Fields": fields}
    return {"Fields": fields, **objects(ALLOCATIONS, [{"Fields": cost_centre | sides}])}


def _vat(data: BookingData, line: VatLine) -> dict[str, Any]:
    fields = {
        **_ledger_line(data, line),
        **_sides(line.amount.copy_negate(), "amount"),
        "VaId": required(line.vat_code, LINES, "VaId", "vat_code"),
    }
    return {"Fields": fields}


def _ledger_line(data: BookingData, line: RevenueLine | VatLine) -> dict[str, Any]:
    account = required(line.account, LINES, "AcNr", "account")
    return _line(data, LEDGER, account, one_line(line.description) or data.description)


def _line(data: BookingData, kind: str, account: str, description: str) -> dict[str, Any]:
    return {
        "VaAs": kind,
        "AcNr": account,
        "EnDa": data.entry_date.isoformat(),
        "BpDa": data.document_date.isoformat(),
        "InId": unchanged(data.invoice_number, LINES, "InId", "invoice_number"),
        "BpNr": own_reference(data.reference, LINES, "BpNr"),
        **described(description, LINES),
    }


def _sides(debit: Decimal, field: str) -> dict[str, Any]:
    """The amount on its side and nothing on the other; what is below zero is credited."""
    number(debit.copy_abs(), whole=WHOLE_DIGITS, places=CENTS, field=field)
    if not debit:
        raise CannotBuild(field, "zero")
    amount = msgspec.Raw(f"{debit.copy_abs():.{CENTS}f}".encode())
    return {"AmDe": amount, "AmCr": 0} if debit > 0 else {"AmDe": 0, "AmCr": amount}


def _read(body: str) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """Head and lines of a body of ours; empty for anything else."""
    try:
        element = decode(body.encode(), dict)[ENTRY]["Element"]
        head, lines = element["Fields"], element["Objects"][0][LINES]["Element"]
        ours = all(set(line["Fields"]) >= ON_EVERY_LINE for line in lines)
    except (msgspec.DecodeError, ValueError, LookupError, TypeError):
        return {}, ()
    return (head, lines) if ours and set(head) >= ON_THE_HEAD else ({}, ())


def _booked_line(line: Mapping[str, Any]) -> BookedLine:
    fields = line["Fields"]
    return BookedLine(
        kind="debtor" if fields["VaAs"] == DEBTOR else "ledger",
        account=fields["AcNr"],
        description=fields.get("Ds", ""),
        vat_code=fields.get("VaId", ""),
        cost_centre=_cost_centre(line),
        project=fields.get("PrId", ""),
        debit=Decimal(fields["AmDe"]),
        credit=Decimal(fields["AmCr"]),
    )


def _cost_centre(line: Mapping[str, Any]) -> str:
    parts = [
        one["Fields"] for part in line.get("Objects", ()) for one in part[ALLOCATIONS]["Element"]
    ]
    codes = (part[f"DiC{axis}"] for part in parts for axis in AXES if f"DiC{axis}" in part)
    return next(codes, "")

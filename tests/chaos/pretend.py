"""Looking into AFAS, and working in it by hand, as a colleague there would."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

REFERENCE = re.compile(r"TC[A-HJ-NP-Z2-9]{10}")


@dataclass(frozen=True, kw_only=True)
class Posted:
    """An invoice that AFAS holds, or held; `total` is EUR excl. VAT."""

    number: str
    reference: str
    debtor: str
    total: Decimal
    deleted_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Booked:
    """An entry of sales that the ledger holds, or held; `total` is EUR incl. VAT."""

    number: str
    reference: str
    unit: str
    invoice_number: str
    total: Decimal
    deleted_by: str = ""


@dataclass(frozen=True)
class Books:
    """What one environment holds at one moment. `subjects` are dossier items: number and words."""

    invoices: list[Posted]
    deleted: list[Posted]
    entries: list[Booked]
    deleted_entries: list[Booked]
    subjects: list[tuple[str, str]]
    debtors: list[dict[str, Any]]
    weather: dict[str, Any]

    def of(self, reference: str) -> list[Posted]:
        """The invoices that bear a reference now."""
        return [one for one in self.invoices if one.reference == reference]

    def booked(self, reference: str) -> list[str]:
        """The numbers of the entries that bear a reference now."""
        return [one.number for one in self.entries if one.reference == reference]

    def files(self, reference: str) -> list[str]:
        """The numbers of the dossier items that bear a reference."""
        return [number for number, words in self.subjects if _reference(words) == reference]

    def debtors_with(self, kvk: str) -> list[str]:
        """The numbers of the debtors of one organisation."""
        return [str(one["DebtorId"]) for one in self.debtors if one["ChOfCommNr"] == kvk]


@dataclass(frozen=True)
class Afas:
    """The doors of the pretend AFAS at `url`."""

    url: str

    def books(self, environment: str) -> Books:
        """Everything that AFAS's own screens show, without any delay."""
        state = self._call(f"state?environment={environment}", None)
        return Books(
            invoices=_posted(state["invoices"]),
            deleted=_posted(state["deleted_invoices"]),
            entries=_booked(state["entries"]),
            deleted_entries=_booked(state["deleted_entries"]),
            subjects=[(str(one["number"]), one["header"]["Ds"]) for one in state["subjects"]],
            debtors=state["debtors"],
            weather=state.get("weather", {}),
        )

    def order(self, door: str, **wish: Any) -> None:
        """Do something at one of the doors that `sandbox.control` lists."""
        self._call(door, wish)

    def _call(self, door: str, wish: dict[str, Any] | None) -> dict[str, Any]:
        """A colleague who finds AFAS away tries again for a while."""
        data = None if wish is None else json.dumps(wish).encode()
        until = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/_sandbox/{door}", data, 10) as answer:
                    found: dict[str, Any] = json.load(answer)
                    return found
            except urllib.error.HTTPError:
                raise
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)


def _posted(invoices: Iterable[dict[str, Any]]) -> list[Posted]:
    return [
        Posted(
            number=str(one["number"]),
            reference=_reference(str(one["header"].get("RfCs", ""))),
            debtor=str(one["header"].get("DbId", "")),
            total=Decimal(one["totals"]["excl_vat"]),
            deleted_by=one.get("deleted_by", ""),
        )
        for one in invoices
    ]


def _booked(entries: Iterable[dict[str, Any]]) -> list[Booked]:
    """By the line of the debtor, which each has once."""
    found = []
    for one in entries:
        owed = next(line for line in one["lines"] if line["VaAs"] == "2")
        debit, credit = (Decimal(str(owed.get(side) or 0)) for side in ("AmDe", "AmCr"))
        entry = Booked(
            number=str(one["number"]),
            reference=_reference(str(owed.get("BpNr", ""))),
            unit=str(one["header"]["UnId"]),
            invoice_number=str(one["invoice_number"]),
            total=debit - credit,
            deleted_by=one.get("deleted_by", ""),
        )
        found.append(entry)
    return found


def _reference(text: str) -> str:
    found = REFERENCE.search(text)
    return found[0] if found else text

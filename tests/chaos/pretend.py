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


@dataclass(frozen=True)
class Books:
    """What one environment holds at one moment."""

    invoices: list[Posted]
    deleted: list[Posted]
    debtors: list[dict[str, Any]]
    weather: dict[str, Any]

    def of(self, reference: str) -> list[Posted]:
        """The invoices that bear a reference now."""
        return [one for one in self.invoices if one.reference == reference]

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


def _reference(text: str) -> str:
    found = REFERENCE.search(text)
    return found[0] if found else text

"""AFAS as it is: what it holds, when it shows it, what it refuses. It knows nothing of the wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from tests.hostile.stage import Stage

NEVER = float("inf")
ALWAYS = float("-inf")
Row = dict[str, Any]


class RefusedError(Exception):
    """AFAS's functional error: its sentence."""


@dataclass(eq=False)
class Order:
    """A direct invoice in AFAS. Times are the stage's; `things` are the entries billed with it."""

    number: str
    reference: str
    debtor: str
    total: Decimal
    things: set[str]
    shown_from: float
    deleted: bool = False
    hidden_from: float = NEVER

    def row(self) -> Row:
        """As the customer's own connector shows it."""
        return {
            "OrNu": self.number,
            "SinOrNu": f"F{self.number}",
            "DebtorId": self.debtor,
            "UnitId": 1,
            "RfCs": self.reference,
            "AmtExcl": float(self.total),
        }


@dataclass(eq=False)
class Debtor:
    """A debtor in AFAS; `ours` is the document that made it."""

    number: str
    name: str
    postcode: str
    city: str
    kvk: str
    shown_from: float = ALWAYS
    hidden_from: float = NEVER
    ours: bool = False

    def row(self) -> Row:
        """As ProfitDebtor shows it."""
        return {
            "DebtorId": self.number,
            "DebtorName": self.name,
            "AdressLine1": "Dorpsstraat 1",
            "AdressLine3": f"{self.postcode} {self.city}",
            "ChOfCommNr": self.kvk,
            "VatNr": "",
            "Blocked": False,
        }


class Shown(Protocol):
    """What a list shows for a while."""

    shown_from: float
    hidden_from: float


@dataclass(eq=False)
class Afas:
    """One environment. `lag` is the longest time until it shows what it has done."""

    stage: Stage
    lag: float = 240.0
    reuses_numbers: bool = False
    refuses_known_references: bool = False
    misses_rows: float = 0.0
    blind: tuple[float, float] = (NEVER, NEVER)
    orders: list[Order] = field(default_factory=list)
    debtors: list[Debtor] = field(default_factory=list)
    faulty: set[str] = field(default_factory=set)
    things_of: Callable[[str], set[str]] = lambda _reference: set()
    committed: Callable[[Order | Debtor], None] = lambda _what: None
    _missed: dict[str, int] = field(default_factory=dict)

    def live(self, reference: str) -> list[Order]:
        """The invoices that bear our reference and were not deleted; shown or not."""
        return [one for one in self.orders if not one.deleted and bears(one.reference, reference)]

    def debtor_of(self, kvk: str, number: str = "") -> Debtor | None:
        """The organisation with that KvK number, or the debtor with that number."""
        for one in self.debtors:
            if one.kvk == kvk or (number and one.number == number):
                return one
        return None

    def invoice(self, body: Mapping[str, Any]) -> str:
        """POST FbDirectInvoice: the order number. Raises RefusedError."""
        element = body["FbDirectInvoice"]["Element"]
        fields = element["Fields"]
        reference = str(fields["RfCs"])
        if reference in self.faulty:
            raise RefusedError("De ingevulde waarde bij 'Itemcode' bestaat niet.")
        if not any(one.number == fields["DbId"] for one in self.debtors):
            raise RefusedError("De ingevulde waarde bij 'Debiteur' bestaat niet.")
        if self.refuses_known_references and self.live(reference):
            raise RefusedError("De ingevulde waarde bij 'Referentie klant' bestaat al.")
        lines = element["Objects"][0]["FbDirectInvoiceLines"]["Element"]
        order = Order(
            number=self._next_number(),
            reference=reference,
            debtor=str(fields["DbId"]),
            total=sum((_net(line["Fields"]) for line in lines), Decimal(0)),
            things=self.things_of(reference),
            shown_from=self.soon(),
        )
        self.orders.append(order)
        self.stage.say("booked", order.number, reference, *sorted(order.things))
        self.committed(order)
        return order.number

    def create(self, body: Mapping[str, Any]) -> str:
        """POST KnSalesRelationOrg: the debtor number. Raises RefusedError."""
        element = body["KnSalesRelationOrg"]["Element"]
        organisation = element["Objects"][0]["KnOrganisation"]["Element"]
        address = organisation["Objects"][0]["KnBasicAddressAdr"]["Element"]["Fields"]
        number = element.get("@DbId", "")
        kvk = organisation["Fields"].get("CcNr", "")
        if kvk in self.faulty:
            raise RefusedError("Vul een waarde in bij 'Btw-plicht'.")
        if number and any(one.number == number for one in self.debtors):
            raise RefusedError("De ingevulde waarde bij 'Debiteurnummer' bestaat al.")
        debtor = Debtor(
            number=number or self._next_debtor(),
            name=organisation["Fields"]["Nm"],
            postcode=address.get("ZpCd", ""),
            city=address["Rs"],
            kvk=kvk,
            shown_from=self.soon(),
            ours=True,
        )
        self.debtors.append(debtor)
        self.stage.say("created debtor", debtor.number, debtor.name, debtor.kvk)
        self.committed(debtor)
        return debtor.number

    def delete(self, number: str) -> Order:
        """DELETE FbDirectInvoice, by a program or by hand. Raises RefusedError."""
        for order in self.orders:
            if order.number == number and not order.deleted:
                order.deleted, order.hidden_from = True, self.soon()
                self.stage.say("deleted", number, order.reference)
                return order
        raise RefusedError("De ingevulde waarde bij 'Ordernummer' bestaat niet.")

    def posted(self) -> Iterator[Row]:
        """What the connector of direct invoices shows now."""
        return (one.row() for one in self.orders if self.shows(one))

    def known(self) -> Iterator[Row]:
        """What ProfitDebtor shows now."""
        return (one.row() for one in self.debtors if self.shows(one))

    def shows(self, one: Shown) -> bool:
        """Whether a list shows it at this moment."""
        now = self.stage.now
        is_blind = self.blind[0] <= now < self.blind[1]
        return not is_blind and one.shown_from <= now < one.hidden_from

    def misses(self, row: Row) -> bool:
        """An invoice that was asked for stays out of the answer, never three times on end."""
        number = row.get("OrNu", "")
        if not self.misses_rows or not number or number == self.orders[0].number:
            return False
        missed = self._missed.get(number, 0)
        misses = missed < 2 and self.stage.random.random() < self.misses_rows
        self._missed[number] = missed + 1 if misses else 0
        return misses

    def _next_number(self) -> str:
        counted = [one for one in self.orders if not (self.reuses_numbers and one.deleted)]
        return str(max(int(one.number) for one in counted) + 1)

    def _next_debtor(self) -> str:
        return str(max(int(one.number) for one in self.debtors) + 1)

    def soon(self) -> float:
        """When it shows what it does now."""
        return self.stage.now + self.stage.random.uniform(0, self.lag)


def bears(text: str, reference: str) -> bool:
    """Whether our reference stands in AFAS's field as a word of its own."""
    return reference in re.split(r"[^A-Za-z0-9]+", text)


def _net(fields: Mapping[str, Any]) -> Decimal:
    amount = Decimal(str(fields["QuUn"])) * Decimal(str(fields["Upri"]))
    return amount.quantize(Decimal("0.01"))

"""Somebody who looks into AFAS before saying or doing anything: what is there is what counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from accounts.models import User
from integrations.models import AfasDocument, Kind
from tests.hostile.afas import Order
from tests.hostile.hazards import Fate
from tests.hostile.ledger import Entry, Ledger
from tests.hostile.stage import Stage
from tests.hostile.truth import Truth
from tests.hostile.wire import Wire
from tests.hostile.world import Firm

DOCUMENT = "integrations_afasdocument"
RELATED = ("connection__company", "company", "customer", "target__invoice", "invoice")
REASON = "Looked it up in AFAS."


@dataclass
class Colleague:
    """Somebody with the rights to bill in one company.

    `by_hand` are documents whose invoice or entry somebody deleted in AFAS and has to state here.
    """

    stage: Stage
    fate: Fate
    wire: Wire
    truth: Truth
    firm: Firm
    done: int = 0
    by_hand: set[str] = field(default_factory=set)
    unasked: set[str] = field(default_factory=set)
    tried: Counter[str] = field(default_factory=Counter)
    _by: User | None = None

    @property
    def by(self) -> User:
        """Who answers."""
        if self._by is None:
            self._by = User.objects.get(pk=self.firm.biller)
        return self._by

    @property
    def ledger(self) -> Ledger:
        """AFAS's books."""
        return self.wire.ledger

    def open(self, reference: str) -> AfasDocument:
        """Look at the page of a document."""
        return AfasDocument.objects.select_related(*RELATED).get(reference=reference)

    def note(self, reference: str, *words: object) -> None:
        """Something was done about a document."""
        self.done += 1
        self.stage.say(*words, reference)

    def think(self, longest: float) -> None:
        """A while passes between looking and pressing."""
        self.stage.wait(self.stage.random.uniform(0, longest))

    def standing(self, document: AfasDocument) -> list[Order] | list[Entry]:
        """What AFAS holds now of an invoice or a booking. One that a colleague keyed counts when it
        was taken over as this document's."""
        if document.kind == Kind.DIRECT_INVOICE:
            return self.wire.afas.live(document.reference)
        ours = self.ledger.live(document.reference)
        return ours or [one for one in self._keyed(document) if one.number == document.entry_number]

    def number_in_afas(self, document: AfasDocument) -> str:
        """What this person sees in AFAS: the number, or nothing. A deletion is there when done."""
        match document.kind:
            case Kind.CUSTOMER if document.customer:
                found = self.wire.afas.debtor_of(document.customer.kvk_number)
                return found.number if found else ""
            case Kind.DELETION if document.target:
                return "" if self.standing(document.target) else "gone"
            case Kind.ATTACHMENT:
                numbers = [one.number for one in self.ledger.files(document.reference)]
            case Kind.SALES_BOOKING:
                ours = self.ledger.live(document.reference)
                numbers = [one.number for one in [*ours, *self._keyed(document)]]
            case _:
                numbers = [one.number for one in self.wire.afas.live(document.reference)]
        return numbers[0] if numbers else ""

    def is_keyed_only(self, document: AfasDocument) -> bool:
        """Whether all that AFAS holds of a booking is what a colleague keyed."""
        return bool(self._keyed(document)) and not self.ledger.live(document.reference)

    def _keyed(self, document: AfasDocument) -> list[Entry]:
        if document.kind != Kind.SALES_BOOKING or document.invoice is None:
            return []
        unit = str(document.administration)
        return [one for one in self.ledger.keyed(document.invoice.number) if one.unit == unit]

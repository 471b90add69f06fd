"""AFAS's ledger as it is: entries, and the files in its dossier. It knows nothing of the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.hostile.afas import ALWAYS, NEVER, Afas, RefusedError, Row, bears

JOURNAL, MEMO = "20", "90"
UNITS = range(1, 9)
CONTROL_ENTRY = "5001"


class UnbalancedError(BaseException):
    """We send an entry whose sides differ; nothing of ours may swallow that."""


@dataclass(eq=False)
class Entry:
    """A sales invoice in the ledger: its debtor line. Times are the stage's.

    `by_hand`: a colleague keyed it. `paid`: AFAS does not delete it any more.
    """

    number: str
    unit: str
    journal: str
    reference: str
    invoice_number: str
    debtor: str
    total: Decimal
    shown_from: float = ALWAYS
    hidden_from: float = NEVER
    deleted: bool = False
    by_hand: bool = False
    paid: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Administration, journal and number: what tells it from all others."""
        return (self.unit, self.journal, self.number)

    def row(self) -> Row:
        """As the customer's own connector shows it."""
        return {
            "UnitId": int(self.unit),
            "JournalId": self.journal,
            "EntryNr": self.number,
            "VoucherNo": self.reference,
            "InvoiceNr": self.invoice_number,
            "AccountNr": self.debtor,
            "AmtDebit": float(max(self.total, Decimal(0))),
            "AmtCredit": float(max(-self.total, Decimal(0))),
        }


@dataclass(eq=False)
class Subject:
    """A file in the dossier, at a booked invoice. No list of AFAS shows it."""

    number: str
    words: str
    unit: str
    invoice_number: str


@dataclass(eq=False)
class Ledger:
    """The books of one environment, in all its administrations.

    `refuses_used`: AFAS takes an invoice number once per administration, as it says it does; where
    it does not, our own rules alone must hold. `asked` is what each invoice of ours asks, EUR incl.
    VAT; `hidden` when an authorisation filter hides the journal of sales.
    """

    afas: Afas
    refuses_used: bool = True
    reuses_numbers: bool = False
    hidden: tuple[float, float] = (NEVER, NEVER)
    entries: list[Entry] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    asked: Callable[[], Mapping[str, Decimal]] = dict
    booked: Callable[[Entry], None] = lambda _entry: None
    filed: Callable[[Subject], None] = lambda _subject: None

    def live(self, reference: str) -> list[Entry]:
        """What we booked under this reference, and nobody deleted; shown or not."""
        ours = (one for one in self._live() if not one.by_hand)
        return [one for one in ours if bears(one.reference, reference)]

    def of_invoice(self, number: str) -> list[Entry]:
        """The entries of one invoice that were not deleted, whoever booked them."""
        return [one for one in self._live() if one.invoice_number == number]

    def keyed(self, number: str) -> list[Entry]:
        """Those of them that a colleague keyed, without typos."""
        keyed = (one for one in self.of_invoice(number) if one.by_hand)
        return [one for one in keyed if not self.is_mistyped(one)]

    def is_mistyped(self, entry: Entry) -> bool:
        """Whether a colleague keyed something that no invoice of ours asks."""
        return entry.by_hand and self.asked().get(entry.invoice_number) != entry.total

    def files(self, reference: str) -> list[Subject]:
        """The dossier items that bear our reference."""
        return [one for one in self.subjects if bears(one.words, reference)]

    def book(self, body: Mapping[str, Any]) -> Row:
        """POST FiEntries: AFAS's answer. Raises RefusedError."""
        head, lines = _parts(body)
        owed = next(line for line in lines if line["VaAs"] == "2")
        reference, number = str(owed["BpNr"]), str(owed["InId"])
        if sum(map(_debit, lines), Decimal(0)):
            raise UnbalancedError(reference)
        if reference in self.afas.faulty:
            period = f"periode {head['Peri']} van het jaar {head['Year']}"
            raise RefusedError(f"Voor deze administratie is {period} geblokkeerd.")
        entry = self._entry(str(head["UnId"]), head["JoCo"], reference, number)
        entry.debtor, entry.total = str(owed["AcNr"]), _debit(owed)
        self._enter(entry)
        return {"UnId": entry.unit, "EnNo": entry.number, "InId": number}

    def key_in(self, unit: str, number: str, words: str, debtor: str, total: Decimal) -> Entry:
        """A colleague books an invoice of ours by hand. Raises RefusedError."""
        entry = self._entry(unit, JOURNAL, words, number)
        entry.debtor, entry.total, entry.by_hand = debtor, total, True
        self._enter(entry)
        return entry

    def delete(self, key: tuple[str, str, str]) -> Entry:
        """DELETE FiEntries, by a program or by hand. Raises RefusedError."""
        for entry in self._live():
            if entry.key == key:
                self._refuse_paid(entry)
                entry.deleted, entry.hidden_from = True, self.afas.soon()
                self.afas.stage.say("deleted entry", *key, entry.reference)
                return entry
        raise RefusedError("De ingevulde waarde bij 'Nummer journaalpost' bestaat niet.")

    def file(self, body: Mapping[str, Any]) -> str:
        """POST KnSubject: the number of the dossier item. Raises RefusedError."""
        element = body["KnSubject"]["Element"]
        link, words = _link(element), str(element["Fields"]["Ds"])
        if any(one in words.split() for one in self.afas.faulty):
            raise RefusedError("De ingevulde waarde bij 'Type dossieritem' bestaat niet.")
        unit, number = str(link["SiUn"]), str(link["SiId"])
        if not any(one.unit == unit for one in self.of_invoice(number)):
            raise RefusedError("De ingevulde waarde bij 'Verkoopfactuur' bestaat niet.")
        subject = Subject(str(len(self.subjects) + 1), words, unit, number)
        self.subjects.append(subject)
        self.afas.stage.say("filed", subject.number, words)
        self.filed(subject)
        return subject.number

    def shown(self) -> Iterator[Row]:
        """What the connector of entries shows now."""
        now = self.afas.stage.now
        is_hidden = self.hidden[0] <= now < self.hidden[1]
        for one in self.entries:
            if self.afas.shows(one) and not (is_hidden and one.journal == JOURNAL):
                yield one.row()

    def _live(self) -> Iterator[Entry]:
        return (one for one in self.entries if not one.deleted)

    def _entry(self, unit: str, journal: str, reference: str, number: str) -> Entry:
        own = [one for one in self.entries if (one.unit, one.journal) == (unit, journal)]
        counted = [one for one in own if not (self.reuses_numbers and one.deleted)]
        free = str(max(int(one.number) for one in counted) + 1)
        return Entry(
            number=free,
            unit=unit,
            journal=journal,
            reference=reference,
            invoice_number=number,
            debtor="",
            total=Decimal(0),
            shown_from=self.afas.soon(),
        )

    def _enter(self, entry: Entry) -> None:
        if all(one.number != entry.debtor for one in self.afas.debtors):
            raise RefusedError("De ingevulde waarde bij 'Debiteur' bestaat niet.")
        used = [one for one in self.of_invoice(entry.invoice_number) if one.unit == entry.unit]
        if used and (self.refuses_used or entry.by_hand):
            where = f"in Financieel bij relatienummer {used[0].debtor}"
            raise RefusedError(f"Factuurnummer {entry.invoice_number} wordt al gebruikt {where}.")
        self.entries.append(entry)
        who = "keyed" if entry.by_hand else "entered"
        self.afas.stage.say(who, *entry.key, entry.reference, entry.invoice_number)
        self.booked(entry)

    def _refuse_paid(self, entry: Entry) -> None:
        if entry.paid:
            said = "is afgeletterd of betaald en kan niet meer worden verwijderd"
            raise RefusedError(f"Journaalpost {entry.number} {said}.")


def control_entries() -> list[Entry]:
    """What every administration holds already: an entry of sales, and a memo of the same number."""
    return [
        Entry(
            CONTROL_ENTRY, str(unit), journal, "2025-001", f"2025-{journal}", "10001", Decimal(10)
        )
        for unit in UNITS
        for journal in (JOURNAL, MEMO)
    ]


def _parts(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    element = body["FiEntryPar"]["Element"]
    lines = element["Objects"][0]["FiEntries"]["Element"]
    return element["Fields"], [line["Fields"] for line in lines]


def _debit(line: Mapping[str, Any]) -> Decimal:
    """What a line adds to the debit side, EUR."""
    return Decimal(str(line["AmDe"])) - Decimal(str(line["AmCr"]))


def _link(element: Mapping[str, Any]) -> Mapping[str, Any]:
    parts: dict[str, Any] = {}
    for part in element["Objects"]:
        parts |= part
    found: Mapping[str, Any] = parts["KnSubjectLink"]["Element"]["Fields"]
    return found

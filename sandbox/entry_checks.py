"""What AFAS checks of an entry before it books it: size, period, accounts, allocation, balance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from sandbox import ledger, sentences
from sandbox.ledger import Account
from sandbox.payloads import Received
from sandbox.sentences import Refusal
from sandbox.store import Store

MOST_LINES = 1000
WIDE = 60  # digits: a thousand of AFAS's widest amounts
SIDES = ("AmDe", "AmCr")


@dataclass(frozen=True)
class Axis:
    """An allocation axis, as a sentence names it."""

    code: str
    dutch: str
    english: str

    def name(self, language: str) -> str:
        """Its name in "nl" or "en"."""
        return self.dutch if language == "nl" else self.english


AXES = {
    "1": Axis("1", "Kostenplaats", "Cost center"),
    "2": Axis("2", "Kostendrager", "Cost object"),
}


@dataclass(frozen=True)
class _Blocked:
    accounts: set[str]
    vat_codes: set[str]


def check(store: Store, environment: str, entry: Received) -> Decimal:
    """The debit side of a right entry in EUR, which equals its credit side. Raises Refusal."""
    lines = entry.objects.get("FiEntries", [])
    _check_size(lines)
    _check_journal(store, environment, entry)
    _check_period(store, environment, entry)
    blocked = _Blocked(
        ledger.blocked(store, environment, ledger.ACCOUNT),
        ledger.blocked(store, environment, ledger.VAT_CODE),
    )
    for line in lines:
        _check_date(entry, line)
        _check_account(store, environment, line, blocked)
        _check_amounts(line)
    return _balanced_total(lines)


def _check_size(lines: list[Received]) -> None:
    if not lines:
        raise Refusal(sentences.NO_ENTRY_LINES)
    if len(lines) > MOST_LINES:
        raise Refusal(sentences.TOO_MANY_LINES, str(len(lines)), str(MOST_LINES))


def _check_journal(store: Store, environment: str, entry: Received) -> None:
    if entry.text("JoCo") in ledger.blocked(store, environment, ledger.JOURNAL):
        raise Refusal(sentences.JOURNAL_BLOCKED, entry.text("JoCo"))


def _check_period(store: Store, environment: str, entry: Received) -> None:
    year, period = _period(entry)
    if year not in ledger.years():
        raise Refusal(sentences.DOES_NOT_EXIST, entry.field("Year"))
    if not 1 <= period <= ledger.LAST_PERIOD:
        raise Refusal(sentences.DOES_NOT_EXIST, entry.field("Peri"))
    if (year, period) in ledger.blocked_periods(store, environment):
        raise Refusal(sentences.PERIOD_BLOCKED, str(period), str(year))


def _check_date(entry: Received, line: Received) -> None:
    day = date.fromisoformat(line.text("EnDa"))
    if ledger.period_of(day) != _period(entry):
        year, period = _period(entry)
        written = f"{day.day}-{day.month}-{day.year}"
        raise Refusal(sentences.DATE_OUTSIDE_PERIOD, written, str(period), str(year))


def _period(entry: Received) -> tuple[int, int]:
    return int(entry.text("Year")), int(entry.text("Peri"))


def _check_account(store: Store, environment: str, line: Received, blocked: _Blocked) -> None:
    number, vat_code = line.text("AcNr"), line.text("VaId")
    if vat_code and vat_code not in ledger.vat_codes():
        raise Refusal(sentences.NO_FOREIGN_KEY, line.field("VaId"), "KnVat")
    is_ledger = line.text("VaAs") == ledger.LEDGER_LINE
    account = ledger.accounts().get(number) if is_ledger else None
    if account is None and not _is_debtor(store, environment, line):
        raise Refusal(sentences.NO_FOREIGN_KEY, line.field("AcNr"), "KnAnt1")
    if account and number in blocked.accounts:
        raise Refusal(sentences.ACCOUNT_BLOCKED, number)
    if vat_code:
        _check_vat_code(number, vat_code, account, blocked)
    if account:
        _check_axes(line, account)


def _check_vat_code(number: str, vat_code: str, account: Account | None, blocked: _Blocked) -> None:
    if account is None or not account.takes(vat_code):
        raise Refusal(sentences.VAT_NOT_ALLOWED, number)
    if vat_code in blocked.vat_codes:
        raise Refusal(sentences.VAT_CODE_BLOCKED, vat_code)


def _is_debtor(store: Store, environment: str, line: Received) -> bool:
    """There are no creditors here, and a relation that is not marked as debtor is none."""
    if line.text("VaAs") != ledger.DEBTOR_LINE:
        return False
    debtor = store.get("debtor", environment, line.text("AcNr"))
    return debtor is not None and bool(debtor.get("IsDb", True))


def _check_axes(line: Received, account: Account) -> None:
    parts = line.objects.get("FiDimEntries", [])
    for axis in account.axes:
        if not parts or not all(part.text(f"DiC{axis}") for part in parts):
            raise Refusal(sentences.AXIS_MISSING, AXES[axis], account.number)


def _check_amounts(line: Received) -> None:
    """One side of a line is filled; its allocation adds up to it.

    A single part without an amount takes the whole line.
    """
    if all(line.number(side) for side in SIDES):
        raise Refusal(sentences.BOTH_SIDES)
    parts = line.objects.get("FiDimEntries", [])
    is_whole = len(parts) == 1 and not any(parts[0].number(side) for side in SIDES)
    if parts and not is_whole and _sides(parts) != _sides([line]):
        raise Refusal(sentences.ALLOCATION_DIFFERS, line.text("AcNr"))


def _balanced_total(lines: list[Received]) -> Decimal:
    debit, credit = _sides(lines)
    if debit != credit:
        raise Refusal(sentences.NOT_BALANCED, str(debit), str(credit))
    return debit


def _sides(parts: list[Received]) -> tuple[Decimal, Decimal]:
    """Debit and credit, added up."""
    debit, credit = (_sum(part.number(side) for part in parts) for side in SIDES)
    return debit, credit


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    with localcontext(prec=WIDE):
        return sum((amount for amount in amounts if amount is not None), Decimal("0.00"))

"""What Studio Eik has booked already, where the pretend AFAS is started with it."""

from decimal import Decimal
from pathlib import Path

from sandbox import examples, ledger
from sandbox.store import Store
from sandbox.testing import running

EIK = "54321"


def test_the_books_are_empty_unless_they_are_asked_for() -> None:
    with running() as sandbox:
        assert sandbox.state(EIK)["entries"] == []


def test_every_entry_balances_and_names_accounts_and_codes_that_exist() -> None:
    store = Store()
    examples.fill(store)
    for entry in store.all("entry", EIK):
        lines = entry["lines"]
        debit, credit = (sum(Decimal(line[side]) for line in lines) for side in ("AmDe", "AmCr"))
        assert debit == credit == Decimal(entry["total"])
        debtor, *others = lines
        assert store.get("debtor", EIK, debtor["AcNr"])
        for line in others:
            account = ledger.accounts()[line["AcNr"]]
            assert account.takes(line["VaId"]), line


def test_what_was_paid_is_open_no_more_and_what_was_paid_in_part_for_the_rest() -> None:
    store = Store()
    examples.fill(store)
    left = {one["InvoiceNr"]: one["Balance"] for one in store.all("open item", EIK)}
    assert {"E00001", "E00002"}.isdisjoint(left)
    assert left["E00003"] == "607.95"
    assert left["E00007"] == "-1815.00"


def test_they_are_booked_once_whatever_became_of_them(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    store = Store(path)
    examples.fill(store)
    store.remove("entry", EIK, "5705")
    store.close()
    store = Store(path)
    examples.fill(store)
    assert store.get("entry", EIK, "5705") is None
    store.reset()
    examples.fill(store)
    assert store.get("entry", EIK, "5705")

import json
import time
import urllib.error
from decimal import Decimal
from typing import Any

import pytest

from sandbox import fields, updateconnectors
from sandbox.testing import Running
from tests.sandbox.conftest import Client, earned, entry, invoice, line, owed, vat
from tests.sandbox.test_entries import DELETE, assert_refused
from tests.sandbox.test_reference_connectors import wait_until

OPEN = "Profit_Debtor_Invoices"
ENTRY = {"environment": "12345", "kind": "entry", "key": "5789"}
INVOICE = {"environment": "12345", "kind": "invoice", "key": "70000144"}


def balances(afas: Client) -> dict[str, float]:
    return {row["InvoiceNr"]: row["Balance"] for row in afas.rows(OPEN)}


def refused_order(sandbox: Running, door: str, wish: dict[str, Any]) -> str:
    with pytest.raises(urllib.error.HTTPError) as told:
        sandbox.order(door, wish)
    return json.load(told.value)["error"]


def credit_note() -> dict[str, Any]:
    return entry(owed(AmDe=0, AmCr=121), earned(AmDe=100, AmCr=0), vat(AmDe=21, AmCr=0))


def test_an_entry_with_a_debtor_is_open(afas: Client) -> None:
    afas.post("FiEntries", entry())

    assert afas.rows(OPEN) == [
        {
            "UnitId": 1,
            "DebtorId": "10001",
            "InvoiceNr": "20260042",
            "NookPieceDate": "2026-03-31T00:00:00Z",
            "ExpDate": "2026-04-30T00:00:00Z",
            "CurrencyId": "EUR",
            "AmtInvoice": 1210.0,
            "AmtInvoiceCurr": 1210.0,
            "Balance": 1210.0,
            "BalanceCurr": 1210.0,
            "Description": "Factuur INV-2026-0042",
        }
    ]


def test_a_direct_invoice_is_open_under_its_own_number(afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice(line(QuUn=10, Upri=100), PaCd="14", RfCs="PO 1"))

    (row,) = afas.rows(OPEN)
    assert (row["InvoiceNr"], row["AmtInvoice"], row["Description"]) == (
        "V0002614",
        1210.0,
        "PO 1",
    )
    assert (row["NookPieceDate"], row["ExpDate"]) == (
        "2026-03-31T00:00:00Z",
        "2026-04-14T00:00:00Z",
    )


@pytest.mark.parametrize(
    ("changes", "due"),
    [({"PaCd": "60", "DaEx": None}, "2026-05-30"), ({"DaEx": None}, "2026-04-30")],
    ids=["by its condition", "by the debtor's"],
)
def test_without_a_due_date_the_payment_condition_tells_it(
    afas: Client, changes: dict[str, Any], due: str
) -> None:
    afas.post("FiEntries", entry(owed(**changes), earned(), vat()))

    assert afas.rows(OPEN)[0]["ExpDate"] == f"{due}T00:00:00Z"


def test_a_credit_note_is_open_below_zero(afas: Client) -> None:
    afas.post("FiEntries", credit_note())

    (row,) = afas.rows(OPEN)
    assert (row["AmtInvoice"], row["Balance"]) == (-121.0, -121.0)


def test_an_entry_without_a_debtor_is_never_open(afas: Client) -> None:
    afas.post("FiEntries", entry(earned(AmDe=1000, AmCr=0), earned(), JoCo="70"))

    assert afas.rows(OPEN) == []


def test_a_payment_shrinks_the_balance_and_the_last_one_takes_the_item_away(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FiEntries", entry())

    assert sandbox.order("pay", ENTRY | {"amount": "210.50"}) == {"balance": "999.50"}
    (row,) = afas.rows(OPEN)
    assert (row["AmtInvoice"], row["Balance"], row["BalanceCurr"]) == (1210.0, 999.5, 999.5)
    assert sandbox.order("pay", ENTRY) == {"balance": "0.00"}
    assert afas.rows(OPEN) == sandbox.state()["open_items"] == []
    paid = [Decimal(one["amount"]) for one in sandbox.state()["entries"][0]["payments"]]
    assert sum(paid) == 1210


def test_a_credit_note_is_paid_back_with_a_positive_amount(sandbox: Running, afas: Client) -> None:
    afas.post("FiEntries", credit_note())

    assert sandbox.order("pay", ENTRY | {"amount": 21}) == {"balance": "-100.00"}
    assert balances(afas) == {"20260042": -100.0}
    sandbox.order("pay", ENTRY)
    assert balances(afas) == {}


def test_an_undone_payment_opens_the_item_again(sandbox: Running, afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice(line(QuUn=1, Upri=100)))
    sandbox.order("pay", INVOICE | {"amount": 50})
    sandbox.order("pay", INVOICE)
    assert balances(afas) == {}

    sandbox.order("unpay", INVOICE)

    assert balances(afas) == {"V0002614": 121.0}
    assert "payments" not in sandbox.state()["invoices"][0]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"amount": 1210.01}, "1210.0 is open"),
        ({"amount": 0}, "an amount is up to that"),
        ({"amount": -5}, "an amount is up to that"),
        ({"amount": "a lot"}, "a lot is no amount"),
        ({"amount": "NaN"}, "NaN is no amount"),
        ({"key": "5790"}, "nothing is open on entry 5790"),
        ({"kind": "debtor"}, "kind is invoice or entry"),
    ],
)
def test_a_payment_that_makes_no_sense_is_told_so(
    sandbox: Running, afas: Client, wish: dict[str, Any], says: str
) -> None:
    afas.post("FiEntries", entry())

    assert says in refused_order(sandbox, "pay", ENTRY | wish)
    assert balances(afas) == {"20260042": 1210.0}


def test_what_was_never_there_cannot_be_unpaid(sandbox: Running) -> None:
    assert "there is no entry 5789" in refused_order(sandbox, "unpay", ENTRY)


def test_a_deleted_document_owes_nothing_and_sets_its_number_free(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FiEntries", entry())
    afas.post("FbDirectInvoice", invoice(SinOrNu="20260043"))
    afas.call("DELETE", f"{DELETE}/1,20/FiEntries/@EnNo/5789")
    sandbox.order("remove", INVOICE)

    assert balances(afas) == {}
    assert afas.post("FiEntries", entry()).status_code == 201
    assert afas.post("FbDirectInvoice", invoice(SinOrNu="20260043")).status_code == 201


def test_a_changed_invoice_owes_what_it_says_now(afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice(line(QuUn=1, Upri=100)))
    lines = {"Fields": {"VaIt": "1", "ItCd": "UREN-DEV", "QuUn": 2}}
    change = {"@OrNu": "70000144", "Fields": {"SinOrNu": "F-1"}}
    change["Objects"] = [{"FbDirectInvoiceLines": {"Element": lines}}]
    assert afas.put("FbDirectInvoice", {"FbDirectInvoice": {"Element": change}}).ok

    assert balances(afas) == {"F-1": 242.0}
    assert afas.post("FbDirectInvoice", invoice(SinOrNu="V0002614")).status_code == 201


def test_an_invoice_number_is_used_once_by_entries_and_direct_invoices(afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice(SinOrNu="20260042"))

    assert_refused(
        afas.post("FiEntries", entry()),
        "General message: Invoice number 20260042 is already used in finance for Debtor 10001",
    )
    assert_refused(
        afas.post("FbDirectInvoice", invoice(SinOrNu="20260042")),
        "The entered value for 'Factuurnummer' already exists: 20260042.",
    )
    assert afas.post("FiEntries", entry(UnId=2)).status_code == 201


def test_afas_passes_over_an_invoice_number_that_somebody_used(afas: Client) -> None:
    numbers = {"InId": "V0002614"}
    afas.post("FiEntries", entry(owed(**numbers), earned(**numbers), vat(**numbers)))
    afas.post("FbDirectInvoice", invoice())

    assert set(balances(afas)) == {"V0002614", "V0002615"}


BY_HAND = {
    "environment": "12345",
    "invoice_number": "20260042",
    "debtor": "10002",
    "total": 121,
    "date": "2026-03-30",
}


def test_what_a_bookkeeper_booked_by_hand_is_an_entry_like_any_other(
    sandbox: Running, afas: Client
) -> None:
    sandbox.setting("reference_connectors", True)
    assert sandbox.order("book_by_hand", BY_HAND | {"reference": "INV-42"}) == {"entry": "5789"}

    (row,) = afas.rows("Uurwerk_Entries")
    shown = {k: row[k] for k in ("EntryNr", "InvoiceNr", "VoucherNo", "AccountNr", "AmtDebit")}
    assert shown == {
        "EntryNr": 5789,
        "InvoiceNr": "20260042",
        "VoucherNo": "INV-42",
        "AccountNr": "10002",
        "AmtDebit": 121.0,
    }
    assert balances(afas) == {"20260042": 121.0}
    assert_refused(
        afas.post("FiEntries", entry()),
        "General message: Invoice number 20260042 is already used in finance for Debtor 10002",
    )
    assert afas.post("FiEntries", entry(UnId=2)).json()["results"]["FiEntryPar"]["EnNo"] == "5790"


def test_a_total_below_zero_is_a_credit_note_by_hand(sandbox: Running, afas: Client) -> None:
    sandbox.order("book_by_hand", BY_HAND | {"total": "-50.25", "journal": "70"})

    assert balances(afas) == {"20260042": -50.25}
    assert sandbox.state()["entries"][0]["header"]["JoCo"] == "70"


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"debtor": "99999"}, "there is no debtor 99999"),
        ({"administration": 3}, "there is no administration 3"),
        ({"journal": "99"}, "there is no journal 99"),
        ({"total": "much"}, "much is no amount"),
        ({"environment": "nowhere"}, "there is no environment nowhere"),
    ],
)
def test_a_hand_that_errs_is_told_so(sandbox: Running, wish: dict[str, Any], says: str) -> None:
    assert says in refused_order(sandbox, "book_by_hand", BY_HAND | wish)
    sandbox.order("book_by_hand", BY_HAND)
    again = refused_order(sandbox, "book_by_hand", BY_HAND)
    assert "invoice number 20260042 is used already" in again


def test_an_environment_that_is_blind_for_open_items_answers_none(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FiEntries", entry())
    sandbox.setting("open_items_blind", True)
    assert afas.rows(OPEN) == []
    sandbox.setting("open_items_blind", False)
    sandbox.setting("blind", True)
    assert balances(afas) == {"20260042": 1210.0}


def test_an_open_item_is_seen_later_where_the_lists_lag(sandbox: Running, afas: Client) -> None:
    sandbox.setting("sight_delay", 1)
    afas.post("FiEntries", entry())

    assert afas.rows(OPEN) == []
    wait_until(lambda: balances(afas))
    sandbox.order("pay", ENTRY)
    assert afas.rows(OPEN) == []


def test_open_items_are_filtered_and_paged_as_any_list(afas: Client) -> None:
    for n in range(1, 5):
        numbers = {"InId": f"2026000{n}", "BpNr": f"INV-{n}"}
        afas.post("FiEntries", entry(owed(**numbers), earned(**numbers), vat(**numbers)))
    query = {"filterfieldids": "InvoiceNr", "filtervalues": "20260003", "operatortypes": "1"}

    assert [row["InvoiceNr"] for row in afas.rows(OPEN, **query)] == ["20260003"]
    page = afas.rows(OPEN, orderbyfieldids="-InvoiceNr", skip=1, take=2)
    assert [row["InvoiceNr"] for row in page] == ["20260003", "20260002"]


def test_a_thousand_bookings_later_one_more_takes_no_longer(sandbox: Running) -> None:
    def book(number: int) -> float:
        numbers = {"InId": f"2026{number:06}"}
        body = entry(owed(**numbers), earned(**numbers), vat(**numbers))
        begun = time.process_time()
        updateconnectors.write(
            sandbox.app.store,
            "12345",
            fields.connectors()["FiEntries"],
            "POST",
            json.dumps(body).encode(),
        )
        return time.process_time() - begun

    taken = [book(number) for number in range(1200)]

    early, late = sorted(taken[50:150])[50], sorted(taken[-100:])[50]
    assert late < 5 * early, f"{early * 1000:.2f} ms at first, {late * 1000:.2f} ms at last"

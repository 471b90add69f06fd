from typing import Any

import pytest

from sandbox.testing import Running
from tests.sandbox.conftest import (
    Client,
    allocated,
    earned,
    entry,
    invoice,
    lines_of,
    owed,
    vat,
)
from tests.sandbox.test_entries import DELETE, assert_refused


def not_allowed(account: str) -> str:
    return f"(AFASFiEntry) VAT is not allowed for account {account}"


def all_taken(*codes: str) -> list[tuple[str, str]]:
    """Each of AFAS's revenue accounts with a code that it takes."""
    accounts = ("8020", "8000", "8010", "8030", "8040", "8050", "8060", "8070")
    return list(zip(accounts, codes, strict=True))


@pytest.mark.parametrize(
    ("account", "code"), [*all_taken(*"01234567"), ("8080", "1"), ("8080", "6"), ("4500", "2")]
)
def test_an_account_takes_its_own_vat_codes(afas: Client, account: str, code: str) -> None:
    body = entry(owed(AmDe=1000), earned(AcNr=account, VaId=code))

    assert afas.post("FiEntries", body).status_code == 201


@pytest.mark.parametrize(
    ("account", "code"),
    [("8000", "2"), ("8010", "1"), ("8030", "1"), ("8040", "3"), ("8020", "1"), ("1510", "2")],
)
def test_a_vat_code_that_the_account_does_not_take_is_refused(
    sandbox: Running, afas: Client, account: str, code: str
) -> None:
    body = entry(owed(AmDe=1000), earned(AcNr=account, VaId=code))

    assert_refused(afas.post("FiEntries", body), not_allowed(account))
    assert sandbox.state()["entries"] == []


def test_a_blocked_account_is_refused(sandbox: Running, afas: Client) -> None:
    assert_refused(
        afas.post("FiEntries", entry(owed(), earned(AcNr="8090"), vat())),
        "Account 8090 is blocked.",
    )
    sandbox.order("block", {"environment": "12345", "kind": "account", "key": "8000"})
    afas.language = "nl-nl"
    assert_refused(afas.post("FiEntries", entry()), "Rekening 8000 is geblokkeerd.")


def test_a_blocked_journal_is_refused_for_entries_and_for_direct_invoices(
    afas: Client,
) -> None:
    refusal = "Journal 90 is blocked."
    assert_refused(afas.post("FiEntries", entry(JoCo="90")), refusal)
    assert_refused(afas.post("FbDirectInvoice", invoice(JoCo="90")), refusal)
    afas.language = "nl-nl"
    assert_refused(afas.post("FiEntries", entry(JoCo="90")), "Dagboek 90 is geblokkeerd.")
    assert afas.post("FiEntries", entry(JoCo="70")).status_code == 201


def test_a_blocked_vat_code_is_refused(sandbox: Running, afas: Client) -> None:
    sandbox.order("block", {"environment": "12345", "kind": "vat_code", "key": "1"})

    assert_refused(afas.post("FiEntries", entry()), "VAT code 1 is blocked.")


def test_a_period_that_is_blocked_later_is_refused(sandbox: Running, afas: Client) -> None:
    order = {"environment": "12345", "kind": "period", "key": "2026/3"}
    sandbox.order("block", order)
    refused = afas.post("FiEntries", entry())
    sandbox.order("block", order | {"blocked": False})

    assert_refused(refused, "For this administration, period 3 of the year 2026 is blocked.")
    assert afas.post("FiEntries", entry()).status_code == 201


@pytest.mark.parametrize("year", [2024, 2099])
def test_a_year_without_periods_is_refused(afas: Client, year: int) -> None:
    body = entry(owed(EnDa=f"{year}-03-31"), Year=year)

    assert_refused(
        afas.post("FiEntries", body), "The entered value for 'Financial year' does not exist."
    )


@pytest.mark.parametrize("changes", [{"AmDe": 1000, "AmCr": 1000}, {"AmDe": "-0.01", "AmCr": 1000}])
def test_a_line_with_an_amount_on_both_sides_is_refused(
    sandbox: Running, afas: Client, changes: dict[str, Any]
) -> None:
    assert_refused(
        afas.post("FiEntries", entry(owed(), earned(**changes), vat())),
        "A line has an amount debit or an amount credit, not both.",
    )
    assert sandbox.state()["entries"] == []


DIFFERS = "The allocation for account 8074 does not add up to the amount of the line."


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([{"DiC1": "NOORD", "AmCr": 999.99}], DIFFERS),
        ([{"DiC1": "NOORD", "AmDe": 1000}], DIFFERS),
        ([{"DiC1": "NOORD", "AmCr": 600}, {"DiC1": "ZUID", "AmCr": 600}], DIFFERS),
        ([{"DiC1": "NOORD"}, {"DiC1": "ZUID"}], DIFFERS),
        (
            [{"DiC1": "NOORD", "AmCr": 600}, {"AmCr": 400}],
            "Allocation code for axis 'Cost center' must be filled for account 8074",
        ),
        (
            [{"DiC1": "NERGENS", "AmCr": 1000}],
            "The entered value for 'Exception axis code 1' does not exist.",
        ),
    ],
)
def test_an_allocation_that_is_wrong_is_refused(
    sandbox: Running, afas: Client, parts: list[dict[str, Any]], sentence: str
) -> None:
    assert_refused(afas.post("FiEntries", allocated("8074", *parts)), sentence)
    assert sandbox.state()["entries"] == []


@pytest.mark.parametrize(
    "parts",
    [
        [{"DiC1": "NOORD"}],
        [{"DiC1": "NOORD", "AmDe": 0, "AmCr": "1000.00"}],
        [{"DiC1": "NOORD", "AmCr": "333.33"}, {"DiC1": "ZUID", "AmCr": "666.67"}],
    ],
)
def test_an_allocation_that_adds_up_is_kept_with_its_line(
    sandbox: Running, afas: Client, parts: list[dict[str, Any]]
) -> None:
    assert afas.post("FiEntries", allocated("8074", *parts)).status_code == 201

    (kept,) = sandbox.state()["entries"]
    spread = kept["lines"][1]["FiDimEntries"]
    assert [part["DiC1"] for part in spread] == [part["DiC1"] for part in parts]


def test_an_account_may_need_two_axes(afas: Client) -> None:
    afas.language = "nl-nl"

    assert_refused(
        afas.post("FiEntries", allocated("8076", {"DiC1": "NOORD", "AmCr": 1000})),
        "Verbijzonderingscode voor as 'Kostendrager' moet gevuld zijn bij rekening 8076",
    )
    both = {"DiC1": "NOORD", "DiC2": "ONTWERP", "AmCr": 1000}
    assert afas.post("FiEntries", allocated("8076", both)).status_code == 201


def test_projects_that_exist_are_kept_on_the_line_and_under_it(
    sandbox: Running, afas: Client
) -> None:
    body = entry(owed(), earned(PrId="P-1001"), vat())
    under = {"PrId": "P-1010", "VaIt": "1", "ItCd": "UREN-DEV", "Qu": 8}
    lines_of(body)[1]["Objects"] = [{"FiPrjEntries": {"Element": {"Fields": under}}}]

    assert afas.post("FiEntries", body).status_code == 201

    kept = sandbox.state()["entries"][0]["lines"][1]
    assert (kept["PrId"], kept["FiPrjEntries"][0]["PrId"]) == ("P-1001", "P-1010")
    under["PrId"] = "P-1011"
    assert_refused(afas.post("FiEntries", body), "The entered value for 'Project' does not exist.")


@pytest.mark.parametrize("order", [{}, {"amount": 10}], ids=["paid", "paid in part"])
def test_an_entry_that_was_paid_cannot_be_deleted_until_that_is_undone(
    sandbox: Running, afas: Client, order: dict[str, Any]
) -> None:
    afas.post("FiEntries", entry())
    key = {"environment": "12345", "kind": "entry", "key": "5789"}
    sandbox.order("pay", key | order)

    assert_refused(
        afas.call("DELETE", f"{DELETE}/1,20/FiEntries/@EnNo/5789"),
        "Journal entry 5789 has been reconciled or paid and can no longer be deleted.",
    )
    assert len(sandbox.state()["entries"]) == 1
    sandbox.order("unpay", key)
    assert afas.call("DELETE", f"{DELETE}/1,20/FiEntries/InId/20260042").status_code == 200


def test_a_direct_invoice_that_was_paid_is_neither_changed_nor_deleted(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FbDirectInvoice", invoice())
    sandbox.order("pay", {"environment": "12345", "kind": "invoice", "key": "70000144"})

    gone = afas.call("DELETE", "connectors/FbDirectInvoice/FbDirectInvoice/@OrNu/70000144")
    change = {"Element": {"@OrNu": "70000144", "Fields": {"RfCs": "PO 2"}}}
    changed = afas.put("FbDirectInvoice", {"FbDirectInvoice": change})

    assert "can no longer be deleted" in gone.json()["externalMessage"]
    assert "can no longer be changed" in changed.json()["externalMessage"]

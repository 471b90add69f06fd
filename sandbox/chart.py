"""The part of the page at `/` about what a booking may name: accounts, codes, closed periods."""

from lxml import etree

from sandbox import directory, ledger
from sandbox.ledger import Account
from sandbox.markup import card, el, facts, table
from sandbox.store import Store

AXIS_NAMES = {"1": "cost centre", "2": "cost object"}


def cards(store: Store, environment: str) -> list[etree._Element]:
    """The ledger accounts, the VAT codes, and the other codes."""
    return [
        _accounts(ledger.blocked(store, environment, ledger.ACCOUNT)),
        _vat_codes(ledger.blocked(store, environment, ledger.VAT_CODE)),
        _codes(store, environment),
    ]


def _accounts(blocked: set[str]) -> etree._Element:
    rows = [
        [
            account.number,
            el("span", account.description, el("small", _takes(account)), class_="two-lines"),
            _blocked() if account.number in blocked else "",
        ]
        for account in ledger.accounts().values()
    ]
    return card("Ledger accounts", str(len(rows)), table(["No.", "Name", ""], rows, set()))


def _takes(account: Account) -> str:
    codes = ", ".join(sorted(account.vat_codes))
    vat = (f"VAT code {codes}" if codes else "any VAT code") if account.allows_vat else "no VAT"
    axes = " and ".join(AXIS_NAMES[axis] for axis in account.axes)
    return f"{vat}; needs a {axes}" if axes else vat


def _vat_codes(blocked: set[str]) -> etree._Element:
    rows = [
        [
            code.code,
            el(
                "span",
                code.description,
                el("small", f"account {code.account}") if code.account else None,
                class_="two-lines",
            ),
            _blocked() if code.code in blocked else f"{code.percentage} %",
        ]
        for code in ledger.vat_codes().values()
    ]
    return card("VAT codes", str(len(rows)), table(["Code", "Meaning", ""], rows, {2}))


def _codes(store: Store, environment: str) -> etree._Element:
    blocked = ledger.blocked(store, environment, ledger.JOURNAL)
    journals = [
        f"{one.code} {one.description}{' (blocked)' * (one.code in blocked)}"
        for one in ledger.JOURNALS.values()
    ]
    closed = sorted(ledger.blocked_periods(store, environment))
    listed = facts(
        [
            ("Journals", ", ".join(journals)),
            ("Blocked periods", ", ".join(f"{year}-{month:02}" for year, month in closed)),
            ("Cost centres", ", ".join(sorted(directory.CODES["DiC1"]))),
            ("Cost objects", ", ".join(sorted(directory.CODES["DiC2"]))),
            ("Projects", ", ".join(sorted(directory.PROJECTS))),
        ]
    )
    return card("Booking codes", "and closed periods", el("div", listed, class_="card-body"))


def _blocked() -> etree._Element:
    return el("span", "blocked", class_="status is-bad")

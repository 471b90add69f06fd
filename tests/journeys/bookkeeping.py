"""The second way of the seed, step by step: link, settings, mapping, choose, check, confirm."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.journeys.person import Person
from tests.journeys.stack import Stack
from tests.journeys.test_the_whole_way import import_customers, link_afas

# What bookkeepers call things; the pages must say exactly this.
DUTCH: Mapping[str, str] = {
    "Create AFAS Sales Booking": "AFAS-verkoopboeking maken",
    "Reverse booking": "Boeking terugdraaien",
    "Mapping": "Koppelcodes",
    "Reconcile": "Vergelijken",
    "Sales booking": "Verkoopboeking",
    "Journal": "Dagboek",
    "Period": "Periode",
    "Ledger account": "Grootboekrekening",
    "Cost centre": "Kostenplaats",
    "VAT code": "Btw-code",
}
AFAS = "/settings/app-center/afas"
INVOICES = "/finance/invoices/"
ENTRY = re.compile(r"(?<![\d-])5[78]\d\d\b(?!,)")  # as the pretend AFAS numbers them
# VAT treatment by our code and percentage; VAT code and revenue account in the pretend AFAS.
LOW, REVERSED = "vat-low-9.00", "vat-reverse_eu-0.00"


@dataclass
class Bookkeeper(Person):
    """Somebody who books what was sent."""

    def words(self, text: str) -> str:
        """The words of the trade as they must be, all others as the catalogue has them."""
        if self.language == "nl" and text in DUTCH:
            return DUTCH[text]
        return super().words(text)


def link(person: Person) -> None:
    """The link as in the first way, with the customers."""
    link_afas(person)
    import_customers(person)


def choose_books(person: Person) -> None:
    """Journal 20 and a default revenue account, in the AFAS settings."""
    person.go(f"{AFAS}/")
    form = person.page.locator("#booking form")
    form.locator("[name=journal]").fill("20")
    form.locator("[name=account_default]").fill("8000")
    person.save("booking")
    expect(person.page.locator("#booking [name=journal]")).to_have_value("20")


def map_vat(person: Person, look: Callable[[], object] = bool) -> None:
    """Suggest what AFAS's list is certain of, fill in the rest, save; `look` just before."""
    person.go(f"{AFAS}/mapping/?table=vat")
    person.heading("Mapping")
    person.follow("Suggest")
    expect(box(person.page, "vat-high-21.00", "code")).to_have_value("1")
    expect(box(person.page, LOW, "account")).to_have_value("1511")
    box(person.page, LOW, "revenue_account").fill("8010")
    box(person.page, REVERSED, "code").fill("4")
    box(person.page, REVERSED, "revenue_account").fill("8040")
    look()
    with person.page.expect_navigation():
        person.page.locator("form.mapping button[name=do][value=save]").click()
    expect(box(person.page, REVERSED, "revenue_account")).to_have_value("8040")


def box(page: Page, row: str, column: str) -> Locator:
    """A box of the mapping, by the key of its row."""
    return page.locator(f"form.mapping [name='{row}-{column}']")


def tick(person: Person, texts: Sequence[str]) -> None:
    """Tick every invoice of the list whose row holds one of these texts."""
    for text in texts:
        rows = person.page.locator("#invoice-picks tbody tr").filter(has_text=text)
        for row in rows.all():
            row.locator("input.pick").check()


def tick_all(person: Person) -> None:
    """The box in the heading of the list."""
    person.page.locator("#invoice-picks thead input.pick").check()


def choose(person: Person, texts: Sequence[str]) -> None:
    """Finance → Invoices: tick these, Actions → Create AFAS Sales Booking, up to the check."""
    person.go(INVOICES)
    tick(person, texts)
    person.press("Actions")
    person.press("Create AFAS Sales Booking")
    person.heading("Create AFAS Sales Booking")


def open_invoice(person: Person, text: str) -> None:
    """The page of the one invoice of the list whose row holds this text."""
    person.go(INVOICES)
    row = person.page.locator("#invoice-picks tbody tr").filter(has_text=text)
    row.locator("a.row-link").locator("visible=true").first.click()
    expect(person.page.locator("section[aria-labelledby=afas-booking]")).to_be_visible()


def card(person: Person) -> Locator:
    """How the invoice stands in the books, on its own page."""
    return person.page.locator("section[aria-labelledby=afas-booking]")


def confirm(person: Person) -> list[str]:
    """The button of the check page; returns AFAS's entry numbers as they come in."""
    person.page.locator("form.confirm-bar button").last.click()
    result = person.page.locator("#run")
    expect(result).not_to_have_attribute("hx-get", re.compile("."), timeout=60_000)
    return ENTRY.findall(result.inner_text())


def pretend_afas_books(page: Page, stack: Stack, what: str) -> Locator:
    """The newest entry with this number or name in the journal of the pretend AFAS, opened."""
    page.goto(f"{stack.sandbox_url}/")
    shown = page.locator("#journal-entries details").filter(has_text=what).first
    shown.locator("summary").click()
    return shown

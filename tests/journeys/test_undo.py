"""Undoing what was invoiced: from the overviews, and of one document by plain forms."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visitors
from tests.journeys.person import Person
from tests.journeys.stack import Stack

INVOICED = "/overviews/hours/?period=all&billing=invoiced"
REASON = "Agreed with the customer"


def test_invoiced_rows_are_undone_and_are_unbilled_again(
    visitors: Visitors, fresh_stack: Stack
) -> None:
    wouter = Person(visitors.window(), fresh_stack)
    wouter.log_in("owner@eik.example", "eik-demo")
    wouter.sees("Dashboard")
    by_plain_forms(visitors, fresh_stack)
    wouter.go(INVOICED)
    page = wouter.page
    rows = page.locator("#picks tbody tr:has(input[name=pick])")
    number = re.search(r"\d{8}", rows.first.inner_text())
    assert number
    rows.first.locator("input[name=pick]").check()
    expect(page.locator("#overview-tabs a[aria-current=page] .count")).to_contain_text("1")

    wouter.press("Actions")
    wouter.follow("Undo invoicing…")
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text(number[0])
    dialog.get_by_label(wouter.words("It is already deleted or credited there")).check()
    page.locator("button[form=undo-form]").click()
    expect(dialog).to_contain_text(wouter.words("Say why, so that a colleague"))
    wouter.fill("Reason", REASON)
    page.locator("button[form=undo-form]").click()
    wouter.sees("All undone")

    wouter.go(INVOICED)
    expect(page.get_by_text(number[0])).to_have_count(0)
    wouter.go("/afas/history/")
    wouter.sees(re.compile(REASON))


def by_plain_forms(visitors: Visitors, stack: Stack) -> None:
    """Without JavaScript: the page of a document, its undo, and the document again."""
    plain = Person(visitors.window(java_script_enabled=False), stack)
    plain.log_in("owner@eik.example", "eik-demo")
    plain.go("/afas/documents/?state=confirmed&kind=direct_invoice")
    address = plain.page.locator("table a[href^='/afas/documents/']").first.get_attribute("href")
    assert address
    plain.go(f"{address}undo/")
    plain.page.get_by_label(plain.words("It is already deleted or credited there")).check()
    plain.fill("Number of the credit invoice", "CR-1")
    plain.fill("Reason", REASON)
    plain.page.locator("button[form=undo-form]").click()
    expect(plain.page).to_have_url(re.compile(address))
    plain.sees("It is undone and its entries are unbilled again.")

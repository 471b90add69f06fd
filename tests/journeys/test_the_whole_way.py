"""From a pasted token to AFAS's number, as the README tells a newcomer, in both languages."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitors
from tests.journeys.person import Person
from tests.journeys.stack import Stack

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
AFAS_NUMBER = re.compile(r"\b\d{8}\b")


@pytest.mark.parametrize(
    ("language", "window"),
    [
        pytest.param("en", {**DESK, "locale": "en-GB"}, id="English"),
        pytest.param("nl", {**DESK, "locale": "nl-NL"}, id="Dutch"),
        pytest.param("en", {**PHONE, "locale": "en-GB"}, id="on a phone"),
    ],
)
def test_a_newcomer_links_afas_imports_customers_and_invoices_three_hours(
    visitors: Visitors, fresh_stack: Stack, language: str, window: dict[str, Any]
) -> None:
    marit = Person(visitors.window(**window), fresh_stack, language)
    marit.log_in("owner@vlier.example", "vlier-demo")
    marit.reads(language)
    link_afas(marit)
    import_customers(marit)
    select_hours(marit, 3, customer="Bakkerij De Gouden Aar B.V.")
    number = invoice(marit)
    pretend_afas_holds(visitors.window(), fresh_stack, number)


def link_afas(person: Person) -> None:
    """App Center → AFAS → Activate; credentials, administration and default item, each saved."""
    person.go("/settings/")
    person.follow("App Center")
    person.heading("App Center")
    person.press("Activate for free")
    person.heading("AFAS Profit")
    person.fill("Participant number", "12345")
    person.fill("User token", f"  {person.stack.token}\n")
    person.save("credentials")
    person.sees("Granted")
    person.page.locator("#administration select").select_option(label="1 · Studio Vlier B.V.")
    person.save("administration")
    person.page.locator("#items input[type=text]").first.fill("UREN-ALG")
    person.save("items")
    expect(person.page.locator("#items input[type=text]").first).to_have_value(
        re.compile("UREN-ALG")
    )


def import_customers(person: Person) -> None:
    """Settings → Import; the result counts what was new."""
    person.go("/settings/import/")
    person.press("Import customers from AFAS")
    expect(person.page.locator("dl.figures")).to_be_visible(timeout=40_000)
    person.go("/relations/customers/?q=Antwerpse")
    person.sees("Antwerpse Havenlogistiek N.V.")


def select_hours(person: Person, count: int, customer: str) -> None:
    """Overviews → Hours: tick billable rows of a customer, one after the other."""
    person.go("/overviews/hours/?period=all&billing=unbilled")
    rows = person.page.locator("#picks tbody tr").filter(has_text=customer)
    chosen = person.page.locator("#overview-tabs a[aria-current=page] .count")
    for row in range(count):
        rows.nth(row).locator("input[type=checkbox]").check()
        expect(chosen).to_contain_text(str(row + 1))


def invoice(person: Person) -> str:
    """Actions → Invoice in AFAS → options → check → confirm; returns AFAS's number."""
    person.press("Actions")
    person.follow("Invoice in AFAS")
    person.press("Check")
    person.page.locator("button[form=invoice-confirm]").click()
    result = person.page.locator("#run")
    expect(result).to_contain_text(AFAS_NUMBER, timeout=40_000)
    found = AFAS_NUMBER.search(result.inner_text())
    assert found
    return found[0]


def pretend_afas_holds(page: Page, stack: Stack, number: str) -> None:
    """The page of the pretend AFAS shows what it received."""
    page.goto(f"{stack.sandbox_url}/")
    expect(page.get_by_text(number).first).to_be_visible()

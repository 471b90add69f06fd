"""Overviews → Unbilled → Invoice in AFAS: what has no hours to tick, billed by its own item."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Visitors
from tests.journeys.person import Person
from tests.journeys.stack import Stack
from tests.journeys.test_the_whole_way import AFAS_NUMBER, DESK, import_customers, link_afas

BY_PROJECT = "/overviews/unbilled/?per=project"
SUBSCRIPTION, FIXED_PRICE = "Onderhoud klantportaal", "Huisstijl gemeente"
INSTALMENT = "Eerste termijn, bij opdracht"
ITEMS = {
    "Fixed price": "LIC-CMS",
    "Subscription": "HOSTING",
    "Expenses": "VERSCHOT",
    "Rides": "KM",
}


@pytest.mark.parametrize(
    ("language", "window"),
    [
        pytest.param("en", {**DESK, "locale": "en-GB"}, id="English"),
        pytest.param("nl", {**DESK, "locale": "nl-NL"}, id="Dutch"),
    ],
)
def test_a_subscription_and_a_fixed_price_are_invoiced_in_afas(
    visitors: Visitors, fresh_stack: Stack, language: str, window: dict[str, Any]
) -> None:
    marit = Person(visitors.window(**window), fresh_stack, language)
    marit.log_in("owner@vlier.example", "vlier-demo")
    marit.reads(language)
    link_afas(marit)
    import_customers(marit)
    set_items(marit)
    marit.go(BY_PROJECT)
    for project in (SUBSCRIPTION, FIXED_PRICE):
        expect(row_of(marit, project)).to_be_enabled()
        marit.ticks(project)
    numbers = invoice(marit)
    for project in (SUBSCRIPTION, FIXED_PRICE):
        is_gone(marit, project)
    pretend_afas_shows(visitors.window(), fresh_stack, numbers)


def set_items(person: Person) -> None:
    """The items of what is not hours, on the page of the link."""
    person.go("/settings/app-center/afas/")
    for use, code in ITEMS.items():
        place = person.page.locator("#items").get_by_role("group", name=person.words(use))
        place.get_by_role("combobox", name=person.words("Item"), exact=True).fill(code)
    person.save("items")
    for use, code in ITEMS.items():
        place = person.page.locator("#items").get_by_role("group", name=person.words(use))
        box = place.get_by_role("combobox", name=person.words("Item"), exact=True)
        expect(box).to_have_value(re.compile(code))


def invoice(person: Person) -> list[str]:
    """Actions → Invoice in AFAS → Check, which shows texts and items → confirm; AFAS's numbers."""
    person.press("Actions")
    person.press("Invoice in AFAS")
    person.press("Check")
    dialog = person.page.locator("#dialog")
    for text in (INSTALMENT, ITEMS["Fixed price"], SUBSCRIPTION, ITEMS["Subscription"]):
        expect(dialog).to_contain_text(text)
    person.page.locator("button[form=invoice-confirm]").click()
    result = person.page.locator("#run")
    expect(result).to_contain_text(person.words("All done"), timeout=60_000)
    numbers = AFAS_NUMBER.findall(result.inner_text())
    assert len(set(numbers)) == 2
    return numbers


def row_of(person: Person, project: str) -> Locator:
    """The box before a project."""
    name = person.words("Select %(name)s") % {"name": project}
    return person.page.get_by_role("checkbox", name=name, exact=True)


def is_gone(person: Person, project: str) -> None:
    """What comes later may stay on the page; there is nothing left to tick."""
    person.go(f"{BY_PROJECT}&q={project}")
    expect(row_of(person, project).and_(person.page.locator(":enabled"))).to_have_count(0)


def pretend_afas_shows(page: Page, stack: Stack, numbers: list[str]) -> None:
    """What the other side received: a line for each, on the item that was set."""
    page.goto(f"{stack.sandbox_url}/")
    received = page.locator("details.bill").filter(has_text=re.compile("|".join(numbers)))
    expect(received).to_have_count(2)
    told = " ".join(received.all_text_contents())
    for text in (INSTALMENT, ITEMS["Fixed price"], SUBSCRIPTION, ITEMS["Subscription"]):
        assert text in told

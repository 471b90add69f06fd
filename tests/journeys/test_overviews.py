"""Ticking in the overviews, with the mouse and with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Visitors
from tests.journeys.person import Person
from tests.journeys.stack import Stack

HOURS = "/overviews/hours/?period=all"


@pytest.fixture
def marit(visitors: Visitors, stack: Stack) -> Person:
    """The owner of Studio Vlier, signed in."""
    person = Person(visitors.window(), stack)
    person.log_in("owner@vlier.example", "vlier-demo")
    person.sees("Dashboard")
    return person


def ticks(page: Page) -> Locator:
    return page.locator("#picks tbody input[name=pick]")


def chosen(page: Page) -> Locator:
    return page.locator("#overview-tabs a[aria-current=page] .count")


def test_three_quick_ticks_are_all_kept(marit: Person) -> None:
    marit.go(HOURS)
    for row in range(3):
        ticks(marit.page).nth(row).click()
    expect(chosen(marit.page)).to_contain_text("3")
    marit.page.reload()
    expect(chosen(marit.page)).to_contain_text("3")
    expect(marit.page.locator("#picks tbody input[name=pick]:checked")).to_have_count(3)


def test_a_selection_survives_the_other_tabs(marit: Person) -> None:
    marit.go(HOURS)
    ticks(marit.page).first.check()
    expect(chosen(marit.page)).to_contain_text("1")
    tabs = marit.page.locator("#overview-tabs")
    tabs.get_by_role("link", name=re.compile("Rides")).click()
    expect(marit.page).to_have_url(re.compile("/overviews/rides/"))
    hours = tabs.get_by_role("link", name=re.compile("Hours"))
    expect(hours.locator(".count")).to_contain_text("1")
    hours.click()
    expect(marit.page).to_have_url(re.compile("/overviews/hours/"))
    expect(chosen(marit.page)).to_contain_text("1")


def test_hours_are_ticked_and_the_actions_opened_with_the_keyboard_alone(marit: Person) -> None:
    page = marit.page
    marit.go(HOURS)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name=marit.words("Skip to content"))
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, ticks(page).first)
    page.keyboard.press("Space")
    expect(chosen(page)).to_contain_text("1")
    tab_to(page, marit.button("Actions"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(marit.words("Invoice in AFAS")).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text(marit.words("Invoice in AFAS")).first).to_be_hidden()


def tab_to(page: Page, wanted: Locator, most: int = 300) -> None:
    """Press Tab until `wanted` has the focus, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("Tab never gets there.")

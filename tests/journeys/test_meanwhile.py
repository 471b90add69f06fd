"""What a person does while the server is still busy with what was done before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Visitors
from tests.journeys.person import Person
from tests.journeys.stack import Stack
from tests.journeys.test_the_whole_way import DESK

CUSTOMER = "Waterschap Lindevaart"


@pytest.fixture
def marit(visitors: Visitors, stack: Stack) -> Person:
    """The owner of Studio Vlier."""
    one = Person(visitors.window(**DESK), stack)
    one.log_in("owner@vlier.example", "vlier-demo")
    one.sees("My week")
    return one


@contextmanager
def slow_to_answer(page: Page, address: str) -> Iterator[None]:
    """While the block runs no POST to `address` is answered; afterwards it is."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            waiting.append(route)
        else:
            route.continue_()

    page.route(address, hold)
    yield
    page.wait_for_timeout(300)
    assert waiting
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        for route in waiting:
            route.continue_()
    page.unroute(address)


def test_what_is_typed_while_a_draft_is_saved_is_not_lost(marit: Person) -> None:
    page = marit.page
    marit.go("/finance/invoices/new/")
    marit.choose("Customer", CUSTOMER)
    marit.page.get_by_role("button", name="Start the draft").click()
    reference, top = page.locator("#id_reference"), page.locator("#draft-head")
    expect(top).to_be_visible()
    version = page.locator("#draft input[name=version]")
    before = version.input_value()
    reference.fill("ORDER-1")
    with slow_to_answer(page, "**/finance/invoices/*/edit/"):
        marit.press("Save draft")
        reference.focus()
        page.keyboard.press("End")
        page.keyboard.type("-B")
        page.keyboard.press("ArrowLeft")
    expect(version).not_to_have_value(before)
    expect(page.locator("#draft[data-typed]")).to_be_attached()
    expect(reference).to_have_value("ORDER-1-B")
    expect(reference).to_be_focused()
    page.keyboard.type("A")
    expect(reference).to_have_value("ORDER-1-AB")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        marit.press("Save draft")
    expect(page.locator("#draft:not([data-typed])")).to_be_attached()
    page.reload()
    expect(reference).to_have_value("ORDER-1-AB")


def test_a_menu_that_was_opened_stays_open_when_a_tick_is_counted(marit: Person) -> None:
    page = marit.page
    marit.go("/overviews/unbilled/")
    words = page.locator("#tray-text")
    with slow_to_answer(page, "**/overviews/unbilled/*"):
        page.get_by_role("checkbox", name=f"Select {CUSTOMER}", exact=True).check()
        marit.press("Actions")
        create = page.get_by_role("button", name="Create invoice")
        expect(create).to_be_visible()
    expect(words.locator("strong")).to_be_visible()
    expect(create).to_be_visible()
    create.click()
    expect(page.locator("#dialog")).to_contain_text("Invoice date")

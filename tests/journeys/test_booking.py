"""The second way of the seed: own invoices, made and sent here, stand in the books of AFAS."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.journeys.bookkeeping import (
    AFAS,
    DUTCH,
    Bookkeeper,
    card,
    choose,
    choose_books,
    confirm,
    link,
    map_vat,
    open_invoice,
    pretend_afas_books,
)
from tests.journeys.conftest import TIMEOUT, Visitors
from tests.journeys.stack import Stack, running
from tests.journeys.test_invoices import UNBILLED, create, finalise, fits
from tests.journeys.test_the_whole_way import DESK, PHONE

CREATE, REVERSE = "Create AFAS Sales Booking", "Reverse booking"
OWNER, BILLING = "owner@vlier.example", "billing@vlier.example"
BAKERY, WATER_BOARD = "Bakkerij De Gouden Aar B.V.", "Waterschap Lindevaart"
NORTH, NOT_SENT = "Studio Noorderlicht V.O.F.", "Atelier Zuidas B.V."
COUNCIL, IRELAND = "Gemeente Westerveen", "Kilbride Harbour Systems Ltd"
BOOKSHOP = "'t Hoekje Boeken V.O.F."
REASON = "Op de verkeerde rekening"
DAY = "strftime('%Y-%m-%d %H:%M:%S', missing_since, '-61 minutes')"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Stack]:
    """One stack for the journeys of this file: linked, with journal, accounts and VAT codes. Each
    journey books invoices of its own."""
    with running(tmp_path_factory.mktemp("booking") / "var") as one:
        context = browser.new_context(locale="en-GB")
        context.set_default_timeout(TIMEOUT)
        marit = Bookkeeper(context.new_page(), one)
        marit.log_in(OWNER, "vlier-demo")
        link(marit)
        choose_books(marit)
        map_vat(marit)
        context.close()
        yield one


def test_sent_invoices_are_booked_from_the_list_along_with_one_that_was_not_sent(
    visitors: Visitors, desk: Stack
) -> None:
    marit = bookkeeper(visitors, desk, OWNER, "en")
    choose(marit, (NORTH, NOT_SENT, BAKERY))
    check = marit.page.locator("main")
    expect(check).to_contain_text("It is a draft: finalise and send it first.")
    marit.page.locator("#along input[name=along]").check()
    marit.press("Mark as sent and include")
    expect(check).to_contain_text("1 is marked as sent")
    entries = confirm(marit)
    assert len(entries) == 4  # invoice, credit note, invoice again; and the one marked as sent
    assert entries == sorted(entries)
    entry = pretend_afas_books(visitors.window(), desk, NOT_SENT)
    expect(entry).to_contain_text("3,872.00")
    expect(entry).to_contain_text("1510")


def test_in_dutch_they_are_booked_from_the_list_and_no_second_time(
    visitors: Visitors, desk: Stack
) -> None:
    joris = bookkeeper(visitors, desk, BILLING, "nl")
    choose(joris, ("-0001", "-0002"))
    assert len(confirm(joris)) == 2
    choose(joris, ("-0001", "-0003"))
    joris.sees("These are booked already.")
    assert len(confirm(joris)) == 1


@pytest.mark.parametrize(
    ("email", "language", "customer"),
    [
        pytest.param(OWNER, "en", BAKERY, id="English"),
        pytest.param(BILLING, "nl", WATER_BOARD, id="Dutch"),
    ],
)
def test_an_invoice_is_booked_from_its_own_page_once_it_is_sent_and_reversed_there(
    visitors: Visitors, desk: Stack, email: str, language: str, customer: str
) -> None:
    joris = bookkeeper(visitors, desk, email, language)
    joris.go(UNBILLED)
    joris.ticks(customer)
    create(joris, customer)
    number = finalise(joris)
    expect(joris.page.get_by_text(joris.words(CREATE))).to_have_count(0)
    mark_as_sent(joris)
    joris.press("Actions")
    joris.press(CREATE)
    joris.heading(CREATE)
    (entry,) = confirm(joris)
    open_invoice(joris, number)
    expect(card(joris)).to_contain_text(entry)
    expect(card(joris)).to_contain_text(joris.words("Journal"))
    reverse(joris, number)
    gone = visitors.window()
    gone.goto(desk.sandbox_url)
    expect(gone.locator("#journal-entries")).not_to_contain_text(number)


def test_the_keyboard_alone_books_an_invoice(visitors: Visitors, desk: Stack) -> None:
    marit = bookkeeper(visitors, desk, OWNER, "en")
    keys = marit.page.keyboard
    open_invoice(marit, COUNCIL)
    marit.button("Actions").focus()
    keys.press("Enter")
    marit.button(CREATE).wait_for()
    tab_to(marit, marit.page.locator(".menu-item", has_text=CREATE))
    keys.press("Enter")
    marit.heading(CREATE)
    tab_to(marit, marit.page.locator("form.confirm-bar button.is-primary"))
    keys.press("Enter")
    marit.sees("All booked", seconds=60)


def test_everything_fits_on_a_phone(visitors: Visitors, desk: Stack) -> None:
    marit = bookkeeper(visitors, desk, OWNER, "en", **PHONE)
    open_invoice(marit, IRELAND)
    fits(marit)
    marit.press("Actions")
    marit.press(CREATE)
    marit.heading(CREATE)
    fits(marit)
    assert len(confirm(marit)) == 1
    fits(marit)
    for path in ("", "mapping/", "mapping/?table=vat", "reconcile/"):
        marit.go(f"{AFAS}/{path}")
        fits(marit)


def test_an_activity_gets_an_account_of_its_own_in_the_mapping(
    visitors: Visitors, desk: Stack
) -> None:
    marit = bookkeeper(visitors, desk, OWNER, "en")
    marit.go(f"{AFAS}/mapping/?table=activities&q=Advies")
    account = marit.page.locator("form.mapping [name$='-account']").first
    account.fill("8080")
    save_mapping(marit)
    expect(account).to_have_value("8080")
    account.fill("7777")
    save_mapping(marit)
    marit.sees(re.compile("AFAS knows no ledger account 7777"))
    visitors.complaints.clear()  # the browser notes a refused form


def test_what_afas_shows_is_compared_and_what_is_paid_there_is_paid_here(
    visitors: Visitors, desk: Stack
) -> None:
    order(desk, "setting", name="reference_connectors", value=True)
    marit = bookkeeper(visitors, desk, OWNER, "en")
    choose(marit, (BOOKSHOP,))
    (entry,) = confirm(marit)
    marit.go(f"{AFAS}/")
    marit.press("Test again")
    reconcile(marit, "Compare now")
    expect(marit.page.locator("#cards")).to_contain_text("by Marit Hoekstra")
    expect(marit.page.locator("main")).not_to_contain_text("Here, not in AFAS ·")
    wait_until_equal(marit)
    reconcile(marit, "Read payments now")
    order(desk, "pay", kind="entry", key=entry)
    reconcile(marit, "Read payments now")
    open_invoice(marit, BOOKSHOP)
    expect(card(marit)).to_contain_text("AFAS shows it no more")
    an_hour_passes(desk)
    reconcile(marit, "Read payments now")
    open_invoice(marit, BOOKSHOP)
    expect(card(marit)).to_contain_text("Paid according to AFAS")
    expect(marit.page.get_by_role("heading", level=1)).to_be_visible()
    marit.sees("Paid")


def test_the_books_of_a_year_are_told_in_dutch_words(visitors: Visitors, desk: Stack) -> None:
    wouter = bookkeeper(visitors, desk, "owner@eik.example", "nl", password="eik-demo")
    told = ""
    for path in (
        f"{AFAS}/",
        f"{AFAS}/mapping/?table=activities",
        f"{AFAS}/mapping/?table=vat",
        f"{AFAS}/mapping/?table=projects",
        f"{AFAS}/reconcile/",
        "/afas/documents/?kind=sales_booking",
    ):
        wouter.go(path)
        told += wouter.page.locator("body").inner_text()
    open_invoice(wouter, "E00001")
    told += wouter.page.locator("body").inner_text()
    with wouter.page.expect_navigation():
        card(wouter).get_by_role("link", name="5701").click()
    told += wouter.page.locator("body").inner_text()
    assert not [word for word in DUTCH.values() if word.lower() not in told.lower()]


def bookkeeper(
    visitors: Visitors,
    stack: Stack,
    email: str,
    language: str,
    *,
    password: str = "vlier-demo",
    **window: Any,
) -> Bookkeeper:
    """Somebody of Studio Vlier, at a desk, if not said otherwise."""
    locale = "nl-NL" if language == "nl" else "en-GB"
    page = visitors.window(**window or DESK, locale=locale)
    person = Bookkeeper(page, stack, language)
    person.log_in(email, password)
    person.page.wait_for_url(re.compile(r"^(?!.*/login/)"))
    if person.page.locator("html").get_attribute("lang") != language:
        person.reads(language)
    return person


def mark_as_sent(person: Bookkeeper) -> None:
    """Mark as sent… → how → the button of the dialog."""
    person.follow("Mark as sent…")
    with person.page.expect_navigation():
        person.page.locator("button[form=mark-sent]").click()


def reverse(person: Bookkeeper, number: str) -> None:
    """Reverse booking… → the reason; AFAS deletes the entry, and it may be booked again."""
    name = re.compile(re.escape(person.words(REVERSE)))
    card(person).get_by_role("link", name=name).click()
    person.fill("Reason", REASON)
    person.page.locator("button[form=reverse-form]").click()
    again = card(person).get_by_role("button", name=person.words(CREATE))
    for _look in range(30):
        time.sleep(1)
        open_invoice(person, number)
        if again.count():
            return
    expect(again).to_be_visible()


def tab_to(person: Bookkeeper, wanted: Any) -> None:
    """Tab until the focus is there."""
    for _stop in range(200):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        person.page.keyboard.press("Tab")
    raise AssertionError("The keyboard does not get there.")


def save_mapping(person: Bookkeeper) -> None:
    """The button below the rows."""
    with person.page.expect_navigation():
        person.page.locator("form.mapping button[name=do][value=save]").click()


def reconcile(person: Bookkeeper, button: str) -> None:
    """Press a button of the Reconcile page, and wait until that is done."""
    person.go(f"{AFAS}/reconcile/")
    person.heading("Reconcile")
    with person.page.expect_navigation():
        person.press(button)
    done = re.compile(".")
    expect(person.page.locator("#cards")).not_to_have_attribute("hx-get", done, timeout=90_000)
    person.go(f"{AFAS}/reconcile/")


def wait_until_equal(person: Bookkeeper) -> None:
    """Every minute what AFAS has not shown yet is looked for."""
    bookings = person.page.locator("section[aria-labelledby=card-sales_booking] li")
    figure = bookings.filter(has_text=person.words("Equal")).locator(".num")
    deadline = time.monotonic() + 120
    while figure.inner_text() == "0" and time.monotonic() < deadline:
        time.sleep(2)
        person.go(f"{AFAS}/reconcile/")
    expect(figure).not_to_have_text("0")


def order(stack: Stack, door: str, **wish: Any) -> None:
    """What happens at AFAS."""
    wish = {"environment": "12345", **wish}
    requests.post(f"{stack.sandbox_url}/_sandbox/{door}", json=wish, timeout=10).raise_for_status()


def an_hour_passes(stack: Stack) -> None:
    """What was missing has been missing for more than an hour."""
    with closing(sqlite3.connect(stack.var / "db.sqlite3", timeout=30)) as database, database:
        database.execute(f"UPDATE integrations_openitem SET missing_since = {DAY}")

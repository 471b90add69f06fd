"""Our own invoices: from Unbilled to a number, to the customer, and all the way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Visitors
from tests.journeys.person import Person
from tests.journeys.stack import Stack, running
from tests.journeys.test_first_steps import WIDTH
from tests.journeys.test_the_whole_way import DESK, PHONE
from timechimp_afas.seeding.vlier_invoices import receipt_picture

NUMBER = re.compile(r"\d{4}-\d{4}\b")
UNBILLED = "/overviews/unbilled/"
BOOKSHOP, WATER_BOARD = "'t Hoekje Boeken V.O.F.", "Waterschap Lindevaart"
NORTH = "Studio Noorderlicht V.O.F."
WORDS = "Zoals besproken in de kassa-werkgroep"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for the journeys of this file; each bills a customer of its own."""
    with running(tmp_path_factory.mktemp("invoices") / "var") as one:
        yield one


@pytest.mark.parametrize(
    ("language", "customer", "window"),
    [
        pytest.param("en", BOOKSHOP, {**DESK, "locale": "en-GB"}, id="English"),
        pytest.param("nl", WATER_BOARD, {**DESK, "locale": "nl-NL"}, id="Dutch"),
    ],
)
def test_a_draft_becomes_final_is_mailed_credited_and_unbilled_again(
    visitors: Visitors, desk: Stack, language: str, customer: str, window: dict[str, Any]
) -> None:
    marit = Person(visitors.window(**window), desk, language)
    marit.log_in("owner@vlier.example", "vlier-demo")
    marit.reads(language)
    marit.go(UNBILLED)
    before = worth(marit, customer)
    marit.ticks(customer)
    thinks_better_of_it(marit)
    create(marit, customer)
    edit(marit)
    number = finalise(marit)
    files_open(marit, number)
    send(marit, number)
    pay(marit, "100,00")
    credit(marit)
    note = finalise(marit)
    assert note > number
    marit.go(UNBILLED)
    assert worth(marit, customer) == before


def test_on_a_phone_one_thing_is_ticked_invoiced_and_made_final(
    visitors: Visitors, desk: Stack
) -> None:
    joris = Person(visitors.window(**PHONE, locale="en-GB"), desk)
    joris.log_in("billing@vlier.example", "vlier-demo")
    joris.sees("My week")
    joris.go(UNBILLED)
    fits(joris)
    joris.page.get_by_role("link", name=NORTH).click()
    things = row(joris, NORTH).locator("tr.thing input.pick")
    expect(things.nth(1)).to_be_visible()
    joris.keep(things.nth(0))
    joris.keep(things.nth(1))
    fits(joris)
    create(joris, NORTH)
    fits(joris)
    finalise(joris)
    fits(joris)


def test_a_photographed_receipt_stands_by_its_expense(visitors: Visitors, stack: Stack) -> None:
    noor = Person(visitors.window(**PHONE, locale="en-GB"), stack)
    noor.log_in("noor@vlier.example", "vlier-demo")
    noor.sees("My week")
    noor.go("/overviews/expenses/?period=all&billing=unbilled")
    noor.page.locator("#picks tbody a[href*='/expenses/']").first.click()
    receipts = noor.page.locator("#receipts")
    photo = {"name": "bon.jpg", "mimeType": "image/jpeg", "buffer": receipt_picture()}
    receipts.get_by_label(noor.words("Take a photo")).set_input_files(photo)
    noor.press("Add receipts")
    look = receipts.get_by_role("link", name="bon.jpg")
    expect(look).to_be_visible()
    answer = noor.page.request.get(f"{stack.url}{look.get_attribute('href')}")
    assert answer.headers["content-type"] == "image/jpeg"
    fits(noor)
    receipts.get_by_role("button", name=noor.words("Remove")).click()
    noor.page.get_by_role("dialog").get_by_role("button", name=noor.words("Remove")).click()
    noor.sees("No receipt yet.")


def row(person: Person, name: str) -> Locator:
    """What the Unbilled page shows of a customer."""
    return person.page.locator("#picks > table > tbody[id]").filter(has_text=name)


def worth(person: Person, customer: str) -> str:
    """Everything the row of a customer says: hours, kinds and amounts."""
    return row(person, customer).locator("tr").first.inner_text()


def thinks_better_of_it(person: Person) -> None:
    """The dialog begins at its first box; Escape closes it, and the focus is back where it was."""
    person.press("Actions")
    person.press("Create invoice")
    first = person.page.locator("#dialog input:not([type=hidden]), #dialog select").first
    expect(first).to_be_focused()
    person.page.keyboard.press("Escape")
    expect(person.page.locator("#dialog")).to_be_hidden()
    expect(person.button("Actions")).to_be_focused()


def create(person: Person, customer: str) -> None:
    """Actions → Create invoice → Check → confirm, up to the page of the draft."""
    person.press("Actions")
    person.press("Create invoice")
    person.press("Check")
    expect(person.page.locator("#dialog")).to_contain_text(customer)
    person.page.locator("button[form=draft-confirm]").click()
    expect(person.page.locator("#draft")).to_be_visible()


def edit(person: Person) -> None:
    """Another wording and a discount on the first line, and a line of text."""
    page = person.page
    first = page.locator("#draft .line:not(.is-head)").first
    what = first.locator(".line-what").get_by_role("textbox")
    net = first.get_by_label(person.words("Net"))
    was = net.inner_text()
    what.fill("Kassa en catalogus")
    first.locator(".line-discount input").fill("10")
    expect(net).not_to_have_text(was)
    version = page.locator("#draft input[name=version]")
    seen = version.input_value()
    person.press("Save draft")
    expect(version).not_to_have_value(seen)
    expect(what).to_have_value("Kassa en catalogus")
    new = page.locator("#line-new")
    new.locator("select[name^=kind]").select_option("text")
    new.get_by_label(person.words("New line: description")).fill(WORDS)
    new.get_by_role("button", name=person.words("Add")).click()
    added = page.locator("#draft .line.is-text .line-what").get_by_role("textbox")
    expect(added.first).to_have_value(WORDS)


def finalise(person: Person) -> str:
    """Finalise → confirm; returns the number it got."""
    person.follow("Finalise")
    dialog = person.page.locator("#dialog")
    expect(dialog).to_contain_text(NUMBER)
    dialog.locator("button[form=finalise]").click()
    title = person.page.get_by_role("heading", level=1, name=NUMBER)
    expect(title).to_be_visible()
    found = NUMBER.search(title.inner_text())
    assert found
    return found[0]


def files_open(person: Person, number: str) -> None:
    """The PDF and the UBL are there, and are what they say."""
    for kind, begins in (("pdf", b"%PDF-"), ("ubl", b"<?xml")):
        answer = person.page.request.get(f"{person.page.url.split('?')[0]}{kind}/")
        assert answer.status == 200
        assert answer.body().startswith(begins)
        if kind == "ubl":
            assert f"<cbc:ID>{number}</cbc:ID>".encode() in answer.body()


def send(person: Person, number: str) -> None:
    """Send… → the mail → Send; a worker posts it with the PDF."""
    person.follow("Send…")
    expect(person.page.locator("#dialog")).to_contain_text(f"{number}.pdf")
    person.page.locator("button[form=send]").click()
    expect(person.page.locator("section[aria-labelledby=delivery]")).to_contain_text(
        person.words("Sent"), timeout=40_000
    )
    assert f'filename="{number}.pdf"' in person.stack.mail


def pay(person: Person, amount: str) -> None:
    """Register payment… → an amount."""
    person.follow("Register payment…")
    person.fill("Amount", amount)
    person.page.locator("button[form=payment]").click()
    person.sees("Partly paid")


def credit(person: Person) -> None:
    """Actions → Credit… → the reason; all lines are ticked. Up to the draft of the credit note."""
    person.press("Actions")
    person.follow("Credit…")
    person.fill("Reason", "De verkeerde periode")
    person.page.locator("button[form=credit]").click()
    expect(person.page.locator("#draft")).to_be_visible()


def fits(person: Person) -> None:
    """Nothing is wider than the phone."""
    assert person.page.evaluate("document.documentElement.scrollWidth") <= WIDTH

"""The pictures of the README: both ways of the first page are walked, and looked at on the way.

make pictures
"""

from __future__ import annotations

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import Locator, Page

from tests.journeys.bookkeeping import (
    INVOICES,
    Bookkeeper,
    choose_books,
    confirm,
    link,
    map_vat,
    pretend_afas_books,
    tick_all,
)
from tests.journeys.stack import Stack, running
from tests.journeys.test_the_whole_way import invoice, select_hours
from tests.journeys.window import launched
from tools.browser import chromium
from tools.stack import ROOT

FOLDER = ROOT / "docs" / "pictures"
DESK = {"width": 1440, "height": 900}
COLOURS = 256
MARGIN = 90  # pixels above what is looked at
LOW = 420  # pixels high, for a page with little on it
JOURNAL = 1056  # pixels wide: what is beside it holds the keys of the pretend AFAS
BOOKSHOP = "'t Hoekje Boeken V.O.F."
TWO_RATES = "Gemeente Westerveen"


@dataclass
class Album:
    """Takes pictures of a window, small enough for a page that many people read."""

    page: Page

    def show(self, part: Locator) -> None:
        """Scroll until this is near the top of the window."""
        part.evaluate(f"one => scrollBy(0, one.getBoundingClientRect().top - {MARGIN})")

    def keep(self, name: str, *, width: int = DESK["width"], height: int = DESK["height"]) -> None:
        """What the window shows now: so many pixels of it, from the top left."""
        taken = self.page.screenshot(animations="disabled", caret="hide")
        whole = Image.open(io.BytesIO(taken)).convert("RGB")
        picture = whole.crop((0, 0, width, height))
        FOLDER.mkdir(exist_ok=True)
        # Any other way takes the colour from small things, such as the dot of a status.
        few = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(FOLDER / f"{name}.png", optimize=True)
        sys.stdout.write(f"docs/pictures/{name}.png\n")


def main() -> int:
    """Start a fresh stack, walk, and put the pictures in their folder. Returns the exit code."""
    path = chromium()
    if path is None:
        return 1
    django.setup()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "var") as stack,
        launched(path) as browser,
    ):
        context = browser.new_context(viewport=DESK, locale="en-GB", reduced_motion="reduce")
        context.set_default_timeout(30_000)
        _walk(context.new_page(), stack)
    return 0


def _walk(page: Page, stack: Stack) -> None:
    marit, album = Bookkeeper(page, stack), Album(page)
    marit.log_in("owner@vlier.example", "vlier-demo")
    link(marit)
    _have_afas_invoice(marit, album)
    _book_own_invoices(marit, album)


def _have_afas_invoice(marit: Bookkeeper, album: Album) -> None:
    select_hours(marit, 3, customer=BOOKSHOP)
    album.show(marit.page.locator("#picks"))  # a menu closes when the page is scrolled
    marit.press("Actions")
    album.keep("hours")
    marit.page.keyboard.press("Escape")
    invoice(marit)
    album.keep("invoiced", height=LOW)


def _book_own_invoices(marit: Bookkeeper, album: Album) -> None:
    choose_books(marit)
    map_vat(marit, look=lambda: album.keep("mapping"))
    marit.go(INVOICES)
    tick_all(marit)
    marit.press("Actions")
    album.keep("invoices")
    marit.press("Create AFAS Sales Booking")
    marit.heading("Create AFAS Sales Booking")
    album.show(marit.page.locator("main .card").filter(has_text=TWO_RATES).first)
    album.keep("check")
    confirm(marit)
    album.keep("booked")
    album.show(pretend_afas_books(marit.page, marit.stack, TWO_RATES))
    album.keep("journal", width=JOURNAL)


if __name__ == "__main__":
    sys.exit(main())

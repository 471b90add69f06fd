"""What a person does with the pages, in the words that stand on them, in either language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils import translation
from playwright.sync_api import Locator, Page, expect

from tests.journeys.stack import Stack


@dataclass
class Person:
    """Somebody at a window who reads `language` ("en" or "nl")."""

    page: Page
    stack: Stack
    language: str = "en"

    def words(self, text: str) -> str:
        """How `text` (English) reads on this person's pages."""
        with translation.override(self.language):
            return translation.gettext(text)

    def go(self, path: str) -> None:
        """Open a page by its address; it must be there."""
        answer = self.page.goto(f"{self.stack.url}{path}")
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"

    def log_in(self, email: str, password: str) -> None:
        """Through the front door, which speaks the browser's language."""
        self.go("/accounts/login/")
        self.page.get_by_label(self.words("E-mail address")).fill(email)
        self.page.get_by_label(self.words("Password"), exact=True).fill(password)
        self.press("Sign in")

    def press(self, text: str) -> None:
        """The button with this text."""
        self.button(text).click()

    def button(self, text: str) -> Locator:
        """The visible button that begins with this text."""
        name = re.compile(rf"^\s*{re.escape(self.words(text))}")
        return self.page.get_by_role("button", name=name).locator("visible=true").first

    def follow(self, text: str) -> None:
        """The link with this text."""
        name = re.compile(rf"^\s*{re.escape(self.words(text))}")
        self.page.get_by_role("link", name=name).locator("visible=true").first.click()

    def fill(self, label: str, value: str) -> None:
        """The box with this label."""
        box = self.page.get_by_role("textbox", name=self.words(label))
        box.locator("visible=true").first.fill(value)

    def ticks(self, name: str) -> None:
        """The box before `name`, in a table that can be ticked."""
        label = self.words("Select %(name)s") % {"name": name}
        self.keep(self.page.get_by_role("checkbox", name=label, exact=True))

    def keep(self, box: Locator) -> None:
        """Tick a box, and wait until the tray below has counted it."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as kept:
            box.check()
        kept.value.finished()
        expect(self.page.locator("#tray .tray-text strong")).to_be_visible()

    def choose(self, label: str, value: str) -> None:
        """An option, by its text, in the field with this label."""
        field = self.page.get_by_label(self.words(label)).locator("visible=true").first
        option = field.locator("option", has_text=value).first
        field.select_option(value=option.get_attribute("value"))

    def sees(self, text: str | re.Pattern[str], seconds: float = 15) -> None:
        """Wait until this text stands on the page."""
        wanted = self.words(text) if isinstance(text, str) else text
        found = self.page.get_by_text(wanted).locator("visible=true").first
        expect(found).to_be_visible(timeout=seconds * 1000)

    def heading(self, text: str) -> None:
        """Wait until the page has this title."""
        name = re.compile(re.escape(self.words(text)))
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def save(self, part: str) -> None:
        """The save button of a part of the page, and wait for what comes of it."""
        name = re.compile(rf"^\s*{re.escape(self.words('Save'))}")
        with self.page.expect_navigation():
            self.page.locator(f"#{part}").get_by_role("button", name=name).first.click()

    def reads(self, language: str) -> None:
        """Choose the language of the pages, in the profile."""
        self.language = "en"  # the cast starts in English
        self.go("/profile/")
        self.page.get_by_role("combobox", name=self.words("Language")).select_option(language)
        with self.page.expect_navigation():
            self.press("Save")
        self.language = language

"""A person in Chromium, before the stack that `make run` starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.journeys.stack import Stack, running
from tests.journeys.window import launched
from tools.browser import chromium

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "test-results"
# htmx says this when a page that asks again and again is left while it asks.
LEFT_WHILE_ASKING = re.compile(r"htmx:(sendAbort|afterRequest)")
TIMEOUT = 15_000  # milliseconds a person would wait


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Remember on the item whether it failed, for the trace."""
    report = yield
    item.stash.setdefault(FAILED, [])
    if report.failed:
        item.stash[FAILED].append(report.when)
    return report


FAILED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, of the system."""
    path = chromium()
    if path is None:
        pytest.skip("needs Chromium: make browser")
    with launched(path) as one:
        yield one


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for journeys that leave it as they found it."""
    with running(tmp_path_factory.mktemp("shared") / "var") as one:
        yield one


@pytest.fixture
def fresh_stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack of a newcomer, for a journey that links a company or sends something."""
    with running(tmp_path / "var") as one:
        yield one


@dataclass
class Visitors:
    """Opens windows, and keeps an eye on their consoles."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def window(self, **options: Any) -> Page:
        """A window of its own, without cookies; options as of Playwright's new_context."""
        context = self.browser.new_context(**{"locale": "en-GB", **options})
        context.set_default_timeout(TIMEOUT)
        context.tracing.start(screenshots=True, snapshots=True)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not LEFT_WHILE_ASKING.match(message.text):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def close(self, trace: Path | None) -> None:
        """Close all windows; keep a trace of each when something failed."""
        for number, context in enumerate(self.contexts):
            if trace:
                context.tracing.stop(path=trace.with_name(f"{trace.name}-{number}.zip"))
            context.close()


@pytest.fixture
def visitors(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visitors]:
    """Windows for this test. At the end no console may have said anything."""
    them = Visitors(browser)
    yield them
    failed = request.node.stash.get(FAILED, [])
    RESULTS.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    them.close(RESULTS / name if failed else None)
    assert not them.complaints

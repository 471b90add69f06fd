"""The apps of the App Center. One more card is one more line in `APPS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from integrations.services.apps import AFAS, AppState, state_of_afas

Text = str | Promise


@dataclass(frozen=True)
class App:
    """One card: its key in the database, its name and one line, and where its settings are."""

    key: str
    name: Text
    line: Text
    category: Text
    settings_url_name: str
    state_of: Callable[[Company], AppState]
    mark: str = ""


@dataclass(frozen=True)
class Card:
    """An app as one company has it."""

    app: App
    state: AppState

    @property
    def badge(self) -> tuple[str, Text]:
        """The mark and the word of its state."""
        return BADGES[self.state]


BADGES: dict[AppState, tuple[str, Text]] = {
    AppState.AVAILABLE: ("open", _("Available")),
    AppState.NEEDS_CREDENTIALS: ("warn", _("Needs credentials")),
    AppState.NEEDS_ADMINISTRATION: ("warn", _("Needs administration")),
    AppState.ACTIVE: ("ok", _("Active")),
    AppState.ATTENTION: ("bad", _("Needs attention")),
    AppState.PAUSED: ("idle", _("Paused")),
    AppState.DEACTIVATED: ("open", _("Not active")),
}

APPS = (
    App(
        key=AFAS,
        name=_("AFAS Profit"),
        line=_("Import customers and create invoices in AFAS."),
        category=_("Accounting"),
        settings_url_name="afas_settings",
        state_of=state_of_afas,
        mark="AF",
    ),
)


def app_of(key: str) -> App | None:
    """The app with this key."""
    return next((app for app in APPS if app.key == key), None)


def cards(company: Company, *, search: str = "", show: str = "") -> list[Card]:
    """The apps as `company` has them; each word of `search` must be in name, line or category.

    `show` is "on" or "off", or anything else for all.
    """
    words = search.casefold().split()
    found = [app for app in APPS if all(word in _text(app) for word in words)]
    made = [Card(app, app.state_of(company)) for app in found]
    return [
        card for card in made if show not in {"on", "off"} or card.state.is_on == (show == "on")
    ]


def _text(app: App) -> str:
    return f"{app.name} {app.line} {app.category}".casefold()

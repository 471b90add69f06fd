"""The main menu: apps put their items in it, the shell shows what this person may open.

menu.add(MenuItem("register", _("Hours"), "hours", "clock", 10))    # in AppConfig.ready
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# "new" is the + New menu, "user" the menu under the initials, "settings" the page /settings/;
# the others are the navigation.
TITLES: dict[str, str | Promise] = {
    "top": "",
    "register": _("Register"),
    "overviews": _("Overviews"),
    "relations": _("Relations"),
    "finance": _("Finance"),
    "manage": _("Manage"),
    "team": _("Team"),
    "end": "",
    "settings": _("Settings"),
    "new": _("New"),
    "user": _("Account"),
}
NAVIGATION = ("top", "register", "overviews", "relations", "finance", "manage", "team", "end")


@dataclass(frozen=True)
class MenuItem:
    """One entry: where it stands, what it says, the page it opens and the right that page asks.

    `badge` counts what waits there for this request; `match` are further URL prefixes that belong
    to the entry, beside the prefix of its own page. `note` is its line on the settings page.
    """

    section: str
    label: str | Promise
    url_name: str
    icon: str
    order: int
    right: str | None = None
    badge: Callable[[HttpRequest], int] | None = None
    match: tuple[str, ...] = ()
    note: str | Promise = ""


@dataclass
class Entry:
    """A menu item as this request shows it."""

    label: str
    url: str
    icon: str
    badge: int = 0
    current: bool = False
    note: str = ""


@dataclass
class Section:
    """A titled group of entries, in order; `current` when one of them is."""

    key: str
    title: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def current(self) -> bool:
        """Whether the page being shown is in this section."""
        return any(entry.current for entry in self.entries)


_items: list[MenuItem] = []


def add(*items: MenuItem) -> None:
    """Put items in the menu. An item that is already there is not added again.

    Raises ValueError for a section that does not exist.
    """
    for item in items:
        if item.section not in TITLES:
            raise ValueError(f"There is no menu section {item.section!r}. Use one of {[*TITLES]}.")
        if item not in _items:
            _items.append(item)
    _items.sort(key=lambda item: item.order)


def items() -> tuple[MenuItem, ...]:
    """Return every item that the apps registered, in order, whoever may see it."""
    return tuple(_items)


def menu_for(request: HttpRequest) -> list[Section]:
    """Return the navigation this person may use, empty sections left out, current page marked."""
    return _sections(request, NAVIGATION)


def badge_of(sections: Iterable[Section]) -> int:
    """How much waits in these sections: the figure on the phone's More button."""
    return sum(entry.badge for section in sections for entry in section.entries)


def section_for(request: HttpRequest, key: str) -> Section:
    """Return one section, such as "new" or "user", with the entries this person may use."""
    return next(iter(_sections(request, (key,))), Section(key, str(TITLES[key])))


def _sections(request: HttpRequest, keys: Iterable[str]) -> list[Section]:
    allowed = [item for item in _items if _may_open(request, item)]
    current = _current(request.path, [item for item in allowed if item.section in NAVIGATION])
    sections = []
    for key in keys:
        shown = (_entry(request, item, current) for item in allowed if item.section == key)
        entries = [entry for entry in shown if entry]
        if entries:
            sections.append(Section(key, str(TITLES[key]), entries))
    return sections


def _may_open(request: HttpRequest, item: MenuItem) -> bool:
    if item.right is None:
        return True
    membership = getattr(request, "membership", None)
    return membership is not None and bool(membership.has(item.right))


def _entry(request: HttpRequest, item: MenuItem, current: MenuItem | None) -> Entry | None:
    url = _url(item)
    if url is None:
        return None
    badge = item.badge(request) if item.badge else 0
    return Entry(str(item.label), url, item.icon, badge, item is current, str(item.note))


def _current(path: str, items: list[MenuItem]) -> MenuItem | None:
    """Return the item whose own or further prefix fits the path most closely."""
    fits = [
        (len(prefix), item)
        for item in items
        for prefix in _prefixes(item)
        if path == prefix or (prefix != "/" and path.startswith(prefix))
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def _prefixes(item: MenuItem) -> tuple[str, ...]:
    url = _url(item)
    return item.match if url is None else (url, *item.match)


def _url(item: MenuItem) -> str | None:
    """Return the page's address; None for a page that this installation does not have."""
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        return None

"""The menu shows what a person may open, and marks where they are."""

import pytest
from django.test import RequestFactory, override_settings
from django.urls import NoReverseMatch, path, reverse
from django.utils.safestring import mark_safe

from core import menu, slots
from core.menu import MenuItem


def page(request):
    raise AssertionError("only addresses are needed here")


urlpatterns = [
    path("", page, name="t_home"),
    path("overviews/hours/", page, name="t_hours"),
    path("settings/", page, name="t_settings"),
    path("settings/app-center/", page, name="t_apps"),
]


class Membership:
    def __init__(self, *rights):
        self.rights = rights

    def has(self, right):
        return right in self.rights


@pytest.fixture(autouse=True)
def _own_menu(monkeypatch):
    monkeypatch.setattr(menu, "_items", [])
    with override_settings(ROOT_URLCONF=__name__):
        menu.add(
            MenuItem(
                "end", "App Center", "t_apps", "apps", 20, right="admin", badge=lambda request: 3
            ),
            MenuItem(
                "end", "Settings", "t_settings", "gear", 10, right="admin", match=("/import/",)
            ),
            MenuItem("overviews", "Hours", "t_hours", "clock", 10),
            MenuItem("top", "Dashboard", "t_home", "home", 0),
            MenuItem("new", "Hours", "t_hours", "plus", 10, right="admin"),
        )
        yield


def visit(address, membership=None):
    request = RequestFactory().get(address)
    request.membership = membership
    return request


def labels(request):
    return [
        (section.key, [entry.label for entry in section.entries])
        for section in menu.menu_for(request)
    ]


def current(request):
    return [e.label for section in menu.menu_for(request) for e in section.entries if e.current]


def test_a_person_without_the_right_does_not_see_the_item_nor_its_empty_section():
    assert labels(visit("/", Membership())) == [("top", ["Dashboard"]), ("overviews", ["Hours"])]


def test_a_person_without_a_company_has_a_menu_too():
    assert labels(visit("/")) == [("top", ["Dashboard"]), ("overviews", ["Hours"])]
    assert menu.section_for(visit("/"), "new").entries == []


def test_sections_and_items_stand_in_their_order():
    sections = labels(visit("/", Membership("admin")))
    assert [key for key, _ in sections] == ["top", "overviews", "end"]
    assert sections[-1][1] == ["Settings", "App Center"]


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("/", ["Dashboard"]),
        ("/settings/", ["Settings"]),
        ("/settings/organisation/", ["Settings"]),
        ("/import/3/", ["Settings"]),
        ("/settings/app-center/afas/", ["App Center"]),
        ("/overviews/hours/", ["Hours"]),
        ("/elsewhere/", []),
    ],
)
def test_the_closest_address_is_the_current_one(address, label):
    assert current(visit(address, Membership("admin"))) == label


def test_a_badge_counts_only_for_those_who_see_it():
    badges = {
        entry.label: entry.badge
        for section in menu.menu_for(visit("/", Membership("admin")))
        for entry in section.entries
    }
    assert badges == {"Dashboard": 0, "Hours": 0, "Settings": 0, "App Center": 3}


def test_an_item_without_a_page_is_left_out():
    menu.add(MenuItem("manage", "Ghosts", "t_nowhere", "users", 1))
    assert "manage" not in dict(labels(visit("/")))


def test_adding_twice_shows_once_and_an_unknown_section_is_refused():
    item = MenuItem("top", "Dashboard", "t_home", "home", 0)
    menu.add(item, item)
    assert len([known for known in menu.items() if known == item]) == 1
    with pytest.raises(ValueError, match="no menu section 'left'"):
        menu.add(MenuItem("left", "Nothing", "t_home", "home", 0))


def test_slots_join_in_order_escape_text_and_skip_nothing(monkeypatch):
    monkeypatch.setattr(slots, "_fillings", type(slots._fillings)(list))
    slots.fill("t", lambda request, name: f"<b>{name}</b>", order=2)
    slots.fill("t", lambda request, name: mark_safe("<i>first</i>"), order=1)
    slots.fill("t", lambda request, name: None)
    assert slots.render("t", visit("/"), name="A & B") == (
        "<i>first</i>&lt;b&gt;A &amp; B&lt;/b&gt;"
    )
    assert slots.render("nobody", visit("/")) == ""


def test_a_slot_filled_twice_by_one_function_shows_it_once(monkeypatch):
    monkeypatch.setattr(slots, "_fillings", type(slots._fillings)(list))

    def card(request):
        return "x"

    slots.fill("t", card)
    slots.fill("t", card)
    assert slots.render("t", visit("/")) == "x"


def test_the_addresses_of_this_test_exist():
    assert reverse("t_home") == "/"
    with pytest.raises(NoReverseMatch):
        reverse("t_nowhere")

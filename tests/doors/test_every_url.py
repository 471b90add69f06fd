"""Every address of the project, tried by the wrong people; and by the right one, to compare.

The addresses come from the resolver, so a new page cannot be forgotten: one that names an object
fails until `objects.py` can make that object.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Right
from tests.conftest import CompanyClient
from tests.doors import walking
from tests.doors.bodies import bodies_with, body_with, elsewhere
from tests.doors.houses import House, furnish
from tests.doors.objects import OBJECTS, OF_THE_PERSON, PUBLIC, WORDS
from tests.doors.walking import Door, Form
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
# Programs have doors of another kind, which `tests/api/test_every_operation.py` tries.
DOORS = [
    door
    for door in walking.every_door()
    if door.name and not door.route.startswith(("api/v1/", "api/^v1/"))
]
WITH_OBJECTS = [
    door for door in DOORS if door.kwargs and door.name not in PUBLIC and door.name not in WORDS
]
WITH_RIGHTS = [door for door in DOORS if door.rights]
OF_COMPANIES = [
    door for door in DOORS if door.name not in PUBLIC and door.name not in OF_THE_PERSON
]
# Whatever lies here is nobody's business without a right; the exceptions are everybody's.
GUARDED = ("settings/", "team/", "afas/")
UNGUARDED = {"settings", "organisation_logo", "api_keys", "api_key_revoke"}
# Forms that take ids in their body, and get something done with nothing but what we send.
FRUITFUL = {
    "customer_edit",
    "project_new",
    "project_edit",
    "register_hours_add",
    "register_expenses_add",
    "register_rides_add",
    "selection_pick",
}
DONE = {200, 204, 302, 303, 422}


@pytest.fixture(autouse=True)
def _afas_is_out(settings):
    """Nobody answers at AFAS, and no letter leaves."""
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}"


@pytest.fixture
def ours() -> House:
    """The house that owns the objects."""
    return furnish("Ours")


@pytest.fixture
def theirs() -> House:
    """A stranger's house, in which the stranger may do everything."""
    return furnish("Theirs")


def name_of(door: Door) -> str:
    return door.name


def address_in(door: Door, house: House) -> str:
    if door.name in PUBLIC:
        return door.address(PUBLIC[door.name])
    if door.name in WORDS or not door.kwargs:
        return door.address(WORDS.get(door.name))
    if door.name not in OBJECTS:
        pytest.fail("Say in tests/doors/objects.py how to make what this page shows.")
    return door.address(OBJECTS[door.name](house.company, house.owner))


def methods_of(client: Client, address: str) -> set[str]:
    """What a page answers to, as Django's own method guard tells; both when it has none."""
    answer = client.options(address)
    allowed = answer.headers.get("Allow", "GET, POST") if answer.status_code == 405 else "GET, POST"
    return {method.strip() for method in allowed.split(",")} & {"GET", "POST"}


def forms_at(browser: Client, address: str, methods: set[str]) -> list[Form]:
    """The forms of the page at this address, none when it is no page."""
    return walking.forms_of(text_of(browser.get(address))) if "GET" in methods else []


def text_of(response: Any) -> str:
    return response.getvalue().decode(errors="replace")


def leads_to_log_in(response: Any) -> bool:
    return response.status_code == 302 and response.url.startswith("/accounts/login/")


def test_every_address_has_a_name():
    assert len(DOORS) > 30
    assert [door.route for door in walking.every_door() if not door.name] == []


def test_every_address_with_an_object_can_be_tried():
    missing = [f"{door.name} ({door.route})" for door in WITH_OBJECTS if door.name not in OBJECTS]
    assert missing == [], "Say in tests/doors/objects.py how to make what these pages show."
    assert WITH_OBJECTS


def test_pages_of_settings_team_and_afas_ask_for_a_right():
    inside = [door for door in DOORS if door.route.startswith(GUARDED)]
    assert len(inside) > 10
    open_ones = [door.name for door in inside if not door.rights and door.name not in UNGUARDED]
    assert open_ones == []


def test_every_right_that_a_page_asks_for_exists():
    asked = frozenset().union(*(door.rights for door in WITH_RIGHTS))
    assert {Right.ADMIN, Right.INVOICES} <= asked <= set(Right.values)


@pytest.mark.parametrize("door", [d for d in DOORS if d.name not in PUBLIC], ids=name_of)
def test_nobody_gets_in_without_logging_in(door, client, ours):
    address = address_in(door, ours)
    before = ours.rows()
    for response in (client.get(address), client.post(address, body_with(ours.ids))):
        assert leads_to_log_in(response) or response.status_code in {403, 404, 405}
    assert ours.rows() == before


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_what_is_public_tells_nobody_anything(name, client, ours):
    doors = [door for door in DOORS if door.name == name]
    if not doors:
        pytest.skip("this installation has no such page")
    page = client.get(address_in(doors[0], ours), follow=True).content.decode()
    secrets = [project.SECRET_KEY, *project.FIELD_KEYS, "0123456789ABCDEF"]
    for word in (*secrets, ours.company.name, ours.owner.email, " of Ours"):
        assert word not in page


@pytest.mark.parametrize("door", WITH_RIGHTS, ids=name_of)
def test_without_the_right_the_page_is_closed(door, ours):
    others = sorted({*Right.values} - door.rights)
    person = MembershipFactory(company=ours.company, rights=others)
    browser = CompanyClient(ours.company)
    browser.force_login(person.user)
    address = address_in(door, ours)
    before = ours.rows()
    for method in methods_of(ours.browser, address):
        send = browser.get if method == "GET" else browser.post
        assert send(address).status_code == 403
    assert ours.rows() == before


@pytest.mark.parametrize("door", WITH_OBJECTS, ids=name_of)
def test_the_owner_gets_in_where_the_stranger_gets_404(door, ours, theirs):
    address = address_in(door, ours)
    methods = methods_of(ours.browser, address)
    assert methods
    before = ours.rows()
    if "GET" in methods:
        assert theirs.browser.get(address).status_code == 404
    if "POST" in methods:
        assert theirs.browser.post(address, body_with(theirs.ids)).status_code == 404
        assert theirs.browser.post(address, body_with(ours.ids)).status_code == 404
    assert ours.rows() == before
    if "GET" in methods:
        shown = ours.browser.get(address, follow=True)  # an address may lead to the object's page
        assert shown.status_code == 200
        assert not shown.redirect_chain or "/login/" not in shown.redirect_chain[-1][0]
    if "POST" in methods:
        body = body_with(ours.ids, forms_at(ours.browser, address, methods))
        assert ours.browser.post(address, body).status_code in DONE


@pytest.mark.parametrize("door", OF_COMPANIES, ids=name_of)
def test_ids_of_another_company_in_a_form_change_nothing_there(door, ours, theirs):
    address = address_in(door, theirs)
    methods = methods_of(theirs.browser, address)
    forms = forms_at(theirs.browser, address, methods)
    before = ours.rows()
    targets = elsewhere(forms, address) | ({address: forms} if "POST" in methods else {})
    for target, some in targets.items():
        for body in bodies_with(ours.ids, theirs.ids, some):
            response = theirs.browser.post(target, body)
            assert response.status_code < 500
            assert " of Ours" not in text_of(response)
    filtered = theirs.browser.get(address, body_with(ours.ids))
    assert filtered.status_code < 500
    assert " of Ours" not in text_of(filtered)
    assert ours.rows() == before
    assert walking.rows_across() == []


def test_the_same_forms_do_change_something_for_the_owner(ours):
    """The control: a body that never gets anything done would prove nothing above."""
    did, tried = set(), set()
    for door in OF_COMPANIES:
        address = address_in(door, ours)
        methods = methods_of(ours.browser, address)
        if "POST" not in methods:
            continue
        tried.add(door.name)
        forms = forms_at(ours.browser, address, methods)
        before = ours.rows()
        ours.browser.post(address, body_with(ours.ids, forms))
        did |= {door.name} if ours.rows() != before else set()
        Membership.objects.filter(user=ours.owner).update(active=True, rights=sorted(Right.values))
    assert len(did) > len(tried) / 2, tried - did
    assert did >= FRUITFUL


@pytest.mark.parametrize("name", ["customers", "contacts", "projects", "employees", "invoices"])
def test_a_search_with_a_nul_finds_nothing(ours: House, name: str) -> None:
    """PostgreSQL would break on it."""
    assert ours.browser.get(reverse(name), {"q": "a\x00"}).status_code == 404

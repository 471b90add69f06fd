"""The card for bookings whose answer gets lost: it says which of the two holds; names are tried."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Company, User
from integrations.afas.client import Limits
from integrations.afas.posted import BookingMapping
from integrations.models import AfasConnection
from integrations.services import connecting
from integrations.services.connection_settings import look_up_mapping_of
from integrations.services.lists import BOOKINGS
from sandbox import seed
from sandbox.getconnectors import CONNECTORS
from tests.factories import AppInstallationFactory, BookingSettingsFactory

pytestmark = pytest.mark.django_db
PAGE = "/settings/app-center/afas/"
SHOWN = "Uurwerk_Entries"
USUAL = CONNECTORS[SHOWN.lower()]
SAVE = "?list=bookings"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(connecting, "CHECKS", Limits(connect=2, read=3, total=4, tries=1))


@pytest.fixture
def browser(company: Company, owner: User, client_of: Callable[..., Any]) -> Any:
    AppInstallationFactory(company=company)
    BookingSettingsFactory(company=company)
    return client_of(owner, company)


@pytest.fixture
def granted(sandbox: Any, connection: AfasConnection) -> str:
    """AFAS lets us read its entries and has one; its key."""
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": [SHOWN]})
    entry = {"invoice_number": "20260050", "debtor": "10001", "total": 121}
    sandbox.order("book_by_hand", {"environment": "12345", **entry})
    return f"1/20/{sandbox.state()['entries'][0]['number']}"


def card(answer: Any) -> str:
    """The words of the card alone."""
    found = re.search(
        r'<section class="card" id="look-up-bookings".*?</section>', answer.content.decode(), re.S
    )
    assert found
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def save(browser: Any, connector: str = SHOWN, **columns: str) -> Any:
    usual = look_up_mapping_of(AfasConnection(), BOOKINGS)
    typed = {f"look_up_{name}": columns.get(name, usual[name]) for name in usual}
    address = reverse("afas_look_up") + SAVE
    return browser.post(address, {"lookup_connector": connector, **typed})


def test_the_card_is_there_once_there_is_a_journal(
    browser: Any, connection: AfasConnection, company: Company
) -> None:
    assert "No answer" not in card(browser.get(PAGE))
    BookingSettingsFactory._meta.model.objects.update(journal="")
    assert "look-up-bookings" not in browser.get(PAGE).content.decode()


def test_without_the_connector_a_person_has_to_look_and_it_says_what_to_grant(
    browser: Any, connection: AfasConnection
) -> None:
    shown = card(browser.post(reverse("afas_check_again"), follow=True))
    assert "A person has to look" in shown
    assert f"AFAS does not let us read {SHOWN}" in shown
    assert "is not booked twice" in shown
    for column in BookingMapping().columns():
        assert column in shown


def test_an_empty_list_says_that_the_first_booking_proves_it(
    browser: Any, connection: AfasConnection, sandbox: Any
) -> None:
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": [SHOWN]})
    shown = card(browser.post(reverse("afas_check_again"), follow=True))
    assert "Not yet: it waits for a booking" in shown
    assert "first booking that we send and see there proves it" in shown


def test_once_it_is_proven_afas_is_asked_by_itself(browser: Any, granted: str) -> None:
    shown = card(browser.post(reverse("afas_check_again"), follow=True))
    assert "AFAS is asked by itself" in shown
    assert f"entry {granted}" in shown
    assert "A person has to look" not in shown


def test_another_name_is_kept_and_proven_and_that_of_the_invoices_stays(
    browser: Any,
    connection: AfasConnection,
    granted: str,
    sandbox: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(CONNECTORS, "onze_boekingen", replace(USUAL, name="Onze_Boekingen"))
    monkeypatch.setitem(seed.GET_CONNECTORS, "Onze_Boekingen", "Onze boekingen")
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": ["Onze_Boekingen"]})

    assert save(browser, "Onze_Boekingen", credit="").status_code == 302

    connection.refresh_from_db()
    assert connection.booking_connector == "Onze_Boekingen"
    assert connection.booking_mapping == {"credit": ""}
    assert connection.booking_control == granted
    assert connection.lookup_connector == "Uurwerk_DirectInvoices"
    assert connection.lookup_mapping == {}


def test_an_empty_name_is_the_usual_one(
    browser: Any, connection: AfasConnection, granted: str
) -> None:
    AfasConnection.objects.update(booking_connector="Anders")
    save(browser, " ")
    connection.refresh_from_db()
    assert connection.booking_connector == SHOWN
    assert connection.booking_proven_at is not None


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({"reference": "Kenmerk"}, f"{SHOWN} has no column Kenmerk"),
        ({"journal": ""}, "Without this column nothing can be looked up"),
        ({"administration": ""}, "Without this column nothing can be looked up"),
        ({"debtor": "EntryNr"}, "Another line has this column already"),
        ({"reference": "CreateDate"}, "cannot hold it"),
        ({"total": "x" * 81}, "at most 80"),
    ],
)
def test_columns_that_cannot_be_are_refused_and_nothing_is_kept(
    browser: Any, connection: AfasConnection, granted: str, columns: dict[str, str], word: str
) -> None:
    browser.post(reverse("afas_check_again"))
    connection.refresh_from_db()
    proven = connection.booking_proven_at

    answer = save(browser, **columns)

    assert answer.status_code == 422
    assert word in card(answer)
    connection.refresh_from_db()
    assert (connection.booking_mapping, connection.booking_proven_at) == ({}, proven)


def test_a_refused_form_is_shown_even_before_there_is_a_journal(
    browser: Any, connection: AfasConnection, granted: str
) -> None:
    BookingSettingsFactory._meta.model.objects.update(journal="")
    assert "has no column Kenmerk" in card(save(browser, reference="Kenmerk"))


def test_names_that_are_not_granted_are_kept_and_a_person_has_to_look(
    browser: Any, connection: AfasConnection, granted: str
) -> None:
    browser.post(reverse("afas_check_again"))
    save(browser, "Later_Te_Maken")
    connection.refresh_from_db()
    assert (connection.booking_proven_at, connection.booking_control) == (None, "")
    assert "AFAS does not let us read Later_Te_Maken" in card(browser.get(PAGE))


def test_the_guide_tells_of_entries_and_names_the_own_connector_and_columns(
    browser: Any, connection: AfasConnection
) -> None:
    AfasConnection.objects.update(
        booking_connector="Onze_Boekingen", booking_mapping={"reference": "Boekstuk"}
    )
    shown = browser.get(reverse("afas_look_up_guide") + SAVE).content.decode()
    for words in ("Onze_Boekingen", "Boekstuk", "one row for each entry", "Filter on debtors"):
        assert words in shown
    other = browser.get(reverse("afas_look_up_guide")).content.decode()
    assert "Onze_Boekingen" not in other
    assert "Set no filter" in other

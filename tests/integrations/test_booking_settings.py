"""The card "Booking": what AFAS would refuse is said, and nothing else is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from accounts.trail import told
from core.errors import DomainError
from core.models import AuditEvent
from integrations.models import AccountLink, AfasConnection, BookingSettings
from integrations.services import picking
from integrations.services.account_links import general_accounts
from integrations.services.booking_settings import (
    BookingWishes,
    save_booking_settings,
    settings_of,
)
from sandbox import seed
from tests.factories import (
    AccountLinkFactory,
    AfasConnectionFactory,
    AppInstallationFactory,
    BookingSettingsFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/settings/app-center/afas/"
USUAL = {"period_rule": "invoice_date", "cost_centre_axis": "1"}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    AppInstallationFactory(company=company)
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.fixture
def browser(link: AfasConnection, owner: User, client_of: Callable[..., Any]) -> Any:
    return client_of(owner, link.company)


@pytest.fixture
def typed_only(link: AfasConnection) -> None:
    """The token grants the five connectors of the guide, so AFAS gives no list."""
    AfasConnection.objects.update(user_token=seed.BARE_TOKEN)


def post(browser: Any, **fields: str) -> Any:
    return browser.post(reverse("afas_booking"), {**USUAL, **fields})


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_what_is_filled_in_is_kept_and_shown(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    answer = post(
        browser,
        journal=" 20 ",
        period_rule="next_open",
        account_default="8000",
        account_rides="8080",
        cost_centre="NOORD",
        cost_centre_axis="2",
        subject_type="17",
        attach_pdf="on",
    )

    assert answer.status_code == 302
    kept = settings_of(link)
    assert (kept.journal, kept.period_rule, kept.cost_centre_axis) == ("20", "next_open", 2)
    assert (kept.cost_centre, kept.subject_type, kept.attach_pdf) == ("NOORD", 17, True)
    assert (kept.attach_annexes, kept.auto_book_since) == (False, None)
    assert general_accounts(link) == {"default": "8000", "rides": "8080"}
    shown = text(browser.get(PAGE))
    for value in ("8080", "NOORD", "17"):
        assert f'value="{value}"' in shown


def test_before_anybody_chose_there_are_the_defaults_and_no_row(link: AfasConnection) -> None:
    found = settings_of(link)
    assert (found.journal, found.cost_centre_axis, found.pk) == ("", 1, None)
    assert not BookingSettings.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"journal": "VERKOOP"}, "At most 6 signs"),
        ({"journal": "21"}, "Administration 1 has no journal 21"),
        ({"journal": "90"}, "has blocked journal 90"),
        ({"cost_centre_axis": "6"}, "6 is not one of the available choices"),
        ({"period_rule": "whenever"}, "whenever is not one of the available choices"),
        ({"subject_type": "PDF"}, "whole number, such as 17"),
        ({"subject_type": "-1"}, "whole number, such as 17"),
        ({"subject_type": "99999999999"}, "whole number, such as 17"),
        ({"attach_pdf": "on"}, "so it needs the type"),
        ({"attach_annexes": "on"}, "so it needs the type"),
        ({"auto_book": "on"}, "Choose the journal first"),
        ({"cost_centre": "x" * 17}, "At most 16 signs"),
        ({"account_default": "9999"}, "AFAS knows no ledger account 9999"),
        ({"account_hours": "8090"}, "has blocked ledger account 8090"),
        ({"account_default": "1300"}, "collects what debtors"),
        ({"account_fixed": "1100"}, "allows no VAT code on ledger account 1100"),
        ({"account_default": "8" * 17}, "At most 16 signs"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_kept(
    browser: Any, fields: dict[str, str], sentence: str
) -> None:
    answer = post(browser, **{"account_subscription": "8000", **fields})
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not BookingSettings.objects.exists()
    assert not AccountLink.objects.exists()


def test_costs_may_go_to_an_account_without_vat(browser: Any, link: AfasConnection) -> None:
    assert post(browser, account_expenses="1100").status_code == 302
    assert general_accounts(link) == {"expenses": "1100"}


@pytest.mark.usefixtures("typed_only")
def test_without_a_list_what_is_typed_is_believed(browser: Any, link: AfasConnection) -> None:
    assert post(browser, journal="21", account_default="9999").status_code == 302
    assert settings_of(link).journal == "21"
    browser.post(reverse("afas_check_again"))
    shown = text(browser.get(PAGE))
    assert "AFAS gives no list" in shown
    assert 'id="afas-journals"' not in shown


def test_an_account_that_is_emptied_is_taken_away(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    AccountLinkFactory(company=company, use="hours", account="8010")
    AccountLinkFactory(company=company, use="default", account="8000", administration=2)
    post(browser, account_default="8000")
    assert general_accounts(link) == {"default": "8000"}
    assert AccountLink.objects.get(administration=2).account == "8000"


def test_booking_by_itself_begins_when_it_is_switched_on(
    browser: Any, link: AfasConnection
) -> None:
    post(browser, journal="20", auto_book="on")
    since = settings_of(link).auto_book_since
    assert since is not None
    assert timezone.now() - since < timedelta(minutes=1)
    assert "Switched on" in text(browser.get(PAGE))

    post(browser, journal="20", auto_book="on", cost_centre="WEST")
    assert settings_of(link).auto_book_since == since

    post(browser, journal="20")
    assert settings_of(link).auto_book_since is None


def test_every_change_stands_in_the_audit_trail_in_words(browser: Any, owner: User) -> None:
    post(browser, journal="20", account_hours="8000")
    post(browser, journal="70", account_hours="8080")
    post(browser, journal="70", account_hours="8080")

    events = AuditEvent.objects.filter(action__startswith="afas_").order_by("id")
    assert [one.action for one in events] == [
        "afas_booking.changed",
        "afas_account.created",
        "afas_booking.changed",
        "afas_account.changed",
    ]
    assert {one.by for one in events} == {owner}
    journal, account = told(events[2]), told(events[3])
    assert journal.kind == "Booking in AFAS"
    [change] = journal.differences
    assert (change.name, change.before, change.after) == ("Journal", "20", "70")
    assert (account.kind, account.event.object_label) == ("Ledger account", "Hours = 8080")


def test_each_administration_has_books_of_its_own(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    BookingSettingsFactory(company=company, administration=2, journal="70")
    assert settings_of(link).journal == ""
    post(browser, journal="20")
    assert BookingSettings.objects.get(administration=2).journal == "70"
    assert BookingSettings.objects.get(administration=1).journal == "20"


def test_the_administration_comes_first(browser: Any, link: AfasConnection, owner: User) -> None:
    AfasConnection.objects.update(administration=None)
    assert "Choose the administration first" in text(browser.get(PAGE))
    assert post(browser, journal="20").status_code == 422
    link.refresh_from_db()
    with pytest.raises(DomainError, match="Choose the administration first"):
        save_booking_settings(connection=link, wanted=BookingWishes(journal="20"), by=owner)
    assert not BookingSettings.objects.exists()


def test_nothing_is_kept_for_a_link_that_was_replaced(link: AfasConnection, owner: User) -> None:
    AfasConnection.objects.update(closed_at=timezone.now())
    with pytest.raises(DomainError, match="changed the link meanwhile"):
        save_booking_settings(connection=link, wanted=BookingWishes(journal="20"), by=owner)
    assert not BookingSettings.objects.exists()


def test_the_lists_to_pick_from_leave_out_what_afas_refuses(browser: Any, sandbox: Any) -> None:
    sandbox.order("block", {"environment": "12345", "kind": "vat_code", "key": "2"})
    journals, accounts, vat = (
        text(browser.get(reverse("afas_booking_options"), {"list": name}))
        for name in ("journals", "accounts", "vat-codes")
    )
    assert 'value="20">Verkoop<' in journals
    assert 'value="90"' not in journals
    assert 'value="8000">Omzet hoog tarief<' in accounts
    assert 'value="1300"' not in accounts
    assert 'value="1">Btw hoog 21 % · 21 %<' in vat
    assert 'value="2"' not in vat
    assert "option" not in text(browser.get(reverse("afas_booking_options"), {"list": "x"}))


@pytest.mark.usefixtures("typed_only")
def test_where_afas_gives_no_list_there_is_nothing_to_pick(browser: Any) -> None:
    answer = browser.get(reverse("afas_booking_options"), {"list": "accounts"})
    assert answer.status_code == 200
    assert "option" not in text(answer)


def test_lists_of_books_show_the_linked_administration_only(
    link: AfasConnection, company: Company
) -> None:
    journals, periods = picking.journals_of(link), picking.periods_of(link)
    assert journals
    assert {one.administration for one in journals} == {"1"}
    assert periods
    assert {one.administration for one in periods} == {"1"}


def test_connectors_of_lists_may_have_other_names(
    browser: Any, link: AfasConnection, sandbox: Any
) -> None:
    columns = {"column_number": "DebtorId", "column_name": "DebtorName"}
    names = {"account_connector": "Onze_Rekeningen", "period_connector": " "}
    answer = browser.post(reverse("afas_names"), {**columns, **names})
    assert answer.status_code == 302
    link.refresh_from_db()
    assert link.account_connector == "Onze_Rekeningen"
    assert link.period_connector == "Profit_periods_per_administration"
    assert picking.accounts_of(link) is None
    assert "add Onze_Rekeningen" in text(browser.get(PAGE))


def test_testing_again_reads_the_lists_anew(browser: Any, sandbox: Any) -> None:
    browser.get(reverse("afas_booking_options"), {"list": "accounts"})
    sandbox.order("block", {"environment": "12345", "kind": "account", "key": "8000"})
    assert post(browser, account_default="8000").status_code == 302
    browser.post(reverse("afas_check_again"))
    answer = post(browser, account_default="8010", account_hours="8000")
    assert "has blocked ledger account 8000" in text(answer)


def test_what_is_optional_is_folded_away_and_never_counts_as_missing(browser: Any) -> None:
    shown = text(browser.post(reverse("afas_check_again"), follow=True))
    assert "All granted" in shown
    assert "7 of 9 granted" in shown
    assert shown.index("Optional connectors") < shown.index("KnSubject")


def test_only_admins_may_change_it(
    browser: Any, biller: User, company: Company, client_of: Callable[..., Any]
) -> None:
    other = client_of(biller, company)
    assert post(other, journal="20").status_code == 403
    assert other.get(reverse("afas_booking_options")).status_code == 403
    assert not BookingSettings.objects.exists()

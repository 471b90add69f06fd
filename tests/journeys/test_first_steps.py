"""Into the house, and what a person finds there."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import Visitors
from tests.journeys.person import Person
from tests.journeys.stack import Stack

WIDTH = 390  # CSS pixels of a usual phone
PAGES = [
    "/",
    "/register/hours/",
    "/register/expenses/",
    "/register/rides/",
    "/overviews/hours/",
    "/overviews/expenses/",
    "/overviews/rides/",
    "/overviews/unbilled/",
    "/overviews/unbilled/?per=project",
    "/finance/invoices/",
    "/finance/invoices/new/",
    "/projects/",
    "/relations/customers/",
    "/team/employees/",
    "/settings/",
    "/settings/organisation/",
    "/settings/app-center/",
    "/settings/import/",
    "/afas/history/",
    "/manage/activities/",
    "/manage/expense-categories/",
    "/settings/rates/",
    "/settings/invoicing/",
    "/settings/vat-rates/",
    "/profile/",
]


def test_every_page_of_the_menu_opens_without_a_word_on_the_console(
    visitors: Visitors, stack: Stack
) -> None:
    marit = Person(visitors.window(), stack)
    marit.log_in("owner@vlier.example", "vlier-demo")
    for path in PAGES:
        marit.go(path)
        expect(marit.page.get_by_role("heading", level=1)).to_be_visible()


def test_no_page_is_wider_than_a_phone(visitors: Visitors, stack: Stack) -> None:
    phone = {"viewport": {"width": WIDTH, "height": 844}, "is_mobile": True, "has_touch": True}
    marit = Person(visitors.window(**phone), stack)
    marit.log_in("owner@vlier.example", "vlier-demo")
    too_wide = {}
    for path in PAGES:
        marit.go(path)
        width = marit.page.evaluate("document.documentElement.scrollWidth")
        too_wide |= {path: width} if width > WIDTH else {}
    assert not too_wide


def test_one_company_never_sees_the_other(visitors: Visitors, stack: Stack) -> None:
    wouter = Person(visitors.window(), stack)
    wouter.log_in("owner@eik.example", "eik-demo")
    wouter.go("/relations/customers/")
    wouter.sees("Koffiebranderij Zwart Goud B.V.")
    expect(wouter.page.get_by_text(re.compile("Bakkerij De Gouden Aar"))).to_have_count(0)


def test_the_wrong_password_stays_outside(visitors: Visitors, stack: Stack) -> None:
    stranger = Person(visitors.window(), stack)
    stranger.log_in("owner@vlier.example", "not-the-password")
    expect(stranger.page).to_have_url(re.compile("/accounts/login/"))
    visitors.complaints.clear()  # the browser notes a refused form

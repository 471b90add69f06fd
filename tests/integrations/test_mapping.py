"""The mapping by its page: what is typed, set for many, suggested, refused, and who may do it."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Company, User
from integrations.models import AccountLink, AfasConnection, ItemLink, ProjectLink, VatLink
from integrations.services.mapping_rows import COLUMNS, rows_of
from sandbox import seed
from tests.factories import (
    AccountLinkFactory,
    ActivityFactory,
    AfasConnectionFactory,
    AppInstallationFactory,
    ExpenseCategoryFactory,
    ItemLinkFactory,
    ProjectFactory,
    VatLinkFactory,
)

pytestmark = pytest.mark.django_db


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


def address(table: str, **query: str) -> str:
    words = "&".join(f"{name}={value}" for name, value in {"table": table, **query}.items())
    return f"{reverse('afas_mapping')}?{words}"


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def form(link: AfasConnection, table: str, **typed: str) -> dict[str, str]:
    """The page of a table as its form holds it now, with what is typed over it."""
    fields: dict[str, str] = {}
    for row in rows_of(link, table):
        fields |= {f"{row.key}-{name}": value for name, value in row.values.items()}
        held = [row.values[column.name] for column in COLUMNS[table]]
        fields[f"{row.key}-seen"] = json.dumps(held)
    return {**fields, **typed}


def test_the_tabs_say_how_much_is_missing(browser: Any, company: Company) -> None:
    ActivityFactory(company=company, name="Design")
    ExpenseCategoryFactory(company=company, name="Meals")
    shown = text(browser.get(reverse("afas_mapping")))
    for label in ("Activities", "Products", "VAT rates", "Projects", "Items"):
        assert label in shown
    assert "Design" in shown
    assert "Meals" not in shown
    assert 'placeholder="missing"' in shown
    assert "12345 – Live – 1 Studio Vlier B.V." in shown


def test_a_row_gets_an_item_and_an_account(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    key = f"activity-{ActivityFactory(company=company).pk}"
    typed = {f"{key}-code": "uren-dev", f"{key}-account": " 8080 "}
    answer = browser.post(address("activities"), form(link, "activities", **typed), follow=True)
    assert "Saved: 1 row changed" in text(answer)
    item = ItemLink.objects.get()
    assert (item.kind, item.code, item.unit) == ("1", "UREN-DEV", "uur")
    account = AccountLink.objects.get()
    assert (account.use, account.account, account.administration) == ("activity", "8080", 1)
    assert "Known" in text(answer)


def test_an_expense_category_that_vat_does_not_concern_may_have_an_account_without_vat(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    taxed = ExpenseCategoryFactory(company=company)
    outside = ExpenseCategoryFactory(company=company, vat_code="outside")
    typed = {f"category-{one.pk}-account": "1100" for one in (taxed, outside)}
    answer = browser.post(address("products"), form(link, "products", **typed))
    assert answer.status_code == 422
    assert text(answer).count("allows no VAT code on ledger account 1100") == 1
    typed.pop(f"category-{taxed.pk}-account")
    assert browser.post(address("products"), form(link, "products", **typed)).status_code == 302
    assert AccountLink.objects.get().category == outside


def test_a_vat_rate_gets_its_codes(browser: Any, link: AfasConnection) -> None:
    typed = {
        "vat-high-21.00-code": "1",
        "vat-high-21.00-account": "1510",
        "vat-high-21.00-revenue_account": "8000",
        "vat-reverse-0.00-code": "3",
    }
    assert browser.post(address("vat"), form(link, "vat", **typed)).status_code == 302
    found = {
        one.vat_code: (one.code, one.account, one.revenue_account) for one in VatLink.objects.all()
    }
    assert found == {"high": ("1", "1510", "8000"), "reverse": ("3", "", "")}


def test_a_project_gets_a_cost_centre_and_a_project_of_afas(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    project = ProjectFactory(company=company)
    key = f"project-{project.pk}"
    typed = {f"{key}-cost_centre": "NOORD", f"{key}-afas_project": "P100"}
    browser.post(address("projects"), form(link, "projects", **typed))
    found = ProjectLink.objects.get()
    assert (found.project, found.cost_centre, found.afas_project) == (project, "NOORD", "P100")
    emptied = {f"{key}-cost_centre": "", f"{key}-afas_project": ""}
    browser.post(address("projects"), form(link, "projects", **emptied))
    assert not ProjectLink.objects.exists()


def test_an_item_gets_an_account_whatever_signs_are_in_its_code(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    ItemLinkFactory(company=company, code="UREN / alg. é")
    key = rows_of(link, "items")[0].key
    assert key == "item-1-UREN%20%2F%20alg.%20%C3%A9"
    browser.post(address("items"), form(link, "items", **{f"{key}-account": "8000"}))
    found = AccountLink.objects.get()
    assert (found.use, found.item_kind, found.item_code) == ("item", "1", "UREN / alg. é")


@pytest.mark.parametrize(
    ("table", "typed", "sentence"),
    [
        ("vat", {"vat-high-21.00-code": "9"}, "AFAS knows no VAT code 9"),
        ("vat", {"vat-high-21.00-code": "2"}, "VAT code 2 is 9 % in AFAS and this is 21 %"),
        ("vat", {"vat-high-21.00-code": "ABCD"}, "At most 3 signs"),
        ("vat", {"vat-high-21.00-account": "1300"}, "collects what debtors"),
        ("vat", {"vat-high-21.00-revenue_account": "1100"}, "allows no VAT code"),
        ("vat", {"vat-high-21.00-account": "x" * 90}, "At most 80 signs"),
        ("activities", {"activity-{pk}-account": "9999"}, "AFAS knows no ledger account 9999"),
        ("activities", {"activity-{pk}-code": "NONE"}, "what kind of item"),
        ("activities", {"activity-{pk}-kind": "9"}, "not one of the available choices"),
    ],
)
def test_what_afas_would_refuse_is_said_beside_its_box_and_nothing_is_kept(
    browser: Any, link: AfasConnection, table: str, typed: dict[str, str], sentence: str
) -> None:
    pk = ActivityFactory(company=link.company, name="Design").pk
    typed = {name.format(pk=pk): value for name, value in typed.items()}
    right = {"vat-low-9.00-code": "2"}
    answer = browser.post(address(table), form(link, table, **right, **typed))
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not VatLink.objects.exists()
    assert not AccountLink.objects.exists()
    assert not ItemLink.objects.exists()


def test_a_reverse_charge_is_not_compared_by_percentage(browser: Any, link: AfasConnection) -> None:
    typed = {"vat-reverse-0.00-code": "1"}
    assert browser.post(address("vat"), form(link, "vat", **typed)).status_code == 302


def test_a_row_that_was_wrong_already_does_not_hold_up_another(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    old, new = ActivityFactory(company=company), ActivityFactory(company=company)
    AccountLinkFactory(company=company, use="activity", activity=old, account="8090")
    shown = text(browser.get(address("activities")))
    assert "Blocked" in shown
    typed = {f"activity-{new.pk}-account": "8000"}
    assert browser.post(address("activities"), form(link, "activities", **typed)).status_code == 302
    assert AccountLink.objects.count() == 2


def test_what_a_colleague_changed_meanwhile_is_not_undone(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    mine, theirs = ActivityFactory(company=company), ActivityFactory(company=company)
    seen = form(link, "activities")
    AccountLinkFactory(company=company, use="activity", activity=theirs, account="8010")

    browser.post(address("activities"), {**seen, f"activity-{mine.pk}-account": "8000"})
    assert AccountLink.objects.get(activity=theirs).account == "8010"

    clash = {**seen, f"activity-{theirs.pk}-account": "8000"}
    answer = browser.post(address("activities"), clash)
    assert answer.status_code == 422
    assert "Meanwhile somebody made this “8010”" in text(answer)
    assert AccountLink.objects.get(activity=theirs).account == "8010"

    again = form(link, "activities", **{f"activity-{theirs.pk}-account": "8000"})
    assert browser.post(address("activities"), again).status_code == 302
    assert AccountLink.objects.get(activity=theirs).account == "8000"


def test_rows_of_another_company_are_left_out_with_a_sentence(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    own, stranger = ActivityFactory(company=company), ActivityFactory()
    fields = form(link, "activities", **{f"activity-{own.pk}-account": "8000"})
    key = f"activity-{stranger.pk}"
    fields |= {f"{key}-account": "8000", f"{key}-seen": '["","","",""]', "tick": key}
    answer = browser.post(address("activities"), fields, follow=True)
    assert "1 row is not there any more and was left out" in text(answer)
    assert "Saved: 1 row changed" in text(answer)
    assert AccountLink.objects.get().activity == own


def test_suggestions_stand_in_the_boxes_and_are_not_saved(
    browser: Any, link: AfasConnection, company: Company
) -> None:
    VatLinkFactory(company=company, code="1", account="")
    answer = browser.get(address("vat", suggest="1"))
    shown = text(answer)
    assert "not saved yet" in shown
    for value in ("2", "1510", "1511"):
        assert f'value="{value}"' in shown
    assert shown.count("is-proposed") == 3
    assert VatLink.objects.count() == 1

    typed = {
        "vat-high-21.00-account": "1510",
        "vat-low-9.00-code": "2",
        "vat-low-9.00-account": "1511",
    }
    browser.post(address("vat", suggest="1"), form(link, "vat", **typed))
    assert "fits an empty row for certain" in text(browser.get(address("vat", suggest="1")))


def test_two_codes_of_one_percentage_are_not_guessed(
    browser: Any, link: AfasConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.afas.ledger import AfasVatCode
    from integrations.services import picking

    known = [AfasVatCode(VatCode=code, VatPerc=21, AccountNr="1510") for code in ("1", "1A")]
    monkeypatch.setattr(picking, "vat_codes_of", lambda _link: known)
    assert "fits an empty row for certain" in text(browser.get(address("vat", suggest="1")))


def test_the_administration_comes_first(browser: Any) -> None:
    AfasConnection.objects.update(administration=None)
    answer = browser.get(reverse("afas_mapping"), follow=True)
    assert answer.redirect_chain[0][0] == reverse("afas_settings")
    assert "Choose the administration first" in text(answer)


def test_only_admins_may_see_it(
    browser: Any, biller: User, company: Company, client_of: Callable[..., Any]
) -> None:
    other = client_of(biller, company)
    for name in ("afas_mapping", "afas_mapping_download"):
        assert other.get(reverse(name)).status_code == 403
    for name in ("afas_mapping", "afas_mapping_upload", "afas_mapping_apply"):
        assert other.post(reverse(name)).status_code == 403

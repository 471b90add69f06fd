"""Unbilled → Create invoice: options, check, confirm; and a free invoice. Without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from invoicing.models import Invoice
from registration.models import Selection
from tests.factories import (
    CustomerFactory,
    HourFactory,
    InstalmentFactory,
    ProjectFactory,
    SelectionFactory,
    SubscriptionPeriodFactory,
)
from tests.invoicing import invariants
from tests.invoicing.own import Studio, fresh, standing, versions_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
CHOICES = {"per": "customer", "grouping": "activity", "invoice_date": "14-10-2026"}
COLUMNS = {"hour": "hours", "instalment": "instalments", "subscription_period": "periods"}


@pytest.fixture
def browser(client_of: Any, studio: Studio) -> Any:
    return client_of(studio.by, studio.company)


def ticked(studio: Studio, things: Sequence[Any]) -> Selection:
    """What the Unbilled page makes of ticks."""
    ids = {COLUMNS[kind]: list(rows) for kind, rows in versions_of(things).items()}
    made: Selection = SelectionFactory(company=studio.company, user=studio.by, **ids)
    return made


def at(name: str, selection: Selection) -> str:
    return reverse(name, args=[selection.pk])


def checked(browser: Any, selection: Selection, **choices: str) -> Any:
    """The check page, after the options."""
    response = browser.post(at("draft_options", selection), {**CHOICES, **choices})
    assert response.url == at("draft_check", selection)
    return browser.get(response.url)


def token_on(page: Any) -> str:
    found = re.search(r'name="token" value="(\w+)"', page.content.decode())
    assert found
    return found[1]


def confirm(browser: Any, selection: Selection, **headers: Any) -> Any:
    page = checked(browser, selection)
    body = {"token": token_on(page)}
    return browser.post(at("draft_check", selection), body, **headers)


def test_one_customer_gets_one_draft_and_its_page(browser: Any, studio: Studio) -> None:
    hours = [studio.hour(90), studio.hour(30)]
    response = confirm(browser, ticked(studio, hours))
    (draft,) = Invoice.objects.of(studio.company)
    assert response.url == reverse("invoice", args=[draft.pk])
    assert (draft.status, draft.net, draft.total) == ("draft", Decimal(200), Decimal(242))
    assert standing(*hours) == [("reserved", "")] * 2
    invariants.check(studio.company)


def test_the_check_shows_lines_vat_total_and_what_is_left_out(browser: Any, studio: Studio) -> None:
    on = {"company": studio.company, "project": studio.project}
    things = [
        studio.hour(90),
        studio.hour(60, approval="rejected"),
        InstalmentFactory(**on, description="First half", amount=1000),
        SubscriptionPeriodFactory(**on, description="Hosting, October", amount=50),
    ]
    text = checked(browser, ticked(studio, things)).content.decode()
    for words in (
        "First half",
        "Hosting, October",
        "1 hour row · 1 instalment · 1 subscription period",
        "VAT 21% on €\xa01.200,00",
        "€\xa01.452,00",
        "It was rejected.",
        "Create 1 invoice · €\xa01.200,00",
    ):
        assert words in text


def test_several_customers_lead_to_the_list_of_drafts(browser: Any, studio: Studio) -> None:
    other = ProjectFactory(company=studio.company, customer=CustomerFactory(company=studio.company))
    things = [studio.hour(), studio.hour(project=other)]
    response = confirm(browser, ticked(studio, things))
    assert response.url == reverse("invoices") + "?status=draft"
    assert "2 drafts are made." in browser.get(response.url).content.decode()


def test_inside_the_dialog_the_page_is_left_at_the_end(browser: Any, studio: Studio) -> None:
    selection = ticked(studio, [studio.hour()])
    response = confirm(browser, selection, headers=HTMX)
    draft = Invoice.objects.of(studio.company).get()
    assert response.headers["HX-Redirect"] == reverse("invoice", args=[draft.pk])


def test_pressing_twice_gives_the_same_drafts(browser: Any, studio: Studio) -> None:
    selection = ticked(studio, [studio.hour()])
    body = {"token": token_on(checked(browser, selection))}
    browser.post(at("draft_check", selection), body)
    response = browser.post(at("draft_check", selection), body, follow=True)
    draft = Invoice.objects.of(studio.company).get()
    assert response.redirect_chain[-1][0] == at("draft_result", selection)
    assert reverse("invoice", args=[draft.pk]) in response.content.decode()
    assert browser.get(at("draft_options", selection)).url == at("draft_result", selection)


def test_what_changed_since_the_check_is_shown_anew_and_nothing_is_made(
    browser: Any, studio: Studio
) -> None:
    hour = studio.hour()
    selection = ticked(studio, [hour])
    body = {"token": token_on(checked(browser, selection))}
    studio.set_rate(110)
    response = browser.post(at("draft_check", selection), body)
    text = response.content.decode()
    assert "Something changed since you checked" in text
    assert "Create 1 invoice · €\xa0110,00" in text
    assert (Invoice.objects.count(), standing(hour)) == (0, [("unbilled", "")])


def test_a_customer_that_is_refused_is_named_and_the_others_go_on(
    browser: Any, studio: Studio, monkeypatch: Any
) -> None:
    from invoicing.services import drafting

    monkeypatch.setattr(drafting, "MOST_LINES", 2)
    other = ProjectFactory(
        company=studio.company, customer=CustomerFactory(company=studio.company, name="Many")
    )
    things = [studio.hour(), *(studio.hour(project=other) for _ in range(3))]
    selection = ticked(studio, things)
    page = checked(browser, selection, grouping="entry")
    assert "Cannot be invoiced" in page.content.decode()
    response = browser.post(at("draft_check", selection), {"token": token_on(page)})
    assert response.url == at("draft_result", selection)
    for _again in range(2):  # kept, also for tomorrow
        text = browser.get(response.url).content.decode()
        assert "Done, with something left for you" in text
        assert "Many" in text
        assert "would have 3 lines" in text
    assert Invoice.objects.of(studio.company).count() == 1


def test_a_selection_in_which_nothing_can_be_billed_says_why(browser: Any, studio: Studio) -> None:
    page = checked(browser, ticked(studio, [studio.hour(billing="written_off")]))
    text = page.content.decode()
    assert "Nothing in this selection can be invoiced" in text
    assert "Written off." in text
    response = browser.post(page.request["PATH_INFO"], {"token": token_on(page)})
    assert (response.status_code, Invoice.objects.count()) == (200, 0)


def test_the_last_choices_come_back(browser: Any, studio: Studio) -> None:
    checked(browser, ticked(studio, [studio.hour()]), grouping="person", per="project")
    page = browser.get(at("draft_options", ticked(studio, [studio.hour()])))
    form = page.context["form"]
    assert (form["grouping"].value(), form["per"].value()) == ("person", "project")
    assert form["invoice_date"].value() == timezone.localdate().isoformat()


def test_a_date_that_cannot_be_read_is_said_beside_its_box(browser: Any, studio: Studio) -> None:
    selection = ticked(studio, [studio.hour()])
    response = browser.post(at("draft_options", selection), {**CHOICES, "invoice_date": "soon"})
    assert response.status_code == 200
    assert "invoice_date" in response.context["form"].errors


def test_somebody_elses_selection_is_not_there(
    client_of: Any, person_of: Any, studio: Studio
) -> None:
    selection = ticked(studio, [studio.hour()])
    colleague = client_of(person_of(studio.company, "billing"), studio.company)
    assert colleague.get(at("draft_options", selection)).status_code == 404


@pytest.mark.parametrize("name", ["draft_options", "draft_check", "draft_result"])
def test_drawing_up_asks_for_the_right(
    client_of: Any, person_of: Any, studio: Studio, name: str
) -> None:
    selection = ticked(studio, [studio.hour()])
    member = client_of(person_of(studio.company), studio.company)
    assert member.get(at(name, selection)).status_code == 403
    assert member.post(at(name, selection)).status_code in {403, 405}


# A free invoice.
def start(browser: Any, **body: Any) -> Any:
    return browser.post(reverse("invoice_new"), body)


def test_a_free_draft_starts_with_its_customer(browser: Any, studio: Studio) -> None:
    response = start(browser, customer=studio.customer.pk)
    draft = Invoice.objects.of(studio.company).get()
    assert response.url == reverse("invoice", args=[draft.pk])
    assert (draft.customer, draft.project, draft.created_by) == (studio.customer, None, studio.by)
    assert draft.invoice_date == timezone.localdate()


def test_a_project_alone_is_enough(browser: Any, studio: Studio) -> None:
    start(browser, project=studio.project.pk)
    draft = Invoice.objects.of(studio.company).get()
    assert (draft.customer, draft.project) == (studio.customer, studio.project)


def test_a_project_in_the_address_is_chosen_already(browser: Any, studio: Studio) -> None:
    page = browser.get(reverse("invoice_new") + f"?project={studio.project.pk}")
    assert page.context["form"]["project"].value() == studio.project.pk


def test_the_page_of_a_project_leads_to_its_invoice(
    browser: Any, client_of: Any, person_of: Any, studio: Studio
) -> None:
    url = reverse("project", args=[studio.project.pk])
    link = reverse("invoice_new") + f"?project={studio.project.pk}"
    assert link in browser.get(url).content.decode()
    own = ProjectFactory(company=studio.company, customer=None)
    assert (
        reverse("invoice_new") + "?project"
        not in browser.get(reverse("project", args=[own.pk])).content.decode()
    )
    manager = client_of(person_of(studio.company, "manager"), studio.company)
    assert link not in manager.get(url).content.decode()


@pytest.mark.parametrize("given", ["nothing", "another customer's project", "an archived one"])
def test_who_gets_it_must_be_clear(browser: Any, studio: Studio, given: str) -> None:
    other = ProjectFactory(company=studio.company, customer=CustomerFactory(company=studio.company))
    gone = CustomerFactory(company=studio.company, archived=True)
    body = {
        "nothing": {},
        "another customer's project": {"customer": studio.customer.pk, "project": other.pk},
        "an archived one": {"customer": gone.pk},
    }[given]
    assert start(browser, **body).status_code == 422
    assert Invoice.objects.count() == 0


def test_an_old_draft_selection_may_be_drawn_up_again_after_its_draft_went(
    browser: Any, studio: Studio
) -> None:
    hour = studio.hour(date=timezone.localdate() - timedelta(days=1))
    selection = ticked(studio, [hour])
    confirm(browser, selection)
    draft = Invoice.objects.get()
    browser.post(reverse("invoice_delete", args=[draft.pk]))
    assert standing(hour) == [("unbilled", "")]
    selection.refresh_from_db()
    confirm(browser, selection)
    assert standing(fresh(hour)) == [("reserved", "")]


def test_hours_of_another_company_are_not_drawn_up(browser: Any, studio: Studio) -> None:
    stranger = HourFactory()
    selection = SelectionFactory(company=studio.company, user=studio.by, hours=[stranger.pk])
    text = checked(browser, selection).content.decode()
    assert "Nothing in this selection can be invoiced" in text


@pytest.mark.parametrize("day", ["31-12-1999", "31-12-9999"])
def test_a_date_that_no_invoice_can_have_is_refused_beside_its_box(
    browser: Any, studio: Studio, day: str
) -> None:
    selection = ticked(studio, [studio.hour()])
    response = browser.post(at("draft_options", selection), {**CHOICES, "invoice_date": day})
    assert response.status_code == 200
    assert "Type a date with a year from 2000." in response.content.decode()

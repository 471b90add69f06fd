"""The editor of a draft, as a browser without JavaScript posts it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from invoicing.models import Invoice, InvoiceLine
from registration.models import SubscriptionPeriod
from tests.factories import CustomerFactory, ProjectFactory, SubscriptionFactory
from tests.invoicing import invariants
from tests.invoicing.own import Studio, fresh, standing

pytestmark = pytest.mark.django_db


class Editor:
    """A browser on the page of one draft."""

    def __init__(self, browser: Any, invoice: Invoice) -> None:
        self.browser, self.invoice = browser, invoice
        self.url = reverse("invoice_edit", args=[invoice.pk])

    def form(self, **typed: Any) -> dict[str, Any]:
        """Every box as the page shows it, and what was typed over that."""
        page = self.browser.get(reverse("invoice", args=[self.invoice.pk]))
        boxes = page.context["draft_boxes"]
        forms = [boxes.head, *boxes.lines, boxes.new]
        body = {bound.html_name: bound.value() for form in forms for bound in form}
        body = {name: value for name, value in body.items() if value not in (None, False)}
        return {**body, "version": fresh(self.invoice).version, "act": "save", **typed}

    def send(self, body: dict[str, Any] | None = None, **typed: Any) -> Any:
        return self.browser.post(self.url, self.form(**typed) if body is None else body)

    @property
    def lines(self) -> list[InvoiceLine]:
        return list(InvoiceLine.objects.filter(invoice=self.invoice).order_by("position"))


@pytest.fixture
def browser(client_of: Any, studio: Studio) -> Any:
    return client_of(studio.by, studio.company)


@pytest.fixture
def editor_of(browser: Any) -> Any:
    return lambda invoice: Editor(browser, invoice)


def said(response: Any) -> str:
    return str(response.content.decode())


def test_saving_the_page_as_it_is_changes_nothing(studio: Studio, editor_of: Any) -> None:
    draft = studio.draft([studio.hour(50), studio.hour(20)])
    before = (fresh(draft).version, draft.total)
    response = editor_of(draft).send()
    assert response.url == reverse("invoice", args=[draft.pk])
    assert (fresh(draft).version, fresh(draft).total) == before


def test_no_two_parts_of_the_page_share_an_id(studio: Studio, browser: Any) -> None:
    draft = studio.draft([studio.hour(90)])
    page = said(browser.get(reverse("invoice", args=[draft.pk])))
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert f"backed-{draft.lines.get().pk}" in ids
    assert len(ids) == len(set(ids))


def test_head_and_lines_are_saved_by_one_button(studio: Studio, editor_of: Any) -> None:
    draft = studio.draft([studio.hour(90)])
    editor = editor_of(draft)
    (line,) = editor.lines
    editor.send(
        **{
            "reference": "PO 9",
            "payment_term": "14",
            "intro": "Hello",
            "with_specification": "on",
            f"description-{line.pk}": "Design work",
            f"unit_price-{line.pk}": "120",
            f"discount-{line.pk}": "10",
        }
    )
    now = fresh(draft)
    assert (now.reference, now.payment_term, now.intro) == ("PO 9", 14, "Hello")
    assert now.with_specification
    (line,) = editor.lines
    assert (line.description, line.net) == ("Design work", Decimal("162.00"))
    assert now.total == Decimal("196.02")
    invariants.check(studio.company)


def test_a_row_for_a_new_line_counts_once_something_is_typed(
    studio: Studio, editor_of: Any
) -> None:
    draft = studio.free(("1", "100"))
    editor = editor_of(draft)
    new = {"description-new": "Licence", "quantity-new": "2", "unit_price-new": "12,50"}
    editor.send(**new, act="add")
    assert [(one.description, one.net) for one in editor.lines][1:] == [("Licence", Decimal(25))]
    editor.send()
    assert len(editor.lines) == 2


@pytest.mark.parametrize("kind", ["heading", "text"])
def test_headings_and_texts_have_no_amount(studio: Studio, editor_of: Any, kind: str) -> None:
    editor = editor_of(studio.free(("1", "100")))
    editor.send(**{"kind-new": kind, "description-new": "Phase one", "act": "add"})
    assert (editor.lines[1].kind, editor.lines[1].net) == (kind, 0)
    editor.send(**{f"description-{editor.lines[1].pk}": "Phase two"})
    assert editor.lines[1].description == "Phase two"


def test_lines_move_and_what_was_typed_goes_along(studio: Studio, editor_of: Any) -> None:
    editor = editor_of(studio.free(("1", "100"), ("1", "200")))
    first, second = editor.lines
    editor.send(act=f"down:{first.pk}", reference="PO 1")
    assert [one.pk for one in editor.lines] == [second.pk, first.pk]
    assert fresh(editor.invoice).reference == "PO 1"
    editor.send(act=f"up:{first.pk}")
    assert [one.pk for one in editor.lines] == [first.pk, second.pk]


def test_a_line_that_goes_gives_its_hours_back(studio: Studio, editor_of: Any) -> None:
    hours = [studio.hour(), studio.hour()]
    editor = editor_of(studio.draft(hours, grouping="entry"))
    line = editor.lines[0]
    page = said(editor.browser.get(reverse("invoice", args=[editor.invoice.pk])))
    assert "1 entry on this line becomes unbilled again" in page
    editor.send(**{"act": f"remove:{line.pk}", f"quantity-{line.pk}": "no number"})
    assert sorted(standing(*hours)) == [("reserved", ""), ("unbilled", "")]
    assert fresh(editor.invoice).net == 100
    invariants.check(studio.company)


@pytest.mark.parametrize(
    ("box", "typed"),
    [
        ("quantity", "lots"),
        ("quantity", ""),
        ("unit_price", "1,23456"),
        ("discount", "101"),
        ("vat_code", "half"),
        ("description", " "),
    ],
)
def test_a_box_that_cannot_be_right_saves_nothing_and_keeps_what_was_typed(
    studio: Studio, editor_of: Any, box: str, typed: str
) -> None:
    editor = editor_of(studio.free(("1", "100"), ("1", "200")))
    first, second = editor.lines
    response = editor.send(**{f"{box}-{first.pk}": typed, f"unit_price-{second.pk}": "77"})
    assert response.status_code == 422
    assert "Nothing has been saved yet" in said(response)
    assert 'value="77"' in said(response)
    assert [one.net for one in editor.lines] == [100, 200]


def test_what_only_the_service_refuses_stands_beside_its_box_too(
    studio: Studio, editor_of: Any
) -> None:
    editor = editor_of(studio.free(("1", "100")))
    (line,) = editor.lines
    big = {f"quantity-{line.pk}": "9999999", f"unit_price-{line.pk}": "9999999"}
    response = editor.send(**big, reference="PO 2")
    assert response.status_code == 422
    (form,) = response.context["draft_boxes"].lines
    assert form.errors
    assert (editor.lines[0].net, fresh(editor.invoice).reference) == (100, "")


def test_a_period_runs_forward(studio: Studio, editor_of: Any) -> None:
    editor = editor_of(studio.free(("1", "100")))
    response = editor.send(supply_from="02-10-2026", supply_until="01-10-2026")
    assert response.status_code == 422
    assert "supply_until" in response.context["draft_boxes"].head.errors


def test_two_people_on_one_draft_do_not_overwrite_each_other(
    studio: Studio, editor_of: Any
) -> None:
    editor = editor_of(studio.free(("1", "100")))
    (line,) = editor.lines
    mine = editor.form(**{f"unit_price-{line.pk}": "90"})
    studio.change(line, unit_price=Decimal(80))
    response = editor.browser.post(editor.url, mine, follow=True)
    assert "changed this draft" in said(response)
    assert editor.lines[0].unit_price == 80


def test_a_final_invoice_is_not_changed_by_a_form_of_before(studio: Studio, editor_of: Any) -> None:
    editor = editor_of(studio.free(("1", "100")))
    mine = editor.form(reference="PO 3")
    studio.finalise(editor.invoice)
    response = editor.browser.post(editor.url, mine, follow=True)
    assert "is final" in said(response)
    assert fresh(editor.invoice).reference == ""
    assert editor.browser.get(editor.url).status_code == 302


def test_the_lines_are_grouped_anew(studio: Studio, editor_of: Any) -> None:
    editor = editor_of(studio.draft([studio.hour(20), studio.hour(20)]))
    editor.send(act="regroup", grouping="entry", template="Work on {date}")
    assert [one.description for one in editor.lines] == ["Work on 14-10-2026"] * 2
    invariants.check(studio.company)


def test_a_rate_that_changed_is_told_and_taken_over_on_request(
    studio: Studio, editor_of: Any
) -> None:
    editor = editor_of(studio.draft([studio.hour()]))
    studio.set_rate(150)
    page = said(editor.browser.get(reverse("invoice", args=[editor.invoice.pk])))
    assert "Something changed since this draft was drawn up" in page
    assert fresh(editor.invoice).net == 100
    editor.send(act="refresh")
    assert fresh(editor.invoice).net == 150


def test_the_net_amount_follows_what_is_typed_before_it_is_saved(
    studio: Studio, editor_of: Any
) -> None:
    editor = editor_of(studio.free(("1", "100")))
    (line,) = editor.lines
    url = reverse("draft_net", args=[editor.invoice.pk])
    boxes = {"quantity": "1,5", "unit_price": "99,99", "discount": "10"}
    for name in (line.pk, "new"):
        typed = {f"{box}-{name}": value for box, value in boxes.items()}
        assert said(editor.browser.get(url, {"line": name, **typed})) == "134,99"
    assert said(editor.browser.get(url, {"line": line.pk, f"quantity-{line.pk}": "x"})) == "–"
    assert editor.lines[0].net == 100


def test_what_is_unbilled_is_added_as_it_was_ticked(studio: Studio, editor_of: Any) -> None:
    billed, ticked, left = studio.hour(), studio.hour(), studio.hour()
    elsewhere = studio.hour(
        project=ProjectFactory(
            company=studio.company, customer=CustomerFactory(company=studio.company)
        )
    )
    editor = editor_of(studio.draft([billed]))
    url = reverse("draft_take_up", args=[editor.invoice.pk])
    assert editor.send(act="take_up").url == url
    page = said(editor.browser.get(url))
    things = {one: f"hour:{one.pk}:{fresh(one).version}" for one in (ticked, left, elsewhere)}
    assert things[ticked] in page
    assert things[elsewhere] not in page
    editor.browser.post(url, {"thing": [things[ticked]], "grouping": "entry"})
    assert standing(billed, ticked, left) == [
        ("reserved", ""),
        ("reserved", ""),
        ("unbilled", ""),
    ]
    assert fresh(editor.invoice).net == 200
    invariants.check(studio.company)


def test_a_period_that_became_due_can_be_added(studio: Studio, editor_of: Any) -> None:
    hosting = ProjectFactory(
        customer=studio.customer, billing_method="subscription", price=Decimal(300)
    )
    SubscriptionFactory(project=hosting, starts_on=timezone.localdate())
    editor = editor_of(studio.free(("1", "100")))
    url = reverse("draft_take_up", args=[editor.invoice.pk])
    assert "300,00" in said(editor.browser.get(url))
    (period,) = SubscriptionPeriod.objects.filter(project=hosting)
    thing = f"subscription_period:{period.pk}:{period.version}"
    editor.browser.post(url, {"thing": [thing], "grouping": "entry"})
    assert (standing(period), fresh(editor.invoice).net) == ([("reserved", "")], 400)


def test_what_changed_since_it_was_ticked_is_not_added(studio: Studio, editor_of: Any) -> None:
    editor = editor_of(studio.free(("1", "100")))
    hour = studio.hour()
    url = reverse("draft_take_up", args=[editor.invoice.pk])
    body = {"thing": [f"hour:{hour.pk}:{fresh(hour).version}"], "grouping": "entry"}
    studio.set_rate(150)
    response = editor.browser.post(url, body, follow=True)
    assert "changed since you checked" in said(response)
    assert standing(hour) == [("unbilled", "")]


@pytest.mark.parametrize("things", [[], ["hour:x:1"], ["user:1:1"]])
def test_a_form_without_anything_readable_adds_nothing(
    studio: Studio, editor_of: Any, things: list[str]
) -> None:
    editor = editor_of(studio.free(("1", "100")))
    studio.hour()
    url = reverse("draft_take_up", args=[editor.invoice.pk])
    response = editor.browser.post(url, {"thing": things, "grouping": "entry"})
    assert (response.status_code, len(editor.lines)) == (422, 1)


def test_deleting_says_what_becomes_unbilled_and_does_it(studio: Studio, editor_of: Any) -> None:
    hours = [studio.hour(), studio.hour()]
    editor = editor_of(studio.draft(hours))
    url = reverse("invoice_delete", args=[editor.invoice.pk])
    assert "The 2 entries on it become unbilled again" in said(editor.browser.get(url))
    assert editor.browser.post(url).url == reverse("invoices")
    assert standing(*hours) == [("unbilled", "")] * 2
    assert not Invoice.objects.filter(pk=editor.invoice.pk).exists()


def test_a_final_invoice_is_not_deleted(studio: Studio, editor_of: Any) -> None:
    final = studio.finalise(studio.free(("1", "100")))
    url = reverse("invoice_delete", args=[final.pk])
    browser = editor_of(final).browser
    assert "A final invoice stays" in said(browser.post(url, follow=True))
    assert Invoice.objects.filter(pk=final.pk).exists()


def test_a_credit_note_changes_its_words_and_how_much_only(studio: Studio, editor_of: Any) -> None:
    from invoicing.services import crediting

    final = studio.finalise(studio.free(("4", "100")))
    note = crediting.credit(invoice=final, lines=None, reason="Wrong", by=studio.by)
    editor = editor_of(note)
    (line,) = editor.lines
    typed = {f"quantity-{line.pk}": "-1", f"unit_price-{line.pk}": "1"}
    editor.send(**typed, **{f"description-{line.pk}": "Less"})
    (line,) = editor.lines
    assert (line.description, line.quantity, line.unit_price) == ("Less", -1, 100)
    page = said(editor.browser.get(reverse("invoice", args=[note.pk])))
    assert "Group the lines anew" not in page
    assert 'name="description-new"' not in page
    take_up = reverse("draft_take_up", args=[note.pk])
    assert editor.browser.get(take_up).status_code == 302


def test_many_lines_come_by_the_page_and_the_others_stay(studio: Studio, editor_of: Any) -> None:
    draft = studio.free(("1", "100"))
    (first,) = draft.lines.all()
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            company=studio.company,
            invoice=draft,
            position=number,
            description=f"Line {number}",
            quantity=1,
            unit_price=1,
            net=1,
            vat_code="high",
            vat_percent=21,
        )
        for number in range(2, 131)
    )
    editor = editor_of(draft)
    second = editor.browser.get(reverse("invoice", args=[draft.pk]) + "?page=2")
    assert "Line 130" in said(second)
    assert f'name="description-{first.pk}"' not in said(second)
    last = editor.lines[-1]
    body = {"version": fresh(draft).version, "page": "2", "act": "save"}
    row = {"description": "Last", "quantity": "3", "unit_price": "2", "vat_code": "low"}
    body |= {f"{name}-{last.pk}": value for name, value in row.items()}
    assert editor.send(body).url.endswith("?page=2")
    assert (editor.lines[-1].net, len(editor.lines)) == (6, 130)


def test_the_page_asks_as_many_questions_for_many_lines_as_for_few(
    studio: Studio, editor_of: Any, django_assert_max_num_queries: Any
) -> None:
    draft = studio.draft([studio.hour() for _ in range(12)], grouping="entry")
    with django_assert_max_num_queries(75):
        editor_of(draft).browser.get(reverse("invoice", args=[draft.pk]))


@pytest.mark.parametrize("name", ["invoice_edit", "draft_net", "draft_take_up", "invoice_delete"])
def test_editing_asks_for_the_right(
    client_of: Any, person_of: Any, studio: Studio, name: str
) -> None:
    draft = studio.free(("1", "100"))
    member = client_of(person_of(studio.company), studio.company)
    assert member.get(reverse(name, args=[draft.pk])).status_code == 403


def test_another_date_of_supply_gives_a_free_line_its_vat(studio: Studio, editor_of: Any) -> None:
    editor = editor_of(studio.free(("1", "100"), vat_code="low"))
    editor.send(supply_from="01-12-2018", supply_until="31-12-2018")
    assert fresh(editor.invoice).supply_until == date(2018, 12, 31)
    assert (editor.lines[0].vat_percent, fresh(editor.invoice).vat) == (6, 6)

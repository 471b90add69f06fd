"""`/invoices/`: finding them, reading one, and what stands above the lines of a draft."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from core.models import AuditEvent
from invoicing.models import Invoice
from invoicing.services import crediting, paying
from tests.factories import (
    CustomerFactory,
    InvoiceFactory,
    MembershipFactory,
    ProjectFactory,
    SelectionFactory,
)
from tests.invoicing.own import DAY, Studio, fresh, standing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]


@pytest.fixture
def files(settings: Any, tmp_path: Any) -> None:
    """What is stored goes to a folder of this test alone."""
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def draft(studio: Studio) -> Invoice:
    return studio.draft([studio.hour(90)])


def ids(answer: Any) -> set[int]:
    assert answer.status_code == 200
    return {one["id"] for one in answer.json()["results"]}


# The list.


def test_each_filter_finds_what_the_list_of_the_page_finds(desk: Any, studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    final = studio.finalise(studio.free(("2", "100")))
    late = studio.finalise(studio.free(("3", "100")))
    Invoice.objects.filter(pk=late.pk).update(due_date="2026-10-20")
    Invoice.objects.filter(pk=final.pk).update(due_date=timezone.localdate())
    note = crediting.credit(invoice=final, lines=None, reason="Wrong", by=studio.by)
    expected = {
        "": {draft.pk, final.pk, late.pk, note.pk},
        "status=draft": {draft.pk, note.pk},
        "tab=draft": {draft.pk, note.pk},
        "tab=final": {final.pk, late.pk},
        "tab=overdue": {late.pk},
        "overdue=true": {late.pk},
        "overdue=false": {draft.pk, final.pk, note.pk},
        "kind=credit_note": {note.pk},
        f"credits={final.pk}": {note.pk},
        "delivery=sent": set(),
        "payment=paid": set(),
        f"number={final.number}": {final.pk},
        f"search={late.number}": {late.pk},
        "search=bakker&status=final": {final.pk, late.pk},
        f"date_from={DAY}&date_until={DAY}": {draft.pk, final.pk, late.pk},
        f"customer={studio.customer.pk}&limit=500": {draft.pk, final.pk, late.pk, note.pk},
        f"project={studio.project.pk}": set(),
        f"selection={SelectionFactory().pk}": set(),
    }
    assert {query: ids(desk.get(f"invoices/?{query}")) for query in expected} == expected


def test_what_changed_since_is_found_by_all_that_happens_to_it(desk: Any, studio: Studio) -> None:
    old, paid, credited = (studio.finalise(studio.free(("1", "100"))) for _number in range(3))
    note = crediting.credit(invoice=credited, lines=None, reason="Wrong", by=studio.by)
    long_ago = timezone.now() - timedelta(days=9)
    Invoice.objects.update(created_at=long_ago)
    AuditEvent.objects.update(at=long_ago)
    since = (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ids(desk.get(f"invoices/?modified_since={since}")) == set()
    paying.payment_add(invoice=paid, amount=Decimal(1), paid_on=timezone.localdate(), by=studio.by)
    studio.finalise(note)
    found = ids(desk.get(f"invoices/?modified_since={since}"))
    assert found == {paid.pk, credited.pk, note.pk}
    assert old.pk not in found


@pytest.mark.parametrize(
    "query",
    [
        *("tab=x", "status=x", "kind=x", "overdue=x", "customer=x", "customer=0", "customer=1.5"),
        *("date_from=x", "selection=x", "modified_since=x", "ordering=net", "limit=0"),
        f"customer={2**63}",
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(desk: Any, query: str) -> None:
    assert desk.get(f"invoices/?{query}").status_code == 400


def test_pages_follow_each_other_in_the_order_asked(desk: Any, studio: Studio) -> None:
    made = [studio.free((str(count), "100")).pk for count in (2, 3, 1)]
    first = desk.get("invoices/?ordering=total&limit=2").json()
    second = desk.get(first["next"].partition("/api/v1/")[2]).json()
    shown = [one["id"] for one in first["results"] + second["results"]]
    assert shown == [made[2], made[0], made[1]]
    assert second["next"] is None


def test_a_list_takes_as_many_queries_whatever_it_holds(
    desk: Any, studio: Studio, django_assert_max_num_queries: Any
) -> None:
    for _number in range(3):
        studio.draft([studio.hour()])
    with django_assert_max_num_queries(8) as few:
        desk.get("invoices/")
    for _number in range(5):
        studio.finalise(studio.draft([studio.hour(), studio.hour(30)]))
    with django_assert_max_num_queries(len(few)):
        assert len(desk.get("invoices/").json()["results"]) == 8


def test_what_afas_makes_and_what_is_another_companys_is_not_there(
    desk: Any, studio: Studio
) -> None:
    in_afas = InvoiceFactory(company=studio.company, customer=studio.customer)
    theirs = InvoiceFactory(ours=True)
    assert ids(desk.get("invoices/")) == set()
    assert ids(desk.get(f"invoices/?customer={theirs.customer_id}")) == set()
    for one in (in_afas, theirs):
        for path in ("", "pdf/", "ubl/", "obstacles/", "lines/", "payments/", "things/"):
            assert desk.get(f"invoices/{one.pk}/{path}").status_code == 404


# One of them.


def test_an_invoice_is_shown_with_all_that_stands_on_it(desk: Any, studio: Studio) -> None:
    final = studio.finalise(studio.draft([studio.hour(90), studio.hour(30)]))
    paying.payment_add(
        invoice=final, amount=Decimal(42), paid_on=timezone.localdate(), by=studio.by
    )
    note = crediting.credit(invoice=final, lines=None, reason="Wrong", by=studio.by)
    answer = desk.get(f"invoices/{final.pk}/")
    shown = answer.json()
    assert (shown["number"], shown["status"], shown["payment"]) == (final.number, "final", "partly")
    assert (shown["net"], shown["vat"], shown["total"]) == ("200.00", "42.00", "242.00")
    assert (shown["paid"], shown["open"]) == ("42.00", "200.00")
    (line,) = shown["lines"]
    assert (line["quantity"], line["unit_price"], line["net"]) == ("2.00", "100.0000", "200.00")
    assert (line["vat_code"], line["vat_percent"], line["things"]) == ("high", "21.00", 2)
    (group,) = shown["vat_groups"]
    assert (group["vat_code"], group["base"], group["vat"]) == ("high", "200.00", "42.00")
    assert [one["amount"] for one in shown["payments"]] == ["42.00"]
    assert [one["id"] for one in shown["credit_notes"]] == [note.pk]
    assert (shown["seller"]["name"], shown["buyer"]["name"]) == ("Studio Ready", "Bakker B.V.")
    assert shown["shown_as"] in {"partly", "overdue"}
    assert desk.get(f"invoices/{final.pk}/", If_None_Match=answer["ETag"]).status_code == 304


def test_a_draft_shows_the_vat_that_it_would_have(desk: Any, draft: Invoice) -> None:
    shown = desk.get(f"invoices/{draft.pk}/").json()
    (group,) = shown["vat_groups"]
    assert (group["base"], group["vat"], group["percent"]) == ("150.00", "31.50", "21.00")
    assert (shown["number"], shown["due_date"], shown["shown_as"]) == ("", None, "draft")


def test_one_invoice_takes_as_many_queries_however_long_it_is(
    desk: Any, studio: Studio, django_assert_max_num_queries: Any
) -> None:
    short = studio.draft([studio.hour()])
    long = studio.draft([studio.hour() for _number in range(6)], "entry")
    with django_assert_max_num_queries(20) as few:
        desk.get(f"invoices/{short.pk}/")
    with django_assert_max_num_queries(len(few)):
        assert len(desk.get(f"invoices/{long.pk}/").json()["lines"]) == 6


def test_a_few_columns_are_given_on_request(desk: Any, draft: Invoice) -> None:
    shown = desk.get(f"invoices/{draft.pk}/?fields=id,total").json()
    assert shown == {"id": draft.pk, "total": "181.50"}


# The papers.


def test_the_pdf_and_the_ubl_are_those_of_the_page(desk: Any, studio: Studio) -> None:
    final = studio.finalise(studio.free(("1", "100")))
    pdf = desk.get(f"invoices/{final.pk}/pdf/")
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Content-Disposition"] == f'attachment; filename="{final.number}.pdf"'
    ubl = desk.get(f"invoices/{final.pk}/ubl/", Accept="application/xml")
    assert (ubl.status_code, ubl["Content-Type"]) == (200, "application/xml")
    assert final.number.encode() in ubl.content


def test_a_draft_has_a_pdf_and_no_ubl(desk: Any, draft: Invoice) -> None:
    assert desk.get(f"invoices/{draft.pk}/pdf/", Accept="application/pdf").status_code == 200
    answer = desk.get(f"invoices/{draft.pk}/ubl/")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["detail"].startswith("A draft has no number yet")


# An empty draft.


def test_a_draft_is_started_for_a_customer_or_a_project(desk: Any, studio: Studio) -> None:
    for body in ({"customer": studio.customer.pk}, {"project": studio.project.pk}):
        answer = desk.post("invoices/empty/", body)
        assert answer.status_code == 201
        assert answer.json()["customer"] == studio.customer.pk
        assert answer.json()["project"] == body.get("project")
        assert desk.get(answer["Location"].partition("/api/v1/")[2])["ETag"] == answer["ETag"]
    assert Invoice.objects.count() == 2


def test_a_draft_is_not_started_for_who_cannot_be_invoiced(desk: Any, studio: Studio) -> None:
    stranger = ProjectFactory()
    gone = CustomerFactory(company=studio.company, archived=True)
    other = CustomerFactory(company=studio.company)
    refused = {
        "customer": [
            {},
            {"customer": stranger.customer_id},
            {"customer": gone.pk},
            {"customer": "x"},
            {"customer": None},
        ],
        "project": [
            {"project": stranger.pk},
            {"project": studio.project.pk, "customer": other.pk},
        ],
    }
    for field, bodies in refused.items():
        for body in bodies:
            answer = desk.post("invoices/empty/", body)
            assert answer.status_code == 400, body
            assert [one["field"] for one in answer.json()["errors"]] == [field], body
    assert not Invoice.objects.exists()


# The head of a draft.


def test_the_head_of_a_draft_is_changed(desk: Any, draft: Invoice) -> None:
    body = {
        "invoice_date": "2026-11-01",
        "payment_term": 14,
        "supply_until": None,
        "reference": "PO 7",
        "language": "en",
        "intro": "Hello",
        "with_specification": True,
    }
    answer = desk.patch(f"invoices/{draft.pk}/", body)
    assert answer.status_code == 200
    shown = answer.json()
    assert {name: shown[name] for name in body} == body
    assert shown["closing"] == draft.closing
    assert AuditEvent.objects.filter(action="invoice.changed").count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"invoice_date": "1999-12-31"},
        {"invoice_date": "9999-12-31"},
        {"invoice_date": None},
        {"payment_term": 366},
        {"payment_term": "x"},
        {"language": "de"},
        {"reference": "x" * 61},
        {"intro": "x" * 2001},
        {"supply_from": "2026-10-02", "supply_until": "2026-10-01"},
    ],
)
def test_what_does_not_fit_in_the_head_is_refused_by_its_field(
    desk: Any, draft: Invoice, body: dict[str, Any]
) -> None:
    answer = desk.patch(f"invoices/{draft.pk}/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == list(body)[-1]
    assert fresh(draft).version == draft.version


def test_a_lost_update_is_refused(desk: Any, studio: Studio, draft: Invoice) -> None:
    tag = desk.get(f"invoices/{draft.pk}/")["ETag"]
    assert desk.patch(f"invoices/{draft.pk}/", {"reference": "A"}, If_Match=tag).status_code == 200
    answer = desk.patch(f"invoices/{draft.pk}/", {"reference": "B"}, If_Match=tag)
    assert answer.status_code == 412
    assert desk.delete(f"invoices/{draft.pk}/", If_Match=tag).status_code == 412
    assert fresh(draft).reference == "A"


def test_a_final_invoice_does_not_change(desk: Any, studio: Studio) -> None:
    final = studio.finalise(studio.free(("1", "100")))
    for answer in (
        desk.patch(f"invoices/{final.pk}/", {"reference": "A"}),
        desk.delete(f"invoices/{final.pk}/"),
    ):
        assert answer.status_code == 409
        assert "is final" in answer.json()["detail"]


def test_a_deleted_draft_gives_its_hours_back(desk: Any, studio: Studio) -> None:
    hour = studio.hour()
    draft = studio.draft([hour])
    assert desk.delete(f"invoices/{draft.pk}/").status_code == 204
    assert standing(hour) == [("unbilled", "")]
    assert not Invoice.objects.exists()


def test_another_companys_draft_is_not_touched(desk: Any) -> None:
    theirs = Studio.ready().free(("1", "100"))
    assert desk.patch(f"invoices/{theirs.pk}/", {"reference": "A"}).status_code == 404
    assert desk.delete(f"invoices/{theirs.pk}/").status_code == 404
    assert fresh(theirs).version == theirs.version


# Rights and scopes.


def test_only_who_invoices_may_come_in(
    studio: Studio, draft: Invoice, desk: Any, program: Callable[..., Any]
) -> None:
    member = program(MembershipFactory(company=studio.company, role=Role.MANAGER))
    reader = program(desk.membership, "invoicing:read")
    assert member.get("invoices/").status_code == 403
    assert reader.get("invoices/").status_code == 200
    for one in (member, reader):
        assert one.patch(f"invoices/{draft.pk}/", {"reference": "A"}).status_code == 403
        assert one.delete(f"invoices/{draft.pk}/").status_code == 403
        assert one.post("invoices/empty/", {"project": studio.project.pk}).status_code == 403
    assert fresh(draft).version == draft.version

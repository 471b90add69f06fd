"""What Studio Eik has booked, and that the pretend AFAS agrees with it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company
from integrations.afas.bookings import lines_of
from integrations.models import (
    AfasConnection,
    AfasDocument,
    BookingRun,
    Comparison,
    Kind,
    OpenItem,
    PaymentRun,
    PersonTask,
    State,
    VatLink,
)
from integrations.services import comparing, open_items, proving
from integrations.services.clients import client_of
from integrations.services.difference_rows import Group
from integrations.services.differences import Differences, Wanted
from invoicing.models import Channel, Invoice
from sandbox import examples
from sandbox.store import FIRST_NUMBERS
from sandbox.testing import Running, running
from timechimp_afas.seeding.eik import make_eik

pytestmark = pytest.mark.django_db
REVERSALS = {State.QUEUED, State.UNKNOWN, State.REJECTED, State.CONFIRMED, State.CANCELLED}
# One document of an environment is on its way at a time, and that is a direct invoice here.
BOOKINGS = REVERSALS | {State.WAITING, State.UNDONE}


@pytest.fixture(scope="module")
def pretend() -> Iterator[Running]:
    with running() as one:
        examples.fill(one.app.store)
        yield one


@pytest.fixture(scope="module", autouse=True)
def eik(django_db_setup: None, django_db_blocker: Any, pretend: Running) -> Iterator[Company]:
    with django_db_blocker.unblock(), transaction.atomic():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.AFAS_URL_TEMPLATE", pretend.url_template)
            company = make_eik(timezone.localdate())
        yield company
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _asks_the_pretend_afas(settings: Any, pretend: Running) -> None:
    settings.AFAS_URL_TEMPLATE = pretend.url_template


def documents(eik: Company, kind: Kind) -> Any:
    return AfasDocument.objects.of(eik).filter(kind=kind)


def in_books(eik: Company) -> dict[str, AfasDocument]:
    booked = documents(eik, Kind.SALES_BOOKING).filter(state=State.CONFIRMED)
    return {one.entry_number: one for one in booked.select_related("invoice")}


def test_the_seed_asks_afas_for_nothing(pretend: Running) -> None:
    assert pretend.state("54321")["requests"] == []


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        (Kind.SALES_BOOKING, BOOKINGS),
        (Kind.ATTACHMENT, REVERSALS),
    ],
)
def test_there_is_a_document_in_each_state(eik: Company, kind: Kind, states: set[State]) -> None:
    assert set(documents(eik, kind).values_list("state", flat=True)) == states


def test_there_is_a_reversal_in_each_state(eik: Company) -> None:
    reversals = documents(eik, Kind.DELETION).filter(target__kind=Kind.SALES_BOOKING)
    assert set(reversals.values_list("state", flat=True)) == REVERSALS


def test_what_was_tried_has_its_attempt(eik: Company) -> None:
    tried = AfasDocument.objects.of(eik).exclude(state__in=(State.WAITING, State.CANCELLED))
    assert all(one.attempt_log.exists() for one in tried)


def test_every_booking_is_of_a_sent_invoice_of_our_own(eik: Company) -> None:
    for one in documents(eik, Kind.SALES_BOOKING).select_related("invoice"):
        assert one.invoice.channel == Channel.OURS
        assert one.invoice.is_sent


def test_one_invoice_waits_to_be_booked_and_the_run_says_why(eik: Company) -> None:
    booked = documents(eik, Kind.SALES_BOOKING).values("invoice")
    sent = Invoice.objects.of(eik).filter(channel=Channel.OURS, delivery="sent")
    (left,) = sent.exclude(pk__in=booked)
    refusals = [row for run in BookingRun.objects.of(eik) for row in run.refusals]
    assert [row["invoice"] for row in refusals] == [left.pk]
    assert "VAT code" in refusals[0]["sentence"]


def test_every_treatment_has_its_vat_code_by_now(eik: Company) -> None:
    assert VatLink.objects.of(eik).exclude(code="").count() == 7
    assert VatLink.objects.of(eik).get(code="").vat_code == "outside"


def test_its_numbers_are_below_those_that_the_pretend_afas_gives(eik: Company) -> None:
    everything = AfasDocument.objects.of(eik)
    entries = everything.exclude(entry_number="").values_list("entry_number", flat=True)
    subjects = everything.exclude(subject_number="").values_list("subject_number", flat=True)
    assert max(map(int, entries)) < FIRST_NUMBERS["EnNo"]
    assert max(map(int, subjects)) < FIRST_NUMBERS["SbId"]


def test_the_pretend_afas_holds_what_it_claims_to_have_booked(
    eik: Company, pretend: Running
) -> None:
    ours = in_books(eik)
    theirs = {one["number"]: one for one in pretend.state("54321")["entries"]}
    assert ours.keys() - theirs.keys() == {"5710"}  # the one that is lost
    assert theirs.keys() - ours.keys() == {"5712"}  # the one that we do not know
    for number in ours.keys() & theirs.keys():
        entry, document = theirs[number], ours[number]
        assert entry["invoice_number"] == document.invoice.number
        assert {line["BpNr"] for line in entry["lines"]} == {document.reference}
        assert entry["lines"][0]["EnDa"] == str(document.invoice.invoice_date)
        if number != "5709":  # the one that differs
            assert lines_in(entry) == lines_sent(document)


def lines_in(entry: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            line["AcNr"],
            line.get("VaId", ""),
            Decimal(line["AmDe"]),
            Decimal(line["AmCr"]),
            "".join(part["DiC1"] for part in line.get("FiDimEntries", [])),
            line.get("PrId", ""),
        )
        for line in entry["lines"]
    ]


def lines_sent(document: AfasDocument) -> list[tuple[Any, ...]]:
    return [
        (line.account, line.vat_code, line.debit, line.credit, line.cost_centre, line.project)
        for line in lines_of(document.payload)
    ]


def test_reading_the_payments_again_changes_nothing(eik: Company) -> None:
    before = list(OpenItem.objects.of(eik).order_by("pk").values("left", "paid_at", "differs"))
    connection = AfasConnection.objects.get(company=eik)
    with transaction.atomic():
        run = open_items.ask(connection=connection, by=None)
        assert open_items.run(run.pk)
        run.refresh_from_db()
        assert (run.status, run.rows, run.matched, run.paid) == ("done", 8, 7, 0)
        after = OpenItem.objects.of(eik).order_by("pk").values("left", "paid_at", "differs")
        assert list(after) == before
        assert not OpenItem.objects.of(eik).filter(missing_since__isnull=False, paid_at=None)
        transaction.set_rollback(True)
    assert any(row["differs"] for row in before)
    assert set(PaymentRun.objects.of(eik).values_list("status", flat=True)) == {"done", "failed"}


def test_comparing_again_finds_what_the_seed_tells(eik: Company, pretend: Running) -> None:
    before = sorted(PersonTask.objects.of(eik).values_list("what", "key"))
    assert {("differs", "5709"), ("lost", "5710"), ("orphan", "1/20/5712")} <= set(before)
    pretend.setting("reference_connectors", True, environment="54321")
    connection = AfasConnection.objects.get(company=eik)
    with transaction.atomic():
        proving.prove(connection, client_of(connection))
        assert connection.booking_control == "1/20/5701"
        comparing.ask(connection=connection, by=None)
        comparing.compare_asked()
        last = Comparison.objects.of(eik).filter(what="sales_booking").first()
        assert (last.problem, last.rows, last.control_shown) == ("", 10, True)
        assert last.finished_at
        assert sorted(PersonTask.objects.of(eik).values_list("what", "key")) == before
        transaction.set_rollback(True)


def test_every_page_about_it_opens_and_has_something_to_show(eik: Company, settings: Any) -> None:
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}"  # nobody answers
    wouter = Client()
    assert wouter.login(email="owner@eik.example", password="eik-demo")
    afas = reverse("afas_settings")
    told = {
        f"{afas}reconcile/": "E00008",
        f"{afas}mapping/?table=vat": "1510",
        f"{afas}mapping/?table=projects": "P-1001",
        reverse("invoices"): "5711",
        f"{reverse('afas_documents')}?kind=sales_booking": "5701",
        f"{reverse('afas_documents')}?kind=attachment": "E00006",
        reverse("sync_history"): "11",
        reverse("afas_attention"): "E00010",
    }
    for one in AfasDocument.objects.of(eik):
        told[reverse("afas_document", args=[one.pk])] = one.reference
    for run in BookingRun.objects.of(eik):
        told[reverse("booking_run", args=[run.pk])] = "E000"
    for address, words in told.items():
        answer = wouter.get(address, follow=True)
        assert answer.status_code == 200, address
        assert words in answer.content.decode(), address


def test_every_group_of_differences_has_a_row(eik: Company) -> None:
    connection = AfasConnection.objects.get(company=eik)
    counts = Differences(connection, Wanted(kind=Kind.SALES_BOOKING)).counts
    there = {part.group for part, count in counts.items() if count}
    assert there == set(Group) - {Group.UNSEEN}

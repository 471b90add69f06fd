"""Specification and receipts go into AFAS's dossier first, and the invoice after them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import reverse
from PIL import Image

from accounts.models import Company, User
from core.errors import DomainError
from integrations.models import (
    AfasDocument,
    BookingSettings,
    InvoicingRun,
    Kind,
    State,
)
from integrations.services import answering, documents, history_sources, sending, sweeping
from integrations.services.meanings import story_of
from invoicing.models import Invoice, InvoiceSettings
from registration.models import Hour
from relations.models import Customer
from tests.factories import BookingSettingsFactory, ExpenseFactory, ReceiptFactory
from tests.integrations.booked import again
from tests.integrations.conftest import DAY
from tests.invoicing import papers

pytestmark = pytest.mark.django_db(transaction=True)
Bill = Callable[..., InvoicingRun]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the files of this test lie."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def allowed(company: Company, connection: Any) -> BookingSettings:
    """The settings let annexes go along, as dossier items of type 5."""
    made: BookingSettings = BookingSettingsFactory(
        company=company, attach_annexes=True, subject_type=5
    )
    return made


@pytest.fixture
def along(allowed: BookingSettings, bill: Bill) -> Bill:
    """`along(hours)`: billed with a specification."""
    return lambda hours, **more: bill(hours, with_specification=True, **more)


def invoice_document() -> AfasDocument:
    return again(AfasDocument.objects.get(kind=Kind.DIRECT_INVOICE))


def annexes() -> AfasDocument:
    return again(AfasDocument.objects.get(kind=Kind.ATTACHMENT))


def go() -> None:
    """All that goes by itself, as the worker does it."""
    while sweeping.release_free() + sending.send_due():
        pass


def invoices(sandbox: Any) -> list[dict[str, Any]]:
    return list(sandbox.state()["invoices"])


def subjects(sandbox: Any) -> list[dict[str, Any]]:
    return list(sandbox.state()["subjects"])


def test_the_annexes_are_in_the_dossier_and_their_number_is_on_the_invoice(
    along: Bill, bakery: Customer, hours_for: Any, sandbox: Any
) -> None:
    along(hours_for(bakery, 2))
    go()
    document, made = annexes(), invoice_document()
    assert (document.state, made.state) == (State.CONFIRMED, State.CONFIRMED)
    (subject,) = subjects(sandbox)
    assert document.subject_number == subject["number"]
    assert json.loads(made.payload)["FbDirectInvoice"]["Element"]["Fields"]["SbAt"] == int(
        subject["number"]
    )
    (link,) = subject["links"]
    assert (link["SfTp"], link["SfId"]) == ("4", "10001")
    assert "SiId" not in link
    assert len(invoices(sandbox)) == 1


def test_the_file_names_the_reference_of_the_invoice_and_is_kept(
    along: Bill, bakery: Customer, hours_for: Any, sandbox: Any
) -> None:
    along(hours_for(bakery, note="Home page"))
    go()
    invoice = Invoice.objects.get()
    with invoice.pdf.open("rb") as file:
        content = file.read()
    (subject,) = subjects(sandbox)
    assert subject["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    page = " ".join(papers.pages(content)[0].split())
    for word in (invoice_document().reference, bakery.name, "Studio Test", "Home page"):
        assert word in page
    assert len(annexes().payload) < 1000
    title, name = subject["header"]["Ds"], subject["files"][0]["name"]
    assert title == f"Annexes to {invoice_document().reference} {annexes().reference}"
    assert name == f"{invoice_document().reference}.pdf"


def test_a_customer_that_afas_lacks_goes_first_of_all(
    along: Bill, newcomer: Customer, hours_for: Any, sandbox: Any
) -> None:
    along(hours_for(newcomer))
    assert (annexes().state, invoice_document().state) == (State.WAITING, State.WAITING)
    assert annexes().after
    go()
    assert (annexes().state, invoice_document().state) == (State.CONFIRMED, State.CONFIRMED)
    (subject,) = subjects(sandbox)
    assert subject["links"][0]["SfId"] == newcomer.afas_links.get().debtor_number


def test_without_hours_or_receipts_nothing_goes_along(
    along: Bill, allowed: Any, bill: Bill, bakery: Customer, hours_for: Any
) -> None:
    bill(hours_for(bakery), with_receipts=True)
    assert invoice_document().state == State.QUEUED
    assert not AfasDocument.objects.filter(kind=Kind.ATTACHMENT).exists()


@pytest.mark.parametrize("change", [{"attach_annexes": False}, {"subject_type": None}])
def test_what_the_settings_do_not_allow_does_not_go_along(
    change: dict[str, Any], along: Bill, bakery: Customer, hours_for: Any
) -> None:
    BookingSettings.objects.update(**change)
    along(hours_for(bakery))
    assert invoice_document().state == State.QUEUED
    assert not Invoice.objects.get().with_specification


def test_nothing_is_set_while_entries_are_being_claimed(
    along: Bill, bakery: Customer, hours_for: Any, folder: Path
) -> None:
    along(hours_for(bakery))
    assert (annexes().state, annexes().payload) == (State.WAITING, "")
    assert not list(folder.rglob("*.pdf"))
    sweeping.release_free()
    assert annexes().state == State.QUEUED
    assert len(list(folder.rglob("*.pdf"))) == 1


def test_the_one_process_without_redis_brings_all_of_it(
    along: Bill, bakery: Customer, hours_for: Any, sandbox: Any
) -> None:
    along(hours_for(bakery))
    call_command("work", "--once")
    assert invoice_document().state == State.CONFIRMED
    assert len(subjects(sandbox)) == 1


def test_refused_annexes_hold_the_invoice_until_they_are_mended(
    along: Bill, bakery: Customer, hours_for: Any, biller: User, sandbox: Any
) -> None:
    BookingSettings.objects.update(subject_type=6)  # takes no files
    along(hours_for(bakery))
    go()
    assert (annexes().state, invoice_document().state) == (State.REJECTED, State.WAITING)
    assert invoice_document().is_stuck
    assert "cancel them, and it goes out without" in story_of(annexes()).money
    BookingSettings.objects.update(subject_type=5)
    documents.retry(document=annexes(), by=biller)
    go()
    assert (annexes().state, invoice_document().state) == (State.CONFIRMED, State.CONFIRMED)


def test_cancelled_annexes_let_the_invoice_go_without(
    along: Bill, bakery: Customer, hours_for: Any, biller: User, sandbox: Any
) -> None:
    BookingSettings.objects.update(subject_type=6)
    along(hours_for(bakery))
    go()
    documents.cancel(document=annexes(), by=biller, reason="Without")
    sweeping.sweep()
    go()
    assert invoice_document().state == State.CONFIRMED
    assert "SbAt" not in invoice_document().payload
    assert Hour.objects.get().billing == "invoiced"


def test_without_its_annexes_an_invoice_still_waits_for_its_customer(
    along: Bill, newcomer: Customer, hours_for: Any, biller: User
) -> None:
    along(hours_for(newcomer))
    documents.cancel(document=annexes(), by=biller, reason="Without")
    documents.release_waiting("12345")
    assert invoice_document().state == State.WAITING
    go()
    sweeping.sweep()
    go()
    assert invoice_document().state == State.CONFIRMED


def test_history_asks_for_a_person_also_when_annexes_stand_between(
    along: Bill, newcomer: Customer, hours_for: Any, company: Company
) -> None:
    along(hours_for(newcomer))
    assert AfasDocument.objects.filter(history_sources.MOVES).count() == 3
    AfasDocument.objects.filter(kind=Kind.CUSTOMER).update(state=State.REJECTED)
    assert AfasDocument.objects.filter(history_sources.NEEDS).count() == 3
    assert invoice_document().is_stuck


def test_an_invoice_that_is_given_up_takes_its_annexes_along(
    along: Bill, bakery: Customer, hours_for: Any, biller: User, sandbox: Any
) -> None:
    along(hours_for(bakery))
    documents.cancel(document=invoice_document(), by=biller, reason="Not yet")
    go()
    assert annexes().state == State.CANCELLED
    assert subjects(sandbox) == []
    assert Hour.objects.get().billing == "unbilled"


@pytest.mark.parametrize("fault", ["commit_then_hang_up", "hang_up_before_commit"])
def test_while_the_annexes_are_in_doubt_the_invoice_waits(
    fault: str, along: Bill, bakery: Customer, hours_for: Any, biller: User, sandbox: Any
) -> None:
    sandbox.fault(fault, environment="12345", connector="KnSubject")
    along(hours_for(bakery))
    go()
    assert (annexes().state, invoice_document().state) == (State.UNKNOWN, State.WAITING)
    sweeping.sweep()
    assert annexes().asks == "no_look_up"  # no list shows dossier items
    if fault == "commit_then_hang_up":
        number = subjects(sandbox)[0]["number"]
        answering.it_is_there(document=annexes(), number=number, by=biller)
        go()
        assert invoice_document().state == State.CONFIRMED
        assert f'"SbAt":{number}' in invoice_document().payload
    assert len(invoices(sandbox)) == (fault == "commit_then_hang_up")


def test_a_file_that_cannot_be_kept_is_told_and_holds_the_invoice(
    along: Bill, bakery: Customer, hours_for: Any, biller: User, folder: Path
) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("not a folder")
    along(hours_for(bakery))
    go()
    assert (annexes().state, annexes().problem) == (State.REJECTED, "cannot_build")
    assert "the invoice waits for them" in annexes().message
    with pytest.raises(DomainError, match="could not be made"):
        documents.retry(document=annexes(), by=biller)
    folder.unlink()
    documents.retry(document=annexes(), by=biller)
    go()
    assert invoice_document().state == State.CONFIRMED


def test_a_repeat_after_a_lost_file_sends_the_very_same(
    along: Bill, bakery: Customer, hours_for: Any, folder: Path, sandbox: Any
) -> None:
    along(hours_for(bakery))
    sweeping.release_free()
    for kept in folder.rglob("*.pdf"):
        kept.unlink()
    go()
    assert annexes().state == State.CONFIRMED
    assert subjects(sandbox)[0]["files"][0]["sha256"] in annexes().payload


@pytest.fixture
def page(company: Company, client_of: Any, biller: User) -> Any:
    """A signed-in browser, with the address of the options of a selection."""
    client = client_of(biller, company)
    client.options = lambda one: reverse("invoice_in_afas_options", args=[one.pk])
    return client


def expense_with_receipt(hour: Hour) -> Any:
    """On the project of that hour, with a photograph."""
    expense = ExpenseFactory(company=hour.company, project=hour.project, date=DAY)
    photograph = io.BytesIO()
    Image.new("RGB", (600, 900), "white").save(photograph, format="JPEG")
    receipt = ReceiptFactory(expense=expense, content_type="image/jpeg")
    receipt.file.save("receipt", ContentFile(photograph.getvalue()))
    return expense


@pytest.mark.usefixtures("allowed")
def test_receipts_go_along_as_a_person_chose(
    bakery: Customer, hours_for: Any, selected: Any, page: Any, sandbox: Any
) -> None:
    InvoiceSettings.objects.create(company=bakery.company, with_receipts=True)
    hour = hours_for(bakery)[0]
    selection = selected([hour], expenses=[expense_with_receipt(hour).pk])
    form = page.get(page.options(selection)).context["form"]
    usual = {name: form[name].value() for name in ("with_specification", "with_receipts")}
    assert usual == {"with_specification": False, "with_receipts": True}
    chosen = {"per": "customer", "grouping": "activity", "invoice_date": "14-10-2026"}
    checked = page.post(page.options(selection), {**chosen, "with_receipts": "on"}, follow=True)
    assert "Goes along: 1 receipt" in " ".join(checked.content.decode().split())
    token = checked.context["check"].token
    page.post(reverse("invoice_in_afas_check", args=[selection.pk]), {"token": token})
    go()
    assert invoice_document().state == State.CONFIRMED
    (subject,) = subjects(sandbox)
    assert subject["files"][0]["pages"] == 1


def test_where_the_settings_do_not_allow_it_nobody_is_asked(
    bakery: Customer, hours_for: Any, selected: Any, page: Any
) -> None:
    shown = page.get(page.options(selected(hours_for(bakery)))).content.decode()
    assert "with_receipts" not in shown
    assert "with_specification" not in shown

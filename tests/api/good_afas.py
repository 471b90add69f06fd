"""A good request for each operation on what goes to AFAS; nobody answers there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.models import AfasConnection, BookingSettings, CustomerLink, ItemLink
from integrations.services import billing, bookings
from invoicing.models import DeliveryStatus, Invoice
from invoicing.services.bundling import Options
from registration.models import Selection
from tests import factories
from tests.api.good_invoices import a_final, plain, said, selected
from tests.api.operations import Asked
from tests.doors import objects
from tests.doors.houses import House

WHY = {"reason": "Looked in AFAS."}
LONG_AGO = timezone.now() - timedelta(hours=3)
DOUBT = {"unknown": True, "unknown_since": LONG_AGO, "sweeps": 99}
"""Nothing of it can come any more."""


def link(house: House) -> AfasConnection:
    """The link of the house."""
    return AfasConnection.objects.select_related("company").get(pk=house.ids["connection"])


def document(**traits: Any) -> Any:
    """About a document for AFAS."""

    def ask(house: House) -> Asked:
        made = factories.AfasDocumentFactory(
            company=house.company, connection=link(house), **traits
        )
        return Asked({"id": str(made.pk)})

    return ask


def looked_for(house: House) -> Asked:
    """An invoice in doubt that AFAS could show."""
    AfasConnection.objects.filter(pk=link(house).pk).update(lookup_proven_at=LONG_AGO)
    return document(unknown=True)(house)


def refused_debtor(house: House) -> Asked:
    """A new debtor that looks like another one."""
    made = factories.AfasDocumentFactory(
        company=house.company,
        connection=link(house),
        of_customer=True,
        customer=factories.CustomerFactory(company=house.company, addressed=True),
        rejected=True,
        problem="look_alike",
        detail={"alike": [{"number": "10009", "name": "Alike"}]},
    )
    return Asked({"id": str(made.pk)})


def known_in_afas(house: House, customer: int) -> None:
    """AFAS has this customer as a debtor."""
    CustomerLink.objects.get_or_create(
        company=house.company,
        environment=link(house).environment,
        customer_id=customer,
        defaults={"debtor_number": f"{10000 + customer}"},
    )


def default_items(_house: House) -> Asked:
    """The item of rides."""
    return Asked(body={"items": [{"use": "rides", "kind": "2", "code": "KM", "unit": "km"}]})


def an_account(house: House) -> Asked:
    """The ledger account of an activity."""
    row = {"key": f"activity-{house.ids['activity']}", "values": {"account": "8010"}}
    return Asked({"table": "activities"}, body={"rows": [row]})


def preview(house: House) -> Asked:
    """What would be made of a selection."""
    known_in_afas(house, house.ids["customer"])
    environment = link(house).environment
    if not ItemLink.objects.of(house.company).filter(environment=environment).exists():
        factories.ItemLinkFactory(company=house.company, environment=environment)
    return Asked(body={"selection": selected(house), "options": {"per": "customer"}})


def invoice(house: House) -> Asked:
    """The same, seen and confirmed."""
    asked = preview(house)
    check = billing.check_selection(
        connection=link(house),
        selection=Selection.objects.get(pk=asked.body["selection"]),
        options=Options(invoice_date=timezone.localdate()),
    )
    return Asked(body={**asked.body, "token": check.token})


def sent_invoice(house: House) -> Invoice:
    """A final invoice that its customer has, and books that can take it."""
    made = a_final(house)
    Invoice.objects.filter(pk=made.pk).update(delivery=DeliveryStatus.SENT, sent_at=timezone.now())
    connection = link(house)
    books = {"environment": connection.environment, "administration": connection.administration}
    if not BookingSettings.objects.of(house.company).exists():
        factories.BookingSettingsFactory(company=house.company, journal="20", **books)
        factories.AccountLinkFactory(company=house.company, use="default", **books)
        factories.VatLinkFactory(company=house.company, **books)
    known_in_afas(house, made.customer_id)
    return Invoice.objects.get(pk=made.pk)


def book(house: House) -> Asked:
    """A sent invoice, chosen to be booked."""
    return Asked(body={"invoices": [sent_invoice(house).pk]})


def booking_run(house: House) -> Any:
    """A run that is checked and not confirmed."""
    return bookings.begin(connection=link(house), invoices=[sent_invoice(house)], by=house.owner)


def a_booking_run(house: House) -> Asked:
    """About it."""
    return Asked({"id": str(booking_run(house).pk)})


def confirm(house: House) -> Asked:
    """Its check, seen and confirmed."""
    run = booking_run(house)
    return Asked({"id": str(run.pk)}, body={"token": bookings.check(run).token})


def again(house: House) -> Asked:
    """A run of which an invoice got no document."""
    made = objects.a_broken_booking_run(house.company, house.owner)["pk"]
    return Asked({"id": str(made)})


def invoicing_run(house: House) -> Asked:
    """A selection that was invoiced."""
    return Asked({"id": str(factories.InvoicingRunFactory(company=house.company).pk)})


def an_import(house: House) -> Asked:
    """An import."""
    return Asked({"id": factories.ImportRunFactory(company=house.company).pk})


def rows(house: House) -> Asked:
    """The rows of an import."""
    return Asked({"run": row(house).ids["run"]})


def row(house: House) -> Asked:
    """A debtor that an import held back."""
    made = objects.a_row_to_decide(house.company, house.owner)
    return Asked({"run": made["pk"], "id": made["row"]})


def task(house: House) -> Asked:
    """Something that only a person can settle."""
    return Asked({"id": factories.PersonTaskFactory(company=house.company).pk})


def reading(house: House) -> Asked:
    """A reading of what is paid."""
    return Asked({"id": factories.PaymentRunFactory(company=house.company).pk})


GOOD = {
    "GET /afas/connection/": plain,
    "GET /afas/items/": plain,
    "PATCH /afas/items/": default_items,
    "GET /afas/mapping/{table}/": lambda _house: Asked({"table": "activities"}),
    "PATCH /afas/mapping/{table}/": an_account,
    "GET /afas/documents/": plain,
    "GET /afas/documents/{id}/": document(rejected=True),
    "POST /afas/documents/{id}/retry/": document(rejected=True),
    "POST /afas/documents/{id}/cancel/": said(document(rejected=True), **WHY),
    "POST /afas/documents/{id}/give-up/": said(document(**DOUBT), **WHY),
    "POST /afas/documents/{id}/it-is-not-there/": said(document(**DOUBT), **WHY),
    "POST /afas/documents/{id}/it-is-there/": said(document(unknown=True), number="70000001"),
    "POST /afas/documents/{id}/look-again/": looked_for,
    "POST /afas/documents/{id}/link/": said(refused_debtor, debtor_number="10009"),
    "POST /afas/documents/{id}/create-anyway/": refused_debtor,
    "POST /afas/documents/{id}/undo/": said(document(confirmed=True), way="corrected", **WHY),
    "GET /afas/invoicing-runs/": plain,
    "POST /afas/invoicing-runs/": invoice,
    "POST /afas/invoicing-runs/preview/": preview,
    "GET /afas/invoicing-runs/{id}/": invoicing_run,
    "GET /afas/booking-runs/": plain,
    "POST /afas/booking-runs/": book,
    "GET /afas/booking-runs/{id}/": a_booking_run,
    "POST /afas/booking-runs/{id}/confirm/": confirm,
    "POST /afas/booking-runs/{id}/again/": again,
    "GET /afas/imports/": plain,
    "POST /afas/imports/": plain,
    "GET /afas/imports/{id}/": an_import,
    "GET /afas/imports/{run}/rows/": rows,
    "GET /afas/imports/{run}/rows/{id}/": row,
    "POST /afas/imports/{run}/rows/{id}/link/": row,
    "POST /afas/imports/{run}/rows/{id}/leave/": row,
    "GET /afas/tasks/": plain,
    "GET /afas/tasks/{id}/": task,
    "POST /afas/tasks/{id}/settle/": said(task, note="It was deleted there."),
    "GET /afas/payment-readings/": plain,
    "POST /afas/payment-readings/": plain,
    "GET /afas/payment-readings/{id}/": reading,
}

"""For every address that names an object: how to make that object in a company.

A new page with an object in its address adds a line here, or `test_every_url.py` fails.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Company, Membership, User
from invoicing.models import Invoice, InvoiceLine
from tests import factories

# In which company, and whose it is where an object belongs to a person.
Maker = Callable[[Company, User], dict[str, Any]]


def pk_of(factory: Any, **fields: Any) -> Maker:
    """The primary key of a fresh object of this factory."""
    return lambda company, _owner: {"pk": factory(company=company, **fields).pk}


def own_entry(factory: Any, **fields: Any) -> Maker:
    """An entry that the owner registered."""

    def make(company: Company, owner: User) -> dict[str, Any]:
        place = Membership.objects.of(company).get(user=owner)
        return {"pk": factory(company=company, membership=place, **fields).pk}

    return make


def a_rate(company: Company, _owner: User) -> dict[str, Any]:
    """The rate of an activity."""
    activity = factories.ActivityFactory(company=company)
    return {"pk": factories.RateFactory(company=company, activity=activity).pk}


def own_receipt(company: Company, owner: User) -> dict[str, Any]:
    """A photo on an expense of the owner, on disk."""
    from registration.services.receipt_files import read_receipt
    from registration.services.receipts import receipts_add
    from tests.registration.receipt_samples import picture

    place = Membership.objects.of(company).get(user=owner)
    expense = factories.ExpenseFactory(company=company, membership=place)
    photo = read_receipt("receipt.jpg", picture())
    return {"pk": receipts_add(expense=expense, files=[photo], by=place)[0].pk}


def a_subscription(company: Company, _owner: User) -> dict[str, Any]:
    """A project with its terms."""
    return {"pk": factories.SubscriptionFactory(company=company).project_id}


def a_row_to_decide(company: Company, _owner: User) -> dict[str, Any]:
    """A debtor that an import held back."""
    row = factories.ImportRowFactory(
        company=company,
        outcome="skipped",
        reason="name_differs",
        customer=factories.CustomerFactory(company=company),
    )
    return {"pk": row.run_id, "row": row.pk}


def an_action(company: Company, owner: User) -> dict[str, Any]:
    """A selection, and something that can be done with it."""
    selection = a_selection(company, owner)["selection_id"]
    return {"selection": selection, "action": "approve"}


def an_export(company: Company, owner: User) -> dict[str, Any]:
    """A selection to be exported."""
    return {"selection": a_selection(company, owner)["selection_id"]}


def a_selection(company: Company, owner: User) -> dict[str, Any]:
    """An hour that its person ticked, to be invoiced."""
    hour = factories.HourFactory(company=company, approved=True)
    selection = factories.SelectionFactory(company=company, user=owner, hours=[hour.pk])
    return {"selection_id": selection.pk}


def a_selection_with_options(company: Company, owner: User) -> dict[str, Any]:
    """A selection whose first step is done."""
    from invoicing.services.bundling import Options
    from registration.models import Selection

    named = a_selection(company, owner)
    Selection.objects.filter(pk=named["selection_id"]).update(
        options=Options(invoice_date=timezone.localdate()).as_json()
    )
    return named


def an_invoiced_hour(company: Company, owner: User) -> dict[str, Any]:
    """An hour that stands on a document."""
    claim = factories.ClaimFactory(company=company)
    factories.AfasDocumentFactory(company=company, invoice=claim.line.invoice)
    return {"kind": "hours", "pk": claim.hour_id}


def an_invoiced_selection(company: Company, owner: User) -> dict[str, Any]:
    """A ticked hour that AFAS invoiced."""
    claim = factories.ClaimFactory(company=company)
    factories.AfasDocumentFactory(company=company, invoice=claim.line.invoice, confirmed=True)
    selection = factories.SelectionFactory(company=company, user=owner, hours=[claim.hour_id])
    return {"selection_id": selection.pk}


def own_invoice(company: Company, _owner: User) -> dict[str, Any]:
    """A final invoice of our own, with a line."""
    invoice = factories.InvoiceFactory(company=company, ours=True)
    line = factories.InvoiceLineFactory(
        company=company, invoice=invoice, vat_code="high", vat_percent=21
    )
    return {"pk": line.invoice_id}


def a_line_with_an_hour(company: Company, owner: User) -> dict[str, Any]:
    """A line of an invoice of our own, and the hour on it."""
    made = own_invoice(company, owner)
    line = InvoiceLine.objects.get(invoice=made["pk"])
    factories.ClaimFactory(company=company, line=line)
    return {**made, "line": line.pk}


def a_mail_in_doubt(company: Company, _owner: User) -> dict[str, Any]:
    """A mail that was perhaps sent."""
    mail = factories.DeliveryFactory(company=company, state="unknown")
    return {"pk": mail.invoice_id, "delivery": mail.pk}


def a_payment(company: Company, _owner: User) -> dict[str, Any]:
    """A payment on an invoice of our own."""
    payment = factories.PaymentFactory(company=company)
    return {"pk": payment.invoice_id, "payment": payment.pk}


def own_draft(company: Company, _owner: User) -> dict[str, Any]:
    """A draft of our own, with a line that was typed."""
    draft = factories.InvoiceFactory(company=company, draft=True)
    line = factories.InvoiceLineFactory(
        company=company, invoice=draft, vat_code="high", vat_percent=Decimal(21)
    )
    return {"pk": line.invoice_id}


def a_draft_with_more(company: Company, owner: User) -> dict[str, Any]:
    """A draft for a customer who has an hour that is unbilled."""
    hour = factories.HourFactory(company=company, approved=True)
    made = own_draft(company, owner)
    Invoice.objects.filter(pk=made["pk"]).update(customer=hour.project.customer)
    return made


def a_sent_invoice(company: Company, owner: User) -> dict[str, Any]:
    """A final invoice of our own that its customer has."""
    made = own_invoice(company, owner)
    Invoice.objects.filter(pk=made["pk"]).update(delivery="sent", total=Decimal(121))
    return made


def a_booking_run(company: Company, owner: User) -> dict[str, Any]:
    """A sent invoice and one that is not, chosen to be booked."""
    chosen = [make(company, owner)["pk"] for make in (a_sent_invoice, own_invoice)]
    return {"pk": factories.BookingRunFactory(company=company, chosen=chosen).pk}


def a_broken_booking_run(company: Company, owner: User) -> dict[str, Any]:
    """A confirmed run of which an invoice got no document."""
    chosen = a_sent_invoice(company, owner)["pk"]
    why = {"sentence": "It broke off.", "url_name": "", "pk": None, "tail": ""}
    refusals = [{"invoice": chosen, "name": "2026-0001", **why}]
    run = factories.BookingRunFactory(
        company=company, chosen=[chosen], confirmed_at=timezone.now(), refusals=refusals
    )
    return {"pk": run.pk}


OBJECTS: dict[str, Maker] = {
    "api_key_revoke": pk_of(factories.ApiKeyFactory),
    "booking_begin_one": a_sent_invoice,
    "booking_run": a_booking_run,
    "booking_again": a_broken_booking_run,
    "alert_dismiss": pk_of(factories.AlertFactory),
    "entry_invoice": an_invoiced_hour,
    "employee": pk_of(factories.MembershipFactory),
    "employee_rates": pk_of(factories.MembershipFactory),
    "employee_deactivate": pk_of(factories.MembershipFactory),
    "employee_reactivate": pk_of(factories.MembershipFactory, active=False),
    "invitation_send": pk_of(factories.InvitationFactory),
    "invitation_withdraw": pk_of(factories.InvitationFactory),
    "invoice_in_afas_options": a_selection,
    "invoice_in_afas_check": a_selection_with_options,
    "afas_undo": pk_of(factories.AfasDocumentFactory, confirmed=True),
    "afas_undo_selection": an_invoiced_selection,
    "afas_undo_result": an_invoiced_selection,
    "invoicing_run": pk_of(factories.InvoicingRunFactory),
    "afas_document": pk_of(factories.AfasDocumentFactory, rejected=True),
    "afas_document_look": pk_of(factories.AfasDocumentFactory, unknown=True),
    "afas_document_there": pk_of(factories.AfasDocumentFactory, unknown=True),
    "afas_document_absent": pk_of(factories.AfasDocumentFactory, unknown=True),
    "afas_task_settle": pk_of(factories.PersonTaskFactory),
    "afas_document_retry": pk_of(factories.AfasDocumentFactory, rejected=True),
    "afas_document_cancel": pk_of(factories.AfasDocumentFactory, rejected=True),
    "afas_document_link": pk_of(factories.AfasDocumentFactory, of_customer=True, rejected=True),
    "afas_document_create_anyway": pk_of(
        factories.AfasDocumentFactory, of_customer=True, rejected=True
    ),
    "contact": pk_of(factories.ContactFactory),
    "contact_edit": pk_of(factories.ContactFactory),
    "contact_delete": pk_of(factories.ContactFactory),
    "customer": pk_of(factories.CustomerFactory),
    "customer_edit": pk_of(factories.CustomerFactory),
    "customer_archive": pk_of(factories.CustomerFactory),
    "customer_unarchive": pk_of(factories.CustomerFactory, archived=True),
    "customer_rates": pk_of(factories.CustomerFactory),
    "project": pk_of(factories.ProjectFactory),
    "project_edit": pk_of(factories.ProjectFactory),
    "project_activities": pk_of(factories.ProjectFactory),
    "project_people": pk_of(factories.ProjectFactory),
    "project_rates": pk_of(factories.ProjectFactory),
    "project_close": pk_of(factories.ProjectFactory),
    "project_reopen": pk_of(factories.ProjectFactory, active=False),
    "project_method": pk_of(factories.ProjectFactory),
    "project_subscription": a_subscription,
    "instalment_new": pk_of(
        factories.ProjectFactory, billing_method="fixed_project", price=Decimal(1000)
    ),
    "instalment_edit": pk_of(factories.InstalmentFactory),
    "instalment_remove": pk_of(factories.InstalmentFactory),
    "activity": pk_of(factories.ActivityFactory),
    "activity_rate": pk_of(factories.ActivityFactory),
    "category": pk_of(factories.ExpenseCategoryFactory),
    "rate_remove": a_rate,
    "register_hour": own_entry(factories.HourFactory),
    "register_hour_delete": own_entry(factories.HourFactory),
    "register_expense": own_entry(factories.ExpenseFactory),
    "register_expense_delete": own_entry(factories.ExpenseFactory),
    "receipts_add": own_entry(factories.ExpenseFactory),
    "receipt": own_receipt,
    "receipt_small": own_receipt,
    "receipt_remove": own_receipt,
    "register_ride": own_entry(factories.RideFactory),
    "register_ride_delete": own_entry(factories.RideFactory),
    "selection_action": an_action,
    "selection_export": an_export,
    "afas_activity_item": pk_of(factories.ActivityFactory),
    "afas_category_item": pk_of(factories.ExpenseCategoryFactory),
    "afas_project_item": pk_of(factories.ProjectFactory),
    "afas_instalment_item": pk_of(factories.InstalmentFactory),
    "import_row_decide": a_row_to_decide,
    "import_run": pk_of(factories.ImportRunFactory),
    "invoice": own_invoice,
    "invoice_pdf": own_invoice,
    "invoice_ubl": own_invoice,
    "draft_options": a_selection,
    "draft_check": a_selection_with_options,
    "draft_result": a_selection,
    "invoice_edit": own_draft,
    "draft_net": own_draft,
    "draft_take_up": a_draft_with_more,
    "invoice_delete": own_draft,
    "vat_rate_remove": pk_of(factories.VatRateFactory),
    "invoice_finalise": pk_of(factories.InvoiceFactory, draft=True),
    "invoice_send": own_invoice,
    "invoice_mark_sent": own_invoice,
    "invoice_payment": own_invoice,
    "invoice_credit": own_invoice,
    "invoice_entries": a_line_with_an_hour,
    "invoice_delivery": a_mail_in_doubt,
    "invoice_payment_remove": a_payment,
}

# Words in an address that name no object of anybody.
WORDS: dict[str, dict[str, Any]] = {
    "selection_pick": {"kind": "hours"},
    "overview_export": {"kind": "hours"},
    "app_activate": {"key": "afas"},
    "app_pause": {"key": "afas"},
    "app_resume": {"key": "afas"},
    "app_deactivate": {"key": "afas"},
}

# Open to everybody. What stands in the address is a secret of its own, or nothing.
PUBLIC: dict[str, dict[str, Any]] = {
    "healthz": {},
    "readyz": {},
    "api_schema": {},
    "set_language": {},
    "language": {},
    "invitation": {"token": "not-a-token"},
    "account_login": {},
    "account_logout": {},
    "account_signup": {},
    "account_inactive": {},
    "account_confirm_email": {"key": "not-a-key"},
    "account_email_verification_sent": {},
    "account_reset_password": {},
    "account_reset_password_done": {},
    "account_reset_password_from_key": {"uidb36": "1", "key": "not-a-key"},
    "account_reset_password_from_key_done": {},
    "account_confirm_login_code": {},
}

# Pages of the person rather than of a company: nothing of a company is behind them.
OF_THE_PERSON = {
    "no_company",
    "switch_company",
    "profile",
    "account_email",
    "account_change_password",
    "account_set_password",
    "account_reauthenticate",
}

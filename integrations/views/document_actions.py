"""What a person does with one document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError
from integrations.forms.billing import DebtorForm, ReasonForm
from integrations.forms.documents import AbsentForm, FoundForm
from integrations.models import AfasDocument, Kind, State
from integrations.selectors import document_of
from integrations.services import answering, deciding, documents, looking_again
from integrations.services.answering import Answered
from integrations.services.stories import given_up


@right_required("invoices")
@require_POST
def retry(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Build it anew from the corrected rows and send it."""
    document = _document(request, pk)

    def action() -> str:
        after = documents.retry(document=document, by=request.user)
        if after.state == State.WAITING:
            return _("It waits for its new debtor; then it goes out.")
        return _("It is queued again.")

    return _do(request, document, action)


@right_required("invoices")
@require_POST
def cancel(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Give it up: what it bills is unbilled again, what it books can be booked again."""
    document = _document(request, pk)
    form = ReasonForm(request.POST)

    def action() -> str:
        if not form.is_valid():
            raise DomainError(_("Say why, so that a colleague understands it later."))
        reason = form.cleaned_data["reason"]
        documents.cancel(document=document, by=request.user, reason=reason)
        return given_up(document)

    return _do(request, document, action)


@right_required("invoices")
@require_POST
def look(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Look in AFAS now, and say what was seen."""
    document = _document(request, pk)
    return _do(
        request, document, lambda: looking_again.look_again(document=document, by=request.user)
    )


@right_required("invoices")
@require_POST
def there(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Somebody looked: it is in AFAS, or the deletion took place."""
    document = _document(request, pk)
    form = FoundForm(document, request.POST)

    def action() -> str:
        if not form.is_valid():
            raise DomainError(_("Type the number as AFAS shows it; it has at most 16 characters."))
        number = form.cleaned_data["number"]
        answering.it_is_there(document=document, number=number, by=request.user)
        if document.books and document.kind == Kind.DELETION:
            return _("It is deleted; the invoice can be booked again.")
        if document.kind == Kind.DELETION:
            return _("It is deleted; its entries are unbilled again.")
        return _("It is in AFAS as %(number)s.") % {"number": number}

    return _do(request, document, action)


@right_required("invoices")
@require_POST
def absent(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """Somebody looked and did not find it: send it again, or cancel and release."""
    document = _document(request, pk)
    form = AbsentForm(request.POST)

    def action() -> str:
        if not form.is_valid():
            raise DomainError(
                _("Say what you looked at, so that a colleague understands it later.")
            )
        gives_up = form.cleaned_data["then"] == AbsentForm.CANCEL
        answer = answering.give_up if gives_up else answering.it_is_not_there
        done = answer(document=document, reason=form.cleaned_data["reason"], by=request.user)
        return _answered(document, done, gives_up=gives_up)

    return _do(request, document, action)


def _answered(document: AfasDocument, done: Answered, *, gives_up: bool) -> str:
    if done is Answered.KEPT:
        return _("Your answer is kept. It is carried out once AFAS has shown that it is not there.")
    if gives_up:
        return given_up(document)
    if document.absent_means == State.REJECTED:
        return _("It is refused, and can be corrected and tried again.")
    return _("It is queued again, under the same reference.")


@right_required("invoices")
@require_POST
def link(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """The customer is one of the debtors that look alike."""
    document = _document(request, pk)
    form = DebtorForm(request.POST)
    number = form.cleaned_data["debtor_number"] if form.is_valid() else ""

    def action() -> str:
        deciding.link_to(document=document, debtor_number=number, by=request.user)
        return _("The customer is linked; its invoices go on.")

    return _do(request, document, action)


@right_required("invoices")
@require_POST
def create_anyway(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """It is another organisation than the ones that look alike."""
    document = _document(request, pk)

    def action() -> str:
        deciding.create_anyway(document=document, by=request.user)
        return _("It will be created as a new debtor.")

    return _do(request, document, action)


def _document(request: CompanyRequest, pk: UUID) -> AfasDocument:
    document = document_of(request.company, pk)
    if document is None:
        raise Http404
    return document


def _do(request: CompanyRequest, document: AfasDocument, action: Callable[[], str]) -> HttpResponse:
    """Do it, say how it went, and go back to the run or the document."""
    waited = document.state == State.REJECTED or bool(document.asks)
    try:
        sentence = action()
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("afas_document", document.pk)
    messages.success(request, sentence)
    if place := _back(request, document):
        return redirect(*place)
    address = reverse("afas_document", args=[document.pk])
    return redirect(f"{address}?settled=1" if waited else address)  # the next one is a click away


def _back(request: CompanyRequest, document: AfasDocument) -> tuple[str, Any] | None:
    """The page that asked, where it was another one: its name and what it is about."""
    back = request.POST.get("back")
    if back == "invoice" and document.invoice_id:
        return "invoice", document.invoice_id
    if back == "run" and document.booking_run_id:
        return "booking_run", document.booking_run_id
    return ("invoicing_run", document.run_id) if back == "run" and document.run_id else None

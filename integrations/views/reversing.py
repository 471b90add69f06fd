"""Reverse booking: AFAS deletes the entry of an own invoice, or somebody did so there already.

Nothing is released: the invoice stays as it is and can be booked again.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.doors import CompanyRequest
from core.errors import DomainError
from integrations.afas.bookings import lines_of
from integrations.forms.reversing import ReverseForm
from integrations.models import AfasDocument, State
from integrations.selectors import attachments_of
from integrations.services import picking, undoing
from integrations.services.journal_lines import journal_of
from integrations.services.undoing import Way

TOO_LATE = ("reconciled", "processed")
"""What AFAS says of an entry that it keeps: then a credit note is the way."""


def page(request: CompanyRequest, booking: AfasDocument) -> HttpResponse:
    """What the entry is and how it can be reversed; POST does that."""
    if not undoing.can_be_undone(booking):
        messages.info(request, _why_not(booking))
        return _leave(request, booking)
    why_not = undoing.why_not_delete(booking)
    data = request.POST if request.method == "POST" else None
    form = ReverseForm(data, may_delete=not why_not)
    if form.is_valid():
        try:
            said = _reverse(request, booking, form)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, said)
            return _leave(request, booking)
    return _shown(request, booking, form, why_not)


def _reverse(request: CompanyRequest, booking: AfasDocument, form: ReverseForm) -> str:
    given = form.cleaned_data
    if given["way"] == Way.DELETE:
        undoing.delete_in_afas(document=booking, reason=given["reason"], by=request.user)
        return _("AFAS is asked to delete the entry. It counts as booked until that is certain.")
    undoing.corrected_there(
        document=booking, reason=given["reason"], by=request.user, number=given["number"]
    )
    return _("The booking is reversed. The invoice stays as it is and can be booked again.")


def _shown(
    request: CompanyRequest, booking: AfasDocument, form: ReverseForm, why_not: str
) -> HttpResponse:
    names = {one.number.lower(): one for one in picking.accounts_at_hand(booking.connection)}
    last = booking.deletions.order_by("-created_at").first()
    context = {
        "booking": booking,
        "form": form,
        "journal": journal_of(lines_of(booking.payload), str(booking.customer), names),
        "attachment": attachments_of([booking]).get(booking.pk),
        "why_not_delete": why_not,
        "refused": last if last and last.state in {State.REJECTED, State.CANCELLED} else None,
        "is_too_late": last is not None and last.problem in TOO_LATE,
        "rests": booking.connection.paused_at,
        "back": _page_of(booking),
    }
    status = 422 if form.errors and not getattr(request, "htmx", False) else 200
    return render(request, "integrations/undo/booking.html", context, status=status)


def _why_not(booking: AfasDocument) -> str:
    if booking.state == State.UNDONE:
        return _("It was reversed already; the invoice can be booked again.")
    return _("Only a booking that AFAS has, and nobody reversed, can be reversed.")


def _page_of(booking: AfasDocument) -> str:
    return reverse("afas_document", args=[booking.pk])


def _leave(request: CompanyRequest, booking: AfasDocument) -> HttpResponse:
    """Out of the dialog, to a page of its own."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(_page_of(booking))
    return redirect(_page_of(booking))

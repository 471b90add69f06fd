"""What a person does with one invoice. Each is a page of its own, or a dialog where htmx is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import CompanyRequest, right_required
from core import formats
from core.errors import DomainError, FieldsError
from invoicing.forms.credit import CreditForm
from invoicing.forms.payments import PaymentForm
from invoicing.forms.sending import HowForm, SendForm
from invoicing.models import Invoice
from invoicing.selectors.invoice_story import last_mail
from invoicing.selectors.invoices import invoice_of
from invoicing.selectors.settings import settings_of
from invoicing.services import crediting, finalising, numbering, paying, sending
from invoicing.services.credit_lines import left_of
from invoicing.services.vat_doubts import vat_doubts
from invoicing.views.invoice import actions_of

Act = Callable[[dict[str, Any]], str]


class NothingAsked(forms.Form):
    """Only a button."""


def _step(
    request: CompanyRequest, found: Invoice, name: str, form: forms.Form, act: Act, **context: Any
) -> HttpResponse:
    """Ask, and once it is answered `act`, which returns what to say; a refusal is shown here."""
    if request.method == "POST" and form.is_valid():
        try:
            said = act(form.cleaned_data)
        except DomainError as error:
            _show(error, form)
            found = invoice_of(request.company, found.pk)
        else:
            messages.success(request, said)
            return redirect("invoice", found.pk)
    mail = last_mail(found)
    context = {
        "invoice": found,
        "form": form,
        "mail": mail,
        "may": actions_of(found, mail),
        **context,
    }
    status = 422 if form.errors else 200
    return render(request, f"invoicing/invoice/{name}.html", context, status=status)


def _show(error: DomainError, form: forms.Form) -> None:
    known = error.errors if isinstance(error, FieldsError) else {}
    for field, sentence in known.items():
        form.add_error(field if field in form.fields else None, sentence)
    if not known:
        form.add_error(None, error.message)


@right_required("invoices")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_finalise(request: CompanyRequest, pk: int) -> HttpResponse:
    """What stands in the way, which number it gets; by POST, make it final."""
    found = invoice_of(request.company, pk)
    form = NothingAsked(request.POST if request.method == "POST" else None)

    def act(_given: dict[str, Any]) -> str:
        final = finalising.finalise(invoice=found, version=_version(request), by=request.user)
        return _("It is final, as %(number)s.") % {"number": final.number}

    obstacles = finalising.obstacles(found) if found.is_draft else []
    return _step(
        request,
        found,
        "finalise",
        form,
        act,
        blocking=[one for one in obstacles if one.blocking],
        warnings=[one for one in obstacles if not one.blocking],
        doubts=vat_doubts(found),
        number=numbering.next_number(request.company, found.kind, found.invoice_date),
    )


def _version(request: CompanyRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@right_required("invoices")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_send(request: CompanyRequest, pk: int) -> HttpResponse:
    """The mail as it would leave, to be changed; by POST, put it in the queue."""
    found = invoice_of(request.company, pk)
    mail = None if found.is_draft else sending.mail_for(found)
    initial = {"to": mail.to, "subject": mail.subject, "body": mail.body} if mail else {}
    form = SendForm(request.POST if request.method == "POST" else None, initial=initial)

    def act(given: dict[str, Any]) -> str:
        sending.send(invoice=found, by=request.user, **given)
        return _("It is on its way to %(to)s.") % {"to": given["to"]}

    return _step(
        request,
        found,
        "send",
        form,
        act,
        attachments=_attachments(found),
    )


def _attachments(found: Invoice) -> list[str]:
    names = [f"{found.number}.pdf"]
    return [*names, f"{found.number}.xml"] if settings_of(found.company).attach_ubl else names


@right_required("invoices")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_mark_sent(request: CompanyRequest, pk: int) -> HttpResponse:
    """How it reached the customer without us; by POST, it counts as sent."""
    found = invoice_of(request.company, pk)
    form = HowForm(request.POST if request.method == "POST" else None)

    def act(_given: dict[str, Any]) -> str:
        sending.mark_as_sent(invoice=found, how=form.how, by=request.user)
        return _("%(number)s counts as sent.") % {"number": found.number}

    return _step(request, found, "mark_sent", form, act)


@right_required("invoices")
@require_POST
def invoice_delivery(request: CompanyRequest, pk: int, delivery: int) -> HttpResponse:
    """Whether a mail of which nobody knows it arrived did: "arrived" is yes or no."""
    found = invoice_of(request.company, pk)
    mail = get_object_or_404(found.deliveries.all(), pk=delivery)
    arrived = request.POST.get("arrived") == "yes"
    try:
        sending.settle(delivery=mail, arrived=arrived, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("invoice", pk)
    if arrived:
        messages.success(request, _("%(number)s counts as sent.") % {"number": found.number})
        return redirect("invoice", pk)
    return redirect("invoice_send", pk)


@right_required("invoices")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_payment(request: CompanyRequest, pk: int) -> HttpResponse:
    """What was paid, and when; by POST, register it."""
    found = invoice_of(request.company, pk)
    form = PaymentForm(found, request.POST if request.method == "POST" else None)

    def act(given: dict[str, Any]) -> str:
        paying.payment_add(invoice=found, by=request.user, **given)
        return _("%(amount)s is registered.") % {"amount": formats.write_money(given["amount"])}

    return _step(request, found, "payment", form, act)


@right_required("invoices")
@require_POST
def invoice_payment_remove(request: CompanyRequest, pk: int, payment: int) -> HttpResponse:
    """Take a payment away that was registered by mistake."""
    found = invoice_of(request.company, pk)
    row = get_object_or_404(found.payments.all(), pk=payment)
    try:
        paying.payment_remove(payment=row, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The payment is removed; what it paid is open again."))
    return redirect("invoice", pk)


@right_required("invoices")
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_credit(request: CompanyRequest, pk: int) -> HttpResponse:
    """Which lines, and why; by POST, draw up a draft credit note and show it."""
    found = invoice_of(request.company, pk)
    left = {} if found.is_draft else left_of(found)
    open_lines = [one for one in left.values() if not one.is_nothing]
    form = CreditForm(
        [one.line for one in open_lines], request.POST if request.method == "POST" else None
    )
    made: list[Invoice] = []

    def act(given: dict[str, Any]) -> str:
        chosen = given["line"]
        note = crediting.credit(
            invoice=found,
            lines=None if chosen == form.offered else chosen,
            reason=given["reason"],
            by=request.user,
        )
        made.append(note)
        return _("The credit note is drawn up as a draft. Look at it, then finalise it.")

    lines = list(left.values())
    answer = _step(request, found, "credit", form, act, lines=lines, ticked=form.ticked)
    return redirect("invoice", made[0].pk) if made else answer

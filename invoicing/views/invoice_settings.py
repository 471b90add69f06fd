"""Settings → Invoicing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from accounts.models import Company
from core.errors import FieldsError
from invoicing.forms.settings import CounterForm, SettingsForm
from invoicing.models import InvoiceKind, NumberCounter
from invoicing.services import numbering, pdf
from invoicing.services.sample import sample_paper

Counters = list[tuple[NumberCounter, CounterForm]]


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("admin")
def settings(request: CompanyRequest) -> HttpResponse:
    """Numbers, terms, looks, texts and what goes along with an invoice."""
    form = SettingsForm(request.POST or None, company=request.company)
    if form.is_bound and form.is_valid() and form.save_by(request.user):
        messages.success(
            request, _("Saved. Drafts keep their texts and terms; new ones get these.")
        )
        return redirect("invoice_settings")
    return _page(request, form)


@require_POST
@right_required("admin")
def counter(request: CompanyRequest) -> HttpResponse:
    """Raise the last number of a series, or confirm it after a backup was put back."""
    typed = CounterForm(request.POST)
    known = {one.series: one for one in numbering.counters_of(request.company)}
    if typed.is_valid() and typed.cleaned_data["series"] not in known:
        messages.error(request, _("This series does not exist any more, so nothing was changed."))
        return redirect("invoice_settings")
    if typed.is_valid():
        data = typed.cleaned_data
        waits = known[data["series"]].to_confirm
        save = numbering.confirm_counter if waits else numbering.raise_counter
        try:
            save(company=request.company, by=request.user, **data)
        except FieldsError as refusal:
            typed.add_error("last", refusal.errors["last"])
        else:
            messages.success(request, _("Saved. The next number goes on from there."))
            return redirect("invoice_settings")
    return _page(request, SettingsForm(None, company=request.company), typed)


@require_safe
@right_required("admin")
def preview(request: CompanyRequest) -> HttpResponse:
    """A sample invoice as PDF, with the settings as they are saved."""
    language = request.GET.get("language", request.company.language)
    language = language if language in {"nl", "en"} else "nl"
    paper = sample_paper(request.company, timezone.localdate(), language)
    content = pdf.render(paper, pdf.look_of(request.company, draft=True))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="sample.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _page(
    request: CompanyRequest, form: SettingsForm, typed: CounterForm | None = None
) -> HttpResponse:
    """The page; a series whose new last number was refused shows what was typed."""
    context: dict[str, Any] = {
        "form": form,
        "counters": _counters(request.company, typed),
        "next_number": _next(request.company, InvoiceKind.INVOICE),
        "next_credit": _next(request.company, InvoiceKind.CREDIT_NOTE),
        "has_logo": bool(request.company.logo),
    }
    wrong = form.errors or (typed and typed.errors)
    return render(
        request, "invoicing/settings/settings.html", context, status=422 if wrong else 200
    )


def _next(company: Company, kind: str) -> str:
    return numbering.next_number(company, kind, timezone.localdate())


def _counters(company: Company, typed: CounterForm | None) -> Counters:
    refused = typed.data.get("series", "") if typed else None
    return [
        (one, typed if typed and one.series == refused else _counter_form(one))
        for one in numbering.counters_of(company)
    ]


def _counter_form(one: NumberCounter) -> CounterForm:
    initial = {"series": one.series, "last": one.last}
    return CounterForm(initial=initial, auto_id=f"id_%s_{one.series or 'plain'}")

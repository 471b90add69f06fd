"""Unbilled → Actions → Create invoice: options, check, confirm; and an invoice from nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError
from invoicing.forms.draft import NewInvoiceForm
from invoicing.forms.options import OptionsForm
from invoicing.models import Invoice
from invoicing.services import drafting, editing
from invoicing.services.bundling import Options
from invoicing.services.pricing import PLANNED
from invoicing.services.sifting import LeftOut
from registration.models import Selection
from registration.selectors.selection import selection_of
from registration.services.selection import freeze
from relations.models import Customer


def steps() -> list[str]:
    """The words of the stepper."""
    return [_("Options"), _("Check"), _("Result")]


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("invoices")
def options(request: CompanyRequest, selection_id: UUID) -> HttpResponse:
    """Step 1: how the selection becomes invoices."""
    selection = selection_of(request.company, request.user, selection_id)
    if drafting.drafts_of(selection):
        return _already_drawn(request, selection)
    form = OptionsForm.of_selection(selection)
    if request.method == "POST":
        form = OptionsForm(request.POST)
    if form.is_bound and form.is_valid():
        Selection.objects.filter(pk=selection.pk).update(options=form.options().as_json())
        return redirect("draft_check", selection.pk)
    return _page(request, "options", selection, {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("invoices")
def check(request: CompanyRequest, selection_id: UUID) -> HttpResponse:
    """Step 2: what will be drawn up, what is left out and why; POST draws up exactly that."""
    selection = selection_of(request.company, request.user, selection_id)
    if drafting.drafts_of(selection):
        return _already_drawn(request, selection)
    chosen = _chosen(selection)
    if chosen is None:
        return redirect("draft_options", selection.pk)
    freeze(selection)
    if request.method != "POST":
        return _checked(request, selection, chosen)
    try:
        drawn = drafting.create_drafts(
            company=request.company,
            selection=selection,
            options=chosen,
            token=request.POST.get("token", ""),
            by=request.user,
        )
    except DomainError as error:
        return _checked(request, selection, chosen, [error.message])
    if not drawn.invoices:
        return _checked(request, selection, chosen, [said for _who, said in drawn.refusals])
    drafting.keep_refusals(selection, drawn.refusals)
    return _leave(request, _destination(request, selection, drawn.invoices))


@require_safe
@right_required("invoices")
def result(request: CompanyRequest, selection_id: UUID) -> HttpResponse:
    """Step 3: the drafts of a selection, and who was refused and why."""
    selection = selection_of(request.company, request.user, selection_id)
    invoices = drafting.drafts_of(selection)
    if not invoices:
        return redirect("draft_options", selection.pk)
    refusals = _with_customers(request, selection.options.get("refusals", []))
    total = sum(one.total for one in invoices)
    context = {"invoices": invoices, "refusals": refusals, "total": total}
    return _page(request, "result", selection, context)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("invoices")
def new(request: CompanyRequest) -> HttpResponse:
    """An invoice from nothing, for a customer or one of its projects."""
    form = NewInvoiceForm(request.POST or None, company=request.company, chosen=request.GET)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            invoice = editing.draft_new(
                company=request.company,
                customer=data["customer"],
                project=data["project"],
                by=request.user,
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("invoice", invoice.pk)
    context = {"form": form}
    return render(request, "invoicing/create/new.html", context, status=422 if form.errors else 200)


def _chosen(selection: Selection) -> Options | None:
    try:
        return Options.from_json(selection.options)
    except (KeyError, ValueError):
        return None


def _checked(
    request: CompanyRequest,
    selection: Selection,
    chosen: Options,
    problems: Sequence[str] = (),
) -> HttpResponse:
    found = drafting.check_drafts(company=request.company, selection=selection, options=chosen)
    context = {
        "check": found,
        "options": chosen,
        "problems": list(dict.fromkeys(problems)),
        "left_out": left_out_by_reason(found.left_out),
        "things": sum(sum(one.counts.values()) for one in found.ready),
    }
    return _page(request, "check", selection, context)


def left_out_by_reason(left_out: Iterable[LeftOut]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What is left out as rows for a table, the same reasons together."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in left_out:
        groups.setdefault(one.sentence, []).append(_row(one))
    return list(groups.items())


def _row(one: LeftOut) -> dict[str, Any]:
    planned, row = one.kind in PLANNED, one.entry
    return {
        "date": row.due_on if planned else row.date,
        "who": "" if planned else row.membership,
        "project": row.project,
        "text": row.description if planned else row.note,
        "mends": one.reason in {"no_rate", "no_customer", "covered"},
    }


def _page(
    request: CompanyRequest, name: str, selection: Selection, context: dict[str, Any]
) -> HttpResponse:
    everything = {"selection": selection, "steps": steps(), **context}
    return render(request, f"invoicing/create/{name}.html", everything)


def _with_customers(
    request: CompanyRequest, refusals: Iterable[dict[str, Any]]
) -> list[tuple[Customer, str]]:
    customers = Customer.objects.of(request.company).in_bulk([one["customer"] for one in refusals])
    return [
        (customers[one["customer"]], one["sentence"])
        for one in refusals
        if one["customer"] in customers
    ]


def _destination(request: CompanyRequest, selection: Selection, invoices: Sequence[Invoice]) -> str:
    """One draft: its page. Several: the list of drafts. Refusals: the result, which names them."""
    selection.refresh_from_db()
    if selection.options.get("refusals"):
        return reverse("draft_result", args=[selection.pk])
    count = len(invoices)
    said = ngettext("%(count)d draft is made.", "%(count)d drafts are made.", count)
    messages.success(request, said % {"count": count})
    if count == 1:
        return reverse("invoice", args=[invoices[0].pk])
    return f"{reverse('invoices')}?status=draft"


def _already_drawn(request: CompanyRequest, selection: Selection) -> HttpResponse:
    """A selection is drawn up once; coming back shows what became of it."""
    if request.method == "POST":
        messages.info(request, _("These drafts were made already; here they are."))
    return _leave(request, reverse("draft_result", args=[selection.pk]))


def _leave(request: CompanyRequest, url: str) -> HttpResponse:
    """Out of the dialog, to a page of its own."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return redirect(url)

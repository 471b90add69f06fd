"""Overviews → select → Actions → Invoice in AFAS: options, check, confirm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError, FieldsError
from integrations.forms.options import OptionsWithAnnexesForm
from integrations.models import AfasConnection
from integrations.selectors import connection_of
from integrations.services import annexes, billing
from invoicing.forms.options import OptionsForm
from invoicing.selectors.settings import settings_of
from invoicing.services.bundling import Options
from invoicing.services.line_rules import check_day
from invoicing.services.pricing import PLANNED
from invoicing.services.sifting import LeftOut
from registration.models import Project, Selection
from registration.selectors.selection import selection_of
from registration.services.selection import freeze


def steps() -> list[str]:
    """The words of the stepper."""
    return [_("Options"), _("Check"), _("Result")]


@right_required("invoices")
@require_http_methods(["GET", "POST"])
def options(request: CompanyRequest, selection_id: UUID) -> HttpResponse:
    """Step 1: how the selection becomes invoices."""
    selection = selection_of(request.company, request.user, selection_id)
    if done := _run_of(request, selection):
        return done
    form = _options_form(request, selection)
    if request.method == "POST" and form.is_valid():
        Selection.objects.filter(pk=selection.pk).update(options=form.options().as_json())
        return _go(request, reverse("invoice_in_afas_check", args=[selection.pk]))
    return _page(request, "options", selection, {"form": form})


def _options_form(request: CompanyRequest, selection: Selection) -> OptionsForm:
    """What was posted, else the selection's own choices; with annexes where they may go along."""
    kind: type[OptionsForm] = OptionsForm
    if annexes.are_allowed(connection_of(request.company)):
        kind = OptionsWithAnnexesForm
    if request.method == "POST":
        return kind(request.POST)
    form = kind.of_selection(selection)
    if isinstance(form, OptionsWithAnnexesForm):
        return form.as_usual(settings_of(request.company))
    return form


@right_required("invoices")
@require_http_methods(["GET", "POST"])
def check(request: CompanyRequest, selection_id: UUID) -> HttpResponse:
    """Step 2: what will be made, what is left out and why; POST makes exactly that."""
    selection = selection_of(request.company, request.user, selection_id)
    if done := _run_of(request, selection):
        return done
    chosen = _chosen(selection)
    connection = connection_of(request.company)
    if chosen is None or connection is None or not connection.is_ready:
        return _go(request, reverse("invoice_in_afas_options", args=[selection.pk]))
    freeze(selection)
    problem = ""
    if request.method == "POST":
        try:
            run = billing.invoice_in_afas(
                connection=connection,
                selection=selection,
                options=chosen,
                token=request.POST.get("token", ""),
                by=request.user,
            )
        except DomainError as error:
            problem = error.message
        else:
            return _leave(request, reverse("invoicing_run", args=[run.pk]))
    return _checked(request, connection, selection, chosen, problem)


def _checked(
    request: CompanyRequest,
    connection: AfasConnection,
    selection: Selection,
    chosen: Options,
    problem: str,
) -> HttpResponse:
    found = billing.check_selection(connection=connection, selection=selection, options=chosen)
    context = {"check": found, "problem": problem, "left_out": _by_reason(found)}
    return _page(request, "check", selection, context)


@dataclass(frozen=True)
class Left:
    """A thing that is left out, as the page shows it."""

    day: date
    person: str
    project: Project
    text: str
    is_mended_there: bool


def _by_reason(found: billing.Check) -> list[tuple[str, list[Left]]]:
    """What is left out, the same reasons together."""
    groups: dict[str, list[Left]] = {}
    for one in found.left_out:
        groups.setdefault(one.sentence, []).append(_left(one))
    return list(groups.items())


def _left(one: LeftOut) -> Left:
    planned = one.kind in PLANNED
    return Left(
        day=one.entry.due_on if planned else one.entry.date,
        person="" if planned else str(one.entry.membership),
        project=one.entry.project,
        text=one.entry.description if planned else one.entry.note,
        is_mended_there=one.reason in {"no_rate", "covered", "no_customer"},
    )


def _page(
    request: CompanyRequest, name: str, selection: Selection, context: dict[str, object]
) -> HttpResponse:
    everything = {
        "selection": selection,
        "connection": connection_of(request.company),
        "steps": steps(),
        **context,
    }
    return render(request, f"integrations/billing/{name}.html", everything)


def _chosen(selection: Selection) -> Options | None:
    try:
        found = Options.from_json(selection.options)
        check_day(found.invoice_date)
    except (KeyError, ValueError, FieldsError):
        return None
    return found


def _run_of(request: CompanyRequest, selection: Selection) -> HttpResponse | None:
    """A selection is billed once; coming back shows what became of it."""
    run = getattr(selection, "run", None)
    if run is None:
        return None
    if request.method == "POST":
        messages.info(request, _("This selection was already sent; here is what became of it."))
    return _leave(request, reverse("invoicing_run", args=[run.pk]))


def _go(request: CompanyRequest, url: str) -> HttpResponse:
    """To the next step: in the dialog the answer of `url` is shown, on a page it is opened."""
    return redirect(url)


def _leave(request: CompanyRequest, url: str) -> HttpResponse:
    """Out of the dialog, to a page of its own."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return redirect(url)

"""Undo invoicing: of one document, or of the rows that were selected in the overviews."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError
from integrations.forms.undo import UndoForm
from integrations.models import AfasDocument, Kind, State
from integrations.selectors import document_of, documents_of
from integrations.services import undo_check, undo_run
from integrations.services.undo_check import Check, Line, Undoable
from integrations.services.undo_run import Told
from integrations.views import reversing
from integrations.views.undo_words import EntryWords, words_of
from registration.models import Selection
from registration.selectors.selection import selection_of
from registration.services.selection import freeze

MOVING = (State.WAITING, State.QUEUED, State.SENDING, State.CONFIRMED)
"""Of a deletion: once it is confirmed, its entries are released in a moment."""


@dataclass(frozen=True)
class ShownLine:
    """A line as the page shows it: ticked or not, with its entries in words."""

    line: Line
    is_ticked: bool

    @property
    def entries(self) -> list[EntryWords]:
        """What the line bills, in words; the first fifty."""
        return [words_of(claim, chosen=claim.pk in self.line.chosen) for claim in self.line.entries]

    @property
    def more(self) -> int:
        """How many further entries it bills."""
        return len(self.line.held) - len(self.line.entries)


@dataclass(frozen=True)
class Shown:
    """An invoice as the page shows it."""

    found: Undoable
    lines: list[ShownLine]
    number: forms.BoundField
    is_open: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one invoice: what was told at the press, and how it stands now."""

    document: AfasDocument
    told: Told
    deletion: AfasDocument | None

    @property
    def is_busy(self) -> bool:
        """Whether its deletion is on its way."""
        return bool(self.deletion and self.deletion.state in MOVING) and not self.is_done

    @property
    def is_uncertain(self) -> bool:
        """Whether nobody knows yet if AFAS deleted it; that ends by itself."""
        return bool(
            self.deletion and self.deletion.state == State.UNKNOWN and not self.deletion.asks
        )

    @property
    def needs_somebody(self) -> bool:
        """Whether it is not done and nothing more happens by itself."""
        return not (self.is_done or self.is_busy or self.is_uncertain)

    @property
    def is_done(self) -> bool:
        """Whether its entries are unbilled again."""
        is_undone = self.deletion is None or self.document.state == State.UNDONE
        return is_undone and not self.told.why_not

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT of what was asked to go."""
        return Decimal(self.told.net)


@right_required("invoices")
@require_http_methods(["GET", "POST"])
def document(request: CompanyRequest, pk: UUID) -> HttpResponse:
    """The whole of one invoice, or the booking of an own one; POST undoes it, or some lines."""
    found = document_of(request.company, pk)
    if found is None:
        raise Http404
    if found.kind == Kind.SALES_BOOKING:
        return reversing.page(request, found)
    check = undo_check.check_document(found)
    if not check.undoables:
        messages.info(request, _why_not(found))
        return _leave(request, _page_of(found))
    form, problem = _read(request, check)
    if request.method == "POST" and not problem and form.is_valid():
        try:
            told = undo_run.undo(check=check, token=check.token, wish=form.wish, by=request.user)
        except DomainError as error:
            problem = error.message
        else:
            _say(request, told[found.pk])
            return _leave(request, _page_of(found))
    return _page(request, form, {"document": found, "problem": problem, "back": _page_of(found)})


@right_required("invoices")
@require_http_methods(["GET", "POST"])
def selection(request: CompanyRequest, selection_id: UUID) -> HttpResponse:
    """The invoices on which the selected rows stand; POST undoes them, one by one."""
    chosen = freeze(selection_of(request.company, request.user, selection_id))
    result = reverse("afas_undo_result", args=[chosen.pk])
    if undo_run.was_pressed(chosen, request.POST.get("press", "")):
        return _leave(request, result)
    check = undo_check.check_selection(company=request.company, selection=chosen)
    form, problem = _read(request, check)
    if request.method == "POST" and not problem and form.is_valid():
        try:
            undo_run.undo_selection(
                selection=chosen,
                check=check,
                press=(check.token, form.cleaned_data["press"]),
                wish=form.wish,
                by=request.user,
            )
        except DomainError as error:
            problem = error.message
        else:
            return _leave(request, result)
    context = {
        "selection": chosen,
        "problem": problem,
        "back": _overview_of(chosen),
        "result": result if undo_run.told_of(chosen) else "",
    }
    return _page(request, form, context)


@right_required("invoices")
@require_safe
def result(request: CompanyRequest, selection_id: UUID) -> HttpResponse:
    """What became of each invoice, followed live while a deletion is on its way."""
    chosen = selection_of(request.company, request.user, selection_id)
    outcomes = list(_outcomes(request, chosen))
    if not outcomes:
        return redirect("afas_undo_selection", chosen.pk)
    done = [one for one in outcomes if one.is_done]
    context = {
        "selection": chosen,
        "outcomes": outcomes,
        "done": done,
        "net": sum((one.net for one in done), Decimal(0)),
        "busy": any(one.is_busy for one in outcomes),
        "left": any(one.needs_somebody for one in outcomes),
        "back": _overview_of(chosen),
    }
    part = "result_rows" if getattr(request, "htmx", False) else "result"
    return render(request, f"integrations/undo/{part}.html", context)


def _read(request: CompanyRequest, check: Check) -> tuple[UndoForm, str]:
    """The form, and what changed since it was shown: then it is a fresh one, the reason kept."""
    if request.method != "POST":
        return UndoForm(check=check), ""
    if problem := undo_run.why_stale(check, request.POST.get("token", "")):
        fresh = UndoForm(check=check)
        fresh.initial["reason"] = request.POST.get("reason", "")
        return fresh, problem
    return UndoForm(request.POST, check=check), ""


def _page(request: CompanyRequest, form: UndoForm, context: dict[str, Any]) -> HttpResponse:
    check = form.check
    everything = {
        "check": check,
        "form": form,
        "shown": [_shown(form, one) for one in check.undoables],
        "rests": any(one.document.connection.paused_at for one in check.deletable),
        "address": request.path,
        **context,
    }
    return render(request, "integrations/undo/undo.html", everything)


def _shown(form: UndoForm, one: Undoable) -> Shown:
    """Unfolded where there is one, and where some of its lines are ticked and some not."""
    ticked, number = form.ticked, form.number_of(one)
    lines = [ShownLine(line, line.line.pk in ticked) for line in one.lines]
    parts = {shown.is_ticked for shown in lines if shown.line.is_open} == {True, False}
    alone = len(form.check.undoables) == 1
    return Shown(one, lines, number, is_open=alone or parts or bool(number.errors))


def _say(request: CompanyRequest, told: Told) -> None:
    if told.why_not:
        messages.error(request, told.why_not)
    elif told.deletion:
        messages.success(
            request,
            _("AFAS is asked to delete it. Its entries stay invoiced until that is certain."),
        )
    elif told.whole:
        messages.success(request, _("It is undone and its entries are unbilled again."))
    else:
        messages.success(request, _("The lines are released and their entries unbilled again."))


def _why_not(found: AfasDocument) -> str:
    if found.state == State.UNDONE:
        return _("It was undone already; its entries are unbilled again.")
    return _("Only an invoice that AFAS made, and nobody undid, can be undone.")


def _overview_of(chosen: Selection) -> str:
    return f"{reverse('overview_hours')}?selection={chosen.pk}"


def _page_of(found: AfasDocument) -> str:
    return reverse("afas_document", args=[found.pk])


def _outcomes(request: CompanyRequest, chosen: Selection) -> Iterator[Outcome]:
    told = undo_run.told_of(chosen)
    deletions = {one.deletion for one in told.values() if one.deletion}
    made = documents_of(request.company).filter(kind=Kind.DELETION, pk__in=deletions)
    by_id = {str(one.pk): one for one in made}
    for one in documents_of(request.company).filter(pk__in=told):
        yield Outcome(one, told[one.pk], by_id.get(told[one.pk].deletion))


def _leave(request: CompanyRequest, url: str) -> HttpResponse:
    """Out of the dialog, to a page of its own."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return redirect(url)

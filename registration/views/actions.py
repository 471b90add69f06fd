"""What can be done with a selection: the menu, and a page that says what will happen."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts.doors import CompanyRequest, member_required
from accounts.models import Company
from core import formats
from core.errors import DomainError
from registration.forms.entries import ProjectField
from registration.models import Project
from registration.selectors.entries import kind_of, projects_for_entries
from registration.selectors.reach import Reach, reach_of
from registration.selectors.selection import SelectionSum, ids_of
from registration.services import approval, billable
from registration.services.bulk import BulkChange, Result, preview
from registration.services.selection import selection_for
from registration.views.rows import counted

EXAMPLES = 5


class NothingAsked(forms.Form):
    """Only a button."""


class CommentAsked(forms.Form):
    """Why."""

    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ProjectAsked(forms.Form):
    """Where to."""

    project = ProjectField(
        label=gettext_lazy("New project"),
        queryset=Project.objects.none(),
        empty_label=gettext_lazy("Choose a project"),
    )


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something one can do with a selection.

    `counts` names the states of `KindSum` that can take part, `unless` says why none can. `change`
    previews, `run` does it; both are given what the form asked for.
    """

    key: str
    label: str | Promise
    icon: str
    counts: str
    unless: str | Promise
    done: str | Promise
    change: Callable[..., BulkChange]
    run: Callable[..., Result]
    asks: type[forms.Form] = NothingAsked
    effect: str | Promise = ""
    is_danger: bool = False
    group: int = 1

    @property
    def button(self) -> str:
        """The label without the dots that promise another step."""
        return str(self.label).removesuffix("…")


@dataclass(frozen=True)
class Choice:
    """An action in the menu; `why_not` is the reason that it is off."""

    action: Action
    why_not: str


ACTIONS = (
    Action(
        key="submit",
        label=gettext_lazy("Submit"),
        icon="send",
        counts="own_open",
        unless=gettext_lazy("Nothing selected is yours and still open"),
        done=gettext_lazy("submitted"),
        effect=gettext_lazy("They wait for approval; until then you can withdraw them."),
        change=approval.submitting,
        run=approval.submit,
    ),
    Action(
        key="approve",
        label=gettext_lazy("Approve"),
        icon="check",
        counts="approvable",
        unless=gettext_lazy("Nothing selected waits for your approval"),
        done=gettext_lazy("approved"),
        effect=gettext_lazy("They can be invoiced, and their owners cannot change them any more."),
        change=approval.approving,
        run=approval.approve,
    ),
    Action(
        key="reject",
        label=gettext_lazy("Reject…"),
        icon="cross",
        counts="rejectable",
        unless=gettext_lazy("Nothing selected can be rejected by you"),
        done=gettext_lazy("rejected"),
        effect=gettext_lazy("They go back to their owners, who read your comment."),
        change=lambda reach, comment="": approval.rejecting(reach, comment),
        run=approval.reject,
        asks=CommentAsked,
    ),
    Action(
        key="reopen",
        label=gettext_lazy("Reopen"),
        icon="undo",
        counts="reopenable",
        unless=gettext_lazy("Nothing selected is approved or rejected"),
        done=gettext_lazy("reopened"),
        effect=gettext_lazy("They are open again and their owners can change them."),
        change=approval.reopening,
        run=approval.reopen,
    ),
    Action(
        key="billable",
        label=gettext_lazy("Mark billable"),
        icon="euro",
        counts="not_billable",
        unless=gettext_lazy("Everything selected is billable"),
        done=gettext_lazy("marked billable"),
        effect=gettext_lazy("They get the value that the rates give them."),
        change=billable.making_billable,
        run=billable.mark_billable,
        group=2,
    ),
    Action(
        key="not-billable",
        label=gettext_lazy("Mark not billable"),
        icon="euro",
        counts="billable",
        unless=gettext_lazy("Nothing selected is billable and still to be invoiced"),
        done=gettext_lazy("marked not billable"),
        effect=gettext_lazy("They lose their value and are never invoiced."),
        change=billable.making_not_billable,
        run=billable.mark_not_billable,
        group=2,
    ),
    Action(
        key="move",
        label=gettext_lazy("Change project…"),
        icon="folder",
        counts="unlocked",
        unless=gettext_lazy("Everything selected is on an invoice or written off"),
        done=gettext_lazy("moved"),
        effect=gettext_lazy("They are valued by the rates of the new project."),
        change=billable.moving,
        run=billable.move_to_project,
        asks=ProjectAsked,
        group=2,
    ),
    Action(
        key="write-off",
        label=gettext_lazy("Write off…"),
        icon="wallet",
        counts="unbilled",
        unless=gettext_lazy("Nothing selected is still to be invoiced"),
        done=gettext_lazy("written off"),
        effect=gettext_lazy("They are not invoiced any more; reports keep their value."),
        change=lambda reach, comment="": billable.writing_off(reach, comment),
        run=lambda *, comment, **given: billable.write_off(reason=comment, **given),
        asks=CommentAsked,
        group=2,
    ),
    Action(
        key="restore",
        label=gettext_lazy("Restore what was written off"),
        icon="undo",
        counts="written_off",
        unless=gettext_lazy("Nothing selected was written off"),
        done=gettext_lazy("restored"),
        effect=gettext_lazy("They can be invoiced again, at today's rates."),
        change=billable.restoring,
        run=billable.restore,
        group=2,
    ),
    Action(
        key="delete",
        label=gettext_lazy("Delete…"),
        icon="trash",
        counts="unlocked",
        unless=gettext_lazy("Everything selected is on an invoice or written off"),
        done=gettext_lazy("deleted"),
        effect=gettext_lazy("They are gone for good; the audit log keeps who deleted them."),
        change=billable.deleting,
        run=billable.delete_all,
        is_danger=True,
        group=3,
    ),
)
BY_KEY = {action.key: action for action in ACTIONS}
ONLY_APPROVERS = frozenset({"approve", "reject", "reopen"})
ONLY_BILLERS = frozenset({"write-off", "restore"})


def menu_for(reach: Reach, selected: SelectionSum) -> list[list[Choice]]:
    """The actions this person could ever use, in groups, with a reason where there is nothing."""
    groups: dict[int, list[Choice]] = {}
    for action in ACTIONS:
        if _is_for(action, reach):
            why_not = "" if selected.has(action.counts) else str(action.unless)
            groups.setdefault(action.group, []).append(Choice(action, why_not))
    return list(groups.values())


@require_http_methods(["GET", "POST"])
@member_required
def selection_action(request: CompanyRequest, selection: uuid.UUID, action: str) -> HttpResponse:
    """What an action will do to a selection and what it leaves out; by POST, do it."""
    reach = reach_of(request.membership)
    chosen = BY_KEY.get(action)
    if chosen is None or not _is_for(chosen, reach):
        raise Http404
    ticked = selection_for(request.company, request.user, selection)
    form = _form(chosen, request)
    if request.method == "POST" and form.is_valid():
        try:
            return _done(request, chosen, _run(chosen, request, ids_of(ticked), form))
        except DomainError as error:
            form.add_error(None, error.message)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    result = _preview(chosen, reach, ids_of(ticked), given)
    context = {
        "action": chosen,
        "selection": ticked,
        "form": form,
        "result": result,
        "counts": _counts(result),
        "examples": result.skipped[:EXAMPLES],
        "back": back_of(request),
    }
    status = 422 if form.errors else 200
    return render(request, "registration/overviews/action.html", context, status=status)


def back_of(request: CompanyRequest) -> str:
    """The page to return to: an overview or a register page of ours, else the hours."""
    back = request.POST.get("back") or request.GET.get("back") or ""
    return back if back.startswith(("/overviews/", "/register/")) else "/overviews/hours/"


def tell(request: CompanyRequest, done: str | Promise, result: Result) -> None:
    """Say what was done, and what was left out and why."""
    if result.done:
        count = len(result.done)
        sentence = ngettext("%(count)s entry %(done)s.", "%(count)s entries %(done)s.", count)
        number = formats.write_number(count)
        messages.success(request, sentence % {"count": number, "done": done})
    if result.skipped:
        reasons = "; ".join(f"{reason} ({count})" for reason, count in result.reasons)
        messages.warning(request, _("Left out: %(reasons)s.") % {"reasons": reasons})


def _is_for(action: Action, reach: Reach) -> bool:
    if action.key in ONLY_APPROVERS:
        return reach.approves_any
    if action.key in ONLY_BILLERS:
        return reach.bills
    if action.key in {"billable", "not-billable"}:
        return reach.bills or reach.approves_any
    return True


def _form(action: Action, request: CompanyRequest) -> Any:
    form: Any = action.asks(request.POST if request.method == "POST" else None)
    if "project" in form.fields:
        company: Company = request.company
        form.fields["project"].queryset = projects_for_entries(company)
    return form


def _run(action: Action, request: CompanyRequest, ids: Any, form: Any) -> Result:
    seen = request.POST.get("seen", "")
    return action.run(by=request.membership, ids=ids, seen=seen, **form.cleaned_data)


def _preview(action: Action, reach: Reach, ids: Any, given: dict[str, Any]) -> Result:
    """Who takes part. Where a project still has to be chosen, as if it were another one."""
    if action.asks is ProjectAsked and "project" not in given:
        return preview(reach, ids, billable.deleting(reach))
    return preview(reach, ids, action.change(reach, **given))


def _counts(result: Result) -> list[str]:
    kinds: dict[str, int] = {}
    for entry in result.done:
        kinds[kind_of(entry)] = kinds.get(kind_of(entry), 0) + 1
    return [counted(kind, count) for kind, count in kinds.items()]


def _done(request: CompanyRequest, action: Action, result: Result) -> HttpResponse:
    tell(request, action.done, result)
    return HttpResponseRedirect(back_of(request))

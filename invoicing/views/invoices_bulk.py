"""Many invoices at once: a page that says what will happen, then the doing of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.doors import CompanyRequest, right_required
from core import formats
from core.errors import DomainError
from invoicing.forms.invoices import TickedForm
from invoicing.forms.payments import PaidOnForm
from invoicing.forms.sending import HowForm
from invoicing.models import Invoice
from invoicing.services import at_once, finalising, paying, sending
from invoicing.services.at_once import Done, Refusal, Sorted

EXAMPLES = 8


class NothingAsked(forms.Form):
    """Only a button."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that is done with the ticked invoices.

    `refusal` leaves an invoice out; `do` gets one, or as many as go `together`, who does it, and
    what the form asked for. `amount` is what it concerns of one invoice, EUR.
    """

    key: str
    label: str | Promise
    icon: str
    effect: str | Promise
    done: str | Promise
    refusal: Refusal
    do: Callable[[Sequence[Invoice], Any, dict[str, Any]], object]
    together: int = 1
    amount: Callable[[Invoice], Decimal] = attrgetter("total")
    asks: type[forms.Form] = NothingAsked

    @property
    def button(self) -> str:
        """The label without the dots that promise another step."""
        return str(self.label).removesuffix("…")


def _finalise(invoices: Sequence[Invoice], by: Any, _given: dict[str, Any]) -> object:
    return finalising.finalise_all(seen=[(one, one.version) for one in invoices], by=by)


def _send(invoices: Sequence[Invoice], by: Any, _given: dict[str, Any]) -> object:
    [invoice] = invoices
    mail = sending.mail_for(invoice)
    return sending.send(invoice=invoice, to=mail.to, subject=mail.subject, body=mail.body, by=by)


def _mark_sent(invoices: Sequence[Invoice], by: Any, given: dict[str, Any]) -> object:
    [invoice] = invoices
    return sending.mark_as_sent(invoice=invoice, how=given["how"], by=by)


def _mark_paid(invoices: Sequence[Invoice], by: Any, given: dict[str, Any]) -> object:
    [invoice] = invoices
    return paying.payment_add(
        invoice=invoice, amount=abs(invoice.open_amount), paid_on=given["paid_on"], note="", by=by
    )


ACTIONS = {
    one.key: one
    for one in (
        Action(
            key="finalise",
            label=gettext_lazy("Finalise"),
            icon="lock",
            effect=gettext_lazy(
                "Each gets its number, oldest draft first, and cannot be changed any more."
            ),
            done=gettext_lazy("finalised"),
            refusal=at_once.why_not_finalise,
            do=_finalise,
            together=finalising.FINAL_TOGETHER,
        ),
        Action(
            key="send",
            label=gettext_lazy("Send"),
            icon="send",
            effect=gettext_lazy("Each goes by mail to its customer, with the texts of Settings."),
            done=gettext_lazy("put in the queue to be sent"),
            refusal=at_once.why_not_send,
            do=_send,
        ),
        Action(
            key="mark-sent",
            label=gettext_lazy("Mark as sent…"),
            icon="check",
            effect=gettext_lazy("Nothing is mailed; they count as sent from now on."),
            done=gettext_lazy("marked as sent"),
            refusal=at_once.why_not_mark_sent,
            do=_mark_sent,
            asks=HowForm,
        ),
        Action(
            key="paid",
            label=gettext_lazy("Register payment…"),
            icon="wallet",
            effect=gettext_lazy("What is open on each counts as paid on this day."),
            done=gettext_lazy("paid"),
            refusal=at_once.why_not_paid,
            do=_mark_paid,
            amount=attrgetter("open_amount"),
            asks=PaidOnForm,
        ),
    )
}


@right_required("invoices")
@require_POST
def invoices_action(request: CompanyRequest) -> HttpResponse:
    """What an action will do with the ticked invoices and what it leaves out; confirmed, do it."""
    action = ACTIONS.get(request.POST.get("do", ""))
    if action is None:
        raise Http404
    try:
        wanted = at_once.sort_out(ticked(request), action.refusal)
    except DomainError as error:
        return refused(request, error)
    if "confirm" not in request.POST:
        return _check(request, action, wanted, _form(action))
    form = _form(action, request.POST)
    if not form.is_valid():
        return _check(request, action, wanted, form)
    try:
        given = {**form.cleaned_data, "how": getattr(form, "how", "")}
        done = at_once.each(
            wanted,
            request.POST.get("seen", ""),
            lambda invoices: action.do(invoices, request.user, given),
            most=action.together,
        )
    except DomainError as error:
        form.add_error(None, error.message)
        return _check(request, action, wanted, form)
    _tell(request, action, wanted, done)
    return HttpResponseRedirect(back_of(request))


def ticked(request: CompanyRequest) -> list[Invoice]:
    """The invoices ticked in the list, oldest first; other apps' bulk actions ask it too.

    Raises DomainError when nothing was ticked, or too much.
    """
    where = QueryDict(request.POST.get("where", ""))
    return TickedForm(request.POST, request.company, where, timezone.localdate()).invoices()


def back_of(request: CompanyRequest) -> str:
    """The list as it was filtered."""
    where = QueryDict(request.POST.get("where", "")).urlencode()
    return f"{reverse('invoices')}?{where}" if where else reverse("invoices")


def refused(request: CompanyRequest, error: DomainError) -> HttpResponse:
    """Back to the list with the sentence, also when it was asked for in a dialog."""
    messages.error(request, error.message)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(back_of(request))
    return HttpResponseRedirect(back_of(request))


def _form(action: Action, data: QueryDict | None = None) -> Any:
    form = action.asks(data)
    if "paid_on" in form.fields:
        form.fields["paid_on"].initial = timezone.localdate()
    return form


def _check(request: CompanyRequest, action: Action, wanted: Sorted, form: Any) -> HttpResponse:
    context = {
        "action": action,
        "form": form,
        "wanted": wanted,
        "shown": [(one, action.amount(one)) for one in wanted.ready[:EXAMPLES]],
        "total": sum((action.amount(one) for one in wanted.ready), Decimal(0)),
        "more": len(wanted.ready) - EXAMPLES,
        "left_out": wanted.left_out[:EXAMPLES],
        "left_more": len(wanted.left_out) - EXAMPLES,
        "picks": [*wanted.ready, *(one.invoice for one in wanted.left_out)],
        "where": request.POST.get("where", ""),
        "back": back_of(request),
    }
    status = 422 if form.errors else 200
    return render(request, "invoicing/invoices/action.html", context, status=status)


def _tell(request: CompanyRequest, action: Action, wanted: Sorted, done: Done) -> None:
    if done.done:
        count = len(done.done)
        sentence = ngettext("%(count)s invoice %(done)s.", "%(count)s invoices %(done)s.", count)
        number = formats.write_number(count)
        messages.success(request, sentence % {"count": number, "done": action.done})
    for one in done.failed:
        messages.error(request, f"{one.invoice}: {one.reason}")
    if wanted.left_out:
        reasons = " ".join(
            _("%(reason)s (%(count)s)") % {"reason": reason, "count": formats.write_number(count)}
            for reason, count in wanted.reasons
        )
        messages.warning(request, _("Left out: %(reasons)s") % {"reasons": reasons})

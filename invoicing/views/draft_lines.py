"""What can be done with a draft: change it, regroup, add what is unbilled, and delete it."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.doors import CompanyRequest, right_required
from accounts.models import User
from core import formats
from core.errors import DomainError, FieldsError
from invoicing.forms.draft import LineForm, TakeUpForm
from invoicing.models import Invoice, InvoiceLine
from invoicing.selectors.invoices import invoice_of
from invoicing.services import editing, pricing
from invoicing.services.bundling import Options
from invoicing.services.draft_saving import (
    Act,
    LineRefusedError,
    Typed,
    draft_save,
    line_of,
)
from invoicing.services.pricing import Grouping
from invoicing.services.taking_up import takeable
from invoicing.views.draft import (
    Boxes,
    boxes_of,
    editor_context,
    holds_of,
    point_at_refusal,
)
from invoicing.views.invoice import invoice_page


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("invoices")
def edit(request: CompanyRequest, pk: int) -> HttpResponse:
    """Save head and lines of a draft, and do what the pressed button says."""
    invoice = invoice_of(request.company, pk)
    if request.method != "POST" or not invoice.is_draft:
        if request.method == "POST":
            messages.error(request, _("This invoice is final, so nothing was changed."))
        return redirect("invoice", pk)
    boxes = boxes_of(request, invoice, request.POST)
    word, _colon, target = request.POST.get("act", "").partition(":")
    skipped = int(target) if word == "remove" and _is_number(target) else None
    if not _is_valid(boxes, skipped, regroups=word == "regroup"):
        return _shown(request, invoice, boxes)
    return _saved(request, invoice, boxes, (word, skipped, target))


def _saved(
    request: CompanyRequest, invoice: Invoice, boxes: Boxes, pressed: tuple[str, int | None, str]
) -> HttpResponse:
    word, skipped, target = pressed
    try:
        draft_save(
            invoice=invoice,
            typed=_typed(boxes, skipped),
            version=_version(request),
            by=request.user,
            act=_act(request, boxes, word, target),
        )
    except LineRefusedError as error:
        _form_of(boxes, error.line).refuse(error)
        return _shown(request, invoice, boxes)
    except FieldsError as error:
        for name, sentence in error.errors.items():
            boxes.head.add_error(name if name in boxes.head.fields else None, sentence)
        return _shown(request, invoice, boxes)
    except DomainError as error:  # a StaleError too: the page shows the newest state
        messages.error(request, error.message)
    return _back(request, invoice, word)


def _is_valid(boxes: Boxes, skipped: int | None, *, regroups: bool) -> bool:
    """Whether all that was posted can be read; a line about to go need not be right."""
    forms: list[Any] = [form for form in boxes.lines if form.is_bound and not _is(form, skipped)]
    forms += [boxes.head] if boxes.head.is_bound else []
    forms += [boxes.new] if boxes.new.is_bound and not boxes.new.is_untouched else []
    forms += [boxes.regroup] if regroups else []
    wrong = [form for form in forms if not form.is_valid()]
    return not wrong


def _is(form: LineForm, pk: int | None) -> bool:
    return form.line is not None and form.line.pk == pk


def _typed(boxes: Boxes, skipped: int | None) -> Typed:
    lines = {
        form.line.pk: form.data_typed()
        for form in boxes.lines
        if form.line and form.is_bound and not _is(form, skipped) and form.differs
    }
    adds = boxes.new.is_bound and not boxes.new.is_untouched
    return Typed(
        head=boxes.head.head() if boxes.head.is_bound else None,
        lines=lines,
        added=boxes.new.data_typed() if adds else None,
    )


def _act(request: CompanyRequest, boxes: Boxes, word: str, target: str) -> Act | None:
    """What the pressed button does with the draft once it is saved."""
    by = request.user
    if word in {"up", "down", "remove"}:
        return partial(_with_line, word=word, pk=target, by=by)
    if word == "refresh":
        return lambda draft: editing.refresh(invoice=draft, by=by)
    if word == "regroup":
        chosen = boxes.regroup.cleaned_data
        grouping, template = Grouping(chosen["grouping"]), chosen["template"]
        return lambda draft: editing.regroup(
            invoice=draft, grouping=grouping, template=template, by=by
        )
    return None


def _with_line(draft: Invoice, *, word: str, pk: str, by: User) -> object:
    line = line_of(draft, int(pk) if _is_number(pk) else 0)
    if word == "remove":
        return editing.line_remove(line=line, by=by)
    return editing.line_move(line=line, up=word == "up", by=by)


def _is_number(text: str) -> bool:
    """Whether this is a number that a key can be."""
    return text.isdecimal() and len(text) < 19


def _form_of(boxes: Boxes, pk: int | None) -> LineForm:
    return next((form for form in boxes.lines if pk and _is(form, pk)), boxes.new)


def _version(request: CompanyRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if _is_number(text) else 0


def _shown(request: CompanyRequest, invoice: Invoice, boxes: Boxes) -> HttpResponse:
    """The page with what was typed and a sentence beside each box that needs another look."""
    point_at_refusal(boxes)
    return invoice_page(request, invoice, editor_context(request, invoice, boxes), status=422)


def _back(request: CompanyRequest, invoice: Invoice, word: str = "") -> HttpResponse:
    """To the draft as it stands, on the same page of its lines; or on to adding to it."""
    if word == "take_up":
        return _to_page(request, reverse("draft_take_up", args=[invoice.pk]))
    page = request.POST.get("page", "")
    query = f"?page={page}" if page.isdecimal() and page != "1" else ""
    return redirect(f"{reverse('invoice', args=[invoice.pk])}{query}")


def _to_page(request: CompanyRequest, url: str) -> HttpResponse:
    """To another page, also for htmx, which would put it inside this one."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return redirect(url)


@require_safe
@right_required("invoices")
def net(request: CompanyRequest, pk: int) -> HttpResponse:
    """What the boxes of one line come to, while they are typed; nothing is saved."""
    invoice_of(request.company, pk)
    name = request.GET.get("line", "")
    lines = InvoiceLine.objects.of(request.company).filter(invoice=pk)
    line = lines.filter(pk=name).first() if _is_number(name) else None
    form = LineForm(request.GET, line=line)
    form.is_valid()
    data = form.cleaned_data
    quantity, price = data.get("quantity"), data.get("unit_price")
    if quantity is None or price is None:
        return HttpResponse(formats.DASH)
    found = pricing.discounted(quantity, price, data.get("discount") or Decimal(0))
    return HttpResponse(formats.write_amount(found))


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("invoices")
def take_up(request: CompanyRequest, pk: int) -> HttpResponse:
    """Add what is unbilled of the same customer, ticked one by one."""
    invoice = invoice_of(request.company, pk)
    if not invoice.is_draft or invoice.is_credit_note:
        messages.error(request, _("Only a draft invoice can be added to."))
        return redirect("invoice", pk)
    form = TakeUpForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            _take(request, invoice, form)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("draft_take_up", pk)
        return redirect("invoice", pk)
    found = takeable(invoice)
    context = {"invoice": invoice, "form": form, "found": found}
    status = 422 if form.errors else 200
    return render(request, "invoicing/draft/take_up.html", context, status=status)


def _take(request: CompanyRequest, invoice: Invoice, form: TakeUpForm) -> None:
    versions = form.versions()
    count = sum(len(ids) for ids in versions.values())
    options = Options(
        invoice_date=invoice.invoice_date,
        grouping=Grouping(form.cleaned_data["grouping"]),
        template=form.cleaned_data["template"],
    )
    editing.take_up(invoice=invoice, versions=versions, options=options, by=request.user)
    said = ngettext("%(count)d entry is added.", "%(count)d entries are added.", count)
    messages.success(request, said % {"count": count})


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("invoices")
def delete(request: CompanyRequest, pk: int) -> HttpResponse:
    """Delete a draft, after saying what becomes unbilled again."""
    invoice = invoice_of(request.company, pk)
    if not invoice.is_draft:
        messages.error(
            request, _("A final invoice stays. Credit it to give its entries back to unbilled.")
        )
        return redirect("invoice", pk)
    if request.method != "POST":
        context = {"invoice": invoice, "held": holds_of(invoice)}
        return render(request, "invoicing/draft/delete.html", context)
    try:
        editing.draft_delete(invoice=invoice, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("invoice", pk)
    messages.success(request, _("The draft is deleted; what it held is unbilled again."))
    return redirect("invoices")

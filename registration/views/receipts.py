"""Receipts: adding and removing them, and handing them out to whoever may see the expense."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest, member_required
from core.errors import DomainError, FieldsError
from registration.forms.expenses import CostForm
from registration.forms.receipts import ReceiptsForm
from registration.models import Expense
from registration.selectors.reach import Reach, reach_of
from registration.selectors.receipts import (
    content_of,
    expense_shown,
    receipt_shown,
    receipts_of,
)
from registration.services import receipts
from registration.services.receipt_files import MB, PDF, small_picture

THUMBNAIL = 240
# Nothing in it runs, whatever it turns out to be, and no other page may show it.
SAFE_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


@require_safe
@member_required
def receipt(request: CompanyRequest, pk: int) -> HttpResponse:
    """A receipt as it is kept: a photo to look at, a PDF to download."""
    found = receipt_shown(reach_of(request.membership), pk)
    is_pdf = found.content_type == PDF
    response = HttpResponse(content_of(found), content_type=found.content_type)
    disposition = content_disposition_header(is_pdf, found.name)
    response["Content-Disposition"] = disposition or "inline"
    return _made_safe(response)


@require_safe
@member_required
def receipt_small(request: CompanyRequest, pk: int) -> HttpResponse:
    """A photo, small enough for a list. A PDF has none."""
    found = receipt_shown(reach_of(request.membership), pk)
    if found.content_type == PDF:
        raise Http404
    picture = small_picture(content_of(found), THUMBNAIL)
    return _made_safe(HttpResponse(picture, content_type=found.content_type))


@require_POST
@member_required
def receipts_add(request: CompanyRequest, pk: int) -> HttpResponse:
    """Add receipts to an expense."""
    expense = expense_shown(reach_of(request.membership), pk)
    form = ReceiptsForm(request.POST, request.FILES)
    if form.is_valid():
        _add(request, expense, form)
    for sentences in form.errors.values():
        messages.error(request, " ".join(map(str, sentences)))
    return _to_expense(request, expense)


@require_POST
@member_required
def receipt_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    """Take a receipt off its expense."""
    found = receipt_shown(reach_of(request.membership), pk)
    try:
        receipts.receipt_remove(receipt=found, by=request.membership)
        messages.success(request, _("%(name)s is removed.") % {"name": found.name})
    except DomainError as error:
        messages.error(request, error.message)
    return _to_expense(request, found.expense)


@require_safe
@member_required
def expense_cost(request: CompanyRequest) -> HttpResponse:
    """The amount with and without VAT of what is being typed."""
    form = CostForm(request.GET)
    form.is_valid()
    return render(request, "registration/expenses/cost.html", {"cost": form.cost})


def receipts_context(reach: Reach, expense: Expense) -> dict[str, Any]:
    """What the page of an expense shows of its receipts."""
    return {
        "receipts": list(receipts_of(expense)),
        "receipts_form": ReceiptsForm(),
        "receipts_most": settings.RECEIPTS_PER_EXPENSE,
        "receipts_mb": settings.RECEIPT_MAX_BYTES // MB,
        "may_add_receipts": not receipts.add_refusal(reach, expense),
        "receipts_stay": receipts.remove_refusal(reach, expense),
    }


def _add(request: CompanyRequest, expense: Expense, form: ReceiptsForm) -> None:
    try:
        files = form.files_of_receipts
        added = receipts.receipts_add(expense=expense, files=files, by=request.membership)
    except FieldsError as error:
        form.add_error("receipts", error.errors[receipts.FIELD])
        return
    except DomainError as error:
        form.add_error(None, error.message)
        return
    if added:
        words = ngettext("%(count)s receipt added.", "%(count)s receipts added.", len(added))
        messages.success(request, words % {"count": len(added)})
    else:
        messages.info(request, _("This receipt was on the expense already."))


def _made_safe(response: HttpResponse) -> HttpResponse:
    for name, value in SAFE_HEADERS.items():
        response[name] = value
    return response


def _to_expense(request: CompanyRequest, expense: Expense) -> HttpResponse:
    back = request.POST.get("back", "")
    address = reverse("register_expense", args=[expense.pk])
    query = f"?{urlencode({'back': back})}" if back else ""
    return HttpResponseRedirect(f"{address}{query}#receipts")

"""The mapping: which code of AFAS stands for what of ours, typed, set for many, or as a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import CompanyRequest
from core import sheets
from core.errors import DomainError, FieldsError
from integrations.forms.mapping import BULK, MappingForm
from integrations.models import AfasConnection
from integrations.services.mapping_saving import Edit, save_rows
from integrations.services.mapping_sheet import (
    MOST_BYTES,
    SheetError,
    changes_of,
    read_sheet,
    sheet_of,
)
from integrations.views.afas_settings import linked_view
from integrations.views.mapping_page import MappingPage

View = Callable[..., HttpResponse]
PREVIEW_SECONDS = 60 * 60
SHOWN_CHANGES, SHOWN_WRONGS = 200, 50


def books_view(view: View) -> View:
    """For admins of a company whose administration is chosen; others are sent to choose it."""

    @wraps(view)
    @linked_view
    def guarded(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
        if connection.administration is None:
            messages.warning(
                request,
                _("Choose the administration first: each has accounts and VAT codes of its own."),
            )
            return redirect("afas_settings")
        return view(request, connection)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@books_view
def mapping(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """One table, to look at and to change."""
    if request.method == "POST":
        return _save(request, MappingPage(connection, request.GET, request.POST))
    page = MappingPage(connection, request.GET)
    if "suggest" in request.GET and not page.proposed:
        messages.info(
            request, _("AFAS's list holds no VAT code that fits an empty row for certain.")
        )
    return _shown(request, page)


@require_safe
@books_view
def download(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """The rows that match, as a spreadsheet."""
    page = MappingPage(connection, request.GET)
    company = request.company
    delimiter = ";" if company.number_format == company.NumberFormat.COMMA else ","
    content = "".join(sheets.lines(sheet_of(page.table, page.matching), delimiter))
    filename = f"mapping-{page.table}-{timezone.localdate():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
@books_view
def upload(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """What a spreadsheet would change; nothing is saved yet."""
    page = MappingPage(connection, request.GET)
    try:
        content = _content(request)
        edits = read_sheet(connection=connection, table=page.table, content=content)
    except DomainError as error:
        return _unread(request, page, error)
    payload = signing.dumps(_packed(edits), salt=_salt(page), compress=True)
    context = {
        "page": page,
        "count": len(edits),
        "edits": [(edit.row, changes_of(page.table, edit)) for edit in edits[:SHOWN_CHANGES]],
        "more": max(0, len(edits) - SHOWN_CHANGES),
        "payload": payload,
    }
    return render(request, "integrations/mapping/upload.html", context)


@require_POST
@books_view
def apply(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Save what the preview of a spreadsheet showed."""
    page = MappingPage(connection, request.GET)
    back = f"{reverse('afas_mapping')}?table={page.table}"
    try:
        packed = signing.loads(
            request.POST.get("payload", ""), salt=_salt(page), max_age=PREVIEW_SECONDS
        )
    except signing.BadSignature:
        messages.warning(request, _("That took too long. Choose the file once more."))
        return redirect(back)
    try:
        count = save_rows(
            connection=connection,
            table=page.table,
            wanted=packed["wanted"],
            seen=packed["seen"],
            by=request.user,
        )
    except DomainError as error:
        return _unread(request, page, error)
    messages.success(request, _saved(count))
    return redirect(back)


def _content(request: CompanyRequest) -> bytes:
    file = request.FILES.get("file")
    if file is None:
        raise DomainError(_("Choose the file first: the table as you downloaded it."))
    content: bytes = file.read(MOST_BYTES + 1)
    return content


def _packed(edits: list[Edit]) -> dict[str, Any]:
    return {
        "wanted": {edit.row.key: dict(edit.values) for edit in edits},
        "seen": {edit.row.key: dict(edit.row.values) for edit in edits},
    }


def _salt(page: MappingPage) -> str:
    """What was looked at for one table of one link is not saved in another."""
    return f"afas-mapping-{page.connection.pk}-{page.table}"


def _unread(request: CompanyRequest, page: MappingPage, error: DomainError) -> HttpResponse:
    wrong = error.wrong if isinstance(error, SheetError) else []
    context = {
        "page": page,
        "refused": error.message,
        "wrong": wrong[:SHOWN_WRONGS],
        "more": max(0, len(wrong) - SHOWN_WRONGS),
    }
    return render(request, "integrations/mapping/upload.html", context, status=422)


def _save(request: CompanyRequest, page: MappingPage) -> HttpResponse:
    form = page.form
    if not form.is_valid():
        return _shown(request, page, status=422)
    bulk: dict[str, dict[str, str]] = {}
    try:
        if request.POST.get("do") == BULK:
            bulk = _for_many(page)
        count = save_rows(
            connection=page.connection,
            table=page.table,
            wanted=_together(form.wanted, bulk),
            seen=form.seen,
            by=request.user,
        )
    except DomainError as error:
        _explain(form, error, bulk)
        return _shown(request, page, status=422)
    _tell(request, page, count)
    return redirect(_here(request))


def _together(
    wanted: dict[str, dict[str, str]], bulk: dict[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    """What was typed in the rows, and over it what was set for many."""
    return {key: wanted.get(key, {}) | bulk.get(key, {}) for key in {**wanted, **bulk}}


def _for_many(page: MappingPage) -> dict[str, dict[str, str]]:
    """What is set for the ticked rows, or for all that match. Raises DomainError."""
    values = page.form.for_ticked
    if not values:
        raise DomainError(_("Fill in what the ticked rows shall get; empty boxes change nothing."))
    if "every" in page.data:
        keys = [row.key for row in page.matching]
        if str(len(keys)) != page.data.get("matching"):
            raise DomainError(
                _("Meanwhile other rows match. Nothing was saved; look at them and try again.")
            )
    else:
        there = {row.key for row in page.rows}
        keys = [key for key in page.form.ticked if key in there]
    if not keys:
        raise DomainError(_("Tick the rows first that shall get it."))
    return {key: dict(values) for key in keys}


def _explain(form: MappingForm, error: DomainError, bulk: dict[str, dict[str, str]]) -> None:
    """Put each sentence beside its box; what was set for many, once, beside the box for many."""
    if not isinstance(error, FieldsError):
        form.add_error(None, error.message)
        return
    found: dict[str, str] = {}
    for name, sentence in error.errors.items():
        key, _dash, column = name.rpartition("-")
        is_many = column in bulk.get(key, {})
        found[f"{BULK}-{column}" if is_many else name] = sentence
    for name, sentence in found.items():
        form.add_error(name if name in form.fields else None, sentence)


def _tell(request: CompanyRequest, page: MappingPage, count: int) -> None:
    if page.gone:
        messages.warning(
            request,
            ngettext(
                "%(count)s row is not there any more and was left out.",
                "%(count)s rows are not there any more and were left out.",
                page.gone,
            )
            % {"count": page.gone},
        )
    messages.success(request, _saved(count))


def _saved(count: int) -> str:
    if not count:
        return _("Nothing changed.")
    sentence = ngettext("Saved: %(count)s row changed.", "Saved: %(count)s rows changed.", count)
    return sentence % {"count": count}


def _here(request: CompanyRequest) -> str:
    """This page again, without what was suggested."""
    query = request.GET.copy()
    query.pop("suggest", None)
    return f"{request.path}?{query.urlencode()}"


def _shown(request: CompanyRequest, page: MappingPage, status: int = 200) -> HttpResponse:
    return render(request, "integrations/mapping/mapping.html", {"page": page}, status=status)

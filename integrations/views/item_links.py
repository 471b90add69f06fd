"""The AFAS item of one activity or expense category, and the list to pick items from."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest
from core.errors import DomainError
from integrations.forms.items import ItemsForm
from integrations.models import AfasConnection
from integrations.selectors import connection_of
from integrations.services import apps, granting, item_settings, picking
from integrations.views.afas_settings import linked_view
from registration.models import Activity, ExpenseCategory


@require_safe
@linked_view
def options(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """The items of AFAS as the options of a list; empty where there is none."""
    known = [one for one in picking.items_of(connection) or () if not one.is_blocked]
    return render(request, "integrations/afas_settings/item_options.html", {"items": known})


@require_POST
@linked_view
def activity(request: CompanyRequest, connection: AfasConnection, pk: int) -> HttpResponse:
    """Save the item of an activity."""
    subject = get_object_or_404(Activity.objects.of(request.company), pk=pk)
    return _save(request, connection, subject, "activity")


@require_POST
@linked_view
def category(request: CompanyRequest, connection: AfasConnection, pk: int) -> HttpResponse:
    """Save the item of an expense category."""
    subject = get_object_or_404(ExpenseCategory.objects.of(request.company), pk=pk)
    return _save(request, connection, subject, "category")


def _save(
    request: CompanyRequest,
    connection: AfasConnection,
    subject: Activity | ExpenseCategory,
    page: str,
) -> HttpResponse:
    form = _form(connection, subject, request.POST)
    if not form.is_valid():
        messages.error(request, _("Kind, item or unit is not right; nothing was changed."))
        return redirect(page, subject.pk)
    try:
        item_settings.save_items(connection=connection, items=form.items, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The AFAS item is saved."))
    return redirect(page, subject.pk)


def activity_card(request: HttpRequest, *, activity: Activity, **_context: Any) -> str | None:
    """The card on the page of an activity; nothing while the app is off."""
    return _card(request, activity, "afas_activity_item")


def category_card(
    request: HttpRequest, *, category: ExpenseCategory, **_context: Any
) -> str | None:
    """The card on the page of an expense category; nothing while the app is off."""
    return _card(request, category, "afas_category_item")


def _card(request: Any, subject: Activity | ExpenseCategory, url_name: str) -> str | None:
    connection = connection_of(request.company)
    if connection is None or not request.membership.has("admin") or not apps.is_on(request.company):
        return None
    context = {
        "row": _form(connection, subject).rows[0],
        "url_name": url_name,
        "subject": subject,
        "connection": connection,
        "may_pick": granting.may_read(connection, connection.item_connector),
    }
    return render_to_string("integrations/slots/item_card.html", context, request=request)


def _form(
    connection: AfasConnection, subject: Activity | ExpenseCategory, data: Any = None
) -> ItemsForm:
    chosen = item_settings.chosen_items(connection.company, connection.environment)
    return ItemsForm(data, places=[item_settings.place_of(subject)], chosen=chosen)

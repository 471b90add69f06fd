"""The AFAS item of one activity, category, project or instalment, and the list to pick from."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest
from core.errors import DomainError
from integrations.forms.items import ItemsForm
from integrations.models import AfasConnection
from integrations.selectors import connection_of
from integrations.services import apps, granting, item_settings, picking
from integrations.services.item_settings import Chosen, Subject
from integrations.views.afas_settings import linked_view
from registration.models import Activity, BillingMethod, ExpenseCategory, Instalment, Project

PRICED = {
    BillingMethod.FIXED_PROJECT,
    BillingMethod.FIXED_ACTIVITY,
    BillingMethod.SUBSCRIPTION,
}


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
    return _save(request, connection, subject, reverse("activity", args=[pk]))


@require_POST
@linked_view
def category(request: CompanyRequest, connection: AfasConnection, pk: int) -> HttpResponse:
    """Save the item of an expense category."""
    subject = get_object_or_404(ExpenseCategory.objects.of(request.company), pk=pk)
    return _save(request, connection, subject, reverse("category", args=[pk]))


@require_POST
@linked_view
def project(request: CompanyRequest, connection: AfasConnection, pk: int) -> HttpResponse:
    """Save the item of the fixed price or subscription of a project."""
    subject = get_object_or_404(Project.objects.of(request.company), pk=pk)
    return _save(request, connection, subject, reverse("project", args=[pk]))


@require_POST
@linked_view
def instalment(request: CompanyRequest, connection: AfasConnection, pk: int) -> HttpResponse:
    """Save the item of one instalment."""
    subject = get_object_or_404(Instalment.objects.of(request.company), pk=pk)
    return _save(request, connection, subject, reverse("project", args=[subject.project_id]))


def _save(
    request: CompanyRequest, connection: AfasConnection, subject: Subject, page: str
) -> HttpResponse:
    form = _form(connection, subject, request.POST)
    if not form.is_valid():
        messages.error(request, _("Kind, item or unit is not right; nothing was changed."))
        return redirect(page)
    try:
        item_settings.save_items(connection=connection, items=form.items, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The AFAS item is saved."))
    return redirect(page)


def activity_card(request: HttpRequest, *, activity: Activity, **_context: Any) -> str | None:
    """The card on the page of an activity; nothing while the app is off."""
    return _card(request, activity, "afas_activity_item")


def category_card(
    request: HttpRequest, *, category: ExpenseCategory, **_context: Any
) -> str | None:
    """The card on the page of an expense category; nothing while the app is off."""
    return _card(request, category, "afas_category_item")


def project_card(request: HttpRequest, *, project: Project, **_context: Any) -> str | None:
    """The card on the page of a project that is billed by a price; nothing while the app is off."""
    if project.method not in PRICED:
        return None
    return _card(request, project, "afas_project_item")


def instalment_item(request: HttpRequest, *, instalment: Instalment, **_context: Any) -> str | None:
    """What stands beside an instalment: its own item, and the boxes to change it."""
    items = _items_of(request)
    if items is None:
        return None
    row = ItemsForm(places=[item_settings.place_of(instalment)], chosen=items.chosen).rows[0]
    context = {"row": row, "instalment": instalment}
    return render_to_string("integrations/slots/instalment_item.html", context, request=request)


def _card(request: Any, subject: Subject, url_name: str) -> str | None:
    items = _items_of(request)
    if items is None:
        return None
    context = {
        "row": ItemsForm(places=[item_settings.place_of(subject)], chosen=items.chosen).rows[0],
        "url_name": url_name,
        "subject": subject,
        "connection": items.connection,
        "may_pick": granting.may_read(items.connection, items.connection.item_connector),
    }
    return render_to_string("integrations/slots/item_card.html", context, request=request)


class _Items(NamedTuple):
    """The link, and the items that are chosen in its environment, by the key of their place."""

    connection: AfasConnection
    chosen: dict[str, Chosen]


def _items_of(request: Any) -> _Items | None:
    """Read once for a page, however many instalments it has; None where nobody may set items."""
    if not hasattr(request, "afas_items"):
        request.afas_items = _read_items(request)
    found: _Items | None = request.afas_items
    return found


def _read_items(request: Any) -> _Items | None:
    connection = connection_of(request.company)
    if connection is None or not request.membership.has("admin") or not apps.is_on(request.company):
        return None
    return _Items(connection, item_settings.chosen_items(request.company, connection.environment))


def _form(connection: AfasConnection, subject: Subject, data: Any) -> ItemsForm:
    chosen = item_settings.chosen_items(connection.company, connection.environment)
    return ItemsForm(data, places=[item_settings.place_of(subject)], chosen=chosen)

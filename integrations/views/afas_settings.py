"""The AFAS page: credentials, administration, items, customers, and the danger zone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError, FieldsError
from core.secrets import decrypt, encrypt
from integrations.forms.connection import REALMS, CredentialsForm
from integrations.models import AfasConnection
from integrations.selectors import connection_of
from integrations.services import (
    apps,
    booking_settings,
    checking,
    connecting,
    connection_settings,
    item_settings,
    picking,
)
from integrations.services.clients import Credentials
from integrations.services.connecting import Consequences, NeedsConfirmation
from integrations.services.debtor_codes import adopt_usual_codes
from integrations.services.lists import BOOKINGS, INVOICES, PostedList
from integrations.views.afas_page import SettingsPage

View = Callable[..., HttpResponse]
PENDING = "afas_pending"
PENDING_SECONDS = 15 * 60


def settings_view(view: View) -> View:
    """For admins of a company that has the app switched on; others are sent to the App Center."""

    @wraps(view)
    @right_required("admin")
    def guarded(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not apps.is_on(request.company):
            messages.warning(request, _("Activate AFAS Profit first; it is free."))
            return redirect("app_center")
        return view(request, *args, **kwargs)

    return guarded


def linked_view(view: View) -> View:
    """The same, with the connection; without one the credentials come first."""

    @wraps(view)
    @settings_view
    def guarded(request: CompanyRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        connection = connection_of(request.company)
        if connection is None:
            messages.warning(request, _("Fill in the participant number and the token first."))
            return redirect("afas_settings")
        return view(request, connection, *args, **kwargs)

    return guarded


@require_safe
@settings_view
def afas_settings(request: CompanyRequest) -> HttpResponse:
    """The whole page."""
    return _shown(request, SettingsPage(request.company))


@sensitive_post_parameters("user_token", "client_secret")
@require_POST
@settings_view
def credentials(request: CompanyRequest) -> HttpResponse:
    """Save credentials, after AFAS accepted them."""
    connection = connection_of(request.company)
    form = CredentialsForm(request.POST, connection=connection)
    if not form.is_valid():
        return _refused(request, credentials=form)
    try:
        saved = _save_credentials(request, form)
    except NeedsConfirmation as question:
        return _ask(request, question.consequences, form.cleaned_data)
    except DomainError as error:
        _explain(form, error)
        return _refused(request, credentials=form)
    return _credentials_saved(request, saved)


@require_POST
@settings_view
def credentials_confirm(request: CompanyRequest) -> HttpResponse:
    """Save the credentials that were asked about a moment ago."""
    pending = _pending(request)
    if pending is None:
        messages.warning(request, _("That took too long. Fill in the credentials once more."))
        return redirect("afas_settings")
    try:
        saved = checking.save_credentials(
            company=request.company, wanted=pending, by=request.user, confirmed=True
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("afas_settings")
    return _credentials_saved(request, saved)


@require_POST
@linked_view
def check_again(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Try the stored credentials again."""
    picking.forget(connection)
    try:
        checking.check_again(connection=connection, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("AFAS accepts the credentials; the list below is fresh."))
    return redirect("afas_settings")


@require_POST
@linked_view
def administration(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Save the administration; another one than before is asked about first."""
    page = SettingsPage(request.company)
    form = page.administration_form(request.POST)
    if not form.is_valid():
        return _refused(request, administration=form)
    number, name = form.chosen
    try:
        saved = connecting.choose_administration(
            connection=connection,
            number=number,
            name=name,
            by=request.user,
            confirmed="confirmed" in request.POST,
        )
    except NeedsConfirmation as question:
        context = {"consequences": question.consequences, "administration": number, "name": name}
        return _confirm_page(request, connection, context)
    except DomainError as error:
        _explain(form, error)
        return _refused(request, administration=form)
    adopt_usual_codes(saved)
    messages.success(
        request,
        _("Invoices are booked in administration %(number)s.")
        % {"number": f"{saved.administration} {saved.administration_name}".strip()},
    )
    return redirect("afas_settings")


@require_POST
@linked_view
def items(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Save the general items."""
    return _save_items(request, connection, "items")


@require_POST
@linked_view
def item_table(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Save the items of activities and expense categories."""
    return _save_items(request, connection, "table")


@require_POST
@linked_view
def customers(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Save what may happen to customers."""
    form = SettingsPage(request.company).customers_form(request.POST)
    return _keep(
        request,
        "customers",
        form,
        lambda: connection_settings.save_customer_settings(
            connection=connection, settings=form.settings, by=request.user
        ),
    )


@require_POST
@linked_view
def booking(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Save how own invoices are booked."""
    form = SettingsPage(request.company).booking_form(request.POST)
    return _keep(
        request,
        "booking",
        form,
        lambda: booking_settings.save_booking_settings(
            connection=connection, wanted=form.wishes, by=request.user
        ),
    )


@require_POST
@linked_view
def names(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Save the names of connectors and columns."""
    form = SettingsPage(request.company).names_form(request.POST)
    return _keep(
        request,
        "names",
        form,
        lambda: connection_settings.save_names(
            connection=connection, names=form.names, by=request.user
        ),
    )


@require_POST
@linked_view
def look_up(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """Save the connector and columns of the list that `?list=` names."""
    of = _list_in(request)
    form = SettingsPage(request.company).look_up_form(request.POST, of)
    return _keep(
        request,
        "booking_names" if of is BOOKINGS else "look_up_names",
        form,
        lambda: connection_settings.save_look_up(
            connection=connection, names=form.names, by=request.user, of=of
        ),
    )


@require_safe
@settings_view
def look_up_guide(request: CompanyRequest) -> HttpResponse:
    """How an AFAS administrator makes the list that `?list=` names, step by step."""
    page = SettingsPage(request.company)
    card = page.look_up_bookings if _list_in(request) is BOOKINGS else page.look_up
    context = {"page": page, "look_up": card}
    return render(request, "integrations/afas_settings/look_up_guide.html", context)


def _list_in(request: CompanyRequest) -> PostedList:
    return BOOKINGS if request.GET.get("list") == "bookings" else INVOICES


def _save_items(request: CompanyRequest, connection: AfasConnection, which: str) -> HttpResponse:
    page = SettingsPage(request.company)
    form = page.items_form(request.POST) if which == "items" else page.table_form(request.POST)
    return _keep(
        request,
        which,
        form,
        lambda: item_settings.save_items(connection=connection, items=form.items, by=request.user),
    )


def _keep(
    request: CompanyRequest, card: str, form: forms.Form, save: Callable[[], object]
) -> HttpResponse:
    """Save a card and return to it; show it again with what is wrong."""
    if not form.is_valid():
        return _refused(request, **{card: form})
    try:
        save()
    except DomainError as error:
        _explain(form, error)
        return _refused(request, **{card: form})
    messages.success(request, _("Saved."))
    return redirect("afas_settings")


@sensitive_variables()
def _save_credentials(request: CompanyRequest, form: CredentialsForm) -> AfasConnection:
    typed, method = form.typed()
    wanted = connecting.read_credentials(request.company, typed, method)
    try:
        return checking.save_credentials(company=request.company, wanted=wanted, by=request.user)
    except NeedsConfirmation:
        kept = {**asdict(wanted), "company": request.company.pk, "at": time.time()}
        request.session[PENDING] = encrypt(json.dumps(kept))
        raise


def _credentials_saved(request: CompanyRequest, saved: AfasConnection) -> HttpResponse:
    request.session.pop(PENDING, None)
    picking.forget(saved)
    said = _("AFAS accepts the credentials.")
    if saved.administration is None:
        said = _("AFAS accepts the credentials. Now choose the administration.")
    messages.success(request, said)
    return redirect("afas_settings")


@sensitive_variables()
def _pending(request: CompanyRequest) -> Credentials | None:
    """The credentials of the question, if they are fresh and of this company."""
    stored = request.session.pop(PENDING, None)
    if not stored:
        return None
    kept = json.loads(decrypt(stored))
    fresh = time.time() - kept.pop("at") < PENDING_SECONDS
    ours = kept.pop("company") == request.company.pk
    return Credentials(**kept) if fresh and ours else None


def _ask(
    request: CompanyRequest, consequences: Consequences, typed: dict[str, Any]
) -> HttpResponse:
    connection = connection_of(request.company)
    realm = dict(REALMS)[typed["realm"]]
    context = {"consequences": consequences, "target": f"{typed['participant']} – {realm}"}
    return _confirm_page(request, connection, context)


def _confirm_page(
    request: CompanyRequest, connection: AfasConnection | None, context: dict[str, Any]
) -> HttpResponse:
    shown = {**context, "connection": connection}
    return render(request, "integrations/afas_settings/confirm.html", shown)


def _explain(form: forms.Form, error: DomainError) -> None:
    """Put the sentences beside their fields, or above the form."""
    if not isinstance(error, FieldsError):
        form.add_error(None, error.message)
        return
    for name, sentence in error.errors.items():
        form.add_error(name if name in form.fields else None, sentence)


def _refused(request: CompanyRequest, **bound: Any) -> HttpResponse:
    return _shown(request, SettingsPage(request.company, bound), status=422)


def _shown(request: CompanyRequest, page: SettingsPage, status: int = 200) -> HttpResponse:
    template = "integrations/afas_settings/afas_settings.html"
    return render(request, template, {"page": page}, status=status)

"""Switching apps of the App Center on and off. Data and settings always stay."""

from __future__ import annotations

from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError
from integrations.models import AfasConnection, AppInstallation
from integrations.selectors import connection_of
from integrations.services import pausing

AFAS = "afas"
Status = AppInstallation.Status


class AppState(StrEnum):
    """What the card of an app says; DOMAIN §4.4."""

    AVAILABLE = "available"
    NEEDS_CREDENTIALS = "needs_credentials"
    NEEDS_ADMINISTRATION = "needs_administration"
    ACTIVE = "active"
    ATTENTION = "attention"
    PAUSED = "paused"
    DEACTIVATED = "deactivated"

    @property
    def is_on(self) -> bool:
        """Whether its pages are open: it was activated and not switched off."""
        return self not in {AppState.AVAILABLE, AppState.DEACTIVATED}


def state_of_afas(company: Company) -> AppState:
    """How far the link with AFAS is, and whether it works."""
    installation = installation_of(company, AFAS)
    connection = connection_of(company)
    if installation is None and connection is None:
        return AppState.AVAILABLE
    if installation and installation.status == Status.DEACTIVATED:
        return AppState.DEACTIVATED
    if installation and installation.status == Status.PAUSED:
        return AppState.PAUSED
    return _state_of(connection)


def _state_of(connection: AfasConnection | None) -> AppState:
    if connection is None or not connection.has_credentials:
        return AppState.NEEDS_CREDENTIALS
    if connection.paused_because == AfasConnection.Pause.PERSON:
        return AppState.PAUSED
    if connection.paused_at:
        return AppState.ATTENTION
    if connection.administration is None:
        return AppState.NEEDS_ADMINISTRATION
    return AppState.ACTIVE


def installation_of(company: Company, app: str) -> AppInstallation | None:
    """The app in this company, once it was ever activated."""
    found: AppInstallation | None = AppInstallation.objects.of(company).filter(app=app).first()
    return found


def is_on(company: Company) -> bool:
    """Whether the AFAS app is switched on, paused or not."""
    return state_of_afas(company).is_on


@transaction.atomic
def activate(*, company: Company, app: str, by: User) -> AppInstallation:
    """Switch an app on, for free. One that was switched off comes back as it was."""
    made, new = AppInstallation.objects.get_or_create(company=company, app=app)
    if new:
        audit.record(company=company, by=by, action="app.activated", obj=made)
        return made
    return _switch(company, app, "activated", by)


def pause(*, company: Company, app: str, by: User) -> AppInstallation:
    """Stop sending and importing until somebody resumes; nothing is lost."""
    return _switch(company, app, "paused", by)


def resume(*, company: Company, app: str, by: User) -> AppInstallation:
    """Go on where it stopped."""
    return _switch(company, app, "resumed", by)


def deactivate(*, company: Company, app: str, by: User) -> AppInstallation:
    """Switch an app off: nothing is sent or imported, data and settings stay."""
    return _switch(company, app, "deactivated", by)


ACTIONS = {
    "activate": activate,
    "pause": pause,
    "resume": resume,
    "deactivate": deactivate,
}


STATUS_AFTER = {
    "activated": Status.ACTIVE,
    "paused": Status.PAUSED,
    "resumed": Status.ACTIVE,
    "deactivated": Status.DEACTIVATED,
}


@transaction.atomic
def _switch(company: Company, app: str, done: str, by: User) -> AppInstallation:
    status = STATUS_AFTER[done]
    AppInstallation.objects.get_or_create(company=company, app=app)
    found = AppInstallation.objects.of(company).select_for_update().get(app=app)
    before, found.status = found.status, status
    found.save(update_fields=["status", "changed_at"])
    if before != status:
        change = audit.Change(before={"status": before}, after={"status": str(status)})
        audit.record(company=company, by=by, action=f"app.{done}", obj=found, change=change)
    connection = connection_of(company)
    if app == AFAS and connection:
        _follow(connection, status, by)
    return found


def _follow(connection: AfasConnection, status: str, by: User) -> None:
    """The connection rests while the app does; a refusal of AFAS is not forgotten by resuming."""
    if status != Status.ACTIVE:
        pausing.pause(connection, because=AfasConnection.Pause.PERSON, by=by)
    elif connection.paused_because == AfasConnection.Pause.PERSON:
        pausing.resume(connection, by=by)


def rest_if_app_rests(connection: AfasConnection, by: User | None) -> None:
    """Wake a connection that AFAS accepts again; while the app rests, it goes on resting."""
    installation = installation_of(connection.company, AFAS)
    if installation is None or installation.status == Status.ACTIVE:
        if connection.paused_because != AfasConnection.Pause.PERSON:
            pausing.resume(connection, by=by)
        return
    rests = AfasConnection.objects.filter(pk=connection.pk, paused_at__isnull=False)
    if not rests.update(paused_because=AfasConnection.Pause.PERSON):
        pausing.pause(connection, because=AfasConnection.Pause.PERSON, by=by)


def require_on(company: Company) -> None:
    """Raises DomainError unless the AFAS app is switched on."""
    if not is_on(company):
        raise DomainError(_("Activate AFAS Profit in the App Center first."))

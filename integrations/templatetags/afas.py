"""How documents look in a page."""

from __future__ import annotations

from collections.abc import Callable

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.templatetags import ui
from integrations.models import AfasDocument, Kind, PersonTask, State

register = template.Library()

MARKS = {
    State.WAITING: "open",
    State.QUEUED: "busy",
    State.SENDING: "busy",
    State.CONFIRMED: "ok",
    State.REJECTED: "bad",
    State.UNKNOWN: "unknown",
    State.CANCELLED: "idle",
    State.UNDONE: "idle",
}


@register.simple_tag
def document_status(document: AfasDocument, css: str = "") -> SafeString:
    """The state as a dot and a word."""
    label = State(document.state).label
    return ui.status(MARKS[State(document.state)], label, css)


@register.filter
def meaning(document: AfasDocument) -> str:
    """What the state means for the money, and what happens or is to be done now."""
    return str(MEANINGS[State(document.state)](document))


@register.filter
def fix_url(document: AfasDocument) -> str:
    """Where the cause of a refusal is most likely mended."""
    if document.problem in {"connector_missing", "address_refused"}:
        return reverse("afas_settings")
    if document.kind == Kind.CUSTOMER and document.customer_id:
        return reverse("customer_edit", args=[document.customer_id])
    return reverse("afas_settings")


@register.filter
def fix_label(document: AfasDocument) -> str:
    """What that place is called."""
    if document.kind == Kind.CUSTOMER and document.problem != "connector_missing":
        return _("Edit the customer")
    return _("Open the AFAS settings")


def _waiting(document: AfasDocument) -> str:
    after = document.after
    if after and after.state == State.REJECTED:
        return _(
            "Its customer could not be created in AFAS. Solve that, and this goes on by itself."
        )
    if after and after.state == State.UNKNOWN:
        return _(
            "No answer came about its customer, so AFAS may have created it. This waits until that "
            "is known."
        )
    return _("Its customer is created in AFAS first; then this goes on by itself.")


def _queued(document: AfasDocument) -> str:
    if document.connection.closed_at:
        return _(
            "The link it was made for is closed, so it is not sent. Give it up to bill its entries "
            "again."
        )
    if document.connection.paused_at:
        return _("The link with AFAS is paused. It goes out once the link is resumed.")
    if document.message:
        return _("AFAS could not be reached or was busy. It is tried again by itself.")
    return _("It goes out in a moment. Nothing has left yet.")


def _unknown(_document: AfasDocument) -> str:
    return _(
        "No answer came, so AFAS may have booked it. It is not sent again, and its entries stay "
        "reserved. Search AFAS for the reference to see."
    )


def _rejected(_document: AfasDocument) -> str:
    return _("Nothing was booked; its entries stay reserved for it.")


def _cancelled(document: AfasDocument) -> str:
    if document.tasks.filter(what=PersonTask.What.TWICE).exists():
        return _("It was given up, yet AFAS gave a number for it. Look for it in AFAS.")
    if document.problem == "linked":
        return _("No new debtor was made, since the customer is linked to one that AFAS has.")
    return _("It was given up and is not in AFAS.")


MEANINGS: dict[State, Callable[[AfasDocument], object]] = {
    State.WAITING: _waiting,
    State.QUEUED: _queued,
    State.SENDING: lambda _document: _("It is on its way to AFAS."),
    State.CONFIRMED: lambda _document: _("AFAS has it."),
    State.REJECTED: _rejected,
    State.UNKNOWN: _unknown,
    State.CANCELLED: _cancelled,
    State.UNDONE: lambda _document: _("It was undone: its entries are unbilled again."),
}

"""How documents look in a page."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
from django import template
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.secrets import scrub
from core.templatetags import ui
from integrations.models import AfasDocument, Kind, PersonTask, State
from integrations.services import meanings, problems
from integrations.services.obstacles import Obstacle
from integrations.services.stories import Story
from integrations.views.fixing import Fixes, fixes_for, mending_url

register = template.Library()

LONGEST_BODY = 20_000
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
    return state_status(document.state, css)


@register.simple_tag
def state_status(state: str, css: str = "") -> SafeString:
    """A state as a dot and a word."""
    known = State(state)
    return ui.status(MARKS[known], known.label, css)


@register.filter
def story(document: AfasDocument) -> Story:
    """Where a document stands, what happened, and what it means for the money."""
    return meanings.story_of(document)


@register.filter
def meaning(document: AfasDocument) -> str:
    """The same in a line; a refusal stands above it already."""
    told = meanings.story_of(document)
    return told.money if document.state == State.REJECTED else f"{told.headline} {told.money}"


@register.filter
def net(document: AfasDocument) -> Decimal | None:
    """The amount that a document is about, EUR excl. VAT; None for a debtor or a file."""
    invoice = document.about.invoice
    return invoice.net if invoice and document.kind != Kind.ATTACHMENT else None


@register.filter
def number_in_afas(document: AfasDocument) -> str:
    """How AFAS numbers it: the invoice where it has that, else the order, entry, debtor or item."""
    return document.key if document.books else document.invoice_number or document.key


@register.filter
def is_of_booking(task: PersonTask) -> bool:
    """Whether a task is about an entry in the ledger: that of its document, or of an orphan."""
    if task.document:
        return task.document.books
    return task.detail.get("list") == Kind.SALES_BOOKING


@register.filter
def decimal(text: object) -> Decimal | None:
    """An amount that was kept as text; None when it is none."""
    try:
        return Decimal(str(text))
    except ArithmeticError:
        return None


@register.filter
def problem(code: str) -> str:
    """An error code in words."""
    return problems.in_words(code)


@register.simple_tag(takes_context=True)
def fixes(context: Context, document: AfasDocument) -> Fixes:
    """Where the cause of a refusal is mended by this reader, or who else can."""
    return fixes_for(context["request"], document)


@register.simple_tag(takes_context=True)
def mending(context: Context, obstacle: Obstacle) -> str:
    """Where an obstacle is mended by this reader; empty where nowhere, or by somebody else."""
    return mending_url(context["request"], obstacle)


@register.filter
def readable(body: Any) -> str:
    """A body as AFAS and we exchanged it: without secrets, JSON in lines, very long ones cut."""
    text = str(body or "")
    with suppress(msgspec.DecodeError, UnicodeEncodeError):  # no JSON is shown as it came
        text = msgspec.json.format(text.encode(), indent=2).decode()
    text = scrub(text)
    if len(text) <= LONGEST_BODY:
        return text
    return (
        text[:LONGEST_BODY]
        + "\n"
        + _("… and more: %(count)s characters in all.") % {"count": len(text)}
    )

"""What the page of a document shows beside its story: its life, its bodies, and its actions."""

from __future__ import annotations

import hashlib
from typing import Any

from integrations.afas.bookings import booked_as, lines_of
from integrations.forms.billing import ReasonForm
from integrations.forms.documents import AbsentForm, FoundForm, NoteForm
from integrations.models import AfasDocument, Kind
from integrations.selectors import attachments_of, billed_on
from integrations.services import picking, undoing
from integrations.services.journal_lines import journal_of
from integrations.services.looking import debtor_and_total
from integrations.services.possible import (
    MOVING,
    actions_of,
    said_by_afas,
    seconds_to_follow,
    shown_by_afas,
)
from integrations.services.timeline import timeline_of


def context_of(document: AfasDocument) -> dict[str, Any]:
    """Everything that the templates of the page need of one document."""
    attempts = list(document.attempt_log.all())
    return {
        **_contents(document),
        "document": document,
        "moments": timeline_of(document, attempts),
        "attempts": attempts,
        "actions": actions_of(document),
        "every": seconds_to_follow(document),
        "followers": document.followers.select_related("customer"),
        "deletion": undoing.open_deletion(document),
        "moving": document.state in MOVING,
        "said": said_by_afas(document),
        "shown": shown_by_afas(document),
        "sent": debtor_and_total(document.payload),
        "debtor": _debtor(document),
        "reason_form": ReasonForm(auto_id="cancel_%s"),
        "found_form": FoundForm(document),
        "absent_form": AbsentForm(auto_id="absent_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
    }


def _contents(document: AfasDocument) -> dict[str, Any]:
    """What is invoiced, or booked: of a deletion what it deletes is booked still."""
    booking = document.about
    invoice = document.invoice
    if document.books:
        accounts = picking.accounts_at_hand(document.connection)
        lines = lines_of(booking.payload)
        names = {one.number.lower(): one for one in accounts}
        return {
            "journal": journal_of(lines, str(booking.customer), names) if lines else None,
            "booked": booked_as(booking.payload),
            "dossier_item": attachments_of([booking]).get(booking.pk),
            "open_item": getattr(booking, "open_item", None),
        }
    if invoice is None or document.kind == Kind.ATTACHMENT:
        return {}
    return {"lines": invoice.lines.all(), "billed": billed_on(invoice)}


def version_of(document: AfasDocument) -> str:
    """A short text that changes whenever the page would."""
    attempts = document.attempt_log.values_list("number", "outcome")
    after = document.after.state if document.after else ""
    deletions = document.deletions.values_list("pk", "state")
    items = document.attachments.values_list("pk", "state")
    tasks = document.tasks.values_list("pk", "resolved_at")
    row = (document.state, document.asks, document.intention, document.looks, document.looked_at)
    more = (document.followed_up_at, document.not_before, document.message, document.seen_at)
    others = (list(deletions), list(items), list(tasks))
    told = repr((row, more, after, list(attempts), others))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _debtor(document: AfasDocument) -> str:
    """The debtor that it was sent to, as AFAS numbers it."""
    source = document.attached_to or document.about
    sent = debtor_and_total(source.payload)
    return document.debtor_number or (sent[0] if sent else "")

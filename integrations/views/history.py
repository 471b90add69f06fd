"""Sync history: imports, tests of the link, invoicing, payments read, and what was undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest, right_required
from accounts.models import Membership
from core import formats
from integrations.models import AfasDocument
from integrations.selectors import connection_of, imports_of
from integrations.services import history, importing
from integrations.services import history_sources as sources
from integrations.services.history import Filters
from integrations.services.history_sources import Happening
from registration.selectors import periods

DOTS = {sources.BUSY: "busy", sources.DONE: "ok", sources.PARTLY: "warn", sources.FAILED: "bad"}
ANY_PERIOD = "all"


@dataclass(frozen=True)
class ShownHappening:
    """A line of the list: what it was in words, where it leads, and what can be done again."""

    one: Happening
    url: str
    words: str
    problem: str = ""
    again: str = ""

    @property
    def kind(self) -> str:
        """What kind of thing it was."""
        return str(sources.KINDS[self.one.kind])

    @property
    def outcome(self) -> str:
        """How it ended, in a word."""
        return str(sources.OUTCOMES[self.one.outcome])

    @property
    def dot(self) -> str:
        """The shape for that."""
        return DOTS[self.one.outcome]

    @property
    def took(self) -> str:
        """How long it took, or nothing."""
        seconds = self.one.seconds
        if seconds is None:
            return ""
        if seconds < 60:
            return _("%(seconds)d s") % {"seconds": seconds}
        return _("%(minutes)d min") % {"minutes": -(-seconds // 60)}


@require_safe
@right_required("admin", "invoices")
def index(request: CompanyRequest) -> HttpResponse:
    """One list of everything that passed between AFAS and us, newest first."""
    chosen = _chosen(request)
    before = request.GET.get("before", "")
    found, following = history.history_of(request.company, _filters(chosen), before=before)
    context = {
        "rows": [_shown(one, request) for one in found],
        "following": following,
        "is_first": not before,
        "kinds": sources.KINDS.items(),
        "outcomes": sources.OUTCOMES.items(),
        "periods": periods.LABELS.items(),
        "chosen": chosen,
        "is_narrowed": bool(chosen["kind"] or chosen["outcome"] or chosen["period"] != ANY_PERIOD),
    }
    return render(request, "integrations/history/index.html", context)


def _chosen(request: CompanyRequest) -> dict[str, str]:
    """What the address asks for; a word that means nothing here asks for nothing."""
    asked = {name: request.GET.get(name, "") for name in ("kind", "outcome", "period")}
    known: dict[str, dict[str, Any]] = {
        "kind": sources.KINDS,
        "outcome": sources.OUTCOMES,
        "period": periods.LABELS,
    }
    chosen = {name: word if word in known[name] else "" for name, word in asked.items()}
    return {**chosen, "period": chosen["period"] or ANY_PERIOD}


def _filters(chosen: dict[str, str]) -> Filters:
    first, last = periods.period(chosen["period"], timezone.localdate())
    return Filters(kind=chosen["kind"], outcome=chosen["outcome"], first=first, last=last)


def _shown(one: Happening, request: CompanyRequest) -> ShownHappening:
    return TELL[one.kind](one, request)


def _import(one: Happening, request: CompanyRequest) -> ShownHappening:
    run = one.row
    words = _("%(new)s new · %(changed)s changed · %(unchanged)s unchanged") % {
        "new": formats.write_number(run.new),
        "changed": formats.write_number(run.changed),
        "unchanged": formats.write_number(run.unchanged),
    }
    is_admin = request.membership.has("admin")
    return ShownHappening(
        one,
        url=reverse("import_run", args=[run.pk]) if is_admin else "",
        words=words,
        problem=run.error,
        again=_import_again(one, request) if is_admin else "",
    )


def _import_again(one: Happening, request: CompanyRequest) -> str:
    """The last import can be repeated when it failed and the link still allows it."""
    if one.outcome != sources.FAILED or importing.why_not(connection_of(request.company)):
        return ""
    last = imports_of(request.company).values_list("pk", flat=True).first()
    return reverse("import_start") if last == one.row.pk else ""


def _payments(one: Happening, request: CompanyRequest) -> ShownHappening:
    run = one.row
    words = _("%(rows)s open in AFAS · %(matched)s of ours · %(paid)s paid") % {
        "rows": formats.write_number(run.rows),
        "matched": formats.write_number(run.matched),
        "paid": formats.write_number(run.paid),
    }
    url = _to("afas_reconcile", None, request)
    return ShownHappening(one, url=url, words="" if run.error else words, problem=run.error)


def _check(one: Happening, request: CompanyRequest) -> ShownHappening:
    check = one.row
    words = ""
    if check.missing:
        sentence = ngettext(
            "%(count)s connector is missing.", "%(count)s connectors are missing.", check.missing
        )
        words = sentence % {"count": check.missing}
    url = reverse("afas_settings") if _is_of_now(check, request.membership) else ""
    problem = "" if check.accepted else check.message
    return ShownHappening(one, url=url, words=words or check.connection.target, problem=problem)


def _is_of_now(check: Any, membership: Membership) -> bool:
    """Whether the settings page is about the link that was tested, and open to this person."""
    return check.connection.closed_at is None and membership.has("admin")


def _run(one: Happening, request: CompanyRequest) -> ShownHappening:
    made = (one.ok or 0) + (one.skipped or 0) + (one.failed or 0)
    sentence = ngettext("%(count)s invoice", "%(count)s invoices", made)
    words = f"{sentence % {'count': formats.write_number(made)}} · {one.row.connection.target}"
    return ShownHappening(one, url=_to("invoicing_run", one.row.pk, request), words=words)


def _bookings(one: Happening, request: CompanyRequest) -> ShownHappening:
    made = (one.ok or 0) + (one.skipped or 0) + (one.failed or 0)
    sentence = ngettext("%(count)s booking", "%(count)s bookings", made)
    words = f"{sentence % {'count': formats.write_number(made)}} · {one.row.connection.target}"
    return ShownHappening(one, url=_to("booking_run", one.row.pk, request), words=words)


def _deletion(one: Happening, request: CompanyRequest) -> ShownHappening:
    problem = one.row.message if one.outcome == sources.FAILED else ""
    url = _to("afas_document", one.row.pk, request)
    words = _of(one, str(one.row.detail.get("reason", "")))
    return ShownHappening(one, url=url, words=words, problem=problem)


def _undo(one: Happening, request: CompanyRequest) -> ShownHappening:
    number = str(one.row.after.get("corrected_as", ""))
    credited = _credited(one.about, number) if number else ""
    url = _to("afas_document", one.about.pk, request) if one.about else ""
    return ShownHappening(one, url=url, words=_of(one, credited, one.row.reason))


def _credited(about: AfasDocument | None, number: str) -> str:
    if about and about.books:
        return _("reversed as %(number)s") % {"number": number}
    return _("credited as %(number)s") % {"number": number}


def _of(one: Happening, *words: str) -> str:
    """Which invoice or booking it was about, then what else there is to say."""
    about = one.about
    named = f"{about.customer} {_number_of(about)}" if about else ""
    return " · ".join(part for part in (named, *words) if part)


def _number_of(about: AfasDocument) -> str:
    """Of a booking our own invoice, and its entry."""
    if not about.books:
        return about.invoice_number or about.order_number
    entry = _("entry %(number)s") % {"number": about.entry_number} if about.entry_number else ""
    return " · ".join(one for one in (str(about.invoice), entry) if one)


def _to(name: str, pk: object, request: CompanyRequest) -> str:
    """The page of it, for those who may open that."""
    keys = [] if pk is None else [pk]
    return reverse(name, args=keys) if request.membership.has("invoices") else ""


TELL = {
    sources.IMPORT: _import,
    sources.CHECK: _check,
    sources.RUN: _run,
    sources.PAYMENTS: _payments,
    sources.BOOKINGS: _bookings,
    sources.BOOKED: _deletion,
    sources.DELETION: _deletion,
    sources.UNDO: _undo,
    sources.PART: _undo,
}

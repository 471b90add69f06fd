"""What an alert says in the banner: a few words that fit a phone, more where there is room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, Right
from core import formats
from integrations.models import AfasConnection, Alert
from integrations.services import telling

Facts = Mapping[str, Any]
Kind, Pause = Alert.Kind, AfasConnection.Pause


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: its mark and words, `text` for everybody, `more` where the screen is wide.

    `url` is empty for a reader who may not open that page, `alert` is None for what cannot be put
    away.
    """

    mark: str
    word: str
    text: str = ""
    more: str = ""
    link: str = ""
    url: str = ""
    alert: int | None = None


def line_of(alert: Alert, reader: Membership) -> Line:
    """The line of an alert for this reader."""
    facts = telling.facts_of(alert)
    right = Right.INVOICES if alert.kind in FOR_BILLERS else Right.ADMIN
    url = telling.page_of(alert) if reader.has(right) else ""
    return replace(WORDS[alert.kind](facts), url=url, alert=alert.pk)


def line_of_pause(facts: Facts, reader: Membership) -> Line:
    """The line of a pause of which there is no alert yet."""
    url = reverse("afas_settings") if reader.has(Right.ADMIN) else ""
    return replace(_paused(facts), url=url)


FOR_BILLERS = (Kind.PERSON, Kind.RESTORED)


def _paused(facts: Facts) -> Line:
    refused = facts["because"] != Pause.PERSON
    waiting = int(facts["waiting"])
    words = ngettext("%(count)s document waits.", "%(count)s documents wait.", waiting)
    return Line(
        mark="bad" if refused else "idle",
        word=_("AFAS refuses us") if refused else _("AFAS is paused"),
        text=words % {"count": waiting} if waiting else "",
        more=_why_paused(str(facts["because"])),
        link=_("Put it right") if refused else _("Resume"),
    )


def _why_paused(because: str) -> str:
    if because == Pause.CREDENTIALS:
        return _(
            "The credentials are wrong, revoked or expired. Nothing is lost; an admin pastes new "
            "ones from AFAS."
        )
    if because == Pause.ADDRESS:
        return _(
            "AFAS does not accept calls from this server. Let the AFAS administrator allow its "
            "address, then test again."
        )
    return _("Nothing is sent or imported.")


def _expiring(facts: Facts) -> Line:
    left = int(facts["days_left"])
    return Line(
        mark="bad" if left <= 7 else "warn",
        word=_expires_in(left, probably=bool(facts["probably"])),
        more=_(
            "From then on nothing is invoiced, booked or imported until an admin pastes new ones."
        ),
        link=_("Renew them"),
    )


def _expires_in(left: int, *, probably: bool) -> str:
    if left < 0:
        expired = _("AFAS credentials have expired")
        return _("AFAS credentials have probably expired") if probably else expired
    if left == 0:
        return _("AFAS credentials expire today")
    if probably:
        words = ngettext(
            "AFAS credentials probably expire in %(left)s day",
            "AFAS credentials probably expire in %(left)s days",
            left,
        )
    else:
        words = ngettext(
            "AFAS credentials expire in %(left)s day",
            "AFAS credentials expire in %(left)s days",
            left,
        )
    return words % {"left": left}


def _person(facts: Facts) -> Line:
    count = int(facts["count"])
    words = ngettext(
        "%(count)s matter with AFAS waits for you",
        "%(count)s matters with AFAS wait for you",
        count,
    )
    return Line(
        mark="warn",
        word=words % {"count": count},
        more=_("Until somebody decides, it is not invoiced or booked, or not certain."),
        link=_("Look"),
    )


def _night(facts: Facts) -> Line:
    if facts["what"] == "check":
        word, link = _("AFAS refused the nightly test"), _("Test again")
    elif "run" in facts:
        word, link = _("The nightly import failed"), _("Import now")
    else:
        word, link = _("The nightly import did not run"), _("Import now")
    more = str(facts.get("said") or facts.get("reason") or "")
    return Line(mark="warn", word=word, more=more, link=link)


def _restored(facts: Facts) -> Line:
    until = facts["held_until"]
    said = _("Nothing is sent before %(moment)s.") % {"moment": formats.write_moment(until)}
    return Line(
        mark="bad",
        word=_("A backup was put back"),
        text=said if until else "",
        more=_("Invoice nothing of the days since then before you have seen the differences."),
        link=_("Look"),
    )


WORDS: dict[str, Callable[[Facts], Line]] = {
    Kind.PAUSED: _paused,
    Kind.EXPIRING: _expiring,
    Kind.PERSON: _person,
    Kind.NIGHT: _night,
    Kind.RESTORED: _restored,
}

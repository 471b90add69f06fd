"""Letters about alerts: to each reader once, in the reader's language, outside any transaction.

A letter cannot be sent and noted in one step, so one of two mistakes is possible when the process
dies in between. We choose that a letter may come twice, never that it is lost, and bound it: an
alert is claimed (`mailing_at`) before its letters leave, each reader whose letter the mail server
took is noted (`told`), and a claim that nobody gave back is taken over after a day. So at most the
one reader whose letter was on its way hears again, a day later. A mail server that is away gives
the claim back, and the next watch tries again.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_date, parse_datetime

from accounts.models import Membership, Right, Role
from core import formats
from integrations.models import AfasConnection, Alert
from integrations.services import importing
from integrations.services.noticing import Expiry

logger = logging.getLogger(__name__)

Kind = Alert.Kind
Pause = AfasConnection.Pause
Mailer = Any  # a mail backend of Django; its stubs name no type that fits all
DAY = timedelta(days=1)
SERVER_SECONDS = 10
MOST_SECONDS = 60
"""What one watch spends on letters; the rest leaves with the next."""
WHILE_AT_WORK = timedelta(minutes=10)
"""A pause by hand and a refusal on the screen are not mailed while somebody is busy with them."""
TOLD_TO: dict[str, tuple[str, ...]] = {
    Kind.PAUSED: (Right.ADMIN,),
    Kind.PERSON: (Right.INVOICES,),
    Kind.NIGHT: (Right.ADMIN,),
    Kind.EXPIRING: (Right.ADMIN,),
    Kind.RESTORED: (Right.ADMIN, Right.INVOICES),
}
"""Who is mailed beside the owners: whoever holds one of these rights."""
PAGES: dict[str, tuple[str, str]] = {
    Kind.PAUSED: ("afas_settings", ""),
    Kind.PERSON: ("afas_attention", ""),
    Kind.NIGHT: ("imports", ""),
    Kind.EXPIRING: ("afas_settings", "#credentials"),
    Kind.RESTORED: ("afas_attention", ""),
}
"""Where something can be done about it: a page, and the card on it."""


class Taken(Enum):
    """What the mail server did with a letter."""

    YES = "yes"
    LATER = "later"
    NEVER = "never"


def tell_all() -> None:
    """Mail every open alert that is due. A mail server that is away is a log line."""
    now = timezone.now()
    free = Q(mailing_at__isnull=True) | Q(mailing_at__lt=now - DAY)
    unsaid = Alert.objects.filter(
        free, closed_at__isnull=True, dismissed_at__isnull=True, mailed_at__isnull=True
    )
    unsaid = unsaid.select_related("company", "connection").order_by("opened_at", "pk")
    due = [alert for alert in unsaid if _is_due(alert, now)]
    if not due:
        return
    try:
        with mail.get_connection(timeout=SERVER_SECONDS) as server:
            _tell_each(due, server)
    except OSError as error:
        logger.warning("Mail does not leave (%s); the next watch tries again.", error)


def readers_of(alert: Alert) -> list[Membership]:
    """The owners, and whoever holds the right to do something about it."""
    people = Membership.objects.of(alert.company).filter(active=True, user__is_active=True)
    rights = TOLD_TO[alert.kind]
    return [
        one
        for one in people.select_related("user").order_by("pk")
        if one.role == Role.OWNER or any(one.has(right) for right in rights)
    ]


def letter_of(alert: Alert, reader: Membership) -> EmailMessage:
    """The letter about an alert, in the reader's language and time zone."""
    user, company = reader.user, alert.company
    with (
        translation.override(user.language),
        timezone.override(user.time_zone),
        formats.use(company),
    ):
        facts = {name: _in_words(fact) for name, fact in facts_of(alert).items()}
        context = {**facts, "company": company, "reader": user, "page": link_of(alert)}
        subject = render_to_string(f"integrations/mail/{alert.kind}_subject.txt", context)
        body = render_to_string(f"integrations/mail/{alert.kind}.txt", context)
    headers = {"Content-Language": user.language}
    return EmailMessage(" ".join(subject.split()), body, to=[user.email], headers=headers)


def facts_of(alert: Alert) -> dict[str, Any]:
    """The facts of an alert as a template needs them: dates as dates, counts, reasons."""
    detail = alert.detail
    facts = {**detail, "count": _count(detail)}
    facts["since"] = parse_datetime(str(detail.get("since", ""))) or alert.opened_at
    if last_day := parse_date(str(detail.get("on", ""))):
        facts["on"], facts["days_left"] = last_day, Expiry(on=last_day).days_left
    if detail.get("what") == "import" and "run" not in detail:
        facts["reason"] = importing.why_not(alert.connection)
    if alert.kind == Kind.RESTORED:
        facts["held_until"] = _held_until(alert)
        facts["made"] = parse_datetime(str(detail.get("made", "")))
    return facts


def page_of(alert: Alert) -> str:
    """The path where something can be done about it."""
    name, card = PAGES[alert.kind]
    if alert.detail.get("what") == "check":
        name = "afas_settings"
    if alert.detail.get("because") in {Pause.CREDENTIALS, Pause.ADDRESS}:
        card = "#credentials"
    return reverse(name) + card


def link_of(alert: Alert) -> str:
    """The same as a whole address."""
    return settings.SITE_URL + page_of(alert)


def _in_words(fact: Any) -> Any:
    """A moment with its date: a letter that says "today" may be read tomorrow."""
    if not isinstance(fact, datetime):
        return fact
    local = timezone.localtime(fact)
    return f"{formats.write_day(local.date())} {local:%H:%M}"


def _count(detail: dict[str, Any]) -> int:
    return sum(int(detail.get(name, 0)) for name in ("refused", "asks", "tasks"))


def _held_until(alert: Alert) -> datetime | None:
    held = AfasConnection.objects.of(alert.company).filter(held_until__gt=timezone.now())
    latest: datetime | None = held.values_list("held_until", flat=True).first()
    return latest


def _is_due(alert: Alert, now: datetime) -> bool:
    by_hand = alert.detail.get("because") == Pause.PERSON
    if (by_hand or alert.kind == Kind.PERSON) and alert.opened_at > now - WHILE_AT_WORK:
        return False
    return alert.kind != Kind.PERSON or not _heard_today(alert, now)


def _heard_today(alert: Alert, now: datetime) -> bool:
    """Whether an earlier alert about documents was mailed within a day, to whomever."""
    others = Alert.objects.of(alert.company).filter(kind=Kind.PERSON).exclude(pk=alert.pk)
    since = now - DAY
    in_part = ~Q(told=[]) & Q(mailed_at__isnull=True, closed_at__gt=since)
    heard = Q(mailed_at__gt=since) | Q(mailing_at__gt=since) | in_part
    return bool(others.filter(heard).exists())


def _tell_each(due: Iterable[Alert], server: Mailer) -> None:
    until = timezone.now() + timedelta(seconds=MOST_SECONDS)
    for alert in due:
        if timezone.now() > until:
            return
        if _claim(alert):
            _tell(alert, server)


def _claim(alert: Alert) -> bool:
    """Make the letters of an alert ours; False when another watch has them, or it is over."""
    mine = Alert.objects.filter(
        pk=alert.pk,
        mailing_at=alert.mailing_at,
        closed_at__isnull=True,
        dismissed_at__isnull=True,
        mailed_at__isnull=True,
    )
    return bool(mine.update(mailing_at=timezone.now()))


def _tell(alert: Alert, server: Mailer) -> None:
    """Mail everybody who was not told yet. Raises OSError when the mail server is away.

    An address that is refused for good is tried again in a day, any other one by the next watch.
    """
    ours = Alert.objects.filter(pk=alert.pk)
    left = [one for one in readers_of(alert) if one.user_id not in alert.told]
    try:
        taken = {_mail(alert, one, server) for one in left}
    except OSError:
        ours.update(mailing_at=None)
        raise
    except Exception:  # tried again in a day; the letters of others do not wait for it
        logger.exception("The letter about alert %s could not be written.", alert.pk)
        return
    if taken <= {Taken.YES}:
        ours.update(mailed_at=timezone.now(), mailing_at=None)
    elif Taken.LATER in taken:
        ours.update(mailing_at=None)


def _mail(alert: Alert, reader: Membership, server: Mailer) -> Taken:
    """Mail one reader, and note it before the next."""
    letter = letter_of(alert, reader)
    letter.connection = server
    try:
        letter.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
        logger.warning("Alert %s: no letter to reader %s (%s).", alert.pk, reader.pk, error)
        return Taken.NEVER if _is_final(error) else Taken.LATER
    alert.told = [*alert.told, reader.user_id]
    Alert.objects.filter(pk=alert.pk).update(told=alert.told)
    return Taken.YES


def _is_final(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> bool:
    """Whether the server refuses for good (5xx), rather than asking us to come back (4xx)."""
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return all(code >= 500 for code, _said in error.recipients.values())

"""The standing watch: alerts open and close by what is true now, and are told once.

`watch` runs each minute and may run twice at once: a unique constraint keeps one open alert of a
kind and key, and every change is conditional on what was read. What each reader hears is in
`telling`; what is true, in `noticing`.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Company, Membership, Right, Role, User
from core import audit
from integrations.models import AfasConnection, Alert
from integrations.services import noticing, rhythm, telling
from integrations.services.noticing import Finding

logger = logging.getLogger(__name__)

Kind = Alert.Kind
SAME_WHEN_IT_RETURNS = (Kind.PAUSED, Kind.EXPIRING)
"""Their key names one pause or one date, so that what was told of it once is never told again."""
PRESSING = (Kind.RESTORED, Kind.PAUSED, Kind.EXPIRING, Kind.PERSON, Kind.NIGHT)
SHOWN_TO: dict[str, tuple[str, ...]] = {
    **telling.TOLD_TO,
    Kind.PAUSED: (Right.ADMIN, Right.INVOICES),
}
"""Whoever invoices sees that the link is paused, and why; those who can mend it are mailed."""


def watch() -> None:
    """Open, refresh and close the alerts of all companies, then mail those nobody was told of.

    Raises nothing for one company: its failure is a log line, and the others are watched.
    """
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in noticing.true_now():
        found[finding.company].append(finding)
    stands: dict[int, list[Alert]] = defaultdict(list)
    for alert in _open_alerts().select_related("company", "connection"):
        stands[alert.company_id].append(alert)
    for company in sorted(found.keys() | stands.keys()):
        try:
            _bring_up_to_date(found[company], stands[company])
        except Exception:
            logger.exception("The alerts of company %s could not be brought up to date.", company)
    telling.tell_all()


def shown_to(company: Company, membership: Membership) -> list[Alert]:
    """Open alerts for this person's banner, the most pressing first, with the facts of this moment.

    What is over by now is left out before the watch closes it. One question when there is none.
    """
    alerts = [
        alert
        for alert in _open_alerts().of(company).filter(dismissed_at__isnull=True)
        if concerns(membership, alert)
    ]
    if not alerts:
        return []
    true = {finding.name: finding for finding in noticing.true_now(company)}
    shown = [alert for alert in alerts if alert.kind == Kind.RESTORED or _name(alert) in true]
    for alert in shown:
        if _name(alert) in true:
            alert.detail = {**alert.detail, **true[_name(alert)].detail}
    return sorted(shown, key=lambda alert: PRESSING.index(Kind(alert.kind)))


def concerns(membership: Membership, alert: Alert) -> bool:
    """Whether an alert is this person's business."""
    rights = SHOWN_TO[alert.kind]
    return membership.role == Role.OWNER or any(membership.has(right) for right in rights)


def was_dismissed(finding: Finding) -> bool:
    """Whether somebody put away what was found."""
    same = _open_alerts().of(finding.company).filter(kind=finding.kind, key=finding.key)
    return bool(same.filter(dismissed_at__isnull=False).exists())


def dismiss(*, alert: Alert, by: User) -> bool:
    """Take the banner away for everybody in the company; False when it was gone already.

    It returns for something new: another pause, the next date, a document that was not yet there.
    """
    seen = {}
    if alert.kind == Kind.PERSON:
        seen = {"seen": sorted(noticing.marks_of_waiting(alert.company))}
    with transaction.atomic():
        dismissed = _untouched(alert).update(
            dismissed_at=timezone.now(), dismissed_by=by, detail={**alert.detail, **seen}
        )
        if dismissed:
            audit.record(company=alert.company, by=by, action="alert.dismissed", obj=alert)
    return bool(dismissed)


def _open_alerts() -> Any:
    return Alert.objects.filter(closed_at__isnull=True)


def _untouched(alert: Alert) -> Any:
    """The alert, if it is still open and nobody dismissed it since it was read."""
    return _open_alerts().filter(pk=alert.pk, dismissed_at=alert.dismissed_at)


def _name(alert: Alert) -> tuple[str, str]:
    return (alert.kind, alert.key)


def _bring_up_to_date(found: Iterable[Finding], alerts: Iterable[Alert]) -> None:
    true = {finding.name: finding for finding in found}
    known = {_name(alert): alert for alert in alerts}
    for name, alert in known.items():
        if name in true:
            _refresh(alert, true[name])
        elif alert.kind != Kind.RESTORED or _restore_is_over(alert):
            _close(alert)
    for name, finding in true.items():
        if name not in known:
            _open(finding)


def _open(finding: Finding) -> None:
    """A new alert; of a pause or date that was told before, the old one comes back."""
    same = Alert.objects.filter(
        company=finding.company, kind=finding.kind, key=finding.key, closed_at__isnull=False
    )
    again = same.order_by("-pk").first() if finding.kind in SAME_WHEN_IT_RETURNS else None
    try:
        with transaction.atomic():
            if again:
                same.filter(pk=again.pk).update(closed_at=None, detail=finding.detail)
            else:
                Alert.objects.create(
                    company_id=finding.company,
                    kind=finding.kind,
                    key=finding.key,
                    connection_id=finding.connection,
                    detail=finding.detail,
                )
    except IntegrityError:  # one_open_alert_of_a_kind: another watch was first
        logger.info("Alert %s of company %s is open already.", finding.name, finding.company)


def _refresh(alert: Alert, finding: Finding) -> None:
    if alert.kind == Kind.PERSON and alert.dismissed_at:
        _look_for_new_ones(alert, finding)
    elif alert.detail != finding.detail and not alert.dismissed_at:
        _untouched(alert).update(detail=finding.detail)


def _look_for_new_ones(alert: Alert, finding: Finding) -> None:
    """What waited when it was dismissed stays dismissed; what came after it is a new alert.

    What stopped waiting is forgotten, so that it is new when it comes back.
    """
    waiting = noticing.marks_of_waiting(alert.company)
    seen = set(alert.detail.get("seen", ()))
    if waiting - seen:
        _close(alert)
        _open(finding)
    elif seen - waiting:
        _untouched(alert).update(detail={**finding.detail, "seen": sorted(seen & waiting)})


def _close(alert: Alert) -> None:
    _open_alerts().filter(pk=alert.pk).update(closed_at=timezone.now())


def _restore_is_over(alert: Alert) -> bool:
    """A restored backup is told, its hold has ended and both comparisons are made.

    It was opened by `manage.py restored`; what the comparisons found waits for a person since.
    """
    if not alert.mailed_at and not alert.dismissed_at:
        return False
    links = AfasConnection.objects.of(alert.company).filter(closed_at__isnull=True)
    return not any(
        (link.held_until and link.held_until > timezone.now())
        or (link.lookup_proven_at and link.compared < len(rhythm.COMPARED_AFTER_RESTORE))
        for link in links.filter(restored_at__isnull=False)
    )

"""What is true now and concerns the owners: a finding is an alert for as long as it is found.

A handful of questions for all companies together, so that the watch can ask them each minute; with
a company they are asked of that one alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import Company
from core import audit
from integrations.afas.client import AMSTERDAM
from integrations.models import (
    AfasConnection,
    AfasDocument,
    Alert,
    AppInstallation,
    CheckRun,
    ImportRun,
    PersonTask,
    State,
)
from integrations.services import nights
from integrations.services.apps import AFAS

Kind = Alert.Kind
Facts = dict[str, Any]

EXPIRED = 0
WARNED_BEFORE = (7, 30, 60)
"""Days before the last day of the credentials; each is said once."""
SECRET_LIVES = timedelta(days=180)
"""What AFAS gives a client secret by default; it does not tell us the date."""
NIGHT = timedelta(hours=nights.NIGHT_ENDS - nights.NIGHT_BEGINS)
ALIVE = timedelta(minutes=10)
"""An import with a younger sign of life is at work, however late it is."""
CHECKS_OF_DAYS = timedelta(days=8)
MOST_SAID = 500  # characters of what AFAS said

# The first line is the condition of an index, word for word.
WAITS_FOR_A_PERSON = Q(state=State.REJECTED) | ~Q(asks="")
OVER = (State.CANCELLED, State.UNDONE)
ON_THE_WAY = (State.WAITING, State.QUEUED, State.SENDING)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is true now: of which company, which alert it makes, and its facts."""

    company: int
    kind: str
    key: str = ""
    connection: int | None = None
    detail: Facts = field(default_factory=dict)

    @property
    def name(self) -> tuple[str, str]:
        """What tells it apart within its company."""
        return (self.kind, self.key)


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """The last day of the credentials; `probably` when AFAS does not tell it."""

    on: date
    probably: bool = False

    @property
    def days_left(self) -> int:
        """Days until the last day; negative once it is over."""
        return (self.on - timezone.now().astimezone(AMSTERDAM).date()).days


def true_now(company: Company | None = None) -> list[Finding]:
    """Everything that is wrong now, of one company or of all."""
    links = list(_links(company))
    return [
        *_pauses(links),
        *_expiries(links),
        *_failed_nights(links),
        *_refused_checks(links),
        *_waiting_for_people(company),
    ]


def pause_of(company: Company) -> Finding | None:
    """The pause of the company's link, if it rests now."""
    return next(iter(_pauses(_links(company))), None)


def expiry_of(connection: AfasConnection) -> Expiry | None:
    """When the credentials end: as AFAS says, else 180 days after a client secret was pasted."""
    if connection.expires_on:
        return Expiry(on=connection.expires_on)
    is_secret = connection.credential == AfasConnection.Credential.OAUTH
    if not is_secret or connection.secret_set_at is None:
        return None
    pasted = connection.secret_set_at.astimezone(AMSTERDAM).date()
    return Expiry(on=pasted + SECRET_LIVES, probably=True)


def marks_of_waiting(company: Company) -> set[str]:
    """One short mark for everything that waits for a person; another one after another attempt."""
    documents = AfasDocument.objects.of(company).filter(WAITS_FOR_A_PERSON)
    rows = documents.exclude(state__in=OVER).values_list("pk", "attempts")
    tasks = PersonTask.objects.of(company).filter(resolved_at__isnull=True)
    marks = {f"{pk.hex[:10]}.{attempts}" for pk, attempts in rows}
    return marks | {f"t{pk}" for pk in tasks.values_list("pk", flat=True)}


def _links(company: Company | None) -> QuerySet[AfasConnection]:
    """Open connections of apps that are switched on."""
    off = AppInstallation.objects.filter(app=AFAS, status=AppInstallation.Status.DEACTIVATED)
    links = AfasConnection.objects.of(company) if company else AfasConnection.objects.all()
    open_ones = links.filter(closed_at__isnull=True, checked_at__isnull=False)
    working = open_ones.exclude(company__in=off.values("company"))
    return working.select_related("company").defer("user_token", "client_secret")


def _pauses(links: Iterable[AfasConnection]) -> Iterable[Finding]:
    paused = [link for link in links if link.paused_at]
    waiting = _waiting(paused)
    for link in paused:
        yield Finding(
            company=link.company_id,
            kind=Kind.PAUSED,
            key=f"{link.paused_because} {link.paused_at:%Y-%m-%dT%H:%M:%S}",
            connection=link.pk,
            detail={
                "because": link.paused_because,
                "since": _text(link.paused_at),
                "waiting": waiting[link.pk],
            },
        )


def _waiting(paused: Iterable[AfasConnection]) -> Counter[int]:
    """How many documents wait for each of these connections."""
    pks = [link.pk for link in paused]
    if not pks:
        return Counter()
    moving = AfasDocument.objects.filter(connection__in=pks, state__in=ON_THE_WAY).order_by()
    counted = moving.values_list("connection").annotate(count=Count("pk"))
    return Counter(dict(counted))


def _expiries(links: Iterable[AfasConnection]) -> Iterable[Finding]:
    for link in links:
        expiry = expiry_of(link)
        warned = _warned_before(expiry) if expiry else None
        refused = link.paused_because == AfasConnection.Pause.CREDENTIALS
        if expiry is None or warned is None or (warned == EXPIRED and refused):
            continue  # AFAS refuses them already: that is an alert of its own
        yield Finding(
            company=link.company_id,
            kind=Kind.EXPIRING,
            key=f"{expiry.on:%Y-%m-%d} {warned}",
            connection=link.pk,
            detail={"on": expiry.on.isoformat(), "days": warned, "probably": expiry.probably},
        )


def _warned_before(expiry: Expiry) -> int | None:
    """The nearest of 60, 30 and 7 days that has come, 0 once it expired, None when it is far."""
    if expiry.days_left < 0:
        return EXPIRED
    return next((days for days in WARNED_BEFORE if expiry.days_left <= days), None)


def last_night(now: datetime) -> datetime:
    """02:00, Dutch time, of the last night that is over: until 06:00 that is yesterday's."""
    local = now.astimezone(AMSTERDAM)
    began = local.replace(hour=nights.NIGHT_BEGINS, minute=0, second=0, microsecond=0, fold=0)
    return began if local.hour >= nights.NIGHT_ENDS else began - timedelta(days=1)


def _failed_nights(links: Iterable[AfasConnection]) -> Iterable[Finding]:
    """Nightly imports that failed or never came, until any later import is done."""
    wanted = [link for link in links if link.nightly_import and not link.paused_at]
    night = last_night(timezone.now())
    runs = _runs_since(wanted, night)
    for link in wanted:
        detail = _what_failed(link, runs[link.pk], night)
        if detail is not None:
            yield Finding(
                company=link.company_id,
                kind=Kind.NIGHT,
                key=f"import {link.pk}",
                connection=link.pk,
                detail=detail,
            )


def _runs_since(links: list[AfasConnection], night: datetime) -> dict[int, list[ImportRun]]:
    """What was imported since, the newest first."""
    found: dict[int, list[ImportRun]] = defaultdict(list)
    if links:
        since = Q(queued_at__gte=night) | Q(finished_at__gte=night)
        for run in ImportRun.objects.filter(since, connection__in=links).order_by("-pk"):
            found[run.connection_id].append(run)
    return found


def _what_failed(link: AfasConnection, runs: list[ImportRun], night: datetime) -> Facts | None:
    for run in runs:
        if run.status == ImportRun.Status.DONE or _is_at_work(run):
            return None
        if run.status == ImportRun.Status.FAILED and run.trigger == ImportRun.Trigger.NIGHTLY:
            ended = (run.finished_at or run.queued_at) + ALIVE
            if _rested(link, run.queued_at, ended):
                return None
            return {"what": "import", "run": run.pk, "said": run.error[:MOST_SAID]}
    if _began_later(link, night) or _rested(link, night, night + NIGHT):
        return None
    return {"what": "import", "night": _text(night)}


def _is_at_work(run: ImportRun) -> bool:
    return run.is_open and (run.heartbeat_at or run.queued_at) > timezone.now() - ALIVE


def _rested(link: AfasConnection, begin: datetime, end: datetime) -> bool:
    """Whether the link was paused then, of which the owners heard already."""
    pauses = Alert.objects.of(link.company).filter(kind=Kind.PAUSED, connection=link)
    ended = Q(closed_at__isnull=True) | Q(closed_at__gt=begin)
    return bool(pauses.filter(ended, opened_at__lt=end).exists())


def _began_later(link: AfasConnection, night: datetime) -> bool:
    """Whether the link was made, or its nightly import switched on, after that night began."""
    switched_on = audit.events_of(link.company, link).filter(
        at__gt=night, after__nightly_import=True
    )
    return link.created_at > night or switched_on.exists()


def _refused_checks(links: Iterable[AfasConnection]) -> Iterable[Finding]:
    """Nightly tests of a link that AFAS refused, until any later test is accepted.

    They are repeated until 06:00, so what was refused tonight is told in the morning.
    """
    until = last_night(timezone.now()) + NIGHT
    working = {link.pk: link for link in links if not link.paused_at}
    checks = CheckRun.objects.filter(
        connection__in=working, started_at__gt=timezone.now() - CHECKS_OF_DAYS
    ).order_by("started_at", "pk")
    last = {check.connection_id: check for check in checks if _tells(check, until)}
    for pk, check in last.items():
        if not check.accepted:
            yield Finding(
                company=check.company_id,
                kind=Kind.NIGHT,
                key=f"check {pk}",
                connection=pk,
                detail={"what": "check", "said": check.message[:MOST_SAID]},
            )


def _tells(check: CheckRun, until: datetime) -> bool:
    """A person who types wrong credentials is told at once, and the stored ones still hold."""
    refused_at_night = check.trigger == CheckRun.Trigger.NIGHTLY and check.started_at < until
    return check.accepted or refused_at_night


def _waiting_for_people(company: Company | None) -> Iterable[Finding]:
    """One finding a company that counts, whatever the number of documents."""
    facts: dict[int, Facts] = defaultdict(lambda: {"refused": 0, "asks": 0, "tasks": 0})
    documents = AfasDocument.objects.of(company) if company else AfasDocument.objects.all()
    waiting = documents.filter(WAITS_FOR_A_PERSON).exclude(state__in=OVER).order_by()
    refused = Q(state=State.REJECTED)
    counted = waiting.values("company").annotate(
        refused=Count("pk", filter=refused), asks=Count("pk", filter=~refused)
    )
    for row in counted:
        facts[row["company"]].update(refused=row["refused"], asks=row["asks"])
    tasks = PersonTask.objects.of(company) if company else PersonTask.objects.all()
    open_tasks = tasks.filter(resolved_at__isnull=True).order_by().values("company")
    for task in open_tasks.annotate(count=Count("pk")):
        facts[task["company"]]["tasks"] = task["count"]
    return [Finding(company=pk, kind=Kind.PERSON, detail=found) for pk, found in facts.items()]


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""

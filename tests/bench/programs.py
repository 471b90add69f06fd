"""A program reads and writes hours among a million, beside a bare Django view on them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from accounts.models import Company, Membership, Right, Role, Scope, User
from accounts.services.api_keys import KeyData, api_key_make
from registration.models import Activity, Hour, Project
from tests.bench import ours

HOURS = int(os.environ.get("API_HOURS") or 1_000_000)
SEED, CUSTOMERS, PAGE, TRIES = 10_000, 100, 100, 25
SIZES = {
    **dict.fromkeys(("bare list", "first page", "deep page", "few fields"), PAGE),
    **dict.fromkeys(("bare write", "write", "write once"), 1),
    "export, a thousand": 1000,
    "batch of 500": 500,
}
MOST = {"first page": 60.0, "deep page": 60.0, "write": 60.0}
SHOWN = (
    *("id", "version", "membership", "date", "project", "project__customer", "note", "billable"),
    *("approval", "approval_comment", "approved_by", "approved_at", "billing", "invoice_label"),
    *("rate", "amount", "missing", "created_at", "changed_at", "activity", "minutes"),
    "billable_minutes",
)
COPIED = (
    *("company_id", "membership_id", "project_id", "activity_id", "note", "billable", "minutes"),
    *("billable_minutes", "approval", "approval_comment", "billing", "invoice_label", "version"),
    *("rate", "amount", "missing", "created_at", "changed_at"),
)


def bare_list(_request: HttpRequest) -> JsonResponse:
    """The newest hours as Django gives them: nobody is asked who calls, or what they may see."""
    rows = Hour.objects.filter(company=Company.objects.get()).order_by("-date", "-pk")
    rows = rows.values(*SHOWN)[:PAGE]
    return JsonResponse({"results": list(rows)})


@csrf_exempt
def bare_write(request: HttpRequest) -> JsonResponse:
    """An hour as it was sent: no rule is asked, nothing is valued, nothing is written down."""
    with transaction.atomic():
        made = Hour.objects.create(**json.loads(request.body))
    return JsonResponse({"id": made.pk}, status=201)


urlpatterns = [
    path("bare/list/", bare_list),
    path("bare/write/", bare_write),
    path("", include("timechimp_afas.urls")),
]


def million() -> Membership:
    """A company with so many hours; the person reads all of them."""
    company, _by = ours.company_with(SEED, CUSTOMERS)
    columns = ", ".join(COPIED)
    copies = HOURS // SEED - 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO registration_hour ({columns}, date)"
            f" SELECT {columns}, date - n FROM registration_hour, generate_series(1, {copies}) n"
        )
        cursor.execute("ANALYZE registration_hour")
    return _newcomer(company)


def _newcomer(company: Company) -> Membership:
    """Somebody with every right, whose days are still empty."""
    user = User.objects.create(email="program@bench.test", name="Program")
    place: Membership = Membership.objects.create(
        company=company, user=user, role=Role.OWNER, rights=Right.values
    )
    return place


def measured() -> dict[str, float]:
    """Milliseconds, the median of some tries each, in turns."""
    place = million()
    made = api_key_make(membership=place, data=KeyData(name="bench", scopes=Scope.values))
    with override_settings(
        ROOT_URLCONF=__name__,
        API_REQUESTS_PER_MINUTE=1_000_000,
        ALLOWED_HOSTS=["testserver"],
        SECURE_SSL_REDIRECT=False,
    ):
        one = _Program(made.secret)
        deep = one.deep()
        works: dict[str, Callable[[], Any]] = {
            "bare list": lambda: one.get("/bare/list/"),
            "first page": lambda: one.get(f"/api/v1/hours/?limit={PAGE}"),
            "deep page": lambda: one.get(deep),
            "few fields": lambda: one.get(f"/api/v1/hours/?limit={PAGE}&fields=id,date,minutes"),
            "bare write": lambda: one.post("/bare/write/", one.bare_body(place)),
            "write": lambda: one.post("/api/v1/hours/", one.body(place)),
            "write once": lambda: one.post("/api/v1/hours/", one.body(place), once=True),
        }
        for work in works.values():
            work()
        times: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(TRIES):
            for name, work in works.items():
                times[name].append(_milliseconds(work))
        found = {name: median(some) for name, some in times.items()}
        found["export, a thousand"] = _milliseconds(one.export) / (HOURS / 1000)
        found["batch of 500"] = _milliseconds(lambda: one.batch(place))
    return found


def ratios(found: dict[str, float]) -> list[tuple[str, float, float]]:
    """What is compared, how many times it is, and how many times it may be."""
    return [
        ("a page beside a bare view", found["first page"] / found["bare list"], 6),
        ("a deep page beside the first", found["deep page"] / found["first page"], 1.5),
        ("a write beside a bare view", found["write"] / found["bare write"], 6),
        ("a write that is done once", found["write once"] / found["write"], 1.6),
    ]


def _milliseconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


class _Program:
    """A program with a key, in this process: no network is measured."""

    def __init__(self, secret: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})
        self.sent = 0

    def get(self, address: str) -> Any:
        answer = self.client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}: {answer.content!r}")
        return answer

    def post(self, address: str, body: Any, *, once: bool = False) -> Any:
        self.sent += 1
        headers = {"Idempotency-Key": f"bench {self.sent}"} if once else {}
        answer = self.client.post(address, body, content_type="application/json", headers=headers)
        if answer.status_code not in {200, 201}:
            raise SystemExit(f"{address} answered {answer.status_code}: {answer.content!r}")
        return answer

    def deep(self) -> str:
        """The address of a page behind nine tenths of all hours."""
        days = Hour.objects.order_by("date").values_list("date", flat=True)
        first = self.get(f"/api/v1/hours/?limit=1&date_until={days[HOURS // 10]}").json()
        cursor = parse_qs(urlsplit(first["next"]).query)["cursor"][0]
        return f"/api/v1/hours/?limit={PAGE}&cursor={cursor}"

    def body(self, place: Membership) -> dict[str, Any]:
        """An hour of five minutes: a day has room for many."""
        project = Project.objects.filter(company=place.company_id).order_by("pk").first()
        activity = Activity.objects.filter(company=place.company_id).order_by("pk").first()
        day = date(2026, 6, 1 + self.sent % 28)
        found = {"date": day.isoformat(), "minutes": 5, "note": "Bench"}
        return {**found, "project": project and project.pk, "activity": activity and activity.pk}

    def bare_body(self, place: Membership) -> dict[str, Any]:
        """The same in columns."""
        said = self.body(place)
        named = {"project_id": said.pop("project"), "activity_id": said.pop("activity")}
        worth = {"billable_minutes": 5, "amount": "7.92", "rate": "95.0000", "missing": ""}
        return {**said, **named, **worth, "company_id": place.company_id, "membership_id": place.pk}

    def batch(self, place: Membership) -> None:
        """Five hundred hours in one request."""
        items = []
        for _ in range(500):
            self.sent += 1
            items.append(self.body(place) | {"minutes": 1})
        answer = self.post("/api/v1/hours/batch/", {"items": items}, once=True).json()
        if answer["refused"]:
            raise SystemExit(f"Of 500 hours {answer['refused']} were refused: {answer}")

    def export(self) -> None:
        """Every hour, as lines."""
        lines = sum(part.count(b"\n") for part in self.get("/api/v1/hours/export/"))
        if lines < HOURS:
            raise SystemExit(f"Only {lines} hours were exported.")

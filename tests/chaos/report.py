"""The tally in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from integrations.models import AfasAttempt, AfasConnection, AfasDocument
from tests.chaos.plan import Plan
from tests.chaos.verdict import Verdict
from tests.chaos.world import World

UNSENT = ("not_sent", "settled_by_reading")
MOST_TOLD = 40


def report(world: World, verdict: Verdict, seconds: float) -> Iterator[str]:
    """Lines to print."""
    plan = world.plan
    yield f"Chaos, seed {plan.seed}, {plan.variant}, one second lasts {plan.scale:g}"
    states = Counter((one.kind, one.state) for one in verdict.documents)
    for (kind, state), count in sorted(states.items()):
        yield _line(f"{kind} {state}", count)
    for name, count in _attempts(verdict.documents):
        yield _line(name, count)
    yield _line("waiting for a person at the end", len(verdict.for_a_person))
    for asks, count in Counter(one.asks for one in verdict.documents if one.asks).items():
        yield _line(f"  because {asks}", count)
    for name, count in sorted(world.tally.counts.items()):
        yield _line(name, count)
    for name, count in world.tally.faults.most_common():
        yield _line(f"fault {name}", count)
    sights = AfasConnection.objects.order_by("pk").values_list("sight_seconds", flat=True)
    yield f"  {'longest sight, in our seconds':45}{', '.join(map(str, sights)):>8}"
    share = f"{verdict.unaided:.1%} of {len(verdict.left_alone)}"
    yield f"  {'settled unaided of what was left alone':40}{share:>13}"
    yield _line("seconds", round(seconds))


def told_wrong(plan: Plan, wrong: list[str]) -> Iterator[str]:
    """What is wrong, at length but not without end."""
    if plan.variant.is_broken:
        yield "A safety rule is switched off, so something must be wrong."
    yield f"{len(wrong)} things are wrong:" if wrong else "Nothing is wrong."
    for sentence in wrong[:MOST_TOLD]:
        yield f"  - {sentence}"


def _attempts(documents: list[AfasDocument]) -> Iterator[tuple[str, int]]:
    attempts = AfasAttempt.objects.all()
    sent = attempts.exclude(outcome__in=UNSENT)
    yield "documents", len(documents)
    yield "attempts", attempts.count()
    yield "POSTs and DELETEs that left", sent.count()
    yield "without an answer that proves anything", sent.filter(outcome__in=("", "nothing")).count()
    yield "  of these the worker died", attempts.filter(finished_at__isnull=True).count()
    yield "documents that were ever unknown", sum(one.ever_unknown for one in documents)
    yield "  found in AFAS", _events("looked_up")
    yield "  proven absent and sent again", _events("absent")


def _events(action: str) -> int:
    from core.models import AuditEvent

    return AuditEvent.objects.filter(action=f"afas_document.{action}").count()


def _line(name: str, count: float) -> str:
    return f"  {name:45}{count:>8}"

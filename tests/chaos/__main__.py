"""`python -m tests.chaos`: play, judge, tell. Exit code 1 when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from tests.chaos.plan import Plan, plan_from
from tests.chaos.stage import Stage, stage_for
from tools.stack import ROOT

PRODUCTION = {"quiet_time": 1200.0, "flight": 330.0, "sweep": 60.0, "limit": 300.0}
ASKED = """
import json, django; django.setup()
from django.conf import settings
from integrations.models import AfasConnection
from integrations.services import rhythm
print(json.dumps({
    "quiet_time": rhythm.quiet_time(AfasConnection()).total_seconds(),
    "flight": rhythm.scaled(rhythm.FLIGHT_LIFETIME).total_seconds(),
    "sweep": settings.CELERY_BEAT_SCHEDULE["sweep"]["schedule"].total_seconds(),
    "limit": settings.CELERY_TASK_TIME_LIMIT,
}))
"""


def main() -> int:
    """Returns the exit code."""
    try:
        plan = plan_from(os.environ)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with stage_for(plan) as stage:
        if sentence := wrong_clocks(stage):
            sys.stderr.write(f"{sentence}\n")
            return 1
        return _played(plan, stage)


def wrong_clocks(stage: Stage) -> str:
    """What is wrong with the clocks: without a factor the values of production must hold."""
    plain = {name: value for name, value in stage.environment.items() if name != "TIME_SCALE"}
    plain |= {"DJANGO_SETTINGS_MODULE": "timechimp_afas.settings", "DEBUG": "0"}
    done = _python(plain)
    if done.returncode or json.loads(done.stdout) != PRODUCTION:
        return f"Without TIME_SCALE the values are not those of production: {done.stdout}"
    if not _python({**plain, "TIME_SCALE": str(stage.plan.scale)}).returncode:
        return "A production that is told to run its clocks fast must not start."
    return ""


def _python(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ASKED]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def _played(plan: Plan, stage: Stage) -> int:
    """The run itself; the product is imported only now, on its own database and clock."""
    os.environ.update(stage.environment, LOG_LEVEL="ERROR")
    import django

    django.setup()
    from tests.chaos import report, run
    from tests.chaos.verdict import Verdict

    begun = time.monotonic()
    say(f"Chaos with seed {plan.seed}: {plan.documents} documents, {plan.variant}.")
    world = run.prepare(stage)
    run.play(world)
    say(f"All was made; {run.moving().count()} documents are under way, and the sun shines.")
    run.drain(world)
    verdict = Verdict(world)
    wrong = verdict.wrong()
    for line in report.report(world, verdict, time.monotonic() - begun):
        say(line)
    for line in report.told_wrong(wrong):
        say(line)
    return 1 if wrong else 0


def say(line: str) -> None:
    """For whoever waits for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

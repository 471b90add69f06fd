"""The clocks of production hold wherever no factor is given, and production takes none."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.chaos.stage import Stage
from tools.stack import ROOT

PRODUCTION = {"quiet_time": 1200.0, "flight": 330.0, "claim": 60.0, "sweep": 60.0, "limit": 300.0}
ASKED = """
import json, django; django.setup()
from django.conf import settings
from integrations.models import AfasConnection
from integrations.services import rhythm
print(json.dumps({
    "quiet_time": rhythm.quiet_time(AfasConnection()).total_seconds(),
    "flight": rhythm.scaled(rhythm.FLIGHT_LIFETIME).total_seconds(),
    "claim": rhythm.scaled(rhythm.CLAIM_LIFETIME).total_seconds(),
    "sweep": settings.CELERY_BEAT_SCHEDULE["sweep"]["schedule"].total_seconds(),
    "limit": settings.CELERY_TASK_TIME_LIMIT,
}))
"""


def wrong_clocks(stage: Stage) -> str:
    """What is wrong with the clocks, in a sentence; empty when they are right."""
    plain = {name: value for name, value in stage.environment.items() if name != "TIME_SCALE"}
    plain |= {"DJANGO_SETTINGS_MODULE": "timechimp_afas.settings", "DEBUG": "0"}
    done = _python(plain)
    if done.returncode or json.loads(done.stdout) != PRODUCTION:
        said = done.stdout or done.stderr[-500:]
        return f"Without TIME_SCALE the values are not those of production: {said}"
    if not _python({**plain, "TIME_SCALE": str(stage.plan.scale)}).returncode:
        return "A production that is told to run its clocks fast must not start."
    return ""


def _python(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", ASKED]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

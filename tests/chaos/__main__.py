"""`python -m tests.chaos`: play, judge, tell.

Exit code 1 when something is wrong, or when a variant with a rule switched off finds nothing wrong.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from tests.chaos.clocks import wrong_clocks
from tests.chaos.plan import OTHERS, Plan, Variant, plan_from
from tests.chaos.stage import Stage, stage_for
from tools.stack import ROOT


def main() -> int:
    """Returns the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is taken down
    if os.environ.get("VARIANT") == OTHERS:
        return _all_others()
    try:
        plan = plan_from(os.environ)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with stage_for(plan) as stage:
        if sentence := wrong_clocks(stage):
            sys.stderr.write(f"{sentence}\n")
            return 1
        code = _played(plan, stage)
        if not code:
            stage.forget()
        return code


def _all_others() -> int:
    """The small variants, at the same time: they mostly wait."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.chaos"],
            cwd=ROOT,
            env={**os.environ, "VARIANT": variant},
            stdout=subprocess.PIPE,
            text=True,
        )
        for variant in Variant
        if variant != Variant.FULL
    ]
    try:
        for one in running:
            say(one.communicate()[0])
    finally:
        for one in running:
            one.terminate()
    return max(one.wait() for one in running)


def _played(plan: Plan, stage: Stage) -> int:
    """The run itself; the product is imported only now, on its own database and clock."""
    os.environ.update(stage.environment, LOG_LEVEL="ERROR")
    import django

    django.setup()
    from tests.chaos import report, run
    from tests.chaos.verdict import Verdict, judged

    begun = time.monotonic()
    say(f"Chaos with seed {plan.seed}: {plan.documents} documents, {plan.variant}.")
    world = run.prepare(stage)
    run.play(world)
    say(f"After {time.monotonic() - begun:.0f} s {run.moving().count()} are under way; calm.")
    run.drain(world)
    wrong = Verdict(world).wrong()
    if not plan.look_up:
        for line in report.report(world, Verdict(world), time.monotonic() - begun):
            say(line)
        say("What is unknown waits for a person; now people look into AFAS and settle it.")
        run.settle_by_hand(world)
        wrong += [*Verdict(world).unsettled(), *Verdict(world).wrong()]
    for line in report.report(world, Verdict(world), time.monotonic() - begun):
        say(line)
    for line in report.told_wrong(plan, wrong):
        say(line)
    return judged(plan, wrong)


def say(line: str) -> None:
    """For whoever waits for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Many runs at once, and what is said of them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

from django.db import connection

from tests.hostile import variants, world
from tests.hostile.run import Verdict, run_seed
from tests.hostile.variants import VARIANTS, Variant
from tests.hostile.world import Template

SHOWN = (
    "runs",
    "documents",
    "bookings",
    "reversed",
    "files",
    "posts",
    "unknown",
    "found",
    "absent",
    "repeats",
    "people",
    "violations",
)
ENOUGH_UNAIDED = 0.95
WORTH_JUDGING = 1000  # documents; of fewer the share is chance
AT_ONCE = 5  # seeds that a process takes in one go
MOST_SHOWN = 10


def tell(*words: object) -> None:
    """A line for whoever ran it."""
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def replay(seed: int, variant: str = "") -> int:
    """One seed again, told step by step."""
    template = world.make_template()
    switched_off = variants.named(variant) if variant else None
    verdict = _play(template, switched_off, seed, trace=True)
    tell("\n".join(verdict.trace))
    tell(f"seed {seed}:", *(verdict.violations or ["everything held"]))
    return int(bool(verdict.violations))


def as_shipped(base: int, seeds: int) -> int:
    """The services as they are: nothing may be wrong in any run."""
    tell(f"As shipped: seeds {base} to {base + seeds - 1}.")
    began = time.monotonic()
    total: Counter[str] = Counter()
    wrong: list[Verdict] = []
    for verdict in _all(range(base, base + seeds), None):
        total += verdict.tally
        if verdict.violations:
            wrong.append(verdict)
    tell(" · ".join(f"{name} {total[name]}" for name in SHOWN))
    share = total["unaided"] / max(1, total["granted"])
    tell(f"settled unaided where the look-up is granted: {share:.1%} of {total['granted']};")
    in_doubt = total["doubted alone"] / max(1, total["doubted"])
    tell(f"    of those that were ever unknown: {in_doubt:.1%} of {total['doubted']}")
    filed = total["filed alone"] / max(1, total["filed"])
    tell(f"files, which no list of AFAS shows: {filed:.1%} of {total['filed']} unaided")
    tell(f"{time.monotonic() - began:.0f} s")
    for verdict in sorted(wrong, key=lambda one: one.seed)[:MOST_SHOWN]:
        tell(f"seed {verdict.seed}:", "; ".join(map(str, verdict.violations)))
        tell(f"    make hostile SEED={verdict.seed}")
    too_few = total["granted"] >= WORTH_JUDGING and share < ENOUGH_UNAIDED
    return int(bool(wrong) or too_few)


def without(base: int, names: list[str] | None = None) -> int:
    """Each safety rule switched off in turn: the runs must show what it is for."""
    chosen = [one for one in VARIANTS if names is None or one.name in names]
    unnoticed = [one.name for one in chosen if not _is_noticed(base, one)]
    if unnoticed:
        tell("Switched off and not missed:", ", ".join(unnoticed))
    return int(bool(unnoticed))


def _is_noticed(base: int, variant: Variant) -> bool:
    """Until the first seed that shows it; the same seed must hold with the rule."""
    began = time.monotonic()
    for played, verdict in enumerate(_all(range(base, base + variant.budget), variant), start=1):
        found = [one for one in verdict.violations if one.kind in variant.expected]
        if found and not run_seed(_template(), verdict.seed, variant.mix).violations:
            seconds = time.monotonic() - began
            tell(f"without {variant.name}: after {played} seeds and {seconds:.0f} s,")
            tell(f"    {found[0]} (seed {verdict.seed})")
            return True
    tell(f"without {variant.name}: nothing in {variant.budget} seeds")
    return False


def _all(seeds: range, variant: Variant | None) -> Iterator[Verdict]:
    """The verdicts as they come, in the order of the seeds; leaving early stops the rest."""
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), _begin, (_template(),)) as pool:
        yield from pool.imap(partial(_one, variant.name if variant else ""), seeds, AT_ONCE)


_made: list[Template] = []


def _template() -> Template:
    if not _made:
        _made.append(world.make_template())
    return _made[0]


def _begin(template: Template) -> None:
    """A process of its own: another database, and no collecting of what lives for ever."""
    connection.connection = None
    _made[:] = [template]
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def _one(variant: str, seed: int) -> Verdict:
    return _play(_made[0], variants.named(variant) if variant else None, seed)


def _play(
    template: Template, variant: Variant | None, seed: int, *, trace: bool = False
) -> Verdict:
    if variant is None:
        return run_seed(template, seed, trace=trace)
    with variants.switched_off(variant):
        return run_seed(template, seed, variant.mix, dropped=variant.dropped, trace=trace)

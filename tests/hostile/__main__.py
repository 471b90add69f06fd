"""`python -m tests.hostile`: many seeds over all cores, then each rule switched off in turn.

--seeds says how many, --base which is the first. --seed plays one, with a trace of all that
happens; --variant one rule off, or "all"; both together trace a seed with the rule off.

Exits with 1 when something that must hold did not, or a rule was switched off and not missed.
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ["DATABASE_URL"] = "sqlite://:memory:"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["REDIS_URL"] = ""

import django

django.setup()

from tests.hostile import report  # noqa: E402 - Django comes first


def main() -> int:
    """Do what was asked; 0 when all of it held."""
    parser = argparse.ArgumentParser(prog="make hostile", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--base", type=int, default=1)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--variant", default="")
    asked = parser.parse_args()
    if asked.seed is not None:
        return report.replay(asked.seed, asked.variant)
    if asked.variant:
        return report.without(asked.base, None if asked.variant == "all" else [asked.variant])
    shipped = report.as_shipped(asked.base, asked.seeds)
    return report.without(asked.base) or shipped


if __name__ == "__main__":
    sys.exit(main())

"""What is to be played, and every choice of it, from one seed.

A choice is drawn by its subject and step ("kill a worker", 17), never from one running generator:
so the same seed asks the same of step 17, however the processes raced each other before it. What
they make of it depends on the machine; that cannot be replayed with real processes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SCALE = 1 / 40  # 899 seconds of AFAS are 22.5 of ours, a sweep each 1.5
DOCUMENTS, FEW_DOCUMENTS = 500, 60
OTHERS = "others"  # every variant but the full one


class Variant(StrEnum):
    """Which rules hold: all of them, those without a look-up, or all but one."""

    FULL = "full"
    NO_LOOK_UP = "no_look_up"
    NO_QUIET_TIME = "no_quiet_time"
    PLAIN_RETRY = "plain_retry"

    @property
    def is_broken(self) -> bool:
        """Whether a safety rule is switched off, so that the run must find something wrong."""
        return self in {Variant.NO_QUIET_TIME, Variant.PLAIN_RETRY}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run. `scale` is how many of our seconds a second of the product and of AFAS lasts."""

    seed: int
    documents: int = DOCUMENTS
    variant: Variant = Variant.FULL
    scale: float = SCALE

    @property
    def look_up(self) -> bool:
        """Whether AFAS shows our references."""
        return self.variant != Variant.NO_LOOK_UP

    def dice(self, subject: str, step: int) -> random.Random:
        """The choices of one subject at one step, the same in every run with this seed."""
        return random.Random(f"{self.seed}/{subject}/{step}")

    def ours(self, seconds: float) -> float:
        """How long `seconds` of the product and of AFAS last here."""
        return seconds * self.scale


def plan_from(environment: Mapping[str, str]) -> Plan:
    """Read SEED, DOCUMENTS and VARIANT. Raises ValueError with a sentence for what cannot be."""
    variant = environment.get("VARIANT") or Variant.FULL
    if variant not in set(Variant):
        known = ", ".join([*Variant, OTHERS])
        raise ValueError(f"There is no variant {variant}; there are {known}.")
    usual = DOCUMENTS if variant == Variant.FULL else FEW_DOCUMENTS
    return Plan(
        seed=_number(environment, "SEED", int(time.time()) % 100_000),
        documents=_number(environment, "DOCUMENTS", usual),
        variant=Variant(variant),
    )


def _number(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environment.get(name) or str(otherwise)
    if not text.isdigit() or not int(text):
        raise ValueError(f"{name} is {text!r}: give a whole number above 0.")
    return int(text)

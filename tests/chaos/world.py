"""What all who take part share: the plan, the companies, AFAS and the tally."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from core.errors import DomainError
from tests.chaos.companies import Site
from tests.chaos.plan import Plan
from tests.chaos.pretend import Afas
from tests.chaos.stage import Stage


@dataclass
class Tally:
    """What happened, counted. Safe to use from several threads."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    sentences: Counter[str] = field(default_factory=Counter)
    accidents: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str, times: int = 1) -> None:
        """One more of something."""
        with self._lock:
            self.counts[what] += times

    def told(self, who: str, error: DomainError) -> None:
        """A person was refused, with a sentence."""
        with self._lock:
            self.counts[f"refused to a person ({who})"] += 1
            self.sentences[f"{who}: {error.message[:100]}"] += 1

    def accident(self, sentence: str) -> None:
        """Something that must never happen."""
        with self._lock:
            self.accidents.append(sentence)


@dataclass
class World:
    """The run. `touched` are documents that a person answered, cancelled or retried."""

    plan: Plan
    stage: Stage
    afas: Afas
    sites: list[Site]
    tally: Tally = field(default_factory=Tally)
    touched: set[UUID] = field(default_factory=set)

    def site_of(self, company_id: int) -> Site:
        """The company's people."""
        return next(one for one in self.sites if one.company.pk == company_id)

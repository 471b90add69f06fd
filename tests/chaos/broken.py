"""One safety rule switched off, in every process of the run; the product has no such switch."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.apps import AppConfig

from tests.chaos.plan import Variant


class Broken(AppConfig):
    """Takes one rule out when everything is loaded."""

    name = "tests.chaos"
    label = "chaos"

    def ready(self) -> None:
        """CHAOS_VARIANT says which."""
        BROKEN[Variant(os.environ["CHAOS_VARIANT"])]()


def no_quiet_time() -> None:
    """Three look-ups that do not show it are enough, although AFAS may still be working."""
    from integrations.services import rhythm

    rhythm.SWEEPS_FOR_ABSENCE = 0
    _replace_everywhere(rhythm.quiet_time, lambda _connection: timedelta(0))


def plain_retry() -> None:
    """No answer means: again, as every simple client does it."""
    from integrations.services import claims, outcomes, settling

    real = outcomes.outcome_of

    def hopeful(error: Any) -> outcomes.Outcome:
        outcome = real(error)
        is_open = outcome.proof is outcomes.Proof.NOTHING
        return replace(outcome, proof=outcomes.Proof.NOT_STARTED) if is_open else outcome

    def again(document: Any, message: str = "") -> bool:
        return claims.put_back(document, message=message)

    _replace_everywhere(real, hopeful)
    _replace_everywhere(settling.make_unknown, again)


def _replace_everywhere(real: Callable[..., Any], other: Callable[..., Any]) -> None:
    """In every service that knows it by its name."""
    package = importlib.import_module("integrations.services")
    replaced = 0
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"integrations.services.{found.name}")
        if getattr(module, real.__name__, None) is real:
            setattr(module, real.__name__, other)
            replaced += 1
    assert replaced, f"{real.__name__} is not where it was"


BROKEN = {Variant.NO_QUIET_TIME: no_quiet_time, Variant.PLAIN_RETRY: plain_retry}

"""Ten thousand random companies' worth of work: no cent is lost, added or billed twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.money.companies import WORKS, Work
from tests.money.on_paper import print_all
from tests.money.play import play

# On paper all of them; through the database, which is slower, one in ten.
EXAMPLES = int(os.environ.get("EXAMPLES") or 200)
SEED = int(os.environ.get("SEED") or 2026)
SHARDS = 8 if EXAMPLES >= 800 else 2


def play_all(one: Callable[[Work], None], examples: int, shard: int) -> None:
    """Play so many examples; a failing one is made as small as it can be and shown."""

    @seed(SEED + shard)
    @settings(
        max_examples=max(1, examples // SHARDS),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(WORKS)
    def each(work: Work) -> Any:
        one(work)

    each()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_claims_lines_vat_ubl_and_pdf_are_those_of_whole_cents(shard: int) -> None:
    play_all(print_all, EXAMPLES, shard)


@pytest.mark.django_db
@pytest.mark.parametrize("shard", range(SHARDS))
def test_what_is_billed_and_wholly_credited_is_unbilled_as_before(shard: int) -> None:
    play_all(play, EXAMPLES // 10, shard)

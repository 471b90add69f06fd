"""What a random company did, as plain integers: the only thing the truth and the product share."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

TREATMENTS = ("", "high", "low", "zero", "exempt", "outside")
CUSTOMERS = ("", "low", "reverse", "reverse_eu", "export", "exempt")
GROUPINGS = ("activity", "project", "entry", "one")
STEPS = (5, 6, 10, 15, 30, 60)


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One thing to bill. `measure` is minutes, hundredths of a unit or tenths of a km one way;
    `price` is EUR 0.0001 (EUR 0.01 of a planned amount); `what` numbers the activity or category,
    `day` counts from 1 December 2026, and `project` is 0 or 1.
    """

    kind: str
    measure: int
    price: int
    what: int
    day: int
    project: int
    is_return: bool = False


@dataclass(frozen=True, kw_only=True)
class Work:
    """All that one customer is billed for, and how. `vat_from_january` is a new high rate, 0.01 %.

    `credits` says for each line, by its place, in which credit note it goes.
    """

    things: tuple[Thing, ...]
    treatments: tuple[str, ...]
    customer: str
    company: str
    rule: str
    step: int
    grouping: str
    vat_from_january: int
    credits: tuple[int, ...]


def _thing(
    kind: str, measure: st.SearchStrategy[int], price: st.SearchStrategy[int]
) -> st.SearchStrategy[Thing]:
    return st.builds(
        Thing,
        kind=st.just(kind),
        measure=measure,
        price=price,
        what=st.integers(0, 2),
        day=st.integers(0, 60),
        project=st.integers(0, 1),
        is_return=st.booleans() if kind == "ride" else st.just(False),
    )


RATES = st.one_of(
    st.sampled_from([950_000, 1_000_000, 873_333, 2_250, 0]), st.integers(0, 3_000_000)
)
COSTS = st.integers(0, 500_000).map(lambda cents: cents * 100)
AMOUNTS = st.integers(-50_000, 2_000_000).filter(bool)
THINGS = st.one_of(
    _thing("hour", st.integers(1, 1440), RATES),
    _thing(
        "expense",
        st.integers(-500, 5_000).filter(bool),
        st.integers(0, 500_000).map(lambda n: n * 100),
    ),
    _thing("ride", st.integers(1, 5_000), st.integers(0, 10_000)),
    _thing("instalment", st.just(1), AMOUNTS),
    _thing("subscription_period", st.just(1), AMOUNTS),
)
WORKS = st.builds(
    Work,
    things=st.lists(THINGS, min_size=1, max_size=14).map(tuple),
    treatments=st.tuples(*[st.sampled_from(TREATMENTS)] * 3),
    customer=st.sampled_from(CUSTOMERS),
    company=st.sampled_from(["high", "high", "high", "low", "exempt"]),
    rule=st.sampled_from(["none", "none", "nearest", "up"]),
    step=st.sampled_from(STEPS),
    grouping=st.sampled_from(GROUPINGS),
    vat_from_january=st.sampled_from([2100, 2100, 2200, 2150]),
    credits=st.lists(st.integers(0, 2), min_size=14, max_size=14).map(tuple),
)

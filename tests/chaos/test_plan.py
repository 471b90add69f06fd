"""The same seed asks for the same, step by step; what cannot be asked for is said."""

from __future__ import annotations

import pytest

from tests.chaos.plan import Plan, Variant, plan_from


def test_the_same_seed_and_step_give_the_same_choice_whatever_was_drawn_before() -> None:
    first, again = Plan(seed=7), Plan(seed=7)
    first.dice("mischief", 3).random()
    assert first.dice("mischief", 17).random() == again.dice("mischief", 17).random()
    assert again.dice("mischief", 17).random() != again.dice("mischief", 18).random()
    assert again.dice("mischief", 17).random() != again.dice("Anna", 17).random()
    assert again.dice("Anna", 1).random() != Plan(seed=8).dice("Anna", 1).random()


def test_what_is_asked_for_is_played() -> None:
    plan = plan_from({"SEED": "5", "DOCUMENTS": "20", "VARIANT": "no_look_up"})
    assert (plan.seed, plan.documents, plan.variant) == (5, 20, Variant.NO_LOOK_UP)
    assert not plan.look_up
    assert plan_from({"SEED": "5", "VARIANT": ""}) == Plan(seed=5, documents=500)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"SEED": "x"}, "SEED is 'x'"),
        ({"DOCUMENTS": "0"}, "DOCUMENTS is '0'"),
        ({"VARIANT": "none"}, "There is no variant none; there are full,"),
    ],
)
def test_what_cannot_be_played_is_said(asked: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plan_from(asked)

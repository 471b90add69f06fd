"""Random faults from a seed: repeatable, weighted, counted, and over at once when asked."""

import json
import time
import urllib.error
from collections import Counter
from typing import Any

import pytest
import requests

from sandbox import weather
from sandbox.misbehaviour import BEHAVIOURS
from sandbox.testing import Running
from tests.sandbox.conftest import Client, invoice

QUICK = {"unavailable": 1, "locked": 1, "rubbish_before_commit": 2}


def outcomes(afas: Client, times: int) -> list[int]:
    return [afas.post("FbDirectInvoice", invoice()).status_code for _ in range(times)]


def test_the_same_seed_gives_the_same_weather_and_another_another(
    sandbox: Running, afas: Client
) -> None:
    def played(seed: int) -> list[int]:
        sandbox.weather(seed=seed, share=0.5, faults=QUICK)
        return outcomes(afas, 24)

    first = played(7)

    assert first == played(7)
    assert first != played(8)
    assert {201, 503} < set(first)


def test_the_share_and_the_weights_are_kept(sandbox: Running, afas: Client) -> None:
    sandbox.weather(seed=1, share=0.3, faults={"locked": 3, "unavailable": 1, "slow": 0})

    counted = Counter(outcomes(afas, 200))

    tally = sandbox.state()["weather"]
    assert (tally["met"], tally["seed"], tally["share"]) == (200, 1, 0.3)
    assert tally["struck"] == {"locked": counted[500], "unavailable": counted[503]}
    assert 40 <= counted[500] + counted[503] <= 80
    assert counted[500] > counted[503] > 0
    assert len(sandbox.state()["invoices"]) == counted[201]


def test_a_duration_is_drawn_up_to_the_longest(sandbox: Running, afas: Client) -> None:
    sandbox.weather(seed=3, share=1, faults={"unavailable": 1}, retry_after=1000)

    answers = [afas.post("FbDirectInvoice", invoice()) for _ in range(20)]

    waits = [int(answer.headers["Retry-After"]) for answer in answers]
    assert max(waits) <= 1000
    assert max(waits) > 500 > min(waits)


def test_a_late_commit_of_the_weather_comes_within_the_longest(
    sandbox: Running, afas: Client
) -> None:
    sandbox.weather(seed=5, share=1, faults={"hang_up_then_commit": 1}, longest=0.5)

    with pytest.raises(requests.ConnectionError):
        afas.post("FbDirectInvoice", invoice())

    time.sleep(0.8)
    assert len(sandbox.state()["invoices"]) == 1


def test_reads_are_spared_unless_they_are_meant(sandbox: Running, afas: Client) -> None:
    sandbox.weather(seed=1, share=1, faults={"unavailable": 1, "locked": 1})
    assert afas.get("metainfo").status_code == 200

    sandbox.weather(seed=1, share=1, faults={"unavailable": 1, "locked": 1}, reads=True)
    assert [afas.get("metainfo").status_code for _ in range(10)] == [503] * 10

    sandbox.weather(seed=1, share=1, faults={"locked": 1}, reads=True)
    assert afas.get("metainfo").status_code == 200


def test_an_environment_of_its_own_goes_before_all_of_them(sandbox: Running, afas: Client) -> None:
    sandbox.weather(seed=1, share=1, faults={"unavailable": 1})
    sandbox.weather(seed=1, share=1, faults={"locked": 1}, environment="12345")

    assert outcomes(afas, 2) == [500, 500]
    assert sandbox.state("12345")["weather"]["struck"] == {"locked": 2}
    assert sandbox.state("54321")["weather"]["struck"] == {}


def test_one_environment_can_be_spared(sandbox: Running, afas: Client) -> None:
    sandbox.weather(seed=1, share=1, faults={"unavailable": 1})
    sandbox.weather(share=0, environment="12345")

    assert outcomes(afas, 2) == [201, 201]


def test_an_ordered_fault_goes_before_the_weather(sandbox: Running, afas: Client) -> None:
    sandbox.weather(seed=1, share=1, faults={"unavailable": 1})
    sandbox.fault("locked", connector="FbDirectInvoice")

    assert outcomes(afas, 2) == [500, 503]
    assert sandbox.state()["weather"]["met"] == 1


@pytest.mark.parametrize(("door", "wish"), [("weather", {"share": 0}), ("calm", {})])
def test_the_weather_ends_when_asked_and_its_tally_stays(
    sandbox: Running, afas: Client, door: str, wish: dict[str, Any]
) -> None:
    sandbox.weather(seed=1, share=1, faults={"unavailable": 1}, environment="12345")
    assert outcomes(afas, 2) == [503, 503]

    sandbox.order(door, wish)

    assert outcomes(afas, 2) == [201, 201]
    tally = sandbox.state()["weather"]
    assert (tally["share"], tally["met"], tally["struck"]) == (0.0, 2, {"unavailable": 2})
    sandbox.reset()
    assert sandbox.state()["weather"] == {}


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"share": 1.5}, "share is from 0 to 1"),
        ({"share": 0.5, "longest": 900}, "longest is from 0 to 899"),
        ({"share": 0.5, "faults": {"hail": 1}}, "there is no fault 'hail'"),
        ({"share": 0.5, "faults": {"slow": -1}}, "the weight of slow is 0 or more"),
        ({"share": 0.5, "colour": "blue"}, "colour"),
        ({"share": 0.5, "environment": "12354"}, "no environment 12354"),
    ],
)
def test_weather_that_makes_no_sense_is_told_so(
    sandbox: Running, wish: dict[str, Any], says: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        sandbox.weather(**wish)

    assert told.value.code == 400
    assert says in json.load(told.value)["error"]


def test_the_faults_of_fair_weather_are_all_known() -> None:
    assert weather.DEFAULT_FAULTS.keys() <= BEHAVIOURS.keys()

"""App connectors of one kind, credentials that expire, addresses that are refused."""

import json
import time
import urllib.error
from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox import clock, seed
from sandbox.testing import Running, running
from tests.sandbox.conftest import Client, invoice

LONG_AGO = (clock.today() - timedelta(days=2)).isoformat()
NEXT_WEEK = (clock.today() + timedelta(days=7)).isoformat()


def ask(afas: Client, **more: Any) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": seed.LIVE_CLIENT_ID,
        "client_secret": seed.LIVE_CLIENT_SECRET,
    }
    return requests.post(f"{afas.base}/oauth/token", data=form, timeout=10, **more)


def signed_in(afas: Client) -> Client:
    """The same environment, called by its OAuth client."""
    given = ask(afas).json()["access_token"]
    return Client(afas.base, headers={"Authorization": f"Bearer {given}"})


def assert_empty(answer: requests.Response, status: int) -> None:
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers["Content-Type"] == "application/xml"


def test_a_hybrid_app_connector_takes_both_kinds(sandbox: Running, afas: Client) -> None:
    assert signed_in(afas).get("metainfo").status_code == 200
    assert afas.get("metainfo").status_code == 200


def test_an_oauth_app_connector_takes_no_classic_token(sandbox: Running, afas: Client) -> None:
    sandbox.setting("app_connector", "oauth")

    assert_empty(afas.get("metainfo"), 401)
    assert_empty(afas.post("FbDirectInvoice", invoice()), 401)
    assert signed_in(afas).get("metainfo").status_code == 200
    assert sandbox.state()["invoices"] == []


def test_a_classic_app_connector_takes_no_oauth_client(sandbox: Running, afas: Client) -> None:
    client = signed_in(afas)
    sandbox.setting("app_connector", "classic")

    assert_empty(client.get("metainfo"), 401)
    assert_empty(ask(afas), 401)
    assert afas.get("metainfo").status_code == 200


def test_a_token_is_refused_after_the_day_on_which_it_ends(sandbox: Running, afas: Client) -> None:
    for day in (NEXT_WEEK, clock.today().isoformat()):
        sandbox.order("expire", {"token": seed.LIVE_TOKEN, "on": day})
        assert afas.get("metainfo").json()["info"]["tokenExpiry"] == day

    sandbox.order("expire", {"token": seed.LIVE_TOKEN, "on": LONG_AGO})

    assert_empty(afas.get("metainfo"), 401)


def test_a_client_secret_that_ended_is_an_invalid_client(sandbox: Running, afas: Client) -> None:
    client = signed_in(afas)
    sandbox.order("expire", {"client_id": seed.LIVE_CLIENT_ID, "on": NEXT_WEEK})
    assert client.get("metainfo").json()["info"]["tokenExpiry"] == NEXT_WEEK

    sandbox.order("expire", {"client_id": seed.LIVE_CLIENT_ID, "on": f"{LONG_AGO}T12:00:00"})

    answer = ask(afas)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})
    assert_empty(client.get("metainfo"), 401)


def test_access_tokens_can_end_before_their_time(sandbox: Running, afas: Client) -> None:
    client = signed_in(afas)
    sandbox.order("expire", {"client_id": seed.LIVE_CLIENT_ID, "access": True})

    assert_empty(client.get("metainfo"), 401)
    assert signed_in(afas).get("metainfo").status_code == 200


def test_an_access_token_lives_as_long_as_the_scale_says() -> None:
    with running(scale=0.0003) as sandbox:
        afas = Client(f"{sandbox.url}/12345/ProfitRestServices")
        answer = ask(afas).json()
        client = Client(afas.base, headers={"Authorization": f"Bearer {answer['access_token']}"})

        assert (answer["expires_in"], client.get("metainfo").status_code) == (1, 200)
        time.sleep(1.2)
        assert_empty(client.get("metainfo"), 401)


def test_an_environment_can_refuse_the_address_of_whoever_calls(
    sandbox: Running, afas: Client
) -> None:
    elsewhere = Client(f"{sandbox.url}/54321/ProfitRestServices", seed.EIK_TOKEN)
    bare = Client(f"{sandbox.url}/ProfitRestServices")
    sandbox.order("ip", {"environment": "12345"})

    for refused in (afas.get("metainfo"), bare.get("metainfo"), ask(afas)):
        assert_empty(refused, 403)
    assert elsewhere.get("metainfo").status_code == 200
    sandbox.order("ip", {"environment": "12345", "refused": False})
    assert afas.get("metainfo").status_code == 200


def test_one_credential_can_have_its_address_refused(sandbox: Running, afas: Client) -> None:
    client = signed_in(afas)
    sandbox.order("ip", {"client_id": seed.LIVE_CLIENT_ID})

    assert_empty(client.get("metainfo"), 403)
    assert_empty(ask(afas), 403)
    assert afas.get("metainfo").status_code == 200


@pytest.mark.parametrize(
    ("door", "wish", "says"),
    [
        ("expire", {"token": seed.LIVE_TOKEN, "on": "next week"}, "next week"),
        ("expire", {"client_id": "nobody", "on": "2026-01-01"}, "no such credential"),
        ("ip", {"environment": "99999"}, "no environment 99999"),
        ("grant", {"token": seed.LIVE_TOKEN, "add": ["Nothing"]}, "no connector Nothing"),
        (
            "setting",
            {"environment": "12345", "name": "app_connector", "value": "basic"},
            "one of hybrid, classic, oauth",
        ),
    ],
)
def test_an_order_that_makes_no_sense_is_told_so(
    sandbox: Running, door: str, wish: dict[str, Any], says: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        sandbox.order(door, wish)

    assert says in json.load(told.value)["error"]

import base64

import pytest
import requests

from sandbox import seed
from sandbox.testing import Running
from tests.sandbox.conftest import Client, afas_token


def assert_empty_refusal(answer: requests.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.content == b""
    assert answer.headers["Content-Type"] == "application/xml"


@pytest.mark.parametrize(
    ("environment", "token", "environment_id"),
    [
        ("12345", seed.LIVE_TOKEN, "O12345AA"),
        ("12345test", seed.TEST_TOKEN, "T12345AA"),
        ("54321", seed.EIK_TOKEN, "O54321AA"),
    ],
)
def test_a_token_opens_its_own_environment(
    sandbox: Running, environment: str, token: str, environment_id: str
) -> None:
    client = Client(f"{sandbox.url}/{environment}/ProfitRestServices", token)

    info = client.get("metainfo").json()["info"]

    assert info["envid"] == environment_id
    assert info["tokenExpiry"] == "2027-05-01"


def test_under_the_bare_path_the_token_alone_tells_the_environment(sandbox: Running) -> None:
    bare = Client(f"{sandbox.url}/ProfitRestServices", seed.TEST_TOKEN)

    assert bare.get("metainfo").json()["info"]["envid"] == "T12345AA"


def test_the_path_is_taken_in_any_capitals(sandbox: Running) -> None:
    client = Client(f"{sandbox.url}/12345TEST/profitrestservices", seed.TEST_TOKEN)

    assert client.get("MetaInfo").status_code == 200


@pytest.mark.parametrize(
    "token", [seed.TEST_TOKEN, seed.EIK_TOKEN, seed.REVOKED_TOKEN, seed.user_token("0" * 64)]
)
def test_a_token_of_elsewhere_revoked_or_unknown_gets_an_empty_401(
    afas: Client, token: str
) -> None:
    afas.token = token

    answer = afas.get("metainfo")

    assert_empty_refusal(answer, 401)
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_refused_address_gets_an_empty_403(afas: Client) -> None:
    afas.token = seed.REFUSED_IP_TOKEN

    assert_empty_refusal(afas.get("metainfo"), 403)


DATA = seed.LIVE_TOKEN.removeprefix("<token><version>1</version><data>")[:64]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "AfasToken",
        f"AfasToken {seed.LIVE_TOKEN}",
        f"AfasToken {base64.b64encode(DATA.encode()).decode()}",
        afas_token(seed.LIVE_TOKEN + "\r\n"),
        afas_token(seed.LIVE_TOKEN).replace("AfasToken", "Bearer"),
    ],
    ids=["none", "empty", "unencoded", "only the data", "trailing newline", "as bearer"],
)
def test_a_token_that_is_written_wrongly_gets_401(afas: Client, header: str) -> None:
    afas.headers["Authorization"] = header

    assert_empty_refusal(afas.get("metainfo"), 401)


def test_an_unknown_participant_is_not_found(sandbox: Running) -> None:
    assert Client(f"{sandbox.url}/99999/ProfitRestServices").get("metainfo").status_code == 404
    assert Client(f"{sandbox.url}/1234/ProfitRestServices").get("metainfo").status_code == 404


def ask_access_token(afas: Client, **more: object) -> requests.Response:
    return requests.post(f"{afas.base}/oauth/token", timeout=10, **more)  # type: ignore[arg-type]


def client_credentials(**changes: str) -> dict[str, str]:
    form = {"grant_type": "client_credentials", "client_id": seed.LIVE_CLIENT_ID}
    return form | {"client_secret": seed.LIVE_CLIENT_SECRET} | changes


def test_client_credentials_in_a_form_give_an_access_token_that_works(afas: Client) -> None:
    given = ask_access_token(afas, data=client_credentials()).json()
    afas.headers["Authorization"] = f"Bearer {given['access_token']}"

    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    assert "refresh_token" not in given
    assert afas.get("metainfo").json()["info"]["tokenExpiry"] == seed.OAUTH_EXPIRY


def test_client_credentials_by_http_basic_give_an_access_token(afas: Client) -> None:
    basic = (seed.LIVE_CLIENT_ID, seed.LIVE_CLIENT_SECRET)
    answer = ask_access_token(afas, data={"grant_type": "client_credentials"}, auth=basic)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (client_credentials(client_secret="wrong"), "invalid_client"),
        (client_credentials(client_id="nobody"), "invalid_client"),
        (
            client_credentials(
                client_id=seed.TEST_CLIENT_ID, client_secret=seed.TEST_CLIENT_SECRET
            ),
            "invalid_client",
        ),
        (client_credentials(grant_type=""), "invalid_request"),
        (client_credentials(grant_type="password"), "unsupported_grant_type"),
    ],
)
def test_wrong_client_credentials_get_400_and_the_reason(
    afas: Client, form: dict[str, str], error: str
) -> None:
    answer = ask_access_token(afas, data=form)

    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_failed_basic_login_gets_401(afas: Client) -> None:
    basic = (seed.LIVE_CLIENT_ID, "wrong")
    answer = ask_access_token(afas, data={"grant_type": "client_credentials"}, auth=basic)

    assert_empty_refusal(answer, 401)


def test_a_revoked_token_is_refused_and_can_be_restored(sandbox: Running, afas: Client) -> None:
    sandbox.order("revoke", {"token": seed.LIVE_TOKEN})
    assert afas.get("metainfo").status_code == 401

    sandbox.order("revoke", {"token": seed.LIVE_TOKEN, "revoked": False})
    assert afas.get("metainfo").status_code == 200


def test_revoking_a_client_ends_the_access_tokens_it_was_given(
    sandbox: Running, afas: Client
) -> None:
    given = ask_access_token(afas, data=client_credentials()).json()
    afas.headers["Authorization"] = f"Bearer {given['access_token']}"

    sandbox.order("revoke", {"client_id": seed.LIVE_CLIENT_ID})

    assert afas.get("metainfo").status_code == 401

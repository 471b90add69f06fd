"""The two credentials: read from whatever was pasted, sent rightly, never shown."""

from __future__ import annotations

import base64
import logging
import threading
import time
import traceback

import pytest
import requests
import responses

from integrations.afas.auth import AfasToken, ClientCredentials, NotAToken, read_token
from integrations.afas.client import AfasClient
from integrations.afas.errors import AfasError, Busy, Denied, Unreachable
from tests.afas.wires import drips, says, wire

DATA = "0123456789ABCDEFabcdef0123456789" * 2
XML = f"<token><version>1</version><data>{DATA}</data></token>"
BASE64 = base64.b64encode(XML.encode()).decode()
TOKEN_URL = "https://afas.test/ProfitRestServices/oauth/token"
SECRET = "s3cret/with+strange&signs=XYZ9"


def header_of(auth):
    request = requests.Request("GET", "https://afas.test/", auth=auth).prepare()
    return request.headers["Authorization"]


@pytest.mark.parametrize(
    "pasted",
    [
        XML,
        DATA,
        BASE64,
        f"  {XML}\r\n",
        f"\ufeff{XML}",
        f'"{XML}"',
        f"“{DATA}”",
        f"<?xml version='1.0' encoding='utf-16'?>\n{XML}",
        XML.replace("><", ">\r\n  <"),
        XML.replace(DATA, f"\n   {DATA}\n  "),
        XML.replace(DATA, f"{DATA[:32]}\n{DATA[32:]}"),
        XML.upper().replace(DATA.upper(), DATA),
        XML.replace("<version>1</version>", ""),
        XML.replace("<", "&lt;").replace(">", "&gt;"),
        BASE64.rstrip("="),
        f"{BASE64[:60]}\n{BASE64[60:]}",
        base64.urlsafe_b64encode(XML.encode()).decode(),
        base64.b64encode(DATA.encode()).decode(),
        base64.b64encode(f"{XML}\r\n".encode()).decode(),
        f"AfasToken {BASE64}",
        f"Authorization: AfasToken {BASE64}",
    ],
)
def test_a_token_is_accepted_however_it_is_pasted(pasted):
    assert read_token(pasted).canonical == XML


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("", "empty"),
        (' "" ', "empty"),
        ("AfasToken ", "empty"),
        ("x" * 5000, "too_long"),
        ("<token>", "not_xml"),
        ("<html><body>Log in</body></html>", "not_xml"),
        ("<!DOCTYPE token>" + XML, "not_xml"),
        (XML + XML, "not_xml"),
        (XML.replace("1</version>", "2</version>"), "version"),
        ("<token><version>1</version></token>", "no_data"),
        ("<token><!-- x --><version>1</version><data> </data></token>", "not_xml"),
        ("<token><?x y?><data> </data></token>", "no_data"),
        (DATA[:-1], "wrong_length"),
        (DATA + "0", "wrong_length"),
        (XML.replace("0123", "0x23"), "not_hex"),
        ("not a token at all", "not_hex"),
        ("hallo", "not_hex"),
        ("é" * 64, "not_hex"),
        (base64.b64encode(b"something else").decode(), "not_hex"),
    ],
)
def test_what_is_no_token_says_why(pasted, reason):
    with pytest.raises(NotAToken) as caught:
        AfasToken(pasted)
    assert caught.value.reason == reason
    assert str(caught.value) == f"not an AFAS token: {reason}"


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><token><data>&x;</data></token>',
        '<!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><token><data>&b;</data></token>',
        "<token><data>&x;</data></token>",
    ],
)
def test_entities_are_not_resolved(attack):
    with pytest.raises(NotAToken, match="not_xml"):
        AfasToken(attack)


def test_the_whole_xml_is_encoded_on_one_line():
    assert header_of(AfasToken(f"{XML}\r\n")) == f"AfasToken {BASE64}"


def test_only_the_last_four_characters_are_shown():
    token = AfasToken(XML)
    assert token.last4 == "6789"
    assert repr(token) == "<AfasToken …6789>"


def test_what_was_pasted_is_in_no_traceback():
    wrong = XML.replace("</token>", "")
    with pytest.raises(NotAToken) as caught:
        AfasToken(wrong)
    assert DATA not in "".join(traceback.format_exception(caught.value))


def credentials(**changes):
    return ClientCredentials("client-1", SECRET, changes.pop("url", TOKEN_URL), **changes)


def grants(token="abc", **more):
    return responses.post(
        TOKEN_URL, json={"access_token": token, "token_type": "Bearer", "expires_in": 3600} | more
    )


@responses.activate
def test_client_credentials_are_posted_as_a_form_and_answered_with_a_bearer():
    grants()
    assert header_of(credentials()) == "Bearer abc"
    request = responses.calls[0].request
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in request.headers
    body = dict(part.split("=") for part in request.body.decode().split("&"))
    assert body["grant_type"] == "client_credentials"
    assert requests.utils.unquote(body["client_secret"]) == SECRET


@responses.activate
def test_an_access_token_is_kept_until_a_minute_before_its_end():
    grants("first", expires_in=60.4)
    auth = credentials()
    assert header_of(auth) == "Bearer first"
    grants("second")
    assert header_of(auth) == "Bearer first"
    time.sleep(0.45)
    assert header_of(auth) == "Bearer second"
    assert len(responses.calls) == 2


@responses.activate
def test_refresh_fetches_even_when_the_token_is_still_good():
    grants("first")
    auth = credentials()
    assert header_of(auth) == "Bearer first"
    grants("second")
    auth.refresh()
    assert header_of(auth) == "Bearer second"


@responses.activate
def test_a_token_that_could_not_be_renewed_is_not_used_any_more():
    grants("first")
    auth = credentials()
    auth.refresh()
    responses.replace(responses.POST, TOKEN_URL, status=400, json={"error": "invalid_client"})
    with pytest.raises(Denied):
        auth.refresh()
    with pytest.raises(Denied):
        header_of(auth)


@responses.activate
def test_threads_share_one_fetch():
    grants()
    auth = credentials()
    threads = [threading.Thread(target=header_of, args=(auth,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(responses.calls) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (400, {"error": "invalid_client"}, Denied, "invalid_client"),
        (400, ["rubbish"], Denied, "HTTP status 400"),
        (401, {"error": "invalid_client"}, Denied, "401"),
        (403, {}, Denied, "403"),
        (503, {"error": {}, "retry_after": 10}, Busy, "503"),
        (503, {}, Unreachable, "503"),
        (502, {}, Unreachable, "502"),
        (302, {}, Unreachable, "302"),
        (404, {}, Unreachable, "404"),
        (200, {"token": "wrong name"}, Unreachable, "no access token"),
        (200, {"access_token": ""}, Unreachable, "no access token"),
        (200, {"access_token": "with\r\nbreak"}, Unreachable, "no access token"),
    ],
)
@responses.activate
def test_every_answer_to_a_fetch_means_a_next_step(status, body, kind, message):
    responses.post(TOKEN_URL, status=status, json=body)
    with pytest.raises(AfasError, match=message) as caught:
        credentials().refresh()
    assert type(caught.value) is kind
    assert caught.value.body == ""


@responses.activate
def test_rubbish_instead_of_a_refusal_is_no_refusal():
    responses.post(TOKEN_URL, status=500, body=b"\xff<html>")
    with pytest.raises(Unreachable):
        credentials().refresh()


def test_a_token_page_that_hangs_up_or_drips_has_not_sent_the_document():
    cut_off = says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    with wire(cut_off) as server, pytest.raises(Unreachable):
        credentials(url=server.url).refresh()
    with wire(drips(b"H")) as server, pytest.raises(Unreachable):
        credentials(url=server.url, timeout=0.3).refresh()


def test_nobody_there_is_unreachable():
    with pytest.raises(Unreachable):
        credentials(url="http://127.0.0.1:1/oauth/token").refresh()


def frames_of(error):
    rendered = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(rendered.format())


@responses.activate
def test_an_access_token_that_cannot_be_used_is_in_no_traceback():
    grants("half a token")
    with pytest.raises(Unreachable) as caught:
        credentials().refresh()
    shown = frames_of(caught.value)
    assert "half a token" not in shown


@responses.activate
def test_no_secret_is_in_a_repr_an_error_a_traceback_or_a_log(caplog):
    caplog.set_level(logging.DEBUG)
    responses.post(TOKEN_URL, status=400, json={"error": "invalid_client"})
    auth = credentials()
    with pytest.raises(Denied) as refused:
        AfasClient("https://afas.test/ProfitRestServices", auth).metainfo()
    with pytest.raises(AfasError) as broken:
        AfasClient("http://127.0.0.1:1/x", AfasToken(XML)).create("FbDirectInvoice", b"{}")
    errors = (refused.value, broken.value)
    shown = repr(auth) + caplog.text + "".join(frames_of(e) + repr(vars(e)) for e in errors)
    for secret in (SECRET, DATA, BASE64, requests.utils.quote(SECRET, safe="")):
        assert secret not in shown
    assert auth.last4 == "XYZ9"

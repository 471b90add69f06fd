"""One test per row of the classification table; what is not proven is uncertain."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest
import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from integrations.afas.errors import (
    AfasError,
    Busy,
    Denied,
    DeniedReason,
    Garbage,
    Rejected,
    Uncertain,
    Unreachable,
    failure,
    refusal,
)
from integrations.afas.transport import Response

LOG = "9C3F" * 8
HTML = b"<html><body>Service Unavailable</body></html>"


def answer(status, body=b"", **headers):
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal(Response(status, requests.structures.CaseInsensitiveDict(named), content))


def functional(message, number=-2147220469, log=LOG):
    return {"externalMessage": message, "errorNumber": number, "profitLogReference": log}


def busy_body(seconds=7200):
    return {"error": {"code": "503", "message": "maintenance"}, "retry_after": seconds}


def test_401_means_that_the_credentials_are_refused():
    error = answer(401)
    assert isinstance(error, Denied)
    assert error.reason is DeniedReason.CREDENTIALS
    assert (error.status, error.message) == (401, "AFAS answered with HTTP status 401.")


def test_403_means_that_the_address_is_refused():
    error = answer(403)
    assert isinstance(error, Denied)
    assert error.reason == "ip"


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422])
def test_a_request_that_afas_could_not_take_is_rejected(status):
    error = answer(status)
    assert isinstance(error, Rejected)
    assert not error.connector_missing


@pytest.mark.parametrize("status", [429, 503])
def test_afass_own_body_proves_that_it_did_not_start(status):
    error = answer(status, busy_body(120))
    assert isinstance(error, Busy)
    assert (error.retry_after, error.status) == (120, status)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        HTML,
        b'{"message":"Service Unavailable"}',
        b'{"error":{"code":503,"message":"upstream"}}',
        b'{"error":"busy","retry_after":5}',
        b'{"error":{},"retry_after":true}',
        b"[1]",
        b"\xff\xfe",
    ],
)
def test_a_503_that_is_not_afass_own_proves_nothing(status, body):
    error = answer(status, body, Retry_After="5")
    assert type(error) is Uncertain
    assert error.status == status


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("30", 7200, 30),
        ("", 7200, 7200),
        ("soon", 90.0, 90),
        ("", -5, 60),
        ("9" * 30, 10, 10),
        ("999999999", 10, 86400),
        ("", 10**12, 86400),
        ("Fri, 01 Jan 1999 00:00:00 GMT", 10, 0),
        ("Fri, 01 Jan 1999 00:00:00", 10, 0),
    ],
)
def test_how_long_to_wait_is_read_from_the_header_first(header, body, seconds):
    assert answer(503, busy_body(body), Retry_After=header).retry_after == seconds


def test_a_moment_to_come_back_is_turned_into_seconds():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 95 <= answer(503, busy_body(), Retry_After=later).retry_after <= 101


@pytest.mark.parametrize(
    "message",
    [
        "The entered value for 'Employee' does not exist.",
        "De ingevulde waarde bij 'Medewerker' bestaat niet.",
        "For this administration, period 8 of the year 2024 is blocked.",
        "Deze GetConnector (definitie) is geblokkeerd",
    ],
)
def test_afass_functional_error_is_a_refusal(message):
    error = answer(500, functional(message))
    assert isinstance(error, Rejected)
    assert (error.message, error.log_reference) == (message, LOG)
    assert message in error.body
    assert not error.connector_missing


@pytest.mark.parametrize(
    "message",
    [
        "The maximum duration for performing the assignment has been exceeded.",
        "De maximale tijdsduur voor het uitvoeren van de opdracht is verstreken.",
        "An unexpected error has occurred.",
        "Er is een onverwachte fout opgetreden",
        "Out of String space",
        "Out of memory",
    ],
)
def test_giving_up_half_way_proves_nothing(message):
    error = answer(500, functional(message))
    assert type(error) is Uncertain
    assert (error.message, error.log_reference) == (message, LOG)


def test_the_number_of_the_unexpected_error_proves_nothing_in_any_language():
    assert type(answer(500, functional("Unerwarteter Fehler", -2147180999))) is Uncertain


@pytest.mark.parametrize(
    "body",
    [
        b"",
        HTML,
        functional("", log=LOG),
        functional("Something", log=""),
        {"externalMessage": 1, "profitLogReference": 2, "errorNumber": "x"},
        {"message": "Invalid json"},
    ],
)
def test_a_500_without_afass_sentence_and_log_reference_proves_nothing(body):
    assert type(answer(500, body)) is Uncertain


@pytest.mark.parametrize(
    "message",
    [
        "De boekingslay-out is op dit moment geblokkeerd door een andere gebruiker.",
        "De boekingslay-out is door een andere gebruiker geblokkeerd.",
        "The entry layout is locked by another user.",
        "The record is in use by another user",
    ],
)
def test_what_a_colleague_holds_is_worth_another_try(message):
    error = answer(500, functional(message))
    assert isinstance(error, Busy)
    assert error.retry_after == 60


@pytest.mark.parametrize(
    "message",
    [
        "Deze UpdateConnector wordt niet ondersteund of de gebruiker is niet geautoriseerd.",
        "GetConnector niet ondersteund voor deze app of de gebruiker is niet geautoriseerd",
        "GetConnector not supported for this app or the user is not authorized",
    ],
)
def test_a_connector_that_is_not_granted_is_a_refusal_of_its_own(message):
    error = answer(500, functional(message))
    assert isinstance(error, Rejected)
    assert error.connector_missing


@pytest.mark.parametrize("status", [301, 302, 307, 402, 409, 418, 501, 502, 504, 520])
def test_anything_else_is_uncertain(status):
    assert type(answer(status, functional("No"))) is Uncertain


def test_a_byte_order_mark_does_not_hide_the_sentence():
    body = b"\xef\xbb\xbf" + msgspec.json.encode(functional("Nee"))
    assert isinstance(answer(500, body), Rejected)


def test_a_body_is_kept_up_to_a_limit():
    assert len(answer(500, b"x" * 200_000).body) == 100_000


def pool_error(reason):
    return requests.ConnectionError(MaxRetryError(None, "/", reason))


@pytest.mark.parametrize(
    "cause",
    [
        pool_error(NewConnectionError(None, "refused")),
        pool_error(NameResolutionError("host", None, OSError("unknown"))),
        requests.ConnectTimeout(MaxRetryError(None, "/", ConnectTimeoutError(None, "slow"))),
    ],
)
def test_a_connection_that_was_never_made_proves_that_nothing_left(cause):
    error = failure(cause)
    assert isinstance(error, Unreachable)
    assert error.status is None


@pytest.mark.parametrize(
    "cause",
    [
        requests.ReadTimeout(ReadTimeoutError(None, "/", "slow")),
        requests.ConnectionError(ProtocolError("aborted", ConnectionResetError(104, "reset"))),
        requests.exceptions.ChunkedEncodingError(ProtocolError("broken")),
        requests.exceptions.SSLError(MaxRetryError(None, "/", OSError("certificate"))),
        requests.exceptions.InvalidURL("no host"),
        OSError("anything"),
    ],
)
def test_every_other_broken_call_is_uncertain(cause):
    assert type(failure(cause)) is Uncertain


def test_what_went_wrong_before_does_not_pose_as_the_cause():
    cause = requests.ReadTimeout("slow")
    cause.__context__ = NewConnectionError(None, "an earlier try")
    assert type(failure(cause)) is Uncertain


def test_an_error_that_holds_itself_is_read_once():
    cause = OSError("loop")
    cause.args = (cause,)
    assert type(failure(cause)) is Uncertain


def test_garbage_is_uncertain_too():
    assert issubclass(Garbage, Uncertain)


def test_an_error_survives_a_trip_through_a_queue():
    error = pickle.loads(pickle.dumps(answer(503, busy_body(120))))
    assert isinstance(error, Busy)
    assert (error.retry_after, error.status, error.message) == (120, 503, error.args[0])


def test_every_class_says_what_to_do_next():
    for kind in (Unreachable, Busy, Rejected, Denied, Uncertain, Garbage):
        assert issubclass(kind, AfasError)
        assert ":" in kind.__doc__

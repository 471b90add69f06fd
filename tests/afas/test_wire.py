"""Broken and slow conversations, on real sockets."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat

from integrations.afas.auth import AfasToken
from integrations.afas.client import AfasClient, Limits
from integrations.afas.errors import AfasError, Uncertain, Unreachable
from integrations.afas.transport import Call, Deadline, Session
from tests.afas.wires import CREATED, drips, never_reads, resets, says, wire

TOKEN = AfasToken("0123456789abcdef" * 4)
QUICK = Limits(connect=0.5, read=0.5, total=2, pause=0.001)
SHORT = Limits(connect=0.4, read=0.4, total=0.6, pause=0.001)
BODY = b'{"results":{"FbDirectInvoice":{"OrNu":"70000144"}}}'
SIZED = CREATED + b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = CREATED + b"Transfer-Encoding: chunked\r\n\r\n"
OPEN_ENDED = CREATED + b"\r\n"
MARGIN = 0.5


def create(url, limits=QUICK, body=b"{}"):
    return AfasClient(url, TOKEN, limits=limits).create("FbDirectInvoice", body)


def delete(url, limits=QUICK):
    keys = ("FbDirectInvoice", "@OrNu", "7")
    return AfasClient(url, TOKEN, limits=limits).delete("FbDirectInvoice", keys)


def outcome(conversation, call=create, **kwargs):
    """The error, how long it took, and how many requests arrived."""
    with wire(conversation) as server:
        began = time.monotonic()
        with pytest.raises(AfasError) as caught:
            call(server.url, **kwargs)
        return caught.value, time.monotonic() - began, len(server.requests)


def test_a_whole_answer_in_pieces_is_a_success():
    pieces = (SIZED[:9], SIZED[9:40], SIZED[40:], BODY[:3], BODY[3:])
    with wire(says(*pieces, every=0.02)) as server:
        assert create(server.url).values["OrNu"] == "70000144"


def test_chunked_and_packed_answers_are_read():
    packed = gzip.compress(BODY)
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    with wire(says(CREATED, b"Content-Encoding: gzip\r\n", CHUNKED[len(CREATED) :], chunk)) as s:
        assert create(s.url).values["OrNu"] == "70000144"


def test_an_answer_that_ends_with_the_connection_is_read():
    with wire(says(OPEN_ENDED, BODY)) as server:
        assert create(server.url).values["OrNu"] == "70000144"


@pytest.mark.parametrize("body", [b"", b"HTTP/1.1 20", SIZED, SIZED + BODY[:20], b"\x00\x01"])
def test_a_cut_off_answer_proves_nothing_and_is_not_repeated(body):
    error, _, requests = outcome(says(body))
    assert type(error) is Uncertain
    assert requests == 1


def test_a_success_whose_headers_break_off_has_no_key():
    with wire(says(b"HTTP/1.1 201 Cre")) as server:
        answer = create(server.url)
    assert (answer.status, dict(answer.values)) == (201, {})


def test_a_cut_off_body_keeps_the_status_and_what_had_come():
    error, _, _ = outcome(says(SIZED + BODY[:20]))
    assert (error.status, error.body) == (201, BODY[:20].decode())


def test_a_cut_off_chunk_proves_nothing():
    error, _, _ = outcome(says(CHUNKED, b"ff\r\n", BODY))
    assert type(error) is Uncertain


def test_an_unpackable_answer_proves_nothing():
    error, _, _ = outcome(says(CREATED, b"Content-Encoding: gzip\r\n\r\n", BODY))
    assert type(error) is Uncertain


@pytest.mark.parametrize("after_hearing", [True, False])
def test_a_reset_proves_nothing(after_hearing):
    error, _, _ = outcome(resets(after_hearing=after_hearing))
    assert type(error) is Uncertain


def test_silence_proves_nothing():
    error, took, requests = outcome(says(b"", every=3))
    assert type(error) is Uncertain
    assert took < QUICK.read + MARGIN
    assert requests == 1


@pytest.mark.parametrize(
    "conversation",
    [
        drips(b"H"),
        drips(b"X-Drip: 1\r\n", first=b"HTTP/1.1 201 Created\r\n"),
        drips(b" ", first=SIZED.replace(b"%d" % len(BODY), b"9999")),
        drips(b"1\r\n \r\n", first=CHUNKED),
        drips(b" ", first=OPEN_ENDED),
        drips(b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["status", "headers", "sized body", "chunks", "open end", "100 continue"],
)
def test_a_trickling_server_does_not_outlive_the_total_time(conversation):
    error, took, _ = outcome(conversation, limits=SHORT)
    assert type(error) is Uncertain
    assert took < SHORT.total + MARGIN


def test_an_answer_that_is_shut_down_does_not_pose_as_a_whole_one():
    error, _, _ = outcome(drips(b" ", first=OPEN_ENDED + BODY), limits=SHORT)
    assert error.message == "AFAS's answer did not end in time."
    assert error.status == 201


def test_a_trickling_tls_handshake_does_not_outlive_the_total_time():
    def secure(url, **kwargs):
        return create(url.replace("http://", "https://"), **kwargs)

    hello = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"  # a record that promises 16 KB
    error, took, _ = outcome(drips(b"\x00", first=hello, hears=False), call=secure, limits=SHORT)
    assert type(error) is Uncertain
    assert took < SHORT.total + MARGIN


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A TLS context for 127.0.0.1 which requests trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, key_file = tmp_path / "certificate.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key_file)
    return context


def test_an_answer_over_tls_is_read(certified):
    with wire(says(SIZED, BODY), tls=certified) as server:
        assert create(server.url.replace("http:", "https:")).values["OrNu"] == "70000144"


@pytest.mark.parametrize("first", [b"", OPEN_ENDED + BODY])
def test_a_trickling_answer_over_tls_does_not_outlive_the_total_time(certified, first):
    with wire(drips(b" ", first=first), tls=certified) as server:
        began = time.monotonic()
        with pytest.raises(Uncertain):
            create(server.url.replace("http:", "https:"), limits=SHORT)
        assert time.monotonic() - began < SHORT.total + MARGIN


def test_a_certificate_that_nobody_trusts_is_uncertain(certified, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with wire(says(SIZED, BODY), tls=certified) as server:
        with pytest.raises(Uncertain):
            create(server.url.replace("http:", "https:"))
        assert server.requests == []


def test_the_same_time_holds_behind_a_proxy(monkeypatch):
    with wire(says(SIZED, BODY), drips(b"H")) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        assert create("http://afas.invalid/x").values["OrNu"] == "70000144"
        began = time.monotonic()
        with pytest.raises(Uncertain):
            create("http://afas.invalid/x", limits=SHORT)
        assert time.monotonic() - began < SHORT.total + MARGIN
        assert proxy.requests[0].startswith(b"POST http://afas.invalid/x/connectors/")


def test_a_proxy_that_is_not_there_is_unreachable(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(Unreachable):
        create("http://afas.invalid/x")


def test_a_body_that_nobody_reads_does_not_outlive_the_total_time():
    error, took, _ = outcome(never_reads(), limits=SHORT, body=b"x" * 50_000_000)
    assert type(error) is Uncertain
    assert took < SHORT.total + MARGIN


def test_an_answer_without_end_is_cut_at_its_largest_size():
    small = Limits(body=1000, read=0.5, total=2)
    error, took, _ = outcome(says(CREATED + b"\r\n" + b"x" * 200_000), limits=small)
    assert error.message == "AFAS's answer is larger than we accept."
    assert took < 1


def test_nobody_listening_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable):
        create(f"http://127.0.0.1:{port}/x")


def test_an_unknown_name_is_unreachable():
    with pytest.raises(Unreachable):
        create("http://nobody.invalid/x")


def test_a_connection_that_is_not_taken_is_unreachable():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        time.sleep(0.1)
        with pytest.raises(Unreachable):
            create(f"http://127.0.0.1:{port}/x")
        for one in waiting:
            one.close()


def test_a_connection_that_comes_after_the_time_sends_nothing():
    with wire(says(SIZED, BODY)) as server:
        call = Call(method="POST", url=server.url, body=b"{}")
        with Session() as session:
            deadline = Deadline(0)
            time.sleep(0.01)
            session._adapter.guard._shut()
            with session._adapter.guard.hold(Deadline(60)):
                session._adapter.guard._shut()
                assert not session._adapter.guard.watch(socket.socket())
            assert deadline.passed
            with pytest.raises(Unreachable):
                session.send(call, QUICK, deadline)
        assert not any(server.requests)


def test_any_2xx_to_a_delete_is_proof_even_when_its_body_breaks_off():
    with wire(says(SIZED + BODY[:20])) as server:
        answer = delete(server.url)
    assert (answer.status, dict(answer.values)) == (201, {})


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 500 Error\r\nContent-Length: 9\r\n\r\n{", b"HTTP/1.1 302 F\r\n\r\n"]
)
def test_a_delete_without_a_2xx_is_uncertain(answer):
    error, _, _ = outcome(says(answer), call=delete)
    assert type(error) is Uncertain


def test_every_write_has_a_connection_of_its_own():
    kept = SIZED.replace(b"Created\r\n", b"Created\r\nConnection: keep-alive\r\n")
    with wire(says(kept + BODY), says(kept + BODY)) as server:
        client = AfasClient(server.url, TOKEN, limits=QUICK)
        client.create("FbDirectInvoice", b"{}")
        client.create("FbDirectInvoice", b"{}")
        assert len(server.requests) == 2


def test_reads_of_one_list_share_a_connection():
    connections = []
    pages = [b'{"rows":[{"K":"1"}]}', b'{"rows":[{"K":"2"}]}', b'{"rows":[]}']

    def keeps(server):
        def talk(connection):
            connections.append(connection)
            for body in pages:
                server.heard(connection)
                head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                connection.sendall(head + body)

        return talk

    with wire(keeps) as server:
        client = AfasClient(server.url, TOKEN, limits=QUICK)
        found = list(client.rows("X", order_by="K", key="K", page=1))
    assert [row["K"] for row in found] == ["1", "2"]
    assert len(connections) == 1


def test_a_read_is_repeated_on_a_new_connection():
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with wire(resets(), says(b"HTT"), says(whole)) as server:
        assert AfasClient(server.url, TOKEN, limits=QUICK).metainfo().get_connectors == ()
        assert len(server.requests) == 3


def test_a_read_with_all_its_tries_keeps_to_the_total_time():
    with wire(drips(b"H")) as server:
        began = time.monotonic()
        with pytest.raises(Uncertain):
            AfasClient(server.url, TOKEN, limits=SHORT).metainfo()
        assert time.monotonic() - began < SHORT.total + MARGIN


def test_no_connection_and_no_timer_is_left_behind():
    with wire(says(SIZED, BODY)) as server:
        for _ in range(3):
            create(server.url)
        time.sleep(0.05)
        timers = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
        assert timers == []

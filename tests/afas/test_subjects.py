"""What goes into a dossier item: a small body that waits for its file, and the file itself."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.afas.documents import CannotBuild
from integrations.afas.subjects import STREAM, SUBJECT, SUBJECT_NUMBER, subject, with_content
from tests.contract.bookings import BARE_SUBJECT, BOOKED_SUBJECT, PDF
from tests.contract.conformity import complaints, elements, parsed


def parts(payload):
    return dict(elements(parsed(payload)))


def hashed(content):
    return replace(BOOKED_SUBJECT, content_hash=hashlib.sha256(content).hexdigest())


def test_a_dossier_item_is_written_as_afas_documents_it():
    digest = hashlib.sha256(PDF).hexdigest().encode()
    assert subject(BOOKED_SUBJECT) == (
        b'{"KnSubject":{"Element":{"Fields":{"StId":5,"Ds":"Verkoopfactuur 20260042",'
        b'"Da":"2026-03-31T10:00:00"},"Objects":[{"KnSubjectLink":{"Element":{"Fields":'
        b'{"DoCRM":true,"SfTp":"4","SfId":"10001","SiUn":1,"SiTp":1,"SiId":"20260042"}}}},'
        b'{"KnSubjectAttachment":{"Element":{"Fields":{"FileName":"20260042.pdf",'
        b'"FileStream":"sha256:' + digest + b'"}}}}]}}}'
    )


def test_the_names_others_ask_for():
    assert (SUBJECT, SUBJECT_NUMBER, STREAM) == ("KnSubject", "SbId", "FileStream")


def test_without_an_invoice_it_hangs_at_the_debtor_only():
    link = parts(subject(BARE_SUBJECT))["KnSubjectLink"]
    assert link == {"DoCRM": True, "SfTp": "4", "SfId": "10001"}
    named = replace(BARE_SUBJECT, administration=1)
    assert parts(subject(named))["KnSubjectLink"] == link


def test_a_moment_is_written_in_dutch_local_time():
    aware = replace(BOOKED_SUBJECT, day=datetime(2026, 7, 1, 22, 30, 15, 999, tzinfo=UTC))
    assert parts(subject(aware))["KnSubject"]["Da"] == "2026-07-02T00:30:15"


def test_a_long_subject_is_cut_with_an_ellipsis():
    long = replace(BOOKED_SUBJECT, subject="x" * 300)
    assert parts(subject(long))["KnSubject"]["Ds"] == "x" * 254 + "…"


@pytest.mark.parametrize("kind", [bytes, bytes.decode])
def test_the_file_takes_the_place_of_its_hash(kind):
    leaves = with_content(kind(subject(BOOKED_SUBJECT)), PDF)
    assert base64.b64decode(parts(leaves)["KnSubjectAttachment"][STREAM]) == PDF
    before, after = parts(subject(BOOKED_SUBJECT)), parts(leaves)
    assert {**before, "KnSubjectAttachment": None} == {**after, "KnSubjectAttachment": None}


def test_a_body_that_waits_for_its_file_is_not_fit_to_be_sent():
    (complaint,) = complaints(subject(BOOKED_SUBJECT))
    assert "is no base64" in complaint


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (subject(BOOKED_SUBJECT), PDF + b"\n"),
        (subject(BOOKED_SUBJECT), b""),
        (with_content(subject(BOOKED_SUBJECT), PDF), PDF),
        (b"{}", PDF),
        ("", PDF),
        (subject(BOOKED_SUBJECT) * 2, PDF),
    ],
)
def test_another_file_or_another_body_is_refused(body, content):
    with pytest.raises(ValueError, match="this body waits for"):
        with_content(body, content)


def test_what_a_user_typed_cannot_pose_as_the_place_of_the_file():
    digest = hashlib.sha256(b"other").hexdigest()
    typed = f'","{STREAM}":"sha256:{digest}"'
    data = replace(BOOKED_SUBJECT, subject=typed, file_name=typed)
    assert base64.b64decode(
        parts(with_content(subject(data), PDF))["KnSubjectAttachment"][STREAM]
    ) == (PDF)


@given(st.binary(min_size=1, max_size=2000), st.text(min_size=1))
def test_any_file_arrives_whole(content, title):
    data = replace(hashed(content), subject=f"Factuur {title}")
    leaves = with_content(subject(data), content)
    assert complaints(leaves) == []
    assert base64.b64decode(parts(leaves)["KnSubjectAttachment"][STREAM]) == content


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"subject": " \n"}, "subject", "missing"),
        ({"debtor_number": ""}, "debtor_number", "missing"),
        ({"debtor_number": "1" * 51}, "debtor_number", "too_long"),
        ({"file_name": ""}, "file_name", "missing"),
        ({"file_name": "f" * 256}, "file_name", "too_long"),
        ({"content_hash": ""}, "content_hash", "invalid"),
        ({"content_hash": "A" * 64}, "content_hash", "invalid"),
        ({"content_hash": "a" * 64 + "\n"}, "content_hash", "invalid"),
        ({"invoice_number": "INV-2026-0042"}, "invoice_number", "too_long"),
        ({"administration": None}, "administration", "missing"),
    ],
)
def test_a_dossier_item_that_does_not_fit_is_refused(changes, field, reason):
    with pytest.raises(CannotBuild) as caught:
        subject(replace(BOOKED_SUBJECT, **changes))
    assert (caught.value.field, caught.value.reason) == (field, reason)

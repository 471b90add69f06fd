"""`/expenses/{id}/receipts/`: the same files, limits and sentences as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Company, IdempotentAnswer, Membership, Role
from registration.models import Expense, Receipt
from tests.api.operations import Form
from tests.factories import ExpenseFactory, MembershipFactory
from tests.registration.receipt_samples import pdf, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_disk_of_its_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def expense(company: Company, owner: Membership) -> Expense:
    return ExpenseFactory(company=company, membership=owner)


def a_file(content: bytes, name: str = "receipt.jpg") -> Form:
    return Form(file=SimpleUploadedFile(name, content))


def test_a_receipt_is_added_shown_and_handed_out(
    program: Callable[..., Any], expense: Expense
) -> None:
    path = f"expenses/{expense.pk}/receipts/"
    answer = program().post(path, a_file(pdf(2), "Hotel “Zon”.pdf"))
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["name"], shown["content_type"], shown["pages"]) == (
        "Hotel “Zon”.pdf",
        "application/pdf",
        2,
    )
    assert answer["Location"].endswith(f"/api/v1/{path}{shown['id']}/")
    assert program().get(path).json()["results"] == [shown]
    file = program().get(f"{path}{shown['id']}/file/", Accept="application/pdf")
    assert (file["Content-Type"], file.content) == ("application/pdf", pdf(2))
    assert file["Content-Disposition"].startswith("attachment;")


def test_a_photo_is_kept_as_a_picture_and_nothing_else(
    program: Callable[..., Any], expense: Expense
) -> None:
    shown = program().post(f"expenses/{expense.pk}/receipts/", a_file(picture("PNG"), "a.png"))
    assert (shown.json()["name"], shown.json()["content_type"]) == ("a.jpg", "image/jpeg")


def test_the_same_file_stays_once(program: Callable[..., Any], expense: Expense) -> None:
    one, path = program(), f"expenses/{expense.pk}/receipts/"
    first, again = one.post(path, a_file(picture())), one.post(path, a_file(picture()))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_an_idempotency_key_knows_a_form_by_what_is_in_it(
    program: Callable[..., Any], expense: Expense
) -> None:
    """What separates the parts of a form is another text each time it is sent."""
    one, path = program(), f"expenses/{expense.pk}/receipts/"
    named = {"Idempotency_Key": "monday"}
    first = one.post(path, a_file(picture()), **named)
    Receipt.objects.get().delete()
    again = one.client.generic(
        "POST",
        f"/api/v1/{path}",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="receipt.jpg"\r\n\r\n'
        + picture()
        + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {one.secret}", "Idempotency-Key": "monday"},
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replayed"] == "true"
    assert not Receipt.objects.exists()
    other = one.post(path, a_file(picture(colour="blue")), **named)
    assert other.status_code == 409
    renamed = one.post(path, a_file(picture(), "other.jpg"), **named)
    assert renamed.status_code == 409
    assert IdempotentAnswer.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty"), (b"MZ\x90\x00", "neither a photo"), (b"%PDF-1.4", "")]
)
def test_what_is_no_receipt_is_refused_with_the_sentence_of_the_page(
    program: Callable[..., Any], expense: Expense, content: bytes, words: str
) -> None:
    answer = program().post(f"expenses/{expense.pk}/receipts/", a_file(content))
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "file"
    assert words in error["detail"]
    assert not Receipt.objects.exists()


def test_what_is_too_large_is_not_read(
    program: Callable[..., Any], expense: Expense, settings: Any
) -> None:
    path = f"expenses/{expense.pk}/receipts/"
    settings.RECEIPT_MAX_BYTES = 1000
    refused = program().post(path, a_file(pdf() + b" " * 2000, "a.pdf"))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "file")
    answer = program().post(path, a_file(b"x" * (2**20 + 1000)))
    assert answer.status_code == 413


def test_two_files_at_once_are_refused_and_none_is_kept(
    program: Callable[..., Any], expense: Expense
) -> None:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}.pdf"\r\n\r\n%PDF\r\n'
        for name in "ab"
    )
    answer = program().client.generic(
        "POST",
        f"/api/v1/expenses/{expense.pk}/receipts/",
        f"{parts}--x--\r\n".encode(),
        content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {program().secret}"},
    )
    assert answer.status_code == 400
    assert "one file at a time" in answer.json()["errors"][0]["detail"]
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "a"}])
@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("image/jpeg", b"x" * (6 * 2**20), 415),
        ("multipart/form-data ; boundary=x", b"x" * (6 * 2**20), 400),
        ("MULTIPART/FORM-DATA; boundary=x", b"--x--", 400),
        ("multipart/form-data", b"--x--", 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 5001 + b"--x--\r\n",
            413,
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
            + b"b" * (6 * 2**20)
            + b"\r\n--x--\r\n",
            413,
        ),
    ],
)
def test_whatever_else_is_sent_is_told_as_a_problem(
    program: Callable[..., Any],
    expense: Expense,
    kind: str,
    body: bytes,
    code: int,
    key: dict[str, str],
) -> None:
    one = program()
    answer = one.client.generic(
        "POST",
        f"/api/v1/expenses/{expense.pk}/receipts/",
        body,
        content_type=kind,
        headers={"Authorization": f"Bearer {one.secret}", **key},
    )
    assert (answer.status_code, answer["Content-Type"]) == (code, "application/problem+json")


def test_json_is_no_file(program: Callable[..., Any], expense: Expense) -> None:
    answer = program().post(f"expenses/{expense.pk}/receipts/", {"file": "x"})
    assert answer.status_code == 415


def test_a_form_is_no_json(program: Callable[..., Any]) -> None:
    sent = a_file(picture())
    assert program().post("contacts/", sent).status_code == 415
    assert program().post("contacts/", sent, Idempotency_Key="a").status_code == 415


def test_of_an_invoiced_expense_it_stays(
    program: Callable[..., Any], expense: Expense, company: Company
) -> None:
    path = f"expenses/{expense.pk}/receipts/"
    kept = program().post(path, a_file(picture())).json()["id"]
    Expense.objects.update(billing="invoiced")
    answer = program().delete(f"{path}{kept}/")
    assert answer.status_code == 409
    assert "The receipt stays" in answer.json()["detail"]
    assert Receipt.objects.exists()


def test_a_colleague_who_does_not_see_the_expense_finds_nothing(
    program: Callable[..., Any], expense: Expense, company: Company
) -> None:
    path = f"expenses/{expense.pk}/receipts/"
    kept = program().post(path, a_file(picture())).json()["id"]
    stranger = program(MembershipFactory(company=company, role=Role.MEMBER))
    for answer in (
        stranger.get(path),
        stranger.get(f"{path}{kept}/file/"),
        stranger.post(path, a_file(pdf())),
        stranger.delete(f"{path}{kept}/"),
    ):
        assert answer.status_code == 404


def test_a_receipt_is_found_under_its_own_expense_only(
    program: Callable[..., Any], expense: Expense, company: Company, owner: Membership
) -> None:
    kept = program().post(f"expenses/{expense.pk}/receipts/", a_file(picture())).json()["id"]
    other = ExpenseFactory(company=company, membership=owner)
    assert program().get(f"expenses/{other.pk}/receipts/{kept}/").status_code == 404

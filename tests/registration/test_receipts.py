"""Receipts on an expense: who adds and removes them, and what lies on disk."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Membership
from core import audit
from core.errors import DomainError, FieldsError, StaleError
from registration.models import Expense, Receipt
from registration.models.receipts import receipt_path
from registration.services import entries
from registration.services.billable import delete_all
from registration.services.entries import ExpenseData
from registration.services.receipt_files import ReceiptFile, read_receipt
from registration.services.receipts import read_receipts, receipt_remove, receipts_add
from tests.factories import (
    CompanyFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    MembershipFactory,
    ProjectFactory,
)
from tests.registration.receipt_samples import pdf, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def me(company: Any) -> Membership:
    return MembershipFactory(company=company)


@pytest.fixture
def expense(me: Membership) -> Expense:
    return ExpenseFactory(membership=me)


def photo(shade: int = 0) -> ReceiptFile:
    return read_receipt(f"photo{shade}.jpg", picture(colour=(shade, 0, 0)))


def files_in(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_receipts_are_kept_by_content_and_told_in_the_history(
    expense: Expense, me: Membership, media: Path
) -> None:
    document = read_receipt("hotel.pdf", pdf(2))
    kept = receipts_add(expense=expense, files=[photo(), document], by=me)
    assert [one.name for one in kept] == ["photo0.jpg", "hotel.pdf"]
    assert (kept[1].pages, kept[1].uploaded_by, kept[1].company) == (2, me.user, me.company)
    assert kept[1].file.read() == document.content
    assert kept[1].file.name.endswith(f"{document.sha256}.pdf")
    assert [event.after for event in audit.events_of(me.company, expense)] == [
        {"receipt": "hotel.pdf"},
        {"receipt": "photo0.jpg"},
    ]
    assert len(files_in(media)) == 2


def test_the_same_file_twice_is_kept_once(expense: Expense, me: Membership, media: Path) -> None:
    receipts_add(expense=expense, files=[photo(), photo()], by=me)
    assert receipts_add(expense=expense, files=[photo()], by=me) == []
    other = ExpenseFactory(membership=me)
    receipts_add(expense=other, files=[photo()], by=me)
    assert (Receipt.objects.count(), len(files_in(media))) == (2, 1)


def test_the_eleventh_is_refused_with_all_that_came_along(
    expense: Expense, me: Membership, media: Path
) -> None:
    receipts_add(expense=expense, files=[photo(shade * 20) for shade in range(9)], by=me)
    with pytest.raises(FieldsError, match="room for 10 receipts and this one has 9"):
        receipts_add(expense=expense, files=[photo(200), photo(220)], by=me)
    assert (expense.receipts.count(), len(files_in(media))) == (9, 9)


def test_every_refused_file_has_its_sentence() -> None:
    sent = [
        SimpleUploadedFile("a.jpg", b"<script>"),
        SimpleUploadedFile("b.jpg", picture()),
        SimpleUploadedFile("c.pdf", b""),
    ]
    with pytest.raises(FieldsError) as refused:
        read_receipts(sent)
    sentence = refused.value.errors["receipts"]
    assert "a.jpg" in sentence
    assert "c.pdf" in sentence
    assert "b.jpg" not in sentence


class Unread(SimpleUploadedFile):
    def read(self, *_args: Any) -> bytes:
        raise AssertionError


def test_more_files_than_an_expense_holds_are_not_even_read() -> None:
    with pytest.raises(FieldsError, match="room for 10 receipts and you chose 11"):
        read_receipts([Unread("a.jpg", b"x")] * 11)


def test_too_large_a_file_is_not_even_read(settings: Any) -> None:
    with pytest.raises(FieldsError, match="larger than 10 MB"):
        read_receipts([Unread("a.jpg", b"x" * (settings.RECEIPT_MAX_BYTES + 1))])


@pytest.mark.parametrize("billing", ["reserved", "invoiced", "written_off"])
def test_a_receipt_can_be_added_but_not_removed_once_it_is_invoiced(
    me: Membership, billing: str
) -> None:
    expense = ExpenseFactory(membership=me, billing=billing)
    (kept,) = receipts_add(expense=expense, files=[photo()], by=me)
    with pytest.raises(DomainError, match="The receipt stays"):
        receipt_remove(receipt=kept, by=me)
    expense.refresh_from_db()
    assert (expense.receipts.count(), expense.version) == (1, 1)


def test_a_colleague_who_only_looks_adds_and_removes_nothing(
    expense: Expense, me: Membership, media: Path
) -> None:
    colleague = MembershipFactory(company=me.company)
    with pytest.raises(DomainError, match="do not manage"):
        receipts_add(expense=expense, files=[photo()], by=colleague)
    (kept,) = receipts_add(expense=expense, files=[photo()], by=me)
    with pytest.raises(DomainError, match="do not manage"):
        receipt_remove(receipt=kept, by=colleague)
    assert len(files_in(media)) == 1


def test_somebody_of_another_company_finds_no_expense(expense: Expense, media: Path) -> None:
    stranger = MembershipFactory(company=CompanyFactory(), role="owner")
    with pytest.raises(StaleError):
        receipts_add(expense=expense, files=[photo()], by=stranger)
    assert not files_in(media)


class TestFilesOnDisk:
    def remove(self, receipt: Receipt, by: Membership, callbacks: Any) -> None:
        with callbacks(execute=True):
            receipt_remove(receipt=receipt, by=by)

    def test_a_file_goes_with_the_last_receipt_that_needs_it(
        self,
        expense: Expense,
        me: Membership,
        media: Path,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        other = ExpenseFactory(membership=me)
        (first,) = receipts_add(expense=expense, files=[photo()], by=me)
        (second,) = receipts_add(expense=other, files=[photo()], by=me)
        self.remove(first, me, django_capture_on_commit_callbacks)
        assert len(files_in(media)) == 1
        self.remove(second, me, django_capture_on_commit_callbacks)
        assert files_in(media) == []

    def test_two_companies_with_the_same_photo_do_not_share_a_file(
        self,
        expense: Expense,
        me: Membership,
        media: Path,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        stranger = MembershipFactory(company=CompanyFactory())
        theirs = ExpenseFactory(membership=stranger)
        receipts_add(expense=theirs, files=[photo()], by=stranger)
        (mine,) = receipts_add(expense=expense, files=[photo()], by=me)
        self.remove(mine, me, django_capture_on_commit_callbacks)
        assert theirs.receipts.get().file.read() == photo().content

    def test_deleting_the_expense_takes_its_files_along(
        self,
        expense: Expense,
        me: Membership,
        media: Path,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        receipts_add(expense=expense, files=[photo(), photo(100)], by=me)
        with django_capture_on_commit_callbacks(execute=True):
            entries.expense_delete(by=me, expense=expense, version=1)
        assert files_in(media) == []

    def test_many_go_at_once_with_their_receipts(
        self,
        expense: Expense,
        me: Membership,
        media: Path,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        other = ExpenseFactory(membership=me)
        receipts_add(expense=expense, files=[photo(), photo(100)], by=me)
        ids = {"expenses": [expense.pk, other.pk]}
        with django_capture_on_commit_callbacks(execute=True):
            assert len(delete_all(by=me, ids=ids).done) == 2
        assert not Expense.objects.exists()
        assert files_in(media) == []

    def test_a_deletion_that_does_not_happen_keeps_the_file(
        self, expense: Expense, me: Membership, media: Path
    ) -> None:
        receipts_add(expense=expense, files=[photo()], by=me)
        with pytest.raises(StaleError):
            entries.expense_delete(by=me, expense=expense, version=7)
        assert len(files_in(media)) == 1

    def test_nothing_is_left_when_a_file_cannot_be_written(
        self, expense: Expense, me: Membership, media: Path
    ) -> None:
        name = photo(100).sha256
        in_the_way = media / "receipts" / str(me.company_id) / name[:2]
        in_the_way.parent.mkdir(parents=True)
        in_the_way.write_text("a file where a folder should be")
        with pytest.raises(FileExistsError):
            receipts_add(expense=expense, files=[photo(), photo(100)], by=me)
        assert (Receipt.objects.count(), files_in(media)) == (0, [in_the_way])

    def test_half_a_file_that_an_ended_process_left_is_written_again(
        self, expense: Expense, me: Membership, media: Path
    ) -> None:
        wanted = photo()
        half = Receipt(company=me.company, sha256=wanted.sha256, content_type=wanted.content_type)
        path = media / receipt_path(half, "")
        path.parent.mkdir(parents=True)
        path.write_bytes(wanted.content[:100])
        (kept,) = receipts_add(expense=expense, files=[wanted], by=me)
        assert kept.file.read() == wanted.content
        assert files_in(media) == [path]


class TestWithANewExpense:
    @pytest.fixture
    def data(self, company: Any) -> ExpenseData:
        return ExpenseData(
            date=timezone.localdate(),
            project=ProjectFactory(company=company),
            category=ExpenseCategoryFactory(company=company),
            unit_cost=Decimal(25),
        )

    def test_it_is_saved_with_its_receipts(self, me: Membership, data: ExpenseData) -> None:
        logged = entries.expense_log(by=me, data=data, receipts=[photo()])
        assert logged.receipts.get().name == "photo0.jpg"

    def test_too_many_receipts_save_no_expense(
        self, me: Membership, data: ExpenseData, media: Path
    ) -> None:
        many = [photo(shade * 20) for shade in range(11)]
        with pytest.raises(FieldsError, match="room for 10"):
            entries.expense_log(by=me, data=data, receipts=many)
        assert not Expense.objects.exists()
        assert files_in(media) == []

"""Receipts in the browser: on the form, on the page of an expense, in lists, and as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from registration.models import Expense, Receipt
from registration.services.receipt_files import read_receipt
from registration.services.receipts import receipts_add
from tests.factories import (
    CompanyFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    MembershipFactory,
    ProjectFactory,
    ReceiptFactory,
)
from tests.registration.receipt_samples import opened, pdf, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def me(company: Any) -> Membership:
    return MembershipFactory(company=company)


@pytest.fixture
def browser(me: Membership, client_of: Any) -> Any:
    return client_of(me.user, me.company)


@pytest.fixture
def filled_in(company: Any) -> dict[str, Any]:
    return {
        "date": timezone.localdate().isoformat(),
        "project": ProjectFactory(company=company).pk,
        "category": ExpenseCategoryFactory(company=company).pk,
        "quantity": "1",
        "unit_cost": "25",
        "note": "Lunch with the client",
    }


def sent(name: str = "bon.jpg", content: bytes = b"", kind: str = "image/jpeg") -> Any:
    return SimpleUploadedFile(name, content or picture(), kind)


def kept(expense: Expense, name: str = "bon.jpg", content: bytes = b"") -> Receipt:
    file = read_receipt(name, content or picture())
    return receipts_add(expense=expense, files=[file], by=expense.membership)[0]


class TestTheForm:
    @pytest.mark.parametrize("address", ["/register/expenses/", "/register/expenses/add/"])
    def test_photo_and_files_are_saved_with_the_expense(
        self, browser: Any, filled_in: dict[str, Any], address: str
    ) -> None:
        files = [sent("a.pdf", pdf()), sent("b.png", picture("PNG"))]
        data = {
            **filled_in,
            "photo": sent("c.heic", picture("HEIF", colour="blue")),
            "receipts": files,
        }
        assert browser.post(address, data).status_code == 302
        names = Expense.objects.get().receipts.values_list("name", flat=True)
        assert list(names) == ["c.jpg", "a.pdf", "b.jpg"]

    def test_a_phone_is_offered_its_camera(self, browser: Any) -> None:
        page = browser.get("/register/expenses/add/").content.decode()
        assert 'capture="environment"' in page
        assert 'enctype="multipart/form-data"' in page

    def test_a_refused_receipt_saves_nothing_and_keeps_what_was_typed(
        self, browser: Any, filled_in: dict[str, Any]
    ) -> None:
        data = {**filled_in, "receipts": [sent(), sent("evil.jpg", b"<script>alert(1)</script>")]}
        answer = browser.post("/register/expenses/", data)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "evil.jpg was not kept: it is neither a photo" in page
        assert 'value="Lunch with the client"' in page
        assert "choose them again" in page
        assert not Expense.objects.exists()

    def test_a_wrong_expense_says_that_the_receipts_must_be_chosen_again(
        self, browser: Any, filled_in: dict[str, Any]
    ) -> None:
        answer = browser.post("/register/expenses/", {**filled_in, "project": "", "photo": sent()})
        assert answer.status_code == 422
        assert "choose them again" in answer.content.decode()
        answer = browser.post("/register/expenses/", {**filled_in, "project": ""})
        assert "choose them again" not in answer.content.decode()
        assert not Receipt.objects.exists()

    def test_eleven_receipts_save_no_expense(self, browser: Any, filled_in: Any) -> None:
        files = [sent(f"{n}.jpg", picture(colour=(n * 20, 0, 0))) for n in range(11)]
        answer = browser.post("/register/expenses/", {**filled_in, "receipts": files})
        assert answer.status_code == 422
        assert "room for 10 receipts" in answer.content.decode()
        assert not Expense.objects.exists()


class TestThePageOfAnExpense:
    def test_receipts_are_added_later(self, browser: Any, me: Membership) -> None:
        expense = ExpenseFactory(membership=me)
        address = f"/register/expenses/{expense.pk}/receipts/"
        data = {"receipts": [sent("a.pdf", pdf())], "back": "/overviews/expenses/"}
        answer = browser.post(address, data, follow=True)
        page = answer.content.decode()
        assert "1 receipt added." in page
        assert "a.pdf" in page
        assert expense.receipts.count() == 1

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({}, "Choose a photo or a PDF first."),
            ({"receipts": [sent("a.jpg", b"MZ")]}, "a.jpg was not kept"),
        ],
    )
    def test_a_refusal_is_told(
        self, browser: Any, me: Membership, data: dict[str, Any], sentence: str
    ) -> None:
        expense = ExpenseFactory(membership=me)
        answer = browser.post(f"/register/expenses/{expense.pk}/receipts/", data, follow=True)
        assert sentence in answer.content.decode()
        assert not Receipt.objects.exists()

    def test_an_invoiced_expense_takes_receipts_and_gives_none(
        self, browser: Any, me: Membership
    ) -> None:
        expense = ExpenseFactory(membership=me, invoiced=True)
        receipt = kept(expense)
        page = browser.get(f"/register/expenses/{expense.pk}/").content.decode()
        assert "changes no invoice" in page
        assert f"/register/receipts/{receipt.pk}/remove/" not in page
        browser.post(f"/register/receipts/{receipt.pk}/remove/")
        assert Receipt.objects.filter(pk=receipt.pk).exists()

    def test_a_receipt_is_removed(self, browser: Any, me: Membership) -> None:
        receipt = kept(ExpenseFactory(membership=me))
        page = browser.get(f"/register/expenses/{receipt.expense_id}/").content.decode()
        assert f"/register/receipts/{receipt.pk}/remove/" in page
        answer = browser.post(f"/register/receipts/{receipt.pk}/remove/", follow=True)
        assert "bon.jpg is removed." in answer.content.decode()
        assert not Receipt.objects.exists()


class TestTheFile:
    def test_a_photo_is_shown_and_can_do_nothing(self, browser: Any, me: Membership) -> None:
        receipt = kept(ExpenseFactory(membership=me))
        answer = browser.get(f"/register/receipts/{receipt.pk}/")
        assert opened(answer.content).format == "JPEG"
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Content-Security-Policy"].startswith("sandbox;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"] == 'inline; filename="bon.jpg"'

    def test_a_pdf_is_downloaded(self, browser: Any, me: Membership) -> None:
        receipt = kept(ExpenseFactory(membership=me), "hotel.pdf", pdf())
        answer = browser.get(f"/register/receipts/{receipt.pk}/")
        assert answer["Content-Disposition"] == 'attachment; filename="hotel.pdf"'
        assert "sandbox" in answer["Content-Security-Policy"]
        assert browser.get(f"/register/receipts/{receipt.pk}/small/").status_code == 404

    def test_a_thumbnail_is_small(self, browser: Any, me: Membership) -> None:
        large = picture(size=(2000, 1000), colour="blue")
        receipt = kept(ExpenseFactory(membership=me), content=large)
        answer = browser.get(f"/register/receipts/{receipt.pk}/small/")
        assert opened(answer.content).size == (240, 120)

    @pytest.mark.parametrize("rights", [[], ["costs"]])
    def test_a_colleague_who_may_not_see_the_expense_finds_nothing(
        self, me: Membership, client_of: Any, rights: list[str]
    ) -> None:
        receipt = kept(ExpenseFactory(membership=me))
        colleague = MembershipFactory(company=me.company, rights=rights)
        self.finds_nothing(client_of(colleague.user, me.company), receipt)

    def test_another_company_finds_nothing(self, me: Membership, client_of: Any) -> None:
        receipt = kept(ExpenseFactory(membership=me))
        stranger = MembershipFactory(company=CompanyFactory(), role="owner")
        self.finds_nothing(client_of(stranger.user, stranger.company), receipt)

    def finds_nothing(self, client: Any, receipt: Receipt) -> None:
        address = f"/register/receipts/{receipt.pk}/"
        assert client.get(address).status_code == 404
        assert client.get(f"{address}small/").status_code == 404
        assert client.post(f"{address}remove/").status_code == 404
        add = f"/register/expenses/{receipt.expense_id}/receipts/"
        assert client.post(add, {"receipts": [sent()]}).status_code == 404
        assert Receipt.objects.filter(pk=receipt.pk).exists()

    def test_whoever_bills_sees_it(self, me: Membership, client_of: Any) -> None:
        receipt = kept(ExpenseFactory(membership=me))
        biller = MembershipFactory(company=me.company, rights=["invoices"])
        client = client_of(biller.user, me.company)
        assert client.get(f"/register/receipts/{receipt.pk}/").status_code == 200

    def test_a_file_that_is_lost_is_not_found(self, browser: Any, me: Membership) -> None:
        receipt = ReceiptFactory(expense=ExpenseFactory(membership=me))
        assert browser.get(f"/register/receipts/{receipt.pk}/").status_code == 404


@pytest.mark.parametrize("address", ["/register/expenses/", "/overviews/expenses/?period=all"])
def test_lists_count_receipts_in_one_query(browser: Any, me: Membership, address: str) -> None:
    ReceiptFactory.create_batch(3, expense=ExpenseFactory(membership=me))
    with CaptureQueriesContext(connection) as few:
        page = browser.get(address).content.decode()
    assert '<span class="clip-count" title="3 receipts">' in page
    for _more in range(5):
        ReceiptFactory(expense=ExpenseFactory(membership=me))
    with CaptureQueriesContext(connection) as many:
        browser.get(address)
    assert len(many) == len(few)

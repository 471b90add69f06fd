"""The mapping in a spreadsheet: out, filled in, looked at, and saved; and what is wrong by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Company, User
from core.errors import DomainError
from integrations.models import AccountLink, AfasConnection, ItemLink, VatLink
from integrations.services import mapping_sheet
from integrations.services.mapping_rows import Table, rows_of
from integrations.services.mapping_sheet import SheetError, read_sheet, sheet_of
from registration.models import Activity
from sandbox import seed
from tests.factories import (
    AccountLinkFactory,
    ActivityFactory,
    AfasConnectionFactory,
    AppInstallationFactory,
    ExpenseCategoryFactory,
    ItemLinkFactory,
    ProjectLinkFactory,
    VatLinkFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    AppInstallationFactory(company=company)
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.fixture
def browser(link: AfasConnection, owner: User, client_of: Callable[..., Any]) -> Any:
    return client_of(owner, link.company)


@pytest.fixture
def design(company: Company) -> Activity:
    return ActivityFactory(company=company, name="Design; print, and =more")


def upload(browser: Any, content: str | bytes, table: str = "activities") -> Any:
    raw = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile("mapping.csv", raw, content_type="text/csv")
    return browser.post(f"{reverse('afas_mapping_upload')}?table={table}", {"file": file})


def confirm(browser: Any, preview: Any, table: str = "activities") -> Any:
    fields = {"payload": preview.context["payload"]}
    return browser.post(f"{reverse('afas_mapping_apply')}?table={table}", fields, follow=True)


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def wrong(link: AfasConnection, content: str, table: str = "activities") -> list[tuple[int, str]]:
    with pytest.raises(SheetError) as refused:
        read_sheet(connection=link, table=table, content=content.encode())
    return [(one.line, one.sentence) for one in refused.value.wrong]


def test_what_is_downloaded_reads_back_as_no_change(
    browser: Any, link: AfasConnection, company: Company, design: Activity
) -> None:
    ItemLinkFactory(company=company, use="activity", activity=design, code="KM", kind="6")
    AccountLinkFactory(company=company, use="activity", activity=design, account="8010")
    category = ExpenseCategoryFactory(company=company, name="=Meals")
    AccountLinkFactory(company=company, use="category", category=category, account="8080")
    VatLinkFactory(company=company)
    ProjectLinkFactory(company=company)
    for table in Table:
        answer = browser.get(reverse("afas_mapping_download"), {"table": table.value})
        assert answer["Content-Disposition"].startswith(f'attachment; filename="mapping-{table}')
        content = answer.content
        assert content.startswith(b"\xef\xbb\xbf")
        assert read_sheet(connection=link, table=table, content=content) == []


def test_no_cell_of_the_download_is_a_formula(link: AfasConnection, company: Company) -> None:
    ActivityFactory(company=company, name="=HYPERLINK(evil)")
    rows = sheet_of("activities", rows_of(link, "activities"))
    assert "'=HYPERLINK(evil)" in rows[1]


def test_the_download_holds_what_the_filter_shows(browser: Any, company: Company) -> None:
    ActivityFactory(company=company, name="One")
    ActivityFactory(company=company, name="Two")
    answer = browser.get(reverse("afas_mapping_download"), {"table": "activities", "q": "two"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Key", "Activities", "Remark", "Item", "Kind", "Unit", "Ledger account"]
    assert [row[1] for row in rows[1:]] == ["Two"]


def test_what_would_change_is_shown_before_it_is_saved(
    browser: Any, link: AfasConnection, company: Company, design: Activity
) -> None:
    ItemLinkFactory(company=company, use="activity", activity=design, code="UREN-DEV")
    other = ActivityFactory(company=company, name="Advice")
    content = (
        "Key;Activities;Item;Ledger account\r\n"
        f"activity-{design.pk};whatever;;8080\r\n"
        f"activity-{other.pk};;KM;\r\n"
    )
    preview = upload(browser, content)
    shown = text(preview)
    assert "Save 2 rows" in shown
    for word in ("UREN-DEV", "8080", "KM", "Costs", "taken away"):
        assert word in shown
    assert not AccountLink.objects.exists()

    assert "Saved: 2 rows changed" in text(confirm(browser, preview))
    assert AccountLink.objects.get().account == "8080"
    item = ItemLink.objects.get()
    assert (item.activity, item.kind, item.code, item.unit) == (other, "6", "KM", "km")


def test_what_changed_between_looking_and_saving_is_not_overwritten(
    browser: Any, company: Company, design: Activity
) -> None:
    preview = upload(browser, f"Key;Ledger account\nactivity-{design.pk};8080\n")
    AccountLinkFactory(company=company, use="activity", activity=design, account="8010")
    answer = confirm(browser, preview)
    assert answer.status_code == 422
    assert "Meanwhile somebody made this" in text(answer)
    assert AccountLink.objects.get().account == "8010"


@pytest.mark.parametrize("payload", ["", "made:up:payload"])
def test_a_preview_that_is_not_ours_saves_nothing(browser: Any, payload: str) -> None:
    answer = browser.post(reverse("afas_mapping_apply"), {"payload": payload}, follow=True)
    assert "took too long" in text(answer)


def test_a_preview_of_one_table_or_link_does_not_hold_for_another(
    browser: Any, company: Company, design: Activity
) -> None:
    preview = upload(browser, f"Key;Ledger account\nactivity-{design.pk};8080\n")
    assert "took too long" in text(confirm(browser, preview, "products"))
    AfasConnection.objects.update(closed_at="2026-01-01T00:00Z")
    AfasConnectionFactory(company=company, administration=2)
    assert "took too long" in text(confirm(browser, preview))
    assert not AccountLink.objects.exists()


def test_every_wrong_line_is_named_and_nothing_is_offered_to_save(
    browser: Any, link: AfasConnection, company: Company, design: Activity
) -> None:
    stranger = ActivityFactory()
    fine = ActivityFactory(company=company, name="Fine")
    key = f"activity-{design.pk}"
    content = (
        "Key;Kind;Item;Ledger account\n"
        f"{key};;;9999\n"
        "\n"
        f"activity-{stranger.pk};;;8000\n"
        f"{key};;;8000\n"
        ";;;8000\n"
        f"activity-{fine.pk};Nonsense;KM;8000;extra\n"
    )
    found = wrong(link, content)
    assert [line for line, _sentence in found] == [2, 4, 5, 6, 7]
    for (_line, sentence), words in zip(
        found,
        (
            "Ledger account: AFAS knows no ledger account 9999",
            f"There is no row “activity-{stranger.pk}”",
            "stands in the file already, on line 2",
            "This line has no key",
            "more columns than the head",
        ),
        strict=True,
    ):
        assert words in sentence
    answer = upload(browser, content)
    assert answer.status_code == 422
    assert "5 things in the file need another look" in text(answer)
    assert "payload" not in text(answer)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("Ledger account", "The column “Key” is missing"),
        ("Key;Account number", "There is no column “Account number”"),
        ("Key;Item;Item", "These columns are the same one"),
        ("activity-1;8000", "There is no column “activity-1”"),
    ],
)
def test_a_head_that_is_not_understood_is_told_on_line_1(
    link: AfasConnection, head: str, sentence: str
) -> None:
    found = wrong(link, f"{head}\nactivity-1;8000\n")
    assert any(sentence in said for line, said in found if line == 1)


def test_a_kind_of_item_is_known_by_its_name_or_number(
    link: AfasConnection, design: Activity
) -> None:
    head = "Key;Item;Kind\n"
    for kind in ("Work type (hours)", "work TYPE (hours)", "1"):
        content = f"{head}activity-{design.pk};UREN-DEV;{kind}\n".encode()
        [edit] = read_sheet(connection=link, table="activities", content=content)
        assert edit.values["kind"] == "1"
    [(line, sentence)] = wrong(link, f"{head}activity-{design.pk};UREN-DEV;Nonsense\n")
    assert (line, "There is no kind of item “Nonsense”" in sentence) == (2, True)


def test_heads_are_known_in_every_language(link: AfasConnection, design: Activity) -> None:
    with override("nl"):
        [head, *_rows] = sheet_of("activities", [])
    content = f"{';'.join(head)}\nactivity-{design.pk};;;;;;8080\n".encode()
    [edit] = read_sheet(connection=link, table="activities", content=content)
    assert edit.changed == ["account"]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff{head}\r\n{key};8080\r\n".encode,
        "{head};;;\r\n{key};8080;;;\r\n;;;;\r\n".encode,
        'sep=;\r\n"{head2}"\r\n"{key}";" 8080 "\r\n'.encode,
    ],
)
def test_the_oddities_of_spreadsheets_do_not_matter(
    browser: Any, design: Activity, content: Callable[[], bytes]
) -> None:
    key = f"activity-{design.pk}"
    written = content().decode()
    for mark, words in (("{head}", "Key;Ledger account"), ("{head2}", 'Key";"Ledger account')):
        written = written.replace(mark, words)
    preview = upload(browser, written.replace("{key}", key))
    assert preview.context["count"] == 1
    confirm(browser, preview)
    assert AccountLink.objects.get().account == "8080"


def test_vat_rates_go_by_treatment_and_percentage(browser: Any, link: AfasConnection) -> None:
    head = "Key,VAT code,VAT account,Revenue account\n"
    preview = upload(browser, f"{head}vat-high-21.00,1,1510,\nvat-low-9.00,2,1511,8010\n", "vat")
    confirm(browser, preview, "vat")
    assert {one.code: one.account for one in VatLink.objects.all()} == {"1": "1510", "2": "1511"}
    [(line, sentence)] = wrong(link, f"{head}vat-high-19.00,1,1510,\n", "vat")
    assert (line, "There is no row" in sentence) == (2, True)


def test_what_is_no_sheet_is_said(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = reverse("afas_mapping_upload")
    assert "Choose the file first" in text(browser.post(page))
    assert "The file is empty" in text(upload(browser, ""))
    assert "no CSV" in text(upload(browser, b"PK\x03\x04\x00\x00"))
    monkeypatch.setattr(mapping_sheet, "MOST_BYTES", 10)
    assert "too large" in text(upload(browser, "Key;Ledger account\n"))


def test_a_file_of_far_too_many_lines_is_refused(
    link: AfasConnection, design: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping_sheet, "MOST_LINES", 1)
    content = f"Key;Ledger account\nactivity-{design.pk};8080\nactivity-0;8080\n".encode()
    with pytest.raises(DomainError, match="too many lines"):
        read_sheet(connection=link, table="activities", content=content)


def test_a_file_that_says_what_is_here_already_changes_nothing(
    browser: Any, design: Activity
) -> None:
    answer = upload(browser, f"Key;Ledger account\nactivity-{design.pk};\n")
    assert "Nothing would change" in text(answer)

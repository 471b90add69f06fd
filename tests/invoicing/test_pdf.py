"""What the customer reads on paper: every word and figure, whatever was typed."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from PIL import Image
from pypdf import PdfReader

from core import formats
from core.vat import REASONS
from invoicing.layout import colours, typesetting
from invoicing.services import payment_code, pdf, printing
from tests.invoicing import papers
from tests.invoicing.papers import Dutch, line, look, pages, paper, text

WILD = [
    '#pagebreak() #eval("1+1") #set page(width: 1cm)',
    "*bold* _slanted_ `code` $ x^2 $ = heading // not a comment",
    "@label <label> #{sys.inputs} \\ ~ -- --- ...",
    '"quotes" \'single\' {"json": [1]} ${shell} <script>alert(1)</script>',
]


def test_every_fact_can_be_searched() -> None:
    """Both parties with their numbers, the dates, the reference and the lines."""
    found = text(pdf.render(paper(line(description="Façade, ïn € én ß")), look()))
    for fact in (
        "Studio Eik B.V.",
        "Oudegracht 112-bis",
        "KvK 30123456",
        "NL801234567B01",
        "IBAN NL91 ABNA 0417 1643 00",
        "Müller & Söhne Façade GmbH",
        "Frau Jürgens",
        "Königsallee 60",
        "40212 Düsseldorf",
        "Germany",
        "DE123456789",
        "2026-0042",
        "02-11-2026",
        "02-12-2026",
        "01-10-2026 – 31-10-2026",
        "10077",
        "PO 4500",
        "Façade, ïn € én ß",
        "Page 1 of 1",
    ):
        assert fact in found


@pytest.mark.parametrize("number_format", ["comma", "point"])
def test_the_amounts_are_those_of_the_invoice_to_the_cent(number_format: str) -> None:
    """Lines, VAT groups and totals, in the notation of the company."""
    printed = paper(
        line(1, quantity=Decimal("74.50"), unit_price=Decimal("102.5000")),
        line(2, quantity=Decimal("180.50"), unit_price=Decimal("0.2350"), discount=Decimal("7.5")),
        line(3, unit_price=Decimal("34.95"), vat_code="low", percent=Decimal(9)),
        line(4, unit_price=Decimal("-3.33"), vat_code="low", percent=Decimal(9)),
    )
    notation = Dutch(number_format=number_format)
    found = text(pdf.render(printed, look(notation=notation)))
    with formats.use(notation):
        for one in printed.items:
            assert f"{formats.write_amount(one.unit_price, 4)} " in found
            assert formats.write_amount(one.net) in found
        for group in printed.vat_groups:
            assert formats.write_money(group.base).replace("\u00a0", " ") in found
            assert formats.write_money(group.vat).replace("\u00a0", " ") in found
        for sum_of in (printed.net, printed.total):
            assert formats.write_money(sum_of).replace("\u00a0", " ") in found


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_words_are_in_the_language_of_the_customer(language: str) -> None:
    """Whatever language the person who renders it reads."""
    with translation.override("nl" if language == "en" else "en"):
        made = pdf.render(paper(language=language), look())
    with translation.override(language):
        words = [gettext("Invoice"), gettext("Description"), gettext("Customer number")]
    assert all(word in text(made) for word in words)
    assert PdfReader(io.BytesIO(made)).trailer["/Root"]["/Lang"].startswith(language)


def test_the_discount_column_is_there_only_when_it_is_used() -> None:
    """An empty column asks a question."""
    assert "Discount" not in text(pdf.render(paper(), look()))
    found = text(pdf.render(paper(line(discount=Decimal("12.50"))), look()))
    assert "Discount" in found
    assert "12,5%" in found


@pytest.mark.parametrize("words", WILD)
def test_what_was_typed_is_printed_and_never_obeyed(words: str) -> None:
    """Markup of typst, JSON or HTML is text like any other, in every place where people type."""
    printed = paper(
        line(description=words),
        line(2, kind="heading", description=words),
        reference=words,
        intro=words,
        closing=words,
        buyer=replace(papers.BUYER, name=words, city=words),
    )
    found = text(pdf.render(printed, look()))
    assert "".join(found.split()).count("".join(words.split())) >= 6


@pytest.mark.parametrize(
    "words",
    [
        "W" * 255,
        "שלום עולם",
        "مرحبا",
        "Ελληνικά",
        "Київ",
        "注文書",
        "a\x00b\x07\x1bc",
        "\ud800",
        "\n\n",
        "👩‍👩‍👧",
    ],
)
def test_no_sign_makes_it_fail(words: str) -> None:
    """A sign that no font of ours has is printed as a box."""
    printed = paper(line(description=words), intro=words, buyer=replace(papers.BUYER, name=words))
    assert "2026-0042" in text(pdf.render(printed, look()))


def test_a_word_too_long_for_its_column_stays_in_it() -> None:
    """It is broken, with nothing added, and the amount stands where it stood."""
    made = pdf.render(paper(line(description="W" * 255)), look())
    assert "W" * 255 in "".join(pages(made)[0].split())
    assert "950,00" in text(made)


def test_an_invoice_of_a_thousand_lines_repeats_its_head_on_every_page() -> None:
    """All lines are there, and each page says which one it is."""
    lines = [line(at, description=f"Line number {at}.") for at in range(1, 1001)]
    found = pages(pdf.render(paper(*lines), look()))
    assert all(f"Line number {at}." in " ".join(found) for at in (1, 500, 1000))
    assert all("Description" in page for page in found[:-1])
    assert f"Page {len(found)} of {len(found)}" in found[-1]


def test_a_reverse_charge_names_the_ground_and_both_vat_numbers() -> None:
    """No VAT, in so many words."""
    reason = REASONS["reverse_eu"]["en"]
    printed = paper(line(vat_code="reverse_eu", percent=Decimal(0)), reasons={"reverse_eu": reason})
    found = text(pdf.render(printed, look()))
    assert f"{reason}, on € 950,00" in found
    assert "reversed" in found
    assert "DE123456789" in found
    assert "NL801234567B01" in found


def test_a_credit_note_says_what_it_corrects_and_asks_for_nothing() -> None:
    """Below zero with a minus, the number of the invoice, and no payment code."""
    printed = paper(
        line(quantity=Decimal("-8.00")),
        is_credit_note=True,
        number="2026-0045",
        credits_number="2026-0042",
        credits_date=papers.paper().invoice_date,
    )
    made = pdf.render(printed, look())
    assert "Credit note" in text(made)
    assert "Credits invoice 2026-0042, 02-11-2026" in text(made)
    assert "€ −919,60" in text(made)
    assert "Please pay" not in text(made)


def printed_payment(**changes: Any) -> dict[str, Any] | None:
    """The payment block as the template gets it."""
    block: dict[str, Any] | None = printing.as_printed(paper(**changes), look())["payment"]
    return block


def test_the_payment_code_asks_for_this_amount_on_our_account() -> None:
    """And whoever does not see it is told what it is."""
    block = printed_payment()
    assert block is not None
    asked = payment_code.payload(
        name="Studio Eik B.V.",
        iban="NL91ABNA0417164300",
        bic="ABNANL2A",
        amount=Decimal("1149.50"),
        text="2026-0042",
    )
    assert block["code"] == payment_code.svg(asked)
    assert block["code_words"] in alternatives(pdf.render(paper(), look()))


def alternatives(made: bytes) -> list[str]:
    """The words that stand for pictures."""

    def of(element: Any) -> list[str]:
        node = element.get_object()
        if isinstance(node, list):
            return [words for one in node for words in of(one)]
        if not isinstance(node, dict):
            return []
        own = [str(node["/Alt"])] if "/Alt" in node else []
        return own + (of(node["/K"]) if "/K" in node else [])

    return of(PdfReader(io.BytesIO(made)).trailer["/Root"]["/StructTreeRoot"])


@pytest.mark.parametrize(
    "changes",
    [
        {"number": ""},
        {"seller": replace(papers.SELLER, iban="")},
        {"seller": replace(papers.SELLER, iban="NL00ABNA0000000000")},
    ],
)
def test_nobody_can_scan_what_cannot_be_paid(changes: dict[str, Any]) -> None:
    """A draft, and an account that is absent or wrong, have no code; the words are there still."""
    block = printed_payment(**changes)
    assert block is not None
    assert block["code"] == ""
    assert pdf.render(paper(**changes), look())


def test_nothing_is_asked_when_there_is_nothing_to_pay() -> None:
    """An invoice of nought has no payment block."""
    assert printing.as_printed(paper(line(unit_price=Decimal(0))), look())["payment"] is None


def test_a_draft_says_so_on_every_page() -> None:
    """So that nobody books it."""
    lines = [line(at) for at in range(1, 60)]
    found = pages(pdf.render(paper(*lines, number=""), look(draft=True)))
    assert len(found) > 1
    assert all("DRAFT" in page for page in found)
    assert "DRAFT" not in text(pdf.render(paper(), look()))


def test_the_same_data_gives_the_same_bytes() -> None:
    """Its date is the invoice's, also in what viewers show of the file."""
    first, second = pdf.render(paper(), look()), pdf.render(paper(), look())
    assert first == second
    about = PdfReader(io.BytesIO(first)).metadata
    assert about is not None
    assert about.title == "Invoice 2026-0042 Studio Eik B.V."
    assert about.author == "Studio Eik B.V."
    assert str(about.get("/CreationDate", "")).startswith("D:20261102")


def test_only_our_own_fonts_are_in_it() -> None:
    """What the machine has makes no difference."""
    made = pdf.render(paper(line(description="Latin שלום")), look())
    reader = PdfReader(io.BytesIO(made))
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts
    assert all(name.startswith(("Inter", "DejaVuSans")) for name in fonts)


def test_it_is_tagged_for_those_who_listen() -> None:
    """Tables are tables and the title is a heading."""
    root = PdfReader(io.BytesIO(pdf.render(paper(), look()))).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root


def test_threads_set_their_papers_side_by_side() -> None:
    """A compiler serves one at a time; each thread has its own."""
    found: dict[int, str] = {}

    def work(number: int) -> None:
        for _again in range(3):
            found[number] = text(pdf.render(paper(number=f"2026-{number:04d}"), look()))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [1, 2, 3, 4]
    assert all(f"2026-{number:04d}" in words for number, words in found.items())


def test_a_long_paper_is_set_apart_and_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process of its own, which gives the memory back."""
    here = pdf.render(paper(), look())
    monkeypatch.setattr(typesetting, "LONG", 0)
    assert pdf.render(paper(), look()) == here


def test_data_that_cannot_be_set_is_an_error_also_from_apart() -> None:
    """Never an empty file."""
    for rows in (0, typesetting.LONG + 1):
        with pytest.raises(typesetting.UnsettableError):
            typesetting.typeset({}, day=paper().invoice_date, rows=rows)


@pytest.mark.parametrize("colour", ["#ffffff", "#ffff00", "#0b6b63", "#000000", "#ff8800"])
def test_words_in_the_company_colour_can_be_read(colour: str) -> None:
    """A pale colour is darkened; one that is dark enough stays what it is."""
    shade = colours.readable(colour)
    assert colours.contrast(shade, "#ffffff") >= 4.5
    assert colours.contrast(shade, colours.tint(colour)) >= 4.5
    assert colours.readable("#0b6b63") == "#0b6b63"


def picture(kind: str) -> bytes:
    """A logo of 300 × 100."""
    page = io.BytesIO()
    Image.new("RGB", (300, 100), "#0b6b63").save(page, format=kind)
    return page.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_logo_is_on_it(kind: str) -> None:
    """As a picture that has the company's name for those who do not see it."""
    made = pdf.render(paper(), look(logo=pdf.as_svg(picture(kind))))
    assert len(PdfReader(io.BytesIO(made)).pages[0].images) == 1
    assert "Studio Eik B.V." in alternatives(made)

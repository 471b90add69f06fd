"""Files as people, telephones and attackers send them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """A red picture of a kind: JPEG, PNG or HEIF."""
    page = io.BytesIO()
    Image.new(options.pop("mode", "RGB"), size, options.pop("colour", "red")).save(
        page, kind, **options
    )
    return page.getvalue()


def pdf(
    pages: int = 1, *, change: Callable[[PdfWriter], Any] | None = None, password: str | None = None
) -> bytes:
    """A PDF with blank pages."""
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(200, 100)
    if change:
        change(writer)
    if password is not None:
        writer.encrypt(password)
    page = io.BytesIO()
    writer.write(page)
    return page.getvalue()


def on_opening(action: str) -> Callable[[PdfWriter], None]:
    """Let a PDF do something when it is opened."""

    def change(writer: PdfWriter) -> None:
        kind = writer._add_object(NameObject(action))  # a reference hides it a little
        what = {NameObject("/S"): kind, NameObject("/URI"): TextStringObject("https://a.test")}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(what)

    return change


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))

"""What a receipt may be, judged by its content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from core.errors import DomainError
from registration.services.receipt_files import MAX_SIDE, read_receipt, small_picture
from tests.registration.receipt_samples import on_opening, opened, pdf, picture

HEIC = picture("HEIF", (640, 480))
SCRIPT = b"<html><script>alert(1)</script></html>"


def refusal_of(content: bytes, name: str = "lunch.jpg") -> str:
    with pytest.raises(DomainError) as refused:
        read_receipt(name, content)
    return refused.value.message


class TestPhotos:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
    def test_a_photo_of_any_kind_becomes_a_jpeg(self, kind: str) -> None:
        kept = read_receipt("IMG_0001.HEIC", picture(kind))
        assert (kept.name, kept.content_type) == ("IMG_0001.jpg", "image/jpeg")
        assert opened(kept.content).format == "JPEG"
        assert opened(kept.content).size == (60, 40)

    def test_a_large_photo_is_reduced(self) -> None:
        kept = read_receipt("a.jpg", picture(size=(4800, 2400)))
        assert opened(kept.content).size == (MAX_SIDE, MAX_SIDE // 2)

    def test_where_and_with_what_it_was_taken_does_not_survive(self) -> None:
        exif = Image.Exif()
        exif[0x010F] = "Maker of telephones"
        exif.get_ifd(0x8825)[1] = "N"
        sent = picture(exif=exif)
        assert b"Maker of telephones" in sent
        kept = read_receipt("a.jpg", sent).content
        assert b"Maker of telephones" not in kept
        assert not opened(kept).getexif()

    def test_a_photo_on_its_side_is_put_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        assert opened(read_receipt("a.jpg", picture(exif=exif)).content).size == (40, 60)

    def test_what_hides_behind_a_photo_does_not_survive(self) -> None:
        kept = read_receipt("a.jpg", picture() + SCRIPT)
        assert b"script" not in kept.content

    def test_what_somebody_wrote_in_a_photo_does_not_survive(self) -> None:
        sent = picture(comment=SCRIPT)
        assert SCRIPT in sent
        assert b"script" not in read_receipt("a.jpg", sent).content

    def test_transparent_paper_is_white_and_sixteen_bits_of_grey_stay_grey(self) -> None:
        clear = read_receipt("a.png", picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)))
        grey = read_receipt("b.png", picture("PNG", mode="I;16", colour=30000))
        assert opened(clear.content).getpixel((5, 5)) == (255, 255, 255)
        assert opened(grey.content).getpixel((5, 5)) == pytest.approx((117, 117, 117), abs=2)

    def test_a_small_picture_fits_in_its_square(self) -> None:
        assert max(opened(small_picture(picture(size=(900, 300)), 240)).size) == 240


class TestRefusedPhotos:
    @pytest.mark.parametrize(
        "content",
        [SCRIPT, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90", b"GIF89a" + b"\0" * 50],
    )
    def test_what_only_calls_itself_a_photo_is_refused(self, content: bytes) -> None:
        assert "lunch.jpg was not kept: it is neither a photo" in refusal_of(content)

    @pytest.mark.parametrize("size", [(10_000, 10_000), (30_000, 30_000)])
    def test_a_bomb_of_pixels_is_not_unpacked(self, size: tuple[int, int]) -> None:
        bomb = picture("PNG", size, mode="1", colour=0)
        assert len(bomb) < 2_000_000
        assert "more than 50 million pixels" in refusal_of(bomb)

    @pytest.mark.parametrize(
        "content",
        [HEIC[:200], HEIC[: len(HEIC) // 2], picture()[:100], picture("PNG")[:60], b"\xff\xd8\xff"],
    )
    def test_a_damaged_photo_says_so(self, content: bytes) -> None:
        assert "the file is damaged" in refusal_of(content)

    def test_an_empty_file_says_so(self) -> None:
        assert "it is empty" in refusal_of(b"")

    def test_ten_megabytes_fit_and_a_byte_more_does_not(self, settings: Any) -> None:
        sent = picture("PNG")
        settings.RECEIPT_MAX_BYTES = len(sent)
        assert read_receipt("a.png", sent)
        settings.RECEIPT_MAX_BYTES = len(sent) - 1
        assert "larger than" in refusal_of(sent)


class TestPdfs:
    def test_a_pdf_is_kept_as_it_came(self) -> None:
        sent = pdf(3)
        kept = read_receipt("hotel.PDF", sent)
        assert (kept.content, kept.pages, kept.name) == (sent, 3, "hotel.pdf")

    def test_a_link_in_it_is_no_reason_to_refuse(self) -> None:
        assert read_receipt("a.pdf", pdf(change=on_opening("/URI")))

    @pytest.mark.parametrize(
        "change",
        [
            on_opening("/JavaScript"),
            on_opening("/Launch"),
            on_opening("/SubmitForm"),
            on_opening("/GoToR"),
            lambda writer: writer.add_attachment("virus.exe", b"MZ"),
        ],
    )
    def test_one_that_does_something_is_refused(self, change: Callable[..., None]) -> None:
        assert "runs a program or carries other files" in refusal_of(pdf(change=change), "a.pdf")

    def test_one_that_spells_its_action_oddly_is_refused(self) -> None:
        sent = pdf(change=on_opening("/Launch")).replace(b"/Launch", b"/L#61unch")
        assert "runs a program" in refusal_of(sent)

    @pytest.mark.parametrize("password", ["secret", ""])
    def test_a_locked_one_is_refused(self, password: str) -> None:
        assert "locked with a password" in refusal_of(pdf(password=password))

    def test_fifty_pages_fit_and_fifty_one_do_not(self) -> None:
        assert read_receipt("a.pdf", pdf(50)).pages == 50
        assert "it has 51 pages" in refusal_of(pdf(51))
        assert "it has 0 pages" in refusal_of(pdf(0))

    def test_a_damaged_one_says_so(self) -> None:
        assert "the file is damaged" in refusal_of(b"%PDF-1.7 and nothing else")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\me\\bon.png", "bon.jpg"),
        ('a"\r\nSet-Cookie: x.jpg', 'a"Set-Cookie: x.jpg'),
        ("", "receipt.jpg"),
        ("r" * 300 + ".jpeg", "r" * 115 + ".jpg"),
    ],
)
def test_a_name_is_only_for_showing(name: str, shown: str) -> None:
    assert read_receipt(name, picture()).name == shown

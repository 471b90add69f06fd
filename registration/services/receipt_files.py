"""What a receipt may be: judged by what is in the file, never by its name.

A photograph is decoded and drawn anew, so that nothing but the picture survives: no place where it
was taken, and nothing that was hidden behind it. A PDF is kept as it came, if it does nothing.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import PurePosixPath

import pillow_heif
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from core.errors import DomainError

pillow_heif.register_heif_opener()

MB = 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 2400
MAX_PAGES = 50
# A printed statement of fifty pages has some thousands.
MAX_PARTS = 20_000
QUALITY = 85
NAME_LENGTH = 120
PDF, JPEG = "application/pdf", "image/jpeg"
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
# ISO 32000-1, 12.6.4 and 7.11.4: what runs, sends or carries something when a PDF is opened.
ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition"}
)
CARRIERS = frozenset({"/JS", "/EF", "/EmbeddedFiles", "/XFA", "/RichMediaContent"})


@dataclass(frozen=True)
class ReceiptFile:
    """A receipt that may be kept, as it will be kept."""

    name: str
    content: bytes
    content_type: str
    pages: int = 1

    @property
    def sha256(self) -> str:
        """What the content is known by."""
        return hashlib.sha256(self.content).hexdigest()


def read_receipt(name: str, content: bytes) -> ReceiptFile:
    """The file as it may be kept. `name` is only for showing; `content` decides.

    Raises DomainError, with the name in its sentence, for what is empty, larger than
    `settings.RECEIPT_MAX_BYTES`, damaged, locked, active, or neither a photograph nor a PDF.
    """
    shown = _shown_name(name)
    if not content:
        raise _refusal(shown, _("it is empty. Take the photo or save the file again."))
    if len(content) > settings.RECEIPT_MAX_BYTES:
        raise too_large(name)
    if content.startswith(b"%PDF-"):
        return ReceiptFile(_ending(shown, "pdf"), content, PDF, _pages_of(shown, content))
    kind = _picture_kind(content)
    if not kind:
        raise _refusal(
            shown,
            _(
                "it is neither a photo (JPEG, PNG, HEIC) nor a PDF, whatever its name says. "
                "Save it as one of these."
            ),
        )
    return ReceiptFile(_ending(shown, "jpg"), _drawn_anew(shown, content, kind), JPEG)


def too_large(name: str) -> DomainError:
    """The refusal of a file of this `name` for its size alone, before it is read."""
    most = _("it is larger than %(most)s MB. Photograph it smaller, or split it.") % {
        "most": settings.RECEIPT_MAX_BYTES // MB
    }
    return _refusal(_shown_name(name), most)


def small_picture(content: bytes, side: int) -> bytes:
    """A JPEG of ours, reduced to fit in a square of `side` pixels."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        picture.draft("RGB", (side, side))
        return _as_jpeg(picture, side)


def _refusal(name: str, reason: str) -> DomainError:
    return DomainError(_("%(name)s was not kept: %(reason)s") % {"name": name, "reason": reason})


def _shown_name(name: str) -> str:
    """The last part of a path, without what cannot be printed."""
    last = PurePosixPath(name.replace("\\", "/")).name
    printable = "".join(sign for sign in last if sign.isprintable()).strip()
    return printable[-NAME_LENGTH:] or _("receipt")


def _ending(name: str, ending: str) -> str:
    stem, _dot, old = name.rpartition(".")
    stem = stem if stem and len(old) <= 4 else name
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"


def _picture_kind(content: bytes) -> str:
    """What Pillow calls the kind of picture that the first bytes announce; empty for none."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "HEIF" if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS else ""


def _drawn_anew(name: str, content: bytes, kind: str) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=(kind,)) as picture:
                _refuse_bomb(picture)
                picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
                return _as_jpeg(ImageOps.exif_transpose(picture), MAX_SIDE)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name) from error
    except Exception as error:  # a decoder raises what it likes at what was made to break it
        raise _damaged(name) from error


def _refuse_bomb(picture: Image.Image) -> None:
    """Stop before anything is unpacked; Pillow itself only stops at far more."""
    if picture.width * picture.height > MAX_PIXELS:
        raise Image.DecompressionBombError


def _as_jpeg(picture: Image.Image, side: int) -> bytes:
    picture.thumbnail((side, side))
    page, drawn = io.BytesIO(), _on_white(picture)
    drawn.info.clear()  # a comment in the file would be written along
    drawn.save(page, format="JPEG", quality=QUALITY, optimize=True)
    return page.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture in plain colours; paper shows through where it is transparent."""
    if picture.mode.startswith("I"):  # 16 bits of grey, as scanners make them
        picture = picture.convert("I").point([grey / 257 for grey in range(65536)], "L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    drawn = picture.convert("RGBA")
    paper = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(paper, drawn).convert("RGB")


def _pages_of(name: str, content: bytes) -> int:
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        _refuse_locked(name, reader)
        count = len(reader.pages)
        _refuse_active(name, reader)
    except DomainError:
        raise
    except Exception as error:  # a parser raises what it likes at what was made to break it
        raise _damaged(name) from error
    if not 1 <= count <= MAX_PAGES:
        raise _refusal(
            name,
            _("it has %(count)s pages; 1 to %(most)s fit. Keep the pages that prove the cost.")
            % {"count": count, "most": MAX_PAGES},
        )
    return count


def _refuse_locked(name: str, reader: PdfReader) -> None:
    if reader.is_encrypted:
        raise _refusal(name, _("it is locked with a password. Save it without one."))


def _refuse_active(name: str, reader: PdfReader) -> None:
    """Refuse a PDF in which anything that can be reached does more than show itself."""
    waiting: list[PdfObject | None] = [reader.trailer]
    seen: set[int] = set()
    parts = 0
    while waiting:
        part = waiting.pop()
        if isinstance(part, IndirectObject):
            if part.idnum in seen:
                continue
            seen.add(part.idnum)
            part = part.get_object()
        parts += 1
        if parts > MAX_PARTS * 10 or len(seen) > MAX_PARTS:
            raise _refusal(name, _("it has too many parts. Print it to a new PDF."))
        if isinstance(part, DictionaryObject):
            if _is_active(part):
                raise _refusal(
                    name,
                    _("this PDF runs a program or carries other files. Print it to a new PDF."),
                )
            waiting.extend(part.values())
        elif isinstance(part, ArrayObject):
            waiting.extend(part)


def _is_active(part: DictionaryObject) -> bool:
    kind = part.get("/S")
    if isinstance(kind, IndirectObject):  # get() does not follow a reference
        kind = kind.get_object()
    return str(kind) in ACTIONS or not CARRIERS.isdisjoint(part)


def _too_many_pixels(name: str) -> DomainError:
    most = MAX_PIXELS // 1_000_000
    return _refusal(
        name, _("it has more than %(most)s million pixels. Take a smaller photo.") % {"most": most}
    )


def _damaged(name: str) -> DomainError:
    return _refusal(name, _("the file is damaged. Take the photo or save the file again."))

"""From plain data to a PDF, by typst and the template and fonts that lie beside this file.

The data goes in as JSON, so what people typed is text and never markup. Nothing of the machine is
used: no fonts, no clock, no packages. The same data gives the same bytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import typst

HERE = Path(__file__).parent
TEMPLATE = HERE / "invoice.typ"
# What none of our fonts can draw: emoji, Chinese, Korean, halves of a sign.
UNDRAWABLE = re.compile("[\U00010000-\U0010ffff\u1100-\u11ff\u2e80-\ua4cf\uac00-\udfff]")
# What has no form of its own, and what joins signs that we cannot draw.
INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200d\ufe0e\ufe0f]")
# Typst keeps what it worked out for its next ten documents. A long one is set in a process of its
# own, which gives the memory back: 10,000 rows take it 900 MB.
LONG = 1500
SECONDS = 120
TRIAL = b"""#for page in range(1, int(sys.inputs.pages) + 1) {
  image("/receipt.pdf", page: page, width: 1cm)
}"""


class UnsettableError(ValueError):
    """The data could not be set; the message is typst's."""


_fonts = typst.Fonts(
    include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(HERE / "fonts")]
)
_of_thread = threading.local()


def typeset(
    data: Mapping[str, Any], *, day: date, files: Mapping[str, bytes] | None = None, rows: int = 0
) -> bytes:
    """The PDF of `data`, dated `day`. `files` are pictures and PDFs that the data names.

    `rows` says how long it is about to be. Raises UnsettableError, also when a file is no picture.
    """
    text = json.dumps(_drawable(data), ensure_ascii=False)
    if not files:
        return _anywhere(text, day, HERE, rows)
    with tempfile.TemporaryDirectory(prefix="invoice-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        return _anywhere(text, day, Path(folder), rows)


def can_be_placed(pdf: bytes, pages: int) -> bool:
    """Whether every page of a PDF can be set on ours; tried, since only typst knows."""
    with tempfile.TemporaryDirectory(prefix="invoice-") as folder:
        (Path(folder) / "receipt.pdf").write_bytes(pdf)
        try:
            _compiled(TRIAL, {"pages": str(pages)}, date(2000, 1, 1), Path(folder))
        except UnsettableError:
            return False
    return True


def _drawable(data: Any) -> Any:
    """The same data, a box for each sign that no font of ours has."""
    if isinstance(data, str):
        return data if data.isascii() and data.isprintable() else _boxed(data)
    if isinstance(data, Mapping):
        return {name: _drawable(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_drawable(value) for value in data]
    return data


def _boxed(text: str) -> str:
    return UNDRAWABLE.sub("□", INVISIBLE.sub("", text))


def _anywhere(text: str, day: date, root: Path, rows: int) -> bytes:
    return _apart(text, day, root) if rows > LONG else _here(text, day, root)


def _here(text: str, day: date, root: Path) -> bytes:
    return _compiled(TEMPLATE.read_bytes(), {"data": text}, day, root)


def _compiled(template: bytes, inputs: dict[str, str], day: date, root: Path) -> bytes:
    """In this thread. A compiler serves one at a time, so each thread has its own."""
    compiler = getattr(_of_thread, "compiler", None)
    if compiler is None:
        compiler = _of_thread.compiler = typst.Compiler(font_paths=_fonts, ignore_system_fonts=True)
    try:
        pdf = compiler.compile(
            template,
            root=str(root),
            sys_inputs=inputs,
            format="pdf",
            timestamp=int(datetime.combine(day, time(12), UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise UnsettableError(error.message) from error
    if not isinstance(pdf, bytes):
        raise UnsettableError("typst gave no single document")
    return pdf


def _apart(text: str, day: date, root: Path) -> bytes:
    """In a process that ends afterwards."""
    command = [sys.executable, "-m", "invoicing.layout.typesetting", day.isoformat(), str(root)]
    try:
        done = subprocess.run(  # noqa: S603 our own module, a date and our own folder
            command,
            input=text.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=HERE.parent.parent,
        )
    except subprocess.TimeoutExpired as error:
        raise UnsettableError(f"not set within {SECONDS} seconds") from error
    if done.returncode:
        raise UnsettableError(done.stderr.decode(errors="replace")[-1000:])
    return done.stdout


def main() -> None:
    """Read JSON, write a PDF: the other side of `_apart`."""
    day, root = date.fromisoformat(sys.argv[1]), Path(sys.argv[2])
    sys.stdout.buffer.write(_here(sys.stdin.buffer.read().decode(), day, root))


if __name__ == "__main__":
    main()

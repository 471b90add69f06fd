"""The Dutch catalogue, kept by Babel, since a machine need not have gettext.

python -m tools.messages update     bring django.po up to date with the source
python -m tools.messages compile    write django.mo where django.po is newer
python -m tools.messages check      say what is missing, stale or does not fit; exit code 1 if so
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = (
    "accounts",
    "core",
    "integrations",
    "invoicing",
    "registration",
    "relations",
    "timechimp_afas",
)
LOCALE = "nl"
CATALOGUE = ROOT / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
LAZY = {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
KEYWORDS = {**DEFAULT_KEYWORDS, **LAZY}
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural};\\n"

"""
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd%]|\{[a-z_]*\}")


def extracted() -> Catalog:
    """Every translatable string of the source, with the files it stands in."""
    catalogue = Catalog(locale=LOCALE)
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        for identity, context in _strings(path):
            catalogue.add(identity, locations=[(name, 0)], context=context)
    return catalogue


def sources() -> Iterator[Path]:
    """The files that may hold strings for people, in a fixed order."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path
    for folder in (ROOT / "templates", *(ROOT / app / "templates" for app in APPS)):
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _strings(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The message ids in a file, plural ones as a pair, each with its context."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Python of a sort, one call per translated string. In brackets its indentation is free.
        text = f"({templatize(text, origin=str(path))})"
    options = {"encoding": "utf-8"}
    for _, ids, _, context in extract("python", BytesIO(text.encode()), KEYWORDS, (), options):
        yield ids, context


def stored() -> Catalog:
    """The catalogue as it lies in the repository; empty when there is none yet."""
    if not CATALOGUE.exists():
        return Catalog(locale=LOCALE)
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale=LOCALE)


def update() -> None:
    """Add new strings, drop those that are gone, keep every translation, sorted by text."""
    old, new = stored(), extracted()
    for message in new:
        known = old.get(_singular(message), message.context)
        if known and message.id and _fits(known, message):
            message.string, message.flags = known.string, message.flags | known.flags
    body = BytesIO()
    write_po(body, new, omit_header=True, sort_output=True, include_lineno=False, width=100)
    header = HEADER.format(language=LOCALE, plural=new.plural_forms)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(header + body.getvalue().decode().rstrip("\n") + "\n", encoding="utf-8")


def _fits(known: Message, message: Message) -> bool:
    return known.pluralizable == message.pluralizable


def compile_catalogue() -> None:
    """Write django.mo when it is older than django.po. A fuzzy translation is left out."""
    binary = CATALOGUE.with_suffix(".mo")
    if not CATALOGUE.exists():
        return
    if binary.exists() and binary.stat().st_mtime >= CATALOGUE.stat().st_mtime:
        return
    waiting = binary.with_suffix(f".{os.getpid()}")  # two processes may both find it old
    with waiting.open("wb") as file:
        write_mo(file, stored())
    waiting.replace(binary)


def complaints() -> list[str]:
    """What is wrong with the catalogue, a line each; empty when it is complete."""
    old, new = stored(), extracted()
    known, needed = _identities(old), _identities(new)
    lines = [f"not in the catalogue: {_shown(one)}" for one in sorted(needed - known)]
    lines += [f"no longer in the source: {_shown(one)}" for one in sorted(known - needed)]
    for message in old:
        if message.id:
            lines += [f"{said}: {_singular(message)!r}" for said in _faults(message)]
    return lines


def _faults(message: Message) -> Iterator[str]:
    ids, strings = _forms(message.id), _forms(message.string)
    if not all(strings):
        yield "not translated"
    elif message.fuzzy:
        yield "fuzzy"
    elif not all(_placeholders(text) <= _placeholders(" ".join(ids)) for text in strings):
        yield "names a placeholder that the source does not have"
    elif _placeholders(ids[-1]) != _placeholders(strings[-1]):
        yield "leaves out a placeholder"


def _forms(texts: object) -> tuple[str, ...]:
    """The singular and plural of a message, or the one form it has."""
    forms = texts if isinstance(texts, (tuple, list)) else (texts,)
    return tuple(str(form or "") for form in forms)


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _identities(catalogue: Catalog) -> set[tuple[str, str]]:
    return {(message.context or "", _singular(message)) for message in catalogue if message.id}


def _singular(message: Message) -> str:
    return _forms(message.id)[0]


def _shown(identity: tuple[str, str]) -> str:
    context, text = identity
    return f"{text!r} ({context})" if context else repr(text)


def main(arguments: list[str]) -> int:
    """Do what the command line asks. Returns the exit code."""
    if arguments == ["update"]:
        update()
    elif arguments == ["compile"]:
        compile_catalogue()
    elif arguments == ["check"]:
        lines = complaints()
        sys.stdout.writelines(f"{line}\n" for line in lines)
        if lines:
            sys.stdout.write(f"{len(lines)} to mend in {CATALOGUE.relative_to(ROOT)}.\n")
        return 1 if lines else 0
    else:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

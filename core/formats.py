"""Figures, dates and durations as a company writes them, and as people type them.

The middleware says whose notation holds: `with formats.use(request.company): ...`. Without a
company the language decides. What is printed can be typed back: `parse_*` understands it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from django.utils import dateformat, timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from core import money

DASH = "–"
MINUS = "−"
NO_BREAK = "\u00a0"
LONGEST_INPUT = 30

_HOUR = r"h|hr|hrs|hour|hours|u|uur|uren"
_MINUTE = r"m|min|mins|minute|minutes|minuut|minuten"
_CLOCK = re.compile(r"(\d{0,5}):(\d{1,2})", re.ASCII)
_HOURS = re.compile(rf"(\d+(?:[.,]\d+)?) ?(?:{_HOUR})(?: ?(\d{{1,2}}) ?(?:{_MINUTE})?)?", re.ASCII)
_MINUTES = re.compile(rf"(\d+) ?(?:{_MINUTE})", re.ASCII)
_DECIMAL_HOURS = re.compile(r"\d*[.,]?\d+|\d+[.,]", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_PLAIN = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_ONE_GROUP = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_GROUPED_HOURS = re.compile(r"\d{1,3}[.,]\d{3}[.,]\d+", re.ASCII)


class UnreadableError(ValueError):
    """What was typed cannot be read; the message is a sentence for the person who typed it."""


class WritesFigures(Protocol):
    """What `use` asks of a company: its three choices, as stored."""

    number_format: str
    date_format: str
    duration_format: str


@dataclass(frozen=True)
class Notation:
    """`number` is "comma" (1.234,56) or "point" (1,234.56), `date` Django's format letters,
    `duration` "clock" (1:30) or "decimal" (1,50)."""

    number: str
    date: str = "d-m-Y"
    duration: str = "clock"

    @property
    def mark(self) -> str:
        """The decimal sign."""
        return "." if self.number == "point" else ","

    @property
    def group(self) -> str:
        """The sign between thousands."""
        return "," if self.number == "point" else "."


_notation: ContextVar[Notation | None] = ContextVar("notation", default=None)


@contextmanager
def use(company: WritesFigures | None) -> Iterator[None]:
    """Write and read figures inside this block as `company` does; None: as the language does."""
    notation = None
    if company is not None:
        notation = Notation(company.number_format, company.date_format, company.duration_format)
    token = _notation.set(notation)
    try:
        yield
    finally:
        _notation.reset(token)


def current() -> Notation:
    """The notation that holds here and now."""
    chosen = _notation.get()
    if chosen is not None:
        return chosen
    return Notation("point" if (get_language() or "").startswith("en") else "comma")


def write_amount(amount: Decimal | int | None, places: int = 2) -> str:
    """`amount` with two decimals, or up to `places` where they say something: 4.310,00 · 0,3525."""
    if amount is None:
        return DASH
    text = _fixed(Decimal(amount), places)
    whole, _point, decimals = text.partition(".")
    decimals = decimals[:2] + decimals[2:].rstrip("0")
    return _signed(Decimal(amount), _grouped(whole) + current().mark + decimals)


def write_money(amount: Decimal | int | None, places: int = 2) -> str:
    """`amount` in EUR: € 4.310,00. None is a dash."""
    return DASH if amount is None else f"€{NO_BREAK}{write_amount(amount, places)}"


def write_number(number: Decimal | int | None, places: int = 2) -> str:
    """A plain number, at most `places` decimals, no zeros at their end: 1.284 · 12,5."""
    if number is None:
        return DASH
    whole, _point, decimals = _fixed(Decimal(number), places).partition(".")
    decimals = decimals.rstrip("0")
    text = _grouped(whole) + (current().mark + decimals if decimals else "")
    return _signed(Decimal(number), text)


def write_kilometres(distance: Decimal | int | None) -> str:
    """A distance with at most one decimal: 180,5 km."""
    if distance is None:
        return DASH
    return f"{write_number(money.kilometres(Decimal(distance)), 1)}{NO_BREAK}km"


def write_minutes(minutes: int | None) -> str:
    """A duration in minutes as the company writes it: 135 is 2:15 or 2,25."""
    if minutes is None:
        return DASH
    if current().duration == "decimal":
        return write_amount(money.hours_of(minutes))
    hours, rest = divmod(abs(minutes), 60)
    return f"{MINUS if minutes < 0 else ''}{hours}:{rest:02}"


def write_day(day: date | None, style: str = "") -> str:
    """A date as the company writes it.

    `style` "short" gives 19 Nov, "long" Thursday 19 November 2026. Dutch months are in small
    letters: "j b" there.
    """
    if day is None:
        return DASH
    short = pgettext("short date, in Django's letters", "j M")
    letters = {"short": short, "long": "l j F Y"}.get(style, current().date)
    return dateformat.format(day, letters)


def write_moment(moment: datetime | None) -> str:
    """A moment in the viewer's time zone: today as 10:32, otherwise 19-11-2026 10:32."""
    if moment is None:
        return DASH
    local = timezone.localtime(moment)
    time = dateformat.format(local, "H:i")
    if local.date() == timezone.localdate():
        return _("today %(time)s") % {"time": time}
    return f"{write_day(local.date())}{NO_BREAK}{time}"


def parse_minutes(text: str) -> int:
    """Read a duration as whole minutes: "1:30", "1,5", "1.5", "90m", "1h30", "1 uur 30 min".

    A bare number is hours. Raises UnreadableError, also for a negative duration.
    """
    tidy = _tidy(text).lower()
    if match := _CLOCK.fullmatch(tidy):
        return _clock(match[1], match[2])
    if match := _MINUTES.fullmatch(tidy):
        return int(match[1])
    if match := _HOURS.fullmatch(tidy):
        return _hours_and_minutes(match[1], match[2])
    if _DECIMAL_HOURS.fullmatch(tidy):
        return _minutes_of(tidy)
    if _notation_groups(tidy):
        return _minutes_of(str(parse_decimal(tidy)))
    raise UnreadableError(
        _("“%(text)s” is not a duration. Type 1:30, 1,5 or 90m.") % {"text": text.strip()}
    )


def parse_decimal(text: str) -> Decimal:
    """Read a number exactly: "1.234,56", "1,234.56", "12,5", "€ 12", "−3".

    A single sign before exactly three figures counts as thousands when this company groups with it,
    as the decimal sign otherwise. Raises UnreadableError.
    """
    tidy = _tidy(text).removeprefix("€").strip()
    plain = _without_groups(tidy.removeprefix("-").replace(" ", "").replace("'", ""))
    if not _PLAIN.fullmatch(plain):
        raise UnreadableError(
            _("“%(text)s” is not a number. Type it like %(example)s.")
            % {"text": text.strip(), "example": write_amount(Decimal("1234.56"))}
        )
    return -Decimal(plain) if tidy.startswith("-") else Decimal(plain)


def parse_day(text: str) -> date:
    """Read a date: 2026-12-31 or 31-12-2026; 12/31/2026 for a company that puts the month first."""
    tidy = _tidy(text)
    try:
        if match := _YEAR_FIRST.fullmatch(tidy):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DAY_FIRST.fullmatch(tidy):
            first, second = int(match[1]), int(match[2])
            day, month = (second, first) if current().date.startswith("m") else (first, second)
            return date(int(match[3]), month, day)
    except ValueError:
        pass  # no such day; the sentence below says so
    raise UnreadableError(
        _("“%(text)s” is not a date. Type it like %(example)s.")
        % {"text": text.strip(), "example": write_day(date(2026, 12, 31))}
    )


def _fixed(number: Decimal, places: int) -> str:
    """The size of `number` with `places` decimals, for the eye; what is stored, money rounds."""
    return f"{abs(number).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):f}"


def _grouped(whole: str) -> str:
    return f"{int(whole):,}".replace(",", current().group)


def _signed(number: Decimal, text: str) -> str:
    is_zero = not any(figure in text for figure in "123456789")
    return text if number >= 0 or is_zero else MINUS + text


def _tidy(text: str) -> str:
    """Spaces made plain and single, minus signs made one."""
    if len(text) > LONGEST_INPUT:
        raise UnreadableError(_("That is too long for a number. Type only the figures."))
    return " ".join(text.split()).replace(MINUS, "-").replace(DASH, "-")


def _clock(hours: str, minutes: str) -> int:
    if len(minutes) != 2 or int(minutes) > 59:
        raise UnreadableError(_("After the colon come two figures, 00 to 59, as in 1:05."))
    return int(hours or 0) * 60 + int(minutes)


def _hours_and_minutes(hours: str, minutes: str | None) -> int:
    if minutes is None:
        return _minutes_of(hours)
    if not hours.isdigit() or int(minutes) > 59:
        raise UnreadableError(_("Type whole hours and 0 to 59 minutes, as in 1h30."))
    return int(hours) * 60 + int(minutes)


def _minutes_of(hours: str) -> int:
    exact = Decimal(hours.replace(",", ".")) * 60
    return int(exact.to_integral_value(rounding=ROUND_HALF_UP))


def _notation_groups(text: str) -> bool:
    """Whether this is a long number of hours with its thousands marked, as we print it."""
    return _GROUPED_HOURS.fullmatch(text) is not None


def _without_groups(text: str) -> str:
    """A point for the decimal sign and no signs between thousands; unreadable text stays so."""
    mark = _decimal_sign(text)
    whole, found, decimals = text.rpartition(mark) if mark else (text, "", "")
    groups = re.split(r"[.,]", whole)
    if len(groups) > 1 and not _groups_fit(whole, groups):
        return text
    return "".join(groups) + ("." + decimals if found else "")


def _decimal_sign(text: str) -> str:
    """Which sign in `text` comes before the decimals; empty for none."""
    signs = re.findall(r"[.,]", text)
    if not signs or (len(signs) > 1 and len(set(signs)) == 1):
        return ""
    if len(signs) > 1:
        return str(signs[-1])
    is_group = signs[0] == current().group and _ONE_GROUP.fullmatch(text)
    return "" if is_group else str(signs[0])


def _groups_fit(whole: str, groups: list[str]) -> bool:
    same_sign = len(set(re.findall(r"[.,]", whole))) == 1
    return same_sign and 0 < len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])

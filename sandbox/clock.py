"""The time as AFAS writes it: Dutch local time, with a Z that is not true."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def now() -> str:
    """This second in the Netherlands, for example `2026-03-31T14:05:00Z`."""
    return datetime.now(AMSTERDAM).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_past(written: str) -> bool:
    """Whether a day (to its end) or a moment, written as Dutch local time, is over.

    Raises ValueError for a text that is neither.
    """
    moment = datetime.fromisoformat(written.removesuffix("Z"))
    if len(written) == len("2026-03-31"):
        moment = datetime.combine(moment, time.max)
    return moment.replace(tzinfo=AMSTERDAM) < datetime.now(AMSTERDAM)


def today() -> date:
    """The date in the Netherlands."""
    return datetime.now(AMSTERDAM).date()

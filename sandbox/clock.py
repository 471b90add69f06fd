"""The time as AFAS writes it: Dutch local time, with a Z that is not true."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def now() -> str:
    """This second in the Netherlands, for example `2026-03-31T14:05:00Z`."""
    return datetime.now(AMSTERDAM).strftime("%Y-%m-%dT%H:%M:%SZ")


def today() -> date:
    """The date in the Netherlands."""
    return datetime.now(AMSTERDAM).date()

"""The one schedule: Celery beat follows it, and so does `manage.py work` without Redis."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery.schedules import crontab

Schedule = Mapping[str, Mapping[str, Any]]

SCHEDULE: Schedule = {
    # Each minute: finish what follows from answers, turn stale flights into "unknown", ring.
    "sweep": {"task": "integrations.sweep", "schedule": timedelta(minutes=1)},
    # Each minute too, apart from it: a mail server that is slow must not hold up the sweep.
    "watch": {"task": "integrations.watch", "schedule": timedelta(minutes=1)},
    # Each minute: mails whose worker is gone are perhaps sent, and those that are due are rung for.
    "mails": {"task": "invoicing.sweep_mails", "schedule": timedelta(minutes=1)},
    # Each minute: invoices that became final get their PDF, as they were then.
    "papers": {"task": "invoicing.keep_papers", "schedule": timedelta(minutes=1)},
    # Each company has its own minute after 02:00, so that AFAS is not asked by everybody at
    # once; a missed minute is caught up until 06:00.
    "import_due": {
        "task": "integrations.import_due",
        "schedule": crontab(minute="*", hour="2-5"),
    },
    # What is paid according to AFAS: at the same minute, and again an hour after something was seen
    # to be gone, whatever the time of the day.
    "read_payments_due": {
        "task": "integrations.read_payments_due",
        "schedule": crontab(minute="*"),
    },
    # The same from 01:30, once a night: does AFAS still let us in, and can it still be asked?
    "check_connections": {
        "task": "integrations.check_connections",
        "schedule": crontab(minute="*/5", hour="1-5"),
    },
    # Once a night: what programs were answered over a day ago.
    "answers": {"task": "accounts.forget_answers", "schedule": crontab(minute="20", hour="4")},
}


def in_scale(schedule: Schedule, scale: float) -> Schedule:
    """The schedule with its intervals multiplied by `scale`; times of the day stay what they are.

    With a scale of 1, as in production, it is the very same.
    """
    if scale == 1:
        return schedule
    return {name: _scaled(entry, scale) for name, entry in schedule.items()}


def _scaled(entry: Mapping[str, Any], scale: float) -> Mapping[str, Any]:
    every = entry["schedule"]
    return {**entry, "schedule": every * scale} if isinstance(every, timedelta) else entry

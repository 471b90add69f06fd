"""The one schedule: Celery beat follows it, and so does `manage.py work` without Redis."""

from datetime import timedelta

from celery.schedules import crontab

SCHEDULE = {
    # Each minute: finish what follows from answers, turn stale flights into "unknown", ring.
    "sweep": {"task": "integrations.sweep", "schedule": timedelta(minutes=1)},
    # Each company has its own minute after 02:00, so that AFAS is not asked by everybody at
    # once; a missed minute is caught up until 06:00.
    "import_due": {
        "task": "integrations.import_due",
        "schedule": crontab(minute="*", hour="2-5"),
    },
}

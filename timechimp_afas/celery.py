"""The Celery application: a doorbell for work that the database already holds."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "timechimp_afas.settings")

app = Celery("timechimp_afas")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

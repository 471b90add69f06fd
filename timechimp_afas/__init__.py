"""The composition root: wires the apps together and decides nothing."""

from timechimp_afas.celery import app as celery_app

__all__ = ["celery_app"]

"""The few ideas every app shares."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

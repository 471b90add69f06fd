"""Keeps AFAS and us telling the same story."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"

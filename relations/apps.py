"""Customers as the business knows them."""

from django.apps import AppConfig


class RelationsConfig(AppConfig):
    name = "relations"

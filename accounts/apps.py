"""Who you are and which doors open for you."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

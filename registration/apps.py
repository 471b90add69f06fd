"""What people did: projects, hours, expenses, rides, approval."""

from django.apps import AppConfig


class RegistrationConfig(AppConfig):
    name = "registration"

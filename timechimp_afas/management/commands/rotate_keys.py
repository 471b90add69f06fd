"""`manage.py rotate_keys`: write every stored secret again under the first of FIELD_KEYS."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from core.secrets import EncryptedTextField


class Command(BaseCommand):
    """Put a new key in front of FIELD_KEYS, run this, then drop the old key."""

    help = "Encrypts all stored secrets anew with the first of FIELD_KEYS."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Rewrite them all, or none when one cannot be read."""
        with transaction.atomic():
            count = sum(rotate(model, field) for model, field in secret_fields())
        self.stdout.write(f"{count} secrets are encrypted with the first key now.")


def secret_fields() -> list[tuple[type[models.Model], EncryptedTextField]]:
    """Every encrypted field of the installation."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


def rotate(model: type[models.Model], field: EncryptedTextField) -> int:
    """Write the filled values of one field again; returns how many."""
    filled: models.QuerySet[models.Model] = models.QuerySet(model).exclude(**{field.name: ""})
    # Reading decrypts with whichever key fits, writing encrypts with the first.
    secrets = list(filled.values_list("pk", field.name))
    return sum(filled.filter(pk=pk).update(**{field.name: secret}) for pk, secret in secrets)

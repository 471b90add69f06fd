"""`manage.py rotate_keys`: a new key in front, the old one dropped afterwards, nothing lost."""

from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import call_command
from django.db import connection

from core import secrets
from integrations.models import AfasConnection
from tests.factories import A_TOKEN, AfasConnectionFactory


@pytest.mark.django_db
def test_after_rotating_the_first_key_alone_reads_every_secret(settings: Any) -> None:
    old, new = settings.FIELD_KEYS[0], Fernet.generate_key().decode()
    held = AfasConnectionFactory(client_secret="also-secret")
    settings.FIELD_KEYS = [new, old]
    call_command("rotate_keys", verbosity=0)
    settings.FIELD_KEYS = [new]
    fresh = AfasConnection.objects.get(pk=held.pk)
    assert (fresh.user_token, fresh.client_secret) == (A_TOKEN, "also-secret")


@pytest.mark.django_db
def test_without_rotating_the_new_key_reads_nothing(settings: Any) -> None:
    AfasConnectionFactory()
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        AfasConnection.objects.get()


@pytest.mark.django_db
def test_an_empty_secret_stays_empty_and_the_rest_is_never_stored_in_the_clear() -> None:
    AfasConnectionFactory()
    call_command("rotate_keys", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_token, client_secret FROM integrations_afasconnection")
        token, secret = cursor.fetchone()
    assert secret == ""
    assert A_TOKEN not in token
    assert secrets.decrypt(token) == A_TOKEN

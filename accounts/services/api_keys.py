"""Keys of programs: made once and shown once, found by their prefix, revoked for ever."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ApiKey, Membership, Scope, User
from core import audit
from core.errors import DomainError, FieldsError

MARK = "uwk"
"""By this a key is known when it turns up where it does not belong, such as in a log."""
MOST_KEYS = 50
SEEN_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class KeyData:
    """What a person says of a key. `expires_on` is its last day; none means that it stays."""

    name: str
    scopes: Iterable[str]
    expires_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key that was just made; `secret` is its text, which nobody can ever read again."""

    key: ApiKey
    secret: str


@transaction.atomic
def api_key_make(*, membership: Membership, data: KeyData) -> NewKey:
    """A key of this person. Raises FieldsError for no name, no scope, or a day that is past, and
    DomainError when the person has fifty that work."""
    scopes = sorted({Scope(one).value for one in data.scopes})
    _refuse_wrong(data, scopes)
    mine = ApiKey.objects.of(membership.company_id).filter(membership=membership)
    if mine.filter(revoked_at=None).count() >= MOST_KEYS:
        raise DomainError(
            _("You have %(most)s keys already, so none was made. Revoke one that is not used.")
            % {"most": MOST_KEYS}
        )
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        company_id=membership.company_id,
        membership=membership,
        name=data.name.strip(),
        prefix=prefix,
        digest=_digest(secret),
        scopes=scopes,
        expires_on=data.expires_on,
    )
    _record(key, membership.user, "api_key.created")
    return NewKey(key=key, secret=f"{MARK}_{prefix}_{secret}")


def api_key_revoke(*, key: ApiKey, by: User) -> None:
    """Let this key open nothing any more, at once; a second time changes nothing."""
    with transaction.atomic():
        now_revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(
            revoked_at=Now(), revoked_by=by
        )
        if now_revoked:
            _record(key, by, "api_key.revoked")


def api_key_of(text: str) -> ApiKey | None:
    """The key with this text, if it works now; that it was used is noted once a minute."""
    mark, _score, rest = text.partition("_")
    prefix, _score, secret = rest.partition("_")
    if mark != MARK or not secret:
        return None
    rows = ApiKey.objects.select_related("membership__user", "membership__company")
    key: ApiKey | None = rows.filter(prefix=prefix, revoked_at=None).first()
    if key is None or not secrets.compare_digest(key.digest, _digest(secret)):
        return None
    with timezone.override(key.membership.user.time_zone):
        if not key.works or not key.membership.user.is_active:
            return None
    _note_use(key)
    return key


def _refuse_wrong(data: KeyData, scopes: list[str]) -> None:
    errors = {}
    if not data.name.strip():
        errors["name"] = _("Give the key a name, so that you know later which program uses it.")
    if not scopes:
        errors["scopes"] = _("Choose at least one thing that the key may be used for.")
    if data.expires_on and data.expires_on < timezone.localdate():
        errors["expires_on"] = _("This day is past, so the key would never work.")
    if errors:
        raise FieldsError(errors)


def _note_use(key: ApiKey) -> None:
    before = timezone.now() - SEEN_AGAIN_AFTER
    if key.last_used_at is None or key.last_used_at < before:
        unseen = Q(last_used_at=None) | Q(last_used_at__lt=before)
        ApiKey.objects.filter(unseen, pk=key.pk).update(last_used_at=Now())


def _digest(secret: str) -> str:
    """A plain hash will do: the secret is 256 bits that no dictionary holds."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(key: ApiKey, by: User, action: str) -> None:
    change = audit.Change(after=audit.values_of(key, ("name", "prefix", "scopes", "expires_on")))
    audit.record(company=key.company, by=by, action=action, obj=key, change=change)

"""Linking a company with AFAS: credentials are tried before they are kept.

A connection never changes its target (DECISIONS A10): another participant, environment or
administration closes it and makes a new one. Every change is made under the company's lock, so that
two saves at once leave one open connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError, FieldsError
from integrations.afas.auth import AfasToken, NotAToken
from integrations.afas.client import AfasClient, Limits
from integrations.afas.errors import AfasError, Denied, DeniedReason, Rejected
from integrations.afas.records import MetaInfo
from integrations.models import AfasConnection, AfasDocument, Asks, CustomerLink, State
from integrations.selectors import connection_of, documents_of, open_elsewhere
from integrations.services import apps, granting, holding, proving
from integrations.services.clients import Credentials, credentials_of
from integrations.services.explaining import sentence_of

CHECKS = Limits(connect=4, read=10, total=15, tries=2, pause=0.5)
"""A person waits for the answer."""
PARTICIPANT = re.compile(r"[0-9]{5}")
ENVIRONMENT_ID = re.compile(r"([OTA])([0-9]{5})[A-Z]{2}")
REALM_OF_LETTER = {"O": "", "T": "test", "A": "accept"}
COPIED = (
    "create_customers",
    "nightly_import",
    "lead",
    "payment_condition",
    "vat_duty",
    "collective_account",
    "debtor_connector",
    "debtor_mapping",
    "administration_connector",
    "item_connector",
    "lookup_connector",
    "lookup_mapping",
    "booking_connector",
    "booking_mapping",
    "journal_connector",
    "account_connector",
    "vat_connector",
    "period_connector",
    "open_items_connector",
)
SECRETS = ("credential", "user_token", "client_id", "client_secret", "secret_hint", "secret_set_at")
KNOWN = ("findings", "checked_at", "expires_on")
HELD = ("held_until", "restored_at")
"""After a restored backup a new link waits and is compared as well: its books may have been in use
since that backup (DECISIONS A9)."""


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """What hangs on the connection that would be closed."""

    documents: int
    links: int
    unsettled: int = 0


class NeedsConfirmation(DomainError):  # noqa: N818 - a question, not an error
    """The save would link the company elsewhere; repeat it with `confirmed` when that is meant."""

    def __init__(self, consequences: Consequences) -> None:
        super().__init__(_("This links the company with other books. Confirm that you mean it."))
        self.consequences = consequences


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Credentials that AFAS let in, and what it said of them."""

    credentials: Credentials
    info: MetaInfo
    last4: str

    @property
    def expires_on(self) -> date | None:
        """The last day of the credential, when AFAS says so."""
        return self.info.token_expiry


def read_credentials(company: Company, typed: Credentials, method: str) -> Credentials:
    """What was typed, tidied; a secret that was left empty is the stored one of the same target.

    Raises FieldsError: a participant number that is none, a token that is none, nothing typed.
    """
    typed = replace(typed, participant=re.sub(r"\s", "", typed.participant))
    if not PARTICIPANT.fullmatch(typed.participant):
        raise FieldsError({"participant": _("A participant number is five digits, like 12345.")})
    if method == AfasConnection.Credential.TOKEN:
        return _with_token(company, typed)
    return _with_client(company, typed)


def try_credentials(company: Company, credentials: Credentials) -> Accepted:
    """Ask AFAS whether it lets these credentials in. Nothing is stored.

    Raises FieldsError or DomainError with what is wrong and what to do.
    """
    auth = credentials.auth()
    field = "user_token" if credentials.user_token else "client_secret"
    try:
        info = credentials.client(auth, CHECKS).metainfo()
    except Denied as error:
        if error.reason == DeniedReason.CREDENTIALS:
            raise FieldsError({field: sentence_of(error)}) from None
        raise DomainError(sentence_of(error)) from None
    except Rejected as error:
        if error.status == 404:
            raise FieldsError({"participant": _unknown_participant(credentials)}) from None
        raise DomainError(sentence_of(error)) from None
    except AfasError as error:
        raise DomainError(sentence_of(error)) from None
    _refuse_other_environment(credentials, info.environment)
    return Accepted(credentials=credentials, info=info, last4=auth.last4)


def save_credentials(
    *, company: Company, accepted: Accepted, by: User, confirmed: bool = False
) -> AfasConnection:
    """Keep credentials that AFAS accepted.

    For the same participant and environment the connection stays and goes on when it was paused
    because AFAS refused us. Raises NeedsConfirmation when links or documents would stay behind with
    another environment, and DomainError while documents are on their way there.
    """
    apps.require_on(company)
    wanted = accepted.credentials
    with transaction.atomic():
        current = _locked(company)
        if current and (current.participant, current.realm) == (wanted.participant, wanted.realm):
            return _renew(current, accepted, by)
        if current:
            _close(current, confirmed=confirmed, by=by)
        target = {"participant": wanted.participant, "realm": wanted.realm}
        facts = facts_of(accepted, current)
        return _open(company, current, {**target, **_secrets(accepted), **facts}, by)


def choose_administration(
    *,
    connection: AfasConnection,
    number: int,
    name: str,
    by: User,
    confirmed: bool = False,
) -> AfasConnection:
    """Book in this administration from now on. Another one than before makes a new connection.

    What can be looked up is proven anew in these books. Raises what `save_credentials` raises, and
    DomainError when the connection was closed meanwhile.
    """
    chosen = _choose(connection, number, name, by, confirmed=confirmed)
    if chosen.pk != connection.pk or connection.administration is None:
        proving.prove(chosen, client_for_page(chosen))
    return chosen


def _choose(
    connection: AfasConnection, number: int, name: str, by: User, *, confirmed: bool
) -> AfasConnection:
    with transaction.atomic():
        current = _locked(connection.company)
        if current is None or current.pk != connection.pk:
            raise DomainError(_("Somebody changed the link meanwhile. Look at this page again."))
        if current.administration in {None, number}:
            return _fill_in(current, number, name, by)
        _close(current, confirmed=confirmed, by=by)
        names = ("participant", "realm", *SECRETS, *KNOWN)
        same = {one: getattr(current, one) for one in names}
        chosen = {"administration": number, "administration_name": name}
        return _open(connection.company, current, {**same, **chosen}, by)


def client_for_page(connection: AfasConnection) -> AfasClient:
    """A client for what a page shows while a person waits."""
    return credentials_of(connection).client(limits=CHECKS)


def _with_token(company: Company, typed: Credentials) -> Credentials:
    if not typed.user_token.strip():
        stored = _stored(company, typed)
        if stored is None or not stored.user_token:
            raise FieldsError({"user_token": _not_a_token("empty")})
        return credentials_of(stored)
    try:
        token = AfasToken(typed.user_token)
    except NotAToken as error:
        raise FieldsError({"user_token": _not_a_token(error.reason)}) from None
    return Credentials(participant=typed.participant, realm=typed.realm, user_token=token.canonical)


def _with_client(company: Company, typed: Credentials) -> Credentials:
    client_id, secret = typed.client_id.strip(), typed.client_secret.strip()
    if not client_id:
        raise FieldsError({"client_id": _("Type the client id that AFAS shows beside the secret.")})
    if not secret:
        stored = _stored(company, typed)
        if stored is None or not stored.client_secret or stored.client_id != client_id:
            raise FieldsError({"client_secret": _("Paste the client secret from AFAS.")})
        return credentials_of(stored)
    return Credentials(
        participant=typed.participant,
        realm=typed.realm,
        client_id=client_id,
        client_secret=secret,
    )


def _stored(company: Company, typed: Credentials) -> AfasConnection | None:
    """The open connection, when what was typed is its own target."""
    current = connection_of(company)
    if current and (current.participant, current.realm) == (typed.participant, typed.realm):
        return current
    return None


def _not_a_token(reason: str) -> str:
    sentences = {
        "empty": _("Paste the user token as AFAS shows it, <token> included."),
        "too_long": _("This is far too long for a token. Paste the token alone."),
        "not_xml": _("This is no AFAS token. Paste all of it, from <token> up to </token>."),
        "no_data": _("The token is empty between <data> and </data>. Copy it from AFAS again."),
        "version": _("This is a token of another version than AFAS's 1. Copy it from AFAS again."),
        "wrong_length": _(
            "This token is not complete: 64 characters stand between <data> and </data>. Copy all "
            "of it from AFAS again."
        ),
        "not_hex": _(
            "This is no AFAS token: only digits and the letters A to F stand between <data> and "
            "</data>. Copy it from AFAS again."
        ),
    }
    return sentences[reason]


def _unknown_participant(credentials: Credentials) -> str:
    return _(
        "AFAS has no participant %(number)s in this environment. Look it up at the top right in "
        "AFAS Online."
    ) % {"number": credentials.participant}


def _refuse_other_environment(credentials: Credentials, environment_id: str) -> None:
    """AFAS's id of the environment (O12345AA) must be the one that was asked for."""
    found = ENVIRONMENT_ID.fullmatch(environment_id.strip().upper())
    if found is None:
        return
    realm = REALM_OF_LETTER[found[1]]
    if found[2] != credentials.participant:
        raise FieldsError(
            {
                "participant": _("These credentials belong to participant %(number)s.")
                % {"number": found[2]}
            }
        )
    if realm != credentials.realm:
        name = AfasConnection.Realm(realm).label
        raise FieldsError(
            {"realm": _("These credentials belong to the environment “%(name)s”.") % {"name": name}}
        )


def _locked(company: Company) -> AfasConnection | None:
    """The open connection, ours alone until the transaction ends."""
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    current = AfasConnection.objects.of(company).filter(closed_at__isnull=True)
    found: AfasConnection | None = current.select_for_update().first()
    return found


def _secrets(accepted: Accepted) -> dict[str, Any]:
    credentials = accepted.credentials
    kinds = AfasConnection.Credential
    return {
        "credential": kinds.TOKEN if credentials.user_token else kinds.OAUTH,
        "user_token": credentials.user_token,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "secret_hint": accepted.last4,
        "secret_set_at": timezone.now(),
    }


def facts_of(accepted: Accepted, connection: AfasConnection | None = None) -> dict[str, Any]:
    """What a check found, to be kept with the connection; its names are those of `connection`."""
    return {
        "findings": granting.findings(accepted.info, connection),
        "checked_at": timezone.now(),
        "expires_on": accepted.expires_on,
    }


def _renew(current: AfasConnection, accepted: Accepted, by: User) -> AfasConnection:
    same = credentials_of(current) == accepted.credentials
    values = {**({} if same else _secrets(accepted)), **facts_of(accepted, current)}
    for name, value in values.items():
        setattr(current, name, value)
    current.save(update_fields=[*values, "changed_at"])
    if not same:
        _record(current, by, "afas_connection.changed")
    apps.rest_if_app_rests(current, by)
    current.refresh_from_db()
    return current


def _fill_in(current: AfasConnection, number: int, name: str, by: User) -> AfasConnection:
    before = current.administration
    current.administration, current.administration_name = number, name
    current.save(update_fields=["administration", "administration_name", "changed_at"])
    if before is None:
        _record(current, by, "afas_connection.changed")
    return current


def _close(current: AfasConnection, *, confirmed: bool, by: User) -> None:
    """Close a connection; refused while something is on its way over it."""
    moving = open_elsewhere(current.company, current).count()
    if moving:
        raise DomainError(
            _(
                "%(count)s documents are still on their way to %(target)s, so the link cannot move "
                "now. Wait until they are through, or cancel them, then save again."
            )
            % {"count": moving, "target": current.target}
        )
    found = consequences_of(current)
    if not confirmed and (found.documents or found.links):
        raise NeedsConfirmation(found)
    current.closed_at = timezone.now()
    current.save(update_fields=["closed_at", "changed_at"])
    _unsettled(current).update(asks=Asks.CLOSED, intention="", intention_by=None)
    _record(current, by, "afas_connection.closed")


def consequences_of(connection: AfasConnection) -> Consequences:
    """What stays with a connection when it is closed."""
    links = CustomerLink.objects.of(connection.company).filter(environment=connection.environment)
    documents = documents_of(connection.company).filter(connection=connection)
    return Consequences(
        documents=documents.count(), links=links.count(), unsettled=_unsettled(connection).count()
    )


def _unsettled(connection: AfasConnection) -> QuerySet[AfasDocument]:
    """What nobody but a person can settle any more once the connection is closed."""
    return AfasDocument.objects.of(connection.company).filter(
        connection=connection, state__in=(State.UNKNOWN, State.REJECTED)
    )


def _open(
    company: Company, before: AfasConnection | None, values: dict[str, Any], by: User
) -> AfasConnection:
    """A new connection, with the settings of the one before, held as long as that one is."""
    kept = {name: getattr(before, name) for name in COPIED} if before else {}
    if before and holding.is_held(before):
        kept |= {name: getattr(before, name) for name in HELD}
    environment = f"{values['participant']}{values['realm']}"
    kept["sight_seconds"] = _slowest_sight(company, environment)
    made: AfasConnection = AfasConnection.objects.create(
        company=company, environment=environment, **kept, **values
    )
    _record(made, by, "afas_connection.created")
    apps.rest_if_app_rests(made, by)
    made.refresh_from_db()
    return made


def _slowest_sight(company: Company, environment: str) -> int:
    """What was ever measured of this environment, over whichever link: a quiet time only grows."""
    known = AfasConnection.objects.of(company).filter(environment=environment)
    slowest: int | None = known.aggregate(slowest=Max("sight_seconds"))["slowest"]
    return slowest or 0


def _record(connection: AfasConnection, by: User, action: str) -> None:
    names = ("environment", "administration", "credential", "secret_hint")
    after = audit.values_of(connection, names)
    change = audit.Change(after=after)
    audit.record(company=connection.company, by=by, action=action, obj=connection, change=change)

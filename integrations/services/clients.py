"""From a connection to the library that speaks with AFAS."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings

from integrations.afas.auth import AfasToken, ClientCredentials
from integrations.afas.client import AfasClient, Limits
from integrations.models import AfasConnection

READS = Limits(connect=5, read=60, total=90)
# A write may take AFAS 900 s; we give up after 150 s and call the outcome unknown. The sweep's
# 5.5 minutes are longer than this plus the 60 s between a claim and its POST.
WRITES = Limits(connect=5, read=120, total=150)
# What is read between a claim and its POST: four questions fit into the 60 s that a claim lives.
LOOKS = Limits(connect=5, read=10, total=12, tries=2)
TOKEN = Limits(read=30, total=30)
LANGUAGE = "nl-nl"


def base_url(participant: str, realm: str) -> str:
    """Where the REST services of an environment live, by AFAS_URL_TEMPLATE."""
    return settings.AFAS_URL_TEMPLATE.format(participant=participant, environment=realm)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What opens an environment: a classic user token, or an OAuth client. Never printed."""

    participant: str
    realm: str
    user_token: str = ""
    client_id: str = ""
    client_secret: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.participant}{self.realm})"

    def auth(self) -> AfasToken | ClientCredentials:
        """The way these credentials show themselves to AFAS."""
        if self.user_token:
            return AfasToken(self.user_token)
        token_url = f"{base_url(self.participant, self.realm)}/oauth/token"
        within = in_scale(TOKEN).total
        return ClientCredentials(self.client_id, self.client_secret, token_url, timeout=within)

    def client(
        self, auth: AfasToken | ClientCredentials | None = None, limits: Limits | None = None
    ) -> AfasClient:
        """A client for reads, or with other `limits` for writes; `auth` when it is made already."""
        return AfasClient(
            base_url(self.participant, self.realm),
            auth or self.auth(),
            language=LANGUAGE,
            integration_id=settings.AFAS_INTEGRATION_ID,
            limits=in_scale(limits or READS),
        )


def in_scale(limits: Limits) -> Limits:
    """The limits as they count here; in production the very same."""
    if settings.TIME_SCALE == 1:
        return limits
    return replace(
        limits,
        connect=max(1.0, limits.connect * settings.TIME_SCALE),
        read=max(1.0, limits.read * settings.TIME_SCALE),
        total=max(2.0, limits.total * settings.TIME_SCALE),
    )


def credentials_of(connection: AfasConnection) -> Credentials:
    """The stored credentials of a connection, decrypted."""
    return Credentials(
        participant=connection.participant,
        realm=connection.realm,
        user_token=connection.user_token,
        client_id=connection.client_id,
        client_secret=connection.client_secret,
    )


def client_of(connection: AfasConnection) -> AfasClient:
    """A client for reads with a connection's stored credentials."""
    return credentials_of(connection).client()

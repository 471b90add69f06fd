"""What every test may ask for. No test reaches further than this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from factory.base import FactoryMetaClass

from accounts.middleware import SESSION_KEY
from accounts.models import Company, Role, User
from tests import factories
from tests.factories import CompanyFactory, MembershipFactory
from tools import messages

messages.compile_catalogue()
HERE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", ""}


class NetworkBlockedError(RuntimeError):
    """A test reached for the network. Not an OSError, so that no client takes it for an answer."""


def _refuse_elsewhere(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if name.endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if name not in HERE and not name.startswith("127."):
        raise NetworkBlockedError(f"A test tried to reach {name!r}; only localhost is allowed.")


@pytest.fixture(autouse=True, scope="session")
def _network_is_blocked() -> Iterator[None]:
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            _refuse_elsewhere(address[0])
        return connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_elsewhere(host)
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(autouse=True)
def _factories_begin_again() -> None:
    """What a factory numbers does not hang on what the tests before this one made."""
    for one in vars(factories).values():
        if isinstance(one, FactoryMetaClass) and not one._meta.abstract:
            one.reset_sequence(0, force=True)


class CompanyClient(Client):
    """A browser of somebody at work in `company`: every form it posts says so, as our pages do."""

    def __init__(self, company: Company, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.company = company

    def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Post a form; `_company` is added unless the test gives its own."""
        if data is None or isinstance(data, dict):
            data = {"_company": str(self.company.pk), **(data or {})}
        return super().post(path, data, *args, **kwargs)


@pytest.fixture
def company(db: None) -> Company:
    """A company in English, with points and commas as in the Netherlands."""
    return CompanyFactory(name="Studio Test")


@pytest.fixture
def person_of() -> Callable[..., User]:
    """Make somebody with a role in a company: `person_of(company, "billing")`."""

    def make(company: Company, role: str = Role.MEMBER, **user: Any) -> User:
        fields = {f"user__{name}": value for name, value in user.items()}
        return MembershipFactory(company=company, role=role, **fields).user

    return make


@pytest.fixture
def owner(company: Company, person_of: Callable[..., User]) -> User:
    """The owner of `company`."""
    return person_of(company, Role.OWNER, name="Olga Owner")


@pytest.fixture
def biller(company: Company, person_of: Callable[..., User]) -> User:
    """Somebody who bills in `company`."""
    return person_of(company, Role.BILLING, name="Bea Biller")


@pytest.fixture
def manager(company: Company, person_of: Callable[..., User]) -> User:
    """A manager in `company`."""
    return person_of(company, Role.MANAGER, name="Mo Manager")


@pytest.fixture
def member(company: Company, person_of: Callable[..., User]) -> User:
    """Somebody who only registers in `company`."""
    return person_of(company, Role.MEMBER, name="Mia Member")


@pytest.fixture
def client_of() -> Callable[..., CompanyClient]:
    """A signed-in browser: `client_of(user, company)`."""

    def sign_in(user: User, company: Company) -> CompanyClient:
        client = CompanyClient(company)
        client.force_login(user)
        session = client.session
        session[SESSION_KEY] = company.pk
        session.save()
        return client

    return sign_in


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Any]:
    """The pretend AFAS on a port of its own, fresh, and the settings pointing at it."""
    from sandbox.testing import running

    with running() as pretend:
        settings.AFAS_URL_TEMPLATE = pretend.url_template
        yield pretend

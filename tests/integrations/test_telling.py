"""Letters about alerts: each reader once, in the reader's language, in spite of mail servers."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection as database

from accounts.models import Company, Membership, Role, User
from integrations.models import AfasConnection, AfasDocument, Alert, Asks
from integrations.services import pausing, telling, watching
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AlertFactory,
    AppInstallationFactory,
    CompanyFactory,
    ImportRunFactory,
    MembershipFactory,
    PersonTaskFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime.fromisoformat("2026-11-18T12:00:00+01:00")
Kind = Alert.Kind


class DiedError(BaseException):
    """The process is gone: nothing of ours gets to handle it."""


class PostOffice(EmailBackend):
    """A mail server that fails as a test says: `failures` by address, or for everybody as "*"."""

    failures: ClassVar[dict[str, BaseException]] = {}
    in_transaction: ClassVar[list[bool]] = []

    def open(self) -> bool:
        """Connect, unless the server is away."""
        if isinstance(self.failures.get("*"), OSError):
            raise self.failures["*"]
        return True

    def send_messages(self, messages: Any) -> int:
        """Take the letters of those nothing is said about; dying comes after taking."""
        for letter in messages:
            self.in_transaction.append(database.in_atomic_block)
            failure = self.failures.get(letter.to[0])
            if failure and not isinstance(failure, DiedError):
                raise failure
            super().send_messages([letter])
            if failure:
                raise failure
        return len(messages)


@pytest.fixture
def post_office(settings: Any) -> Iterator[type[PostOffice]]:
    settings.EMAIL_BACKEND = f"{__name__}.PostOffice"
    PostOffice.failures.clear()
    PostOffice.in_transaction.clear()
    yield PostOffice
    PostOffice.failures.clear()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def link(clock: Any, company: Company, owner: User) -> AfasConnection:
    """A link that works, of a company with an owner."""
    AppInstallationFactory(company=company)
    link = AfasConnectionFactory(company=company)
    AfasConnection.objects.update(created_at=NOON - timedelta(days=30))
    return link


@pytest.fixture
def two_owners(link: AfasConnection, company: Company, person_of: Any, owner: User) -> list[str]:
    """The addresses of two owners, in the order in which they are mailed."""
    return [owner.email, person_of(company, Role.OWNER).email]


@pytest.fixture
def passing(clock: Any) -> Callable[..., list[str]]:
    """`passing(minutes=10)`: move the clock, watch, and say who was mailed by that."""

    def go(**much: float) -> list[str]:
        before = len(mail.outbox)
        clock.shift(timedelta(**much))
        watching.watch()
        return [letter.to[0] for letter in mail.outbox[before:]]

    return go


def test_owners_and_those_who_can_mend_it_hear_once(
    link: AfasConnection, company: Company, person_of: Any, owner: User, passing: Any
) -> None:
    admin = MembershipFactory(company=company, rights=["admin"]).user
    person_of(company, Role.BILLING)
    person_of(company, Role.MANAGER)
    Membership.objects.filter(user=MembershipFactory(company=company, role=Role.OWNER).user).update(
        active=False
    )
    pausing.pause(link, because="credentials", by=None)

    assert sorted(passing(minutes=1)) == sorted([owner.email, admin.email])
    assert all(len(letter.to) == 1 for letter in mail.outbox)  # nobody sees the others' addresses
    for _later in range(3):
        assert passing(days=1) == []


def test_documents_concern_those_who_invoice(
    link: AfasConnection, company: Company, biller: User, owner: User, passing: Any
) -> None:
    MembershipFactory(company=company, rights=["admin"])
    AfasDocumentFactory(connection=link, rejected=True)
    assert passing(minutes=1) == []  # somebody may be at work on it
    assert sorted(passing(minutes=10)) == sorted([biller.email, owner.email])


def test_a_thousand_refused_documents_are_one_letter(
    link: AfasConnection, company: Company, owner: User, passing: Any
) -> None:
    bare = {"connection": link, "company": company, "invoice": None, "customer": None}
    rows = AfasDocumentFactory.build_batch(1000, **bare, rejected=True)
    AfasDocument.objects.bulk_create(rows)
    passing(minutes=1)
    assert passing(minutes=10) == [owner.email]
    assert passing(hours=1) == []
    assert mail.outbox[0].subject == "Studio Test: 1000 matters with AFAS wait for a person"


def test_new_documents_are_mailed_at_most_once_a_day(
    link: AfasConnection, owner: User, passing: Any
) -> None:
    heard = []
    for _hour in range(48):
        AfasDocument.objects.all().update(state="cancelled")
        passing(minutes=1)
        AfasDocumentFactory(connection=link, rejected=True)
        passing(minutes=1)
        heard += passing(minutes=58)
    assert len(heard) == 2
    assert Alert.objects.count() == 48


def test_what_waits_after_being_dismissed_is_told_when_it_is_new(
    link: AfasConnection, owner: User, passing: Any
) -> None:
    AfasDocumentFactory(connection=link, rejected=True)
    passing(minutes=1)
    passing(minutes=10)
    watching.dismiss(alert=Alert.objects.get(), by=owner)
    assert passing(days=3) == []
    AfasDocumentFactory(connection=link, rejected=True)
    passing(minutes=1)
    assert passing(minutes=10) == [owner.email]


def test_a_pause_by_hand_is_mailed_only_when_it_lasts(
    link: AfasConnection, owner: User, passing: Any
) -> None:
    pausing.pause(link, because="person", by=owner)
    assert passing(minutes=1) == []
    assert passing(minutes=10) == [owner.email]


def test_what_was_dismissed_before_its_letter_left_is_not_mailed(
    link: AfasConnection, owner: User, passing: Any
) -> None:
    pausing.pause(link, because="person", by=owner)
    passing(minutes=1)
    watching.dismiss(alert=Alert.objects.get(), by=owner)
    assert passing(minutes=20) == []


def test_expiry_is_told_60_30_and_7_days_before_and_when_it_came(
    link: AfasConnection, owner: User, clock: Any
) -> None:
    AfasConnection.objects.update(expires_on=(NOON + timedelta(days=70)).date())
    heard = {}
    for day in range(80):
        for hour in range(0, 24, 8):
            clock.move_to(NOON + timedelta(days=day, hours=hour - 12))
            before = len(mail.outbox)
            watching.watch()
            for letter in mail.outbox[before:]:
                heard[70 - day] = letter.subject
    said = "Studio Test: the credentials for AFAS expire in {} days"
    assert heard == {
        60: said.format(60),
        30: said.format(30),
        7: said.format(7),
        -1: "Studio Test: the credentials for AFAS have expired",
    }


def test_a_warning_that_comes_back_is_not_mailed_again(
    link: AfasConnection, owner: User, passing: Any
) -> None:
    AfasConnection.objects.update(expires_on=(NOON + timedelta(days=20)).date())
    assert passing(minutes=1) == [owner.email]
    AfasConnection.objects.update(checked_at=None)
    passing(minutes=1)
    assert not Alert.objects.filter(closed_at__isnull=True).exists()
    AfasConnection.objects.update(checked_at=NOON)
    assert passing(minutes=1) == []
    assert Alert.objects.filter(closed_at__isnull=True).count() == 1


def test_each_reader_reads_it_in_their_own_language(
    link: AfasConnection, company: Company, person_of: Any, owner: User, passing: Any
) -> None:
    dutch = person_of(company, Role.OWNER, language="nl", name="Sanne")
    pausing.pause(link, because="credentials", by=None)
    passing(minutes=1)
    languages = {letter.to[0]: letter.extra_headers["Content-Language"] for letter in mail.outbox}
    assert languages == {owner.email: "en", dutch.email: "nl"}
    bodies = {letter.to[0]: letter.body for letter in mail.outbox}
    assert bodies[owner.email].startswith("Hello Olga Owner,")
    assert bodies[dutch.email].startswith("Hallo Sanne,")


def test_two_companies_hear_only_of_themselves(
    link: AfasConnection, company: Company, person_of: Any, owner: User, passing: Any
) -> None:
    other = CompanyFactory(name="Elsewhere")
    theirs = person_of(other, Role.OWNER)
    AfasDocumentFactory(company=other, rejected=True)
    pausing.pause(link, because="credentials", by=None)
    passing(minutes=1)
    passing(minutes=10)
    by_reader = {letter.to[0]: letter for letter in mail.outbox}
    assert set(by_reader) == {owner.email, theirs.email}
    assert "Elsewhere" not in by_reader[owner.email].subject + by_reader[owner.email].body
    assert "Studio Test" not in by_reader[theirs.email].subject + by_reader[theirs.email].body


def test_a_mail_server_that_is_away_is_a_log_line_and_tried_again(
    link: AfasConnection, owner: User, passing: Any, post_office: Any, caplog: Any
) -> None:
    pausing.pause(link, because="credentials", by=None)
    post_office.failures["*"] = ConnectionRefusedError("nobody there")
    assert passing(minutes=1) == []
    assert "nobody there" in caplog.text
    assert Alert.objects.get().mailed_at is None
    post_office.failures.clear()
    assert passing(minutes=1) == [owner.email]
    assert passing(minutes=1) == []
    assert Alert.objects.get().mailed_at


def test_a_mail_server_where_nobody_listens_loses_nothing(
    link: AfasConnection, passing: Any, settings: Any, caplog: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    pausing.pause(link, because="credentials", by=None)
    passing(minutes=1)
    alert = Alert.objects.get()
    assert (alert.mailed_at, alert.mailing_at, alert.told) == (None, None, [])
    assert "the next watch tries again" in caplog.text


def test_a_server_that_goes_away_half_way_mails_the_rest_later_and_nobody_twice(
    link: AfasConnection, two_owners: list[str], passing: Any, post_office: Any
) -> None:
    first, second = two_owners
    pausing.pause(link, because="credentials", by=None)
    post_office.failures[second] = smtplib.SMTPServerDisconnected("gone")
    assert passing(minutes=1) == [first]
    post_office.failures.clear()
    assert passing(minutes=1) == [second]
    assert passing(days=2) == []


@pytest.mark.parametrize("code", [450, 550])
def test_one_address_that_is_refused_does_not_keep_the_others_waiting(
    link: AfasConnection, two_owners: list[str], passing: Any, post_office: Any, code: int
) -> None:
    first, second = two_owners
    post_office.failures[first] = smtplib.SMTPRecipientsRefused({first: (code, b"no")})
    pausing.pause(link, because="credentials", by=None)
    assert passing(minutes=1) == [second]
    post_office.failures.clear()
    assert passing(minutes=1) == ([first] if code == 450 else [])
    assert passing(days=1, minutes=1) == ([] if code == 450 else [first])


def test_after_a_crash_at_most_one_letter_comes_twice_and_a_day_later(
    link: AfasConnection, company: Company, two_owners: list[str], person_of: Any,
    passing: Any, post_office: Any,
) -> None:  # fmt: skip
    first, second, third = [*two_owners, person_of(company, Role.OWNER).email]
    pausing.pause(link, because="credentials", by=None)
    post_office.failures[second] = DiedError()
    with pytest.raises(DiedError):
        passing(minutes=1)
    assert [letter.to[0] for letter in mail.outbox] == [first, second]
    post_office.failures.clear()
    for _hour in range(23):
        assert passing(hours=1) == []
    assert passing(hours=2) == [second, third]
    assert passing(days=3) == []


def test_two_watches_at_once_mail_once(link: AfasConnection, owner: User, passing: Any) -> None:
    pausing.pause(link, because="credentials", by=None)
    passing(minutes=0)
    stale = Alert.objects.select_related("company", "connection").get()
    Alert.objects.update(mailed_at=None, told=[])
    stale.mailing_at = None
    Alert.objects.update(mailing_at=NOON)  # the other one has just begun
    assert passing(minutes=1) == []
    assert not telling._claim(stale)


@pytest.mark.django_db(transaction=True)
def test_letters_leave_outside_a_transaction(
    company: Company, owner: User, post_office: Any
) -> None:
    pausing.pause(AfasConnectionFactory(company=company), because="credentials", by=None)
    watching.watch()
    assert post_office.in_transaction == [False]


LETTERS: dict[str, Callable[[AfasConnection], object]] = {
    "AFAS refuses the credentials": lambda one: pausing.pause(one, because="credentials", by=None),
    "address of our server": lambda one: pausing.pause(one, because="address", by=None),
    "Somebody paused": lambda one: pausing.pause(one, because="person", by=None),
    "refused by AFAS": lambda one: AfasDocumentFactory(connection=one, rejected=True),
    "asks whether AFAS has it": lambda one: AfasDocumentFactory(
        connection=one, unknown=True, asks=Asks.NO_LOOK_UP
    ),
    "tell a different story": lambda one: PersonTaskFactory(company=one.company),
    "AFAS is in maintenance": lambda one: [
        AfasConnection.objects.update(nightly_import=True),
        ImportRunFactory(
            connection=one, trigger="nightly", status="failed", error="AFAS is in maintenance"
        ),
    ],
    "not done by 06:00": lambda one: AfasConnection.objects.update(nightly_import=True),
    "The last day": lambda one: AfasConnection.objects.update(expires_on=NOON.date()),
    "usually lives for 180 days": lambda one: AfasConnection.objects.update(
        credential="oauth", secret_set_at=NOON - timedelta(days=170)
    ),
    "A backup of our database was put back": lambda one: AlertFactory(
        connection=one, kind=Kind.RESTORED
    ),
}


@pytest.mark.parametrize("words", LETTERS)
def test_each_letter_says_what_is_wrong_what_it_means_and_where_to_go(
    link: AfasConnection, passing: Any, settings: Any, words: str, owner: User
) -> None:
    settings.SITE_URL = "https://uurwerk.example"
    LETTERS[words](link)
    passing(minutes=1)
    passing(minutes=15)
    letter = mail.outbox[0]
    assert words in letter.body
    assert letter.subject.startswith("Studio Test: ")
    assert "\n" not in letter.subject
    assert "What to do now" in letter.body
    assert "\nhttps://uurwerk.example/" in letter.body
    assert not any(mark in letter.body for mark in ("<", "&#", "{", "None", "\n\n\n"))

"""Credentials are tried before they are kept, and a link never moves. Over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection as database
from django.utils import timezone

from accounts.models import Company, User
from core.errors import DomainError, FieldsError
from integrations.afas.client import Limits
from integrations.models import AfasConnection, ItemLink
from integrations.services import apps, checking, connecting, granting, picking
from integrations.services.clients import Credentials
from integrations.services.connecting import NeedsConfirmation
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    AppInstallationFactory,
    CustomerLinkFactory,
    ItemLinkFactory,
)

pytestmark = pytest.mark.django_db
Save = Callable[..., AfasConnection]
SLOW = Limits(connect=1, read=0.5, total=1, tries=1)


@pytest.fixture(autouse=True)
def _switched_on(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    AppInstallationFactory(company=company)
    monkeypatch.setattr(connecting, "CHECKS", Limits(connect=2, read=3, total=4, tries=1))


@pytest.fixture
def save(company: Company, owner: User, sandbox: Any) -> Save:
    """Type, try, keep: as the page does. What an earlier test read from AFAS is forgotten."""
    cache.clear()

    def go(
        token: str = seed.LIVE_TOKEN,
        *,
        participant: str = "12345",
        realm: str = "",
        confirmed: bool = False,
        **client: str,
    ) -> AfasConnection:
        method = "oauth" if client else "token"
        typed = Credentials(
            participant=participant,
            realm=realm,
            user_token="" if client else token,
            **client,
        )
        wanted = connecting.read_credentials(company, typed, method)
        accepted = connecting.try_credentials(company, wanted)
        return connecting.save_credentials(
            company=company, accepted=accepted, by=owner, confirmed=confirmed
        )

    return go


def refusal(save: Save, *args: Any, **kwargs: Any) -> dict[str, str]:
    """The sentences by field; nothing may be stored."""
    before = list(AfasConnection.objects.values())
    with pytest.raises(DomainError) as caught:
        save(*args, **kwargs)
    assert list(AfasConnection.objects.values()) == before
    error = caught.value
    return error.errors if isinstance(error, FieldsError) else {"": error.message}


@pytest.mark.parametrize(
    "pasted",
    [
        seed.LIVE_TOKEN,
        f"  {seed.LIVE_TOKEN}\r\n",
        seed.LIVE_TOKEN.replace("><", ">\n  <"),
        seed.LIVE_TOKEN.split("<data>")[1].split("</data>")[0],
        f"“{seed.LIVE_TOKEN}”",
    ],
)
def test_a_token_is_accepted_as_afas_shows_it_and_stored_in_one_form(
    save: Save, pasted: str
) -> None:
    made = save(pasted)

    made.refresh_from_db()
    assert made.user_token == seed.LIVE_TOKEN
    assert made.secret_hint == seed.LIVE_TOKEN.split("<data>")[1][60:64]
    assert made.environment == "12345"
    assert str(made.expires_on) == seed.CLASSIC_EXPIRY
    assert made.checked_at
    with database.cursor() as cursor:
        cursor.execute("SELECT user_token FROM integrations_afasconnection")
        assert seed.LIVE_TOKEN[30:60] not in cursor.fetchone()[0]


def test_an_oauth_client_is_accepted_and_keeps_its_own_expiry(save: Save) -> None:
    made = save(client_id=seed.LIVE_CLIENT_ID, client_secret=seed.LIVE_CLIENT_SECRET)
    made.refresh_from_db()
    assert (made.credential, made.user_token) == ("oauth", "")
    assert made.client_secret == seed.LIVE_CLIENT_SECRET
    assert made.secret_hint == seed.LIVE_CLIENT_SECRET[-4:]
    assert str(made.expires_on) == seed.OAUTH_EXPIRY


@pytest.mark.parametrize("number", ["1234", "123456", "abcde", "1234a", "", "１２３４５"])
def test_a_participant_number_that_is_none_is_said_beside_its_field(
    save: Save, number: str
) -> None:
    assert "five digits" in refusal(save, participant=number)["participant"]


@pytest.mark.parametrize(
    ("pasted", "word"),
    [
        ("", "Paste the user token"),
        ("   \n", "Paste the user token"),
        ("hello", "only digits and the letters"),
        ("<html>hello</html>", "no AFAS token"),
        ("<token><version>1</version><data></data></token>", "is empty"),
        ("<token><version>2</version><data>" + "A" * 64 + "</data></token>", "another version"),
        ("A" * 63, "not complete"),
        ("x" * 5000, "too long"),
        ('<!DOCTYPE token [<!ENTITY x "y">]><token><data>&x;</data></token>', "no AFAS token"),
    ],
)
def test_what_is_no_token_gets_its_own_sentence(save: Save, pasted: str, word: str) -> None:
    assert word in refusal(save, pasted)["user_token"]


def test_a_revoked_token_is_refused_with_what_to_do(save: Save) -> None:
    said = refusal(save, seed.REVOKED_TOKEN)["user_token"]
    assert "401" in said
    assert "revoked" in said


def test_a_token_of_the_test_environment_is_refused_as_live(save: Save) -> None:
    assert "another environment" in refusal(save, seed.TEST_TOKEN)["user_token"]


def test_where_the_token_alone_tells_the_environment_its_id_is_compared(
    save: Save, sandbox: Any, settings: Any
) -> None:
    settings.AFAS_URL_TEMPLATE = sandbox.url + "/ProfitRestServices"
    assert "Test" in refusal(save, seed.TEST_TOKEN)["realm"]
    assert "54321" in refusal(save, seed.EIK_TOKEN)["participant"]
    assert save(seed.TEST_TOKEN, realm="test").environment == "12345test"


def test_a_wrong_oauth_secret_is_refused(save: Save) -> None:
    said = refusal(save, client_id=seed.LIVE_CLIENT_ID, client_secret="wrong")
    assert "refuses these credentials" in said["client_secret"]


def test_a_refused_address_says_403_and_the_address(save: Save) -> None:
    assert "403" in refusal(save, seed.REFUSED_IP_TOKEN)[""]


def test_nobody_answering_slow_answers_and_rubbish_are_told_apart(
    save: Save, sandbox: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.fault("rubbish", environment="12345")
    assert "not AFAS" in refusal(save)[""]
    sandbox.fault("unavailable", environment="12345", retry_after=600)
    assert "10 minutes" in refusal(save)[""]
    monkeypatch.setattr(connecting, "CHECKS", SLOW)
    sandbox.fault("slow", environment="12345", seconds=3)
    assert "did not answer in time" in refusal(save)[""]
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}"
    assert "cannot be reached" in refusal(save)[""]


def test_an_address_that_afas_does_not_know_is_the_participant_number(
    save: Save, sandbox: Any, settings: Any
) -> None:
    settings.AFAS_URL_TEMPLATE = sandbox.url + "/nowhere/{participant}{environment}"
    assert "no participant 12345" in refusal(save)["participant"]


def test_a_token_that_lacks_connectors_is_stored_and_says_what_is_missing(save: Save) -> None:
    made = save(seed.LACKING_CONNECTORS_TOKEN)

    lines = {one.connector: one for one in granting.list_of(made)}
    assert lines["ProfitDebtor"].granted
    assert lines["KnSalesRelationOrg"].granted
    missing = lines["FbDirectInvoice"]
    assert not missing.granted
    assert "add FbDirectInvoice" in missing.todo
    assert not lines["DDI_Profit_Administraties"].granted
    assert lines["Profit_Administrations"].granted
    assert [one.number for one in picking.administrations_of(made) or ()] == [1, 2]


def test_a_new_token_for_the_same_environment_keeps_the_connection_and_wakes_it(
    save: Save, company: Company
) -> None:
    first = save()
    AfasConnection.objects.update(
        administration=1, paused_at=timezone.now(), paused_because="credentials", user_token=""
    )

    again = save(seed.LACKING_CONNECTORS_TOKEN)

    assert again.pk == first.pk
    assert (again.paused_at, again.paused_because) == (None, "")
    assert again.administration == 1
    assert again.user_token == seed.LACKING_CONNECTORS_TOKEN


def test_a_link_that_a_person_paused_stays_paused(
    save: Save, company: Company, owner: User
) -> None:
    save()
    apps.pause(company=company, app="afas", by=owner)
    assert save(seed.LACKING_CONNECTORS_TOKEN).paused_because == "person"


def test_an_empty_secret_means_the_stored_one_of_the_same_target_only(save: Save) -> None:
    save()
    assert save("").user_token == seed.LIVE_TOKEN
    assert "Paste" in refusal(save, "", realm="test")["user_token"]


def test_another_environment_closes_the_link_and_makes_a_new_one_with_its_settings(
    save: Save, company: Company
) -> None:
    first = save()
    AfasConnection.objects.update(payment_condition="30", nightly_import=True, administration=1)
    ItemLinkFactory(company=company, environment="12345")

    second = save(seed.TEST_TOKEN, realm="test")

    first.refresh_from_db()
    assert first.closed_at
    assert first.environment == "12345"
    assert (second.environment, second.administration) == ("12345test", None)
    assert (second.payment_condition, second.nightly_import) == ("30", True)
    assert not ItemLink.objects.filter(environment="12345test").exists()


def test_with_links_or_documents_it_asks_first(save: Save, company: Company) -> None:
    first = save()
    CustomerLinkFactory(company=company, environment="12345")
    AfasDocumentFactory(connection=first, confirmed=True)

    with pytest.raises(NeedsConfirmation) as question:
        save(seed.TEST_TOKEN, realm="test")
    assert (question.value.consequences.documents, question.value.consequences.links) == (1, 1)
    first.refresh_from_db()
    assert first.closed_at is None

    assert save(seed.TEST_TOKEN, realm="test", confirmed=True).environment == "12345test"


@pytest.mark.parametrize("state", ["waiting", "queued", "sending"])
def test_a_link_does_not_move_while_documents_are_on_their_way(
    save: Save, company: Company, state: str
) -> None:
    first = save()
    traits = {} if state == "queued" else {state: True}
    AfasDocumentFactory(connection=first, **traits)
    said = refusal(save, seed.TEST_TOKEN, realm="test", confirmed=True)[""]
    assert "on their way" in said


def test_the_first_administration_is_filled_in_and_another_one_is_a_new_link(
    save: Save, company: Company, owner: User
) -> None:
    first = save()
    filled = connecting.choose_administration(
        connection=first, number=1, name="Studio Vlier B.V.", by=owner
    )
    assert filled.pk == first.pk
    assert filled.is_ready

    other = connecting.choose_administration(connection=filled, number=2, name="Beheer", by=owner)

    assert other.pk != first.pk
    assert (other.administration, other.user_token) == (2, seed.LIVE_TOKEN)
    assert other.is_ready
    first.refresh_from_db()
    assert (first.administration, bool(first.closed_at)) == (1, True)
    with pytest.raises(DomainError, match="meanwhile"):
        connecting.choose_administration(connection=first, number=1, name="", by=owner)


def test_another_administration_asks_first_when_documents_were_sent(
    save: Save, owner: User
) -> None:
    link = connecting.choose_administration(connection=save(), number=1, name="", by=owner)
    AfasDocumentFactory(connection=link, confirmed=True)
    with pytest.raises(NeedsConfirmation):
        connecting.choose_administration(connection=link, number=2, name="", by=owner)
    moved = connecting.choose_administration(
        connection=link, number=2, name="", by=owner, confirmed=True
    )
    assert moved.administration == 2


def test_testing_again_refreshes_the_list_pauses_on_refusal_and_wakes(
    save: Save, sandbox: Any, owner: User
) -> None:
    link = save(seed.LACKING_CONNECTORS_TOKEN)
    grants = {
        "get": list(seed.GET_CONNECTORS),
        "update": sorted({*seed.UPDATE_CONNECTORS, "FiEntries"}),
    }
    sandbox.order("grant", {"token": seed.LACKING_CONNECTORS_TOKEN, **grants})

    link = checking.check_again(connection=link, by=owner)
    assert all(one.granted for one in granting.list_of(link))

    sandbox.order("revoke", {"token": seed.LACKING_CONNECTORS_TOKEN})
    with pytest.raises(DomainError):
        checking.check_again(connection=link, by=owner)
    link.refresh_from_db()
    assert link.paused_because == "credentials"

    sandbox.order("revoke", {"token": seed.LACKING_CONNECTORS_TOKEN, "revoked": False})
    assert checking.check_again(connection=link, by=owner).paused_at is None


def test_without_the_app_nothing_can_be_linked(save: Save, company: Company, owner: User) -> None:
    apps.deactivate(company=company, app="afas", by=owner)
    with pytest.raises(DomainError, match="Activate"):
        save()
    assert not AfasConnection.objects.exists()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_leave_one_open_connection(
    company: Company, owner: User, sandbox: Any
) -> None:
    start = threading.Barrier(4)
    problems: list[Exception] = []

    def go(token: str, realm: str) -> None:
        try:
            wanted = connecting.read_credentials(
                company, Credentials(participant="12345", realm=realm, user_token=token), "token"
            )
            accepted = connecting.try_credentials(company, wanted)
            start.wait(10)
            connecting.save_credentials(company=company, accepted=accepted, by=owner)
        except Exception as error:
            problems.append(error)
        finally:
            database.close()

    kinds = [(seed.LIVE_TOKEN, ""), (seed.TEST_TOKEN, "test")] * 2
    threads = [threading.Thread(target=go, args=kind) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert AfasConnection.objects.filter(closed_at__isnull=True).count() == 1


def test_links_of_another_company_ask_nothing(save: Save, company: Company) -> None:
    save()
    stranger = AfasConnectionFactory()
    CustomerLinkFactory(company=stranger.company, environment="12345")
    AfasDocumentFactory(connection=stranger)
    assert save(seed.TEST_TOKEN, realm="test").environment == "12345test"

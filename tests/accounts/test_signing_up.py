"""Sign-up, log-in and the way back in."""

import re

import pytest
from django.core import mail
from django.db.models import signals

from accounts.models import Company, Membership, Right, Role, User
from core.models import AuditEvent
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
FORM = {
    "email": "Marit@Vlier.example",
    "password1": "een-lange-zin-als-sleutel",
    "company_name": "Studio Vlier",
    "name": "Marit Hoekstra",
}


def test_signing_up_makes_a_person_a_company_and_its_owner(client):
    response = client.post("/accounts/signup/", FORM)
    assert response.status_code == 302
    membership = Membership.objects.get()
    assert membership.user.email == "marit@vlier.example"
    assert membership.user.name == "Marit Hoekstra"
    assert membership.company.name == "Studio Vlier"
    assert membership.role == Role.OWNER
    assert set(membership.rights) == set(Right.values)
    assert client.get("/settings/organisation/").status_code == 200


def test_signing_up_stands_in_the_audit_trail(client):
    client.post("/accounts/signup/", FORM)
    event = AuditEvent.objects.get()
    assert (event.action, event.by_name) == ("company.created", "Marit Hoekstra")


def test_the_language_of_the_page_becomes_the_language_of_the_person(client):
    client.post("/accounts/signup/", FORM, headers={"accept-language": "nl"})
    assert User.objects.get().language == "nl"
    assert Company.objects.get().language == "nl"


def test_a_page_in_english_makes_an_english_person(client):
    client.post("/accounts/signup/", FORM, headers={"accept-language": "en"})
    assert User.objects.get().language == "en"


@pytest.mark.django_db(transaction=True)
def test_a_company_that_cannot_be_made_leaves_no_person_behind(client):
    def break_down(**_: object) -> None:
        raise RuntimeError("the disk is full")

    signals.pre_save.connect(break_down, sender=Membership)
    try:
        with pytest.raises(RuntimeError, match="disk"):
            client.post("/accounts/signup/", FORM)
    finally:
        signals.pre_save.disconnect(break_down, sender=Membership)
    assert not User.objects.exists()
    assert not Company.objects.exists()


def test_without_a_company_name_nothing_is_made(client):
    response = client.post("/accounts/signup/", {**FORM, "company_name": ""})
    assert response.status_code == 200
    assert not User.objects.exists()


def test_an_address_that_is_known_makes_no_second_person(client):
    UserFactory(email="marit@vlier.example")
    client.post("/accounts/signup/", FORM)
    assert User.objects.count() == 1
    assert not Company.objects.exists()


def test_logging_in_does_not_mind_capitals(client):
    UserFactory(email="marit@vlier.example")
    form = {"login": "Marit@VLIER.example", "password": PASSWORD}
    assert client.post("/accounts/login/", form).status_code == 302
    assert "_auth_user_id" in client.session


def test_a_forgotten_password_is_replaced_by_letter(client):
    UserFactory(email="marit@vlier.example")
    client.post("/accounts/password/reset/", {"email": "marit@vlier.example"})
    link = re.search(r"http\S+", mail.outbox[0].body)
    assert link
    page = client.get(link[0], follow=True)
    form = {"password1": "iets-heel-anders-nu", "password2": "iets-heel-anders-nu"}
    client.post(page.request["PATH_INFO"], form)
    assert User.objects.get().check_password("iets-heel-anders-nu")

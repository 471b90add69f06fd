"""Inviting somebody, and what becomes of the link."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Invitation, Membership, Right, Role, User
from accounts.services import invitations, people
from core.errors import DomainError
from core.models import AuditEvent
from tests.factories import CompanyFactory, InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
INVITE = "/team/employees/invite/"
SANNE = {"email": "Sanne@Vlier.example", "name": "Sanne de Wit", "role": "member"}


@pytest.fixture
def office(client_of, owner, company):
    """The owner's browser."""
    return client_of(owner, company)


@pytest.fixture
def letter(company, owner):
    return InvitationFactory(company=company, invited_by=owner, email="sanne@vlier.example")


def address(letter: Invitation) -> str:
    return f"/invitation/{letter.token}/"


def test_inviting_somebody_mails_a_link_that_lets_them_join(office, client, company):
    assert office.post(INVITE, SANNE).status_code == 302
    letter = Invitation.objects.get()
    assert letter.email == "sanne@vlier.example"
    assert mail.outbox[0].to == ["sanne@vlier.example"]
    assert address(letter) in mail.outbox[0].body
    form = {"name": "Sanne de Wit", "password": "een-lange-zin-als-sleutel"}
    assert client.post(address(letter), form).status_code == 302
    sanne = Membership.objects.get(user__email="sanne@vlier.example")
    assert (sanne.company, sanne.role, sanne.rights) == (company, "member", [])
    assert client.get("/profile/").status_code == 200


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_letter_is_in_the_language_of_the_company(office, company, language):
    company.language = language
    company.save()
    office.post(INVITE, SANNE)
    assert mail.outbox[0].extra_headers["Content-Language"] == language


def test_somebody_with_an_account_is_written_to_in_their_own_language(office):
    UserFactory(email="sanne@vlier.example", language="nl")
    office.post(INVITE, SANNE)
    assert mail.outbox[0].extra_headers["Content-Language"] == "nl"


def test_rights_that_nobody_touched_follow_the_role(office):
    office.post(INVITE, {**SANNE, "role": "billing", "filled_for": "member"})
    assert set(Invitation.objects.get().rights) == {
        Right.INVOICES,
        Right.COSTS,
        Right.ALL_PROJECTS,
    }


def test_rights_that_were_ticked_count_as_ticked(office):
    form = {**SANNE, "role": "billing", "filled_for": "billing", "rights": ["invoices"]}
    office.post(INVITE, form)
    assert Invitation.objects.get().rights == ["invoices"]


def test_no_ticks_for_the_role_they_were_filled_for_means_no_rights(office):
    office.post(INVITE, {**SANNE, "role": "billing", "filled_for": "billing"})
    assert Invitation.objects.get().rights == []


def test_an_owner_has_every_right_whatever_was_ticked(office):
    office.post(INVITE, {**SANNE, "role": "owner", "filled_for": "owner", "rights": ["costs"]})
    assert set(Invitation.objects.get().rights) == set(Right.values)


def test_a_right_that_does_not_exist_is_refused(office):
    response = office.post(INVITE, {**SANNE, "rights": ["everything"]})
    assert response.status_code == 422
    assert not Invitation.objects.exists()


def test_a_second_invitation_says_that_one_is_open(office):
    office.post(INVITE, SANNE)
    response = office.post(INVITE, SANNE)
    assert response.status_code == 422
    assert b"has an open invitation" in response.content
    assert Invitation.objects.count() == 1
    assert len(mail.outbox) == 1


def test_inviting_a_colleague_says_that_they_work_here(office, company, person_of):
    person_of(company, email="sanne@vlier.example")
    response = office.post(INVITE, SANNE)
    assert b"works here already" in response.content
    assert not Invitation.objects.exists()


def test_inviting_a_former_colleague_says_to_reactivate_them(office, company):
    MembershipFactory(company=company, user__email="sanne@vlier.example", active=False)
    assert b"reactivate" in office.post(INVITE, SANNE).content


def test_an_expired_invitation_makes_room_for_a_new_one(office, letter):
    Invitation.objects.update(expires_at=timezone.now())
    assert office.post(INVITE, SANNE).status_code == 302
    assert Invitation.objects.filter(withdrawn_at=None).count() == 1


def test_a_mail_server_that_is_down_leaves_an_invitation_to_send_again(office, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page = office.post(INVITE, SANNE, follow=True)
    assert Invitation.objects.count() == 1
    assert b"could not be mailed" in page.content


def test_sending_again_gives_an_expired_link_fourteen_new_days(office, letter):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    office.post(f"/team/invitations/{letter.pk}/send/")
    letter.refresh_from_db()
    assert letter.is_open
    assert mail.outbox[0].to == [letter.email]


def test_a_withdrawn_link_says_so_and_lets_nobody_in(office, client, letter):
    office.post(f"/team/invitations/{letter.pk}/withdraw/")
    page = client.post(address(letter), {"name": "S", "password": "een-lange-zin-als-sleutel"})
    assert page.status_code == 410
    assert b"has been withdrawn" in page.content
    assert not User.objects.filter(email=letter.email).exists()


def test_an_expired_link_says_so_and_lets_nobody_in(client, letter):
    Invitation.objects.update(expires_at=timezone.now())
    page = client.post(address(letter), {"name": "S", "password": "een-lange-zin-als-sleutel"})
    assert page.status_code == 410
    assert b"has expired" in page.content
    assert not User.objects.filter(email=letter.email).exists()


def test_a_used_link_says_so(client, letter):
    client.post(address(letter), {"name": "S", "password": "een-lange-zin-als-sleutel"})
    client.logout()
    page = client.get(address(letter))
    assert page.status_code == 410
    assert b"has been used" in page.content


def test_a_link_that_never_was_says_so(client, db):
    page = client.get("/invitation/nonsense/")
    assert page.status_code == 404
    assert b"is no invitation" in page.content


def test_somebody_signed_in_with_the_invited_address_joins_with_one_press(client, letter, company):
    sanne = UserFactory(email="sanne@vlier.example")
    client.force_login(sanne)
    assert f"Join {company}".encode() in client.get(address(letter)).content
    assert not Membership.objects.filter(user=sanne).exists()
    client.post(address(letter))
    assert Membership.objects.get(user=sanne).company == company


def test_joining_a_second_company_lands_in_that_company(client, letter, company):
    elsewhere = MembershipFactory(
        company=CompanyFactory(name="A first one"), user__email="sanne@vlier.example"
    )
    client.force_login(elsewhere.user)
    client.post(address(letter))
    assert client.get("/profile/").wsgi_request.company == company


def test_somebody_signed_in_with_another_address_is_told_so_and_does_not_join(client, letter):
    other = UserFactory(email="jelle@vlier.example")
    client.force_login(other)
    page = client.post(address(letter))
    assert page.status_code == 403
    assert b"sanne@vlier.example" in page.content
    assert not Membership.objects.filter(user=other).exists()


def test_a_known_address_logs_in_first_and_comes_back(client, letter):
    UserFactory(email="sanne@vlier.example")
    page = client.get(address(letter))
    assert b'name="password"' not in page.content
    assert f"/accounts/login/?next={address(letter)}".encode() in page.content


def test_an_unknown_address_is_not_asked_for_a_company(client, letter):
    page = client.get(address(letter))
    assert b'name="password"' in page.content
    assert b"company_name" not in page.content


def test_a_weak_password_is_refused_and_the_name_is_kept(client, letter):
    page = client.post(address(letter), {"name": "Sanne de Wit", "password": "password"})
    assert page.status_code == 422
    assert b"Sanne de Wit" in page.content
    assert not User.objects.filter(email=letter.email).exists()


def test_joining_stands_in_the_audit_trail(client, letter, company):
    client.post(address(letter), {"name": "Sanne", "password": "een-lange-zin-als-sleutel"})
    event = AuditEvent.objects.of(company).get(action="person.joined")
    assert event.by_name == "Sanne"


def test_a_link_lets_in_once_also_when_pressed_twice(letter):
    user = UserFactory(email=letter.email)
    stale = Invitation.objects.select_related("company").get()
    invitations.accept(invitation=letter, user=user)
    with pytest.raises(DomainError, match="has been used"):
        invitations.accept(invitation=stale, user=user)
    assert Membership.objects.filter(user=user).count() == 1


def test_somebody_shown_out_does_not_come_back_with_an_older_letter(company, owner, letter):
    person = MembershipFactory(company=company, user__email=letter.email)
    people.deactivate(membership=person, by=owner)
    letter.refresh_from_db()
    assert not letter.is_open


def test_a_letter_of_another_company_can_be_neither_sent_nor_withdrawn(office):
    foreign = InvitationFactory()
    for action in ("send", "withdraw"):
        assert office.post(f"/team/invitations/{foreign.pk}/{action}/").status_code == 404
    foreign.refresh_from_db()
    assert foreign.is_open
    assert not mail.outbox


def test_a_member_cannot_invite(client_of, member, company):
    assert client_of(member, company).post(INVITE, SANNE).status_code == 403
    assert not Invitation.objects.exists()


def test_the_ticks_of_a_role_are_shown_without_saving_anything(office):
    page = office.get("/team/employees/rights/?role=billing").content.decode()
    assert page.count("checked") == 3
    assert 'value="billing"' in page
    assert Role.BILLING not in Membership.objects.values_list("role", flat=True)

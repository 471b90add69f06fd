"""Profile, language, switching company, and pages left open over a switch."""

import pytest
from django.test import Client

from accounts.middleware import SESSION_KEY
from accounts.models import Company, Membership, Role
from tests.accounts.test_organisation import FORM
from tests.factories import CompanyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
SWITCH = "/company/switch/"
ORGANISATION = "/settings/organisation/"


@pytest.fixture
def other(owner):
    """A second company of the same owner."""
    return MembershipFactory(
        user=owner, role=Role.OWNER, company=CompanyFactory(name="Studio Eik")
    ).company


@pytest.fixture
def office(client_of, owner, company, other):
    """The owner's browser, at work in `company`, with a second company to go to."""
    return client_of(owner, company)


def form_for(company: Company, **values: str) -> dict[str, str]:
    return {**FORM, "_company": str(company.pk), **values}


def test_switching_company_changes_where_one_works(office, other):
    office.post(SWITCH, {"company": other.pk})
    assert office.get("/profile/").wsgi_request.company == other


def test_one_cannot_switch_to_a_company_of_others(office, company):
    stranger = CompanyFactory()
    office.post(SWITCH, {"company": stranger.pk})
    assert office.get("/profile/").wsgi_request.company == company


def test_switching_takes_a_form_not_a_link(office):
    assert office.get(SWITCH).status_code == 405


def test_a_page_left_open_over_a_switch_saves_nothing_and_keeps_what_was_typed(
    office, company, other
):
    office.post(SWITCH, {"company": other.pk})
    response = office.post(ORGANISATION, form_for(company, street="Kerkstraat"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "You switched company in another tab" in page
    assert f"Switch back to {company}" in page
    assert 'name="street" value="Kerkstraat"' in page
    assert not Company.objects.filter(street="Kerkstraat").exists()


def test_switching_back_saves_what_was_typed_where_it_belongs(office, company, other):
    office.post(SWITCH, {"company": other.pk})
    form = form_for(company, street="Kerkstraat", _switch_back="1")
    response = office.post(ORGANISATION, form, follow=True)
    assert response.redirect_chain[0] == (ORGANISATION, 307)
    assert Company.objects.get(street="Kerkstraat") == company
    assert office.session[SESSION_KEY] == company.pk


def test_nobody_switches_back_into_a_company_of_others(office, company):
    stranger = CompanyFactory()
    response = office.post(ORGANISATION, form_for(stranger, street="Kerkstraat", _switch_back="1"))
    assert response.status_code == 409
    assert b"_switch_back" not in response.content
    assert not Company.objects.filter(street="Kerkstraat").exists()
    assert office.session[SESSION_KEY] == company.pk


def test_a_form_without_a_company_is_refused(office, company):
    assert office.post(ORGANISATION, form_for(company, _company="")).status_code == 409


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_ways_of_writing_are_held_to_the_company_too(office, method, company):
    office.headers = {}
    assert getattr(office, method)(ORGANISATION).status_code == 409
    same = getattr(office, method)(ORGANISATION, headers={"X-Company": str(company.pk)})
    assert same.status_code == 405


def test_secrets_are_not_written_into_the_refusal(office, company, other):
    office.post(SWITCH, {"company": other.pk})
    form = form_for(company, user_token="<token>S3CRET</token>", password="hush-hush")
    page = office.post(ORGANISATION, form).content.decode()
    assert "S3CRET" not in page
    assert "hush-hush" not in page
    assert "typed again" in page


def test_htmx_shows_the_refusal_in_place_of_the_page(office, company, other):
    office.post(SWITCH, {"company": other.pk})
    headers = {"HX-Request": "true", "X-Company": str(company.pk)}
    response = office.post(ORGANISATION, form_for(company), headers=headers)
    assert response.status_code == 200
    assert response["HX-Retarget"] == "body"
    assert b"Nothing was saved" in response.content


def test_a_forged_form_cannot_switch_the_company(owner, company, other):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    session = browser.session
    session[SESSION_KEY] = other.pk
    session.save()
    assert browser.post(ORGANISATION, form_for(company, _switch_back="1")).status_code == 403
    assert browser.session[SESSION_KEY] == other.pk


def test_reading_is_not_held_to_the_company(office):
    assert office.get(ORGANISATION).status_code == 200


def test_the_profile_keeps_name_language_zone_and_appearance(office, owner):
    form = {"name": "Olga", "language": "nl", "time_zone": "Europe/Lisbon", "theme": "dark"}
    office.post("/profile/", form)
    owner.refresh_from_db()
    assert {name: getattr(owner, name) for name in form} == form
    assert b'data-theme="dark"' in office.get("/profile/").content


def test_the_profile_refuses_a_time_zone_that_does_not_exist(office, owner):
    form = {"name": "Olga", "language": "nl", "time_zone": "Mars/Base", "theme": "dark"}
    assert office.post("/profile/", form).status_code == 422
    owner.refresh_from_db()
    assert owner.time_zone == "Europe/Amsterdam"


def test_the_language_is_remembered_for_who_is_signed_in(office, owner):
    response = office.post("/profile/language/", {"language": "nl", "next": "/settings/"})
    assert response.url == "/settings/"
    owner.refresh_from_db()
    assert owner.language == "nl"
    assert b'<html lang="nl"' in office.get("/profile/").content


def test_the_language_is_remembered_on_the_device_of_who_is_not(client, db):
    client.post("/profile/language/", {"language": "nl", "next": "/accounts/login/"})
    assert b'<html lang="nl"' in client.get("/accounts/login/").content


def test_choosing_a_language_does_not_lead_to_another_site(office):
    response = office.post(
        "/profile/language/", {"language": "nl", "next": "https://evil.example/"}
    )
    assert "evil" not in response.url


def test_a_language_we_do_not_speak_changes_nothing(office, owner):
    office.post("/profile/language/", {"language": "tlh"})
    owner.refresh_from_db()
    assert owner.language == "en"


def test_somebody_without_a_company_is_told_what_to_do(client):
    client.force_login(UserFactory())
    response = client.get(ORGANISATION, follow=True)
    assert response.redirect_chain == [("/no-company/", 302)]
    assert b"Ask a colleague to invite" in response.content


def test_somebody_without_a_company_can_start_one(client):
    user = UserFactory()
    client.force_login(user)
    client.post("/no-company/", {"name": "Studio Nieuw"})
    place = Membership.objects.get(user=user)
    assert (place.company.name, place.role) == ("Studio Nieuw", Role.OWNER)
    assert client.get(ORGANISATION).status_code == 200


def test_after_logging_in_one_comes_back_to_the_page(client, db):
    response = client.get("/team/employees/?q=sanne")
    assert response.url == "/accounts/login/?next=/team/employees/%3Fq%3Dsanne"


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(client, db):
    page = "http://testserver/team/employees/3/"
    response = client.post("/team/employees/3/deactivate/", headers={"referer": page})
    assert response.url == "/accounts/login/?next=/team/employees/3/"


def test_the_way_back_is_never_to_another_site(client, db):
    response = client.post(ORGANISATION, headers={"referer": "https://evil.example/x/"})
    assert response.url == "/accounts/login/?next=/"


def test_htmx_leaves_for_the_log_in_page_instead_of_showing_it_inside(client, db):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/team/employees/invite/"}
    response = client.get("/team/employees/rights/", headers=headers)
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/accounts/login/?next=/team/employees/invite/"

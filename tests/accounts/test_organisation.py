"""Settings → Organisation and the audit log."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts import identifiers
from accounts.models import Company, Membership
from core import audit
from core.errors import DomainError
from core.models import AuditEvent
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db
PAGE = "/settings/organisation/"
FORM = {
    "name": "Studio Vlier B.V.",
    "street": "Herengracht",
    "house_number": "12 b",
    "postcode": "1015 BK",
    "city": "Amsterdam",
    "country": "NL",
    "kvk_number": "12345678",
    "vat_number": "NL123456789B01",
    "iban": "NL91 ABNA 0417 1643 00",
    "time_zone": "Europe/Amsterdam",
    "language": "nl",
    "number_format": "comma",
    "date_format": "d-m-Y",
    "duration_format": "clock",
}


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def office(client_of, owner, company):
    """The owner's browser."""
    return client_of(owner, company)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), name: str = "logo.png"):
    page = io.BytesIO()
    Image.new("RGB", size, "teal").save(page, kind)
    return SimpleUploadedFile(name, page.getvalue())


def test_saving_keeps_everything_that_was_typed(office, company):
    assert office.post(PAGE, FORM).status_code == 302
    company.refresh_from_db()
    assert {name: getattr(company, name) for name in FORM} == {
        **FORM,
        "iban": "NL91ABNA0417164300",
    }


def test_saving_stands_in_the_audit_trail_with_before_and_after(office, company, owner):
    before = company.name
    office.post(PAGE, FORM)
    event = AuditEvent.objects.of(company).get()
    assert event.by == owner
    assert (event.before["name"], event.after["name"]) == (before, "Studio Vlier B.V.")
    assert "country" not in event.after


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("kvk_number", "1234567", "eight digits"),
        ("kvk_number", "1234567a", "eight digits"),
        ("vat_number", "NL123456789", "NL123456789B01"),
        ("vat_number", "BE0123456789", "NL123456789B01"),
        ("iban", "NL92ABNA0417164300", "check digits"),
        ("iban", "NL91ABNA041716430", "looks like"),
        ("name", "", "required"),
        ("time_zone", "Europe/Atlantis", "valid choice"),
        ("country", "XX", "valid choice"),
    ],
)
def test_a_wrong_value_gets_its_sentence_and_the_rest_is_kept(
    office, company, field, text, sentence
):
    response = office.post(PAGE, {**FORM, field: text})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "Herengracht" in response.content.decode()
    company.refresh_from_db()
    assert company.street == ""


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("123456789B01", "NL", "NL123456789B01"),
        ("nl 1234.56.789.b01", "NL", "NL123456789B01"),
        ("BE 0123.456.789", "BE", "BE0123456789"),
        ("el123456789", "GR", "EL123456789"),
        ("GB999 9999 73", "GB", "GB999999973"),
        ("", "NL", ""),
    ],
)
def test_a_vat_number_is_kept_with_its_prefix_and_without_signs(text, country, number):
    assert identifiers.vat_number(text, country) == number


@pytest.mark.parametrize("text", ["NL91ABNA0417164301", "NL19ABNA0417164300", "XX00"])
def test_an_iban_with_a_wrong_figure_is_refused(text):
    with pytest.raises(DomainError):
        identifiers.iban(text)


@pytest.mark.parametrize(
    "text", ["NL91 ABNA 0417 1643 00", "BE68 5390 0754 7034", "de89370400440532013000"]
)
def test_an_iban_that_adds_up_is_taken(text):
    assert identifiers.iban(text)


def test_a_logo_is_drawn_anew_and_shown_to_people_of_the_company(
    office, company, member, client_of
):
    office.post(PAGE, {**FORM, "logo_file": picture()})
    response = client_of(member, company).get("/settings/organisation/logo/")
    content = response.content
    assert response["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(content)).size == (40, 20)


def test_what_hides_behind_a_picture_is_not_kept(office, company):
    sneaky = picture()
    upload = SimpleUploadedFile("logo.png", sneaky.read() + b"<script>alert(1)</script>")
    office.post(PAGE, {**FORM, "logo_file": upload})
    company.refresh_from_db()
    assert b"<script>" not in company.logo.read()


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (lambda: SimpleUploadedFile("logo.png", b"<svg onload=alert(1)>"), "not a PNG or JPEG"),
        (lambda: picture("GIF"), "not a PNG or JPEG"),
        (lambda: SimpleUploadedFile("logo.png", picture().read()[:60]), "not a PNG or JPEG"),
        (lambda: SimpleUploadedFile("logo.png", b"\x89PNG" + b"0" * 1024 * 1024), "at most 1 MB"),
        (lambda: picture(size=(5000, 5000)), "not a PNG or JPEG"),
    ],
)
def test_a_file_that_is_no_small_picture_is_refused(office, company, upload, sentence):
    response = office.post(PAGE, {**FORM, "logo_file": upload()})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    company.refresh_from_db()
    assert not company.logo
    assert company.street == ""


def test_a_new_logo_replaces_the_old_file(
    office, company, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        office.post(PAGE, {**FORM, "logo_file": picture()})
        office.post(PAGE, {**FORM, "logo_file": picture("JPEG", name="other.png")})
    files = [path.suffix for path in (tmp_path / "logos").iterdir()]
    assert files == [".jpg"]


def test_a_logo_can_be_taken_away(office, company):
    office.post(PAGE, {**FORM, "logo_file": picture()})
    office.post(PAGE, {**FORM, "remove_logo": "on"})
    company.refresh_from_db()
    assert not company.logo
    assert office.get("/settings/organisation/logo/").status_code == 404


def test_the_settings_page_shows_a_card_for_each_page(office):
    page = office.get("/settings/").content.decode()
    assert PAGE in page
    assert "/settings/audit-log/" in page


def test_somebody_without_rights_has_no_settings(client_of, member, company):
    assert client_of(member, company).get("/settings/").status_code == 403


def test_the_audit_log_shows_what_was_before_and_after(office, company):
    before = company.name
    office.post(PAGE, FORM)
    page = office.get("/settings/audit-log/").content.decode()
    assert f"{before} → Studio Vlier B.V." in page


def test_the_audit_log_speaks_of_people_roles_and_rights_in_words(office, member):
    place = Membership.objects.get(user=member)
    office.post(f"/team/employees/{place.pk}/", {"role": "manager", "filled_for": "member"})
    page = office.get("/settings/audit-log/").content.decode()
    assert "Employee: Changed" in page
    assert "Member → Manager" in page
    assert "– → All projects, Costs" in page


def test_the_audit_log_writes_days_amounts_and_codes_as_people_read_them(office, company, owner):
    line = {
        "description": "Workshop",
        "quantity": "14.5",
        "unit_price": "1150",
        "discount": "10",
        "vat_code": "reverse_eu",
        "paid_on": "2026-11-13",
    }
    change = audit.Change(after=line)
    audit.record(company=company, by=owner, action="invoice.line_added", obj=company, change=change)
    company.number_format, company.date_format = "comma", "d-m-Y"
    company.save()
    owner.language = "nl"
    owner.save()
    page = office.get("/settings/audit-log/")
    shown = {one.name: one.after for one in page.context["told"][0].differences}
    assert shown == {
        "Omschrijving": "Workshop",
        "Aantal": "14,5",
        "Stuksprijs": "1.150,00",
        "Korting": "10",
        "Btw": "Btw verlegd, binnen de EU",
        "Betaald op": "13-11-2026",
    }


def test_the_audit_log_narrows_to_a_kind_and_to_a_person(office, company, owner, member):
    audit.record(company=company, by=member, action="user.changed", obj=member)
    audit.record(company=company, by=None, action="company.changed", obj=company)
    page = office.get("/settings/audit-log/", {"type": "accounts.company"})
    assert [line.event.object_type for line in page.context["told"]] == ["accounts.company"]
    page = office.get("/settings/audit-log/", {"person": member.pk})
    assert [line.event.by for line in page.context["told"]] == [member]
    page = office.get("/settings/audit-log/", {"person": "system"})
    assert [line.event.by for line in page.context["told"]] == [None]
    assert not office.get("/settings/audit-log/", {"person": "x"}).context["told"]


def test_the_audit_log_comes_in_pages(office, company, owner):
    audit.record_many(company=company, by=owner, action="x.changed", objects=[company] * 55)
    assert len(office.get("/settings/audit-log/").context["told"]) == 50
    assert len(office.get("/settings/audit-log/", {"page": 2}).context["told"]) == 5


def test_the_audit_log_keeps_to_its_company(office):
    other = CompanyFactory(name="Other")
    audit.record(company=other, by=None, action="company.changed", obj=other)
    page = office.get("/settings/audit-log/")
    assert not page.context["told"]
    assert Company.objects.count() == 2

"""The tags and the templates: complete, labelled, safe under the Content-Security-Policy."""

import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from django import forms
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe

from core.templatetags.icons import DRAWINGS

TEMPLATES = sorted(Path("templates").rglob("*.html")) + sorted(Path("templates").rglob("*.txt"))
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]


def render(source, **context):
    with translation.override("en"):
        return Template(source).render(Context(context))


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_every_template_compiles(path):
    get_template(str(path.relative_to("templates")))


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_no_template_breaks_the_content_security_policy(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=[\"']|hx-on|javascript:|hx-vals=.js:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_icon_a_template_names_exists(path):
    names = re.findall(r"{% icon \"([^\"]+)\"", path.read_text())
    assert set(names) <= set(DRAWINGS)


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_post_form_in_the_shell_carries_the_token(path):
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", path.read_text(), re.DOTALL):
        assert "{% csrf_token %}" in form


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_icon_is_well_formed(name):
    ElementTree.fromstring(f"<svg>{DRAWINGS[name]}</svg>")


def test_an_unknown_icon_or_status_names_the_known_ones():
    with pytest.raises(ValueError, match=r"no icon 'clokc'.*clock"):
        render('{% icon "clokc" %}')
    with pytest.raises(ValueError, match="no status 'good'"):
        render('{% status "good" "x" %}')


class Sample(forms.Form):
    name = forms.CharField(help_text="As <b>registered</b>")
    kind = forms.ChoiceField(choices=[("a", "A")], required=False)
    note = forms.CharField(widget=forms.Textarea(attrs={"class": "is-code"}))
    active = forms.BooleanField(label="In use")
    per = forms.ChoiceField(choices=[("c", "Customer")], widget=forms.RadioSelect)
    receipt = forms.FileField()
    secret = forms.CharField(widget=forms.HiddenInput)


def test_a_field_ties_its_label_help_and_error_to_the_control():
    html = render("{% field form.name %}", form=Sample({}))
    assert '<label for="id_name">Name' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_error"' in html
    assert "As &lt;b&gt;registered" in html


def test_every_widget_gets_its_look_and_keeps_its_own_class():
    html = render("{% fields form %}", form=Sample())
    assert 'class="select"' in html
    assert 'class="input is-area is-code"' in html
    assert '<label class="check"><input type="checkbox"' in html
    assert re.search(r'<fieldset class="field">\s*<legend>Per</legend>', html)
    assert '<input type="file" name="receipt" class="input"' in html
    assert '<input type="hidden" name="secret"' in html
    assert html.count("optional") == 2


def test_a_field_takes_other_texts_and_attributes():
    html = render(
        '{% field form.kind label="Which?" help="Pick one" hx_get="/x/" unit="km" wide=True %}',
        form=Sample(),
    )
    assert ">Which?" in html
    assert 'hx-get="/x/"' in html
    assert 'aria-describedby="id_kind_helptext"' in html
    assert '<span class="unit" aria-hidden="true">km</span>' in html
    assert "is-wide" in html


def test_a_bare_field_still_has_a_name_for_screen_readers():
    html = render("{% field form.name bare=True %}", form=Sample())
    assert 'aria-label="Name"' in html
    assert "<label" not in html


def test_html_from_a_validator_is_shown_as_html():
    form = Sample()
    form.fields["name"].help_text = mark_safe("<ul><li>long</li></ul>")
    assert "<li>long</li>" in render("{% field form.name %}", form=form)


def test_errors_of_the_whole_form_and_of_hidden_fields_are_shown():
    form = Sample({})
    form.add_error(None, "Two customers share this number.")
    html = render("{% form_errors form %}", form=form)
    assert "Two customers share this number." in html
    assert "This field is required." in html
    assert render("{% form_errors form %}", form=Sample()).strip() == ""


def test_the_company_stands_in_every_form_and_nowhere_without_one():
    request = SimpleNamespace(company=SimpleNamespace(pk=7))
    assert (
        render("{% company_field %}", request=request)
        == '<input type="hidden" name="_company" value="7">'
    )
    assert render("{% company_field %}", request=SimpleNamespace(company=None)) == ""


def test_what_people_typed_is_escaped_in_notices_statuses_and_menus():
    html = render(
        '{% notice "bad" title=x %}<p>{{ x }}</p>{% endnotice %}{% status "ok" x %}'
        '{% menu "m" x %}{{ x }}{% endmenu %}{% empty x %}{{ x }}{% endempty %}'
        '{% dialog "d" x %}{{ x }}{% enddialog %}',
        x="<script>",
    )
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 9


def test_the_address_keeps_its_filters_through_pages_and_sorting():
    request = RequestFactory().get("/?status=open&page=2&sort=date")
    page = Paginator(range(50), 10).page(2)
    html = render(
        "{% pagination page %}{% sort_header 'date' 'Date' %}", request=request, page=page
    )
    assert "11–20 of 50" in html
    assert 'href="?status=open&amp;page=3&amp;sort=date"' in html
    assert 'href="?status=open&amp;sort=-date"' in html
    assert render("{% query status=None q='a b' %}", request=request) == "?sort=date&amp;q=a+b"


def test_progress_never_leaves_its_bar():
    assert 'width="100" height="6"/></svg>' in render("{% progress 107 100 %}")
    assert 'width="0" height="6"/></svg>' in render("{% progress 3 0 %}")


def test_the_page_for_a_broken_server_needs_neither_request_nor_database():
    html = render_to_string("500.html")
    assert "never sent twice" in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_doors_open_without_signing_in(address, language):
    answer = Client(headers={"Accept-Language": language}).get(address)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert f'<html lang="{language}">' in html
    assert 'name="csrfmiddlewaretoken"' in html
    assert "placeholder" not in html


@pytest.mark.django_db
def test_a_stranger_gets_our_page_for_a_missing_address():
    answer = Client(headers={"Accept-Language": "en"}).get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.django_db
def test_the_mail_for_a_new_password_is_plain_text_in_our_own_words(mailoutbox):
    user = get_user_model().objects.create_user("m@vlier.example", "old-secret-1", name="Marit")
    client = Client(headers={"Accept-Language": "en"})
    answer = client.post("/accounts/password/reset/", {"email": user.email}, follow=True)
    assert "Look in your mail" in answer.content.decode()
    (mail,) = mailoutbox
    assert mail.subject == "Choose a new password"
    assert re.search(r"^http://\S+/accounts/password/reset/key/\S+$", mail.body, re.MULTILINE)
    assert mail.body.startswith("Hello,\n\n")
    assert mail.body.rstrip().endswith("Regards,\nUurwerk")


@pytest.mark.django_db
def test_a_wrong_password_is_refused_with_a_sentence():
    answer = Client(headers={"Accept-Language": "en"}).post(
        "/accounts/login/", {"login": "nobody@vlier.example", "password": "wrong"}
    )
    assert 'role="alert"' in answer.content.decode()

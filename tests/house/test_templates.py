"""The Content-Security-Policy forbids inline script and style, so none stands here."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*")) if path.is_file()]
PAGES = [path for path in TEMPLATES if path.suffix in {".html", ".svg"}]
TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")  # an argument called `one` is no event handler
FORBIDDEN = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript address": re.compile(r"(href|action|src)\s*=\s*[\"']?javascript:", re.IGNORECASE),
    "htmx that evaluates": re.compile(r"\bhx-(on|vars)\b|hx-vals\s*=\s*[\"']js:", re.IGNORECASE),
    "something from another site": re.compile(r"(src|srcset)\s*=\s*[\"'](https?:)?//", re.I),
}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_holds_nothing_that_the_policy_forbids(path: Path) -> None:
    text = TAGS.sub("", path.read_text(encoding="utf-8"))
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("an inline style", '<p class="x" style="color: red">'),
        ("a style element", "<style>p {}</style>"),
        ("an inline script", "<script>alert(1)</script>"),
        ("an event handler", '<a href="/" onclick="go()">'),
        ("a javascript address", '<a href="javascript:go()">'),
        ("htmx that evaluates", '<div hx-on:click="go()">'),
        ("something from another site", '<img src="https://example.test/x.png">'),
    ],
)
def test_each_rule_catches_its_sin(what: str, text: str) -> None:
    assert FORBIDDEN[what].search(text)


def test_there_are_templates_to_look_at() -> None:
    assert len(PAGES) > 20


@pytest.mark.django_db
def test_pages_carry_the_policy_and_it_allows_nothing_inline() -> None:
    policy = Client().get(f"/{settings.LOGIN_URL.replace('account_login', 'accounts/login/')}")
    header = policy.headers["Content-Security-Policy"]
    assert "default-src 'self'" in header
    assert "unsafe" not in header

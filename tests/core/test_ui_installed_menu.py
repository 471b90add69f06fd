"""What the apps really registered."""

import pytest
from django.urls import reverse

from core import menu
from core.templatetags.icons import DRAWINGS


@pytest.mark.parametrize("item", menu.items(), ids=lambda item: f"{item.section}: {item.url_name}")
def test_every_registered_item_has_a_page_and_an_icon(item):
    assert reverse(item.url_name).startswith("/")
    assert item.icon in DRAWINGS

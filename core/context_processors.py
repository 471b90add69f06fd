"""What every page's shell needs to know."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core import menu


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name and, worked out only when a page shows them, the menus.

    `companies` are the companies this person can switch to, as the middleware put them on the
    request.
    """
    sections: Any = SimpleLazyObject(lambda: menu.menu_for(request))
    return {
        "SITE_NAME": settings.SITE_NAME,
        "main_menu": sections,
        "new_menu": SimpleLazyObject(lambda: menu.section_for(request, "new")),
        "user_menu": SimpleLazyObject(lambda: menu.section_for(request, "user")),
        "menu_badge": SimpleLazyObject(lambda: menu.badge_of(sections)),
        "companies": SimpleLazyObject(lambda: list(getattr(request, "companies", ()))),
    }

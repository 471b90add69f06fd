"""From a refused booking, deletion or dossier item to the pages where its cause is mended."""

from __future__ import annotations

from django.utils.translation import gettext as _

from integrations.models import AfasDocument
from integrations.services.fixes import Fix
from integrations.services.obstacles import Obstacle
from integrations.services.places import Place
from integrations.services.sales_entries import Books, entry_of

MAPPING, SETTINGS = "afas_mapping", "afas_settings"
TABLES = {
    Place.ACCOUNTS: "activities",
    Place.VAT_CODES: "vat",
    Place.PROJECTS: "projects",
}
"""The table of the mapping page, by the place of a refusal."""


def links_of_place(place: Place, document: AfasDocument) -> list[Fix]:
    """The page for a place that only bookings and dossier items have; [] for any other."""
    if place in TABLES:
        links = [Fix(_("Open the mapping"), MAPPING, query=f"?table={TABLES[place]}")]
        return [*links, _settings()] if place == Place.PROJECTS else links
    if place == Place.BOOKING:
        return [_settings()]
    invoice = document.about.invoice_id
    if place == Place.CREDIT_NOTE and invoice:
        return [Fix(_("Credit the invoice"), "invoice_credit", (invoice,))]
    return []


def links_of_entry(document: AfasDocument) -> list[Fix]:
    """Where that is mended which keeps its entry from being built, as things are now."""
    if document.invoice is None:
        return []
    obstacles = entry_of(document.invoice, Books.of(document.connection)).obstacles
    fixes = [_fix(one) for one in obstacles if one.url_name]
    return list(dict.fromkeys(fixes))


def _fix(obstacle: Obstacle) -> Fix:
    label = _("Open the mapping") if obstacle.url_name == MAPPING else _("Open the AFAS settings")
    if obstacle.url_name not in {MAPPING, SETTINGS}:
        label = _("Fix this")
    return Fix(
        label,
        obstacle.url_name,
        (obstacle.pk,) if obstacle.pk else (),
        anchor=obstacle.tail[1:] if obstacle.tail.startswith("#") else "",
        query=obstacle.tail if obstacle.tail.startswith("?") else "",
    )


def _settings() -> Fix:
    return Fix(_("Open the AFAS settings"), SETTINGS, anchor="booking")

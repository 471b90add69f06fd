"""Companies: starting one, and what they say about themselves."""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.models import RIGHTS_OF_ROLE, Company, Membership, Role, User
from accounts.services.holding import hold
from core import audit
from core.errors import DomainError
from core.rounding import rounding_changed

# What Settings → Organisation may change; the audit trail shows these before and after.
ORGANISATION_FIELDS = (
    "name",
    "street",
    "house_number",
    "postcode",
    "city",
    "country",
    "kvk_number",
    "vat_number",
    "iban",
    "bic",
    "email",
    "phone",
    "website",
    "time_zone",
    "language",
    "number_format",
    "date_format",
    "duration_format",
    "rounding_rule",
    "rounding_step",
)
ROUNDING = frozenset({"rounding_rule", "rounding_step"})
LOGO_MAX_BYTES = 1024 * 1024
LOGO_MAX_PIXELS = 20_000_000
LOGO_MAX_SIDE = 1200


@transaction.atomic
def start_company(*, name: str, by: User) -> Company:
    """A new company in the language and time zone of `by`, who becomes its owner."""
    company = Company.objects.create(name=name, language=by.language, time_zone=by.time_zone)
    Membership.objects.create(
        company=company, user=by, role=Role.OWNER, rights=sorted(RIGHTS_OF_ROLE[Role.OWNER])
    )
    change = audit.Change(after={"name": name})
    audit.record(company=company, by=by, action="company.created", obj=company, change=change)
    return company


@transaction.atomic
def change_organisation(*, company: Company, by: User, values: Mapping[str, Any]) -> Company:
    """Save the given ORGANISATION_FIELDS; the names of those that differ go in the audit trail.

    Another rounding rule rounds the open hours that follow it again, in the same transaction.
    """
    saved = hold(company)
    before = audit.values_of(saved, ORGANISATION_FIELDS)
    for name in ORGANISATION_FIELDS:
        setattr(saved, name, values.get(name, before[name]))
    change = audit.difference(before, audit.values_of(saved, ORGANISATION_FIELDS))
    if change.after:
        saved.save(update_fields=list(change.after))
        audit.record(company=saved, by=by, action="company.changed", obj=saved, change=change)
    if ROUNDING & change.after.keys():
        rounding_changed.send(Company, company=saved, customer=None, by=by)
    return saved


def change_logo(*, company: Company, by: User, upload: UploadedFile) -> Company:
    """Keep `upload`, a PNG or JPEG of at most 1 MB, drawn anew so that nothing else is in it.

    Raises DomainError for anything else, whatever its name says.
    """
    if (upload.size or 0) > LOGO_MAX_BYTES:
        raise DomainError(_("A logo may be at most 1 MB. Save it smaller and choose it again."))
    content, ending = _drawn_anew(upload)
    name = f"{company.pk}-{secrets.token_hex(8)}.{ending}"
    return _replace_logo(company, by, ContentFile(content, name))


def remove_logo(*, company: Company, by: User) -> Company:
    """Take the logo away; without one nothing happens."""
    return _replace_logo(company, by, None) if company.logo else company


@transaction.atomic
def _replace_logo(company: Company, by: User, content: ContentFile[bytes] | None) -> Company:
    saved = Company.objects.select_for_update().get(pk=company.pk)
    storage, old = saved.logo.storage, saved.logo.name
    if content is None:
        saved.logo = ""
        saved.save(update_fields=["logo"])
    else:
        saved.logo.save(content.name or "logo", content, save=False)
        saved.save(update_fields=["logo"])
    change = audit.difference({"logo": bool(old)}, {"logo": bool(content), "file": saved.logo.name})
    audit.record(company=saved, by=by, action="company.logo_changed", obj=saved, change=change)
    if old:
        transaction.on_commit(lambda: storage.delete(old))
    return saved


def _drawn_anew(upload: UploadedFile) -> tuple[bytes, str]:
    """The picture as a fresh file and its ending: no metadata, upright, of a sensible size."""
    refusal = DomainError(
        _("This file is not a PNG or JPEG picture. Save the logo as one of these and choose it.")
    )
    try:
        with Image.open(upload, formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > LOGO_MAX_PIXELS:
                raise refusal
            kind = "JPEG" if picture.format == "JPEG" else "PNG"
            drawing = ImageOps.exif_transpose(picture).convert("RGB" if kind == "JPEG" else "RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise refusal from error
    drawing.thumbnail((LOGO_MAX_SIDE, LOGO_MAX_SIDE))
    page = io.BytesIO()
    drawing.save(page, format=kind)
    return page.getvalue(), {"JPEG": "jpg", "PNG": "png"}[kind]

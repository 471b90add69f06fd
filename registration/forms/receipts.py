"""Choosing receipts: a photo made now, or files that are there already."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from core.errors import FieldsError
from registration.services.receipt_files import ReceiptFile
from registration.services.receipts import FIELD, read_receipts

KINDS = "image/jpeg,image/png,image/heic,image/heif,application/pdf,.heic,.heif,.pdf"


class ManyFilesInput(forms.FileInput):
    """A box for several files at once."""

    allow_multiple_selected = True

    def value_from_datadict(
        self, data: Any, files: MultiValueDict[str, UploadedFile], name: str
    ) -> list[UploadedFile]:
        """Every file that was chosen."""
        return files.getlist(name) if hasattr(files, "getlist") else []


class ReceiptsField(forms.Field):
    """Gives the files as they will be kept; a refused one is an error with its name."""

    widget = ManyFilesInput

    def clean(self, value: Any) -> list[ReceiptFile]:
        """Check the files by their content."""
        try:
            return read_receipts(value or [])
        except FieldsError as error:
            raise forms.ValidationError(error.errors[FIELD], code="refused") from error


def photo_field() -> ReceiptsField:
    """A box with which a phone offers its camera."""
    attrs = {"accept": "image/*", "capture": "environment"}
    return ReceiptsField(label=_("Take a photo"), required=False, widget=ManyFilesInput(attrs))


def files_field() -> ReceiptsField:
    """A box for photos and PDFs that are there already."""
    attrs = {"accept": KINDS, "multiple": True}
    return ReceiptsField(label=_("Choose files"), required=False, widget=ManyFilesInput(attrs))


class ReceiptsForm(forms.Form):
    """Receipts for an expense that is there already."""

    photo = photo_field()
    receipts = files_field()

    def clean(self) -> dict[str, Any]:
        """Ask for at least one file."""
        cleaned = super().clean() or {}
        if not self.errors and not self.files_of_receipts:
            self.add_error("receipts", _("Choose a photo or a PDF first."))
        return cleaned

    @property
    def files_of_receipts(self) -> list[ReceiptFile]:
        """What may be kept, from both boxes."""
        return chosen(self.cleaned_data)


def chosen(cleaned: dict[str, Any]) -> list[ReceiptFile]:
    """The files of both boxes of a form."""
    return [*cleaned.get("photo", []), *cleaned.get("receipts", [])]

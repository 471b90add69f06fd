"""What a difference means for the books, and what to do about it, in sentences for a bookkeeper."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.models import Kind
from integrations.services.difference_rows import Group


class Words(NamedTuple):
    """What is the matter and what it means for the money, then what to do now."""

    meaning: str | Promise
    todo: str | Promise


OF_BOOKINGS: dict[Group, Words] = {
    Group.DIFFERS: Words(
        _("The entry in AFAS has another total or debtor than we booked, so your books are off."),
        _("Correct the entry in AFAS, or reverse the booking and book again. Then settle it here."),
    ),
    Group.MISSING: Words(
        _("AFAS showed this entry before and does not any more: its revenue and VAT are not in "
          "your books."),
        _("Look in AFAS whether somebody deleted it. If so, reverse the booking here, and book "
          "the invoice again."),
    ),
    Group.ORPHAN: Words(
        _("AFAS has an entry with a reference of ours that we do not know, as happens when a "
          "backup is put back."),
        _("Do not book an invoice with this number before you know. Delete the entry in AFAS if it "
          "is double, then settle it here."),
    ),
    Group.DOUBT: Words(
        _("It is not certain whether this booking is in your books."),
        _("Open it: it says what is the matter and what to do."),
    ),
    Group.UNBOOKED: Words(
        _("The customer has this invoice, and your books do not: its revenue and VAT are missing "
          "there."),
        _("Open the invoice and create its sales booking."),
    ),
    Group.UNSEEN: Words(
        _("AFAS confirmed it and has not shown it in its list yet."),
        _("Nothing: we look again by ourselves, and tell you when a day has passed."),
    ),
    Group.PAYMENT: Words(
        _("What is open on this invoice in AFAS is not what is open here."),
        _("Match the payment in AFAS, or remove what was registered here by mistake."),
    ),
}  # fmt: skip
OF_INVOICES: dict[Group, Words] = {
    **OF_BOOKINGS,
    Group.DIFFERS: Words(
        _("The invoice in AFAS has another total or debtor than we sent: your figures here are not "
          "those of your books."),
        _("Correct it in AFAS, or undo the invoicing and bill again. Then settle it here."),
    ),
    Group.MISSING: Words(
        _("AFAS showed this invoice before and does not any more: what it billed may go unpaid."),
        _("Look in AFAS whether somebody deleted it. If so, undo the invoicing, so that its "
          "entries can be billed again."),
    ),
    Group.ORPHAN: Words(
        _("AFAS has an invoice with a reference of ours that we do not know, as happens when a "
          "backup is put back."),
        _("Its entries may look unbilled here: do not bill them again before you know. Then settle "
          "it here."),
    ),
    Group.DOUBT: Words(
        _("It is not certain whether AFAS has this invoice."),
        _("Open it: it says what is the matter and what to do."),
    ),
}  # fmt: skip


def words_of(group: Group, kind: str) -> Words:
    """The sentences for a part of the list."""
    return (OF_BOOKINGS if kind == Kind.SALES_BOOKING else OF_INVOICES)[group]

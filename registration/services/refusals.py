"""Why an entry cannot be changed: short reasons that complete "left out: …" and stand by a lock."""

from __future__ import annotations

from django.utils.translation import gettext as _

from registration.models import ApprovalStatus, BillingStatus, Entry
from registration.selectors.reach import Reach


def billing_refusal(entry: Entry) -> str:
    """Why billing keeps an entry from being changed; empty when it does not."""
    if entry.billing == BillingStatus.INVOICED:
        label = entry.invoice_label
        return _("already on invoice %(number)s") % {"number": label} if label else _("invoiced")
    if entry.billing == BillingStatus.RESERVED:
        return _("reserved for an invoice that is being made")
    if entry.billing == BillingStatus.WRITTEN_OFF:
        return _("written off; restore it first")
    return ""


def change_refusal(reach: Reach, entry: Entry) -> str:
    """Why this person cannot change or delete an entry now; empty when they can (DOMAIN §3).

    Open and rejected: its owner and whoever approves it. Submitted and approved: only who approves.
    Reserved, invoiced and written off: nobody.
    """
    if reason := billing_refusal(entry):
        return reason
    if reach.approves(entry):
        return ""
    if not reach.is_own(entry):
        return _("you do not manage this project")
    if entry.approval == ApprovalStatus.SUBMITTED:
        return _("submitted; withdraw it to change it")
    if entry.approval == ApprovalStatus.APPROVED:
        return _("approved by %(person)s") % {"person": entry.approved_by or _("an approver")}
    return ""

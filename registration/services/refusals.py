"""Why something cannot be done. About entries these are short reasons, which complete "left out: …"
and stand by a lock; about projects whole sentences.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from registration.models import ApprovalStatus, BillingMethod, BillingStatus, Entry, Project
from registration.selectors.reach import Reach

EARLIEST = date(2000, 1, 1)
LONGEST_AHEAD = timedelta(days=3660)


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


def first_day_refusal(day: date) -> str:
    """Why a subscription cannot begin then; empty when it can."""
    if EARLIEST <= day <= timezone.localdate() + LONGEST_AHEAD:
        return ""
    return _("Choose a first day from 2000 on, at most ten years ahead.")


def subscription_refusal(project: Project) -> str:
    """Why a project has no subscription to change; empty when it has."""
    if project.method is BillingMethod.SUBSCRIPTION:
        return ""
    return _("This project is no subscription. Change how it is billed first.")


def price_refusal() -> str:
    """What somebody reads who sends a price that they may not set."""
    return _("Only people with the right Costs set prices, so nothing was saved.")

"""The approval axis: submit, withdraw, approve, reject, reopen (DOMAIN §3).

Two choices of ours. Approvers may approve what is still open, since in a small team nobody submits;
only what was rejected has to be submitted again first. And nobody approves their own entries but
admins, so that a company of one person can work.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from core.errors import FieldsError
from registration.models import ApprovalStatus, BillingStatus, Entry
from registration.selectors.entries import Ids
from registration.selectors.reach import Reach, reach_of
from registration.services.bulk import BulkChange, Result, perform
from registration.services.refusals import billing_refusal

OPEN, SUBMITTED = ApprovalStatus.OPEN, ApprovalStatus.SUBMITTED
APPROVED, REJECTED = ApprovalStatus.APPROVED, ApprovalStatus.REJECTED
LOCKED = (BillingStatus.RESERVED, BillingStatus.INVOICED)
CLEAN = {"approval_comment": "", "approved_by": None, "approved_at": None}
LONGEST_COMMENT = 500


def submit(*, by: Membership, ids: Ids, seen: str = "") -> Result:
    """A person offers their own open or rejected entries for approval."""
    reach = reach_of(by)
    return perform(reach, ids, submitting(reach), seen)


def withdraw(*, by: Membership, ids: Ids, seen: str = "") -> Result:
    """A person takes back what they submitted, to change it."""
    reach = reach_of(by)
    return perform(reach, ids, withdrawing(reach), seen)


def approve(*, by: Membership, ids: Ids, seen: str = "") -> Result:
    """Submitted and open entries are good to be invoiced."""
    reach = reach_of(by)
    return perform(reach, ids, approving(reach), seen)


def reject(*, by: Membership, ids: Ids, comment: str, seen: str = "") -> Result:
    """Entries go back to their owner with a `comment`. Raises FieldsError without one."""
    _check_comment(comment)
    reach = reach_of(by)
    return perform(reach, ids, rejecting(reach, comment.strip()), seen)


def reopen(*, by: Membership, ids: Ids, seen: str = "") -> Result:
    """Approved or rejected entries are open again, while they are not on an invoice."""
    reach = reach_of(by)
    return perform(reach, ids, reopening(reach), seen)


def submitting(reach: Reach) -> BulkChange:
    """`submit` as a change over many entries."""

    def refusal(entry: Entry) -> str:
        if not reach.is_own(entry):
            return _("only %(person)s can submit it") % {"person": entry.membership}
        return _unless(entry, OPEN, REJECTED)

    return _to(SUBMITTED, (OPEN, REJECTED), refusal, CLEAN)


def withdrawing(reach: Reach) -> BulkChange:
    """`withdraw` as a change over many entries."""

    def refusal(entry: Entry) -> str:
        if not reach.is_own(entry):
            return _("only %(person)s can withdraw it") % {"person": entry.membership}
        return _unless(entry, SUBMITTED)

    return _to(OPEN, (SUBMITTED,), refusal, {"action": "withdrawn"})


def approving(reach: Reach) -> BulkChange:
    """`approve` as a change over many entries."""

    def refusal(entry: Entry) -> str:
        if entry.approval == REJECTED:
            return _("rejected; it has to be submitted again first")
        return _not_yours(reach, entry) or _unless(entry, OPEN, SUBMITTED)

    seal = {
        "approval_comment": "",
        "approved_by": reach.membership.user,
        "approved_at": timezone.now(),
    }
    return _to(APPROVED, (OPEN, SUBMITTED), refusal, seal)


def rejecting(reach: Reach, comment: str = "") -> BulkChange:
    """`reject` as a change over many entries."""

    def refusal(entry: Entry) -> str:
        return _not_yours(reach, entry) or _unless(entry, OPEN, SUBMITTED, APPROVED)

    return _to(
        REJECTED,
        (OPEN, SUBMITTED, APPROVED),
        refusal,
        {**CLEAN, "approval_comment": comment, "reason": comment},
    )


def reopening(reach: Reach) -> BulkChange:
    """`reopen` as a change over many entries."""

    def refusal(entry: Entry) -> str:
        return _not_yours(reach, entry) or _unless(entry, APPROVED, REJECTED)

    return _to(OPEN, (APPROVED, REJECTED), refusal, {**CLEAN, "action": "reopened"})


def _to(
    status: ApprovalStatus,
    since: tuple[ApprovalStatus, ...],
    refusal: Any,
    more: dict[str, Any],
) -> BulkChange:
    columns = {name: new for name, new in more.items() if name not in {"action", "reason"}}
    return BulkChange(
        action=more.get("action", status.value),
        refusal=refusal,
        columns={"approval": status, **columns},
        guard={"approval__in": since, "billing__in": set(BillingStatus) - set(LOCKED)},
        reason=more.get("reason", ""),
    )


def _unless(entry: Entry, *allowed: ApprovalStatus) -> str:
    """Why this step does not fit where the entry is now."""
    if entry.billing in LOCKED:
        return billing_refusal(entry)
    if entry.approval in allowed:
        return ""
    return {
        OPEN: _("still open"),
        SUBMITTED: _("already submitted"),
        APPROVED: _("already approved"),
        REJECTED: _("already rejected"),
    }[ApprovalStatus(entry.approval)]


def _not_yours(reach: Reach, entry: Entry) -> str:
    if reach.approves(entry):
        return ""
    if reach.is_own(entry):
        return _("your own; somebody else has to approve it")
    return _("you do not manage this project")


def _check_comment(comment: str) -> None:
    if not comment.strip():
        raise FieldsError({"comment": _("Say what is wrong, so that it can be put right.")})
    if len(comment.strip()) > LONGEST_COMMENT:
        raise FieldsError({"comment": _("Keep it within 500 characters.")})

"""What of people's work is invoiced: billable or not, written off, on which project (DOMAIN §3)."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from accounts.models import Membership
from core.errors import DomainError, FieldsError
from registration.models import BillingMethod, BillingStatus, Entry, Hour, Project, Ride
from registration.selectors.entries import Ids, listed_activities
from registration.selectors.reach import Reach, reach_of
from registration.services.bulk import BulkChange, Result, perform
from registration.services.refusals import billing_refusal, change_refusal

UNCLAIMED = (BillingStatus.UNBILLED, BillingStatus.NOT_BILLABLE)


def mark_billable(*, by: Membership, ids: Ids, seen: str = "") -> Result:
    """Entries may be invoiced."""
    reach = reach_of(by)
    return perform(reach, ids, making_billable(reach), seen)


def mark_not_billable(*, by: Membership, ids: Ids, seen: str = "") -> Result:
    """Entries are never invoiced, and have no value."""
    reach = reach_of(by)
    return perform(reach, ids, making_not_billable(reach), seen)


def write_off(*, by: Membership, ids: Ids, reason: str, seen: str = "") -> Result:
    """Unbilled entries will not be invoiced; they keep their value for reports.

    Raises FieldsError without a `reason`.
    """
    if not reason.strip():
        raise FieldsError({"comment": _("Say why; whoever closes the year will ask.")})
    reach = reach_of(by)
    return perform(reach, ids, writing_off(reach, reason.strip()), seen)


def restore(*, by: Membership, ids: Ids, seen: str = "") -> Result:
    """What was written off can be invoiced again."""
    reach = reach_of(by)
    return perform(reach, ids, restoring(reach), seen)


def move_to_project(*, by: Membership, ids: Ids, project: Project, seen: str = "") -> Result:
    """Entries belong to `project` from now on and are worth what they are worth there.

    Raises DomainError for a project on which nobody can register, ValueError for one of another
    company.
    """
    if project.company_id != by.company_id:
        raise ValueError("This project belongs to another company.")
    if not project.active:
        raise DomainError(
            _("%(project)s is not active, so nothing was moved. Make the project active first.")
            % {"project": project}
        )
    reach = reach_of(by)
    return perform(reach, ids, moving(reach, project), seen)


def delete_all(*, by: Membership, ids: Ids, seen: str = "") -> Result:
    """Entries are gone for good; the audit trail keeps who deleted them."""
    reach = reach_of(by)
    return perform(reach, ids, deleting(reach), seen)


def making_billable(reach: Reach) -> BulkChange:
    """`mark_billable` as a change over many entries."""

    def refusal(entry: Entry) -> str:
        reason = _not_to_decide(reach, entry) or billing_refusal(entry)
        if reason or entry.billable:
            return reason or _never_billable(entry) or _("already billable")
        return _never_billable(entry)

    return _billable_change("made_billable", refusal, billable=True)


def making_not_billable(reach: Reach) -> BulkChange:
    """`mark_not_billable` as a change over many entries."""

    def refusal(entry: Entry) -> str:
        reason = _not_to_decide(reach, entry) or billing_refusal(entry)
        return reason or ("" if entry.billable else _("already not billable"))

    return _billable_change("made_not_billable", refusal, billable=False)


def writing_off(reach: Reach, reason: str = "") -> BulkChange:
    """`write_off` as a change over many entries."""

    def refusal(entry: Entry) -> str:
        if not reach.bills:
            return _("only people who invoice can write off")
        if entry.billing == BillingStatus.NOT_BILLABLE:
            return _("not billable, so there is nothing to write off")
        return billing_refusal(entry)

    return BulkChange(
        action="written_off",
        refusal=refusal,
        columns={"billing": BillingStatus.WRITTEN_OFF},
        guard={"billing": BillingStatus.UNBILLED},
        reason=reason,
    )


def restoring(reach: Reach) -> BulkChange:
    """`restore` as a change over many entries. What it is worth is worked out again."""

    def refusal(entry: Entry) -> str:
        if not reach.bills:
            return _("only people who invoice can restore it")
        return "" if entry.billing == BillingStatus.WRITTEN_OFF else _("not written off")

    return BulkChange(
        action="restored",
        refusal=refusal,
        columns={"billing": BillingStatus.UNBILLED},
        guard={"billing": BillingStatus.WRITTEN_OFF},
        revalued=True,
    )


def moving(reach: Reach, project: Project) -> BulkChange:
    """`move_to_project` as a change over many entries."""
    listed = set(listed_activities(project))

    def refusal(entry: Entry) -> str:
        if entry.project_id == project.pk:
            return _("already on this project")
        if listed and isinstance(entry, Hour) and entry.activity_id not in listed:
            return _("%(activity)s is not an activity of %(project)s") % {
                "activity": entry.activity,
                "project": project,
            }
        return change_refusal(reach, entry)

    return BulkChange(
        action="moved",
        refusal=refusal,
        columns={"project": project},
        guard={"billing__in": UNCLAIMED},
        revalued=True,
    )


def deleting(reach: Reach) -> BulkChange:
    """`delete_all` as a change over many entries."""
    return BulkChange(
        action="deleted",
        refusal=lambda entry: change_refusal(reach, entry),
        guard={"billing__in": UNCLAIMED},
        deletes=True,
    )


def _billable_change(action: str, refusal: Callable[[Entry], str], *, billable: bool) -> BulkChange:
    return BulkChange(
        action=action,
        refusal=refusal,
        columns={"billable": billable},
        guard={"billing__in": UNCLAIMED},
        revalued=True,
    )


def _not_to_decide(reach: Reach, entry: Entry) -> str:
    if reach.bills or reach.approves(entry):
        return ""
    return _("only the project's manager decides what is billable")


def _never_billable(entry: Entry) -> str:
    if entry.project.billing_method == BillingMethod.NONE:
        return _("%(project)s is not invoiced") % {"project": entry.project}
    if entry.project.customer_id is None:
        return _("%(project)s has no customer") % {"project": entry.project}
    if isinstance(entry, Ride) and entry.purpose != Ride.Purpose.BUSINESS:
        return _("not a business ride")
    return ""

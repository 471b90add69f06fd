"""What a person decides about a debtor that an import held back."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from integrations.models import AfasDocument, CustomerLink, ImportRow, State
from integrations.services import documents
from relations.models import Customer

NAME_DIFFERS, LEFT, LINKED, BEING_CREATED = "name_differs", "left", "linked", "being_created"
DECIDABLE = (NAME_DIFFERS, LEFT, BEING_CREATED)


def may_link(row: ImportRow) -> bool:
    """Whether a person may link this row's debtor with its customer now.

    While the customer is being created in AFAS nobody may: the outcome of that decides.
    """
    if row.customer_id is None or row.reason not in DECIDABLE:
        return False
    if row.reason != BEING_CREATED:
        return True
    moving = (State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN)
    pk = row.detail.get("document")
    made = AfasDocument.objects.of(row.company_id).filter(pk=pk)
    return not made.filter(state__in=moving).exists()


def may_leave(row: ImportRow) -> bool:
    """Whether a person may say that the two are not the same."""
    return row.reason == NAME_DIFFERS


def link_anyway(*, row: ImportRow, by: User) -> CustomerLink:
    """The debtor and the customer are the same; the next import brings AFAS's values.

    Raises DomainError when one of the two is linked otherwise by now, or may not be linked yet.
    """
    customer = row.customer
    if customer is None or not may_link(row):
        raise DomainError(_("This row cannot be linked now. Import again and look at the result."))
    environment = row.run.connection.environment
    try:
        with transaction.atomic():
            link = _link(row, customer, environment)
            ImportRow.objects.filter(pk=row.pk).update(reason=LINKED)
            change = audit.Change(after={"debtor": row.debtor_number})
            audit.record(
                company=row.company, by=by, action="customer.linked", obj=customer, change=change
            )
    except IntegrityError:
        raise DomainError(
            _(
                "Debtor %(number)s or %(name)s is linked otherwise by now, so nothing was changed. "
                "Import again and look at the result."
            )
            % {"number": row.debtor_number, "name": customer.name}
        ) from None
    documents.release_waiting(environment)
    return link


def leave(*, row: ImportRow, by: User) -> None:
    """They are not the same: later imports leave the two alone."""
    if not may_leave(row):
        raise DomainError(_("This row was decided already."))
    ImportRow.objects.filter(pk=row.pk).update(reason=LEFT)
    change = audit.Change(after={"debtor": row.debtor_number})
    audit.record(
        company=row.company,
        by=by,
        action="customer.not_the_same",
        obj=row.customer or row,
        change=change,
    )


def _link(row: ImportRow, customer: Customer, environment: str) -> CustomerLink:
    link, made = CustomerLink.objects.get_or_create(
        environment=environment,
        customer=customer,
        defaults={"company": row.company, "debtor_number": row.debtor_number},
    )
    if not made and link.debtor_number != row.debtor_number:
        raise IntegrityError
    taken = Customer.objects.of(row.company).filter(number=row.debtor_number)
    if not customer.number and not taken.exists():
        unnumbered = Customer.objects.filter(pk=customer.pk, number="")
        unnumbered.update(number=row.debtor_number, changed_at=Now())
    return link

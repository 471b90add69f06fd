"""What a person decides about a debtor that looks alike."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError
from integrations.models import AfasDocument, Kind, State
from integrations.services import documents
from integrations.services.following import link_customer


def link_to(*, document: AfasDocument, debtor_number: str, by: User) -> None:
    """The customer is that debtor: no new one is made, and its invoices go on.

    Only a debtor that was found to look alike can be chosen. Raises DomainError when the document
    was settled meanwhile or the debtor belongs to another customer.
    """
    alike = {one["number"] for one in document.detail.get("alike", [])}
    if document.kind != Kind.CUSTOMER or debtor_number not in alike or document.customer is None:
        raise DomainError(_("Choose one of the debtors that look alike."))
    with transaction.atomic():
        closed = AfasDocument.objects.filter(pk=document.pk, state=State.REJECTED).update(
            state=State.CANCELLED,
            problem="linked",
            message=_("Linked to debtor %(number)s.") % {"number": debtor_number},
        )
        if not closed or not link_customer(document, document.customer, debtor_number):
            raise DomainError(
                _(
                    "That debtor is linked to another customer of yours, or somebody settled this "
                    "meanwhile. Nothing was changed."
                )
            )
        _record(document, by, "customer.linked", {"debtor": debtor_number})
    documents.release_waiting(document.environment)


def create_anyway(*, document: AfasDocument, by: User) -> None:
    """It is another organisation: create it, whatever those debtors look like."""
    seen = [one["number"] for one in document.detail.get("alike", [])]
    if document.kind != Kind.CUSTOMER or not seen:
        raise DomainError(_("No debtor looks like this customer, so there is nothing to decide."))
    with transaction.atomic():
        known = sorted({*document.detail.get("not_these", []), *seen})
        AfasDocument.objects.filter(pk=document.pk).update(detail={"not_these": known})
        document.detail = {"not_these": known}
        _record(document, by, "customer.not_the_same", {"debtors": seen})
        documents.retry(document=document, by=by)


def _record(document: AfasDocument, by: User, action: str, after: dict[str, object]) -> None:
    audit.record(
        company=document.company,
        by=by,
        action=action,
        obj=document,
        change=audit.Change(after=after),
    )

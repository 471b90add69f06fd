"""What AFAS showed and what it did not, as a comparison leaves it behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Company
from integrations.models import AfasConnection, AfasDocument, PersonTask
from integrations.services.differences import Differences, Wanted
from tests.factories import AfasDocumentFactory, PersonTaskFactory, SalesBookingFactory


def booking(company: Company, total: str = "121.00", **fields: Any) -> AfasDocument:
    """A booking that AFAS showed as we sent it, of a sent invoice."""
    given: dict[str, Any] = {"booked": True, "seen_at": timezone.now()} | fields
    document: AfasDocument = SalesBookingFactory(
        company=company,
        invoice__ours=True,
        invoice__total=Decimal(total),
        invoice__delivery="sent",
        invoice__sent_at=timezone.now(),
        **given,
    )
    return document


def direct(company: Company, net: str = "100.00", **fields: Any) -> AfasDocument:
    """An invoice of AFAS that it showed as we sent it."""
    given = {"confirmed": True, "seen_at": timezone.now(), "invoice__net": Decimal(net)} | fields
    document: AfasDocument = AfasDocumentFactory(company=company, **given)
    return document


def task(what: str, document: AfasDocument, **detail: str) -> PersonTask:
    """What a comparison left for a person."""
    made: PersonTask = PersonTaskFactory(
        company=document.company, what=what, document=document, key=document.key, detail=detail
    )
    return made


def orphan(link: AfasConnection, key: str, **detail: str) -> PersonTask:
    """What AFAS has and we lack."""
    made: PersonTask = PersonTaskFactory(
        company=link.company, what="orphan", document=None, connection=link, key=key, detail=detail
    )
    return made


def unequal(link: AfasConnection, **wanted: str) -> list[tuple[str, str, Any, Any]]:
    """Group, number, ours and AFAS's of all that is listed."""
    found = Differences(link, Wanted(**wanted))
    return [(one.group, one.number, one.ours, one.theirs) for one in found[:50]]

"""How own invoices are booked in AFAS, and what AFAS says is still to be paid on them."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import factory
from django.utils import timezone

from integrations.models import (
    AccountLink,
    AccountUse,
    AfasDocument,
    BookingRun,
    BookingSettings,
    Kind,
    OpenItem,
    PaymentRun,
    ProjectLink,
    VatLink,
)
from tests.factories.base import OwnedFactory, same_company
from tests.factories.integrations import AfasDocumentFactory, ConnectedFactory
from tests.factories.registration import ProjectFactory


class BookedFactory(OwnedFactory):
    """A row of the books that `AfasConnectionFactory` links to."""

    class Meta:
        abstract = True

    environment = "12345"
    administration = 1


class BookingSettingsFactory(BookedFactory):
    """Journal 20 and nothing else."""

    class Meta:
        model = BookingSettings

    journal = "20"


class AccountLinkFactory(BookedFactory):
    """The default revenue account."""

    class Meta:
        model = AccountLink

    use = AccountUse.DEFAULT
    account = "8000"


class VatLinkFactory(BookedFactory):
    """The high rate."""

    class Meta:
        model = VatLink

    vat_code = "high"
    percent = Decimal(21)
    code = "1"
    account = "1510"


class ProjectLinkFactory(BookedFactory):
    """The cost centre of a project."""

    class Meta:
        model = ProjectLink

    project = same_company(ProjectFactory)
    cost_centre = "NOORD"


class BookingRunFactory(ConnectedFactory):
    """Invoices that were chosen and not yet confirmed."""

    class Meta:
        model = BookingRun

    id = factory.LazyFunction(uuid4)


class SalesBookingFactory(AfasDocumentFactory):
    """A queued sales booking of a sent invoice; the traits are those of a document, but `booked`
    is confirmed as a booking is."""

    class Meta:
        model = AfasDocument

    class Params:
        booked = factory.Trait(
            state="confirmed",
            attempts=1,
            entry_number=factory.Sequence(lambda n: str(5000 + n)),
            unit="1",
            confirmed_at=factory.LazyFunction(timezone.now),
        )

    kind = Kind.SALES_BOOKING
    journal = "20"
    payload = '{"FiEntryPar":{}}'


class PaymentRunFactory(ConnectedFactory):
    """A reading of open items by hand that is under way."""

    class Meta:
        model = PaymentRun

    trigger = PaymentRun.Trigger.BUTTON


class OpenItemFactory(OwnedFactory):
    """AFAS shows a booking as still to be paid."""

    class Meta:
        model = OpenItem

    document = same_company(SalesBookingFactory, booked=True)
    asked = Decimal("121.00")
    left = Decimal("121.00")
    seen_at = factory.LazyFunction(timezone.now)

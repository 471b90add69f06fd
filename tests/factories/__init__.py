"""One factory per model: valid by default and minimal, everything it makes of one company.

`HourFactory(company=vlier)` makes its project, person and activity in that company too. When an
object is given instead (`HourFactory(project=website)`), the row belongs to that object's company.
"""

from tests.factories.base import PASSWORD, CompanyFactory, OwnedFactory, UserFactory
from tests.factories.integrations import (
    A_TOKEN,
    AfasAttemptFactory,
    AfasConnectionFactory,
    AfasDocumentFactory,
    AlertFactory,
    AppInstallationFactory,
    CheckRunFactory,
    ConnectedFactory,
    CustomerLinkFactory,
    ImportRowFactory,
    ImportRunFactory,
    InvoicingRunFactory,
    ItemLinkFactory,
    PersonTaskFactory,
    SweepClockFactory,
)
from tests.factories.invoicing import ClaimFactory, InvoiceFactory, InvoiceLineFactory
from tests.factories.people import (
    AuditEventFactory,
    CustomerFactory,
    InvitationFactory,
    MembershipFactory,
)
from tests.factories.registration import (
    ActivityFactory,
    EntryFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    HourFactory,
    InstalmentFactory,
    ProjectActivityFactory,
    ProjectFactory,
    ProjectMemberFactory,
    RateFactory,
    RideFactory,
    SelectionFactory,
    SubscriptionPeriodFactory,
)

__all__ = [
    "A_TOKEN",
    "PASSWORD",
    "ActivityFactory",
    "AfasAttemptFactory",
    "AfasConnectionFactory",
    "AfasDocumentFactory",
    "AlertFactory",
    "AppInstallationFactory",
    "AuditEventFactory",
    "CheckRunFactory",
    "ClaimFactory",
    "CompanyFactory",
    "ConnectedFactory",
    "CustomerFactory",
    "CustomerLinkFactory",
    "EntryFactory",
    "ExpenseCategoryFactory",
    "ExpenseFactory",
    "HourFactory",
    "ImportRowFactory",
    "ImportRunFactory",
    "InstalmentFactory",
    "InvitationFactory",
    "InvoiceFactory",
    "InvoiceLineFactory",
    "InvoicingRunFactory",
    "ItemLinkFactory",
    "MembershipFactory",
    "OwnedFactory",
    "PersonTaskFactory",
    "ProjectActivityFactory",
    "ProjectFactory",
    "ProjectMemberFactory",
    "RateFactory",
    "RideFactory",
    "SelectionFactory",
    "SubscriptionPeriodFactory",
    "SweepClockFactory",
    "UserFactory",
]

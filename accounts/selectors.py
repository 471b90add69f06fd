"""Questions about people, invitations and the audit trail, each asked for one company."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db.models import F, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Company, Invitation, Membership, Right, User
from core.models import AuditEvent

# The words of the pages; a model that is not here goes by its own name.
TYPE_NAMES = {
    "accounts.company": _("Organisation"),
    "accounts.membership": _("Employee"),
    "accounts.invitation": _("Invitation"),
    "accounts.apikey": _("API key"),
    "relations.customer": _("Customer"),
    "relations.contact": _("Contact"),
    "registration.project": _("Project"),
    "registration.activity": _("Activity"),
    "registration.expensecategory": _("Expense category"),
    "registration.rate": _("Rate"),
    "registration.hour": _("Hours"),
    "registration.expense": _("Expense"),
    "registration.ride": _("Ride"),
    "invoicing.invoice": _("Invoice"),
    "integrations.appinstallation": _("App"),
    "integrations.afasconnection": _("Link to AFAS"),
    "integrations.afasdocument": _("Document for AFAS"),
    "integrations.invoicingrun": _("Invoicing in AFAS"),
    "integrations.importrun": _("Import"),
    "integrations.paymentrun": _("Payments read"),
    "integrations.itemlink": _("AFAS item"),
    "integrations.bookingsettings": _("Booking in AFAS"),
    "integrations.accountlink": _("Ledger account"),
    "integrations.vatlink": _("VAT code in AFAS"),
    "integrations.projectlink": _("Cost centre"),
    "integrations.customerlink": _("AFAS debtor"),
    "integrations.persontask": _("Task"),
    "integrations.alert": _("Message to the owners"),
    "integrations.hiddenchecklist": _("First steps"),
}


def employees(company: Company, *, search: str = "", state: str = "") -> QuerySet[Membership]:
    """The people of a company by name; `search` looks in name and e-mail address.

    `state` is "active", "inactive" or anything else for all.
    """
    people = Membership.objects.of(company).select_related("user").order_by("user__name", "pk")
    if search:
        people = people.filter(Q(user__name__icontains=search) | Q(user__email__icontains=search))
    if state in {"active", "inactive"}:
        people = people.filter(active=state == "active")
    return people


def employee(company: Company, pk: int) -> Membership:
    """One person of this company; Http404 for anybody else."""
    found: Membership = get_object_or_404(
        Membership.objects.of(company).select_related("user", "company"), pk=pk
    )
    return found


def waiting_invitations(company: Company, *, search: str = "") -> QuerySet[Invitation]:
    """Invitations that were neither used nor withdrawn, newest first; some may have expired."""
    letters = Invitation.objects.of(company).filter(accepted_at=None, withdrawn_at=None)
    if search:
        letters = letters.filter(Q(name__icontains=search) | Q(email__icontains=search))
    return letters.select_related("invited_by", "company")


def invitation(company: Company, pk: int) -> Invitation:
    """One invitation of this company; Http404 for any other."""
    found: Invitation = get_object_or_404(
        Invitation.objects.of(company).select_related("company"), pk=pk
    )
    return found


def invitation_by_token(token: str) -> Invitation | None:
    """The invitation of a link, whatever its company: the token is the proof."""
    letters = Invitation.objects.select_related("company", "invited_by")
    found: Invitation | None = letters.filter(token=token).first()
    return found


def api_keys(company: Company, reader: Membership) -> QuerySet[ApiKey]:
    """The keys that this person may see, those that work first: an administrator sees all."""
    keys = ApiKey.objects.of(company).select_related("membership__user", "revoked_by")
    if not reader.has(Right.ADMIN):
        keys = keys.filter(membership=reader)
    return keys.order_by(F("revoked_at").asc(nulls_first=True), "-id")


def api_key(company: Company, reader: Membership, pk: int) -> ApiKey:
    """One of those keys; Http404 for any other."""
    found: ApiKey = get_object_or_404(api_keys(company, reader), pk=pk)
    return found


def has_account(email: str) -> bool:
    """Whether somebody can log in with this address."""
    return User.objects.filter(email=email.lower()).exists()


@dataclass(frozen=True, kw_only=True)
class TrailFilter:
    """What the audit log page narrows to: a kind of object, a person's id, one object's id."""

    object_type: str = ""
    person: str = ""
    object_id: str = ""


def audit_trail(company: Company, wanted: TrailFilter) -> QuerySet[AuditEvent]:
    """The company's events, newest first. A person's id that is no number finds nothing."""
    events = AuditEvent.objects.of(company)
    if wanted.object_type:
        events = events.filter(object_type=wanted.object_type)
    if wanted.object_id:
        events = events.filter(object_id=wanted.object_id)
    if wanted.person == "system":
        events = events.filter(by=None)
    elif wanted.person:
        events = events.filter(by=int(wanted.person)) if wanted.person.isdigit() else events.none()
    return events


def audited_types(company: Company) -> list[tuple[str, str]]:
    """The kinds of object in the company's trail, with the words people know them by."""
    rows = AuditEvent.objects.of(company).order_by().values_list("object_type", flat=True)
    return sorted(((label, type_name(label)) for label in rows.distinct()), key=lambda row: row[1])


def audited_people(company: Company) -> QuerySet[User]:
    """Everybody who did something in this company."""
    doers = AuditEvent.objects.of(company).order_by().values("by").distinct()
    return User.objects.filter(pk__in=doers).order_by("name")


def type_name(label: str) -> str:
    """The word for a model by its label, as in "accounts.company"; the label if it is gone."""
    if label in TYPE_NAMES:
        return str(TYPE_NAMES[label])
    try:
        name = str(apps.get_model(label)._meta.verbose_name)
    except LookupError:
        return label
    return name[:1].upper() + name[1:]

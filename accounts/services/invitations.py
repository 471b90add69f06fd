"""Invitations: one letter, to one address, into one company, once."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import INVITATION_LIFETIME, Company, Invitation, Membership, User
from accounts.services.people import Place
from core import audit, formats
from core.errors import DomainError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Guest:
    """Whom we invite: the address is stored in lower case."""

    email: str
    name: str
    place: Place


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """What somebody without an account tells when joining."""

    name: str
    password: str
    language: str


def invite(*, company: Company, by: User, guest: Guest) -> Invitation:
    """Invite a guest; the letter is sent by `send_letter`, once this is saved.

    Raises DomainError for somebody who works here, or worked here, or has an open invitation. An
    expired invitation makes room for the new one.
    """
    try:
        with transaction.atomic():
            return _invite(company, by, guest)
    except IntegrityError as error:
        raise _already_invited(guest.email) from error


def send_letter(*, invitation: Invitation) -> bool:
    """Mail the invitation in the invitee's language, else the company's; False when mail failed.

    A mail server that is down is a line in the log: the link on the page works without a letter.
    """
    letter = _letter(invitation)
    try:
        letter.send()
    except OSError as error:
        logger.warning("Invitation %s: the letter was not mailed (%s).", invitation.pk, error)
        return False
    return True


def link_of(invitation: Invitation) -> str:
    """The address in the letter."""
    return settings.SITE_URL + reverse("invitation", args=[invitation.token])


@transaction.atomic
def renew(*, invitation: Invitation, by: User) -> Invitation:
    """Let an invitation that was not used yet run for another fourteen days, to be sent again.

    Raises DomainError when it was accepted or withdrawn meanwhile.
    """
    saved = _locked(invitation)
    _refuse_settled(saved)
    saved.expires_at = timezone.now() + INVITATION_LIFETIME
    saved.save(update_fields=["expires_at"])
    audit.record(company=saved.company, by=by, action="invitation.renewed", obj=saved)
    return saved


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User) -> Invitation:
    """Make the link useless. Raises DomainError when it was accepted or withdrawn meanwhile."""
    saved = _locked(invitation)
    _refuse_settled(saved)
    saved.withdrawn_at = timezone.now()
    saved.save(update_fields=["withdrawn_at"])
    audit.record(company=saved.company, by=by, action="invitation.withdrawn", obj=saved)
    return saved


@transaction.atomic
def accept(*, invitation: Invitation, user: User) -> Membership:
    """Make `user`, whose address the invitation is for, a member of its company.

    Raises DomainError when the invitation is no longer open, is for somebody else, or when the
    person was deactivated here.
    """
    saved = _locked(invitation)
    refuse_closed(saved)
    if user.email.lower() != saved.email.lower():
        raise DomainError(not_yours(saved, user))
    membership = _membership(saved, user)
    saved.accepted_at = timezone.now()
    saved.save(update_fields=["accepted_at"])
    return membership


def accept_as_new_person(*, invitation: Invitation, person: NewPerson) -> Membership:
    """Make an account for the invited address and a member of it, in one transaction.

    The letter proves the address. Raises DomainError as `accept` does, and when the address has an
    account by now.
    """
    try:
        with transaction.atomic():
            refuse_closed(_locked(invitation))
            user = User.objects.create_user(
                invitation.email,
                person.password,
                name=person.name,
                language=person.language,
                time_zone=invitation.company.time_zone,
            )
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
            return accept(invitation=invitation, user=user)
    except IntegrityError as error:
        raise DomainError(
            _("This address has an account by now. Log in and open the link once more.")
        ) from error


def refuse_closed(invitation: Invitation) -> None:
    """Raise DomainError when the invitation cannot be accepted any more, saying why."""
    _refuse_settled(invitation)
    if not invitation.is_open:
        raise DomainError(
            _("This invitation has expired. Ask %(company)s to send it again.")
            % {"company": invitation.company}
        )


def not_yours(invitation: Invitation, user: User) -> str:
    """The sentence for somebody who is logged in with another address."""
    return _(
        "This invitation is for %(invited)s, and you are logged in as %(user)s. Log out and open "
        "the link once more, or ask %(company)s to invite you at your own address."
    ) % {"invited": invitation.email, "user": user.email, "company": invitation.company}


def _letter(invitation: Invitation) -> EmailMessage:
    company = invitation.company
    known = User.objects.filter(email=invitation.email.lower()).first()
    language = known.language if known else company.language
    context = {"invitation": invitation, "company": company, "link": link_of(invitation)}
    with translation.override(language), formats.use(company):
        context["expires_on"] = formats.write_day(timezone.localdate(invitation.expires_at))
        subject = render_to_string("accounts/mail/invitation_subject.txt", context).strip()
        body = render_to_string("accounts/mail/invitation.txt", context)
    headers = {"Content-Language": language}
    return EmailMessage(subject, body, to=[invitation.email], headers=headers)


def _invite(company: Company, by: User, guest: Guest) -> Invitation:
    email = guest.email.strip().lower()
    Company.objects.select_for_update().get(pk=company.pk)
    _refuse_members(company, email)
    now = timezone.now()
    unused = Invitation.objects.of(company).filter(
        email__iexact=email, accepted_at=None, withdrawn_at=None
    )
    unused.filter(expires_at__lte=now).update(withdrawn_at=now)
    if unused.exists():
        raise _already_invited(email)
    place = {"role": guest.place.role, "rights": list(guest.place.rights)}
    invitation = Invitation.objects.create(
        company=company, email=email, name=guest.name, invited_by=by, **place
    )
    change = audit.Change(after={"email": email, "name": guest.name, **place})
    audit.record(company=company, by=by, action="invitation.created", obj=invitation, change=change)
    return invitation


def _refuse_members(company: Company, email: str) -> None:
    member = Membership.objects.of(company).filter(user__email=email).first()
    if member is None:
        return
    if member.active:
        raise DomainError(
            _("%(email)s works here already, as %(name)s.") % {"email": email, "name": member}
        )
    raise DomainError(
        _("%(name)s (%(email)s) worked here before. Open that employee and reactivate them.")
        % {"email": email, "name": member}
    )


def _already_invited(email: str) -> DomainError:
    return DomainError(
        _("%(email)s has an open invitation. Send it again, or withdraw it first.")
        % {"email": email}
    )


def _locked(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.of(invitation.company_id)
    return rows.select_for_update(of=("self",)).select_related("company").get(pk=invitation.pk)


def _refuse_settled(invitation: Invitation) -> None:
    if invitation.accepted_at:
        raise DomainError(_("This invitation has been used. Log in to go on."))
    if invitation.withdrawn_at:
        raise DomainError(
            _("This invitation has been withdrawn. Ask %(company)s if you think it should not be.")
            % {"company": invitation.company}
        )


def _membership(invitation: Invitation, user: User) -> Membership:
    company = invitation.company
    known = Membership.objects.of(company).filter(user=user).first()
    if known and not known.active:
        raise DomainError(
            _("%(company)s has closed your account there. Ask them to reactivate it.")
            % {"company": company}
        )
    if known:
        return known
    membership: Membership = Membership.objects.create(
        company=company, user=user, role=invitation.role, rights=invitation.rights
    )
    change = audit.Change(after={"role": invitation.role, "rights": invitation.rights})
    audit.record(company=company, by=user, action="person.joined", obj=membership, change=change)
    return membership

"""Many invoices at once: each takes part, or is left out with the reason why."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from core.errors import StaleError
from invoicing.models import DeliveryStatus, DocumentStatus, Invoice, PaymentStatus
from invoicing.services import finalising, mails
from invoicing.services.together import together

Refusal = Callable[[Invoice], str]


class LeftOut(NamedTuple):
    """An invoice that does not take part, and the sentence that says why."""

    invoice: Invoice
    reason: str


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Who takes part and who does not. `seen` is the fingerprint of all that was looked at."""

    ready: Sequence[Invoice]
    left_out: Sequence[LeftOut]
    seen: str

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why invoices are left out, and how many for each reason, the most frequent first."""
        return Counter(one.reason for one in self.left_out).most_common()


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of it: each stood or fell by itself, so some may have failed."""

    done: Sequence[Invoice]
    failed: Sequence[LeftOut]


def sort_out(invoices: Sequence[Invoice], refusal: Refusal) -> Sorted:
    """Who takes part; nothing is changed."""
    reasons = [(one, refusal(one)) for one in invoices]
    return Sorted(
        ready=[one for one, reason in reasons if not reason],
        left_out=[LeftOut(one, reason) for one, reason in reasons if reason],
        seen=_fingerprint(invoices),
    )


def each(
    wanted: Sorted, seen: str, do: Callable[[Sequence[Invoice]], object], *, most: int = 1
) -> Done:
    """Do it for each that takes part, going on where one is refused.

    `do` gets at most `most` invoices and does all of them or, raising DomainError, none. Raises
    StaleError, and then nothing at all is done, when anything changed since `seen`.
    """
    if seen != wanted.seen:
        raise StaleError(
            _(
                "Somebody changed these invoices meanwhile, so nothing was done. "
                "Look at what is left out now and confirm again."
            )
        )

    def done(invoices: Sequence[Invoice]) -> Sequence[Invoice]:
        do(invoices)
        return invoices

    finished, refused = together(wanted.ready, done, most=most)
    failed = [LeftOut(invoice, error.message) for invoice, error in refused]
    return Done(done=finished, failed=failed)


def _fingerprint(invoices: Sequence[Invoice]) -> str:
    rows = sorted(
        f"{one.pk} {one.version} {one.status} {one.delivery} {one.payment} {one.paid}"
        for one in invoices
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:32]


def why_not_finalise(invoice: Invoice) -> str:
    """Why it cannot become final; empty when it can."""
    if not invoice.is_draft:
        return _("It is final already.")
    blocking = [one.sentence for one in finalising.obstacles(invoice) if one.blocking]
    return blocking[0] if blocking else ""


def why_not_send(invoice: Invoice) -> str:
    """Why it is not mailed among many; empty when it is. Sending again is done one by one."""
    if reason := _why_not_out(invoice):
        return reason
    if invoice.status == DocumentStatus.CREDITED:
        return _(
            "It was credited as a whole, and the mail asks to pay it. Send it from its own page if "
            "the customer must have it."
        )
    return mails.why_no_mail(invoice)


def why_not_mark_sent(invoice: Invoice) -> str:
    """Why it cannot be marked as sent; empty when it can."""
    return _why_not_out(invoice)


def _why_not_out(invoice: Invoice) -> str:
    if invoice.is_draft:
        return _("It is a draft; finalise it first.")
    return {
        DeliveryStatus.SENT: _("It was sent already."),
        DeliveryStatus.SENDING: _("It is being sent at this moment."),
        DeliveryStatus.UNKNOWN: _(
            "It was perhaps sent; say on its page whether it arrived, so that nobody gets it twice."
        ),
    }.get(DeliveryStatus(invoice.delivery), "")


def why_not_paid(invoice: Invoice) -> str:
    """Why no payment can be registered; empty when one can."""
    if invoice.is_draft:
        return _("It is a draft; finalise it first.")
    if invoice.payment == PaymentStatus.PAID or not invoice.open_amount:
        return _("Nothing is open on it.")
    return ""

"""Sending own invoices by mail: the rows of Delivery are the queue, a ring only hastens it.

    send(...)      → a person presses Send: stored, and rung for
    send_next()    → a worker takes one by a conditional update, committed before anything leaves
    sweep()        → what a worker left behind is *perhaps sent*; what is due is rung for
    settle(...)    → a person says whether such a mail arrived

A mail server knows no idempotency, so a mail is tried again only when it provably did not leave
(`posting`). docs/how/an-invoice-is-sent.md
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, close_old_connections, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError, FieldsError, StaleError
from core.jobs import ring
from invoicing.models import Delivery, DeliveryStatus, Invoice
from invoicing.services import posting
from invoicing.services.holding import changing, hold_alone, hold_final
from invoicing.services.mails import Mail, checked, mail_for, message_of, why_no_mail
from invoicing.services.posting import Fate, Outcome

__all__ = [
    "Mail",
    "SentMany",
    "doubt_after_restore",
    "mail_for",
    "mark_as_sent",
    "send",
    "send_many",
    "send_next",
    "settle",
    "sweep",
]
logger = logging.getLogger(__name__)

TASK = "invoicing.send_mails"
State = Delivery.State
UNDER_WAY = (State.QUEUED, State.SENDING)
OPEN = (*UNDER_WAY, State.UNKNOWN)
BACK_OFF_MINUTES = (1, 5, 20, 60)
MOST_ATTEMPTS = len(BACK_OFF_MINUTES) + 1
CLAIM_LIFETIME = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
"""How long a worker may take to make the mail before it must not send it any more."""
FLIGHT_LIFETIME = 2 * CLAIM_LIFETIME
"""After this nobody can still be sending: Celery ends a task at half of it, whatever a slow server
does, and `manage.py work`, which ends none, begins no mail later than that."""
RETRY_SECONDS = (1, 5, 20)
DOUBLE_CLICK = timedelta(minutes=1)
LONGEST_MESSAGE, LONGEST_HOW = 500, 200


@dataclass(frozen=True, kw_only=True)
class SentMany:
    """What came of many: the mails in the queue, and a sentence for each that was left out."""

    deliveries: Sequence[Delivery]
    refusals: Sequence[tuple[Invoice, str]]


def send(*, invoice: Invoice, to: str, subject: str, body: str, by: User | None) -> Delivery:
    """Put a mail with this invoice in the queue. `to` may hold several addresses, with commas.

    An invoice that was sent may be sent again, and stays sent meanwhile. Raises FieldsError for
    what was typed, DomainError for a draft, for what AFAS makes, and while a mail is under way or
    nobody knows whether one arrived.
    """
    mail = checked(to=to, subject=subject, body=body)
    with changing():
        held = hold_final(invoice)
        _refuse_open(held)
        _refuse_double(held, mail)
        delivery: Delivery = Delivery.objects.create(
            company=held.company, invoice=held, by=by, **vars(mail)
        )
        _not_sent_yet(held).update(delivery=DeliveryStatus.SENDING)
        _record(held, by, "invoice.send_asked", after={"to": mail.to})
        ring(TASK)
    return delivery


def send_many(*, company: Company, invoices: Iterable[Invoice], by: User | None) -> SentMany:
    """Queue a mail for each with the usual words; each is a transaction of its own.

    What was sent already is left out: sending again is done one by one.
    """
    wanted = Invoice.objects.of(company).filter(pk__in=[one.pk for one in invoices])
    deliveries: list[Delivery] = []
    refusals: list[tuple[Invoice, str]] = []
    for one in wanted.select_related("company", "customer", "project").order_by("pk"):
        try:
            deliveries.append(_send_usual(one, by))
        except DomainError as error:
            refusals.append((one, error.message))
    return SentMany(deliveries=deliveries, refusals=refusals)


def mark_as_sent(*, invoice: Invoice, how: str, by: User | None) -> Invoice:
    """The customer has it without our mail: printed, through a portal. A second time changes
    nothing.

    A mail of which nobody knew whether it arrived counts as sent too. Raises FieldsError without a
    `how`, DomainError for a draft, for what AFAS makes, and while a mail is under way.
    """
    how = " ".join(how.split())[:LONGEST_HOW]
    if not how:
        raise FieldsError({"how": _("Say how the customer got it.")})
    with changing():
        held = hold_final(invoice)
        if held.is_sent:
            return held
        if held.deliveries.filter(state__in=UNDER_WAY).exists():
            raise DomainError(_under_way())
        doubtful = held.deliveries.filter(state=State.UNKNOWN)
        doubtful.update(state=State.SENT, sent_at=Now(), message="")
        _now_sent(held, how, by)
        _record(held, by, "invoice.marked_sent", after={"how": how})
    return held


def settle(*, delivery: Delivery, arrived: bool, by: User | None) -> Delivery:
    """A person says whether a mail that was perhaps sent arrived; if not, it may be sent again.

    Raises StaleError when that is known already.
    """
    with changing():
        held = hold_final(delivery.invoice)
        state = State.SENT if arrived else State.FAILED
        known: dict[str, Any] = {"message": ""}
        known |= {"sent_at": F("sending_since")} if arrived else {}
        doubtful = held.deliveries.filter(pk=delivery.pk, state=State.UNKNOWN)
        if not doubtful.update(state=state, **known):
            raise StaleError(
                _("It is known already what became of this mail. Below is how it stands.")
            )
        delivery.refresh_from_db()
        _follow(held, delivery, by)
        _record(held, by, "invoice.mail_settled", after={"to": delivery.to, "arrived": arrived})
    return delivery


def send_next() -> bool:
    """Take the oldest mail that is due and send it; whether there was one."""
    delivery = _take()
    if delivery is None:
        return False
    with translation.override(delivery.company.language):
        outcome = _attempt(delivery)
        if outcome is not None:
            _keep(delivery, outcome)
    return True


def sweep() -> None:
    """Mails whose worker is gone are perhaps sent; and ring for those that are due."""
    stale = Delivery.objects.filter(
        state=State.SENDING, sending_since__lt=Now() - FLIGHT_LIFETIME
    ).select_related("company", "invoice__company")
    for delivery in stale:
        with translation.override(delivery.company.language):
            _close(delivery, Outcome(fate=Fate.UNKNOWN))
        logger.warning("Mail %s ended without an answer.", delivery.pk)
    if _due().exists():
        ring(TASK)


def doubt_after_restore() -> int:
    """A backup was restored: what waits to be sent may have been sent since. A person says so.

    Returns how many mails are in doubt from now on.
    """
    open_ones = Delivery.objects.filter(state__in=UNDER_WAY).select_related("company", "invoice")
    count = 0
    for delivery in open_ones.order_by("invoice_id"):
        with transaction.atomic(), translation.override(delivery.company.language):
            held = hold_alone(delivery.invoice)
            sentence = _(
                "A backup was restored, and this mail may have been sent since it was made. Ask "
                "the customer whether it arrived, and say so here."
            )
            rows = held.deliveries.filter(pk=delivery.pk, state__in=UNDER_WAY)
            if rows.update(state=State.UNKNOWN, message=sentence, sending_since=Now()):
                delivery.refresh_from_db()
                _follow(held, delivery, None)
                count += 1
    return count


def _send_usual(invoice: Invoice, by: User | None) -> Delivery:
    if invoice.is_sent:
        raise DomainError(_("It was sent already."))
    if reason := why_no_mail(invoice):
        raise DomainError(reason)
    return send(invoice=invoice, by=by, **vars(mail_for(invoice)))


def _refuse_open(invoice: Invoice) -> None:
    states = set(invoice.deliveries.filter(state__in=OPEN).values_list("state", flat=True))
    if State.UNKNOWN in states:
        raise DomainError(
            _(
                "Nobody knows yet whether the last mail arrived, so nothing was sent: the customer "
                "could get the invoice twice. Say first whether it did."
            )
        )
    if states:
        raise DomainError(_under_way())


def _under_way() -> str:
    return _(
        "A mail with this invoice is on its way, so nothing was done. Wait until it is known what "
        "became of it."
    )


def _refuse_double(invoice: Invoice, mail: Mail) -> None:
    """A second press of the button is no second mail."""
    just_now = timezone.now() - DOUBLE_CLICK
    same = invoice.deliveries.filter(to=mail.to, state=State.SENT, created_at__gt=just_now)
    if same.exists():
        raise DomainError(
            _(
                "This invoice was sent to %(to)s less than a minute ago, so it was not sent again. "
                "To send it once more, wait a minute."
            )
            % {"to": mail.to}
        )


def _due() -> QuerySet[Delivery]:
    at_once = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    return Delivery.objects.filter(at_once, state=State.QUEUED)


def _take() -> Delivery | None:
    """The oldest that nobody else took first."""
    for pk in _due().order_by("pk").values_list("pk", flat=True)[:20]:
        if taken := _claim(pk):
            return taken
    return None


def _claim(pk: int) -> Delivery | None:
    with transaction.atomic(durable=True):  # committed before anything is sent
        if (
            not _due()
            .filter(pk=pk)
            .update(state=State.SENDING, sending_since=Now(), attempts=F("attempts") + 1)
        ):
            return None
        rows = Delivery.objects.select_related(
            "company", "by", "invoice__company", "invoice__customer", "invoice__credits"
        )
        return rows.get(pk=pk)


def _attempt(delivery: Delivery) -> Outcome | None:
    """Make the mail and hand it over; None when the claim was lost meanwhile."""
    try:
        message = message_of(delivery)
    except DomainError as error:
        return Outcome(fate=Fate.REFUSED, words=error.message)
    except Exception as error:  # the next attempt may find it mended
        logger.exception("The mail %s could not be made.", delivery.pk)
        return Outcome(fate=Fate.NOT_STARTED, words=type(error).__name__)
    if not _still_ours(delivery):
        logger.warning("Mail %s was taken from its worker before it left.", delivery.pk)
        return None
    try:
        return posting.post(message)
    except Exception:  # whatever it was, the mail may have left
        logger.exception("The mail %s ended in an error.", delivery.pk)
        return Outcome(fate=Fate.UNKNOWN)


def _still_ours(delivery: Delivery) -> bool:
    """Whether the claim holds at this very moment: a machine that slept finds it gone."""
    mine = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, attempts=delivery.attempts)
    return mine.filter(sending_since__gte=Now() - CLAIM_LIFETIME).exists()


def _keep(delivery: Delivery, outcome: Outcome) -> None:
    """`_close`, again when the database was locked or away: what is known must not be lost."""
    for pause in RETRY_SECONDS:
        try:
            return _close(delivery, outcome)
        except OperationalError:
            logger.exception("What became of mail %s could not be stored yet.", delivery.pk)
            time.sleep(pause)
            close_old_connections()
    return _close(delivery, outcome)


@transaction.atomic
def _close(delivery: Delivery, outcome: Outcome) -> None:
    """Store what became of this attempt. Proof that comes after the sweep's doubt still counts."""
    held = hold_alone(delivery.invoice)
    mine = held.deliveries.filter(pk=delivery.pk, attempts=delivery.attempts)
    state = _state_after(delivery, outcome)
    values: dict[str, Any] = {
        "state": state,
        "message": _sentence(state, outcome.words)[:LONGEST_MESSAGE],
    }
    if state == State.SENT:
        values["sent_at"] = Now()
    if state == State.QUEUED:
        pause = timedelta(minutes=BACK_OFF_MINUTES[delivery.attempts - 1])
        values |= {"sending_since": None, "not_before": Now() + pause}
    if not mine.filter(state__in=(State.SENDING, State.UNKNOWN)).update(**values):
        logger.warning("Mail %s was settled by a person before its answer.", delivery.pk)
        return
    delivery.refresh_from_db()
    _follow(held, delivery, delivery.by)
    if state != State.QUEUED:
        told = {"to": delivery.to, "message": delivery.message}
        _record(held, delivery.by, f"invoice.mail_{state.value}", after=told)


def _state_after(delivery: Delivery, outcome: Outcome) -> Delivery.State:
    if outcome.fate is Fate.NOT_STARTED:
        return State.FAILED if delivery.attempts >= MOST_ATTEMPTS else State.QUEUED
    after = {Fate.SENT: State.SENT, Fate.REFUSED: State.FAILED, Fate.UNKNOWN: State.UNKNOWN}
    return after[outcome.fate]


def _sentence(state: Delivery.State, words: str) -> str:
    sentences = {
        State.SENT: "",
        State.FAILED: _(
            "The mail was refused, so the customer does not have the invoice: “%(words)s”. Look at "
            "the address, or at the mail server, and send it again."
        ),
        State.QUEUED: _(
            "The mail server could not take it yet: “%(words)s”. Nothing was sent; it is tried "
            "again by itself."
        ),
        State.UNKNOWN: _(
            "The connection with the mail server broke off while the mail was going, so the "
            "customer may have the invoice or not. Ask, and say here whether it arrived."
        ),
    }
    return sentences[state] % {"words": words}


def _follow(invoice: Invoice, delivery: Delivery, by: User | None) -> None:
    """The invoice's own delivery after its mail; what was sent before stays sent."""
    if delivery.state == State.SENT:
        _now_sent(invoice, _("By mail to %(to)s") % {"to": delivery.to}, by)
        return
    after = {
        State.FAILED: DeliveryStatus.FAILED,
        State.UNKNOWN: DeliveryStatus.UNKNOWN,
        State.QUEUED: DeliveryStatus.SENDING,
    }
    _not_sent_yet(invoice).update(delivery=after[State(delivery.state)])


def _not_sent_yet(invoice: Invoice) -> QuerySet[Invoice]:
    return Invoice.objects.filter(pk=invoice.pk).exclude(delivery=DeliveryStatus.SENT)


def _now_sent(invoice: Invoice, how: str, by: User | None) -> None:
    new = {
        "delivery": DeliveryStatus.SENT,
        "sent_at": timezone.now(),
        "sent_by": by,
        "sent_how": how[:LONGEST_HOW],
    }
    if _not_sent_yet(invoice).update(**new):
        for name, value in new.items():
            setattr(invoice, name, value)


def _record(invoice: Invoice, by: User | None, action: str, after: dict[str, Any]) -> None:
    change = audit.Change(after=after)
    audit.record(company=invoice.company, by=by, action=action, obj=invoice, change=change)

"""Subscriptions: what they promise, and the periods that follow from it.

    subscription_save(…)        → the terms, and every unbilled period made anew by them
    periods_due(company, day)   → makes the periods that are due by then and are not there yet
    replan(project, until)      → the same for one project, and mends what changed terms touch

A period that is billed, being billed or written off is never touched; its days are billed by
nothing else. All run under `valuation.hold`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import FieldsError
from registration.models import (
    BillingMethod,
    BillingStatus,
    Broken,
    EarlierPrice,
    Frequency,
    Project,
    Subscription,
    SubscriptionPeriod,
)
from registration.services import valuation
from registration.services.period_texts import describe
from registration.services.planned_rows import FREE, days_in_words, drop, locked, revise
from registration.services.recurrence import Billed, Part, Span, Terms, parts
from registration.services.refusals import EARLIEST, first_day_refusal

# Nobody invoices further ahead; a cut-off far away would make rows without end.
FURTHEST = timedelta(days=400)
TERMS = ("frequency", "starts_on", "ends_on", "in_advance", "by_calendar", "broken")


@dataclass(frozen=True, kw_only=True)
class SubscriptionData:
    """What can be filled in. `price` is EUR excl. VAT a period; `price_from` is the day from which
    it holds, None corrects the price that holds now. `template` may use PLACEHOLDERS."""

    price: Decimal | None
    starts_on: date
    price_from: date | None = None
    frequency: str = Frequency.MONTH
    ends_on: date | None = None
    in_advance: bool = True
    by_calendar: bool = False
    broken: str = Broken.PRO_RATA
    template: str = "{project}, {period}"
    vat_code: str = ""


def periods_due(company: Company, until: date) -> int:
    """Make the periods of every open subscription that are due by `until` and not there yet.

    Returns how many were made. Asking twice makes nothing twice, also when two ask at once; where
    nothing is due it takes three questions at most and writes nothing. No further than 400 days on.
    """
    until = min(until, timezone.localdate() + FURTHEST)
    if not _due_projects(company, until):
        return 0
    with transaction.atomic():
        valuation.hold(company)
        due = _due_projects(company, until)
        return sum(replan(project, until) for project in due)


def replan(project: Project, until: date | None = None) -> int:
    """Make the unbilled periods of `project` what its terms say, up to `until` or as far as they
    reach now; returns how many are new. A closed project gets none beyond those it has. What lies
    before the first day is of an earlier subscription: credited or not, it stays as it is. Inside a
    transaction that began with `valuation.hold`.
    """
    if project.customer_id is None:
        return 0
    periods = SubscriptionPeriod.objects.of(project.company_id).filter(project=project)
    rows = locked(periods.filter(ends_on__gte=project.subscription.starts_on))
    free = {row.starts_on: row for row in rows if row.billing in FREE}
    billed = [Billed(Span(one.starts_on, one.ends_on), one.amount) for one in rows if _kept(one)]
    reach = [until or (timezone.localdate() if project.active else EARLIEST)]
    reach += [row.due_on for row in free.values() if row.billing == BillingStatus.UNBILLED]
    made = 0
    for part in parts(terms_of(project), max(reach), billed):
        made += _put(project, part, free.pop(part.span.first, None))
    for row in free.values():
        if row.billing == BillingStatus.UNBILLED:
            drop(row)
    return made


def price_again(company: Company, ids: Collection[int]) -> None:
    """Let periods that just became unbilled ask what the terms say by now: while they were billed
    a changed price passed them by. Inside a transaction that began with `valuation.hold`.

    Where the terms have no period of those very days any more, the next `replan` mends it.
    """
    unbilled = SubscriptionPeriod.objects.of(company).filter(billing=BillingStatus.UNBILLED)
    freed = locked(unbilled.filter(pk__in=ids))
    for project, row, part in _planned_now(company, freed):
        _put(project, part, row)


def amounts_now(company: Company, rows: Sequence[SubscriptionPeriod]) -> dict[int, Decimal]:
    """What billed periods would ask (EUR excl. VAT) if they were unbilled today, by their ids.

    Where the terms have no period of those very days any more, it is not among them.
    """
    return {row.pk: part.amount for _project, row, part in _planned_now(company, rows)}


@transaction.atomic
def subscription_save(
    *, company: Company, project: Project, data: SubscriptionData, by: User | None
) -> Subscription:
    """Change what a subscription promises; its unbilled periods follow at once.

    Raises FieldsError: no price, an end before the start, or days that are billed already and
    would lie before the first or after the last day. Then nothing is saved.
    """
    valuation.hold(company)
    held = _held(company, project)
    known = Subscription.objects.of(company).filter(project=held).first()
    subscription = known or Subscription(company=company, project=held)
    _check(data)
    _refuse_billed_outside(held, known, data)
    before = _facts(subscription, held) if known else {}
    if known:
        _drop_between(held, known.starts_on, data.starts_on)
    for name in (*TERMS, "template", "vat_code"):
        setattr(subscription, name, getattr(data, name))
    subscription.save()
    held.subscription = subscription
    price_set(held, data.price, data.price_from)
    replan(held)
    change = audit.difference(before, _facts(subscription, held))
    if change.after:
        _touch(held, change.after)
        action = "project.subscription"
        audit.record(company=company, by=by, action=action, obj=held, change=change)
    return subscription


def subscription_start(project: Project, starts_on: date) -> None:
    """Let a project be a subscription from `starts_on`: every month, in advance, or on the terms
    it had before, at the price it has now. Inside the transaction of whoever makes it one; the
    periods follow by `replan`.
    """
    project.subscription, _is_new = Subscription.objects.of(project.company_id).update_or_create(
        {"starts_on": starts_on, "ends_on": None},
        company_id=project.company_id,
        project=project,
    )
    _earlier_prices(project.company_id).filter(project=project, until__gt=starts_on).delete()


def price_set(project: Project, price: Decimal | None, since: date | None) -> None:
    """Let periods that begin on or after `since` cost `price`; those before keep theirs.

    Without a day the price that holds last is corrected. The unbilled periods follow by `replan`.
    """
    if since is not None:
        before = terms_of(project).price_on(since - timedelta(days=1))
        earlier = EarlierPrice.objects.of(project.company_id).filter(project=project)
        earlier.filter(until__gte=since).delete()
        if since > project.subscription.starts_on and before != price:
            earlier.create(
                company_id=project.company_id, project=project, until=since, amount=before
            )
    if project.price != price:
        project.price = price
        project.save(update_fields=["price"])


def terms_of(project: Project) -> Terms:
    """What the subscription of `project` promises, its earlier prices included (one query)."""
    rows = _earlier_prices(project.company_id).filter(project=project)
    return _terms(project, list(rows.values_list("until", "amount")))


def end_at(project: Project, last_day: date) -> None:
    """Let the subscription end on `last_day`; unbilled periods after it go, the last is broken.

    A subscription that had not begun by then loses all its unbilled periods. Inside a transaction
    that began with `valuation.hold`. Raises FieldsError when days after it are billed.
    """
    subscription = project.subscription
    ends_on = subscription.ends_on
    last = min(last_day, ends_on) if ends_on else last_day
    if last < subscription.starts_on:
        drop_unbilled(project)
        return
    _refuse_billed_after(project, last)
    subscription.ends_on = last
    subscription.save(update_fields=["ends_on"])
    replan(project, last)


def asked_until(project: Project, last_day: date) -> list[Decimal]:
    """What the unbilled periods ask, EUR excl. VAT, once `end_at` ends the subscription then; those
    that are not made yet are among them."""
    rows = list(SubscriptionPeriod.objects.of(project.company_id).filter(project=project))
    terms = terms_of(project)
    if project.customer_id is None or last_day < terms.starts_on:
        return []
    ends_on = min(last_day, terms.ends_on) if terms.ends_on else last_day
    billed = [Billed(Span(one.starts_on, one.ends_on), one.amount) for one in rows if _kept(one)]
    before = [one for one in rows if one.ends_on < terms.starts_on]
    asked = [one.amount for one in before if one.billing == BillingStatus.UNBILLED]
    planned = parts(replace(terms, ends_on=ends_on), ends_on, billed)
    return asked + [part.amount for part in planned]


def drop_unbilled(project: Project, after: date | None = None) -> int:
    """Take every unbilled period, or those due `after` a day, off the plan; returns how many."""
    periods = SubscriptionPeriod.objects.of(project.company_id).filter(project=project)
    unbilled = periods.filter(billing=BillingStatus.UNBILLED)
    rows = locked(unbilled.filter(due_on__gt=after) if after else unbilled)
    for row in rows:
        drop(row)
    return len(rows)


def _drop_between(project: Project, first: date, later: date) -> None:
    """Take the unbilled periods off the plan that a first day moved from `first` leaves out."""
    periods = SubscriptionPeriod.objects.of(project.company_id).filter(project=project)
    outside = periods.filter(starts_on__gte=first, ends_on__lt=later)
    for row in locked(outside.filter(billing=BillingStatus.UNBILLED)):
        drop(row)


def _planned_now(
    company: Company, rows: Sequence[SubscriptionPeriod]
) -> Iterator[tuple[Project, SubscriptionPeriod, Part]]:
    """Each of `rows` as the terms of its project have it by now, as if none of them were billed."""
    projects = Project.objects.of(company).filter(
        pk__in={row.project_id for row in rows},
        billing_method=BillingMethod.SUBSCRIPTION,
        subscription__isnull=False,
        price__isnull=False,
    )
    periods = SubscriptionPeriod.objects.of(company).exclude(pk__in=[row.pk for row in rows])
    for project in projects.select_related("subscription", "customer", "company").order_by("pk"):
        mine = {
            Span(one.starts_on, one.ends_on): one for one in rows if one.project_id == project.pk
        }
        kept = [one for one in periods.filter(project=project) if _kept(one)]
        billed = [Billed(Span(one.starts_on, one.ends_on), one.amount) for one in kept]
        for part in parts(terms_of(project), max(span.last for span in mine), billed):
            if (row := mine.get(part.span)) is not None:
                yield project, row, part


def _due_projects(company: Company, until: date) -> list[Project]:
    """The subscriptions that have days to bill by `until` after their last period."""
    projects = Project.objects.of(company).filter(
        active=True,
        billing_method=BillingMethod.SUBSCRIPTION,
        subscription__starts_on__lte=until,
        price__isnull=False,
        customer__isnull=False,
    )
    found = list(projects.select_related("subscription", "customer", "company").order_by("pk"))
    if not found:
        return []
    periods = SubscriptionPeriod.objects.of(company).exclude(billing=BillingStatus.NOT_BILLABLE)
    ends = dict(periods.order_by().values_list("project").annotate(Max("ends_on")))
    earlier = defaultdict(list)
    for pk, *step in _earlier_prices(company).values_list("project", "until", "amount"):
        earlier[pk].append((step[0], step[1]))
    terms = {project.pk: _terms(project, earlier[project.pk]) for project in found}
    return [one for one in found if _is_due(terms[one.pk], until, ends.get(one.pk))]


def _is_due(terms: Terms, until: date, last: date | None) -> bool:
    """Whether a period that costs something is due after `last`."""
    billed = [Billed(Span(EARLIEST, last), Decimal(0))] if last else []
    return next(parts(terms, until, billed), None) is not None


def _earlier_prices(company: Company | int) -> Any:
    return EarlierPrice.objects.of(company).order_by("until")


def _terms(project: Project, earlier: list[tuple[date, Decimal]]) -> Terms:
    promised = {name: getattr(project.subscription, name) for name in TERMS}
    return Terms(**promised, price=project.price or Decimal(0), earlier=earlier)


def _put(project: Project, part: Part, row: SubscriptionPeriod | None) -> int:
    """Let one period stand as planned; 1 when it is new."""
    values: dict[str, Any] = {
        "starts_on": part.span.first,
        "ends_on": part.span.last,
        "amount": part.amount,
        "due_on": part.due_on,
        "description": describe(project, part.span),
    }
    if row is None:
        SubscriptionPeriod.objects.create(company_id=project.company_id, project=project, **values)
        return 1
    is_new = row.billing == BillingStatus.NOT_BILLABLE
    revise(row, **values, billing=BillingStatus.UNBILLED)
    return int(is_new)


def _kept(row: SubscriptionPeriod) -> bool:
    return row.billing not in FREE


def _held(company: Company, project: Project) -> Project:
    rows = Project.objects.of(company).select_related("customer", "company", "subscription")
    found: Project = rows.select_for_update(of=("self",)).get(pk=project.pk)
    return found


def _check(data: SubscriptionData) -> None:
    errors = {}
    if data.price is None:
        errors["price"] = _("Type the amount per period, EUR excl. VAT; without it nothing is due.")
    elif data.price < 0:
        errors["price"] = _("An amount per period is not below zero, so nothing was saved.")
    if sentence := first_day_refusal(data.starts_on):
        errors["starts_on"] = sentence
    if data.price_from and data.price_from < EARLIEST:
        errors["price_from"] = _("Choose a day from 2000 on.")
    if data.ends_on and data.ends_on < data.starts_on:
        errors["ends_on"] = _("The last day lies before the first. Change one of the two.")
    if errors:
        raise FieldsError(errors)


def _refuse_billed_outside(
    project: Project, known: Subscription | None, data: SubscriptionData
) -> None:
    """No billed day may fall out of the subscription: it would be paid for and not supplied."""
    since = known.starts_on if known else data.starts_on
    periods = SubscriptionPeriod.objects.of(project.company_id).filter(project=project)
    taken = periods.filter(billing__in=(BillingStatus.RESERVED, BillingStatus.INVOICED))
    moved = taken.filter(starts_on__gte=since, starts_on__lt=data.starts_on)
    early = moved.order_by("starts_on").first()
    if early is not None:
        text = _(
            "%(days)s is on invoice %(number)s and begins before this first day, so its customer "
            "would have paid for days outside the subscription. Credit that invoice first, or keep "
            "an earlier first day."
        )
        raise FieldsError({"starts_on": text % _named(early)})
    if data.ends_on:
        _refuse_billed_after(project, data.ends_on)


def _refuse_billed_after(project: Project, last_day: date) -> None:
    periods = SubscriptionPeriod.objects.of(project.company_id).filter(project=project)
    taken = periods.filter(billing__in=(BillingStatus.RESERVED, BillingStatus.INVOICED))
    late = taken.filter(ends_on__gt=last_day).order_by("starts_on").first()
    if late is not None:
        text = _(
            "%(days)s is on invoice %(number)s and goes on after this last day. Credit that "
            "invoice first; its days then become unbilled and the last period is worked out anew."
        )
        raise FieldsError({"ends_on": text % _named(late)})


def _named(row: SubscriptionPeriod) -> dict[str, str]:
    number = row.invoice_label or _("that is being made")
    return {"days": days_in_words(row.starts_on, row.ends_on), "number": number}


def _touch(project: Project, changed: Mapping[str, Any]) -> None:
    """Another VAT changes no amount of a period, yet a check page must notice it."""
    if "vat_code" not in changed:
        return
    periods = SubscriptionPeriod.objects.of(project.company_id).filter(project=project)
    for row in locked(periods.filter(billing=BillingStatus.UNBILLED)):
        periods.filter(pk=row.pk, version=row.version).update(version=row.version + 1)


def _facts(subscription: Subscription, project: Project) -> dict[str, Any]:
    names = (*TERMS, "template", "vat_code")
    earlier = EarlierPrice.objects.of(project.company_id).filter(project=project)
    facts = audit.values_of(subscription, names) | {"price": project.price}
    facts["frequency"] = subscription.get_frequency_display()
    facts["broken"] = subscription.get_broken_display()
    return facts | {"earlier_prices": [str(one.amount) for one in earlier.order_by("until")]}

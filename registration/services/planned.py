"""Fixed prices: the instalments in which a price is billed.

A price without a list of instalments has one implicit instalment. With a list the implicit one is
what the list leaves of the price, so that a list that is complete stays complete: it grows,
shrinks, goes and comes back by itself. Whoever removes it leaves a difference, which the page
tells. What is billed, being billed or written off stays as it is; the unbilled parts follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit, money
from core.errors import DomainError, FieldsError, StaleError
from core.formats import write_day, write_money, write_number
from registration.models import Activity, BillingMethod, BillingStatus, Instalment, Project
from registration.services import valuation
from registration.services.planned_rows import drop, locked, refuse_billed, revise, stale_sentence

BILLED = (BillingStatus.RESERVED, BillingStatus.INVOICED)
NOBODYS = {"implicit": False, "percent": None}
WHOLE = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class InstalmentData:
    """What can be filled in: an `amount` (EUR excl. VAT) or a `percent` of the price, not both."""

    description: str
    due_on: date | None
    amount: Decimal | None = None
    percent: Decimal | None = None
    vat_code: str = ""


def instalment_add(
    *, company: Company, project: Project, data: InstalmentData, by: User | None
) -> Instalment:
    """Bill a part of the price of `project` on a day; what is left of the price shrinks by it.

    Raises FieldsError for what is not filled in, DomainError where there is no fixed price.
    """

    def add(held: Project) -> tuple[Instalment, audit.Change]:
        _refuse_without_list(held)
        values = _checked(held, data)
        row = Instalment.objects.create(company=company, project=held, **values)
        return row, audit.Change(after=_facts(row))

    return _edit(company, project, by, "project.instalment_added", add)


def instalment_change(
    *, company: Company, instalment: Instalment, data: InstalmentData, version: int, by: User | None
) -> Instalment:
    """Change an unbilled instalment; what the list leaves of the price follows.

    Raises StaleError when somebody changed it since `version`, DomainError when it is billed or
    being billed, and FieldsError for what is not filled in.
    """

    def change(held: Project) -> tuple[Instalment, audit.Change]:
        row = _row(company, instalment, version)
        before = _facts(row)
        values = _checked(held, data)
        if row.activity_id and values["amount"] != row.amount:
            text = _("This is the fixed amount of an activity. Change it among the activities.")
            raise FieldsError({"amount": text})
        own = values["amount"] != row.amount or values["percent"] is not None
        revise(row, **values, implicit=row.implicit and not own)
        return row, audit.difference(before, _facts(row))

    return _edit(company, instalment.project, by, "project.instalment_changed", change)


def instalment_remove(
    *, company: Company, instalment: Instalment, version: int, by: User | None
) -> None:
    """Take an unbilled instalment off the plan. What it asked goes to what is left of the price;
    removing that itself leaves a difference with the price. Raises as `instalment_change` does.
    """

    def remove(held: Project) -> tuple[Instalment, audit.Change]:
        row = _row(company, instalment, version)
        if row.activity_id:
            text = _("This is the fixed amount of an activity. Empty it among the activities.")
            raise DomainError(text)
        change = audit.Change(before=_facts(row), after=dict.fromkeys(_facts(row)))
        drop(row, **NOBODYS)
        return row, change

    stays = not instalment.implicit
    _edit(
        company, instalment.project, by, "project.instalment_removed", remove, stays_complete=stays
    )


def follow_price(project: Project, before: Decimal | None, *, begins: bool = False) -> None:
    """Let the instalments of a project follow its price, which was `before` (EUR excl. VAT).

    Where a price `begins`, all of it that was not billed under an earlier one is to be billed.
    Inside a transaction that began with `valuation.hold`. Raises FieldsError when more than the new
    price is billed already.
    """
    complete = begins or _is_complete(project, None, before)
    _follow(_Priced(project, None, project.price), complete=complete)


def follow_amount(
    project: Project,
    activity: Activity,
    amount: Decimal | None,
    before: Decimal | None,
    *,
    begins: bool = False,
) -> Instalment | None:
    """The same for the fixed amount of one activity; returns its unbilled implicit instalment."""
    complete = begins or _is_complete(project, activity, before)
    return _follow(_Priced(project, activity, amount), complete=complete)


def billed_of(project: Project) -> Decimal:
    """What is billed, or being billed, of the price of a project as a whole (EUR excl. VAT)."""
    rows = _rows(project).filter(activity=None, billing__in=BILLED)
    return sum(rows.values_list("amount", flat=True), Decimal(0))


def drop_unbilled(project: Project, activity: Activity | None = None) -> int:
    """Take every unbilled instalment, or those of one activity, off the plan; returns how many."""
    wanted = _rows(project).filter(billing=BillingStatus.UNBILLED)
    rows = locked(wanted.filter(activity=activity) if activity else wanted)
    for row in rows:
        drop(row, **NOBODYS)
    return len(rows)


@dataclass(frozen=True)
class _Priced:
    """A price, and what it is for: a project, or one activity of it."""

    project: Project
    activity: Activity | None
    price: Decimal | None

    def rows(self) -> list[Instalment]:
        """Its instalments, under lock, without those that are off the plan."""
        return locked(_rows(self.project).filter(activity=self.activity))

    def text(self, others: Sequence[Instalment]) -> str:
        """What its implicit instalment says on the invoice, in the customer's language."""
        customer = self.project.customer
        with translation.override(customer.language if customer else translation.get_language()):
            words = _("%(what)s, remainder") if others else _("%(what)s, fixed price")
            name = self.project.name
            what = f"{name}, {self.activity.name}" if self.activity else name
            return (words % {"what": what})[:200]


def _edit(
    company: Company,
    project: Project,
    by: User | None,
    action: str,
    edit: Callable[[Project], tuple[Instalment, audit.Change]],
    *,
    stays_complete: bool = True,
) -> Instalment:
    """Do `edit` to the list of a project under lock, and let what is left of the price follow."""
    with transaction.atomic():
        valuation.hold(company)
        rows = Project.objects.of(company).select_related("customer", "company")
        held = rows.select_for_update(of=("self",)).get(pk=project.pk)
        complete = stays_complete and _is_complete(held, None, held.price)
        row, change = edit(held)
        if held.method is BillingMethod.FIXED_PROJECT:
            _follow(_Priced(held, None, held.price), complete=complete)
        if change.after or change.before:
            audit.record(company=company, by=by, action=action, obj=held, change=change)
    return row


def _follow(what: _Priced, *, complete: bool) -> Instalment | None:
    """Let the unbilled parts follow the price; returns the implicit one, if there is one now."""
    rows = what.rows()
    _refuse_more_than(what, rows)
    _share_by_percentage(what.price, rows)
    implicit = next((row for row in rows if row.implicit and _is_open(row)), None)
    others = [row for row in rows if row is not implicit]
    rest = (what.price or Decimal(0)) - sum((row.amount for row in others), Decimal(0))
    if implicit is not None and (what.price is None or rest <= 0):
        drop(implicit, **NOBODYS)
        return None
    if implicit is not None:
        revise(implicit, amount=rest)
        return implicit
    if what.price is None or rest <= 0 or not complete:
        return None
    _rows(what.project).filter(activity=what.activity, implicit=True).update(implicit=False)
    return Instalment.objects.create(
        company_id=what.project.company_id,
        project=what.project,
        activity=what.activity,
        implicit=True,
        description=what.text(others),
        amount=rest,
        due_on=timezone.localdate(),
    )


def _refuse_more_than(what: _Priced, rows: Sequence[Instalment]) -> None:
    billed = sum((row.amount for row in rows if row.billing in BILLED), Decimal(0))
    if billed <= (what.price or Decimal(0)) or (what.price is None and what.activity is None):
        return
    text = _(
        "%(billed)s of %(name)s is invoiced already, or being invoiced: more than this price. "
        "Credit an invoice first, or type at least that amount."
    )
    name = what.activity or what.project
    key = "price" if what.activity is None else f"amount-{what.activity.pk}"
    raise FieldsError({key: text % {"billed": write_money(billed), "name": name}})


def _share_by_percentage(price: Decimal | None, rows: Sequence[Instalment]) -> None:
    """Unbilled percentages of the price, in whole cents; together with the rest they are all."""
    shared = sorted((row for row in rows if row.percent), key=lambda row: (row.due_on, row.pk))
    if price is None or not shared:
        return
    weights = [row.percent or Decimal(0) for row in shared]
    left = WHOLE - sum(weights, Decimal(0))
    if left >= 0:
        amounts = money.allocate(price, [*weights, left])
    else:
        amounts = [money.cents(price * weight / WHOLE) for weight in weights]
    for row, amount in zip(shared, amounts, strict=False):
        if _is_open(row):
            revise(row, amount=amount)


def _is_complete(project: Project, activity: Activity | None, price: Decimal | None) -> bool:
    """Whether the parts add up to the price, or there are none yet."""
    rows = _rows(project).filter(activity=activity)
    amounts = list(rows.values_list("amount", flat=True))
    return not amounts or price == sum(amounts, Decimal(0))


def _is_open(row: Instalment) -> bool:
    return row.billing == BillingStatus.UNBILLED


def _rows(project: Project) -> Any:
    on_the_plan = ~Q(billing=BillingStatus.NOT_BILLABLE)
    return Instalment.objects.of(project.company_id).filter(on_the_plan, project=project)


def _row(company: Company, instalment: Instalment, version: int) -> Instalment:
    (row,) = locked(Instalment.objects.of(company).filter(pk=instalment.pk)) or (None,)
    if row is None or row.billing == BillingStatus.NOT_BILLABLE:
        raise StaleError(stale_sentence())
    refuse_billed(row)
    if row.version != version:
        raise StaleError(stale_sentence())
    found: Instalment = row
    return found


def _refuse_without_list(project: Project) -> None:
    if project.method is not BillingMethod.FIXED_PROJECT:
        raise DomainError(
            _(
                "This project has no fixed price as a whole, so it has no list of instalments. "
                "Change how it is billed first."
            )
        )


def _checked(project: Project, data: InstalmentData) -> dict[str, Any]:
    description = " ".join(data.description.split())
    errors = {} if description else {"description": _("Type what the customer reads.")}
    if data.due_on is None:
        errors["due_on"] = _("Choose the day from which it can be invoiced.")
    amount, sentence = _amount_of(project, data)
    if sentence:
        errors["amount" if data.percent is None else "percent"] = sentence
    if errors:
        raise FieldsError(errors)
    values = {"description": description, "due_on": data.due_on, "amount": amount}
    return values | {"percent": data.percent, "vat_code": data.vat_code}


def _amount_of(project: Project, data: InstalmentData) -> tuple[Decimal | None, str]:
    """The amount, and why it cannot be; empty when it can."""
    if (data.amount is None) == (data.percent is None):
        return None, _("Type an amount or a percentage of the price, one of the two.")
    if data.percent is None:
        wrong = not data.amount or data.amount < 0 or data.amount >= valuation.AMOUNT_BELOW
        return data.amount, _("Type an amount above zero.") if wrong else ""
    if not 0 < data.percent <= WHOLE:
        return None, _("A percentage lies above 0 and is at most 100.")
    if project.price is None:
        return None, _("Type the price of the project first; a percentage is a part of it.")
    return money.cents(project.price * data.percent / WHOLE), ""


def _facts(row: Instalment) -> dict[str, Any]:
    """What the history tells, in one line."""
    told = f"{row.description} · {write_money(row.amount)} · {write_day(row.due_on)}"
    share = f" · {write_number(row.percent)}%" if row.percent else ""
    vat = f" · {row.get_vat_code_display()}" if row.vat_code else ""
    return {"instalment": told + share + vat}

"""Boxes in which rates are typed: on a page of their own, and beside what they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from core import formats
from core.errors import DomainError, StaleError
from core.forms import DateField, MoneyField
from registration.models import Rate
from registration.models.rates import EVER
from registration.selectors.rates import RateBook, RateSubject
from registration.services.rate_preview import RatePreview, rate_preview, rates_set
from registration.services.rates import RateStep, box_step

HIGHEST_RATE = Decimal("999999.9999")


@dataclass(frozen=True, kw_only=True)
class RateLine:
    """One box: its field name, what stands beside it, whose rate it is, and per what.

    `otherwise` is the rate that holds while the box is empty.
    """

    name: str
    label: str | Promise
    subject: RateSubject
    unit: str = Rate.Unit.HOUR
    otherwise: Rate | None = None


@dataclass(frozen=True)
class Step:
    """A rate that holds at another time than today: EUR excl. VAT, and from when; None is ever."""

    amount: Decimal
    since: date | None


@dataclass(frozen=True)
class ShownLine:
    """A line with its box and with the rates of its subject that hold at other times."""

    line: RateLine
    box: forms.BoundField
    steps: list[Step]

    @property
    def seen(self) -> SafeString:
        """The rate as this page shows it, hidden: a box that was not touched changes nothing.

        Otherwise a page left open would undo what a colleague changed meanwhile.
        """
        return self.box.as_hidden(only_initial=True)


class RatesForm(forms.Form):
    """Several rates at once, and from when the changed ones count.

    Changed boxes are saved only by whoever has seen what that does: `save_by` first sets `preview`,
    and saves when the form comes back with its token in `seen`.
    """

    starts = DateField(
        label=_("Changes count from"),
        required=False,
        help_text=_("Empty: the rates shown are corrected, also for work that is already done."),
    )

    def __init__(
        self, *args: Any, company: Company, book: RateBook, lines: Sequence[RateLine], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.book = book
        self.today = timezone.localdate()
        self.lines = lines
        self.preview: RatePreview | None = None
        self.is_stale = False
        for line in lines:
            self.fields[line.name] = self._box(line)

    def shown(self) -> list[ShownLine]:
        """The lines as a page shows them."""
        return [ShownLine(line, self[line.name], self._other_steps(line)) for line in self.lines]

    def save_by(self, user: User) -> bool:
        """Save the boxes that were changed, all or none, when they do what was seen.

        False when a rule refused them, or when there is a `preview` to look at first.
        """
        try:
            steps = self._steps()
            return not steps or self._save(steps, user)
        except DomainError as refusal:
            self.add_error(None, refusal.message)
            return False

    def _save(self, steps: list[RateStep], user: User) -> bool:
        seen = str(self.data.get("seen", ""))
        try:
            if seen:
                rates_set(company=self.company, by=user, steps=steps, seen=seen)
                return True
        except StaleError:
            self.is_stale = True
        self.preview = rate_preview(company=self.company, steps=steps)
        return False

    def _steps(self) -> list[RateStep]:
        changed, starts = set(self.changed_data), self.cleaned_data["starts"]
        return [
            box_step(
                self.book,
                subject=line.subject,
                unit=line.unit,
                amount=self.cleaned_data[line.name],
                starts=starts,
            )
            for line in self.lines
            if line.name in changed
        ]

    def _box(self, line: RateLine) -> MoneyField:
        current = self.book.current(line.subject, line.unit, self.today)
        box = MoneyField(
            label=line.label,
            required=False,
            show_hidden_initial=True,
            places=4,
            most=HIGHEST_RATE,
            initial=current.amount if current else None,
        )
        if line.otherwise is not None:
            box.widget.attrs["placeholder"] = formats.write_amount(line.otherwise.amount, 4)
        return box

    def _other_steps(self, line: RateLine) -> list[Step]:
        current = self.book.current(line.subject, line.unit, self.today)
        return [
            Step(rate.amount, None if rate.valid_from == EVER else rate.valid_from)
            for rate in self.book.of_subject(line.subject, line.unit)
            if rate != current
        ]

"""Form fields for what people type here: durations, amounts, kilometres and days."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import formats

MINUTES_PER_DAY = 24 * 60
HIGHEST_AMOUNT = Decimal("9999999.99")
LONGEST_RIDE = Decimal("9999.9")


class _WrittenField(forms.Field):
    """A text box whose content is read by core.formats; a refusal is the reader's own sentence."""

    widget: type[forms.Widget] | forms.Widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        """Return what the text stands for; None when nothing was typed."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except formats.UnreadableError as error:
            raise ValidationError(str(error), code="unreadable") from error

    def prepare_value(self, value: Any) -> Any:
        """Show a value in the company's notation, and refused text as it was typed."""
        return value if value is None or isinstance(value, str) else self.show(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The keypad for figures on a phone, and no suggestions."""
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        return {**super().widget_attrs(widget), **attrs}

    def read(self, text: str) -> Any:
        """Read `text` or raise UnreadableError."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """Write `value` for the text box."""
        raise NotImplementedError


class MinutesField(_WrittenField):
    """A duration: gives whole minutes, takes 1:30, 1,5, 90m or 1h30.

    `least` and `most` are minutes; by default at least one minute and at most a day.
    """

    def __init__(
        self, *, least: int = 1, most: int | None = MINUTES_PER_DAY, **kwargs: Any
    ) -> None:
        self.least = least
        self.most = most
        super().__init__(**kwargs)

    def read(self, text: str) -> int:
        """Read a duration as minutes."""
        return formats.parse_minutes(text)

    def show(self, value: int) -> str:
        """Write minutes as the company does."""
        return formats.write_minutes(value)

    def validate(self, value: int | None) -> None:
        """Refuse less than `least` or more than `most` minutes."""
        super().validate(value)
        if value is None:
            return
        if value < self.least:
            least = formats.write_minutes(self.least)
            raise ValidationError(_("Type at least %(least)s.") % {"least": least}, code="least")
        if self.most is not None and value > self.most:
            raise ValidationError(self._too_long(value), code="most")

    def _too_long(self, value: int) -> str:
        if self.most != MINUTES_PER_DAY:
            most = formats.write_minutes(self.most)
            return _("At most %(most)s fits here.") % {"most": most}
        return _("%(hours)s is more than a day. Did you mean minutes? Type them as in 45m.") % {
            "hours": formats.write_minutes(value)
        }


class _NumberField(_WrittenField):
    """A Decimal with at most `places` decimals between `least` and `most`; None is no bound."""

    def __init__(
        self,
        *,
        places: int = 2,
        least: Decimal | None = Decimal(0),
        most: Decimal | None = None,
        **kwargs: Any,
    ) -> None:
        self.places = places
        self.least = least
        self.most = most
        super().__init__(**kwargs)

    def read(self, text: str) -> Decimal:
        """Read a number exactly."""
        return formats.parse_decimal(text)

    def show(self, value: Decimal) -> str:
        """Write the number as the company does."""
        return formats.write_amount(value, self.places)

    def validate(self, value: Decimal | None) -> None:
        """Refuse too many decimals and numbers out of bounds; nothing is rounded silently."""
        super().validate(value)
        if value is None:
            return
        if value != round(value, self.places):
            raise ValidationError(
                _("At most %(places)s decimals fit here.") % {"places": self.places}, code="places"
            )
        if self.least is not None and value < self.least:
            raise ValidationError(
                _("Type %(least)s or more.") % {"least": self.show(self.least)}, code="least"
            )
        if self.most is not None and value > self.most:
            raise ValidationError(
                _("Type %(most)s or less.") % {"most": self.show(self.most)}, code="most"
            )


class MoneyField(_NumberField):
    """An amount in EUR: gives an exact Decimal, takes 1.234,56, 1,234.56 or € 12.

    `places=4` suits rates; `least=None` allows negative amounts.
    """

    def __init__(self, *, most: Decimal | None = HIGHEST_AMOUNT, **kwargs: Any) -> None:
        super().__init__(most=most, **kwargs)


class KmField(_NumberField):
    """A distance in km with at most one decimal, more than nothing."""

    def __init__(self, **kwargs: Any) -> None:
        limits = {"places": 1, "least": Decimal("0.1"), "most": LONGEST_RIDE}
        super().__init__(**{**limits, **kwargs})

    def read(self, text: str) -> Decimal:
        """Read a distance, with or without the word km."""
        return super().read(text.lower().strip().removesuffix("km"))

    def show(self, value: Decimal) -> str:
        """Write the distance without its unit, which stands beside the box."""
        return formats.write_number(value, self.places)


class NumberField(_NumberField):
    """Any other number, a quantity or a percentage, shown without needless zeros."""

    def show(self, value: Decimal) -> str:
        """Write the number as the company does."""
        return formats.write_number(value, self.places)


class DateField(_WrittenField):
    """A day: the browser's own date picker; typed dates are read in the company's order too."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def read(self, text: str) -> date:
        """Read a day."""
        return formats.parse_day(text)

    def show(self, value: date) -> str:
        """Write the day as the date picker wants it."""
        return value.isoformat()

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Nothing beside what the widget asks."""
        return forms.Field.widget_attrs(self, widget)

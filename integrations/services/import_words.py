"""What an import tells about one debtor, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.models import ImportRow
from integrations.services import held_rows
from relations.models import Customer

REASONS: dict[str, str | Promise] = {
    "no_number": gettext_lazy("AFAS gives no number for this debtor, so it cannot be matched."),
    "number_too_long": gettext_lazy("The debtor number is longer than the 16 signs AFAS knows."),
    "no_name": gettext_lazy("AFAS gives no name for this debtor. Fill it in there, import again."),
    "unreadable": gettext_lazy("AFAS's row cannot be read. Check the columns of the connector."),
    "double": gettext_lazy("AFAS gave this debtor twice; the first row counts."),
    "currency": gettext_lazy("The debtor's currency is %(currency)s; only euro is supported."),
    "too_long": gettext_lazy(
        "The %(field)s has %(length)s signs; at most %(most)s fit here. Shorten it in AFAS."
    ),
    "name_differs": gettext_lazy(
        "Your customer %(ours)s has this number too, with a very different name. Nothing was "
        "changed. If they are the same, link them; else change the number of your customer."
    ),
    "left": gettext_lazy("Left apart from your customer %(ours)s, as somebody decided."),
    "number_taken": gettext_lazy(
        "Your customer with this number is linked to debtor %(debtor)s. Change its number, then "
        "import again."
    ),
    "being_created": gettext_lazy(
        "This looks like a customer that is being created in AFAS from here. It is held until that "
        "is settled, so that you do not get it twice."
    ),
    "zeros": gettext_lazy(
        "Differs only in zeros from %(number)s of %(name)s. They are two customers here; if they "
        "are one organisation, archive one of them."
    ),
    "alike": gettext_lazy(
        "Looks like your customer %(name)s, which is not linked. If they are the same, archive one "
        "of the two."
    ),
    "changed_here": gettext_lazy("Was changed here; AFAS leads, so its values are back."),
    "linked": gettext_lazy("Linked by customer number."),
}


@dataclass(frozen=True)
class ToldRow:
    """A row of an import as people are shown it."""

    row: ImportRow

    @property
    def sentence(self) -> str:
        """Why it was skipped, what to look at, or what changed."""
        detail: dict[str, Any] = dict(self.row.detail)
        changed = _changed(detail.get("fields", []))
        if "field" in detail:
            detail["field"] = field_name(detail["field"])
        reason = str(REASONS.get(self.row.reason, ""))
        try:
            said = reason % detail
        except KeyError:  # a row of an earlier version
            said = reason
        return " ".join(part for part in (said, changed) if part)

    @property
    def mark(self) -> str:
        """The dot beside it."""
        if self.row.outcome == ImportRow.Outcome.SKIPPED:
            return "idle" if self.row.reason == "left" else "warn"
        return "warn" if self.row.reason in {"zeros", "alike"} else "ok"

    @property
    def may_link(self) -> bool:
        """Whether the page offers to link the two."""
        return held_rows.may_link(self.row)

    @property
    def may_leave(self) -> bool:
        """Whether the page offers to leave them apart."""
        return held_rows.may_leave(self.row)


def field_name(name: str) -> str:
    """What a field of a customer is called."""
    return str(getattr(Customer._meta.get_field(name), "verbose_name", name))


def _changed(fields: list[str]) -> str:
    names = ", ".join(field_name(name) for name in fields)
    return _("Changed: %(names)s.") % {"names": names} if names else ""

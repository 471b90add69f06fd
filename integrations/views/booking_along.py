"""Which unsent invoices a person wants to book along; kept in the session until they are booked."""

from __future__ import annotations

from typing import Any, NamedTuple

from accounts.doors import CompanyRequest
from integrations.forms.booking_run import AlongForm
from integrations.models import BookingRun

KEPT, MOST_RUNS = "booked_along", 5


class Along(NamedTuple):
    """The ids of the invoices, how they were sent in words, and what the form showed."""

    invoices: frozenset[int] = frozenset()
    how: str = ""
    given: dict[str, Any] | None = None


def along_of(request: CompanyRequest, run: BookingRun) -> Along:
    """What this person chose for this run."""
    kept = request.session.get(KEPT, {}).get(str(run.pk))
    if not kept:
        return Along()
    return Along(frozenset(kept["given"]["along"]), kept["how"], kept["given"])


def keep(request: CompanyRequest, run: BookingRun, form: AlongForm) -> None:
    """Keep a valid form, of the last few runs."""
    runs = {**request.session.get(KEPT, {})}
    runs.pop(str(run.pk), None)
    runs[str(run.pk)] = {"how": form.how, "given": form.cleaned_data}
    request.session[KEPT] = dict(list(runs.items())[-MOST_RUNS:])


def forget(request: CompanyRequest, run: BookingRun) -> None:
    """The run is confirmed."""
    runs = {**request.session.get(KEPT, {})}
    if runs.pop(str(run.pk), None):
        request.session[KEPT] = runs

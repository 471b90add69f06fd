"""The ladder as it is loaded, and the values of stored entries."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Q

from core import audit
from core.errors import StaleError
from registration.models import BillingStatus, Hour, Rate
from registration.services import valuation
from registration.services.valuation import Ladder, Rung, revalue, value
from tests.factories import ExpenseFactory, HourFactory, ProjectFactory, RateFactory, RideFactory

DAY = date(2026, 6, 15)
EVER = date(2000, 1, 1)


class TestWithDatabase:
    """Loading the ladder, and valuing what is stored."""

    def test_the_ladder_of_a_company_takes_two_queries_and_nothing_of_another(
        self, company: Any, django_assert_num_queries: Any
    ) -> None:
        entry = HourFactory(company=company)
        RateFactory(activity=entry.activity, amount=80)
        RateFactory(activity=entry.activity, amount=90, valid_from=entry.date)
        RateFactory(activity=entry.activity, amount=99, valid_from=entry.date + timedelta(days=1))
        RateFactory(amount=1)
        with django_assert_num_queries(2):
            rates = Ladder.of(company)
            assert rates.hour_rate(entry) == 90
        assert ("hour", Rung()) not in rates.steps

    def test_what_is_stored_gets_its_new_value_and_a_new_version(self, company: Any) -> None:
        entry = HourFactory(company=company, minutes=90)
        RateFactory(activity=entry.activity, amount=80)
        assert revalue(company=company, where=Q(), by=None) == 1
        entry.refresh_from_db()
        assert (entry.rate, entry.amount, entry.version) == (80, 120, 2)

    def test_an_unchanged_value_keeps_its_version(self, company: Any) -> None:
        entry = HourFactory(company=company)
        RateFactory(activity=entry.activity, amount=100)
        assert revalue(company=company, where=Q(), by=None) == 0
        entry.refresh_from_db()
        assert entry.version == 1

    def test_all_three_kinds_are_valued_and_the_audit_trail_counts_them(self, company: Any) -> None:
        on = ProjectFactory(company=company, billing_method="none")
        hour_, cost, trip = (
            HourFactory(project=on),
            ExpenseFactory(project=on),
            RideFactory(project=on),
        )
        assert revalue(company=company, where=Q(project=on), by=None) == 3
        for entry in (hour_, cost, trip):
            entry.refresh_from_db()
            assert entry.billing == BillingStatus.NOT_BILLABLE
        (event,) = audit.events_of(company, company)
        assert event.after == {"hour": 1, "expense": 1, "ride": 1}

    def test_a_ride_is_billed_both_ways_as_its_stored_kilometres_say(self, company: Any) -> None:
        trip = RideFactory(company=company, distance=Decimal("12.3"), is_return=True)
        RateFactory(company=company, unit=Rate.Unit.KM, amount=Decimal(1))
        revalue(company=company, where=Q(), by=None)
        trip.refresh_from_db()
        assert (trip.kilometres, trip.amount) == (Decimal("24.6"), Decimal("24.60"))

    @pytest.mark.parametrize("status", ["reserved", "invoiced", "written_off"])
    def test_claimed_rows_stay_as_they_are(self, company: Any, status: str) -> None:
        entry = HourFactory(company=company, billing=status)
        RateFactory(activity=entry.activity, amount=80)
        assert revalue(company=company, where=Q(), by=None) == 0
        entry.refresh_from_db()
        assert (entry.rate, entry.version) == (100, 1)

    def test_another_companys_rows_stay_as_they_are(self, company: Any) -> None:
        stranger = HourFactory()
        assert revalue(company=company, where=Q(), by=None) == 0
        stranger.refresh_from_db()
        assert stranger.missing == ""

    def test_many_rows_take_few_queries(
        self, company: Any, django_assert_max_num_queries: Any
    ) -> None:
        on = ProjectFactory(company=company)
        first = HourFactory(project=on)
        more = {"project": on, "activity": first.activity, "membership": first.membership}
        HourFactory.create_batch(60, **more)
        RateFactory(activity=first.activity, amount=80)
        with django_assert_max_num_queries(14):
            assert revalue(company=company, where=Q(), by=None) == 61

    def test_rows_beyond_one_chunk_are_valued_too(
        self, company: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(valuation, "CHUNK", 2)
        first = HourFactory(company=company)
        more = {"project": first.project, "activity": first.activity}
        HourFactory.create_batch(4, membership=first.membership, **more)
        assert revalue(company=company, where=Q(), by=None) == 5
        assert set(Hour.objects.of(company).values_list("missing", flat=True)) == {"no_rate"}

    def test_a_row_changed_meanwhile_is_read_again_and_keeps_that_change(
        self, company: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = HourFactory(company=company)
        RateFactory(activity=entry.activity, amount=80)
        colleague = SimpleNamespace(busy=True)

        def meanwhile(entries: Any, rates: Ladder) -> None:
            value(entries, rates)
            if colleague.busy:
                colleague.busy = False
                Hour.objects.filter(pk=entry.pk).update(minutes=120, version=2)

        monkeypatch.setattr(valuation, "value", meanwhile)
        assert revalue(company=company, where=Q(), by=None) == 1
        entry.refresh_from_db()
        assert (entry.minutes, entry.amount, entry.version) == (120, 160, 3)

    def test_a_row_reserved_meanwhile_keeps_its_value(
        self, company: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = HourFactory(company=company)

        def meanwhile(entries: Any, rates: Ladder) -> None:
            value(entries, rates)
            Hour.objects.filter(pk=entry.pk).update(billing="reserved")

        monkeypatch.setattr(valuation, "value", meanwhile)
        assert revalue(company=company, where=Q(), by=None) == 0
        entry.refresh_from_db()
        assert (entry.billing, entry.amount) == ("reserved", 100)

    def test_rows_that_never_stand_still_end_in_a_sentence(
        self, company: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = HourFactory(company=company)

        def meanwhile(entries: Any, rates: Ladder) -> None:
            value(entries, rates)
            Hour.objects.filter(pk=entry.pk).update(version=entries[0].version + 1)

        monkeypatch.setattr(valuation, "value", meanwhile)
        with pytest.raises(StaleError, match="Try again"):
            revalue(company=company, where=Q(), by=None)

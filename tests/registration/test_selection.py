"""What people tick: kept per person and company, frozen when a flow begins."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.http import Http404

from accounts.models import Company, Membership, Role, User
from core.errors import DomainError
from registration.models import Hour, Selection
from registration.selectors.entries import entries_shown
from registration.selectors.reach import reach_of
from registration.selectors.selection import sum_of
from registration.services import selection as selections
from tests.factories import (
    CompanyFactory,
    ExpenseFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RideFactory,
    SelectionFactory,
)


@pytest.fixture
def biller(company: Company) -> Membership:
    return MembershipFactory(company=company, role=Role.BILLING)


@pytest.fixture
def nothing(biller: Membership) -> Selection:
    return selections.selection_for(biller.company, biller.user, None)


class TestTicking:
    def test_an_empty_selection_is_not_saved(self, nothing: Selection) -> None:
        assert nothing.count == 0
        assert not Selection.objects.exists()

    def test_ticks_of_all_kinds_add_up(self, biller: Membership, nothing: Selection) -> None:
        company = biller.company
        kept = nothing
        for kind, entry in (
            ("hours", HourFactory(company=company)),
            ("expenses", ExpenseFactory(company=company)),
            ("rides", RideFactory(company=company)),
        ):
            kept = selections.pick(by=biller, selection=kept, kind=kind, ids=[entry.pk])
        kept.refresh_from_db()
        assert kept.count == 3
        assert sum_of(reach_of(biller), kept).amount == Decimal("134.20")

    def test_ticking_twice_counts_once(self, biller: Membership, nothing: Selection) -> None:
        hour = HourFactory(company=biller.company)
        kept = selections.pick(by=biller, selection=nothing, kind="hours", ids=[hour.pk])
        kept = selections.pick(by=biller, selection=kept, kind="hours", ids=[hour.pk])
        assert kept.hours == [hour.pk]

    def test_another_companys_entries_cannot_be_ticked(
        self, biller: Membership, nothing: Selection
    ) -> None:
        foreign = HourFactory(company=CompanyFactory())
        kept = selections.pick(by=biller, selection=nothing, kind="hours", ids=[foreign.pk])
        assert kept.hours == []

    def test_a_member_cannot_tick_a_colleagues_hours(self, company: Company) -> None:
        member = MembershipFactory(company=company)
        theirs, own = HourFactory(company=company), HourFactory(membership=member)
        empty = selections.selection_for(company, member.user, None)
        kept = selections.pick(by=member, selection=empty, kind="hours", ids=[theirs.pk, own.pk])
        assert kept.hours == [own.pk]

    def test_unpicking_and_clearing(self, biller: Membership, nothing: Selection) -> None:
        first, second = (HourFactory(company=biller.company) for _ in range(2))
        kept = selections.pick(
            by=biller, selection=nothing, kind="hours", ids=[first.pk, second.pk]
        )
        kept = selections.unpick(selection=kept, kind="hours", ids=[first.pk])
        assert kept.hours == [second.pk]
        assert selections.clear(selection=kept).count == 0

    def test_all_that_match_now_but_nothing_that_comes_later(
        self, biller: Membership, nothing: Selection
    ) -> None:
        HourFactory.create_batch(3, company=biller.company)
        shown = entries_shown("hours", reach_of(biller))
        kept = selections.pick_all(selection=nothing, kind="hours", entries=shown)
        HourFactory(company=biller.company)
        assert len(kept.hours) == 3

    def test_more_than_the_most_is_refused_with_the_number(
        self, biller: Membership, nothing: Selection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(selections, "MOST", 2)
        HourFactory.create_batch(3, company=biller.company)
        shown = entries_shown("hours", reach_of(biller))
        with pytest.raises(DomainError, match="more than 2 entries"):
            selections.pick_all(selection=nothing, kind="hours", entries=shown)
        assert not Selection.objects.exists()

    def test_what_was_deleted_since_does_not_count(
        self, biller: Membership, nothing: Selection
    ) -> None:
        first, second = (HourFactory(company=biller.company) for _ in range(2))
        kept = selections.pick(
            by=biller, selection=nothing, kind="hours", ids=[first.pk, second.pk]
        )
        first.delete()
        assert sum_of(reach_of(biller), kept).count == 1

    def test_customers_are_counted_once_over_all_kinds(
        self, biller: Membership, nothing: Selection
    ) -> None:
        project = ProjectFactory(company=biller.company)
        own_work = ProjectFactory(company=biller.company, customer=None)
        kept = selections.pick(
            by=biller,
            selection=nothing,
            kind="hours",
            ids=[HourFactory(project=project).pk, HourFactory(project=own_work).pk],
        )
        ride = RideFactory(project=ProjectFactory(customer=project.customer))
        kept = selections.pick(by=biller, selection=kept, kind="rides", ids=[ride.pk])
        assert sum_of(reach_of(biller), kept).customers == 1


class TestFreezing:
    def test_a_frozen_selection_is_copied_and_never_changed(
        self, biller: Membership, nothing: Selection
    ) -> None:
        first, second = (HourFactory(company=biller.company) for _ in range(2))
        kept = selections.pick(by=biller, selection=nothing, kind="hours", ids=[first.pk])
        frozen = selections.freeze(kept)
        assert frozen.frozen_at is not None
        copy = selections.pick(by=biller, selection=frozen, kind="hours", ids=[second.pk])
        frozen.refresh_from_db()
        assert copy.pk != frozen.pk
        assert (frozen.hours, copy.hours) == ([first.pk], [first.pk, second.pk])
        assert copy.frozen_at is None

    def test_freezing_twice_keeps_the_first_moment(self, nothing: Selection) -> None:
        nothing.save()
        first = selections.freeze(nothing).frozen_at
        assert selections.freeze(nothing).frozen_at == first

    def test_a_stale_copy_does_not_write_over_a_frozen_row(
        self, biller: Membership, nothing: Selection
    ) -> None:
        nothing.save()
        held = Selection.objects.get(pk=nothing.pk)
        selections.freeze(nothing)
        hour = HourFactory(company=biller.company)
        assert selections.pick(by=biller, selection=held, kind="hours", ids=[hour.pk]).pk != held.pk
        assert Selection.objects.get(pk=held.pk).hours == []


class TestWhose:
    def test_somebody_elses_selection_is_not_there(
        self, biller: Membership, company: Company
    ) -> None:
        theirs = SelectionFactory(company=company)
        with pytest.raises(Http404):
            selections.selection_for(company, biller.user, theirs.pk)

    def test_the_same_person_in_another_company_has_other_selections(
        self, biller: Membership
    ) -> None:
        elsewhere = MembershipFactory(company=CompanyFactory(), user=biller.user)
        theirs = SelectionFactory(company=elsewhere.company, user=biller.user)
        with pytest.raises(Http404):
            selections.selection_for(biller.company, biller.user, theirs.pk)

    @pytest.mark.parametrize("id", ["nonsense", uuid.uuid4()])
    def test_an_id_that_does_not_exist_is_not_there(self, biller: Membership, id: object) -> None:
        with pytest.raises(Http404):
            selections.selection_for(biller.company, biller.user, id)


class TestPages:
    @pytest.fixture
    def browser(self, biller: Membership, client_of: Callable[..., Any]) -> Any:
        return client_of(biller.user, biller.company)

    def tick(self, browser: Any, *hours: Hour, **more: Any) -> Any:
        shown = [hour.pk for hour in Hour.objects.all()]
        data = {"shown": shown, "pick": [hour.pk for hour in hours], **more}
        return browser.post("/overviews/hours/pick/?period=all", data)

    def test_without_script_the_address_names_the_selection(self, browser: Any) -> None:
        hour = HourFactory(company=browser.company)
        answer = self.tick(browser, hour)
        selection = Selection.objects.get()
        assert answer.status_code == 302
        assert answer.url == f"/overviews/hours/?period=all&selection={selection.pk}"
        assert selection.hours == [hour.pk]

    def test_it_survives_switching_tabs(self, browser: Any) -> None:
        hour = HourFactory(company=browser.company)
        address = self.tick(browser, hour).url
        page = browser.get(address).content.decode()
        rides = re.search(r'href="(/overviews/rides/\?[^"]*)"', page)
        assert rides is not None
        other = browser.get(rides[1].replace("&amp;", "&")).content.decode()
        assert "1 hour ·" in other
        assert "€\xa0100,00" in other

    def test_a_later_tick_sends_only_what_changed(self, browser: Any) -> None:
        hour = HourFactory(company=browser.company)
        first = browser.post(
            "/overviews/hours/pick/",
            {"shown": [hour.pk], "pick": [hour.pk]},
            headers={"HX-Request": "true"},
        )
        selection = Selection.objects.get()
        assert first["HX-Replace-Url"] == f"/overviews/hours/?selection={selection.pk}"
        assert first["HX-Retarget"] == "#overview"
        later = browser.post(
            f"/overviews/hours/pick/?selection={selection.pk}",
            {"shown": [hour.pk], "selection": str(selection.pk)},
            headers={"HX-Request": "true"},
        )
        assert "HX-Retarget" not in later
        assert b"<table" not in later.content
        selection.refresh_from_db()
        assert selection.hours == []

    def test_ticks_on_another_page_stay(self, browser: Any) -> None:
        first, second = (HourFactory(company=browser.company) for _ in range(2))
        self.tick(browser, first, second)
        selection = Selection.objects.get()
        browser.post(
            "/overviews/hours/pick/", {"shown": [first.pk], "selection": str(selection.pk)}
        )
        selection.refresh_from_db()
        assert selection.hours == [second.pk]

    def test_all_matching_means_the_filters_of_the_address(self, browser: Any) -> None:
        wanted = HourFactory(company=browser.company, note="needle")
        HourFactory(company=browser.company, note="hay")
        browser.post("/overviews/hours/pick/?period=all&q=needle", {"do": "all"})
        assert Selection.objects.get().hours == [wanted.pk]

    def test_a_colleagues_selection_cannot_be_written(self, browser: Any) -> None:
        theirs = SelectionFactory(company=browser.company)
        hour = HourFactory(company=browser.company)
        answer = self.tick(browser, hour, selection=str(theirs.pk))
        assert answer.status_code == 404
        theirs.refresh_from_db()
        assert theirs.hours == []

    def test_a_shared_address_shows_the_list_without_the_colleagues_ticks(
        self, browser: Any
    ) -> None:
        hour = HourFactory(company=browser.company)
        theirs = SelectionFactory(company=browser.company, hours=[hour.pk])
        answer = browser.get(f"/overviews/hours/?period=all&selection={theirs.pk}")
        assert answer.status_code == 200
        assert answer.context["selection"].count == 0
        assert f'name="selection" value="{theirs.pk}"' not in answer.content.decode()

    def test_too_much_says_so_and_keeps_what_was(
        self, browser: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(selections, "MOST", 1)
        HourFactory.create_batch(2, company=browser.company)
        answer = browser.post("/overviews/hours/pick/?period=all", {"do": "all"}, follow=True)
        assert "more than 1 entries" in answer.content.decode()


class TestActions:
    @pytest.fixture
    def browser(self, biller: Membership, client_of: Callable[..., Any]) -> Any:
        return client_of(biller.user, biller.company)

    def selected(self, user: User, company: Company, *hours: Hour) -> str:
        picked = [hour.pk for hour in hours]
        selection = SelectionFactory(company=company, user=user, hours=picked)
        return f"/overviews/selection/{selection.pk}/"

    def test_the_page_counts_who_takes_part_and_who_does_not(
        self, browser: Any, biller: Membership
    ) -> None:
        waiting = HourFactory(company=biller.company, approval="submitted")
        done = HourFactory(company=biller.company, approved=True)
        base = self.selected(biller.user, biller.company, waiting, done)
        page = browser.get(f"{base}approve/").content.decode()
        assert "Approve · 1 hour" in page
        assert "Already approved" in page

    def test_confirming_does_it_and_says_what_was_left_out(
        self, browser: Any, biller: Membership
    ) -> None:
        waiting = HourFactory(company=biller.company, approval="submitted")
        done = HourFactory(company=biller.company, approved=True)
        base = self.selected(biller.user, biller.company, waiting, done)
        seen = browser.get(f"{base}approve/").context["result"].seen
        answer = browser.post(
            f"{base}approve/", {"seen": seen, "back": "/overviews/hours/"}, follow=True
        )
        waiting.refresh_from_db()
        assert waiting.approval == "approved"
        assert "1 entry approved." in answer.content.decode()
        assert "already approved (1)" in answer.content.decode()

    def test_a_change_since_the_page_asks_again_and_changes_nothing(
        self, browser: Any, biller: Membership
    ) -> None:
        waiting = HourFactory(company=biller.company, approval="submitted")
        base = self.selected(biller.user, biller.company, waiting)
        seen = browser.get(f"{base}approve/").context["result"].seen
        Hour.objects.filter(pk=waiting.pk).update(version=9)
        answer = browser.post(f"{base}approve/", {"seen": seen})
        waiting.refresh_from_db()
        assert answer.status_code == 422
        assert "changed these entries meanwhile" in answer.content.decode()
        assert waiting.approval == "submitted"

    def test_rejecting_asks_for_a_comment_and_loses_nothing(
        self, browser: Any, biller: Membership
    ) -> None:
        waiting = HourFactory(company=biller.company, approval="submitted")
        base = self.selected(biller.user, biller.company, waiting)
        assert browser.post(f"{base}reject/", {"comment": ""}).status_code == 422
        browser.post(f"{base}reject/", {"comment": "Wrong day"})
        waiting.refresh_from_db()
        assert (waiting.approval, waiting.approval_comment) == ("rejected", "Wrong day")

    def test_writing_off_keeps_the_reason(self, browser: Any, biller: Membership) -> None:
        hour = HourFactory(company=biller.company)
        base = self.selected(biller.user, biller.company, hour)
        browser.post(f"{base}write-off/", {"comment": "Goodwill"})
        hour.refresh_from_db()
        assert hour.billing == "written_off"

    def test_moving_offers_only_projects_of_this_company(
        self, browser: Any, biller: Membership
    ) -> None:
        hour = HourFactory(company=biller.company)
        foreign = ProjectFactory(company=CompanyFactory())
        there = ProjectFactory(company=biller.company)
        base = self.selected(biller.user, biller.company, hour)
        assert browser.post(f"{base}move/", {"project": foreign.pk}).status_code == 422
        browser.post(f"{base}move/", {"project": there.pk})
        hour.refresh_from_db()
        assert hour.project == there

    @pytest.mark.parametrize("action", ["approve", "reject", "reopen", "write-off", "restore"])
    def test_what_a_member_may_never_do_is_not_there_for_them(
        self, company: Company, client_of: Callable[..., Any], action: str
    ) -> None:
        member = MembershipFactory(company=company)
        hour = HourFactory(membership=member, approval="submitted")
        base = self.selected(member.user, company, hour)
        browser = client_of(member.user, company)
        assert browser.post(f"{base}{action}/", {"comment": "x"}).status_code == 404
        hour.refresh_from_db()
        assert (hour.approval, hour.version) == ("submitted", 1)

    def test_a_strangers_selection_cannot_be_acted_on(
        self, browser: Any, biller: Membership, client_of: Callable[..., Any]
    ) -> None:
        hour = HourFactory(company=biller.company, approval="submitted")
        base = self.selected(biller.user, biller.company, hour)
        stranger = MembershipFactory(company=CompanyFactory(), role=Role.OWNER)
        outside = client_of(stranger.user, stranger.company)
        for method in (outside.get, outside.post):
            assert method(f"{base}approve/").status_code == 404
        assert outside.get(f"{base}export.csv").status_code == 404
        assert browser.get(f"{base}approve/").status_code == 200
        hour.refresh_from_db()
        assert hour.approval == "submitted"

    def test_the_way_back_leads_only_into_our_own_pages(
        self, browser: Any, biller: Membership
    ) -> None:
        hour = HourFactory(company=biller.company, approval="submitted")
        base = self.selected(biller.user, biller.company, hour)
        answer = browser.post(f"{base}approve/", {"back": "//evil.example/"})
        assert answer.url == "/overviews/hours/"

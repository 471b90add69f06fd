"""Register → Hours, as a person works there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Company, Membership
from registration.models import Activity, Hour, Project
from registration.selectors.periods import monday_of
from registration.views.week import Place
from tests.factories import (
    ActivityFactory,
    CompanyFactory,
    HourFactory,
    MembershipFactory,
    ProjectActivityFactory,
    ProjectFactory,
)

TODAY = "/register/hours/"


@pytest.fixture
def me(company: Company) -> Membership:
    return MembershipFactory(company=company)


@pytest.fixture
def browser(me: Membership, client_of: Callable[..., Any]) -> Any:
    return client_of(me.user, me.company)


@pytest.fixture
def project(company: Company) -> Project:
    return ProjectFactory(company=company, name="Webshop")


@pytest.fixture
def activity(company: Company) -> Activity:
    return ActivityFactory(company=company, name="Design")


def monday() -> date:
    return monday_of(timezone.localdate())


def cell(project: Project, activity: Activity, day: date) -> str:
    return str(Place(project.pk, activity.pk, day))


class TestGrid:
    @pytest.mark.parametrize(
        ("typed", "minutes"), [("1:30", 90), ("1,5", 90), ("1.5", 90), ("90m", 90), ("2", 120)]
    )
    def test_a_cell_takes_every_way_of_writing_a_duration(
        self, browser: Any, project: Project, activity: Activity, typed: str, minutes: int
    ) -> None:
        browser.post(TODAY, {f"cell-{cell(project, activity, monday())}": typed, "do": "save"})
        hour = Hour.objects.get()
        assert (hour.minutes, hour.date, hour.project) == (minutes, monday(), project)

    def test_an_emptied_cell_deletes_and_an_untouched_one_stays(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        gone = HourFactory(membership=me, project=project, activity=activity, date=monday())
        next_day = monday() + timedelta(days=1)
        kept = HourFactory(membership=me, project=project, activity=activity, date=next_day)
        first, second = cell(project, activity, monday()), cell(project, activity, next_day)
        browser.post(
            TODAY,
            {
                f"cell-{first}": "",
                f"seen-{first}": f"{gone.pk}.1",
                f"cell-{second}": "1:00",
                f"seen-{second}": f"{kept.pk}.1",
            },
        )
        assert list(Hour.objects.values_list("pk", "version")) == [(kept.pk, 1)]

    def test_a_changed_cell_keeps_its_note(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        hour = HourFactory(
            membership=me, project=project, activity=activity, date=monday(), note="Talk"
        )
        place = cell(project, activity, monday())
        browser.post(TODAY, {f"cell-{place}": "3", f"seen-{place}": f"{hour.pk}.1"})
        hour.refresh_from_db()
        assert (hour.minutes, hour.note, hour.version) == (180, "Talk", 2)

    def test_a_wrong_cell_keeps_its_text_and_the_right_ones_are_saved(
        self, browser: Any, project: Project, activity: Activity
    ) -> None:
        wrong = cell(project, activity, monday())
        right = cell(project, activity, monday() + timedelta(days=1))
        HourFactory(membership=browser_membership(browser), project=project, activity=activity)
        answer = browser.post(TODAY, {f"cell-{wrong}": "lunch", f"cell-{right}": "2"})
        page = answer.content.decode()
        assert 'value="lunch"' in page
        assert "is not a duration" in page
        assert Hour.objects.filter(minutes=120).count() == 1

    def test_a_cell_that_was_filled_in_another_tab_is_not_doubled(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        HourFactory(membership=me, project=project, activity=activity, date=monday())
        answer = browser.post(TODAY, {f"cell-{cell(project, activity, monday())}": "2"})
        assert "changed in another tab" in answer.content.decode()
        assert Hour.objects.count() == 1

    def test_a_cell_changed_in_another_tab_is_not_overwritten(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        hour = HourFactory(
            membership=me, project=project, activity=activity, date=monday(), version=4
        )
        place = cell(project, activity, monday())
        answer = browser.post(TODAY, {f"cell-{place}": "5", f"seen-{place}": f"{hour.pk}.3"})
        hour.refresh_from_db()
        assert "changed this meanwhile" in answer.content.decode()
        assert hour.minutes == 60

    def test_a_locked_cell_cannot_be_typed_in_and_a_forged_post_is_refused(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        hour = HourFactory(
            membership=me, project=project, activity=activity, date=monday(), invoiced=True
        )
        place = cell(project, activity, monday())
        page = browser.get(TODAY).content.decode()
        assert f'name="cell-{place}"' not in page
        assert "Already on invoice 2026-001" in page
        browser.post(TODAY, {f"cell-{place}": "", f"seen-{place}": f"{hour.pk}.1"})
        assert Hour.objects.filter(pk=hour.pk).exists()

    def test_nobody_types_into_anothers_hours(
        self, browser: Any, company: Company, project: Project, activity: Activity
    ) -> None:
        theirs = HourFactory(project=project, activity=activity, date=monday())
        place = cell(project, activity, monday())
        browser.post(TODAY, {f"cell-{place}": "9", f"seen-{place}": f"{theirs.pk}.1"})
        theirs.refresh_from_db()
        assert theirs.minutes == 60

    def test_another_companys_project_takes_nothing(self, browser: Any, activity: Activity) -> None:
        foreign = ProjectFactory(company=CompanyFactory())
        browser.post(TODAY, {f"cell-{cell(foreign, activity, monday())}": "1"})
        assert not Hour.objects.exists()

    def test_a_day_outside_the_week_is_ignored(
        self, browser: Any, project: Project, activity: Activity
    ) -> None:
        day = monday() - timedelta(days=30)
        browser.post(TODAY, {f"cell-{cell(project, activity, day)}": "1"})
        assert not Hour.objects.exists()

    def test_two_entries_in_one_cell_are_changed_in_the_day(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        for note in ("Morning", "Evening"):
            HourFactory(membership=me, project=project, activity=activity, date=monday(), note=note)
        page = browser.get(TODAY).content.decode()
        assert "2 entries; change them in the day" in page
        day = browser.get(f"{TODAY}?view=day&day={monday()}").content.decode()
        assert "Morning" in day
        assert "Evening" in day

    def test_the_rows_of_last_week_come_over_without_hours(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        last = monday() - timedelta(days=3)
        HourFactory(membership=me, project=project, activity=activity, date=last)
        page = browser.get(f"{TODAY}?copy=1").content.decode()
        assert f'name="cell-{cell(project, activity, monday())}"' in page
        assert Hour.objects.count() == 1

    def test_totals_stand_under_the_days_and_behind_the_rows(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        for step in range(2):
            HourFactory(
                membership=me,
                project=project,
                activity=activity,
                date=monday() + timedelta(days=step),
                minutes=75,
            )
        week = browser.get(TODAY).context["week"]
        assert [day.minutes for day in week.days[:3]] == [75, 75, 0]
        assert (week.rows[0].minutes, week.minutes) == (150, 150)

    def test_an_empty_week_offers_a_beginning(self, browser: Any) -> None:
        page = browser.get(TODAY).content.decode()
        assert "No hours this week yet" in page
        assert "copy=1" in page

    @pytest.mark.parametrize("day", ["nonsense", "2026-13-45", "0001-01-01", "9999-12-31"])
    def test_a_day_that_is_none_is_today(self, browser: Any, day: str) -> None:
        assert browser.get(f"{TODAY}?day={day}").context["day"] == timezone.localdate()

    def test_a_week_costs_a_fixed_number_of_queries(
        self, browser: Any, me: Membership, django_assert_max_num_queries: Any
    ) -> None:
        for step in range(7):
            HourFactory.create_batch(3, membership=me, date=monday() + timedelta(days=step))
        with django_assert_max_num_queries(12):
            browser.get(TODAY)


def browser_membership(browser: Any) -> Membership:
    return Membership.objects.get(company=browser.company)


class TestLine:
    def line(self, project: Project, activity: Activity, **more: Any) -> dict[str, Any]:
        return {
            "do": "add",
            "date": timezone.localdate().isoformat(),
            "project": project.pk,
            "activity": activity.pk,
            "minutes": "1:15",
            "note": "Talk",
            "billable": "on",
            **more,
        }

    def test_the_line_adds_an_hour(
        self, browser: Any, project: Project, activity: Activity
    ) -> None:
        browser.post(TODAY, self.line(project, activity))
        hour = Hour.objects.get()
        assert (hour.minutes, hour.note, hour.billable) == (75, "Talk", True)

    def test_cells_typed_beside_the_line_are_saved_with_it(
        self, browser: Any, project: Project, activity: Activity
    ) -> None:
        place = cell(project, activity, monday())
        browser.post(TODAY, self.line(project, activity, **{f"cell-{place}": "2"}))
        assert sorted(Hour.objects.values_list("minutes", flat=True)) == [75, 120]

    def test_a_line_without_project_says_so_and_keeps_the_rest(
        self, browser: Any, project: Project, activity: Activity
    ) -> None:
        answer = browser.post(TODAY, {**self.line(project, activity), "project": ""})
        page = answer.content.decode()
        assert "Project: This field is required." in page
        assert 'value="1:15"' in page
        assert not Hour.objects.exists()

    def test_a_line_can_become_a_row_without_a_duration(
        self, browser: Any, project: Project, activity: Activity
    ) -> None:
        answer = browser.post(
            TODAY, self.line(project, activity, do="row", minutes=""), follow=True
        )
        page = answer.content.decode()
        assert f'name="cell-{cell(project, activity, monday())}"' in page
        assert not Hour.objects.exists()

    def test_enter_in_an_empty_line_is_no_mistake(self, browser: Any) -> None:
        assert browser.post(TODAY, {"do": "add", "billable": "on"}).status_code == 302

    def test_an_empty_line_does_not_keep_the_browser_from_saving_cells(self, browser: Any) -> None:
        page = browser.get(TODAY).content.decode()
        form = page[page.index('id="week"') : page.index("</form>", page.index('id="week"'))]
        assert 'name="minutes"' in form
        assert "required" not in form

    def test_the_activities_follow_the_project(
        self, browser: Any, project: Project, activity: Activity
    ) -> None:
        listed = ProjectActivityFactory(project=project).activity
        page = browser.get(f"/register/hours/activities/?project={project.pk}").content.decode()
        assert f'value="{listed.pk}"' in page
        assert f'value="{activity.pk}"' not in page

    def test_another_companys_project_tells_nothing(self, browser: Any) -> None:
        foreign = ProjectActivityFactory(project=ProjectFactory(company=CompanyFactory()))
        address = f"/register/hours/activities/?project={foreign.project_id}"
        assert foreign.activity.name not in browser.get(address).content.decode()


class TestSubmitting:
    def test_a_week_is_submitted_with_what_was_just_typed(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        HourFactory(membership=me, date=monday())
        HourFactory(membership=me, date=monday() - timedelta(days=1))
        place = cell(project, activity, monday())
        browser.post(TODAY, {f"cell-{place}": "1", "do": "submit"})
        assert Hour.objects.filter(approval="submitted").count() == 2
        assert Hour.objects.filter(approval="open").count() == 1

    def test_a_day_is_submitted_alone(self, browser: Any, me: Membership) -> None:
        HourFactory(membership=me, date=monday())
        HourFactory(membership=me, date=monday() + timedelta(days=1))
        browser.post(f"{TODAY}?view=day&day={monday()}", {"do": "submit-day"})
        assert Hour.objects.get(approval="submitted").date == monday()

    def test_a_wrong_cell_stops_the_submission(
        self, browser: Any, me: Membership, project: Project, activity: Activity
    ) -> None:
        hour = HourFactory(membership=me, date=monday())
        place = cell(project, activity, monday())
        browser.post(TODAY, {f"cell-{place}": "lunch", "do": "submit"})
        hour.refresh_from_db()
        assert hour.approval == "open"

    def test_a_week_is_withdrawn(self, browser: Any, me: Membership) -> None:
        HourFactory(membership=me, date=monday(), approval="submitted")
        HourFactory(membership=me, date=monday(), approval="approved")
        browser.post(TODAY, {"do": "withdraw"})
        assert sorted(Hour.objects.values_list("approval", flat=True)) == ["approved", "open"]

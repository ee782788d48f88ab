"""The scope in the URL: named periods, a free range, what they are compared with, and links that cannot be followed."""

from datetime import date, timedelta

import pytest
import streamlit as st

from core.analytics.periods import Compared, Period
from core.settings import PROJECT_ROOT
from core.ui import controls, data, links, scope_text
from tests.conftest import NOW
from tests.ui.conftest import SYNCS
from tests.ui.folder import ALL_PLATFORMS, days

pytestmark = pytest.mark.integration

CONTENT = str(PROJECT_ROOT / "pages" / "insights" / "content.py")
BOUNDS = Period(date(2003, 1, 1), date(2026, 11, 24))


def said(dashboard, at, part):
    return any(part in sentence for sentence in dashboard.texts(at))


class TestLinks:
    def test_a_link_shares_a_range_and_what_it_is_compared_with(self, dashboard, filled):
        at = dashboard.open(
            period="Custom range",
            dates=["2026-11-01", "2026-11-10"],
            compare="Same period last year",
            platform="LinkedIn",
        )
        assert not at.exception
        assert dashboard.metric(at, "Impressions").value == "6,000"
        assert said(dashboard, at, "1 Nov – 10 Nov 2026, compared with 1 Nov – 10 Nov 2025")
        assert said(dashboard, at, "2 accounts have too few days known in both periods")
        assert not said(dashboard, at, "The link asks")

    def test_a_month_with_a_notice_of_its_length(self, dashboard, filled):
        at = dashboard.open(period="Last month", platform="LinkedIn")
        assert said(
            dashboard, at, "1 Oct – 31 Oct 2026, compared with 1 Sep – 30 Sep 2026. These are 31 days against 30:"
        )

    def test_compared_with_nothing(self, dashboard, filled):
        at = dashboard.open(compare="Nothing")
        impressions = dashboard.metric(at, "Impressions")
        assert (impressions.value, impressions.delta) == ("39.0K", "")
        assert said(dashboard, at, "compared with nothing")
        assert not said(dashboard, at, "Nothing to compare with")

    def test_each_wrong_value_is_said_with_what_is_shown(self, dashboard, filled):
        at = dashboard.open(business="Nobody", period="<script>", compare="yesterday", platform=["X", "Friendster"])
        assert not at.exception
        sentences = [text for text in dashboard.texts(at) if text.startswith("The link asks for")]
        assert sentences == [
            "The link asks for the business “Nobody”, which cannot be shown here: all businesses are shown instead.",
            "The link asks for the period “<script>”, which cannot be shown here: 30 days to yesterday are shown instead.",
            "The link asks for the comparison “yesterday”, which cannot be shown here: the previous period is taken instead.",
            "The link asks for the platform “Friendster”, which cannot be shown here: it is left out.",
        ]
        assert at.session_state["platform"] == ["X"]

    def test_they_are_said_until_a_control_is_used(self, dashboard, filled):
        at = dashboard.open(period="9 days")
        assert said(dashboard, at.run(), "“9 days”")
        at.selectbox(key="period").select("7 days").run()
        assert not said(dashboard, at, "“9 days”")

    @pytest.mark.parametrize(
        "dates",
        [["2026-11-10", "2026-11-01"], ["2026-11-01"], ["x", "y"], ["1999-01-01", "1999-02-01"], ["2026-11-01"] * 3],
    )
    def test_a_range_that_is_none_means_the_usual_days(self, dashboard, filled, dates):
        at = dashboard.open(period="Custom range", dates=dates)
        assert not at.exception
        assert said(dashboard, at, "The link asks for the dates")
        assert said(dashboard, at, scope_text.CHOOSE_DAYS)
        assert dashboard.metric(at, "Impressions").value == "39.0K"
        assert tuple(at.session_state["dates"]) == ()

    def test_only_what_is_written_as_a_range_is_one(self):
        assert links.range_of(["2026-11-01", "2026-11-01"], BOUNDS) == Period(date(2026, 11, 1), date(2026, 11, 1))
        for wrong in (["2026-11-01", "2026-11-25"], ["2026-02-29", "2026-03-01"], []):
            assert links.range_of(wrong, BOUNDS) is None


class TestControls:
    def test_a_range_begins_with_the_days_that_were_shown(self, dashboard, filled):
        at = dashboard.open(period="7 days")
        at.selectbox(key="period").select("Custom range").run()
        assert at.session_state["dates"] == (date(2026, 11, 17), date(2026, 11, 23))
        assert at.query_params["dates"] == ["2026-11-17", "2026-11-23"]
        at.selectbox(key="period").select("28 days").run()
        at.selectbox(key="period").select("Custom range").run()
        assert not at.exception
        assert at.query_params["dates"] == ["2026-10-27", "2026-11-23"]

    def test_the_comparison_stands_where_changes_are_shown(self, dashboard, filled):
        at = dashboard.open(compare="Nothing")
        assert [box.key for box in at.selectbox if box.key == "compare"] == ["compare"]
        at.switch_page(CONTENT).run()
        assert not any(box.key == "compare" for box in at.selectbox)
        at.switch_page(SYNCS).run()
        assert not any(box.key in ("compare", "period") for box in at.selectbox)


class TestScope:
    @pytest.fixture
    def scope_of(self, monkeypatch, dashboard, folder):
        folder.tokyo, _ = folder.add_business("Tokyo Tea", zone="Asia/Tokyo")
        folder.york, _ = folder.add_business("York", zone="America/New_York")

        def scope(now=NOW, **state):
            monkeypatch.setattr(data, "now", lambda: now)
            monkeypatch.setattr(st, "session_state", state)
            return controls.scope()

        return scope

    def test_the_default(self, scope_of):
        scope = scope_of()
        assert scope.period == Compared(
            date(2026, 10, 25), date(2026, 11, 23), Period(date(2026, 9, 25), date(2026, 10, 24))
        )
        assert scope.remarks == ()

    def test_this_month_is_that_of_the_zone(self, scope_of, folder):
        """In Tokyo 1 December has begun, in New York it is still 30 November."""
        now = NOW.replace(month=11, day=30, hour=20)
        tokyo = scope_of(now, period="This month", business=folder.tokyo)
        assert (tokyo.period.first, tokyo.period.last) == (date(2026, 11, 1), date(2026, 11, 30))
        assert tokyo.remarks == ("No day of this month is over yet: the month before is shown.",)
        york = scope_of(now, period="This month", business=folder.york)
        assert (york.period.last, york.remarks) == (date(2026, 11, 29), ())

    def test_a_range_ends_with_the_last_day_that_is_over(self, scope_of, folder):
        now = NOW.replace(hour=2)  # 21:00 of the 23rd in New York
        dates = (date(2026, 11, 20), date(2026, 11, 23))
        assert scope_of(now, period="Custom range", dates=dates).period.days == 4
        york = scope_of(now, period="Custom range", dates=dates, business=folder.york)
        assert york.period.last == date(2026, 11, 22)
        assert york.remarks == ("The range ends on Sun 22 Nov, the last day that is over in America/New_York.",)

    def test_a_range_of_days_to_come_is_none(self, scope_of):
        scope = scope_of(period="Custom range", dates=(date(2026, 11, 24), date(2026, 11, 24)))
        assert (scope.period.days, scope.remarks) == (30, (scope_text.NO_WHOLE_DAY,))

    def test_half_a_range_is_its_first_day_for_now(self, scope_of):
        scope = scope_of(period="Custom range", dates=(date(2026, 11, 2),))
        assert (scope.period.days, scope.remarks) == (1, (scope_text.CHOOSE_LAST_DAY,))

    def test_the_days_of_a_change_of_the_clock_are_days(self, scope_of, folder):
        """On 1 November 2026 a day of New York had 25 hours."""
        for hours in range(0, 72, 5):
            now = NOW.replace(day=1, hour=0) + timedelta(hours=hours)
            scope = scope_of(now, period="7 days", business=folder.york)
            assert scope.period.days == scope.period.before.days == 7


def test_last_year_is_read_too(dashboard, folder):
    _, (account,) = folder.add_business("Old", ALL_PLATFORMS[0])
    folder.load(account, days=days(400, impressions=10, engagements=1))
    folder.publish()
    at = dashboard.open(compare="Same period last year")
    assert dashboard.metric(at, "Impressions").delta == "0"
    assert said(dashboard, at, "25 Oct – 23 Nov 2026, compared with 25 Oct – 23 Nov 2025")

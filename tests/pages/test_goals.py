"""Goals: set on a business's page, their value is that of the card, and those behind are among the first page's exceptions."""

from datetime import date

import pytest

from core.domain import Platform
from core.metrics import Aim, GoalMetric
from core.ops import businesses, goals
from core.settings import PROJECT_ROOT
from core.ui import goal_text
from tests.conftest import NOW
from tests.ui.folder import YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

BUSINESS = str(PROJECT_ROOT / "pages" / "insights" / "business.py")
AURORA, BIKES = "Aurora Coffee", "Lumen Bikes"
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
LAST_30 = (day_before(30), YESTERDAY)
SUM = "SELECT sum(impressions) FROM account_daily WHERE account_id = ? AND day BETWEEN ? AND ?"


def aim_at(folder, metric, target, days_of=NOVEMBER, business=None):
    with folder.database.transaction() as session:
        aim = Aim(metric, target, *days_of)
        return goals.add_goal(session, business or folder.bikes, aim, by="Ana", now=NOW).id


def kept(folder, business=None):
    with folder.database.reading() as session:
        return [one.aim for one in goals.list_goals(session, business or folder.bikes)]


def open_page(dashboard, business=BIKES, **parameters):
    at = dashboard.open(business=business, **parameters).switch_page(BUSINESS).run()
    assert not at.exception
    return at


def behind(at):
    return [text.value for text in at.text if "on pace" in text.value or "below its target" in text.value]


class TestTheDialog:
    def test_a_goal_for_this_month(self, dashboard, filled):
        at = open_page(dashboard)
        assert any("No goal yet" in text for text in dashboard.texts(at))
        at.button(key="goal_add").click().run()
        at.number_input(key="goal_target_impressions_0").set_value(20_000)
        at.button(key="goal_save").click().run()
        assert not at.exception
        assert kept(filled) == [Aim(GoalMetric.IMPRESSIONS, 20_000, *NOVEMBER)]
        assert any("1 Nov – 30 Nov 2026, day 23 of 30" in text for text in dashboard.texts(at))

    def test_a_rate_is_typed_in_per_cent_and_the_days_may_be_free(self, dashboard, filled):
        at = open_page(dashboard)
        at.button(key="goal_add").click().run()
        at.selectbox(key="goal_metric_0").select(GoalMetric.ENGAGEMENT_RATE).run()
        at.segmented_control(key="goal_period_0").select("Free dates").run()
        at.number_input(key="goal_target_engagement_rate_0").set_value(4.5)
        at.date_input(key="goal_days_0").set_value((date(2026, 10, 5), date(2026, 12, 24)))
        at.button(key="goal_save").click().run()
        assert not at.exception
        (aim,) = kept(filled)
        assert aim == Aim(GoalMetric.ENGAGEMENT_RATE, pytest.approx(0.045), date(2026, 10, 5), date(2026, 12, 24))

    def test_without_a_target_it_says_so(self, dashboard, filled):
        at = open_page(dashboard)
        at.button(key="goal_add").click().run()
        at.button(key="goal_save").click().run()
        assert "Type the number that is to be reached." in dashboard.texts(at)
        assert kept(filled) == []

    def test_a_second_one_for_the_same_number_and_beginning_says_so(self, dashboard, filled):
        aim_at(filled, GoalMetric.IMPRESSIONS, 1)
        at = open_page(dashboard)
        at.button(key="goal_add").click().run()
        at.number_input(key="goal_target_impressions_0").set_value(2)
        at.button(key="goal_save").click().run()
        assert any("starts on 2026-11-01 already" in text for text in dashboard.texts(at))

    def test_it_is_changed_and_removed(self, dashboard, filled):
        goal = aim_at(filled, GoalMetric.POSTS, 12)
        at = open_page(dashboard)
        at.button(key=f"goal_{goal}").click().run()
        assert at.number_input(key=f"goal_target_posts_{goal}").value == 12
        at.number_input(key=f"goal_target_posts_{goal}").set_value(15)
        at.segmented_control(key=f"goal_period_{goal}").select("This quarter").run()
        at.button(key="goal_save").click().run()
        assert kept(filled) == [Aim(GoalMetric.POSTS, 15, date(2026, 10, 1), date(2026, 12, 31))]
        at.button(key=f"goal_{goal}").click().run()
        at.button(key="goal_remove").click().run()
        assert not at.exception
        assert kept(filled) == []

    def test_left_open_it_does_not_reach_into_another_business(self, dashboard, filled):
        goal = aim_at(filled, GoalMetric.POSTS, 12)
        at = open_page(dashboard)
        at.button(key=f"goal_{goal}").click().run()
        at.selectbox(key="business").select(filled.aurora).run()
        assert not at.exception
        assert goal_text.GONE in dashboard.texts(at)
        assert not at.number_input


class TestProgress:
    def test_the_value_is_that_of_a_query_and_of_the_card(self, dashboard, filled):
        """The cards of 30 days and a goal of the same days tell one number, and the goal is over."""
        aim_at(filled, GoalMetric.IMPRESSIONS, 20_000, LAST_30)
        at = open_page(dashboard)
        card, goal = (one for one in at.metric if one.label == "Impressions" and one.value == "15.0K")
        assert filled.query(SUM, filled.bikes_account, *LAST_30) == 15_000
        assert (card.value, goal.value) == ("15.0K", "15.0K")
        assert any("Not reached" in badge.value for badge in at.markdown)
        assert any("75 % reached" in text for text in dashboard.texts(at))

    def test_this_month_on_pace(self, dashboard, filled):
        aim_at(filled, GoalMetric.IMPRESSIONS, 15_000)
        texts = dashboard.texts(open_page(dashboard))
        assert any("76 % reached" in text and "76 % would be on pace" in text for text in texts)
        assert any("On pace" in text for text in texts)

    def test_it_counts_every_platform_whatever_is_chosen(self, dashboard, filled):
        aim_at(filled, GoalMetric.FOLLOWERS, 20_000, business=filled.aurora)
        at = open_page(dashboard, AURORA, platform="X")
        assert [metric.value for metric in at.metric if metric.label == "Followers at the end"] == ["10.0K"]
        assert [metric.value for metric in at.metric if metric.label == "Followers"] == ["2,000"]

    def test_where_nothing_is_known_the_reason_takes_the_place_of_a_number(self, dashboard, folder):
        business, (account,) = folder.add_business(AURORA, Platform.X)
        folder.load(account, days=days(40, followers=10))
        folder.publish()
        aim_at(folder, GoalMetric.IMPRESSIONS, 100, business=business)
        at = open_page(dashboard, AURORA)
        assert any("Nothing is known of its days" in text for text in dashboard.texts(at))
        assert [one.value for one in at.metric if one.label == "Impressions"] == ["–", "–"]

    def test_one_to_come_says_when(self, dashboard, filled):
        aim_at(filled, GoalMetric.IMPRESSIONS, 100, (date(2026, 12, 1), date(2026, 12, 31)))
        assert any("Begins on Tue 1 Dec" in text for text in dashboard.texts(open_page(dashboard)))


class TestTheOverview:
    def test_a_goal_behind_is_an_exception(self, dashboard, filled):
        aim_at(filled, GoalMetric.IMPRESSIONS, 30_000)
        aim_at(filled, GoalMetric.POSTS, 1)
        aim_at(filled, GoalMetric.ENGAGEMENT_RATE, 0.05)
        at = dashboard.open()
        assert not at.exception
        assert behind(at) == [
            "Lumen Bikes\n"
            "Engagement rate, 1 Nov – 30 Nov 2026: 4.0 % of 5.0 %. 1.0 pp below its target.\n"
            "Impressions, 1 Nov – 30 Nov 2026: 11.5K of 30.0K. 38 % reached. 76 % would be on pace."
        ]

    def test_one_on_pace_over_or_of_an_archived_business_is_none(self, dashboard, filled):
        aim_at(filled, GoalMetric.IMPRESSIONS, 15_000)
        aim_at(filled, GoalMetric.IMPRESSIONS, 10**9, LAST_30)
        aim_at(filled, GoalMetric.IMPRESSIONS, 10**9, business=filled.aurora)
        with filled.database.transaction() as session:
            businesses.archive_business(session, filled.aurora, now=NOW)
        assert behind(dashboard.open()) == []

    def test_only_those_in_scope(self, dashboard, filled):
        aim_at(filled, GoalMetric.IMPRESSIONS, 30_000)
        assert behind(dashboard.open(business=AURORA)) == []
        assert len(behind(dashboard.open(business=BIKES))) == 1

    def test_a_click_goes_to_the_page_of_the_business(self, dashboard, filled, monkeypatch):
        aim_at(filled, GoalMetric.IMPRESSIONS, 30_000)
        at = dashboard.open()
        at.button(key=f"goal_behind_{filled.bikes}").click().run()
        assert not at.exception
        assert [title.value for title in at.title] == ["Business"]
        assert at.selectbox(key="business").value == filled.bikes

"""The page Limits and speed: how full each limit is and until when it lasts, what X costs, and where the time goes."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from core.domain import LoadCounts, Provider
from core.ops import costs, quotas, timings
from core.ops.pauses import StoredPause, save_pause
from core.ops.quotas import Told
from core.ops.steps import StepOutcome
from core.settings import PROJECT_ROOT
from tests.conftest import NOW
from tests.ui.conftest import BUSINESSES

pytestmark = pytest.mark.integration

LIMITS = str(PROJECT_ROOT / "pages" / "setup" / "limits.py")
MIDNIGHT = costs.next_midnight(NOW)
FINE = StepOutcome(
    waited_s=1.0, asked_s=15.0, parsed_s=3.0, loaded_s=1.0, counts=LoadCounts(new=10, changed=20, unchanged=70)
)


def open_limits(dashboard, **parameters):
    at = dashboard.open(LIMITS, **parameters)
    assert not at.exception
    return at


def tables(at, column):
    return [frame.value for frame in at.dataframe if column in frame.value]


def rows(at):
    """All the rows of limits by whose they are."""
    return [row for table in tables(at, "Whose") for row in table.to_dict("records")]


def tell(filled, key, used, *, provider=Provider.LINKEDIN, at=NOW, **more):
    usual = {
        "platform": None,
        "account_id": None,
        "name": key.partition("/")[2],
        "unit": quotas.CALLS,
        "quota": 100,
        "resets_at": MIDNIGHT,
    }
    with filled.database.transaction() as session:
        quotas.record_readings(session, [Told(key=key, provider=provider, used=used, **usual | more)], now=at)


@pytest.fixture
def login(filled):
    """Aurora's LinkedIn page has a login of its own; the beginning of its limits' keys."""
    return f"account:linkedin:login-{filled.add_login(filled.accounts[0])}"


class TestLimits:
    def test_before_anything_was_told_the_page_says_when_it_will_be(self, dashboard, filled):
        texts = dashboard.texts(open_limits(dashboard))
        assert any("No platform has told of its limits yet" in text for text in texts)
        assert any("No sync has ended in the last 7 days" in text for text in texts)

    def test_a_limit_in_a_line(self, dashboard, filled, login):
        for hours, used in ((2, 12), (0, 30)):
            tell(filled, f"{login}/posts", used, at=NOW - timedelta(hours=hours))
        (row,) = rows(open_limits(dashboard))
        assert row | {"Last 24 hours": list(row["Last 24 hours"])} == {
            "Whose": "Aurora Coffee linkedin",
            "Used up": 30,
            "At this pace": "Lasts",
            "Limit": "Posts",
            "Used": "30 of 100",
            "Starts anew": "In 14 h 30 min",
            "Last 24 hours": [0.12, 0.3],
        }

    def test_everything_that_lasts_is_said_in_one_line(self, dashboard, filled, login):
        tell(filled, f"{login}/posts", 10)
        at = open_limits(dashboard)
        assert any("Everything lasts at this pace" in badge.value for badge in at.get("markdown"))

    def test_what_will_not_last_says_until_when(self, dashboard, filled, login):
        tell(filled, f"{login}/posts", 76)  # in the 9.5 hours of the day that have passed: 8 an hour
        at = open_limits(dashboard)
        assert rows(at)[0]["At this pace"] == "Used up at 12:30, in 3 h"
        assert "LinkedIn, Aurora Coffee linkedin: posts used up at 12:30 at this pace" in dashboard.texts(at)

    def test_what_is_used_up_says_so(self, dashboard, filled, login):
        tell(filled, f"{login}/posts", 100)
        assert rows(open_limits(dashboard))[0]["At this pace"] == "Used up"

    def test_a_limit_that_is_not_known_is_no_share(self, dashboard, filled, login):
        tell(filled, f"{login}/posts", 48, quota=None)
        (row,) = rows(open_limits(dashboard))
        assert (row["Used"], row["At this pace"]) == ("48", "Limit not known")
        assert pd.isna(row["Used up"])

    def test_a_window_that_is_over_is_not_taken_for_the_present(self, dashboard, filled):
        key = f"account:x:login-{filled.add_login(filled.accounts[1], provider=Provider.X)}/users/me"
        tell(filled, key, 70, provider=Provider.X, quota=75, resets_at=NOW, at=NOW - timedelta(minutes=12))
        (row,) = rows(open_limits(dashboard))
        assert (row["Limit"], row["Starts anew"], row["At this pace"]) == ("Profile", "Already has", "All free again")
        assert pd.isna(row["Used up"])

    def test_where_the_windows_are_over_the_one_that_was_fullest_stands_for_them(self, dashboard, filled):
        login = f"account:x:login-{filled.add_login(filled.accounts[1], provider=Provider.X)}"
        for name, used in (("tweets", 1), ("users/me", 3), ("users/:id/tweets", 2)):
            tell(filled, f"{login}/{name}", used, provider=Provider.X, resets_at=NOW, at=NOW - timedelta(minutes=12))
        (row,) = rows(open_limits(dashboard))
        assert (row["Limit"], row["Used"]) == ("Profile", "3 of 100")

    def test_a_rolling_window_in_percent(self, dashboard, filled):
        key = f"account:meta:account-{filled.accounts[2]}/pages 112"
        tell(filled, key, 41, provider=Provider.META, unit=quotas.PERCENT, resets_at=None)
        (row,) = rows(open_limits(dashboard))
        assert (row["Limit"], row["Used"], row["Used up"]) == ("Calls about the page", "41 %", 41)
        assert row["Starts anew"] == "Little by little"

    def test_the_fullest_of_each_login_and_all_of_them_on_demand(self, dashboard, filled, login):
        for name, used in (("posts", 10), ("networkSizes", 30), ("videoAnalytics", 2)):
            tell(filled, f"{login}/{name}", used)
        at = open_limits(dashboard)
        assert [row["Limit"] for row in rows(at)] == ["Followers"]
        at.toggle(key="limits_every").set_value(True).run()
        assert [row["Limit"] for row in rows(at)] == ["Followers", "Posts", "Video views"]

    def test_only_those_that_the_business_shares(self, dashboard, filled, login):
        own = f"account:linkedin:login-{filled.add_login(filled.bikes_account)}"
        tell(filled, f"{login}/posts", 10)
        tell(filled, f"{own}/posts", 20)
        tell(filled, "app:meta:our-app", 3, provider=Provider.META, unit=quotas.PERCENT, resets_at=None, name="")
        assert len(rows(open_limits(dashboard))) == 3
        (row,) = rows(open_limits(dashboard, business="Lumen Bikes"))  # which has no account at Meta
        assert row["Whose"] == "Lumen Bikes linkedin"

    def test_the_app_s_limit_is_everyones(self, dashboard, filled):
        tell(filled, "app:meta:our-app", 3, provider=Provider.META, unit=quotas.PERCENT, resets_at=None, name="")
        (row,) = rows(open_limits(dashboard))
        assert (row["Whose"], row["Limit"]) == ("The whole app", "All calls")

    def test_what_rests_says_why_and_until_when(self, dashboard, filled, login):
        tell(filled, f"{login}/posts", 10)
        with filled.database.transaction() as session:
            for key, reason in ((f"{login}/posts", "LinkedIn's daily quota is used up."), ("app:x:gone", "![](x)")):
                save_pause(session, StoredPause(key, NOW + timedelta(hours=1), reason, needs_operator=False))
        at = open_limits(dashboard)
        assert [text.value for text in at.text] == [
            "Aurora Coffee linkedin: LinkedIn's daily quota is used up.",
            "The whole app: ![](x)",
        ]
        assert "Goes on at 10:30, in 1 h." in dashboard.texts(at)


class TestCost:
    def spend(self, filled, cost_usd, *, days_ago=0):
        filled.run(filled.aurora, FINE, FINE, FINE, FINE, at=NOW - timedelta(days=days_ago, minutes=30))
        filled.spend(filled.accounts[1], cost_usd)

    def months(self, at):
        return [row for table in tables(at, "Cap") for row in table.to_dict("records")]

    def test_a_month_without_a_cap(self, dashboard, filled):
        self.spend(filled, 4.0, days_ago=3)
        self.spend(filled, 0.7)
        (row,) = self.months(open_limits(dashboard))
        assert (row["Business"], row["This month"], row["Cap"]) == ("Aurora Coffee", "$4.70", "No cap")
        assert list(row["By day"]) == [0.0] * 20 + [4.0, 0.0, 0.0, 0.7]
        assert row["At this pace"] == "About $6.03 by the month's end"
        assert pd.isna(row["Used up"])

    def test_a_cap_that_will_be_reached_says_when(self, dashboard, filled):
        filled.change_business(filled.aurora, x_monthly_cap_usd=5.0)
        self.spend(filled, 4.6)
        (row,) = self.months(open_limits(dashboard))
        assert (row["Cap"], round(row["Used up"]), row["At this pace"]) == ("$5.00", 92, "Cap reached on Thu 26 Nov")

    def test_a_cap_that_is_reached_says_so(self, dashboard, filled):
        filled.change_business(filled.aurora, x_monthly_cap_usd=5.0)
        self.spend(filled, 5.0)
        assert self.months(open_limits(dashboard))[0]["At this pace"] == "Cap reached"

    def test_the_month_before_does_not_count(self, dashboard, filled):
        self.spend(filled, 4.0, days_ago=25)
        assert self.months(open_limits(dashboard))[0]["This month"] == "$0.00"

    def test_a_business_without_x_is_not_told(self, dashboard, filled):
        self.spend(filled, 4.0)
        at = open_limits(dashboard, business="Lumen Bikes")
        assert self.months(at) == []
        assert not any("What X costs" in text for text in dashboard.texts(at))


class TestSpeed:
    def test_the_numbers_of_the_last_days(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        at = open_limits(dashboard)
        found = {metric.label: metric.value for metric in at.metric}
        assert found == {"A run takes": "1 min 12 s", "Rows a second": "5.0", "Time for answers": "75.0 %"}

    def test_the_parts_of_each_run_as_bars(self, dashboard, filled):
        run_id = filled.run(filled.bikes, FINE)
        with filled.database.transaction() as session:
            timings.record_published(session, run_id, 0.5)
        (figure,) = dashboard.figures(open_limits(dashboard))
        titles, *bars = figure["data"]
        assert {bar["name"]: bar["y"] for bar in bars} == {
            "Waiting": [52.5],
            "Waiting for answers": [15.0],
            "Reading answers": [3.0],
            "Loading": [1.0],
            "Publishing": [0.5],
        }
        assert titles["customdata"] == ["Lumen Bikes, 24 Nov 09:00"]

    def test_runs_that_nobody_measured_have_no_bars(self, dashboard, filled):
        filled.run(filled.bikes, StepOutcome())
        at = open_limits(dashboard)
        assert dashboard.figures(at) == []
        assert any("before their parts were measured" in text for text in dashboard.texts(at))

    def test_the_slowest_accounts_first(self, dashboard, filled):
        filled.run(filled.bikes, replace(FINE, waited_s=0.0, asked_s=20.0, parsed_s=0.0, loaded_s=0.0))
        (table,) = tables(open_limits(dashboard, business="Lumen Bikes"), "Usually")
        (row,) = table.to_dict("records")
        assert row == {
            "Account": "Lumen Bikes linkedin",
            "Platform": "LinkedIn",
            "Usually": "20.0 s",
            "Newest": "20.0 s",
            "Longest": "20.0 s",
            "Rows a second": "5.0",
            "For answers": 100.0,
            "Syncs": 1,
            "Business": "Lumen Bikes",
        }

    def test_only_the_runs_of_the_business(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        filled.run(filled.aurora, FINE, FINE, FINE, FINE)
        (table,) = tables(open_limits(dashboard, business="Aurora Coffee"), "Usually")
        assert set(table["Platform"]) == {"LinkedIn", "X", "Facebook", "Instagram"}


class TestCapOfABusiness:
    def test_it_is_set_and_taken_away_in_the_settings(self, dashboard, filled):
        key = f"business_x_cap_{filled.aurora}"
        for cap in (12.5, None):
            at = dashboard.open(BUSINESSES, business="Aurora Coffee")
            at.number_input(key=key).set_value(cap)
            at.button(key="business_save").click().run()
            assert not at.exception
            assert filled.get_business(filled.aurora).x_monthly_cap_usd == cap

    def test_a_business_without_x_is_not_asked(self, dashboard, filled):
        at = dashboard.open(BUSINESSES, business="Lumen Bikes")
        assert not any("X may cost" in one.label for one in at.number_input)

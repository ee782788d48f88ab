"""What is out of the ordinary comes first: drops below a business's own range, and in the table each number with its change."""

from datetime import timedelta

import pytest
import streamlit as st

from core.domain import Platform
from core.ui import controls
from tests.conftest import NOW
from tests.ui.folder import YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

HOSTILE = "![](http://evil/x.png) :red[x] $$x$$"
WEEKS = """
    WITH weeks AS (
        SELECT date_diff('day', day, DATE '2026-11-23') // 7 AS week, sum(impressions) AS total, count(impressions) AS days
        FROM account_daily GROUP BY week HAVING days = 7
    )
"""


def sinking(folder, name, now, *, before=100):
    """A week of `now` a day after 13 weeks of about `before`."""
    business, (account,) = folder.add_business(name, Platform.LINKEDIN)
    rows = days(7, impressions=now, engagements=10)
    for week in range(1, 14):
        rows += days(7, last=YESTERDAY - timedelta(weeks=week), impressions=before + week, engagements=10)
    folder.load(account, days=sorted(rows, key=lambda row: row.day))
    return business


def cards(dashboard, at):
    return [text.value for text in at.text if "percentile" in text.value]


def test_the_numbers_and_the_range_are_those_of_a_query(dashboard, folder):
    sinking(folder, "Aurora", 60)
    folder.publish()
    folder.beat()
    at = dashboard.open()
    assert not at.exception
    low, high = (
        folder.query(f"{WEEKS} SELECT quantile_cont(total, {share}) FROM weeks WHERE week BETWEEN 1 AND 13")
        for share in (0.05, 0.95)
    )
    assert folder.query(f"{WEEKS} SELECT total FROM weeks WHERE week = 0") == 420
    assert cards(dashboard, at) == [
        f"Aurora\nImpressions in the 7 days to Mon 23 Nov: 420. Usually {low:,.0f} to {high:,.0f}"
        " (5th to 95th percentile of 13 such weeks before)."
    ]
    assert any("Below its usual range" in badge.value for badge in at.markdown)


def test_a_click_goes_to_the_page_of_the_business(dashboard, folder):
    aurora = sinking(folder, "Aurora", 60)
    folder.publish()
    at = dashboard.open()
    at.button(key=f"drop_{aurora}").click().run()
    assert not at.exception
    assert "Business" in dashboard.texts(at)
    assert at.selectbox(key="business").value == aurora


def test_below_what_has_stopped_and_above_the_numbers(dashboard, folder):
    sinking(folder, "Aurora", 60)
    folder.add_login(1, broken_at=NOW)
    folder.publish()
    at = dashboard.open(business="Aurora")
    order = dashboard.texts(at)
    badges = [
        next(n for n, text in enumerate(order) if word in text) for word in ("Login ended", "Below its usual range")
    ]
    assert badges == sorted(badges)


def test_steady_new_and_unknown_businesses_have_no_card(dashboard, folder, filled):
    sinking(folder, "Steady", 100, before=90)
    folder.publish()
    assert cards(dashboard, dashboard.open()) == []


def test_only_the_deepest_have_a_card_each(dashboard, folder):
    for number in range(7):
        sinking(folder, f"Brand {number}", 90 - 10 * number)
    folder.publish()
    at = dashboard.open()
    shown = [card.splitlines()[0] for card in cards(dashboard, at)]
    assert shown == [f"Brand {number}" for number in (6, 5, 4, 3, 2)]
    assert "And 2 more businesses below the usual range: choose one above to see it." in dashboard.texts(at)


def test_a_name_is_text(dashboard, folder):
    sinking(folder, HOSTILE, 1)
    folder.publish()
    at = dashboard.open()
    assert cards(dashboard, at)[0].startswith(HOSTILE)
    assert not any("evil" in e.value for kind in ("markdown", "caption", "info") for e in at.get(kind))


class TestTable:
    def test_each_number_has_its_change_and_each_row_its_line(self, dashboard, folder):
        sinking(folder, "Aurora", 60)
        _, (x,) = folder.add_business("Silent", Platform.X)
        folder.load(x, days=days(3, followers=9))
        folder.publish()
        frame = dashboard.open(period="7 days").dataframe[0]
        table = frame.value.set_index("Business")
        change = folder.query(
            f"{WEEKS} SELECT 100 * (max(total) FILTER (week = 0) / max(total) FILTER (week = 1) - 1) FROM weeks"
        )
        assert table.loc["Aurora", "Impressions: change"] == pytest.approx(change)
        assert table.loc["Aurora", "Engagements: change"] == 0
        rates = [
            folder.query(
                "SELECT 100 * sum(engagements) / sum(impressions) FROM account_daily WHERE day BETWEEN ? AND ?", *span
            )
            for span in ((day_before(7), YESTERDAY), (day_before(14), day_before(8)))
        ]
        assert table.loc["Aurora", "Engagement rate: change"] == pytest.approx(rates[0] - rates[1])
        assert list(table.loc["Aurora", "Trend"]) == [60] * 7
        changes = [name for name in table if name.endswith(": change") and not name.startswith("Posts")]
        assert table.loc["Silent", changes].isna().all()
        assert table.loc["Silent", "Trend"] is None
        assert '"type": "line_chart"' in frame.proto.columns

    def test_days_that_are_not_known_are_no_zero_in_the_line(self, dashboard, folder):
        _, (account,) = folder.add_business("Gappy", Platform.LINKEDIN)
        folder.load(account, days=days(30, skip={day_before(4)}, impressions=5))
        folder.publish()
        table = dashboard.open(period="7 days").dataframe[0].value
        assert list(table["Trend"][0]) == [5] * 6
        assert table["Days"].tolist() == ["6 of 7 days"]

    def test_a_click_on_a_row_goes_to_its_page(self, monkeypatch):
        state = {"clicked": {"row": 1, "label": "Open"}}
        went = []
        monkeypatch.setattr(st, "session_state", state)
        monkeypatch.setattr(st, "switch_page", lambda page, query_params: went.append((page, query_params)))
        controls.open_business_page([7, 9], "clicked")
        controls.follow_opened()
        controls.follow_opened()
        assert (state["business"], went) == (9, [(controls.BUSINESS_PAGE, {})])

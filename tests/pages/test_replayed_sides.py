"""Coverage, catalog and comparison on real posts: every number is the one an independent query finds in the published copy."""

from datetime import timedelta

import pandas as pd
import pytest

from core.analytics.value_states import STATES, ValueState
from core.metrics import ACCOUNT_METRICS, CATALOG
from core.settings import PROJECT_ROOT, Settings
from core.ui import data
from tests.conftest import NOW
from tests.ui.conftest import Dashboard

pytestmark = pytest.mark.integration

INSIGHTS = PROJECT_ROOT / "pages" / "insights"
FIRST, LAST = NOW.date() - timedelta(days=90), NOW.date() - timedelta(days=1)
NUMBER = STATES.index(ValueState.NUMBER)


@pytest.fixture
def dashboard(replayed, use_folder):
    use_folder(Settings.read(data_dir=replayed))
    return Dashboard()


def open_page(dashboard, name, **parameters):
    at = dashboard.open(period="90 days", **parameters)
    at.switch_page(str(INSIGHTS / f"{name}.py")).run()
    assert not at.exception
    return at


def ask(sql, *parameters):
    return data.published().frame(sql, list(parameters))


def test_a_day_is_drawn_as_known_where_the_copy_has_a_number(dashboard):
    figures = dashboard.figures(open_page(dashboard, "coverage"))
    columns = ", ".join(f"count({metric}) AS {metric}" for metric in ACCOUNT_METRICS)
    counts = ask(f"SELECT {columns} FROM account_daily WHERE day BETWEEN ? AND ?", FIRST, LAST).iloc[0]
    assert counts.sum() > 0
    rows = [
        (label, states)
        for figure in figures
        for label, states in zip(figure["layout"]["yaxis"]["ticktext"], figure["data"][0]["z"], strict=True)
    ]
    for metric in ACCOUNT_METRICS:
        drawn = sum(states.count(NUMBER) for label, states in rows if label == CATALOG[metric].label)
        assert drawn == counts[metric]


def test_what_is_known_of_posts(dashboard):
    table = open_page(dashboard, "metrics").dataframe[2].value
    of_posts = table[table["Of"] == "Post, lifetime so far"].set_index(["Platform", "Metric"])
    for platform, name in (("facebook", "Facebook"), ("x", "X"), ("instagram", "Instagram"), ("linkedin", "LinkedIn")):
        sql = (
            "SELECT count(DISTINCT account_id) AS accounts, min(published_at)::DATE AS first_day FROM accounts"
            " JOIN posts USING (account_id) JOIN post_latest USING (account_id, post_id) WHERE platform = ? AND likes IS NOT NULL"
        )
        expected = ask(sql, platform).iloc[0]
        row = of_posts.loc[(name, "Reactions")]
        assert row["Accounts"] == expected["accounts"]
        assert pd.isna(row["Known from"]) == pd.isna(expected["first_day"])
        assert pd.isna(row["Known from"]) or row["Known from"] == expected["first_day"]


@pytest.mark.parametrize(("per", "suffix", "how"), [("As they are", "", "sum"), ("Per post", " per post", "avg")])
def test_the_posts_of_the_businesses_side_by_side(dashboard, per, suffix, how):
    at = open_page(dashboard, "compare", compare_per=per)
    table = at.dataframe[-1].value.set_index(["Number", "Name"])
    rows = ask(
        f"""
        SELECT b.name, count(*) AS posts, count(engagements) AS known, {how}(engagements) AS value,
            median(engagements / nullif(impressions, 0)) AS rate, count(engagements / nullif(impressions, 0)) AS rated
        FROM posts AS p JOIN accounts AS a USING (account_id) JOIN businesses AS b USING (business_id)
        LEFT JOIN post_latest AS l USING (account_id, post_id)
        WHERE timezone(b.timezone, timezone('UTC', p.published_at))::DATE BETWEEN ? AND ? GROUP BY ALL
        """,
        FIRST,
        LAST,
    ).set_index("name")
    compared = 0
    for name, expected in rows.iterrows():
        row = table.loc[(f"Engagements of the posts{suffix}", name)]
        assert (row["Posts"], row["Posts known"]) == (expected["posts"], expected["known"])
        if pd.isna(row["Why none"]):
            assert row["Value"] == pytest.approx(expected["value"])
            compared += 1
        else:
            assert pd.isna(row["Value"])
        rate = table.loc[("Median rate of the posts (%)", name)]
        if pd.isna(rate["Why none"]):
            assert rate["Value"] == pytest.approx(expected["rate"] * 100)
        else:
            assert pd.isna(rate["Value"])
    assert compared > 0

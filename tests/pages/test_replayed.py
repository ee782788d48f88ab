"""The pages on real posts: every number they show is the one an independent query finds in the published copy."""

from datetime import timedelta

import pandas as pd
import pytest

from core.metrics import Metric
from core.settings import PROJECT_ROOT, Settings
from core.ui import data, text
from tests.conftest import NOW
from tests.ui.conftest import Dashboard

pytestmark = pytest.mark.integration

INSIGHTS = PROJECT_ROOT / "pages" / "insights"
FIRST, TODAY = NOW.date() - timedelta(days=90), NOW.date()
NAMES = {"facebook": "Facebook", "x": "X", "instagram": "Instagram", "linkedin": "LinkedIn"}
FROM = """
    FROM posts AS p JOIN accounts AS a USING (account_id) JOIN businesses AS b USING (business_id)
    LEFT JOIN post_latest AS l USING (account_id, post_id)
    WHERE a.platform = ? AND timezone(b.timezone, timezone('UTC', p.published_at))::DATE >= ?
        AND timezone(b.timezone, timezone('UTC', p.published_at))::DATE < ?
"""
RATE = "CASE WHEN l.impressions > 0 THEN l.engagements / l.impressions END"


@pytest.fixture
def dashboard(replayed, use_folder):
    use_folder(Settings.read(data_dir=replayed))
    return Dashboard()


def ask(sql, platform):
    return data.published().frame(sql, [platform, FIRST, TODAY])


def open_page(dashboard, name, platform):
    at = dashboard.open(platform=NAMES[platform], period="90 days")
    at.switch_page(str(INSIGHTS / f"{name}.py")).run()
    assert not at.exception
    return at


@pytest.mark.parametrize("platform", NAMES)
def test_the_list_of_posts(dashboard, platform):
    at = open_page(dashboard, "posts", platform)
    expected = ask(f"SELECT l.*, p.text AS text, {RATE} AS rate {FROM} ORDER BY p.published_at DESC, post_id", platform)
    assert len(expected) > 0
    assert dashboard.metric(at, "Posts published").value == text.number(len(expected))
    for metric, label in (
        (Metric.IMPRESSIONS, "Impressions"),
        (Metric.ENGAGEMENTS, "Engagements"),
        (Metric.COMMENTS, "Comments"),
    ):
        total = expected[metric].sum() if expected[metric].notna().any() else None
        assert dashboard.metric(at, label).value == text.number(total)
    rate = expected["rate"].median() if expected["rate"].notna().any() else None
    assert dashboard.metric(at, "Median rate").value == text.percent(rate)
    shown = at.dataframe[0].value
    for column, metric in (("Reactions", "likes"), ("Shares", "shares"), ("Impressions", "impressions")):
        found, wanted = shown[column].astype("float64"), expected[metric].astype("float64")
        assert found.tolist() == pytest.approx(wanted.tolist(), nan_ok=True)
        assert found.isna().sum() == wanted.isna().sum()


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_every_post_against_the_median_of_its_account_and_kind(dashboard, platform):
    shown = open_page(dashboard, "posts", platform).dataframe[0].value
    wide = TODAY - timedelta(days=180)
    usual = data.published().frame(
        f"SELECT p.kind, median({RATE}) AS usual, count({RATE}) AS posts {FROM} GROUP BY p.kind",
        [platform, wide, TODAY],
    )
    posts = ask(f"SELECT p.kind, {RATE} AS rate {FROM} ORDER BY p.published_at DESC, post_id", platform)
    known = posts.merge(usual, on="kind", how="left")
    expected = (known["rate"] / known["usual"]).where(known["posts"] >= 5)
    assert shown["Against usual"].tolist() == pytest.approx(expected.tolist(), nan_ok=True)


def test_real_posts_without_impressions_have_no_rate_anywhere(dashboard):
    """The posts of this X account came without a single impression: nothing may be made of that."""
    shown = open_page(dashboard, "posts", "x").dataframe[0].value
    assert shown["Impressions"].isna().all()
    assert shown["Rate"].isna().all()
    assert shown["Against usual"].isna().all()
    assert any("No post of this account has a rate" in info.value for info in open_page(dashboard, "content", "x").info)


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_kinds_and_hours(dashboard, platform):
    at = open_page(dashboard, "content", platform)
    kinds = ask(
        f"SELECT p.kind, count(*) AS posts, median({RATE}) AS rate {FROM} GROUP BY p.kind ORDER BY posts DESC, kind",
        platform,
    )
    table = at.dataframe[0].value
    assert table["Posts"].tolist() == kinds["posts"].tolist()
    assert table["Median rate"].tolist() == pytest.approx((kinds["rate"] * 100).tolist(), nan_ok=True)
    local = "timezone(b.timezone, timezone('UTC', p.published_at))"
    hours = data.published().frame(
        f"SELECT extract('isodow' FROM {local})::INT AS weekday, extract('hour' FROM {local})::INT AS hour, count(*) AS posts,"
        f" median({RATE}) AS rate, count({RATE}) AS rated {FROM} GROUP BY ALL",
        [platform, TODAY - timedelta(days=180), TODAY],
    )
    mean = (
        data.published()
        .frame(f"SELECT avg({RATE}) AS mean {FROM}", [platform, TODAY - timedelta(days=180), TODAY])["mean"]
        .iloc[0]
    )
    few, told = dashboard.figures(at)[1]["data"]
    for cell in hours.itertuples():
        at_cell = told["z"][cell.hour][cell.weekday - 1]
        if cell.rated < 3:
            assert (at_cell, few["text"][cell.hour][cell.weekday - 1]) == (None, str(cell.posts))
        else:
            assert at_cell == pytest.approx((cell.rated * cell.rate + 3 * mean) / (cell.rated + 3))
            assert told["text"][cell.hour][cell.weekday - 1] == str(cell.posts)
    assert sum(value is not None for row in told["z"] for value in row) == (hours["rated"] >= 3).sum()


@pytest.mark.parametrize("platform", NAMES)
def test_a_post_s_own_page(dashboard, platform):
    newest = ask(
        f"SELECT p.account_id, post_id, l.likes, l.impressions {FROM} ORDER BY p.published_at DESC LIMIT 1", platform
    ).iloc[0]
    at = dashboard.open(str(INSIGHTS / "post.py"), account=str(newest["account_id"]), post=newest["post_id"])
    assert not at.exception
    assert dashboard.metric(at, "Reactions").value == text.exact(newest["likes"])
    impressions = None if pd.isna(newest["impressions"]) else newest["impressions"]
    assert dashboard.metric(at, "Impressions").value == text.exact(impressions)


def test_the_business_of_the_facebook_page(dashboard):
    name = (
        data.published()
        .frame("SELECT b.name FROM accounts AS a JOIN businesses AS b USING (business_id) WHERE platform = 'facebook'")
        .iloc[0, 0]
    )
    at = dashboard.open(business=name, period="90 days", platform="Facebook")
    at.switch_page(str(INSIGHTS / "business.py")).run()
    assert not at.exception
    level = (
        "SELECT max(day) AS day, arg_max(followers, day) AS followers FROM account_daily JOIN accounts USING (account_id)"
        " WHERE platform = 'facebook' AND followers IS NOT NULL AND day BETWEEN ? AND ?"
    )
    last = TODAY - timedelta(days=1)
    (newest,) = data.published().frame(level, [FIRST, last]).itertuples(index=False)
    assert dashboard.metric(at, "Followers").value == text.number(float(newest.followers))
    assert last - newest.day.date() > timedelta(days=3)  # too old to stand for the end of the period
    assert dashboard.metric(at, "Net new followers").value == text.MISSING
    posts = ask(f"SELECT count(*) AS posts {FROM}", "facebook")["posts"].iloc[0]
    assert dashboard.metric(at, "Posts published").value == text.number(float(posts))

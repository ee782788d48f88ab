"""Sides, hashtags, lengths, columns and counts of states on real data: every number is the one an independent count finds in the published copy."""

import re
from datetime import timedelta
from statistics import median

import pandas as pd
import pytest

from core.analytics.value_states import STATES as VALUE_STATES
from core.domain import Platform
from core.metrics import ACCOUNT_METRICS, CATALOG, POST_METRICS, Grain
from core.ui import coverage_text, facts, insight_text, text
from tests.pages.test_replayed_days import KNOWN_TO, LOCAL, TODAY, YESTERDAY, ask, dashboard, final_day, one, open_page

pytestmark = pytest.mark.integration

__all__ = ["dashboard"]

FIRST = KNOWN_TO - timedelta(days=29)
RANGE = {"period": "Custom range", "dates": [str(FIRST), str(KNOWN_TO)]}
OF_POSTS = """
    FROM posts AS p JOIN accounts AS a USING (account_id) JOIN businesses AS b USING (business_id)
    LEFT JOIN post_latest AS l USING (account_id, post_id)
"""
RATE = "l.engagements / nullif(l.impressions, 0)"
LENGTHS = {"1 to 80": 80, "81 to 160": 160, "161 to 280": 280, "281 to 600": 600, "over 600": 10**9}


def sides(at):
    """By number and business: the row of the table of what the numbers are made of."""
    return at.dataframe[-1].value.set_index(["Number", "Name"])


def names():
    frame = ask("SELECT a.platform, b.name FROM businesses AS b JOIN accounts AS a USING (business_id)")
    return dict(frame.itertuples(index=False, name=None))


def levels():
    level = "SELECT max(followers) FROM account_daily WHERE day = ?"
    return one(level, KNOWN_TO), one(level, FIRST - timedelta(days=1))


def posts_of_sides():
    return ask(
        f"""
        SELECT b.name, count(*) AS posts, count(impressions) AS impressions_known, sum(impressions) AS impressions,
            count(engagements) AS engagements_known, sum(engagements) AS engagements
        {OF_POSTS} WHERE {LOCAL} BETWEEN ? AND ? GROUP BY ALL
        """,
        FIRST,
        KNOWN_TO,
    ).set_index("name")


def test_accounts_side_by_side_as_they_are(dashboard):
    table, name = sides(open_page(dashboard, "compare", **RANGE)), names()
    end, start = levels()
    days = ask(
        """
        SELECT count(*) AS days, sum(impressions) AS impressions, sum(engagements) AS engagements, avg(reach) AS reach
        FROM account_daily JOIN accounts USING (account_id) WHERE platform = 'linkedin' AND day BETWEEN ? AND ?
            AND impressions IS NOT NULL AND engagements IS NOT NULL AND reach IS NOT NULL
        """,
        FIRST,
        min(KNOWN_TO, final_day(Platform.LINKEDIN)),
    ).iloc[0]
    assert days["days"] > 15
    of = {
        "facebook": {"Followers": end, "Net new followers": end - start},
        "linkedin": {
            "Impressions": days["impressions"],
            "Engagements": days["engagements"],
            "Average daily reach": days["reach"],
            "Engagement rate by impressions (%)": days["engagements"] / days["impressions"] * 100,
        },
    }
    for number in (*of["facebook"], *of["linkedin"]):
        for platform, business in name.items():
            row, expected = table.loc[(number, business)], of.get(platform, {}).get(number)
            if expected is None:
                assert pd.isna(row["Value"]), (number, business)
                assert row["Why none"], (number, business)
            else:
                assert row["Value"] == pytest.approx(float(expected)), number
    assert table.loc[("Impressions", name["linkedin"]), ["Days known", "Days compared"]].tolist() == [days["days"]] * 2
    for business, posts in posts_of_sides()["posts"].items():
        assert table.loc[("Posts published", business), "Value"] == posts


def test_accounts_side_by_side_per_thousand_followers(dashboard):
    table, name = sides(open_page(dashboard, "compare", compare_per="Per 1,000 followers", **RANGE)), names()
    end, start = levels()
    posts, per = posts_of_sides(), " per 1,000 followers"
    page = posts.loc[name["facebook"]]
    for number, expected in (
        (f"Net new followers{per}", (end - start) / end * 1000),
        (f"Posts published{per}", page["posts"] / end * 1000),
        (f"Impressions of the posts{per}", page["impressions"] / end * 1000),
        (f"Engagements of the posts{per}", page["engagements"] / end * 1000),
        ("Followers", end),  # a level is never divided
    ):
        assert table.loc[(number, name["facebook"]), "Value"] == pytest.approx(expected), number
        for platform in ("linkedin", "x", "instagram"):  # how many follow them is not known
            assert pd.isna(table.loc[(number, name[platform]), "Value"]), (number, platform)


@pytest.mark.parametrize(("per", "suffix"), [("As they are", ""), ("Per post", " per post")])
def test_posts_side_by_side(dashboard, per, suffix):
    table = sides(open_page(dashboard, "compare", compare_per=per, **RANGE))
    told = 0
    for business, posts in posts_of_sides().iterrows():
        for metric in ("impressions", "engagements"):
            row = table.loc[(f"{CATALOG[metric].label} of the posts{suffix}", business)]
            known, total = posts[f"{metric}_known"], posts[metric]
            assert (row["Posts"], row["Posts known"]) == (posts["posts"], known)
            if not known or known * 2 < posts["posts"]:
                assert pd.isna(row["Value"])
                assert row["Why none"]
                continue
            assert row["Value"] == pytest.approx(total / known if suffix else total)
            told += 1
    assert told >= 4
    assert any(number.startswith("Followers") for number, _ in table.index) == (per == "As they are")


class TestContent:
    """The Instagram account tags nearly every post."""

    @pytest.fixture
    def posts(self, dashboard):
        return ask(
            f"SELECT p.text, p.hashtags, {RATE} AS rate, isodow({LOCAL}) AS weekday,"
            f" hour(timezone(b.timezone, timezone('UTC', p.published_at))) AS hour, {LOCAL} AS day"
            f" {OF_POSTS} WHERE a.platform = 'instagram' AND {LOCAL} BETWEEN ? AND ?",
            TODAY - timedelta(days=180),
            YESTERDAY,
        )

    def test_kinds_hashtags_lengths_and_the_hours_alone(self, dashboard, posts):
        at = open_page(dashboard, "content", platform="Instagram", period="90 days")
        recent = posts[pd.to_datetime(posts["day"]).dt.date >= TODAY - timedelta(days=90)]
        kinds, hashtags, lengths = (frame.value for frame in at.dataframe[:3])
        assert kinds["Rated"].sum() == recent["rate"].notna().sum()
        self.check_hashtags(hashtags, recent)
        self.check_lengths(lengths, recent)
        figures = dashboard.figures(at)
        for figure, by, first in ((figures[2], "weekday", 1), (figures[3], "hour", 0)):
            groups = posts.groupby(by)["rate"]
            expected = [
                rates.median()
                if place in groups.groups and (rates := groups.get_group(place)).notna().sum() >= 3
                else None
                for place in range(first, first + len(figure["data"][0]["x"]))
            ]
            assert figure["data"][0]["y"] == pytest.approx(expected)

    def check_hashtags(self, shown, posts):
        told = posts[posts["text"].notna()]
        tagged = told["hashtags"].map(lambda tags: {tag.lower() for tag in tags})
        used = tagged.explode().value_counts()
        first = sorted(used.items(), key=lambda one: (-one[1], one[0]))[:12]
        assert list(zip(shown["Hashtag"], shown["Posts"], strict=True)) == [(f"#{tag}", posts) for tag, posts in first]
        for tag, row in zip((tag for tag, _ in first), shown.to_dict("records"), strict=True):
            having = tagged.map(lambda tags, tag=tag: tag in tags)
            with_it, without = (told.loc[which, "rate"].dropna() for which in (having, ~having))
            assert row["Rate with"] == pytest.approx(with_it.median() * 100, nan_ok=True)
            assert row["Rate without"] == pytest.approx(without.median() * 100, nan_ok=True)
            assert row["Posts without"] == len(without)
            lift = with_it.median() / without.median() if min(len(with_it), len(without)) >= 5 else float("nan")
            assert row["Lift"] == pytest.approx(lift, nan_ok=True)

    def check_lengths(self, shown, posts):
        told = posts[posts["text"].notna()]
        whole = told["rate"].median()
        seen = 0
        for row in shown.to_dict("records"):
            ends = list(LENGTHS.values())
            last = LENGTHS[row["Characters"]]
            after = ([0, *ends])[ends.index(last)]
            within = told[told["text"].str.len().between(after + (after > 0), last)]
            assert (row["Posts"], row["Rated"]) == (len(within), within["rate"].notna().sum())
            assert row["Median rate"] == pytest.approx(within["rate"].median() * 100)
            assert row["Against account"] == pytest.approx(median(within["rate"].dropna() / whole))
            seen += len(within)
        assert seen == len(told) > 50


@pytest.mark.parametrize("platform", list(Platform))
def test_every_column_of_the_posts(dashboard, platform):
    at = open_page(dashboard, "posts", platform=text.PLATFORMS[platform], period="90 days")
    expected = ask(
        f"SELECT l.*, {RATE} * 100 AS rate, timezone(b.timezone, timezone('UTC', p.published_at)) AS at, p.kind, p.permalink"
        f" {OF_POSTS} WHERE a.platform = ? AND {LOCAL} BETWEEN ? AND ? ORDER BY p.published_at DESC, post_id",
        platform.value,
        TODAY - timedelta(days=90),
        YESTERDAY,
    )
    shown = at.dataframe[0].value
    assert len(shown) == len(expected) > 0
    offered = [metric for metric in POST_METRICS if (Grain.POST_LIFETIME, metric) in facts.offers_of(platform)]
    assert [CATALOG[metric].label in shown for metric in POST_METRICS] == [metric in offered for metric in POST_METRICS]
    for name, column in (*((CATALOG[metric].label, metric.value) for metric in offered), ("Rate", "rate")):
        found = shown[name].astype("float64").tolist()
        assert found == pytest.approx(expected[column].astype("float64").tolist(), nan_ok=True), name
    assert shown["Published"].tolist() == expected["at"].tolist()
    assert shown["Link"].fillna("").tolist() == expected["permalink"].fillna("").tolist()
    known = int(expected["comments"].notna().sum())
    assert insight_text.of_posts(known, len(expected)) in dashboard.texts(at)


def test_the_counts_of_the_states(dashboard):
    at = open_page(dashboard, "coverage", period="90 days")
    said = " ".join(badge.value for badge in at.markdown)
    labels = {state: coverage_text.STATES[state] for state in VALUE_STATES}
    counts = {
        state.value: int(re.search(rf"{re.escape(label)} ([\d,]+)\]", said).group(1).replace(",", ""))
        for state, label in labels.items()
    }
    offered = {
        platform: {metric for grain, metric in facts.offers_of(platform) if grain is Grain.ACCOUNT_DAY}
        for platform in Platform
    }
    columns = " + ".join(f"count({metric})" for metric in ACCOUNT_METRICS)
    known = one(f"SELECT {columns} FROM account_daily WHERE day BETWEEN ? AND ?", TODAY - timedelta(days=90), YESTERDAY)
    assert sum(counts.values()) == len(Platform) * len(ACCOUNT_METRICS) * 90
    assert counts["number"] == known > 0
    assert counts["not_offered"] == 90 * sum(len(ACCOUNT_METRICS) - len(metrics) for metrics in offered.values())


def test_of_every_metric_since_when_and_of_how_many_accounts_it_is_known(dashboard):
    shown = open_page(dashboard, "metrics").dataframe[2].value.set_index(["Of", "Platform", "Metric"])
    sources = {
        "Account, per day": (ACCOUNT_METRICS, "account_daily", "day"),
        "Post, lifetime so far": (POST_METRICS, "posts JOIN post_latest USING (account_id, post_id)", "published_at"),
    }
    assert len(shown) == len(Platform) * (len(ACCOUNT_METRICS) + len(POST_METRICS))
    for grain, (metrics, source, at) in sources.items():
        for platform in Platform:
            for metric in metrics:
                accounts, first, last = ask(
                    f"SELECT count(DISTINCT account_id), min({at})::DATE, max({at})::DATE FROM accounts JOIN {source}"
                    f" USING (account_id) WHERE platform = ? AND {metric} IS NOT NULL",
                    platform.value,
                ).iloc[0]
                row = shown.loc[(grain, text.PLATFORMS[platform], CATALOG[metric].label)]
                assert (0 if pd.isna(row["Accounts"]) else row["Accounts"]) == accounts, (platform, metric)
                for name, day in (("Known from", first), ("Known to", last)):
                    assert pd.isna(row[name]) == pd.isna(day)
                    assert pd.isna(day) or pd.Timestamp(row[name]) == pd.Timestamp(day), (platform, metric, name)

"""The page of one business: its numbers are those of the published copy, and what they lack stands beside them."""

from datetime import timedelta

import pytest

from core.domain import Platform, Post, PostKind, PostSnapshot
from core.metrics import Grain, Metric
from core.settings import PROJECT_ROOT
from core.warehouse.events import MetricEvent, record_metric_event
from tests.conftest import NOW
from tests.ui.folder import TODAY, YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

BUSINESS = str(PROJECT_ROOT / "pages" / "insights" / "business.py")
AURORA = "Aurora Coffee"
FIRST = day_before(30)
OF_AURORA = "account_id IN (SELECT account_id FROM accounts JOIN businesses USING (business_id) WHERE businesses.name = 'Aurora Coffee')"


@pytest.fixture
def growing(folder):
    """A page that gains 10 a day, with as much reach as followers; beside it X, connected five days ago."""
    _, (linkedin, x) = folder.add_business(AURORA, Platform.LINKEDIN, Platform.X)
    rising = [
        day
        for back in range(70)
        for day in days(
            1,
            last=YESTERDAY - timedelta(days=back),
            followers=1000 - 10 * back,
            reach=500 - back,
            impressions=7,
            engagements=1,
        )
    ]
    kinds = [Post(f"p{n}", PostKind.TEXT, NOW - timedelta(days=n), text=f"Post {n}") for n in range(1, 13)]
    rates = [PostSnapshot(f"p{n}", impressions=100, engagements=n) for n in range(1, 13)]
    folder.load(linkedin, days=rising, posts=kinds, snapshots=rates)
    folder.load(x, days=days(5, followers=50))
    folder.publish()
    folder.beat()
    return folder


def open_business(dashboard, **parameters):
    at = dashboard.open(business=AURORA, **parameters)
    return at.switch_page(BUSINESS).run()


def test_without_a_business_it_asks_for_one(dashboard, filled):
    at = dashboard.open(BUSINESS)
    assert not at.exception
    assert ["looks at one business" in info.value for info in at.info] == [True]
    assert at.dataframe[0].value["Business"].tolist() == [AURORA, "Lumen Bikes"]


def test_account_numbers_are_those_of_the_published_copy(dashboard, filled):
    at = open_business(dashboard)
    assert not at.exception
    for metric, label in (("impressions", "Impressions"), ("engagements", "Engagements")):
        found = filled.query(
            f"SELECT sum({metric}) FROM account_daily WHERE {OF_AURORA} AND day BETWEEN ? AND ?", FIRST, YESTERDAY
        )
        shown = next(one for one in at.metric if one.label == label)
        assert shown.value in (f"{found:,.0f}", f"{found / 1000:.1f}K")
    texts = dashboard.texts(at)
    assert "25 Oct – 23 Nov 2026, compared with 25 Sep – 24 Oct 2026" in texts
    assert "X does not give impressions per day for an account." in texts
    assert "Impressions: without X, which gives none per day for an account." in texts


def test_net_followers_are_the_end_less_the_beginning(dashboard, growing):
    at = open_business(dashboard)
    net = dashboard.metric(at, "Net new followers")
    sql = f"SELECT max(followers) - min(followers) FROM account_daily WHERE {OF_AURORA} AND day IN (?, ?) AND followers > 50"
    assert growing.query(sql, day_before(31), YESTERDAY) == 300
    assert (net.value, net.delta) == ("+300", "0")
    assert any(text.startswith("1 of 2 accounts") for text in dashboard.texts(at))


def test_reach_is_the_average_day(dashboard, growing):
    average = growing.query("SELECT avg(reach) FROM account_daily WHERE day BETWEEN ? AND ?", FIRST, YESTERDAY)
    reach = dashboard.metric(open_business(dashboard), "Average daily reach")
    assert reach.value == f"{average:,.0f}"
    assert reach.delta.startswith("+30 ")


def test_each_platform_says_how_far_it_is_known(dashboard, growing):
    texts = dashboard.texts(open_business(dashboard))
    assert "**LinkedIn**" in texts
    assert "Mon 23 Nov" in texts
    assert "Tue 24 Nov" in texts  # X has no days: the day of the last look


def test_an_account_that_is_behind_says_so(dashboard, folder):
    _, (account,) = folder.add_business(AURORA, Platform.LINKEDIN)
    folder.load(account, days=days(60, last=day_before(5), impressions=1, engagements=0))
    folder.publish()
    assert "Thu 19 Nov · behind" in dashboard.texts(open_business(dashboard))


def test_best_and_worst_are_the_ends_of_one_order(dashboard, growing):
    at = open_business(dashboard)
    best, worst = (frame.value for frame in at.dataframe)
    assert best["Text"].tolist() == ["Post 12", "Post 11", "Post 10", "Post 9", "Post 8"]
    assert worst["Text"].tolist() == ["Post 3", "Post 4", "Post 5", "Post 6", "Post 7"]  # 1 and 2 are too young
    median = growing.query(
        "SELECT median(engagements / impressions) FROM post_latest JOIN posts USING (account_id, post_id) WHERE published_at < ?",
        TODAY,
    )
    assert best["Against usual"].iloc[0] == pytest.approx(0.12 / median)


def test_the_posts_of_the_period_are_kept_apart_from_the_days_of_the_accounts(dashboard, growing):
    at = open_business(dashboard)
    impressions = [one.value for one in at.metric if one.label == "Impressions"]
    assert impressions == ["210", "1,200"]
    texts = dashboard.texts(at)
    assert "Accounts, in the period: what their pages and profiles counted on its days" in texts
    assert "Posts published 25 Oct – 23 Nov 2026, with their numbers of the lifetime so far" in texts


def test_a_business_that_never_posted_says_so(dashboard, folder):
    _, (account,) = folder.add_business(AURORA, Platform.LINKEDIN)
    folder.load(account, days=days(60, impressions=1, engagements=0))
    folder.publish()
    at = open_business(dashboard)
    assert not at.exception
    assert "No post was published in this period." in dashboard.texts(at)


def test_nothing_published_yet(dashboard, folder):
    folder.add_business(AURORA, Platform.X)
    folder.beat()
    at = open_business(dashboard)
    assert not at.exception
    assert ["The first sync is on its way" in info.value for info in at.info] == [True]


def test_a_metric_that_was_retired_breaks_its_chart(dashboard, filled):
    record_metric_event(
        filled.warehouse,
        MetricEvent(Platform.LINKEDIN, Grain.ACCOUNT_DAY, Metric.IMPRESSIONS, "retired", day_before(4)),
    )
    record_metric_event(
        filled.warehouse,
        MetricEvent(Platform.LINKEDIN, Grain.POST_LIFETIME, Metric.ENGAGEMENTS, "retired", day_before(4)),
    )
    filled.publish()
    impressions, engagements, *_ = dashboard.figures(open_business(dashboard))
    assert [note["text"] for note in impressions["layout"]["annotations"]] == ["LinkedIn: no longer given"]
    assert "annotations" not in engagements["layout"]

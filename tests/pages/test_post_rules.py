"""The posts by the rule of their business: rates, engagements, curves and medians, each by a query or count of its own."""

from datetime import timedelta
from statistics import median

import pytest

from core.domain import Platform, Post, PostKind, PostSnapshot, RateBase
from core.settings import PROJECT_ROOT
from tests.conftest import NOW
from tests.ui.folder import day_before, days

pytestmark = pytest.mark.integration

POSTS, POST, CONTENT = (
    str(PROJECT_ROOT / "pages" / "insights" / f"{name}.py") for name in ("posts", "post", "content")
)


def load(folder, account, *, unknown_clicks=(), followers=()):
    listed = [Post(f"{account}-{n}", PostKind.TEXT, NOW - timedelta(days=n), text=f"Post {n}") for n in range(1, 9)]
    numbers = [
        PostSnapshot(
            one.post_id,
            impressions=1000,
            reach=None if n == 8 else 400 + 10 * n,
            engagements=10 * n,
            clicks=None if n in unknown_clicks else n,
        )
        for n, one in enumerate(listed, start=1)
    ]
    folder.load(account, days=followers, posts=listed, snapshots=numbers)


@pytest.fixture
def one(folder):
    """Followers of the days 1, 2 and 7 back (100, 200, 700), with which a post of day 6 is 1 day younger, one of day 3 is 4."""
    folder.business, (folder.account, *_) = folder.add_business("Aurora", Platform.LINKEDIN)
    known = [*days(1, last=day_before(7), followers=700), *days(1, last=day_before(2), followers=200)]
    load(folder, folder.account, unknown_clicks=(5,), followers=[*known, *days(1, followers=100)])
    folder.publish()
    folder.beat()
    return folder


def shown(at):
    table = at.dataframe[0].value.set_index("Text")
    return {int(text.split()[1]): rate for text, rate in table["Rate"].dropna().items()}


def test_by_reach_of_the_post(dashboard, one):
    one.change_business(one.business, rate_base=RateBase.REACH)
    at = dashboard.open(POSTS)
    assert not at.exception
    assert shown(at) == pytest.approx({n: 100 * 10 * n / (400 + 10 * n) for n in range(1, 8)})
    middle = one.query("SELECT median(engagements / reach) FROM post_latest")
    assert dashboard.metric(at, "Median rate").value == f"{middle * 100:.1f} %"
    assert "7 of 8 posts  \nBy reach" in dashboard.texts(at)
    assert '"label": "Rate by reach"' in at.dataframe[0].proto.columns


def test_by_the_followers_of_its_day_or_those_seen_shortly_before(dashboard, one):
    """Days 4 to 7 back have the 700 of day 7; of day 3 it is too old, and day 8 came before all that is known."""
    one.change_business(one.business, rate_base=RateBase.FOLLOWERS)
    at = dashboard.open(POSTS)
    of = {1: 100, 2: 200, 4: 700, 5: 700, 6: 700, 7: 700}
    assert shown(at) == pytest.approx({n: 100 * 10 * n / followers for n, followers in of.items()})
    assert "6 of 8 posts  \nBy followers" in dashboard.texts(at)


def test_followers_are_those_of_the_platform_s_own_day(dashboard, folder):
    """03:00 in UTC is still the day before on the Pacific coast, where Facebook cuts its days."""
    business, (account,) = folder.add_business("Aurora", Platform.FACEBOOK)
    folder.change_business(business, rate_base=RateBase.FOLLOWERS)
    early = Post("p", PostKind.TEXT, NOW.replace(hour=3) - timedelta(days=2), text="Post 1")
    levels = [*days(1, last=day_before(3), followers=50), *days(1, last=day_before(2), followers=100)]
    folder.load(account, days=levels, posts=[early], snapshots=[PostSnapshot("p", engagements=5)])
    folder.publish()
    assert shown(dashboard.open(POSTS)) == pytest.approx({1: 10})


def test_clicks_are_part_of_it_and_unknown_ones_leave_it_unknown(dashboard, one):
    one.change_business(one.business, counts_clicks=True)
    at = dashboard.open(POSTS)
    total = one.query("SELECT sum(engagements + clicks) FROM post_latest")
    assert dashboard.metric(at, "Engagements").value == f"{total:,.0f}" == "341"
    assert any(text.startswith("7 of 8 posts  \nWith the clicks") for text in dashboard.texts(at))
    assert shown(at) == pytest.approx({n: 1.1 * n for n in range(1, 9) if n != 5})
    assert at.dataframe[0].value.set_index("Text")["Engagements"].isna().sum() == 1


def test_a_platform_without_clicks_is_counted_without_them(dashboard, folder):
    business, (account,) = folder.add_business("Aurora", Platform.INSTAGRAM)
    folder.change_business(business, counts_clicks=True)
    load(folder, account, unknown_clicks=range(1, 9))
    folder.publish()
    assert dashboard.metric(dashboard.open(POSTS), "Engagements").value == "360"
    at = dashboard.open(POST, account=str(account), post=f"{account}-3")
    assert dashboard.metric(at, "Engagements").value == "30"
    assert any("Without clicks: Instagram gives none." in text for text in dashboard.texts(at))


class TestPost:
    @pytest.mark.parametrize(
        ("base", "rate", "said"),
        [
            (RateBase.IMPRESSIONS, "4.0 %", "By impressions"),
            (RateBase.REACH, "9.1 %", "By reach"),
            (RateBase.FOLLOWERS, "5.7 %", "By followers when it was published"),
        ],
    )
    def test_the_card_prints_the_base(self, dashboard, one, base, rate, said):
        one.change_business(one.business, rate_base=base)
        at = dashboard.open(POST, account=str(one.account), post=f"{one.account}-4")
        assert dashboard.metric(at, "Engagement rate").value == rate
        assert said in dashboard.texts(at)

    def test_unknown_followers_are_no_rate(self, dashboard, one):
        one.change_business(one.business, rate_base=RateBase.FOLLOWERS)
        at = dashboard.open(POST, account=str(one.account), post=f"{one.account}-3")
        assert dashboard.metric(at, "Engagement rate").value == "–"

    def test_the_usual_rate_is_of_the_same_base(self, dashboard, one):
        one.change_business(one.business, rate_base=RateBase.REACH, counts_clicks=True)
        at = dashboard.open(POST, account=str(one.account), post=f"{one.account}-4")
        usual = median(11 * n / (400 + 10 * n) for n in range(1, 8) if n != 5)
        assert any(f"the usual {usual * 100:.1f} % (6 posts)" in text for text in dashboard.texts(at))

    def test_engagements_and_their_curve_have_the_clicks(self, dashboard, one):
        one.change_business(one.business, counts_clicks=True)
        at = dashboard.open(POST, account=str(one.account), post=f"{one.account}-4", post_counter="Engagements")
        assert dashboard.metric(at, "Engagements").value == "44"
        assert dashboard.figures(at)[0]["data"][-1]["y"] == [44]
        assert any(text.endswith(", and the clicks") for text in dashboard.texts(at))

    def test_without_its_clicks_nothing_is_told(self, dashboard, one):
        one.change_business(one.business, counts_clicks=True)
        at = dashboard.open(POST, account=str(one.account), post=f"{one.account}-5", post_counter="Engagements")
        assert dashboard.metric(at, "Engagements").value == "–"
        assert any("the clicks are part of it, and they are not known" in text for text in dashboard.texts(at))
        assert dashboard.figures(at) == []


class TestContent:
    def test_medians_are_of_the_base(self, dashboard, one):
        one.change_business(one.business, rate_base=RateBase.REACH)
        at = dashboard.open(CONTENT)
        assert not at.exception
        table = next(frame for frame in at.dataframe if "Kind" in frame.value)
        assert table.value["Median rate"].tolist() == pytest.approx(
            [100 * one.query("SELECT median(engagements / reach) FROM post_latest")]
        )
        assert '"label": "Median rate by reach"' in table.proto.columns
        assert any("with a rate (by reach)" in text for text in dashboard.texts(at))

    def test_rates_of_different_rules_have_no_median(self, dashboard, one):
        other, (account,) = one.add_business("Lumen", Platform.LINKEDIN)
        one.change_business(other, rate_base=RateBase.REACH)
        load(one, account)
        one.publish()
        at = dashboard.open(CONTENT)
        assert not at.exception
        table = next(frame.value for frame in at.dataframe if "Kind" in frame.value)
        assert table["Median rate"].isna().all()
        assert table["Against account"].notna().all()
        assert table["Rated"].tolist() == [15]
        assert any("the businesses count differently" in text for text in dashboard.texts(at))
        posts = dashboard.open(POSTS)
        assert dashboard.metric(posts, "Median rate").value == "–"
        assert dashboard.metric(posts, "Engagements").value == "720"
        assert set(posts.dataframe[0].value["Rate is"]) == {"by impressions", "by reach"}
        one.change_business(other, counts_clicks=True)
        assert dashboard.metric(dashboard.open(POSTS), "Engagements").value == "–"

"""Brands side by side: every bar equals an independent query of the published copy, or says why there is none."""

from datetime import timedelta

import pytest

from core.domain import Platform, Post, PostKind, PostSnapshot
from core.settings import PROJECT_ROOT
from tests.conftest import NOW
from tests.ui.folder import YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

COMPARE = str(PROJECT_ROOT / "pages" / "insights" / "compare.py")
AURORA, BIKES = "Aurora Coffee", "Lumen Bikes"
OF_DAYS = "FROM account_daily JOIN accounts USING (account_id) WHERE business_id = ? AND day BETWEEN ? AND ?"
OF_POSTS = """
    FROM posts JOIN accounts USING (account_id) LEFT JOIN post_latest USING (account_id, post_id)
    WHERE business_id = ? AND published_at::DATE BETWEEN ? AND ?
"""


def open_page(dashboard, **parameters):
    at = dashboard.open(**parameters)
    at.switch_page(COMPARE).run()
    assert not at.exception
    return at


def numbers(at):
    """By number and name: the row of the table."""
    frame = at.dataframe[-1].value
    return {(row["Number"], row["Name"]): row for row in frame.to_dict("records")}


def bars(dashboard, at):
    """Per card: the words beside each bar."""
    return [
        dict(zip(figure["layout"]["yaxis"]["ticktext"], figure["data"][0]["text"], strict=True))
        for figure in dashboard.figures(at)
    ]


@pytest.fixture
def posted(filled):
    """Ten posts of either business; of Aurora's one is not known."""
    for account, name, impressions in ((filled.accounts[0], "a", 100), (filled.accounts[0] + 4, "b", 50)):
        posts = [Post(f"{name}{n}", PostKind.TEXT, NOW - timedelta(days=n), text="x") for n in range(3, 13)]
        snapshots = [
            PostSnapshot(post.post_id, impressions=impressions * n, engagements=n * n) for n, post in enumerate(posts)
        ]
        filled.load(account, posts=posts, snapshots=snapshots[1:] if name == "a" else snapshots)
    filled.publish()
    filled.named = ((filled.aurora, AURORA), (filled.bikes, BIKES))
    return filled


def test_sums_of_days(dashboard, filled):
    at = open_page(dashboard)
    found = numbers(at)
    for metric, label in (("impressions", "Impressions"), ("engagements", "Engagements")):
        for business, name in ((filled.aurora, AURORA), (filled.bikes, BIKES)):
            expected = filled.query(f"SELECT sum({metric}) {OF_DAYS}", business, day_before(30), YESTERDAY)
            shown = found[label, name]
            late = 2 if name == AURORA else 0
            assert shown["Days known"] == 30 - late  # Instagram's last two days are not final
            assert shown["Days compared"] == 28
            assert shown["Value"] == expected / 30 * 28
    assert found["Impressions", AURORA]["Accounts"] == "3 of 4"
    assert bars(dashboard, at)[2] == {AURORA: "22.4K · 3 of 4 accounts", BIKES: "14.0K"}
    assert "Counted on the 28 of 30 days that all of them know." in dashboard.texts(at)


def test_a_rate_and_levels(dashboard, filled):
    found = numbers(open_page(dashboard))
    assert found["Engagement rate by impressions (%)", BIKES]["Value"] == pytest.approx(4)
    last = filled.query(f"SELECT sum(followers) {OF_DAYS}", filled.aurora, YESTERDAY, YESTERDAY)
    assert found["Followers", AURORA]["Value"] == last == 10_000
    assert found["Net new followers", AURORA]["Value"] == 0


def test_reach_that_nobody_knows_is_no_zero(dashboard, filled):
    at = open_page(dashboard)
    row = numbers(at)["Average daily reach", BIKES]
    assert (row["Value"] != row["Value"], row["Why none"]) == (True, "0 of 30 days known")
    assert bars(dashboard, at)[3] == {AURORA: "0 of 30 days known", BIKES: "0 of 30 days known"}
    assert "No comparison: too few days are known." in dashboard.texts(at)


def test_per_thousand_followers_leaves_out_the_followers_of_accounts_without_the_number(dashboard, filled):
    """X has 2,000 followers and no impressions: they must not water the others down."""
    found = numbers(open_page(dashboard, compare_per="Per 1,000 followers"))
    label = "Impressions per 1,000 followers"
    assert found[label, AURORA]["Value"] == pytest.approx(22_400 / 8)
    assert found[label, BIKES]["Value"] == pytest.approx(14_000 / 5)
    assert found["Followers", AURORA]["Value"] == 10_000


def test_the_accounts_of_a_business(dashboard, filled):
    at = open_page(dashboard, business=AURORA)
    found = numbers(at)
    name = f"X · {AURORA} x"
    assert found["Impressions", name]["Why none"] == "not offered"
    assert found["Impressions", f"Facebook · {AURORA} facebook"]["Value"] == 300 * 28


def test_posts_in_their_lifetime(dashboard, posted):
    found = numbers(open_page(dashboard))
    window = (day_before(30), YESTERDAY)
    total, known = (f"SELECT count({what}) {OF_POSTS}" for what in ("*", "impressions"))
    counts = {
        name: (posted.query(known, id_, *window), posted.query(total, id_, *window)) for id_, name in posted.named
    }
    assert counts == {AURORA: (9, 22), BIKES: (10, 13)}
    for name, of in counts.items():
        row = found["Impressions of the posts", name]
        assert (row["Posts known"], row["Posts"]) == of
    assert found["Impressions of the posts", AURORA]["Why none"] == "9 of 22 posts known"
    expected = posted.query(f"SELECT sum(impressions) {OF_POSTS}", posted.bikes, *window)
    assert found["Impressions of the posts", BIKES]["Value"] == expected == 50 * 45
    rate = f"SELECT median(engagements / nullif(impressions, 0)) {OF_POSTS}"
    median = posted.query(rate, posted.bikes, *window)
    assert found["Median rate of the posts (%)", BIKES]["Value"] == pytest.approx(median * 100)


def test_per_post_is_the_mean_of_the_known_posts(dashboard, posted):
    at = open_page(dashboard, compare_per="Per post")
    found = numbers(at)
    mean = posted.query(f"SELECT avg(impressions) {OF_POSTS}", posted.bikes, day_before(30), YESTERDAY)
    assert found["Impressions of the posts per post", BIKES]["Value"] == mean == 225
    assert ("Impressions", BIKES) not in found
    assert any("not divided by posts" in words for words in dashboard.texts(at))


def test_a_business_with_a_hole_is_compared_on_the_days_that_both_know(dashboard, folder):
    hole = {day_before(ago) for ago in range(5, 9)}
    ids = []
    for name, skip in (("A", hole), ("B", ())):
        business, (account,) = folder.add_business(name, Platform.LINKEDIN)
        folder.load(account, days=days(30, skip=skip, impressions=10, engagements=1))
        ids.append(business)
    folder.publish()
    at = open_page(dashboard)
    found = numbers(at)
    assert [found["Impressions", name]["Value"] for name in "AB"] == [260, 260]
    both = f"SELECT sum(impressions) {OF_DAYS} AND day NOT BETWEEN ? AND ?"
    assert folder.query(both, ids[1], day_before(30), YESTERDAY, day_before(8), day_before(5)) == 260
    assert [found["Impressions", name]["Days known"] for name in "AB"] == [26, 30]


def test_a_business_connected_a_week_ago_is_not_compared(dashboard, folder):
    for name, count in (("New", 7), ("Old", 30)):
        _, (account,) = folder.add_business(name, Platform.LINKEDIN)
        folder.load(account, days=days(count, impressions=10, engagements=1))
    folder.publish()
    at = open_page(dashboard)
    assert bars(dashboard, at)[2] == {"New": "7 of 30 days known", "Old": "300"}
    assert "Counted on all 30 days." in dashboard.texts(at)


def test_those_that_are_chosen_stand_alone(dashboard, filled):
    found = numbers(open_page(dashboard, compare_sides=BIKES))
    assert {name for _, name in found} == {BIKES}
    assert found["Impressions", BIKES]["Days compared"] == 30


def test_no_more_than_eight_unless_chosen(dashboard, folder):
    for number in range(10):
        _, (account,) = folder.add_business(f"Brand {number}", Platform.X)
        folder.load(account, days=days(3, followers=number))
    folder.publish()
    assert list(bars(dashboard, open_page(dashboard))[0]) == [f"Brand {number}" for number in range(8)]


def test_names_are_no_markup(dashboard, folder):
    _, (account,) = folder.add_business("<a href='http://evil'>x</a>", Platform.X)
    folder.load(account, days=days(30, followers=5))
    folder.publish()
    assert "<a" not in str(dashboard.figures(open_page(dashboard)))


def test_nothing_connected(dashboard, folder):
    at = open_page(dashboard)
    assert ["No account is connected yet" in info.value for info in at.info] == [True]

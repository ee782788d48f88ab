"""The posts and each one's page: every number is the one an independent query finds, and what is missing says so."""

from datetime import timedelta

import pytest

from core.domain import Platform, Post, PostKind, PostSnapshot
from core.settings import PROJECT_ROOT
from tests.conftest import NOW
from tests.ui.folder import TODAY, day_before

pytestmark = pytest.mark.integration

POSTS = str(PROJECT_ROOT / "pages" / "insights" / "posts.py")
POST = str(PROJECT_ROOT / "pages" / "insights" / "post.py")
HOSTILE = "<script>alert(1)</script> ![](http://evil/x.png) :red[x] $$x$$ =cmd()"
FIRST = day_before(30)
IN_PERIOD = "p.published_at >= ? AND p.published_at < ?"
PERIOD = (FIRST, TODAY)


def post(number, ago_days, kind=PostKind.TEXT, *, text="hello", hour=12, **more):
    at = NOW.replace(hour=hour, minute=0) - timedelta(days=ago_days)
    return Post(f"p{number}", kind, at, text=text, **more)


def snapshot(number, **counters):
    return PostSnapshot(f"p{number}", **counters)


@pytest.fixture
def published(folder):
    """Two accounts: LinkedIn with text posts of rising rates and an image, X without any impressions."""
    _, (linkedin, x) = folder.add_business("Aurora", Platform.LINKEDIN, Platform.X)
    rated = [snapshot(n, impressions=1000, engagements=10 * n, likes=9 * n, comments=n, shares=0) for n in range(1, 7)]
    listed = [post(n, n, text=f"Number {n} #Launch", hashtags=("Launch",)) for n in range(1, 7)]
    image = post(7, 40, PostKind.IMAGE, permalink="https://linkedin.example/p7")
    folder.load(linkedin, posts=[*listed, image], snapshots=[*rated, snapshot(7, impressions=0, engagements=0)])
    folder.load(x, posts=[post(8, 2, text=HOSTILE), post(9, 3)], snapshots=[snapshot(8, likes=5, engagements=5)])
    folder.publish()
    folder.beat()
    folder.linkedin, folder.x = linkedin, x
    return folder


def table(at):
    return at.dataframe[0].value


class TestList:
    def test_sums_are_those_of_the_published_copy_and_say_what_they_cover(self, dashboard, published):
        at = dashboard.open(POSTS)
        assert not at.exception
        sql = f"FROM posts AS p LEFT JOIN post_latest AS l USING (account_id, post_id) WHERE {IN_PERIOD}"
        assert dashboard.metric(at, "Posts published").value == "8"
        assert published.query(f"SELECT count(*) {sql}", *PERIOD) == 8
        assert (
            dashboard.metric(at, "Impressions").value
            == f"{published.query(f'SELECT sum(impressions) {sql}', *PERIOD):,.0f}"
        )
        assert (
            dashboard.metric(at, "Engagements").value
            == f"{published.query(f'SELECT sum(engagements) {sql}', *PERIOD):,.0f}"
        )
        median = published.query(f"SELECT median(engagements / impressions) {sql} AND impressions > 0", *PERIOD)
        assert dashboard.metric(at, "Median rate").value == f"{median * 100:.1f} %" == "3.5 %"
        texts = dashboard.texts(at)
        assert texts.count("6 of 8 posts") == 2  # impressions and comments
        assert "6 of 8 posts  \nBy impressions" in texts
        assert "7 of 8 posts" in texts

    def test_a_post_stands_against_the_median_of_its_account_and_kind(self, dashboard, published):
        shown = table(dashboard.open(POSTS)).set_index("Text")["Against usual"]
        assert shown["Number 6 #Launch"] == pytest.approx(0.06 / 0.035)
        assert shown[HOSTILE] != shown[HOSTILE]  # no rate, no comparison

    def test_too_few_posts_are_no_measure(self, dashboard, folder):
        _, (account,) = folder.add_business("Small", Platform.LINKEDIN)
        listed = [post(n, n) for n in range(1, 5)]
        folder.load(account, posts=listed, snapshots=[snapshot(n, impressions=10, engagements=n) for n in range(1, 5)])
        folder.publish()
        shown = table(dashboard.open(POSTS))
        assert shown["Rate"].notna().all()
        assert shown["Against usual"].isna().all()

    def test_unknown_counters_stay_unknown(self, dashboard, published):
        shown = table(dashboard.open(POSTS, platform="X"))
        assert shown["Impressions"].isna().all()
        assert shown["Reactions"].tolist()[0] == 5
        assert "Reach" not in shown.columns  # X gives it for no post
        texts = dashboard.texts(dashboard.open(POSTS, platform="X"))
        assert "0 of 2 posts" in texts
        assert any("X gives no reach" in text for text in texts)

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({"posts_kind": "Image"}, None),
            ({"posts_kind": "Image", "period": "90 days"}, ["p7"]),
            ({"posts_search": "number 3"}, ["p3"]),
            ({"posts_search": "100%"}, None),
            ({"posts_hashtag": "launch", "posts_order": "Highest rate"}, ["p6", "p5", "p4", "p3", "p2", "p1"]),
            (
                {"posts_order": "Most engagements", "posts_kind": "Text"},
                ["p6", "p5", "p4", "p3", "p2", "p1", "p8", "p9"],
            ),
        ],
    )
    def test_filters_and_orders(self, dashboard, published, parameters, expected):
        at = dashboard.open(**parameters)
        at.switch_page(POSTS).run()
        assert not at.exception
        if expected is None:
            assert [info.value.split(":")[0] for info in at.info] == ["No post fits"]
        else:
            numbers = {f"Number {n} #Launch": f"p{n}" for n in range(1, 7)} | {HOSTILE: "p8"}
            found = [numbers.get(text) for text in table(at)["Text"]]
            assert [one or two for one, two in zip(found, expected, strict=True)] == expected

    def test_days_are_those_of_the_business(self, dashboard, folder):
        _, (account,) = folder.add_business("Tokyo", Platform.LINKEDIN, zone="Asia/Tokyo")
        folder.load(account, posts=[post(1, 31, hour=16), post(2, 31, hour=14)])
        folder.publish()
        shown = table(dashboard.open(POSTS, business="Tokyo"))
        assert [str(at) for at in shown["Published"]] == [f"{FIRST} 01:00:00"]

    def test_a_click_opens_the_posts_page(self, monkeypatch):
        import streamlit as st  # noqa: PLC0415

        from core.ui import post_tables  # noqa: PLC0415

        state = {"clicked": {"row": 1, "label": "Open"}}
        monkeypatch.setattr(st, "session_state", state)
        went = []
        monkeypatch.setattr(st, "switch_page", lambda _page, query_params: went.append(query_params))
        post_tables.opened_post([(1, "a"), (2, "b")], "clicked")
        post_tables.follow_opened()
        post_tables.follow_opened()
        assert went == [{"account": "2", "post": "b"}]


def test_a_long_text_is_cut_in_the_table_and_whole_on_its_page(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.LINKEDIN)
    long = "First line.\n\n" + "many words " * 40
    folder.load(account, posts=[post(1, 1, text=long)])
    folder.publish()
    (shown,) = table(dashboard.open(POSTS))["Text"]
    assert (len(shown), shown[:22], shown[-1]) == (95, "First line. many words", "…")
    at = dashboard.open(POST, account=str(account), post="p1")
    assert long.strip() in [element.value for element in at.text]


class TestPost:
    def test_every_counter_says_its_state(self, dashboard, published):
        at = dashboard.open(POST, account=str(published.linkedin), post="p6")
        assert not at.exception
        assert dashboard.metric(at, "Engagement rate").value == "6.0 %"
        assert dashboard.metric(at, "Shares").value == "0"
        assert dashboard.metric(at, "Saves").value == "–"
        texts = dashboard.texts(at)
        assert "Not offered by LinkedIn" in texts
        assert "Not known" in texts
        assert "From totalShareStatistics.impressionCount" in texts
        assert "1.7 × the usual 3.5 % (6 posts)" in texts

    def test_text_is_text(self, dashboard, published):
        at = dashboard.open(POST, account=str(published.x), post="p8")
        assert HOSTILE in [element.value for element in at.text]
        assert not any("evil" in element.value for element in at.markdown)

    @pytest.mark.parametrize(
        "parameters",
        [{}, {"account": "x", "post": "p1"}, {"account": "99", "post": "p1"}, {"account": "1", "post": "' OR 1=1"}],
    )
    def test_a_post_that_is_not_there_is_a_sentence(self, dashboard, published, parameters):
        at = dashboard.open(POST, **parameters)
        assert not at.exception
        assert ["There is no such post" in info.value for info in at.info] == [True]

    def test_the_curve_is_what_was_seen(self, dashboard, folder):
        _, (account,) = folder.add_business("Aurora", Platform.X)
        one = post(1, 2)
        for hours, seen in ((1, 10), (5, 40), (30, 40)):
            folder.load(
                account,
                posts=[one],
                snapshots=[snapshot(1, impressions=seen)],
                observed_at=one.published_at + timedelta(hours=hours),
            )
        folder.publish()
        at = dashboard.open(POST, account=str(account), post="p1")
        (figure,) = dashboard.figures(at)
        drawn = figure["data"][-1]
        assert (drawn["name"], drawn["x"], drawn["y"]) == ("This post", [1, 5, 30], [10, 40, 40])
        assert any("No typical curve yet" in text for text in dashboard.texts(at))

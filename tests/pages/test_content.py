"""Content and timing: shares, medians and lifts are those an independent count finds; too few posts say nothing."""

from datetime import datetime, timedelta
from statistics import mean, median
from zoneinfo import ZoneInfo

import pytest

from core.domain import Platform, Post, PostKind, PostSnapshot
from core.settings import PROJECT_ROOT
from tests.conftest import NOW

pytestmark = pytest.mark.integration

CONTENT = str(PROJECT_ROOT / "pages" / "insights" / "content.py")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def published(folder):
    """A LinkedIn page with two kinds, one hashtag on every third post, and posts without numbers or text."""
    _, (account,) = folder.add_business("Aurora", Platform.LINKEDIN, zone="Europe/Berlin")
    listed, numbers = [], []
    for n in range(24):
        kind = PostKind.IMAGE if n % 4 == 0 else PostKind.TEXT
        tags = ("Launch",) if n % 3 == 0 else ()
        text = None if n == 23 else ("long " * 40 if n % 2 else "short") + (" #Launch" if tags else "")
        listed.append(Post(f"p{n}", kind, NOW - timedelta(days=1 + n), text=text, hashtags=tags))
        if n != 22:
            numbers.append(PostSnapshot(f"p{n}", impressions=1000, engagements=10 + n))
    folder.load(account, posts=listed, snapshots=numbers)
    folder.publish()
    folder.beat()
    folder.rates = {n: (10 + n) / 1000 for n in range(24) if n != 22}
    return folder


def frames(at):
    return {str(frame.value.columns[0]): frame.value for frame in at.dataframe}


def test_kinds_are_shares_of_the_posts_whose_engagements_are_known(dashboard, published):
    at = dashboard.open(CONTENT)
    assert not at.exception
    of_engagements, of_posts = dashboard.figures(at)[0]["data"]
    assert of_posts["y"] == ["Text", "Image"]
    assert of_posts["x"] == pytest.approx([17 / 23, 6 / 23])
    image = published.query(
        "SELECT sum(engagements) FILTER (kind = 'image') / sum(engagements) FROM post_latest JOIN posts USING (account_id, post_id)"
    )
    assert of_engagements["x"][1] == pytest.approx(image)
    assert "Both shares are of 23 of 24 posts, those whose engagements are known." in dashboard.texts(at)
    table = frames(at)["Kind"].set_index("Kind")
    assert table.loc["Image", "Median rate"] == pytest.approx(100 * median(published.rates[n] for n in range(0, 24, 4)))
    assert table["Posts"].to_dict() == {"Text": 18, "Image": 6}
    assert table["Rated"].to_dict() == {"Text": 17, "Image": 6}


def test_a_hashtag_stands_beside_the_posts_without_it(dashboard, published):
    rates = published.rates
    row = frames(dashboard.open(CONTENT))["Hashtag"].iloc[0]
    with_it = median(rates[n] for n in range(0, 24, 3))
    without = median(rates[n] for n in rates if n % 3 and n != 23)  # what 23 said is not known
    assert (row["Hashtag"], row["Posts"], row["Posts without"]) == ("#launch", 8, 14)
    assert row["Rate with"] == pytest.approx(with_it * 100)
    assert row["Rate without"] == pytest.approx(without * 100)
    assert row["Lift"] == pytest.approx(with_it / without)


def test_a_lift_of_few_posts_is_not_told(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.LINKEDIN)
    listed = [
        Post(f"p{n}", PostKind.TEXT, NOW - timedelta(days=1 + n), text="x", hashtags=("a",) if n < 4 else ())
        for n in range(12)
    ]
    folder.load(
        account, posts=listed, snapshots=[PostSnapshot(f"p{n}", impressions=10, engagements=1) for n in range(12)]
    )
    folder.publish()
    row = frames(dashboard.open(CONTENT))["Hashtag"].iloc[0]
    assert row["Rate with"] == pytest.approx(10)
    assert row["Lift"] != row["Lift"]


def test_lengths_leave_out_unknown_texts(dashboard, published):
    table = frames(dashboard.open(CONTENT))["Characters"].set_index("Characters")
    assert table["Posts"].to_dict() == {"1 to 80": 12, "161 to 280": 11}
    assert table.loc["1 to 80", "Median rate"] == pytest.approx(
        100 * median(published.rates[n] for n in range(0, 22, 2))
    )


def test_accounts_of_other_rates_are_held_against_their_own(dashboard, folder):
    """One account posts images at 1 %, the other texts at 10 %: neither kind is better."""
    _, accounts = folder.add_business("Aurora", Platform.LINKEDIN, Platform.FACEBOOK)
    for account, kind, engagements in zip(accounts, (PostKind.IMAGE, PostKind.TEXT), (1, 10), strict=True):
        listed = [Post(f"{account}-{n}", kind, NOW - timedelta(days=1 + n)) for n in range(6)]
        numbers = [PostSnapshot(post.post_id, impressions=100, engagements=engagements) for post in listed]
        folder.load(account, posts=listed, snapshots=numbers)
    folder.publish()
    table = frames(dashboard.open(CONTENT))["Kind"].set_index("Kind")
    assert table["Median rate"].to_dict() == pytest.approx({"Image": 1, "Text": 10})
    assert table["Against account"].tolist() == [1, 1]


def test_the_grid_is_in_the_zone_of_the_business_over_a_change_of_the_clock(dashboard, folder):
    """14:00 in Berlin is 13:00 UTC in winter and 12:00 UTC in summer: one hour of the week."""
    _, (account,) = folder.add_business("Aurora", Platform.X, zone="Europe/Berlin")
    mondays = [datetime(2026, 11, 16, 14, 5, tzinfo=BERLIN) - timedelta(weeks=weeks) for weeks in range(8)]
    others = [datetime(2026, 11, 17, 9, tzinfo=BERLIN), datetime(2026, 11, 10, 9, tzinfo=BERLIN)]
    instants = [at.astimezone(ZoneInfo("UTC")) for at in (*mondays, *others)]
    assert {at.hour for at in instants[:8]} == {12, 13}
    listed = [Post(f"p{n}", PostKind.TEXT, at) for n, at in enumerate(instants)]
    rates = [0.01 * (n + 1) for n in range(10)]
    folder.load(
        account, posts=listed, snapshots=[PostSnapshot(f"p{n}", impressions=100, engagements=n + 1) for n in range(10)]
    )
    folder.publish()
    at = dashboard.open(CONTENT)
    few, told = dashboard.figures(at)[1]["data"]
    assert (told["text"][14][0], few["text"][9][1], few["text"][14][0]) == ("8", "2", "")
    assert told["z"][9][1] is None
    pulled = (8 * median(rates[:8]) + 3 * mean(rates)) / 11
    assert told["z"][14][0] == pytest.approx(pulled)
    assert "Best so far: **Mon 14:00** (4.5 %, 8 posts)" in dashboard.texts(at)
    assert any("Hours in Europe/Berlin" in text for text in dashboard.texts(at))


def test_without_an_hour_of_enough_posts_it_says_so(dashboard, published):
    texts = dashboard.texts(dashboard.open(CONTENT))
    assert any("24 posts published" in text and "23 of them with a rate" in text for text in texts)
    weekday = dashboard.figures(dashboard.open(CONTENT))[2]["data"][0]
    assert [one is not None for one in weekday["y"]] == [True] * 7


def test_nothing_posted_and_nothing_rated_are_sentences(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.X)
    folder.load(account, posts=[Post("old", PostKind.TEXT, NOW - timedelta(days=100))])
    folder.publish()
    at = dashboard.open(CONTENT)
    assert not at.exception
    assert [info.value.split(":")[0] for info in at.info] == [
        "No post was published in this period.",
        "No post of this account has a rate in these days",
    ]

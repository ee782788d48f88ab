"""Recorded accounts: the totals that must come out, cells left blank, instants moved, and files that are broken."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest

from core.domain import Platform
from core.errors import ConfigError
from core.sandbox.replay import load_replay

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NAMES = ("impressions", "reach", "likes", "comments", "shares", "saves", "clicks")
TOTALS = {
    ("facebook", "cosmetics"): (500, 14_792_974, 6_951_680, 88_795, 3_741, 13_524, None, 707_565),
    ("instagram", "datascience"): (119, 678_775, None, 20_680, 793, 1_114, 18_244, None),
    ("linkedin", "pro-efficient"): (8, 310, None, 8, 0, 0, None, 5),
    ("x", "BarackObama"): (3_207, None, None, 44_275_398, 1_674_570, 14_448_644, None, None),
}
POSTS = (
    "platform,account,post_id,published_at,kind,text,permalink,impressions,reach,likes,comments,shares,saves,clicks,"
    "video_views\n"
)
DAYS = "platform,account,day,followers,impressions,reach,clicks,likes,comments,shares\n"


@pytest.fixture
def recorded(replay_folder):
    return load_replay(replay_folder, NOW)


@pytest.fixture
def folder(tmp_path):
    """Writes a replay folder of these rows."""

    def write(posts="", days="", *, posts_header=POSTS, days_header=DAYS):
        (tmp_path / "posts.csv").write_text(posts_header + posts, encoding="utf-8")
        (tmp_path / "account_days.csv").write_text(days_header + days, encoding="utf-8")
        return tmp_path

    return write


def _row(platform="facebook", post_id="p1", published_at="2014-06-01T12:00:00Z", **cells):
    values = {"kind": "image", "text": "", "permalink": "", "impressions": "10", "likes": "1"} | cells
    columns = POSTS.strip().split(",")[4:]
    return ",".join([platform, "acme", post_id, published_at, *(values.get(column, "") for column in columns)]) + "\n"


def _only_account(world):
    return world.logins[0].accounts[0]


@pytest.mark.integration
def test_the_recorded_totals_come_out_with_blank_columns_as_none(recorded):
    totals = {}
    for login in recorded.logins:
        account = login.accounts[0]
        counters = [post.counters(NOW) for post in account.posts(NOW)]
        sums = []
        for name in NAMES:
            known = [value for seen in counters if (value := getattr(seen, name)) is not None]
            sums.append(sum(known) if known else None)
        totals[account.platform.value, account.name] = (len(counters), *sums)
    assert totals == TOTALS


@pytest.mark.integration
def test_each_account_is_moved_by_its_own_weeks_into_the_last_week(recorded, replay_folder):
    with (replay_folder / "posts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shifts = set()
    for login in recorded.logins:
        account = login.accounts[0]
        newest = account.posts(NOW)[-1].published_at
        original = max(
            datetime.fromisoformat(row["published_at"]) for row in rows if row["platform"] == account.platform.value
        )
        assert NOW - timedelta(days=7) < newest <= NOW
        assert (newest - original) % timedelta(days=7) == timedelta()
        shifts.add(newest - original)
    assert len(shifts) == 4


@pytest.mark.integration
def test_a_facebook_blank_like_leaves_the_key_out_and_a_blank_share_is_no_share(
    recorded, clock, new_browser, sign_in_at
):
    browser = new_browser(recorded, clock)
    token = sign_in_at(browser).meta_long("cosmetics")
    page = recorded.find_login("cosmetics").accounts[0]
    fields = "id,message,permalink_url,shares,reactions.limit(0).summary(total_count)"
    posts, after = [], ""
    while after is not None:
        path = f"/meta/v25.0/{page.external_id}/published_posts?limit=100&fields={fields}&after={after}"
        answer = browser.get(path, token=token).json()
        posts += answer["data"]
        after = answer["paging"]["cursors"]["after"] if "next" in answer["paging"] else None
    assert len({post["id"] for post in posts}) == 500
    assert sum("reactions" not in post for post in posts) == 1
    assert sum(post["reactions"]["summary"]["total_count"] for post in posts if "reactions" in post) == 88_795
    assert sum(post["shares"]["count"] for post in posts if "shares" in post) == 13_524
    assert not any("message" in post or "permalink_url" in post for post in posts)
    asked = "metric=page_follows,page_media_view&period=day&since=2026-11-01&until=2026-11-24"
    follows = browser.get(f"/meta/v25.0/{page.external_id}/insights?{asked}", token=token).json()["data"]
    assert [metric["name"] for metric in follows] == ["page_follows"]
    assert follows[0]["values"][-1]["value"] == 138_353


@pytest.mark.integration
def test_x_leaves_out_views_and_saves_and_serves_every_post(recorded, clock, new_browser, sign_in_at):
    browser = new_browser(recorded, clock)
    token = sign_in_at(browser).x("BarackObama").json()["access_token"]
    account = recorded.find_login("BarackObama").accounts[0]
    posts, cursor = [], ""
    while cursor is not None:
        path = f"/x/2/users/{account.external_id}/tweets?max_results=100&tweet.fields=public_metrics{cursor}"
        answer = browser.get(path, token=token).json()
        posts += answer["data"]
        following = answer["meta"].get("next_token")
        cursor = f"&pagination_token={following}" if following else None
    assert len(posts) == 3_207
    assert {key for post in posts for key in post["public_metrics"]} == {
        "retweet_count", "reply_count", "like_count", "quote_count",
    }  # fmt: skip
    assert sum(post["public_metrics"]["retweet_count"] for post in posts) == 14_448_644
    assert sum(post["public_metrics"]["quote_count"] for post in posts) == 0
    private = browser.get(f"/x/2/tweets?ids={posts[0]['id']}&tweet.fields=non_public_metrics", token=token).json()
    assert set(private) == {"data"}
    assert "non_public_metrics" not in private["data"][0]


@pytest.mark.integration
def test_linkedin_leaves_out_reach_and_omits_no_post(recorded, clock, new_browser, sign_in_at, encoded):
    browser = new_browser(recorded, clock)
    token = sign_in_at(browser).linkedin("pro-efficient").json()["access_token"]
    account = recorded.find_login("pro-efficient").accounts[0]
    urn = encoded(f"urn:li:organization:{account.external_id}")
    headers = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}

    def ask(path):
        return browser.get(f"/linkedin/rest{path}", token=token, headers=headers).json()

    ids = [post["id"] for post in ask(f"/posts?q=author&author={urn}&count=100")["elements"]]
    shares = ",".join(encoded(post_id) for post_id in ids)
    path = f"/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={urn}"
    elements = [each["totalShareStatistics"] for each in ask(f"{path}&shares=List({shares})")["elements"]]
    assert len(elements) == 8
    assert sum(each["impressionCount"] for each in elements) == 310
    assert not any("uniqueImpressionsCount" in each for each in elements)
    assert ask(f"/networkSizes/{urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER") == {}


@pytest.mark.integration
def test_instagram_leaves_out_reach_and_is_reached_through_a_page(recorded, clock, new_browser, sign_in_at):
    browser = new_browser(recorded, clock)
    token = sign_in_at(browser).meta_long("datascience")
    page = browser.get("/meta/v25.0/me/accounts?fields=access_token,instagram_business_account", token=token)
    own_token = page.json()["data"][0]["access_token"]
    instagram_id = page.json()["data"][0]["instagram_business_account"]["id"]
    path = f"/meta/v25.0/{instagram_id}/media?fields=id,permalink,insights.metric(views,reach,saved)&limit=100"
    media = browser.get(path, token=own_token).json()["data"]
    assert len(media) == 100
    assert not any("permalink" in post for post in media)
    assert {metric["name"] for post in media for metric in post["insights"]["data"]} == {"views", "saved"}
    days = f"/meta/v25.0/{instagram_id}/insights?metric=views&period=day&metric_type=total_value"
    assert browser.get(days, token=own_token).json()["data"] == []
    world = browser.get("/_sandbox/world").json()["logins"]
    assert [account["platform"] for login in world for account in login["accounts"]] == [
        "facebook", "instagram", "linkedin", "x",
    ]  # fmt: skip


@pytest.mark.unit
def test_a_blank_cell_stays_none_and_a_zero_stays_zero(folder):
    account = _only_account(load_replay(folder(_row(impressions="", likes="0")), NOW))
    counters = account.posts(NOW)[0].counters(NOW)
    assert (counters.impressions, counters.likes, counters.saves) == (None, 0, None)


@pytest.mark.unit
def test_days_move_with_their_account_and_followers_are_the_last_known(folder):
    days = "facebook,acme,2014-05-31,7,,,,,,\nfacebook,acme,2014-06-01,,,,,,,\n"
    account = _only_account(load_replay(folder(_row(), days), NOW))
    published = account.posts(NOW)[0].published_at.date()
    assert account.followers(NOW) == 7
    served = account.days(published - timedelta(days=9), published, NOW)
    assert [(day.day, day.followers) for day in served] == [(published - timedelta(days=1), 7), (published, None)]


@pytest.mark.unit
def test_linkedin_likes_may_fall_below_zero_and_others_may_not(folder):
    account = _only_account(load_replay(folder(_row("linkedin", likes="-1")), NOW))
    assert account.posts(NOW)[0].counters(NOW).likes == -1
    assert account.posts(NOW)[0].post_id.startswith("urn:li:share:")
    with pytest.raises(ConfigError, match="row 2: likes is -1, below zero"):
        load_replay(folder(_row(likes="-1")), NOW)


@pytest.mark.unit
def test_accounts_of_one_name_have_logins_of_their_own(folder):
    world = load_replay(folder(_row() + _row("x", "123")), NOW)
    assert [login.name for login in world.logins] == ["acme (facebook)", "acme (x)"]
    assert world.logins[1].accounts[0].platform is Platform.X


@pytest.mark.unit
@pytest.mark.parametrize(
    ("posts", "sentence"),
    [
        (_row() + _row(post_id="p2", likes="abc"), "posts.csv row 3: likes is 'abc', not a whole number; correct the"),
        (_row(likes="1.0"), "row 2: likes is '1.0', not a whole number"),
        (_row(likes="9" * 19), "likes is 9999999999999999999, too large"),
        (_row("myspace"), "row 2: platform is 'myspace', not one of linkedin, x, facebook, instagram"),
        (_row(kind="poem"), "row 2: kind is 'poem', not one of text"),
        (_row(published_at="yesterday"), "row 2: published_at is 'yesterday', not an instant"),
        (_row(published_at="2014-06-01T12:00:00"), "row 2: published_at is '2014-06-01T12:00:00', not an instant"),
        (_row(post_id=""), "row 2: post_id is empty"),
        (_row("x", "tweet-1"), "row 2: post_id is 'tweet-1'"),
        (_row() + _row(), "row 3: post_id 'p1' is already in row 2"),
        (_row().rstrip() + ",1\n", "row 2: 16 cells under 15 columns"),
        (_row().replace("image", '"image'), "posts.csv is not well-formed CSV"),
        ("", "posts.csv and account_days.csv are empty"),
    ],
)
def test_a_broken_post_row_is_named(folder, posts, sentence):
    with pytest.raises(ConfigError) as caught:
        load_replay(folder(posts), NOW)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ("facebook,acme,2014-13-01,7,,,,,,\n", "account_days.csv row 2: day is '2014-13-01', not a date"),
        ("facebook,acme,2014-01-01,many,,,,,,\n", "account_days.csv row 2: followers is 'many', not a whole number"),
        ("facebook,acme,2014-01-01,7,,,,,,\n" * 2, "row 3: day 2014-01-01 of acme is already in row 2"),
    ],
)
def test_a_broken_day_row_is_named(folder, days, sentence):
    with pytest.raises(ConfigError) as caught:
        load_replay(folder(_row(), days), NOW)
    assert sentence in str(caught.value)


@pytest.mark.unit
def test_a_missing_file_column_or_encoding_is_named(folder, tmp_path):
    with pytest.raises(ConfigError, match=r"posts\.csv cannot be read"):
        load_replay(tmp_path / "nowhere", NOW)
    with pytest.raises(ConfigError, match=r"posts\.csv row 1: the column likes is missing"):
        load_replay(folder(posts_header=POSTS.replace("likes,", "")), NOW)
    folder(_row())
    (tmp_path / "posts.csv").write_bytes(POSTS.encode() + b"\xff\n")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_replay(tmp_path, NOW)


@pytest.mark.unit
def test_an_account_may_have_days_alone(folder):
    world = load_replay(folder("", "facebook,acme,2014-01-01,7,,,,,,\n"), NOW)
    assert _only_account(world).posts(NOW) == ()
    assert len(_only_account(world).days(date(2026, 11, 17), NOW.date(), NOW)) == 1

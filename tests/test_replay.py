"""Real posts through the platforms' dialects: the published warehouse holds exactly the totals of the data's own README."""

import duckdb
import pytest

pytestmark = pytest.mark.integration

# posts, impressions, reach, likes, comments, shares, saves, clicks; None where every cell of the source is empty
TOTALS = {
    ("facebook", "cosmetics"): (500, 14_792_974, 6_951_680, 88_795, 3_741, 13_524, None, 707_565),
    ("instagram", "datascience"): (119, 678_775, None, 20_680, 793, 1_114, 18_244, None),
    ("linkedin", "pro-efficient"): (8, 310, None, 8, 0, 0, None, 5),
    ("x", "BarackObama"): (3_207, None, None, 44_275_398, 1_674_570, 14_448_644, None, None),
}


@pytest.fixture(scope="module")
def published(replayed):
    with duckdb.connect(str((replayed / "published" / "warehouse.duckdb").resolve()), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("account", TOTALS)
def test_the_totals_of_an_account_are_those_of_its_source(published, account):
    sums = ", ".join(
        f"sum(l.{counter})" for counter in ["impressions", "reach", "likes", "comments", "shares", "saves", "clicks"]
    )
    found = published.execute(
        f"SELECT count(*), {sums} FROM posts JOIN accounts AS a USING (account_id) "
        "LEFT JOIN post_latest AS l USING (account_id, post_id) WHERE (a.platform, a.name) = (?, ?)",
        list(account),
    ).fetchone()
    assert found == TOTALS[account]


def test_blank_cells_are_unknown_and_blank_shares_are_none(published):
    unknown_likes, zero_shares = published.execute(
        "SELECT count(*) FILTER (l.likes IS NULL), count(*) FILTER (l.shares IS NULL) FROM post_latest AS l "
        "JOIN accounts AS a USING (account_id) WHERE a.platform = 'facebook'"
    ).fetchone()
    assert (unknown_likes, zero_shares) == (1, 0)


def test_each_accounts_newest_post_lies_in_the_week_before_now(published):
    ages = published.execute(
        "SELECT date_diff('second', max(published_at), TIMESTAMP '2026-11-24 09:30:00') / 86400.0 FROM posts GROUP BY account_id"
    ).fetchall()
    assert len(ages) == 4
    assert all(0 <= float(age) <= 7 for (age,) in ages)


def test_account_days_come_along(published):
    days = dict(
        published.execute(
            "SELECT a.platform, count(*) FROM account_daily JOIN accounts AS a USING (account_id) "
            "WHERE impressions IS NOT NULL OR followers IS NOT NULL GROUP BY 1"
        ).fetchall()
    )
    assert days["linkedin"] == 30
    assert days["facebook"] > 80

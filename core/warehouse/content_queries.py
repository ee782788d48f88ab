"""What works for these accounts: which kinds, hashtags and lengths, and at which hour of which weekday? Medians of rates, grouped."""

import pandas as pd

from core.warehouse.connection import PublishedWarehouse
from core.warehouse.post_queries import SCOPED, PostFilter, parameters

LENGTHS = (80, 160, 280, 600)
"""Where one length of text ends and the next begins, in characters."""

_RATED = """
    account_usual AS (SELECT account_id, median(rate) AS account_rate FROM scoped GROUP BY account_id),
    rated AS (
        SELECT scoped.*, rate / nullif(account_rate, 0) AS against_account
        FROM scoped LEFT JOIN account_usual USING (account_id)
    )
"""
"""The posts with their rate against the median of their own account: what may be mixed where the accounts differ."""

_MEDIANS = "median(rate) AS rate, count(rate) AS rated, median(against_account) AS against_account"


def by_kind(published: PublishedWarehouse, wanted: PostFilter) -> pd.DataFrame:
    """kind, posts, counted (those of known engagements), engagements (theirs), and the medians; the most posts first."""
    return published.frame(
        f"""
        WITH {SCOPED}, {_RATED}
        SELECT kind, count(*) AS posts, count(engagements) AS counted, sum(engagements)::BIGINT AS engagements, {_MEDIANS}
        FROM rated GROUP BY kind ORDER BY posts DESC, kind
        """,  # noqa: S608  # ours
        parameters(wanted),
    )


def by_hashtag(published: PublishedWarehouse, wanted: PostFilter, limit: int) -> pd.DataFrame:
    """The most used hashtags: posts with them, medians with and without, the posts without being of the same accounts.

    A post without a known text is in neither: what it said is not known.
    """
    return published.frame(
        f"""
        WITH {SCOPED}, {_RATED},
        told AS MATERIALIZED (
            SELECT row_number() OVER () AS number, account_id, rate, against_account, hashtags FROM rated WHERE text IS NOT NULL
        ),
        tagged AS MATERIALIZED (SELECT DISTINCT number, account_id, lower(unnest(hashtags)) AS hashtag FROM told),
        most_used AS (
            SELECT hashtag, count(*) AS posts FROM tagged GROUP BY hashtag ORDER BY posts DESC, hashtag LIMIT {int(limit)}
        ),
        users AS (
            SELECT hashtag, account_id, list(number) AS numbers FROM tagged SEMI JOIN most_used USING (hashtag) GROUP BY ALL
        ),
        having_it AS (SELECT hashtag, unnest(numbers) AS number FROM users),
        beside AS (
            SELECT users.hashtag, rate, against_account, having_it.number IS NOT NULL AS has_it
            FROM users JOIN told USING (account_id)
            LEFT JOIN having_it ON having_it.number = told.number AND having_it.hashtag = users.hashtag
        ),
        halves AS MATERIALIZED (
            SELECT hashtag, has_it, count(*) AS posts, {_MEDIANS} FROM beside GROUP BY hashtag, has_it
        )
        SELECT hashtag, with_it.posts, with_it.rate AS rate_with, with_it.rated AS rated_with, without.rate AS rate_without,
            coalesce(without.rated, 0) AS rated_without,
            with_it.against_account / nullif(without.against_account, 0) AS lift
        FROM (FROM halves WHERE has_it) AS with_it LEFT JOIN (FROM halves WHERE NOT has_it) AS without USING (hashtag)
        ORDER BY with_it.posts DESC, hashtag
        """,  # noqa: S608  # ours, and a number
        parameters(wanted),
    )


def by_length(published: PublishedWarehouse, wanted: PostFilter) -> pd.DataFrame:
    """longest (the bucket's end in characters, NULL = longer than all), posts, medians; texts that are not known are left out."""
    cases = " ".join(f"WHEN len(text) <= {end} THEN {end}" for end in LENGTHS)
    return published.frame(
        f"""
        WITH {SCOPED}, {_RATED}
        SELECT CASE {cases} END AS longest, count(*) AS posts, {_MEDIANS}
        FROM rated WHERE text IS NOT NULL GROUP BY ALL ORDER BY longest NULLS LAST
        """,  # noqa: S608  # ours
        parameters(wanted),
    )


def by_hour(published: PublishedWarehouse, wanted: PostFilter) -> pd.DataFrame:
    """weekday (1 = Monday), hour, posts, rated, rate (median), mean: cells, then whole weekdays, hours, and all (NULL = every).

    The hour is the one of the business's wall clock.
    """
    return published.frame(
        f"""
        WITH {SCOPED},
        clocked AS (SELECT rate, published_at AT TIME ZONE 'UTC' AT TIME ZONE zone AS published_local FROM scoped)
        SELECT isodow(published_local) AS weekday, hour(published_local) AS hour, count(*) AS posts, count(rate) AS rated,
            median(rate) AS rate, avg(rate) AS mean
        FROM clocked GROUP BY GROUPING SETS ((weekday, hour), (weekday), (hour), ())
        ORDER BY weekday NULLS LAST, hour NULLS LAST
        """,  # noqa: S608  # ours
        parameters(wanted),
    )


def posts_by_account(published: PublishedWarehouse, wanted: PostFilter) -> pd.DataFrame:
    """account_id, posts: how many posts each account has published in its span."""
    return published.frame(
        """
        SELECT account_id, count(*) AS posts FROM posts JOIN (
            SELECT unnest($accounts::BIGINT[]) AS account_id, unnest($from_ats::TIMESTAMP[]) AS from_at,
                unnest($before_ats::TIMESTAMP[]) AS before_at
        ) AS asked USING (account_id)
        WHERE published_at >= from_at AND published_at < before_at GROUP BY account_id ORDER BY account_id
        """,
        {name: given for name, given in parameters(wanted).items() if name in ("accounts", "from_ats", "before_ats")},
    )

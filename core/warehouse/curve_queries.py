"""How did a post's numbers grow, and how do those of its account usually grow? One post, its snapshots, and medians by age."""

from collections.abc import Sequence

import pandas as pd

from core.metrics import POST_METRICS, Metric
from core.warehouse.connection import PublishedWarehouse
from core.warehouse.post_queries import AccountSpan, asked
from core.warehouse.post_rates import ASKED, ENGAGEMENTS, FOLLOWED, MEASURED_POSTS, RATE

AGES_H = (1, 2, 3, 6, 12, 24, 48, 72, 120, 168, 336, 720)
"""The ages, in hours, at which posts are laid side by side: finer than this they are not looked at for long."""

CURVE_DAYS = 180
"""The posts of how many days before make the typical curve."""

_ALL_LOOKS = """
    looks AS MATERIALIZED (
        SELECT observed_at AS look_at, min(covered_from) FILTER (data_set = 'posts') AS covered_from
        FROM observations WHERE account_id = $account AND data_set IN ('posts', 'post_metrics')
        GROUP BY observed_at HAVING bool_or(data_set = 'posts') AND bool_or(data_set = 'post_metrics')
    )
"""
"""When the account's posts were looked at with their numbers, and since which publication all of them."""


def one_post(published: PublishedWarehouse, span: AccountSpan, post_id: str) -> pd.DataFrame:
    """The post with its whole text, its newest counters, its rate and the followers of it; no row where there is none."""
    counters = ", ".join(f"l.{counter}" for counter in POST_METRICS if counter is not Metric.ENGAGEMENTS)
    return published.frame(
        f"""
        WITH {ASKED}, {FOLLOWED}
        SELECT p.*, p.published_at AT TIME ZONE 'UTC' AT TIME ZONE zone AS published_local, {counters},
            {ENGAGEMENTS} AS engagements, {RATE} AS rate, l.observed_at AS changed_at
        FROM {MEASURED_POSTS} WHERE p.post_id = $post
        """,  # noqa: S608  # ours
        asked((span,)) | {"post": post_id},
    )


def counter_sql(metric: Metric, *, adds_clicks: bool) -> str:
    """A counter of a snapshot; engagements with the clicks where these count, unknown where one of them is."""
    has_clicks = metric is Metric.ENGAGEMENTS and adds_clicks
    return f"({metric.value} + {Metric.CLICKS.value})" if has_clicks else metric.value


def snapshots(published: PublishedWarehouse, account_id: int, post_id: str, counter: str) -> pd.DataFrame:
    """What was seen of one counter (of counter_sql): age_h and value where it changed, and the last look at it, each once."""
    return published.frame(
        f"""
        WITH {_ALL_LOOKS}, post AS (SELECT published_at FROM posts WHERE account_id = $account AND post_id = $post),
        seen AS (
            SELECT observed_at, {counter} AS value FROM post_metrics
            WHERE account_id = $account AND post_id = $post AND {counter} IS NOT NULL
        ),
        last_look AS (
            SELECT max(look_at) AS observed_at, (SELECT arg_max(value, observed_at) FROM seen) AS value
            FROM looks, post WHERE covered_from <= published_at
        )
        SELECT date_diff('second', published_at, observed_at) / 3600 AS age_h, max(value) AS value
        FROM (FROM seen UNION ALL FROM last_look WHERE observed_at > (SELECT max(observed_at) FROM seen)), post
        GROUP BY ALL ORDER BY age_h
        """,  # noqa: S608  # a name of the Metric enum
        {"account": account_id, "post": post_id},
    )


def typical_curve(
    published: PublishedWarehouse, account_id: int, post_id: str, counter: str, kinds: Sequence[str]
) -> pd.DataFrame:
    """At each age: the median and the quartiles of the account's other posts of these kinds, and of how many.

    A post counts at an age where it was looked at by then, at half that age or later; its value is the last one seen.
    """
    ages = ", ".join(f"({age})" for age in AGES_H)
    return published.frame(
        f"""
        WITH {_ALL_LOOKS}, this AS (SELECT published_at FROM posts WHERE account_id = $account AND post_id = $post),
        others AS (
            SELECT p.post_id, p.published_at FROM posts AS p, this
            WHERE p.account_id = $account AND p.post_id <> $post AND list_contains($kinds::VARCHAR[], p.kind)
                AND p.published_at BETWEEN this.published_at - INTERVAL {CURVE_DAYS} DAY
                    AND this.published_at + INTERVAL {CURVE_DAYS} DAY
        ),
        moments AS (
            SELECT post_id, published_at, age_h, published_at + to_seconds(age_h * 3600) AS at_age,
                published_at + to_seconds(age_h * 1800) AS at_half
            FROM others, (VALUES {ages}) AS ages(age_h)
            WHERE published_at + to_seconds(age_h * 3600) <= (SELECT max(look_at) FROM looks)
        ),
        known AS (
            FROM moments SEMI JOIN looks
            ON look_at <= at_age AND look_at >= at_half AND covered_from <= published_at
        ),
        seen AS (
            SELECT post_id, observed_at, {counter} AS value FROM post_metrics
            WHERE account_id = $account AND {counter} IS NOT NULL
        ),
        reached AS (
            SELECT known.age_h, arg_max(seen.value, seen.observed_at) AS value
            FROM known JOIN seen ON known.post_id = seen.post_id AND known.at_age >= seen.observed_at
            GROUP BY known.post_id, known.age_h
        )
        SELECT age_h, median(value) AS usual, quantile_cont(value, 0.25) AS low, quantile_cont(value, 0.75) AS high,
            count(*) AS posts
        FROM reached GROUP BY age_h ORDER BY age_h
        """,  # noqa: S608  # a name of the Metric enum and numbers of ours
        {"account": account_id, "post": post_id, "kinds": list(kinds)},
    )

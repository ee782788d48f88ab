"""Which values does a scope have? Every one with its state, engagement by each business's rule, unknown as NULL."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from core.analytics.engagement import RATE_ABOVE, RATE_BELOW, with_rules
from core.analytics.members import Member
from core.analytics.periods import Period
from core.analytics.value_states import STATES, Calendar, ValueState, without_number
from core.errors import WarehouseError
from core.measuring import adds_clicks, events_of, spans_of, terms_of
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Grain, Metric
from core.ops.overview import ConnectedAccount
from core.warehouse import coverage, queries
from core.warehouse.connection import PublishedWarehouse, find_published
from core.warehouse.post_queries import PostFilter, PostOrder, post_sums, posts_in_order

RATE = "engagement_rate"

_WORDS = np.array([state.value for state in STATES], dtype=object)
_POST_COLUMNS = ["post_id", "kind", "text", "permalink", "published_at", "gone_at"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The values of these accounts in these days; `zone_of`: by account, the zone of its business."""

    accounts: tuple[ConnectedAccount, ...]
    period: Period
    zone_of: Mapping[int, str]
    now: datetime

    @property
    def ids(self) -> list[int]:
        return [account.id for account in self.accounts]


@contextmanager
def open_newest(link: Path) -> Iterator[PublishedWarehouse | None]:
    """The newest published copy, None where there is none; one that was removed meanwhile has a newer one in its place."""
    path = find_published(link)
    try:
        published = PublishedWarehouse(path) if path else None
    except WarehouseError:
        newer = find_published(link)
        if newer is None or newer == path:
            raise
        published = PublishedWarehouse(newer)
    try:
        yield published
    finally:
        if published is not None:
            published.close()


def state_of(metric: Metric) -> str:
    """The column that says of a metric's column which of its values are numbers, and what the others are."""
    return f"{metric.value}_state"


def account_days(published: PublishedWarehouse, wanted: Wanted) -> pd.DataFrame:
    """A row for each account and day of the period, whether anything is known of it or not."""
    days = queries.account_days(published, wanted.ids, wanted.period.first, wanted.period.last)
    counters = [metric.value for metric in ACCOUNT_METRICS]
    every = pd.DataFrame(product(wanted.ids, wanted.period), columns=["account_id", "day"])
    every["day"] = pd.to_datetime(every["day"]).astype(days["day"].dtype)
    rows = every.merge(days.astype(dict.fromkeys(counters, "float64")), on=["account_id", "day"], how="left")
    counted = with_rules(rows, _members(wanted.accounts))
    states = _day_states(published, wanted, counted)
    rate = counted[RATE_ABOVE] / counted[RATE_BELOW].where(counted[RATE_BELOW] > 0)
    numbers = counted[counters].astype("Int64")
    return _of_whom(wanted, counted["account_id"]).join([counted[["day"]], numbers, rate.rename(RATE), states])


def posts(published: PublishedWarehouse, wanted: Wanted, *, limit: int) -> pd.DataFrame:
    """The posts of the period, each on its day in the zone of its business, with their newest counters; the newest first."""
    rows = posts_in_order(published, _filter(wanted), PostOrder.NEWEST, limit)
    counters = [metric.value for metric in POST_METRICS]
    states = _post_states(published, wanted, rows)
    numbers, rate = rows[counters].astype("Int64"), rows["rate"].astype("float64").rename(RATE)
    return _of_whom(wanted, rows["account_id"]).join([rows[_POST_COLUMNS], numbers, rate, states])


def count_posts(published: PublishedWarehouse, wanted: Wanted) -> int:
    return int(post_sums(published, _filter(wanted))["posts"].iloc[0])


def _filter(wanted: Wanted) -> PostFilter:
    return PostFilter(spans_of(wanted.accounts, wanted.period, wanted.zone_of))


def _members(accounts: Sequence[ConnectedAccount]) -> list[Member]:
    return [
        Member(one.id, one.business_id, one.platform, rule=one.rule, adds_clicks=adds_clicks(one, Grain.ACCOUNT_DAY))
        for one in accounts
    ]


def _of_whom(wanted: Wanted, account_ids: "pd.Series[int]") -> pd.DataFrame:
    """The accounts of the rows, with business and platform."""
    business_of = {account.id: account.business_id for account in wanted.accounts}
    platform_of = {account.id: account.platform.value for account in wanted.accounts}
    return pd.DataFrame(
        {
            "account_id": account_ids,
            "business_id": account_ids.map(business_of).astype("int64"),
            "platform": account_ids.map(platform_of).astype("str"),
        }
    )


def _day_states(published: PublishedWarehouse, wanted: Wanted, counted: pd.DataFrame) -> pd.DataFrame:
    """By row and metric. Engagements that want their clicks are in the state of these."""
    happened = events_of(coverage.metric_events(published))
    terms = terms_of(wanted.accounts, Grain.ACCOUNT_DAY, happened, now=wanted.now)
    calendar = Calendar.build(counted, terms, account_ids=wanted.ids, metrics=ACCOUNT_METRICS, period=wanted.period)
    codes = calendar.codes.transpose(0, 2, 1).reshape(-1, len(ACCOUNT_METRICS))
    states = pd.DataFrame(_WORDS[codes], columns=[state_of(metric) for metric in ACCOUNT_METRICS])
    return _with_clicks_told(states, wanted, counted, Grain.ACCOUNT_DAY)


def _post_states(published: PublishedWarehouse, wanted: Wanted, rows: pd.DataFrame) -> pd.DataFrame:
    """By row and metric, on the terms of the day on which the post was published."""
    happened = events_of(coverage.metric_events(published))
    terms = terms_of(wanted.accounts, Grain.POST_LIFETIME, happened, now=wanted.now)
    days = rows["published_at"].to_numpy(dtype="datetime64[D]")
    states = pd.DataFrame(index=rows.index)
    for metric in POST_METRICS:
        words = pd.Series(ValueState.NUMBER.value, index=rows.index, dtype=object)
        for account_id in rows.loc[rows[metric.value].isna(), "account_id"].unique():
            of_account = ((rows["account_id"] == account_id) & rows[metric.value].isna()).to_numpy()
            words[of_account] = _WORDS[without_number(terms.get((account_id, metric)), days[of_account])]
        states[state_of(metric)] = words
    return _with_clicks_told(states, wanted, rows, Grain.POST_LIFETIME)


def _with_clicks_told(states: pd.DataFrame, wanted: Wanted, rows: pd.DataFrame, grain: Grain) -> pd.DataFrame:
    """Where clicks are part of the engagements and are not known, neither are these: for the reason the clicks are not."""
    adding = [account.id for account in wanted.accounts if adds_clicks(account, grain)]
    wants_clicks = (rows["account_id"].isin(adding) & rows[Metric.CLICKS.value].isna()).to_numpy()
    engagements, clicks = state_of(Metric.ENGAGEMENTS), state_of(Metric.CLICKS)
    return states.assign(**{engagements: states[engagements].where(~wants_clicks, states[clicks])})

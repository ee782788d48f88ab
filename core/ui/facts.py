"""What is known of the accounts in scope? Accounts, their frames and their freshness, ready for the analytics."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd

from core import measuring
from core.analytics.audience import LEVEL_MAY_BE_OLD
from core.analytics.freshness import DAYS_EVERY, Freshness, FreshnessState, Known, Rhythm, freshness, settled_day
from core.analytics.measured import KnownDays, Measured
from core.analytics.members import Member
from core.analytics.periods import Period
from core.domain import DataSet, Platform
from core.metrics import Grain, Metric
from core.ops.overview import ConnectedAccount
from core.ui import data, text
from core.ui.controls import Scope

DAILY = (Metric.IMPRESSIONS, Metric.ENGAGEMENTS)
"""The metrics per day that the overview shows; a platform that offers none of them has no days."""

adds_clicks, day_zone_of, offers_of = measuring.adds_clicks, measuring.day_zone_of, measuring.offers_of

_READINGS = ("account_id", "posts", "known_from", "known_to")


@dataclass(frozen=True, slots=True)
class CoversTo:
    """Up to which day the accounts in scope are covered, and how many of them are not covered so far."""

    day: date | None
    behind: int
    without_days: int
    never: int
    accounts: int


def accounts_in(scope: Scope) -> list[ConnectedAccount]:
    return [
        account
        for account in data.accounts()
        if account.platform in scope.platforms and scope.business_id in (None, account.business_id)
    ]


def measured(scope: Scope) -> Measured:
    return measured_of(accounts_in(scope), scope.period)


def measured_of(accounts: Sequence[ConnectedAccount], period: Period) -> Measured:
    """The frames of this period and the one before; today's followers come along, and the levels both periods began with."""
    ids, before = [account.id for account in accounts], period.before
    first, last = (min(period.first, before.first) if before else period.first), period.last
    return Measured.build(
        members=_members(accounts),
        days=_days(ids, first - timedelta(days=1 + LEVEL_MAY_BE_OLD), last + timedelta(days=1)),
        posts=_posts(accounts, first, last),
        posts_known=_posts_known(accounts),
        settled={platform: _settled(platform) for platform in Platform},
    )


def recent(scope: Scope, days: int) -> Measured:
    """The newest days of the accounts in scope, without their posts; so many for each, however late its platform is."""
    accounts = accounts_in(scope)
    settled = {platform: _settled(platform) for platform in Platform}
    first = min(settled.values()) - timedelta(days=days - 1)
    return Measured.build(
        members=_members(accounts),
        days=_days([account.id for account in accounts], first, scope.period.last),
        posts=pd.DataFrame({"account_id": [], "day": pd.to_datetime([])}),
        posts_known={},
        settled=settled,
    )


def freshness_of(accounts: Sequence[ConnectedAccount]) -> dict[int, Freshness]:
    """By account: up to which day it is covered, and whether that is as far as it should be."""
    if data.version() is None:
        return {account.id: Freshness(None, FreshnessState.NEVER) for account in accounts}
    days = _dates(data.newest_days(), "day")
    looks = data.last_looks()
    asked = set(looks.loc[looks["data_set"] == DataSet.ACCOUNT_DAYS, "account_id"])
    at_posts = looks[looks["data_set"] == DataSet.POST_METRICS].set_index("account_id")["observed_at"]
    at_all = looks.groupby("account_id")["observed_at"].max()
    now = data.now()
    known = {}
    for account in accounts:
        seen = at_posts if _lag_days(account.platform) is None else at_all  # without days, the numbers of posts count
        known[account.id] = Known(days.get(account.id), _aware(seen.get(account.id)), account.id in asked)
    return {account.id: freshness(known[account.id], _rhythm(account), now=now) for account in accounts}


def by_business(accounts: Sequence[ConnectedAccount], known: Mapping[int, Freshness]) -> dict[int, list[Freshness]]:
    """The freshness of the accounts of each business."""
    grouped: dict[int, list[Freshness]] = {}
    for account in accounts:
        grouped.setdefault(account.business_id, []).append(known[account.id])
    return grouped


def covers_to(accounts: Sequence[ConnectedAccount]) -> CoversTo:
    """The day to which everything is covered that is not behind."""
    known = list(freshness_of(accounts).values())
    states = Counter(one.state for one in known)
    behind, without_days, never = (
        states[state] for state in (FreshnessState.STALE, FreshnessState.NO_DAYS, FreshnessState.NEVER)
    )
    return CoversTo(covered_day(known), behind, without_days, never, len(known))


def covered_day(known: Sequence[Freshness]) -> date | None:
    """The oldest day that those reach which are not behind; where all are behind, the newest that any reaches."""
    fresh = [one.covers_to for one in known if one.state is FreshnessState.FRESH and one.covers_to]
    return min(fresh) if fresh else max((one.covers_to for one in known if one.covers_to), default=None)


def not_offered(accounts: Sequence[ConnectedAccount], metric: Metric) -> list[Platform]:
    """The platforms in scope that do not give this metric per day."""
    platforms = {account.platform for account in accounts}
    return [p for p in Platform if p in platforms and (Grain.ACCOUNT_DAY, metric) not in offers_of(p)]


def has_facebook(accounts: Sequence[ConnectedAccount]) -> bool:
    """Whether what Facebook counts in its own way is part of the numbers."""
    return any(account.platform is Platform.FACEBOOK for account in accounts)


def never_known(accounts: Sequence[ConnectedAccount]) -> dict[Metric, list[Platform]]:
    """The metrics per day that none of these platforms gives."""
    platforms = list(dict.fromkeys(account.platform for account in accounts))
    return {
        metric: platforms for metric in (*DAILY, Metric.REACH) if len(not_offered(accounts, metric)) == len(platforms)
    }


def _members(accounts: Sequence[ConnectedAccount]) -> tuple[Member, ...]:
    return tuple(
        Member(
            account.id,
            account.business_id,
            account.platform,
            account.interval,
            account.rule,
            adds_clicks(account, Grain.ACCOUNT_DAY),
        )
        for account in accounts
    )


def _lag_days(platform: Platform) -> int | None:
    """The longest lag of the shown metrics, None where the platform gives none of them per day."""
    offers = offers_of(platform)
    lags = [offers[key].lag_days for metric in DAILY if (key := (Grain.ACCOUNT_DAY, metric)) in offers]
    return max(lags, default=None)


def _settled(platform: Platform) -> date:
    return settled_day(data.now(), _lag_days(platform) or 0, day_zone_of(platform))


def _rhythm(account: ConnectedAccount) -> Rhythm:
    lag_days = _lag_days(account.platform)
    interval = account.interval if lag_days is None else max(account.interval, DAYS_EVERY)
    return Rhythm(lag_days, day_zone_of(account.platform), interval)


def _days(ids: Sequence[int], first: date, last: date) -> pd.DataFrame:
    """The counters as floats: DuckDB gives whole numbers with NA, and a rate needs NaN."""
    days = data.account_days(ids, first, last)
    return days[["account_id", "day"]].join(
        days[[Metric.FOLLOWERS, Metric.REACH, Metric.CLICKS, *DAILY]].astype("float64")
    )


def _posts(accounts: Sequence[ConnectedAccount], first: date, last: date) -> pd.DataFrame:
    """One row per post, on its day in the zone of its business."""
    margin = timedelta(days=1)  # no zone is further than that from UTC
    posts = data.post_times(
        [account.id for account in accounts],
        datetime.combine(first - margin, time()),
        datetime.combine(last + 2 * margin, time()),
    )
    zone_of = _zones(accounts)
    published_at = posts["published_at"].dt.tz_localize("UTC")
    day = pd.Series(pd.NaT, index=posts.index, dtype="datetime64[us]")
    for zone, rows in published_at.groupby(posts["account_id"].map(zone_of)):
        day.loc[rows.index] = rows.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    return posts.assign(day=day)


def _posts_known(accounts: Sequence[ConnectedAccount]) -> dict[int, KnownDays]:
    """By account: the days of its business that were read whole, which those of the first and the last reading were not."""
    most = {business.id: business.posts_per_sync or data.settings().posts_per_sync for business in data.businesses()}
    most_of = {account.id: most.get(account.business_id, data.settings().posts_per_sync) for account in accounts}
    frame, zone_of, a_day = data.posts_known([account.id for account in accounts]), _zones(accounts), timedelta(days=1)
    known = {}
    for id_, posts, from_at, to_at in zip(*(frame[name] for name in _READINGS), strict=True):
        # a sync reads the newest posts up to a limit; an account with fewer has been read to its first one
        is_cut = posts >= most_of[id_] and not pd.isna(from_at)
        first = _local_day(from_at, zone_of[id_]) + a_day if is_cut else None
        known[int(id_)] = KnownDays(first, _local_day(to_at, zone_of[id_]) - a_day)
    return known


def _zones(accounts: Sequence[ConnectedAccount]) -> dict[int, str]:
    """By account: the zone of its business."""
    zones = {business.id: business.timezone for business in data.businesses()}
    return {account.id: str(text.zone_info(zones.get(account.business_id, "UTC"))) for account in accounts}


def _dates(frame: pd.DataFrame, column: str) -> dict[int, date | None]:
    """By account: the day in this column."""
    days = pd.to_datetime(frame[column])
    return {
        int(account): None if pd.isna(day) else day.date()
        for account, day in zip(frame["account_id"], days, strict=True)
    }


def _local_day(instant: pd.Timestamp, zone: str) -> date:
    """The day in `zone` of a naive UTC instant."""
    return instant.to_pydatetime().replace(tzinfo=UTC).astimezone(text.zone_info(zone)).date()


def _aware(instant: pd.Timestamp | None) -> datetime | None:
    return None if instant is None else instant.to_pydatetime().replace(tzinfo=UTC)

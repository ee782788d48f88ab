"""On what terms is each account given its numbers, and how does its business count them? What pages and REST surface share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from core.analytics import value_states
from core.analytics.freshness import settled_day
from core.analytics.periods import Period
from core.analytics.value_states import Terms
from core.domain import Platform
from core.metrics import Grain, Metric, Offer, Offers
from core.ops.overview import ConnectedAccount
from core.warehouse.post_queries import AccountSpan

NOW_ONLY = frozenset((one, Metric.FOLLOWERS) for one in (Platform.LINKEDIN, Platform.X, Platform.INSTAGRAM))
"""The profile tells how many follow an account now; of days that are over these platforms give no such number."""

Events = Mapping[tuple[str, str, str], list[tuple[date, str]]]
"""By platform, grain and metric: what became of it, the oldest first."""


def offers_of(platform: Platform) -> Offers:
    from core import fetchers  # noqa: PLC0415  # the registry brings an HTTP client with it, so it comes when it is needed

    return fetchers.offers_of(platform)


def day_zone_of(platform: Platform) -> str:
    from core import fetchers  # noqa: PLC0415  # see offers_of

    return fetchers.day_zone_of(platform)


def adds_clicks(account: ConnectedAccount, grain: Grain) -> bool:
    """Whether its business counts clicks, and its platform offers them apart from its engagements."""
    offers = offers_of(account.platform)
    engagements = offers.get((grain, Metric.ENGAGEMENTS))
    has_them_in = engagements is not None and engagements.includes_clicks
    return account.rule.counts_clicks and (grain, Metric.CLICKS) in offers and not has_them_in


def events_of(frame: pd.DataFrame) -> dict[tuple[str, str, str], list[tuple[date, str]]]:
    """What the warehouse has on record of metrics, as `terms_of` reads it."""
    found: dict[tuple[str, str, str], list[tuple[date, str]]] = {}
    for platform, metric, grain, day, word in frame.itertuples(index=False):
        found.setdefault((platform, grain, metric), []).append((day.date(), word))
    return found


def terms_of(
    accounts: Iterable[ConnectedAccount], grain: Grain, happened: Events, *, now: datetime
) -> dict[tuple[int, Metric], Terms]:
    """On what terms each account is given each metric of a grain."""
    listed = list(accounts)
    by_platform = {one: _of_platform(one, grain, happened, now) for one in {account.platform for account in listed}}
    return {
        (account.id, metric): terms for account in listed for metric, terms in by_platform[account.platform].items()
    }


def spans_of(
    accounts: Sequence[ConnectedAccount], period: Period, zone_of: Mapping[int, str]
) -> tuple[AccountSpan, ...]:
    """The period of each account, from midnight to midnight in the zone of its business (`zone_of`: by account)."""
    day_after = period.last + timedelta(days=1)
    return tuple(
        AccountSpan(
            account.id,
            _midnight(period.first, zone_of[account.id]),
            _midnight(day_after, zone_of[account.id]),
            zone_of[account.id],
            account.rule.base,
            adds_clicks(account, Grain.POST_LIFETIME),
            day_zone_of(account.platform),
        )
        for account in accounts
    )


def _of_platform(platform: Platform, grain: Grain, happened: Events, now: datetime) -> dict[Metric, Terms]:
    return {
        metric: _of_offer(platform, metric, offer, happened.get((platform.value, grain.value, metric.value), []), now)
        for (offered, metric), offer in offers_of(platform).items()
        if offered is grain
    }


def _of_offer(
    platform: Platform, metric: Metric, offer: Offer, happened: list[tuple[date, str]], now: datetime
) -> Terms:
    return Terms(
        settled=settled_day(now, offer.lag_days, day_zone_of(platform)),
        first_day=offer.first_day,
        last_day=offer.last_day,
        retired=value_states.retired_spans(happened, lag_days=offer.lag_days),
        has_past=(platform, metric) not in NOW_ONLY,
    )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)

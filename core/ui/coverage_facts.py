"""What is known of the accounts' days, and what happened on the others? Calendar, terms, gaps and their stories, ready to be drawn."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd

from core import measuring
from core.analytics import gaps
from core.analytics.gaps import Asked, ExplainedGap, Failures, Gap, Reach
from core.analytics.value_states import Calendar, Terms, TermsOf
from core.metrics import ACCOUNT_METRICS, Grain, Metric
from core.ops import stories
from core.ops.overview import ConnectedAccount
from core.ops.stories import AccountPast, FailedSyncs
from core.ui import data, facts, text
from core.ui.controls import Scope
from core.warehouse import coverage

MOST_GAPS = 200

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The calendar of the accounts in scope, on which terms they are given numbers, and their gaps, the newest first."""

    calendar: Calendar
    terms: TermsOf
    pasts: Mapping[int, AccountPast]
    gaps: Sequence[Gap]


def read(scope: Scope, accounts: Sequence[ConnectedAccount]) -> Coverage:
    """All that is known of the accounts' days in the period."""
    ids = [account.id for account in accounts]
    terms = terms_of(accounts)
    days = data.account_days(ids, scope.period.first, scope.period.last)
    calendar = Calendar.build(days, terms, account_ids=ids, metrics=ACCOUNT_METRICS, period=scope.period)
    with data.operations().reading() as session:
        pasts = {past.account_id: past for past in stories.list_pasts(session, ids)}
    connected_on = {account.id: connected_day(account, pasts[account.id]) for account in accounts}
    return Coverage(calendar, terms, pasts, gaps.find_gaps(calendar, terms, connected_on))


def connected_day(account: ConnectedAccount, past: AccountPast) -> date:
    """The day of the connection as the account's platform cuts it."""
    return past.connected_at.astimezone(text.zone_info(facts.day_zone_of(account.platform))).date()


def terms_of(accounts: Sequence[ConnectedAccount]) -> dict[tuple[int, Metric], Terms]:
    """On what terms each account is given each metric per day."""
    return measuring.terms_of(accounts, Grain.ACCOUNT_DAY, events(), now=data.now())


def events() -> measuring.Events:
    """What became of each metric: day and word, the oldest first."""
    return {} if data.version() is None else measuring.events_of(data.ask(coverage.metric_events))


def explained(known: Coverage, accounts: Sequence[ConnectedAccount]) -> list[ExplainedGap]:
    """The newest gaps with their stories."""
    shown, by_id = list(known.gaps[:MOST_GAPS]), {account.id: account for account in accounts}
    if not shown:
        return []
    ends = [_noticed_by(gap, by_id[gap.account_id]) for gap in shown]
    asked = _asked(shown, ends)
    failed = _failed(shown, ends)
    reaches = {id_: _reach(by_id[id_], known.pasts[id_]) for id_ in {gap.account_id for gap in shown}}
    return [
        gaps.explain(gap, asked=when, failures=failures, reach=reaches[gap.account_id])
        for gap, when, failures in zip(shown, asked, failed, strict=True)
    ]


def _noticed_by(gap: Gap, account: ConnectedAccount) -> datetime:
    """The instant (UTC) by which the numbers of a gap's last day should have come."""
    offers = facts.offers_of(account.platform)
    lag_days = max(offers[Grain.ACCOUNT_DAY, metric].lag_days for metric in gap.metrics)
    return _midnight(gap.period.last + (2 + lag_days) * _A_DAY)


def _asked(shown: Sequence[Gap], ends: Sequence[datetime]) -> list[Asked]:
    frame = data.ask(
        coverage.asked_for,
        tuple(gap.account_id for gap in shown),
        tuple(gap.period.first for gap in shown),
        tuple(gap.period.last for gap in shown),
        tuple(end.replace(tzinfo=None) for end in ends),
    )
    return [
        Asked(None if pd.isna(at) else at.to_pydatetime().replace(tzinfo=UTC), bool(in_time))
        if gap.has_past
        else Asked()
        for gap, at, in_time in zip(shown, frame["last_at"], frame["in_time"], strict=True)
    ]


def _failed(shown: Sequence[Gap], ends: Sequence[datetime]) -> list[Failures | None]:
    """Per gap: the failures between its first day and the time by which its numbers should have come."""
    since = _midnight(min(gap.period.first for gap in shown))
    with data.operations().reading() as session:
        rows = stories.list_failed_syncs(session, sorted({gap.account_id for gap in shown}), since, max(ends))
    of_account: dict[int, list[FailedSyncs]] = {}
    for row in rows:
        of_account.setdefault(row.account_id, []).append(row)
    return [
        _within(of_account.get(gap.account_id, []), _midnight(gap.period.first), end)
        for gap, end in zip(shown, ends, strict=True)
    ]


def _within(rows: Sequence[FailedSyncs], first: datetime, end: datetime) -> Failures | None:
    """`rows` in the order of their time."""
    from_place = bisect_left(rows, first, key=lambda row: row.last_at)
    those = rows[from_place : bisect_right(rows, end, key=lambda row: row.last_at)]
    return Failures(sum(row.count for row in those), those[-1].last_at, those[-1].error) if those else None


def _reach(account: ConnectedAccount, past: AccountPast) -> Reach:
    today = data.now().astimezone(text.zone_info(facts.day_zone_of(account.platform))).date()
    newest = data.ask(coverage.newest_asked).set_index("account_id")["covered_to"].get(account.id)
    covered_to = today if newest is None or pd.isna(newest) else newest.date()
    return Reach(
        next_first=covered_to - (gaps.REREAD_DAYS - 1) * _A_DAY,
        filled_from=past.days_filled_from,
        is_filled=past.is_filled,
        target=today - data.settings().backfill_days * _A_DAY,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)

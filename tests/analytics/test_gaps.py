"""The gaps and their stories: where they begin and end, what happened, and what a sync can still bring."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from core.analytics import gaps
from core.analytics.gaps import Asked, Cause, Failures, Filling, Gap, Reach, explain, find_gaps
from core.analytics.periods import Period
from core.analytics.value_states import Calendar, Terms
from core.looking import REREAD_DAYS
from core.metrics import Metric

pytestmark = pytest.mark.unit

LAST = date(2026, 11, 23)
WEEK = Period.ending(LAST, days=7)
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
FOLLOWERS, IMPRESSIONS, REACH = Metric.FOLLOWERS, Metric.IMPRESSIONS, Metric.REACH
REACHES = Reach(next_first=LAST, filled_from=None, is_filled=True, target=LAST - timedelta(days=395))
NEVER = Asked()
FAILED = Failures(3, AT, "LinkedIn did not answer.")


def back(count):
    return LAST - timedelta(days=count)


def span(first, last):
    return Period(back(first), back(last))


def found(known, connected_on=None, *, now_only=()):
    """The gaps of account 1, by the days back on which each metric is known."""
    rows = [{"account_id": 1, "day": back(day), metric.value: 1} for metric, days in known.items() for day in days]
    columns = ["account_id", "day", *(metric.value for metric in known)]
    days = pd.DataFrame(rows, columns=columns).groupby(["account_id", "day"], as_index=False).max()
    days["day"] = pd.to_datetime(days["day"])
    terms = {(1, metric): Terms(LAST, has_past=metric not in now_only) for metric in known}
    calendar = Calendar.build(days, terms, account_ids=[1], metrics=list(known), period=WEEK)
    return find_gaps(calendar, terms, {1: connected_on} if connected_on else {})


def test_days_in_a_row_are_one_gap_newest_first():
    assert [gap.period for gap in found({IMPRESSIONS: [6, 3]})] == [span(2, 0), span(5, 4)]


def test_metrics_with_a_hole_on_the_same_days_share_it():
    assert [(gap.metrics, gap.period) for gap in found({IMPRESSIONS: [6, 5, 4], REACH: [6, 5, 4, 0]})] == [
        ((IMPRESSIONS,), span(3, 0)),
        ((REACH,), span(3, 1)),
    ]
    assert [gap.metrics for gap in found({IMPRESSIONS: [6], REACH: [6]})] == [(IMPRESSIONS, REACH)]


def test_a_gap_is_cut_at_the_connection():
    assert [(gap.period, gap.is_before) for gap in found({IMPRESSIONS: [0]}, back(3))] == [
        (span(3, 1), False),
        (span(6, 4), True),
    ]
    assert [gap.is_before for gap in found({IMPRESSIONS: []}, back(30))] == [False]
    assert [gap.is_before for gap in found({IMPRESSIONS: []}, LAST + timedelta(days=1))] == [True]


def test_what_a_platform_tells_of_now_only_is_kept_apart():
    assert [(gap.metrics, gap.has_past) for gap in found({FOLLOWERS: [], IMPRESSIONS: []}, now_only=[FOLLOWERS])] == [
        ((FOLLOWERS,), False),
        ((IMPRESSIONS,), True),
    ]


def story(period, *, is_before=False, has_past=True, asked=NEVER, failures=None, **reach):
    of = {name: getattr(REACHES, name) for name in ("next_first", "filled_from", "is_filled", "target")} | reach
    gap = Gap(1, (IMPRESSIONS,), period, is_before, has_past)
    one = explain(gap, asked=asked, failures=failures, reach=Reach(**of))
    return one.cause, one.filling


def test_what_happened():
    days = span(5, 4)
    assert story(days)[0] is Cause.NO_SYNC
    assert story(days, failures=FAILED)[0] is Cause.SYNCS_FAILED
    assert story(days, asked=Asked(AT))[0] is Cause.NOT_GIVEN
    assert story(days, asked=Asked(AT), failures=FAILED)[0] is Cause.SYNCS_FAILED
    assert story(days, asked=Asked(AT, in_time=True), failures=FAILED)[0] is Cause.NOT_GIVEN
    assert story(days, is_before=True, failures=FAILED)[0] is Cause.BEFORE_CONNECTION


def test_what_can_be_filled():
    days = span(5, 4)
    assert story(days)[1] is Filling.NOT_AGAIN
    assert story(days, next_first=back(5))[1] is Filling.NEXT_SYNC
    assert story(days, next_first=back(4))[1] is Filling.PARTLY
    assert story(days, next_first=back(4), has_past=False)[1] is Filling.NOW_ONLY
    assert story(days, asked=Asked(AT))[1] is Filling.ASKED_IN_VAIN
    assert story(days, target=back(3))[1] is Filling.TOO_OLD


def test_the_past_is_filled_piece_by_piece():
    days = span(5, 4)
    assert story(days, is_before=True, is_filled=False)[1] is Filling.HISTORY
    assert story(days, is_before=True, is_filled=False, filled_from=back(4))[1] is Filling.HISTORY
    assert story(days, is_before=True, is_filled=False, filled_from=back(5))[1] is Filling.ASKED_IN_VAIN
    assert story(days, is_before=True, is_filled=True)[1] is Filling.ASKED_IN_VAIN


def test_the_next_sync_asks_again_for_as_many_days_as_the_sync_does():
    assert gaps.REREAD_DAYS == REREAD_DAYS

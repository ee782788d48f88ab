"""Labels and formats: what a marketer reads."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.analytics.freshness import FreshnessState
from core.analytics.kpis import Change, DaysKnown, Measure
from core.analytics.periods import Period
from core.domain import Platform, Provider, RateBase, RunState, RunTrigger, StepState
from core.errors import Remedy
from core.ui import text

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (999, "999"),
        (1234, "1,234"),
        (9999, "9,999"),
        (12_345, "12.3K"),
        (999_940, "999.9K"),
        (999_960, "1.00M"),
        (1_234_567, "1.23M"),
        (-12_345, "-12.3K"),
    ],
)
def test_numbers(value, shown):
    assert text.number(value) == shown


def test_a_rate():
    assert (text.percent(0.0423), text.percent(0.0), text.percent(None)) == ("4.2 %", "0.0 %", "–")


@pytest.mark.parametrize(
    ("measure", "change", "shown"),
    [
        (Measure.IMPRESSIONS, Change(1234, 0.0561), "+1,234 (+5.6 %)"),
        (Measure.IMPRESSIONS, Change(-20, -1.0), "-20 (-100.0 %)"),
        (Measure.POSTS, Change(3, None), "+3"),
        (Measure.FOLLOWERS, Change(0, None), 0),
        (Measure.ENGAGEMENT_RATE, Change(0.0031, None), "+0.3 pp"),
        (Measure.ENGAGEMENT_RATE, Change(-0.0031, None), "-0.3 pp"),
        (Measure.ENGAGEMENT_RATE, Change(-0.00001, None), 0),
    ],
)
def test_changes(measure, change, shown):
    assert text.change(measure, change) == shown


def test_amounts_of_money():
    assert [text.usd(amount) for amount in (0, 0.004, 0.506, 5, 1234.5)] == [
        "$0.00", "under $0.01", "$0.51", "$5.00", "$1,234.50"
    ]  # fmt: skip
    assert text.literal("$1 of $2") == r"\$1 of \$2"


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        ({}, None),
        ({Measure.IMPRESSIONS: DaysKnown(30, 30), Measure.POSTS: DaysKnown(30, 30)}, "All"),
        ({Measure.IMPRESSIONS: DaysKnown(7, 30), Measure.ENGAGEMENTS: DaysKnown(7, 30)}, "7 of 30 days"),
        (
            {Measure.IMPRESSIONS: DaysKnown(7, 30), Measure.ENGAGEMENTS: DaysKnown(30, 30)},
            "impressions 7 of 30 days",
        ),
        ({Measure.IMPRESSIONS: DaysKnown(30, 30), Measure.POSTS: DaysKnown(9, 30)}, "posts 9 of 30 days"),
        (
            {m: DaysKnown(n, 30) for m, n in ((Measure.IMPRESSIONS, 7), (Measure.ENGAGEMENTS, 7), (Measure.POSTS, 9))},
            "7 of 30 days, posts 9 of 30 days",
        ),
    ],
)
def test_days_known(days, shown):
    assert text.days_known(days) == shown


def test_periods_and_days():
    assert text.period(Period(date(2026, 10, 24), date(2026, 11, 22))) == "24 Oct – 22 Nov 2026"
    assert text.period(Period(date(2025, 12, 31), date(2026, 1, 2))) == "31 Dec 2025 – 2 Jan 2026"
    assert text.day(date(2026, 11, 2)) == "Mon 2 Nov"


def test_clock_times_are_told_in_the_zone():
    at = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert text.clock_time(at, "UTC", now=NOW) == "23:30"
    assert text.clock_time(at, "Asia/Tokyo", now=NOW) == "08:30 on Wed 25 Nov"
    assert text.clock_time(at, "Nowhere/Nothing", now=NOW) == "23:30"
    assert text.naive_local(at, "Asia/Tokyo") == datetime(2026, 11, 25, 8, 30)  # noqa: DTZ001  # a wall clock


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "now"),
        (0, "now"),
        (40, "in 40 s"),
        (72, "in 1 min 12 s"),
        (720, "in 12 min"),
        (3600, "in 1 h"),
        (11_100, "in 3 h 5 min"),
    ],
)
def test_countdowns(seconds, shown):
    assert text.countdown(NOW + timedelta(seconds=seconds), now=NOW) == shown


def test_lists_and_counts():
    assert [text.listed(names) for names in (["A"], ["A", "B"], ["A", "B", "C"])] == ["A", "A and B", "A, B and C"]
    assert [text.count(n, "account") for n in (0, 1, 1200)] == ["0 accounts", "1 account", "1,200 accounts"]


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (Platform, text.PLATFORMS),
        (Measure, text.MEASURES),
        (RunState, text.RUN_STATES),
        (StepState, text.STEP_STATES),
        (RunTrigger, text.TRIGGERS),
        (FreshnessState, text.FRESHNESS),
    ],
)
def test_every_word_has_its_own_label(words, labels):
    assert set(labels) == set(words)
    assert len(set(labels.values())) == len(labels)


def test_every_state_has_a_colour():
    assert set(text.STATE_COLORS) == {*text.RUN_STATES.values(), *text.STEP_STATES.values()}


@pytest.mark.parametrize("remedy", Remedy)
def test_every_remedy_is_one_action(remedy):
    action = text.remedy(remedy, None, "UTC", now=NOW)
    assert action.endswith(".")
    assert action.count(".") == 1


def test_no_error_needs_no_action():
    assert text.remedy(None, None, "UTC", now=NOW) == ""


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=23), "23 days left"),
        (timedelta(days=23, seconds=1), "24 days left"),
        (timedelta(days=1, seconds=1), "2 days left"),
        (timedelta(days=1), "24 h left"),
        (timedelta(minutes=12), "12 min left"),
        (timedelta(0), "over"),
        (timedelta(days=-1), "over"),
    ],
)
def test_the_time_that_is_left(left, said):
    assert text.time_left(NOW + left, now=NOW) == said


def test_every_provider_and_rate_base_has_a_name():
    assert set(text.PROVIDERS) == set(Provider)
    assert set(text.RATE_BASES) == set(RateBase)

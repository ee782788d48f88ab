"""The five states: each day of a metric is a number, late, a gap, retired or not offered, and never two of them."""

from datetime import date, timedelta

import pandas as pd
import pytest

from core.analytics.periods import Period
from core.analytics.value_states import STATES, Calendar, Span, Terms, ValueState, retired_spans
from core.metrics import Metric

pytestmark = pytest.mark.unit

LAST = date(2026, 11, 23)
WEEK = Period.ending(LAST, days=7)
NUMBER, LATE, GAP, RETIRED, NOT_OFFERED = (state.value for state in STATES)
IMPRESSIONS, REACH = Metric.IMPRESSIONS, Metric.REACH


def back(count):
    return LAST - timedelta(days=count)


def frame(*rows):
    days = pd.DataFrame(rows, columns=["account_id", "day", "impressions", "reach"])
    return days.assign(day=pd.to_datetime(days["day"])).astype({"impressions": "Int64", "reach": "Int64"})


def calendar(days, terms, account_ids=(1,), metrics=(IMPRESSIONS, REACH)):
    return Calendar.build(days, terms, account_ids=account_ids, metrics=metrics, period=WEEK)


def states_of(days, terms, metric=IMPRESSIONS):
    codes = calendar(days, {(1, metric): terms} if terms else {}).of_account(1)
    return [STATES[code].value for code in codes[(IMPRESSIONS, REACH).index(metric)]]


def test_a_known_zero_is_a_number_and_a_null_is_none():
    days = frame((1, back(6), 0, None), (1, back(5), None, 4))
    assert states_of(days, Terms(LAST)) == [NUMBER] + [GAP] * 6
    assert states_of(days, Terms(LAST), REACH) == [GAP, NUMBER] + [GAP] * 5
    values = calendar(days, {}).values[0]
    assert values[0][0] == 0
    assert pd.isna(values[0][1])


def test_late_is_what_comes_after_the_last_final_day():
    assert states_of(frame((1, back(0), 5, None)), Terms(back(2))) == [GAP] * 5 + [LATE, NUMBER]


def test_without_terms_nothing_is_offered_but_a_number_stays_one():
    assert states_of(frame((1, back(3), 5, None)), None) == [NOT_OFFERED] * 3 + [NUMBER] + [NOT_OFFERED] * 3


def test_first_and_last_day_offered():
    terms = Terms(LAST, first_day=back(5), last_day=back(2))
    assert states_of(frame(), terms) == [NOT_OFFERED] + [GAP] * 4 + [RETIRED] * 2


def test_a_metric_that_came_back_is_retired_in_between_only():
    assert states_of(frame(), Terms(LAST, retired=(Span(back(5), back(2)),))) == [GAP] + [RETIRED] * 3 + [GAP] * 3


def test_events_make_spans():
    events = [(back(9), "returned"), (back(8), "retired"), (back(7), "retired"), (back(5), "returned")]
    assert retired_spans(events) == (Span(back(8), back(5)),)
    assert retired_spans([*events, (back(4), "redefined"), (back(2), "retired")], lag_days=2) == (
        Span(back(10), back(5)),
        Span(back(4)),
    )


def test_a_hole_stands_for_the_day_before_any_number():
    days = frame((1, back(6), 1, 1), (1, back(5), 1, None), (2, back(6), 1, None))
    terms = {(1, IMPRESSIONS): Terms(LAST), (1, REACH): Terms(back(1)), (2, IMPRESSIONS): Terms(LAST)}
    found = calendar(days, terms, account_ids=(1, 2)).of_all_metrics()
    assert [STATES[code].value for code in found[0]] == [NUMBER] + [GAP] * 6
    assert STATES[found[1][0]] is ValueState.NUMBER


def test_every_value_is_counted_once():
    days = frame((1, back(6), 1, 1), (9, back(6), 1, 1), (1, back(30), 1, 1))
    counts = calendar(days, {(1, IMPRESSIONS): Terms(back(1))}).counts()
    assert counts == {
        ValueState.NUMBER: 2,
        ValueState.LATE: 1,
        ValueState.GAP: 5,
        ValueState.RETIRED: 0,
        ValueState.NOT_OFFERED: 6,
    }

"""Metric events: what came and went, each told once."""

from datetime import date

import pytest

from core.domain import Platform
from core.metrics import Grain, Metric
from core.warehouse.events import MetricEvent, record_metric_event

pytestmark = pytest.mark.integration


def tell(warehouse, *events, metric=Metric.REACH):
    for day, event in enumerate(events, start=1):
        told = MetricEvent(Platform.FACEBOOK, Grain.POST_LIFETIME, metric, event, date(2026, 11, day))
        record_metric_event(warehouse, told)


def told(warehouse):
    return [event for (event,) in warehouse.read("SELECT event FROM metric_events ORDER BY rowid")]


def test_a_metric_goes_and_comes_as_often_as_it_likes(warehouse):
    tell(warehouse, "retired", "returned", "retired")
    tell(warehouse, "retired", metric=Metric.CLICKS)
    assert told(warehouse) == ["retired", "returned", "retired", "retired"]


def test_what_a_crash_lets_us_tell_again_is_told_once(warehouse):
    tell(warehouse, "retired", "retired", "returned", "returned")
    assert told(warehouse) == ["retired", "returned"]


def test_a_meaning_may_change_twice(warehouse):
    tell(warehouse, "redefined", "redefined")
    assert told(warehouse) == ["redefined", "redefined"]

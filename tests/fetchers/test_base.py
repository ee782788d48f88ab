"""Do the shared pieces count, cut days and read answers honestly?"""

from datetime import UTC, date, datetime

import pytest

from core.domain import Platform
from core.errors import MalformedAnswerError
from core.fetchers import FETCHERS, day_zone_of, offers_of
from core.fetchers.answers import (
    AnswerModel,
    Counter,
    ExternalId,
    Instant,
    add_up,
    build_days,
    build_snapshot,
    closed_days,
    merge_tables,
    parse_answer,
)
from core.metrics import Grain, Metric, Offer

pytestmark = pytest.mark.unit

LIFETIME = Grain.POST_LIFETIME


def test_every_platform_is_registered_under_its_own_name():
    assert {platform: fetcher.platform for platform, fetcher in FETCHERS.items()} == {name: name for name in Platform}
    assert {platform: day_zone_of(platform) for platform in Platform} == {
        Platform.LINKEDIN: "UTC",
        Platform.X: "UTC",
        Platform.FACEBOOK: "America/Los_Angeles",
        Platform.INSTAGRAM: "UTC",
    }


@pytest.mark.parametrize("platform", Platform)
def test_every_offer_names_its_source(platform):
    assert all(offer.source for offer in offers_of(platform).values())
    assert (Grain.POST_LIFETIME, Metric.ENGAGEMENTS) in offers_of(platform)


def test_a_sum_hides_no_hole():
    assert (add_up(1, 2, -4), add_up(1, None), add_up(0, 0)) == (-1, None, 0)


def test_engagements_are_the_parts_that_the_platform_offers():
    offers = {
        (LIFETIME, metric): Offer("x") for metric in (Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.CLICKS)
    }
    numbers = {Metric.LIKES: 5, Metric.COMMENTS: 2, Metric.SHARES: 1, Metric.CLICKS: 100}
    assert build_snapshot("1", numbers, offers).engagements == 8
    assert build_snapshot("1", numbers, offers | {(LIFETIME, Metric.SAVES): Offer("x")}).engagements is None
    assert build_snapshot("1", numbers | {Metric.SHARES: None}, offers).engagements is None


def test_days_are_closed_by_the_platforms_zone():
    now = datetime(2026, 11, 24, 7, 59, tzinfo=UTC)
    first, last = date(2026, 11, 21), date(2026, 12, 31)
    assert closed_days(first, last, now=now, zone="UTC", most=90)[-1] == date(2026, 11, 23)
    assert closed_days(first, last, now=now, zone="America/Los_Angeles", most=90)[-1] == date(2026, 11, 22)
    assert closed_days(first, last, now=now, zone="UTC", most=2) == [date(2026, 11, 22), date(2026, 11, 23)]
    assert closed_days(last, first, now=now, zone="UTC", most=90) == []


def test_days_without_a_number_and_days_not_asked_are_left_out():
    asked = [date(2026, 11, day) for day in (20, 21, 22)]
    table = {
        date(2026, 11, 22): {Metric.LIKES: 0},
        date(2026, 11, 21): {Metric.LIKES: None},
        date(2026, 11, 20): {Metric.LIKES: 3},
        date(2026, 11, 19): {Metric.LIKES: 9},
    }
    days = build_days(table, asked)
    assert [(day.day.day, day.likes) for day in days] == [(20, 3), (22, 0)]


def test_tables_are_joined_by_their_keys():
    merged = merge_tables([{"a": {Metric.LIKES: 1}}, {"a": {Metric.SHARES: 2}, "b": {Metric.LIKES: None}}])
    assert merged == {"a": {Metric.LIKES: 1, Metric.SHARES: 2}, "b": {Metric.LIKES: None}}


def test_a_sum_that_no_column_holds_is_malformed():
    offers = {(LIFETIME, metric): Offer("x") for metric in (Metric.LIKES, Metric.COMMENTS)}
    most = 2**63 - 1
    assert build_snapshot("1", {Metric.LIKES: most, Metric.COMMENTS: 0}, offers).engagements == most
    with pytest.raises(MalformedAnswerError, match="engagements"):
        build_snapshot("1", {Metric.LIKES: most, Metric.COMMENTS: 1}, offers)


class Shape(AnswerModel):
    id: ExternalId
    likes: Counter | None = None
    at: Instant | None = None


def test_ids_become_text_and_unknown_keys_do_no_harm():
    assert parse_answer(Shape, {"id": 9007199254740993, "new": 1}, of="It").id == "9007199254740993"


@pytest.mark.parametrize(
    "at", ["2026-11-20T09:15:00+0000", "2026-11-20T09:15:00.000Z", "2026-11-20T01:15:00-08:00", 1795166100000]
)
def test_every_platforms_instants_are_utc(at):
    instant = parse_answer(Shape, {"id": "1", "at": at}, of="It").at
    assert (instant, instant.tzinfo) == (datetime(2026, 11, 20, 9, 15, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"id": ""}, "id"),
        ({"id": 1.8e18}, "id"),
        ({"id": True}, "id"),
        ({"id": "1", "likes": True}, "likes"),
        ({"id": "1", "likes": float("nan")}, "likes"),
        ({"id": "1", "at": False}, "at"),
        ({"id": "1", "at": "9999-12-31T23:59:59Z"}, "at"),
        ({"id": None}, "id"),
        ({}, "id"),
        ([], "the whole answer"),
        ({"id": "1", "likes": "many"}, "likes"),
        ({"id": "1", "likes": 2**63}, "likes"),
        ({"id": "1", "likes": 1.5}, "likes"),
        ({"id": "1", "at": "2026-11-20T09:15:00"}, "at"),
        ({"id": "1", "at": "0001-01-01T00:00:00+05:00"}, "at"),
        ({"id": "1", "at": 10**30}, "at"),
    ],
)
def test_a_wrong_shape_names_the_field_and_not_the_value(body, words):
    with pytest.raises(MalformedAnswerError, match=f"^It came in an unexpected shape: {words}") as caught:
        parse_answer(Shape, body, of="It")
    assert caught.value.__cause__ is None
    assert "many" not in str(caught.value)

"""Retired metrics: remembered once, with one notice, tried again after a week, forgotten when they answer."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain import Platform
from core.metrics import Grain, Metric
from core.ops import retired
from core.ops.activities import list_activities
from core.ops.models import Notice
from tests.conftest import NOW

pytestmark = pytest.mark.integration

REACH = (Grain.POST_LIFETIME, Metric.REACH)
VIEWS = (Grain.ACCOUNT_DAY, Metric.IMPRESSIONS)


def refuse(database, *metrics, now=NOW):
    with database.transaction() as session:
        return retired.record_refused(session, Platform.FACEBOOK, set(metrics), now=now)


def untried(database, now=NOW, platform=Platform.FACEBOOK):
    with database.reading() as session:
        return retired.list_retired(session, platform, now=now).untried


def notices(database):
    with database.reading() as session:
        return list(session.scalars(select(Notice.text).order_by(Notice.id)))


def test_what_came_and_went_is_written_down(database):
    refuse(database, REACH)
    with database.transaction() as session:
        retired.record_returned(session, Platform.FACEBOOK, {REACH}, now=NOW)
        kinds = [one.kind for one in list_activities(session)]
    assert kinds == ["metric_returned", "metric_retired"]


def test_a_metric_refused_for_the_first_time_comes_back_and_makes_one_notice(database):
    assert refuse(database, REACH) == {REACH}
    assert refuse(database, REACH, VIEWS, now=NOW + timedelta(hours=1)) == {VIEWS}
    assert notices(database) == [
        "Facebook no longer gives reach; what was measured before stays.",
        "Facebook no longer gives impressions; what was measured before stays.",
    ]


def test_it_is_not_asked_for_a_week_and_then_tried_again(database):
    refuse(database, REACH)
    assert untried(database, NOW + timedelta(days=6)) == {REACH}
    assert untried(database, NOW + timedelta(days=7)) == frozenset()
    assert untried(database, platform=Platform.INSTAGRAM) == frozenset()
    refuse(database, REACH, now=NOW + timedelta(days=7))
    assert untried(database, NOW + timedelta(days=8)) == {REACH}


def test_one_that_is_due_is_told_apart_from_one_that_is_not_asked(database):
    refuse(database, REACH)
    refuse(database, VIEWS, now=NOW + timedelta(days=3))
    with database.reading() as session:
        found = retired.list_retired(session, Platform.FACEBOOK, now=NOW + timedelta(days=7))
    assert (found.untried, found.due) == ({VIEWS}, {REACH})


def test_a_metric_that_answers_again_is_forgotten_with_a_notice(database):
    refuse(database, REACH)
    with database.transaction() as session:
        assert retired.record_returned(session, Platform.FACEBOOK, {REACH}, now=NOW) == {REACH}
    with database.reading() as session:
        assert retired.list_retired(session, Platform.FACEBOOK, now=NOW) == retired.Retired(frozenset(), frozenset())
    assert notices(database)[-1] == "Facebook gives reach again; what was measured before stays."


def test_a_return_that_another_account_has_reported_is_not_told_twice(database):
    refuse(database, REACH)
    for reported in ({REACH}, set()):
        with database.transaction() as session:
            assert retired.record_returned(session, Platform.FACEBOOK, {REACH}, now=NOW) == reported
    assert len(notices(database)) == 2


def test_two_accounts_that_meet_a_retirement_in_the_same_moment_report_it_once(database, mocker):
    assert refuse(database, REACH) == {REACH}
    mocker.patch.object(Session, "get", return_value=None)  # as the second saw it before the first had committed
    assert refuse(database, REACH, VIEWS) == {VIEWS}
    assert len(notices(database)) == 2

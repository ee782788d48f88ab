"""Goals: one for each business, number and beginning, kept while the business is archived, gone with it."""

from datetime import date
from math import inf, nan

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.errors import ConfigError
from core.metrics import Aim, GoalMetric
from core.ops import businesses, goals
from core.ops.models import Goal
from tests.conftest import NOW

pytestmark = pytest.mark.integration

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
POSTS = Aim(GoalMetric.POSTS, 12, FIRST, LAST)
RATE = Aim(GoalMetric.ENGAGEMENT_RATE, 0.04, FIRST, LAST)


@pytest.fixture
def aurora(database):
    with database.transaction() as session:
        return businesses.create_business(session, "Aurora", timezone="UTC", now=NOW).id


def add(database, business_id, aim=POSTS):
    with database.transaction() as session:
        return goals.add_goal(session, business_id, aim, by="Ana", now=NOW).id


def listed(database, business_id):
    with database.reading() as session:
        return goals.list_goals(session, business_id)


def test_a_goal_is_kept(database, aurora):
    add(database, aurora, RATE)
    (goal,) = listed(database, aurora)
    assert (goal.metric, goal.target, goal.starts_on, goal.ends_on, goal.created_by) == (
        GoalMetric.ENGAGEMENT_RATE,
        0.04,
        FIRST,
        LAST,
        "Ana",
    )


def test_one_goal_for_each_number_and_beginning(database, aurora):
    add(database, aurora)
    with pytest.raises(ConfigError, match="starts on 2026-11-01 already: change that one"):
        add(database, aurora, Aim(GoalMetric.POSTS, 99, FIRST, date(2026, 12, 31)))
    add(database, aurora, RATE)
    add(database, aurora, Aim(GoalMetric.POSTS, 20, date(2026, 10, 1), date(2026, 12, 31)))
    assert len(listed(database, aurora)) == 3


def test_the_database_itself_forbids_a_second_one(database, aurora):
    add(database, aurora)
    columns = {"business_id": aurora, "metric": GoalMetric.POSTS, "starts_on": FIRST, "ends_on": LAST, "target": 1.0}
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Goal(created_by="Ben", created_at=NOW, **columns))


def test_a_goal_can_be_changed_but_not_onto_another(database, aurora):
    first, second = add(database, aurora), add(database, aurora, RATE)
    with database.transaction() as session:
        goals.save_goal(session, first, Aim(GoalMetric.POSTS, 15, FIRST, date(2026, 12, 31)))
    assert [(goal.target, goal.ends_on) for goal in listed(database, aurora) if goal.id == first] == [
        (15, date(2026, 12, 31))
    ]
    with pytest.raises(ConfigError, match="already"), database.transaction() as session:
        goals.save_goal(session, second, POSTS)


def test_a_removed_goal_is_gone_and_cannot_be_changed(database, aurora):
    goal_id = add(database, aurora)
    for _ in range(2):
        with database.transaction() as session:
            goals.remove_goal(session, goal_id)
    assert listed(database, aurora) == []
    with pytest.raises(ConfigError, match="This goal is gone"), database.transaction() as session:
        goals.save_goal(session, goal_id, POSTS)


@pytest.mark.parametrize(
    ("aim", "sentence"),
    [
        (Aim(GoalMetric.POSTS, 0, FIRST, LAST), "more than zero"),
        (Aim(GoalMetric.POSTS, nan, FIRST, LAST), "more than zero"),
        (Aim(GoalMetric.POSTS, inf, FIRST, LAST), "more than zero"),
        (Aim(GoalMetric.ENGAGEMENT_RATE, 4.0, FIRST, LAST), "above 100 %"),
        (Aim(GoalMetric.POSTS, 1, LAST, FIRST), "lies before its first"),
        (Aim(GoalMetric.POSTS, 1, date(2020, 1, 1), LAST), "covers 2,526 days"),
    ],
)
def test_what_is_no_goal_says_why(database, aurora, aim, sentence):
    with pytest.raises(ConfigError, match=sentence):
        add(database, aurora, aim)


def test_the_goals_of_a_day_are_those_of_the_businesses_in_use(database, aurora):
    add(database, aurora)
    with database.transaction() as session:
        put_away = businesses.create_business(session, "Put away", timezone="UTC", now=NOW).id
    add(database, put_away)
    with database.transaction() as session:
        businesses.archive_business(session, put_away, now=NOW)
    with database.reading() as session:
        found = {
            day: [goal.business_id for goal in goals.list_goals_on(session, day)]
            for day in (date(2026, 10, 31), FIRST, LAST, date(2026, 12, 1))
        }
    assert list(found.values()) == [[], [aurora], [aurora], []]


def test_they_survive_archive_and_restore_and_go_with_their_business(database, aurora):
    add(database, aurora)
    with database.transaction() as session:
        businesses.archive_business(session, aurora, now=NOW)
        businesses.restore_business(session, aurora)
    assert len(listed(database, aurora)) == 1
    with database.transaction() as session:
        businesses.remove_business(session, aurora)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Goal)) == 0

"""What is asked again and again, twice a second or before each piece that is read, must not read every step there is."""

from datetime import timedelta

import pytest
from sqlalchemy import event, text

from core.domain import Platform
from core.ops import costs, runs
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def plans_of(database):
    """How SQLite would answer what a function asks."""

    def plans_of(ask):
        asked = []
        event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        with database.reading() as session:
            ask(session)
            connection = session.connection()
            queries = [one for one in list(asked) if one[0].startswith("SELECT")]
            assert queries
            return [
                row[3]
                for sql, values in queries
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            ]

    return plans_of


def reads_every_step(plans):
    return [plan for plan in plans if plan.startswith("SCAN sync_steps")]


def test_a_scan_is_seen(plans_of):
    assert reads_every_step(plans_of(lambda session: session.execute(text("SELECT sum(cost_usd) FROM sync_steps"))))


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda session: runs.has_due_retries(session, now=NOW), id="what goes on by itself"),
        pytest.param(runs.has_requested, id="what was asked for"),
        pytest.param(runs.list_interrupted, id="what was cut short"),
        pytest.param(lambda session: costs.spent_this_month(session, 1, now=NOW), id="a business's month"),
        pytest.param(lambda session: costs.looked_today(session, 1, now=NOW), id="an account's day"),
    ],
)
def test_what_is_asked_often_goes_by_an_index(plans_of, ask):
    assert reads_every_step(plans_of(ask)) == []


def test_what_a_day_has_cost_is_looked_up_by_when_steps_ended(plans_of):
    plans = plans_of(lambda session: costs.spent_today(session, Platform.X, now=NOW + timedelta(days=1)))
    assert reads_every_step(plans) == []
    assert any("ix_sync_steps_finished_at" in plan for plan in plans)

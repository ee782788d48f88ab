"""The spending cap: stops before it is passed, whoever asks at the same time, and forgets at midnight UTC."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain import Platform, RunTrigger
from core.errors import RateLimitedError, Reach
from core.ops import costs, runs, steps
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account
from core.spending import SpendingCap
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def step(database):
    with database.transaction() as session:
        business = ensure_business(session, "Aurora", timezone="UTC", now=NOW)
        account = Account(business_id=business.id, platform=Platform.X, external_id="1", name="a", connected_at=NOW)
        save_account(session, account)
    run = runs.request_run(database, business.id, RunTrigger.MANUAL, now=NOW)
    with database.reading() as session:
        return runs.get_run(session, run.id).steps[0]


def begin(database, step):
    with database.transaction() as session:
        steps.record_step_started(session, step.id, now=NOW)


def spend(database, step, cost_usd):
    begin(database, step)
    with database.transaction() as session:
        costs.record_cost(session, step.id, cost_usd=cost_usd, fill_usd=0.0)


def spent(database):
    with database.reading() as session:
        return costs.spent_today(session, Platform.X, now=NOW)


@pytest.fixture
def cap(database, clock):
    return SpendingCap(database, clock, cap_usd=1.0)


def test_reading_goes_on_up_to_the_cap_and_not_beyond(database, step, cap):
    spend(database, step, 0.49)
    with cap.reserving(Platform.X, 0.51):
        pass
    with (
        pytest.raises(RateLimitedError, match=r"cap of \$1\.00 .*\$0\.49 are spent") as error,
        cap.reserving(Platform.X, 0.52),
    ):
        raise AssertionError
    assert error.value.retry_at == datetime(2026, 11, 25, tzinfo=UTC)
    assert error.value.reach is Reach.APP


def test_what_others_are_reading_right_now_counts(cap):
    with cap.reserving(Platform.X, 0.6):
        with pytest.raises(RateLimitedError), cap.reserving(Platform.X, 0.6):
            raise AssertionError
        with cap.reserving(Platform.X, 0.4):
            pass
    with cap.reserving(Platform.X, 1.0):
        pass


def test_a_reservation_ends_with_an_error_too(cap):
    with pytest.raises(ZeroDivisionError), cap.reserving(Platform.X, 1.0):
        raise ZeroDivisionError
    with cap.reserving(Platform.X, 1.0):
        pass


def test_what_costs_nothing_is_never_held_up(database, step, cap):
    spend(database, step, 5.0)
    with cap.reserving(Platform.LINKEDIN, 0.0):
        pass


def test_a_new_day_has_a_new_budget(database, step, cap, clock):
    spend(database, step, 1.0)
    clock.advance(timedelta(hours=14, minutes=29))
    with pytest.raises(RateLimitedError), cap.reserving(Platform.X, 0.1):
        raise AssertionError
    clock.advance(timedelta(minutes=1))
    with cap.reserving(Platform.X, 1.0):
        pass


def test_the_same_posts_are_charged_once_a_day(database, step, cap, clock):
    begin(database, step)
    cap.charge_look(step, 0.51)
    cap.charge_look(step, 0.51)
    assert spent(database) == pytest.approx(0.51)
    cap.charge_look(step, 0.56)
    assert spent(database) == pytest.approx(0.56)


def test_the_past_is_charged_in_full_and_makes_no_look_free(database, step, cap):
    begin(database, step)
    cap.charge_fill(step, 0.50)
    cap.charge_look(step, 0.51)
    assert spent(database) == pytest.approx(1.01)

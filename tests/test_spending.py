"""The caps on spending: each stops before it is passed, whoever asks at the same time; a day's and a month's of a business."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain import Platform, RunState, RunTrigger
from core.errors import ConfigError, RateLimitedError, Reach
from core.ops import costs, runs, steps
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business, save_business_settings
from core.ops.models import Account
from core.sidecar import KEEP_RUNS
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


def end(database, step, now):
    with database.transaction() as session:
        steps.record_step(session, step.id, steps.StepOutcome(), now=now)


def spent(database):
    with database.reading() as session:
        return costs.spent_today(session, Platform.X, now=NOW)


@pytest.fixture
def cap(database, clock):
    return SpendingCap(database, clock, cap_usd=1.0)


@pytest.fixture
def purse(cap, step):
    return cap.of(step.account.business_id)


def test_reading_goes_on_up_to_the_cap_and_not_beyond(database, step, purse):
    spend(database, step, 0.49)
    with purse.reserving(Platform.X, 0.51):
        pass
    with (
        pytest.raises(RateLimitedError, match=r"cap of \$1\.00 .*\$0\.49 are spent") as error,
        purse.reserving(Platform.X, 0.52),
    ):
        raise AssertionError
    assert error.value.retry_at == datetime(2026, 11, 25, tzinfo=UTC)
    assert error.value.reach is Reach.APP


def test_what_others_are_reading_right_now_counts(purse):
    with purse.reserving(Platform.X, 0.6):
        with pytest.raises(RateLimitedError), purse.reserving(Platform.X, 0.6):
            raise AssertionError
        with purse.reserving(Platform.X, 0.4):
            pass
    with purse.reserving(Platform.X, 1.0):
        pass


def test_a_reservation_ends_with_an_error_too(purse):
    with pytest.raises(ZeroDivisionError), purse.reserving(Platform.X, 1.0):
        raise ZeroDivisionError
    with purse.reserving(Platform.X, 1.0):
        pass


def test_what_costs_nothing_is_never_held_up(database, step, purse):
    spend(database, step, 5.0)
    with purse.reserving(Platform.LINKEDIN, 0.0):
        pass


def test_a_new_day_has_a_new_budget(database, step, purse, clock):
    spend(database, step, 1.0)
    clock.advance(timedelta(hours=14, minutes=29))
    with pytest.raises(RateLimitedError), purse.reserving(Platform.X, 0.1):
        raise AssertionError
    end(database, step, clock.now())
    clock.advance(timedelta(minutes=1))
    with purse.reserving(Platform.X, 1.0):
        pass


def test_what_goes_on_over_midnight_counts_for_the_new_day_too(database, step, purse, clock):
    spend(database, step, 0.9)
    clock.advance(timedelta(hours=15))
    with pytest.raises(RateLimitedError, match=r"\$0\.90 are spent"), purse.reserving(Platform.X, 0.2):
        raise AssertionError
    end(database, step, clock.now())
    with pytest.raises(RateLimitedError), purse.reserving(Platform.X, 0.2):
        raise AssertionError


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


def set_monthly_cap(database, step, cap_usd):
    with database.transaction() as session:
        save_business_settings(session, step.account.business_id, x_monthly_cap_usd=cap_usd)


class TestTheMonthOfABusiness:
    @pytest.fixture
    def cap(self, database, clock):
        return SpendingCap(database, clock, cap_usd=100.0)

    def test_reading_goes_on_up_to_its_cap_and_not_beyond(self, database, step, purse):
        set_monthly_cap(database, step, 1.0)
        spend(database, step, 0.49)
        with purse.reserving(Platform.X, 0.51):
            pass
        with (
            pytest.raises(
                RateLimitedError, match=r"cap of \$1\.00 for X of Aurora .*\$0\.49 are spent.* 1 December"
            ) as error,
            purse.reserving(Platform.X, 0.52),
        ):
            raise AssertionError
        assert error.value.retry_at == datetime(2026, 12, 1, tzinfo=UTC)
        assert error.value.reach is Reach.ACCOUNT

    def test_what_the_business_is_reading_right_now_counts(self, database, step, purse):
        set_monthly_cap(database, step, 1.0)
        with purse.reserving(Platform.X, 0.6):
            with pytest.raises(RateLimitedError), purse.reserving(Platform.X, 0.6):
                raise AssertionError
            with purse.reserving(Platform.X, 0.4):
                pass

    def test_another_business_has_a_budget_of_its_own(self, database, step, cap, purse):
        set_monthly_cap(database, step, 1.0)
        spend(database, step, 1.0)
        with database.transaction() as session:
            other = ensure_business(session, "Lumen", timezone="UTC", now=NOW)
        with pytest.raises(RateLimitedError), purse.reserving(Platform.X, 0.1):
            raise AssertionError
        with cap.of(other.id).reserving(Platform.X, 5.0):
            pass

    def test_a_new_month_has_a_new_budget(self, database, step, purse, clock):
        set_monthly_cap(database, step, 1.0)
        spend(database, step, 1.0)
        clock.move_to(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
        with pytest.raises(RateLimitedError), purse.reserving(Platform.X, 0.1):
            raise AssertionError
        clock.move_to(datetime(2026, 12, 1, tzinfo=UTC))
        with purse.reserving(Platform.X, 1.0):
            pass

    def test_the_days_before_count_too(self, database, step, purse, clock):
        set_monthly_cap(database, step, 1.0)
        spend(database, step, 0.8)
        clock.advance(timedelta(days=3))
        with pytest.raises(RateLimitedError, match=r"\$0\.80 are spent"), purse.reserving(Platform.X, 0.3):
            raise AssertionError

    def test_a_cap_of_nothing_reads_nothing(self, database, step, purse):
        set_monthly_cap(database, step, 0.0)
        with pytest.raises(RateLimitedError), purse.reserving(Platform.X, 0.01):
            raise AssertionError
        with purse.reserving(Platform.LINKEDIN, 0.0):
            pass

    def test_without_a_cap_only_the_day_s_holds(self, database, step, purse):
        spend(database, step, 50.0)
        with purse.reserving(Platform.X, 50.0):
            pass

    def test_a_cap_is_raised_and_taken_away_at_once(self, database, step, purse):
        set_monthly_cap(database, step, 0.1)
        with pytest.raises(RateLimitedError), purse.reserving(Platform.X, 0.5):
            raise AssertionError
        set_monthly_cap(database, step, None)
        with purse.reserving(Platform.X, 0.5):
            pass

    @pytest.mark.parametrize("wrong", [-0.01, 100_001, "5", float("nan")])
    def test_a_cap_that_is_no_amount_is_refused(self, database, step, wrong):
        with pytest.raises(ConfigError, match=r"from \$0 to \$100,000 a month"):
            set_monthly_cap(database, step, wrong)

    def test_the_sum_outlives_the_pruning_of_old_runs(self, database, step, clock):
        spend(database, step, 0.5)
        with database.transaction() as session:
            runs.record_finished(session, step.run_id, RunState.SUCCEEDED, now=NOW)
        runs.request_run(
            database, step.account.business_id, RunTrigger.MANUAL, now=NOW
        )  # a newer step: the old one may go
        clock.move_to(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
        with database.transaction() as session:
            runs.prune(session, before=clock.now() - KEEP_RUNS)
            assert costs.spent_this_month(session, step.account.business_id, now=clock.now()) == 0.5
            runs.prune(session, before=clock.now())
            assert costs.spent_this_month(session, step.account.business_id, now=clock.now()) == 0.0

    def test_what_was_spent_stays_with_the_business_it_was_read_for(self, database, step, clock):
        spend(database, step, 0.5)
        with database.transaction() as session:
            other = ensure_business(session, "Lumen", timezone="UTC", now=NOW)
            session.get_one(Account, step.account_id).business_id = other.id
        with database.reading() as session:
            old_business = step.account.business_id
            spent_now = [costs.spent_this_month(session, of, now=clock.now()) for of in (old_business, other.id)]
        assert spent_now == [0.5, 0.0]

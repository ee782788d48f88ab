"""Where the time of syncs goes, which accounts are slow, and what is not said where nobody measured."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from core.analytics import run_times
from core.domain import Platform

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def step(run_id=1, account_id=1, *, began=2.0, took=10.0, parts=(1.0, 6.0, 2.0, 1.0), rows=50, hour=0):
    asked_for = NOW + timedelta(hours=hour)
    waited, asked, parsed, loaded = parts
    return {
        "run_id": run_id,
        "account_id": account_id,
        "account": f"Account {account_id}",
        "business": "Aurora",
        "platform": "x",
        "started_at": asked_for + timedelta(seconds=began),
        "finished_at": asked_for + timedelta(seconds=began + took),
        "waited_s": waited,
        "asked_s": asked,
        "parsed_s": parsed,
        "loaded_s": loaded,
        "rows": rows,
    }


def run(run_id=1, *, took=12.0, published=0.5, hour=0):
    asked_for = NOW + timedelta(hours=hour)
    return {
        "run_id": run_id,
        "business": "Aurora",
        "requested_at": asked_for,
        "started_at": asked_for + timedelta(seconds=1),
        "finished_at": asked_for + timedelta(seconds=1 + took),
        "published_s": published,
    }


def frame(*rows):
    return pd.DataFrame(list(rows))


class TestParts:
    def test_the_account_that_ended_last_makes_the_run(self):
        steps = frame(step(account_id=1, took=4.0, parts=(0, 3, 1, 0)), step(account_id=2, took=10.0))
        row = run_times.parts_of_runs(frame(run()), steps).iloc[0]
        assert row[list(run_times.PARTS)].tolist() == [3.5, 6.0, 2.0, 1.0, 0.5]
        assert (row["run_id"], row["business"], row["at"]) == (1, "Aurora", NOW)

    def test_parts_add_up_to_the_run_from_its_request_on(self):
        told = run(took=20)
        row = run_times.parts_of_runs(frame(told), frame(step())).iloc[0]
        assert row[list(run_times.PARTS)].sum() == (told["finished_at"] - told["requested_at"]).total_seconds()

    def test_a_clock_that_was_set_back_makes_no_negative_wait(self):
        row = run_times.parts_of_runs(frame(run(took=-3000)), frame(step())).iloc[0]
        assert row["waiting"] == 0.0

    def test_each_run_has_its_own(self):
        runs = frame(run(1), run(2, hour=1, published=0.1))
        steps = frame(step(1), step(2, hour=1, parts=(0, 9, 1, 0)))
        parts = run_times.parts_of_runs(runs, steps)
        assert parts[["run_id", "asking", "publishing"]].to_numpy().tolist() == [[1, 6.0, 0.5], [2, 9.0, 0.1]]

    def test_what_nobody_measured_is_left_out_rather_than_told_as_nothing(self):
        runs = frame(run(1), run(2, hour=1))
        steps = frame(step(1, parts=(0, 0, 0, 0)), step(2, hour=1))
        assert run_times.parts_of_runs(runs, steps)["run_id"].tolist() == [2]

    def test_without_runs_there_are_no_parts(self):
        for runs, steps in ((frame(), frame()), (frame(run()), frame()), (frame(run()), frame(step(2)))):
            assert run_times.parts_of_runs(runs, steps).empty

    def test_the_frames_stay_as_they_are(self):
        runs, steps = frame(run()), frame(step())
        before = runs.copy(), steps.copy()
        run_times.parts_of_runs(runs, steps)
        run_times.slowest_accounts(steps)
        pd.testing.assert_frame_equal(runs, before[0])
        pd.testing.assert_frame_equal(steps, before[1])


class TestTypical:
    def test_the_median_of_an_account_that_was_read_three_times(self):
        steps = frame(*(step(n, took=took) for n, took in enumerate((4, 5, 60))), step(9, account_id=2))
        assert run_times.typical_seconds(steps) == {1: 5.0}

    def test_against_it(self):
        assert run_times.against_typical(12.0, 6.0) == 2.0
        assert run_times.against_typical(12.0, None) is None
        assert run_times.against_typical(12.0, 0.0) is None

    def test_of_runs(self):
        assert run_times.typical_run_seconds(frame(run(1, took=3), run(2, took=5), run(3, took=90))) == 5.0
        assert run_times.typical_run_seconds(frame()) is None

    def test_a_clock_that_was_set_back_takes_no_time_away(self):
        assert run_times.seconds(frame(step(took=-60))).tolist() == [0.0]


class TestSpeed:
    def test_slowest_first_and_no_more_than_asked_for(self):
        steps = frame(*(step(1, account_id=n, took=n) for n in range(1, 6)))
        found = run_times.slowest_accounts(steps, most=2)
        assert [(one.account_id, one.typical_s) for one in found] == [(5, 5.0), (4, 4.0)]

    def test_an_account_in_numbers(self):
        steps = frame(step(1, took=10), step(2, took=30, hour=1), step(3, took=20, hour=2, parts=(0, 0, 0, 0)))
        (told,) = run_times.slowest_accounts(steps)
        assert (told.account, told.business, told.platform, told.runs) == ("Account 1", "Aurora", Platform.X, 3)
        assert (told.typical_s, told.slowest_s, told.newest_s) == (20.0, 30.0, 20.0)
        assert told.rows_per_s == 150 / 60
        assert told.asking_share == 0.6

    def test_where_nobody_measured_no_share_is_told(self):
        (told,) = run_times.slowest_accounts(frame(step(parts=(0, 0, 0, 0))))
        assert told.asking_share is None

    def test_where_no_time_passed_there_is_no_speed(self):
        assert run_times.rows_per_second(frame(step(took=0))) is None
        (told,) = run_times.slowest_accounts(frame(step(took=0)))
        assert told.rows_per_s is None

    def test_rows_of_all_by_the_seconds_of_all(self):
        assert run_times.rows_per_second(frame(step(took=10, rows=50), step(2, took=40, rows=0))) == 1.0
        assert run_times.rows_per_second(frame()) is None

    def test_nobody_is_slow_where_nothing_ran(self):
        assert run_times.slowest_accounts(frame()) == []
        assert run_times.typical_seconds(frame()) == {}

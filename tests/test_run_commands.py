"""`python -m core sync | runs | schedule`: asked for, cancelled and scheduled as an operator does it."""

import threading
import time
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from core.__main__ import cli
from core.clock import SystemClock
from core.domain import Platform, RunState, RunTrigger
from core.errors import TransientError
from core.ops import runs, schedules, sidecars, steps
from core.ops.accounts import save_account
from core.ops.businesses import create_business
from core.ops.models import Account
from core.ops.schedules import ScheduleSettings
from core.ops.steps import StepOutcome

pytestmark = pytest.mark.integration

FAULT = StepOutcome(error=TransientError("The platform did not answer."))


@pytest.fixture
def command(monkeypatch, settings, database):
    monkeypatch.setenv("TIDELINE_DATA_DIR", str(settings.data_dir))

    def run(*arguments):
        done = CliRunner().invoke(cli, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


@pytest.fixture
def now():
    return SystemClock().now()


@pytest.fixture
def ids(database, now):
    with database.transaction() as session:
        found = {}
        for name in ("Aurora", "Fjell"):
            business = create_business(session, name, timezone="UTC", now=now)
            found[name] = business.id
            for platform in (Platform.X, Platform.LINKEDIN):
                account = Account(
                    business_id=business.id,
                    platform=platform,
                    external_id=f"{name} {platform.value}",
                    name=f"{name} on {platform.value}",
                    connected_at=now,
                )
                save_account(session, account)
        return found


@pytest.fixture
def sidecar(database, now):
    beat(database, now)


def beat(database, now, *jobs):
    with database.transaction() as session:
        sidecars.record_heartbeat(session, "here", jobs=list(jobs), job_error=None, now=now + timedelta(seconds=10))


def asked(database):
    """What was asked for: business, trigger, who, days, and the accounts."""
    with database.reading() as session:
        return [
            (
                run.business.name,
                run.trigger,
                run.requested_by,
                runs.fill_of(run),
                [step.account.name for step in run.steps],
            )
            for run in reversed(runs.list_runs(session))
        ]


def end(database, outcome):
    """Carry out what was asked for: every account ends like this."""
    with database.transaction() as session:
        for run in runs.list_runs(session, state=RunState.REQUESTED):
            for step in run.steps:
                steps.record_step(session, step.id, outcome, now=SystemClock().now())
            state = RunState.SUCCEEDED if outcome.error is None else RunState.FAILED
            runs.record_finished(session, run.id, state, now=SystemClock().now())


@pytest.mark.usefixtures("sidecar")
class TestSync:
    def test_all_businesses_one_or_several(self, command, database, ids):
        assert command("sync", "--no-wait", "--business", "Fjell").exit_code == 0
        assert [name for name, *_ in asked(database)] == ["Fjell"]
        done = command("sync", "--no-wait")
        assert [name for name, *_ in asked(database)] == ["Fjell", "Aurora"]
        assert "on its way already" in done.output
        assert asked(database)[1][1:3] == (RunTrigger.COMMAND, "command line")

    @pytest.mark.parametrize("word", ["x", "Aurora on x"])
    def test_only_some_accounts_by_platform_or_name(self, command, database, ids, word):
        command("sync", "--no-wait", "--business", "Aurora", "--account", word)
        assert [accounts for *_, accounts in asked(database)] == [["Aurora on x"]]

    def test_an_account_that_is_not_there_is_named(self, command, ids):
        done = command("sync", "--account", "nobody")
        assert done.exit_code == 2
        assert "no connected account 'nobody'" in done.output
        assert "Aurora on x (x)" in done.output

    def test_only_what_failed(self, command, database, ids):
        done = command("sync", "--failed")
        assert (done.exit_code, "No account's last sync has failed." in done.output) == (0, True)
        command("sync", "--no-wait", "--business", "Aurora", "--account", "x")
        end(database, FAULT)
        command("sync", "--no-wait", "--failed")
        assert asked(database)[-1][::4] == ("Aurora", ["Aurora on x"])

    def test_a_range_of_the_past(self, command, database, ids):
        command("sync", "--no-wait", "--business", "Aurora", "--from", "2026-01-01", "--to", "2026-02-28")
        (run,) = asked(database)
        assert run[:4] == ("Aurora", RunTrigger.BACKFILL, "command line", (date(2026, 1, 1), date(2026, 2, 28)))

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--from", "2026-01-01"], "go together"),
            (["--from", "yesterday", "--to", "2026-01-01"], "not a day such as"),
            (["--from", "2026-02-01", "--to", "2026-01-01"], "comes after the last one"),
            (["--failed", "--account", "x"], "neither"),
        ],
    )
    def test_what_cannot_be_asked_is_said(self, command, ids, arguments, words):
        done = command("sync", *arguments)
        assert done.exit_code == 2
        assert words in done.output

    @pytest.mark.parametrize(("outcome", "code"), [(StepOutcome(), 0), (FAULT, 1)])
    def test_it_waits_for_the_end_and_tells_it(self, command, database, ids, outcome, code):
        def carry_out():
            deadline = time.monotonic() + 20
            while not asked(database) and time.monotonic() < deadline:
                time.sleep(0.02)
            end(database, outcome)

        worker = threading.Thread(target=carry_out)
        worker.start()
        done = command("sync", "--business", "Aurora")
        worker.join()
        assert done.exit_code == code
        assert "of Aurora: " in done.output


class TestRuns:
    def test_they_are_listed_and_cancelled(self, command, database, ids, now):
        assert "no run yet" in command("runs", "list").output
        run = runs.request_run(database, ids["Aurora"], RunTrigger.MANUAL, now=now, requested_by="Mira")
        line = command("runs", "list", "--business", "Aurora").output
        assert "Aurora  manual  requested  0/2 accounts" in line
        assert "by Mira" in line
        assert "is cancelled" in command("runs", "cancel", str(run.id)).output
        assert "cancelled" in command("runs", "list").output

    def test_one_that_has_ended_stays_as_it_is(self, command, database, ids, now):
        run = runs.request_run(database, ids["Aurora"], RunTrigger.MANUAL, now=now)
        end(database, StepOutcome())
        assert "had ended already: succeeded" in command("runs", "cancel", str(run.id)).output

    def test_one_that_runs_is_asked_to_stop(self, command, database, ids, now):
        run = runs.request_run(database, ids["Aurora"], RunTrigger.MANUAL, now=now)
        with database.transaction() as session:
            runs.claim_run(session, "here", now=now)
        assert "asked to stop" in command("runs", "cancel", str(run.id)).output

    def test_one_that_is_not_there_is_named(self, command):
        done = command("runs", "cancel", "9")
        assert (done.exit_code, "no run 9" in done.output) == (2, True)


class TestSchedule:
    def settings(self, database, business_id):
        with database.reading() as session:
            return schedules.get_schedule(session, business_id).settings

    def test_what_is_not_given_stays_as_it_is(self, command, database, ids):
        command("schedule", "set", "Aurora", "--every", "6", "--quiet", "22", "6")
        done = command("schedule", "set", "Aurora", "--pause")
        assert done.output == "Aurora: paused.\n"
        assert self.settings(database, ids["Aurora"]) == ScheduleSettings(6, is_paused=True, quiet_from=22, quiet_to=6)
        done = command("schedule", "set", "Aurora", "--resume")
        assert done.output == "Aurora: every 6 h, quiet from 22 to 6.\n"
        command("schedule", "set", "Aurora", "--no-quiet")
        assert self.settings(database, ids["Aurora"]) == ScheduleSettings(6)

    def test_it_is_listed_with_what_is_really_planned(self, command, database, ids, now):
        command("schedule", "set", "Aurora", "--every", "6")
        job = {"id": sidecars.job_of(ids["Aurora"]), "next_run_time": "2026-11-24T16:00:00+00:00"}
        beat(database, now, job)
        listed = command("schedule", "list").output.splitlines()
        assert listed == ["1  Aurora  every 6 h  next 2026-11-24 16:00 UTC", "2  Fjell  every 1 h  next –"]

    def test_it_is_removed(self, command, database, ids):
        command("schedule", "set", "Aurora", "--every", "6")
        assert "every hour again" in command("schedule", "remove", "Aurora").output
        assert "no schedule of its own" in command("schedule", "remove", "Aurora").output

    def test_what_cannot_be_is_said(self, command, ids):
        done = command("schedule", "set", "Aurora", "--every", "200")
        assert (done.exit_code, "1 to 168 hours" in done.output) == (2, True)

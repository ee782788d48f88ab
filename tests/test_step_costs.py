"""A sync over real HTTP: its parts add up, its log holds no secret, and what the platforms say of their limits is kept."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.clock import MovableClock
from core.domain import Platform, Provider, StepState
from core.ops import quotas
from core.ops.models import QuotaReading, StepLog, Token
from core.ops.step_logs import find_log
from core.vault import Vault
from tests.conftest import NOW
from tests.stage import open_sandbox, open_stage, stage_settings

pytestmark = pytest.mark.integration

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)


class TickingClock(MovableClock):
    """Its date stands still, its seconds run as the machine's do."""

    def monotonic(self):
        return time.monotonic()


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "1", "--now", NOW.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def open_at(sandbox, tmp_path):
    def open_with(clock):
        return open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "data"), clock)

    return open_with


@pytest.fixture
def stage(open_at, clock):
    with open_at(clock) as stage:
        yield stage


def steps(run):
    return {step.account.platform: step for step in run.steps}


def log_of(stage, step):
    with stage.database.reading() as session:
        return find_log(session, step.id)


def readings(stage):
    with stage.database.reading() as session:
        return list(session.scalars(select(QuotaReading).order_by(QuotaReading.id)))


def test_the_parts_add_up_to_the_step_and_publishing_is_measured(open_at):
    with open_at(TickingClock(NOW)) as stage:
        began = time.monotonic()
        run = stage.sync()
        took = time.monotonic() - began
    for step in run.steps:
        parts = (step.asked_s, step.parsed_s, step.loaded_s)
        assert all(part > 0 for part in parts), step.account.platform
        assert sum(parts) + step.waited_s < took
    assert 0 < run.published_s < took


def test_where_the_clock_stands_still_nothing_takes_time(stage):
    run = stage.sync()
    parts = {(step.waited_s, step.asked_s, step.parsed_s, step.loaded_s) for step in run.steps}
    assert (parts, run.published_s) == ({(0.0, 0.0, 0.0, 0.0)}, 0.0)


def test_a_wait_before_a_retry_is_measured_and_told(stage):
    stage.sandbox.play({"account": "x/*", "fault": "server_error", "status": 503, "times": 1})
    step = steps(stage.sync())[Platform.X]
    assert (step.state, step.retries) == (StepState.SUCCEEDED, 1)
    assert 0.5 <= step.waited_s + step.asked_s <= 1.0  # others may be asked meanwhile
    lines = log_of(stage, step)
    wait = next(number for number, line in enumerate(lines) if line.kind == "wait")
    failed = lines[wait - 1]
    assert (failed.kind, failed.status, failed.attempt) == ("request", 503, 1)
    assert any(line.attempt == 2 and line.status == 200 for line in lines[wait:])


def test_the_log_tells_every_request_and_what_was_loaded(stage):
    for step in stage.sync().steps:
        lines = log_of(stage, step)
        asked = [line for line in lines if line.kind == "request"]
        assert len(asked) == step.requests
        assert {line.status for line in asked} == {200}
        assert all("127.0.0.1" in line.text and "?" not in line.text for line in asked)
        assert any(line.kind == "note" and f"{step.rows_new:,} rows new" in line.text for line in lines)


def test_an_account_that_failed_has_its_log_too(stage):
    stage.sandbox.play({"account": "linkedin/*", "fault": "server_error"})
    step = steps(stage.sync())[Platform.LINKEDIN]
    assert step.state is StepState.FAILED
    assert ("error", step.error) in [(line.kind, line.text) for line in log_of(stage, step)]


def test_no_secret_is_written_down(stage):
    stage.sync()
    stage.sandbox.play(*({"account": f"{platform}/*", "fault": "forbidden"} for platform in Platform))
    stage.sync()
    vault = Vault.open(stage.settings)
    with stage.database.reading() as session:
        written = json.dumps([log.lines for log in session.scalars(select(StepLog))])
        tokens = list(session.scalars(select(Token)))
        secrets = [vault.decrypt(token.access_token) for token in tokens]
        secrets += [vault.decrypt(token.refresh_token) for token in tokens if token.refresh_token]
        secrets += [vault.decrypt(a.page_token) for a in stage.accounts().values() if a.page_token]
    assert "graph" in written or "meta" in written
    assert len(secrets) >= 5
    assert [secret for secret in secrets if secret in written] == []
    assert [word for word in ("demo-secret", "appsecret_proof=", "Bearer") if word in written] == []


def test_what_each_platform_says_of_its_limits_is_kept(stage):
    found = steps(stage.sync())
    kept = {}
    for reading in readings(stage):
        kept.setdefault(reading.provider, {})[reading.name] = reading
    me = kept[Provider.X]["users/me"]  # asked twice at the sign-in, and once by the sync
    assert (me.used, me.quota, me.unit, me.resets_at) == (3, 75, "calls", NOW + timedelta(minutes=15))
    assert me.account_id == found[Platform.X].account_id
    counted = kept[Provider.LINKEDIN]
    assert sum(reading.used for reading in counted.values()) == found[Platform.LINKEDIN].requests
    assert {(reading.quota, reading.resets_at) for reading in counted.values()} == {(100, MIDNIGHT)}
    pages = {f"pages {found[Platform.FACEBOOK].account.external_id}"}
    assert set(kept[Provider.META]) == {"", f"instagram {found[Platform.INSTAGRAM].account.external_id}"} | pages
    assert {(reading.unit, reading.quota) for reading in kept[Provider.META].values()} == {("percent", 100)}


def test_the_count_of_linkedin_s_calls_goes_on_over_the_day(stage):
    first = steps(stage.sync())[Platform.LINKEDIN].requests
    stage.advance(hours=2)
    second = steps(stage.sync())[Platform.LINKEDIN].requests
    stage.advance(hours=13)
    third = steps(stage.sync())[Platform.LINKEDIN].requests
    by_day = {}
    for reading in readings(stage):
        if reading.provider is Provider.LINKEDIN:
            by_day.setdefault(reading.resets_at, {})[reading.key] = reading.used
    assert [sum(used.values()) for _, used in sorted(by_day.items())] == [first + second, third]


def test_every_limit_is_somebodys(stage):
    stage.sync()
    with stage.database.reading() as session:
        newest = quotas.newest_readings(session, now=NOW)
        owners = quotas.owners_of(session, [reading.key for reading in newest])
    assert len(newest) >= 7
    assert set(owners) == {reading.key for reading in newest}


def test_log_and_readings_are_forgotten_in_time(stage):
    step = stage.sync().steps[0]
    chore = next(chore for chore in stage.workplace.chores if chore.name == "forget_measurements")
    for days, has_log, has_readings in ((13, True, True), (2, False, True), (16, False, False)):
        stage.clock.advance(timedelta(days=days))
        chore.work()
        assert (bool(log_of(stage, step)), bool(readings(stage))) == (has_log, has_readings)

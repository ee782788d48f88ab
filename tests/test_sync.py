"""The engine against the sandbox over real HTTP: complete, change-only, and honest about what failed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import httpx
import pytest
from sqlalchemy import select

from core.domain import Platform, RunState, StepState
from core.errors import Remedy, WarehouseError
from core.ops.models import Token
from core.stopping import RunStop
from tests.conftest import NOW
from tests.stage import open_sandbox, open_stage, stage_settings

pytestmark = pytest.mark.integration

HTML = {
    "status_code": 200,
    "headers": {"content-type": "text/html"},
    "content": b"<html><body>Just a moment</body></html>",
}


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "2", "--now", NOW.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def stage(sandbox, clock, tmp_path):
    with open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "data"), clock) as stage:
        yield stage


def steps(run):
    return {step.account.platform: step for step in run.steps}


def count(stage, table):
    return stage.query(f"SELECT count(*) FROM {table}")[0][0]


def test_a_first_sync_fills_every_account_of_the_business(stage):
    run = stage.sync()
    assert run.state is RunState.SUCCEEDED, [step.error for step in run.steps]
    assert set(steps(run)) == set(Platform)
    posts = dict(stage.query("SELECT a.platform, count(*) FROM posts JOIN accounts a USING (account_id) GROUP BY 1"))
    assert posts == {step.account.platform.value: step.posts for step in run.steps}
    assert all(0 < number <= 100 for number in posts.values())
    assert all(step.rows_new > 0 and step.requests > 0 for step in run.steps)


def test_no_counter_is_known_that_the_platform_does_not_offer(stage):
    stage.sync()
    known = {
        row[0]: row[1:]
        for row in stage.query(
            "SELECT platform, count(reach), count(saves), count(clicks), count(impressions), count(likes) "
            "FROM post_latest JOIN accounts USING (account_id) GROUP BY 1"
        )
    }
    assert known["x"][0] == 0
    assert known["linkedin"][1] == 0
    assert known["facebook"][1] == 0
    assert known["instagram"][2] == 0
    assert all(impressions and likes for *_, impressions, likes in known.values())


def test_followers_and_closed_days_reach_the_warehouse(stage):
    stage.sync()
    today = NOW.date()
    newest = dict(
        stage.query(
            "SELECT platform, max(day) FROM account_daily JOIN accounts USING (account_id) WHERE impressions IS NOT NULL GROUP BY 1"
        )
    )
    assert set(newest) == {"linkedin", "facebook", "instagram"}
    assert all(timedelta(days=1) <= today - day.date() <= timedelta(days=3) for day in newest.values())
    followers = dict(
        stage.query(
            "SELECT platform, last(followers ORDER BY day) FROM account_daily JOIN accounts USING (account_id) WHERE followers IS NOT NULL GROUP BY 1"
        )
    )
    assert all(followers[platform.value] > 0 for platform in Platform)


def test_syncing_again_with_the_clock_stopped_adds_no_metric_row(stage):
    stage.sync()
    before = (count(stage, "post_metrics"), count(stage, "account_metrics"))
    run = stage.sync()
    assert run.state is RunState.SUCCEEDED
    assert (count(stage, "post_metrics"), count(stage, "account_metrics")) == before
    assert sum(step.rows_new + step.rows_changed for step in run.steps) == 0
    assert sum(step.rows_unchanged for step in run.steps) > 20


def test_an_hour_later_only_what_moved_is_added(stage):
    stage.sync()
    before = count(stage, "post_metrics")
    stage.advance(hours=1)
    run = stage.sync()
    added = count(stage, "post_metrics") - before
    assert 0 < added < before / 2
    assert sum(step.rows_changed for step in run.steps) > 0
    assert count(stage, "observations") >= 2 * 15


def test_later_syncs_ask_for_few_days_again(stage):
    stage.sync()
    first = steps(stage.sync())  # the second sync; the first one read the whole back-fill
    assert first[Platform.INSTAGRAM].requests < 15
    days = stage.query(
        "SELECT min(day), count(*) FROM account_daily JOIN accounts USING (account_id) WHERE platform = 'instagram'"
    )
    assert days[0][1] >= 18


def test_every_row_names_the_run_that_brought_it(stage):
    run = stage.sync()
    assert stage.query("SELECT DISTINCT run_id, source FROM post_metrics") == [(run.id, "api")]
    assert stage.query("SELECT DISTINCT run_id FROM observations") == [(run.id,)]


def test_the_step_says_up_to_when_the_account_is_known(stage):
    run = stage.sync()
    covered = {platform: step.covered_to for platform, step in steps(run).items()}
    assert covered[Platform.X] == NOW
    assert covered[Platform.LINKEDIN] == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        {"status_code": 200, "content": b'{"data": [{"id": "1", "tex'},
        {"status_code": 200, "json": {"data": {"id": 5}}},
        {"status_code": 200, "content": b"null"},
    ],
    ids=["html", "truncated", "wrong shape", "null"],
)
def test_a_malformed_list_fails_its_step_and_nothing_of_it_is_stored(stage, answer):
    stage.faults.instead["/x/2/users/"] = answer
    stage.faults.instead["/x/2/users/me"] = answer
    run = stage.sync()
    assert run.state is RunState.PARTIAL
    failed = steps(run)[Platform.X]
    assert failed.state is StepState.FAILED
    assert failed.error
    assert failed.remedy in {Remedy.REPORT, Remedy.RETRY}
    assert all(step.state is StepState.SUCCEEDED for platform, step in steps(run).items() if platform is not Platform.X)
    assert stage.query("SELECT count(*) FROM accounts JOIN posts USING (account_id) WHERE platform = 'x'") == [(0,)]


def test_statistics_that_fail_leave_the_posts_and_the_days_in_place(stage):
    stage.faults.instead["shares=List"] = {
        "status_code": 403,
        "json": {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": "Not enough permissions"},
    }
    run = stage.sync()
    failed = steps(run)[Platform.LINKEDIN]
    assert (failed.state, failed.rows_new > 0, failed.posts > 0) == (StepState.FAILED, True, True)
    linkedin = "JOIN accounts USING (account_id) WHERE platform = 'linkedin'"
    assert stage.query(f"SELECT count(*) > 0 FROM posts {linkedin}") == [(True,)]
    assert stage.query(f"SELECT count(*) FROM post_metrics {linkedin}") == [(0,)]
    assert stage.query(f"SELECT count(*) > 15 FROM account_daily {linkedin} AND impressions IS NOT NULL") == [(True,)]
    assert ("post_metrics",) not in stage.query(f"SELECT DISTINCT data_set FROM observations {linkedin}")


def test_what_failed_once_is_complete_after_the_next_sync(stage):
    stage.faults.instead["/x/2/users/"] = HTML
    stage.sync()
    stage.faults.instead.clear()
    run = stage.sync()
    assert run.state is RunState.SUCCEEDED
    known = stage.query("SELECT count(*) FROM posts JOIN accounts USING (account_id) WHERE platform = 'x'")
    assert known == [(steps(run)[Platform.X].posts,)]
    assert known[0][0] > 50


def test_a_short_rate_limit_is_waited_for_and_a_long_one_ends_the_step_as_waiting(stage):
    reset_at = NOW + timedelta(minutes=12)
    stage.faults.instead["/tweets?"] = {
        "status_code": 429,
        "headers": {"x-rate-limit-reset": str(int(reset_at.timestamp()))},
        "json": {"title": "Too Many Requests", "status": 429},
    }
    run = stage.sync()
    waiting = steps(run)[Platform.X]
    assert (run.state, waiting.state, waiting.remedy) == (RunState.PARTIAL, StepState.WAITING, Remedy.WAIT)
    assert waiting.retry_at == reset_at
    assert stage.clock.now() == NOW


def test_a_token_about_to_end_is_refreshed_and_the_new_pair_stored(stage):
    before = x_token(stage)
    stage.advance(hours=2)
    assert steps(stage.sync())[Platform.X].state is StepState.SUCCEEDED
    after = x_token(stage)
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert after.expires_at == stage.clock.now() + timedelta(hours=2)
    stage.advance(hours=2)
    assert steps(stage.sync())[Platform.X].state is StepState.SUCCEEDED


def test_a_refused_refresh_asks_to_reconnect_and_is_remembered(stage):
    spend_refresh_token(stage)
    stage.advance(hours=2)
    failed = steps(stage.sync())[Platform.X]
    assert (failed.state, failed.remedy) == (StepState.FAILED, Remedy.RECONNECT)
    assert x_token(stage).broken_at == stage.clock.now()
    assert x_token(stage).broken_reason == failed.error


def spend_refresh_token(stage):
    """As if another installation had used X's single-use refresh token."""
    token = x_token(stage)
    with stage.database.transaction() as session:
        session.get_one(Token, token.id).refresh_token = stage.workplace.accounts._vault.encrypt("spent")


def test_one_refresh_serves_runs_side_by_side(stage):
    stage.advance(hours=2)
    account = stage.accounts()[stage.businesses()[0].name, "x"]
    with ThreadPoolExecutor(6) as pool:
        sessions = list(pool.map(lambda _: stage.workplace.accounts.open_account(account), range(6)))
    assert all(session.get("/users/me").status == 200 for session in sessions)


def x_token(stage):
    account = stage.accounts()[stage.businesses()[0].name, "x"]
    with stage.database.reading() as session:
        return session.scalars(select(Token).where(Token.id == account.token_id)).one()


def test_a_stop_keeps_accounts_from_starting_and_the_run_reads_interrupted(stage):
    stop = Event()
    stop.set()
    run = stage.sync(stop=stop)
    assert run.state is RunState.INTERRUPTED
    assert {step.state for step in run.steps} == {StepState.INTERRUPTED}


def test_a_cancelled_run_stops_between_two_requests_and_keeps_what_it_has_read(stage):
    stop = RunStop()

    def cancel(request):
        stop.cancel()
        return stage.faults.pass_on(request)

    stage.faults.instead["/linkedin/rest/posts?"] = cancel
    run = stage.sync(stop=stop)
    assert run.state is RunState.CANCELLED
    assert steps(run)[Platform.LINKEDIN].state is StepState.CANCELLED
    assert {step.state for step in run.steps} <= {StepState.CANCELLED, StepState.SUCCEEDED}
    after = stage.sync()
    assert after.state is RunState.SUCCEEDED


def test_a_wait_is_cut_short_by_a_cancel(stage, clock):
    stop = RunStop()

    def slow_down(_):
        stop.cancel()
        return httpx.Response(429, headers={"Retry-After": "50"}, json={})

    stage.faults.instead["/linkedin/"] = slow_down
    began = clock.now()
    run = stage.sync(stop=stop)
    assert steps(run)[Platform.LINKEDIN].state is StepState.CANCELLED
    assert clock.now() - began < timedelta(seconds=50)


def test_a_publish_that_fails_ends_the_run_as_failed_and_the_next_one_publishes(stage, mocker):
    publish = mocker.patch.object(
        stage.workplace.engine._warehouse, "publish", side_effect=WarehouseError("No space left on device.")
    )
    run = stage.sync()
    assert (run.state, run.error) == (RunState.FAILED, "No space left on device.")
    mocker.stop(publish)
    assert stage.sync().state is RunState.SUCCEEDED
    assert count(stage, "posts") > 0


def test_a_fault_of_our_own_is_one_sentence_and_leaves_the_others_alone(stage, mocker):
    mocker.patch("core.fetchers.x.parse_posts", side_effect=KeyError("bearer s3cret-token"))
    run = stage.sync()
    failed = steps(run)[Platform.X]
    assert (run.state, failed.state, failed.remedy) == (RunState.PARTIAL, StepState.FAILED, Remedy.REPORT)
    assert "KeyError" in failed.error
    assert "s3cret" not in failed.error


def test_no_token_is_readable_in_the_database_or_in_what_was_asked(stage):
    stage.sync()
    stored = (stage.settings.data_dir / "operations.db").read_bytes() + (
        stage.settings.data_dir / "operations.db-wal"
    ).read_bytes()
    for account in stage.accounts().values():
        token = stage.workplace.accounts._vault.decrypt(account.page_token or account.token.access_token)
        assert token.encode() not in stored
        assert not any(token in url for url in stage.faults.asked)


def test_businesses_are_synced_each_on_their_own(stage):
    one, two = stage.businesses()
    stage.sync(one.id)
    assert stage.query("SELECT DISTINCT business_id FROM accounts") == [(one.id,)]
    stage.sync(two.id)
    assert sorted(stage.query("SELECT DISTINCT business_id FROM accounts")) == [(one.id,), (two.id,)]


def test_what_was_asked_went_to_the_sandbox_alone(stage):
    stage.sync()
    assert {httpx.URL(url).host for url in stage.faults.asked} == {"127.0.0.1"}

"""The engine against what platforms really do: limits shared, metrics retired, posts deleted, the past filled, money kept."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from core.domain import Platform, RunState, RunTrigger, StepState
from core.errors import Remedy
from core.ops import costs, runs
from core.ops.models import Notice, RetiredMetric
from tests.conftest import NOW
from tests.stage import Faults, open_sandbox, open_stage, stage_settings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "2", "--now", NOW.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def more():
    """Settings that a test changes."""
    return {}


@pytest.fixture
def stage(sandbox, clock, tmp_path, more):
    with open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "data", **more), clock) as stage:
        yield stage
    sandbox.play()


def steps(run):
    return {step.account.platform: step for step in run.steps}


def fault(account, name, **more):
    return {"account": account, "fault": name, **more}


def of(stage, platform, what="count(*)", table="posts", where="true"):
    sql = f"SELECT {what} FROM {table} JOIN accounts USING (account_id) WHERE platform = '{platform.value}' AND {where}"
    return stage.query(sql)[0][0]


class TestLimits:
    def test_an_account_that_waits_goes_on_in_a_run_of_its_own(self, stage):
        stage.sandbox.play(fault("x/*", "rate_limited", reset_s=720, times=1))
        run = stage.sync()
        waiting = steps(run)[Platform.X]
        assert (run.state, waiting.state, waiting.retry_at) == (
            RunState.PARTIAL,
            StepState.WAITING,
            NOW + timedelta(minutes=12),
        )
        stage.advance(minutes=12)
        with stage.database.transaction() as session:
            (run_id,) = runs.request_retries(session, now=stage.clock.now())
        retried = stage.carry_out(run_id)
        assert (retried.state, retried.trigger) == (RunState.SUCCEEDED, RunTrigger.RETRY)
        assert [step.account.platform for step in retried.steps] == [Platform.X]
        assert of(stage, Platform.X) > 50

    def test_nobody_asks_again_before_the_limit_ends_not_even_after_a_restart(self, stage):
        stage.sandbox.play(fault("x/*", "rate_limited", reset_s=720, times=1))
        stage.sync()
        asked = len(stage.faults.asked)
        again = steps(stage.sync())[Platform.X]
        assert (again.state, again.retry_at) == (StepState.WAITING, NOW + timedelta(minutes=12))
        assert not any("/x/2/" in url for url in stage.faults.asked[asked:])
        stage.restart()
        asked = len(stage.faults.asked)
        assert steps(stage.sync())[Platform.X].state is StepState.WAITING
        assert not any("/x/2/" in url for url in stage.faults.asked[asked:])

    def test_an_app_without_credits_rests_with_all_its_accounts_and_disconnects_none(self, stage):
        stage.sandbox.play(fault("x/*", "credits_depleted"))
        one, two = stage.businesses()
        first = steps(stage.sync(one.id))[Platform.X]
        assert (first.state, first.remedy) == (StepState.FAILED, Remedy.ASK_OPERATOR)
        asked = len(stage.faults.asked)
        second = steps(stage.sync(two.id))[Platform.X]
        assert (second.state, second.remedy, second.error) == (StepState.FAILED, Remedy.ASK_OPERATOR, first.error)
        assert not any("/x/2/" in url for url in stage.faults.asked[asked:])
        assert all(account.token.broken_at is None for account in stage.accounts().values())

    def test_linkedins_day_limit_stops_its_endpoint_until_midnight_and_no_other(self, stage):
        stage.sandbox.play(fault("linkedin/*", "app_day_limit", endpoint="statistics"))
        limited = steps(stage.sync())[Platform.LINKEDIN]
        assert (limited.state, limited.retry_at) == (StepState.WAITING, datetime(2026, 11, 25, tzinfo=UTC))
        assert limited.posts > 0
        assert of(stage, Platform.LINKEDIN) == limited.posts

    def test_a_usage_cap_ignores_the_reset_header(self, stage):
        stage.sandbox.play(fault("x/*", "usage_capped"))
        capped = steps(stage.sync())[Platform.X]
        assert (capped.state, capped.retry_at) == (StepState.WAITING, datetime(2026, 11, 25, tzinfo=UTC))


class TestLogins:
    def test_one_401_is_answered_with_a_renewal_and_nothing_is_lost(self, stage):
        stage.sandbox.play(fault("x/*", "expired_token"))
        assert steps(stage.sync())[Platform.X].state is StepState.SUCCEEDED

    def test_an_outage_that_answers_401_asks_nobody_to_sign_in_until_the_third_time(self, stage):
        remedies = []
        for _ in range(3):
            stage.sandbox.play(
                fault(
                    "x/*", "exact_answer", status=401, body={"title": "Unauthorized", "status": 401}, endpoint="profile"
                )
            )
            remedies.append(steps(stage.sync())[Platform.X].remedy)
            stage.advance(hours=1)
        assert remedies == [Remedy.RETRY, Remedy.RETRY, Remedy.RECONNECT]

    def test_a_changed_password_asks_to_connect_again_with_the_matching_sentence(self, stage):
        stage.sandbox.play(fault("facebook/*", "token_dead", subcode=460))
        failed = steps(stage.sync())[Platform.FACEBOOK]
        assert (failed.state, failed.remedy) == (StepState.FAILED, Remedy.RECONNECT)
        assert "password" in failed.error


class TestRetiredMetrics:
    def test_a_retired_metric_costs_one_metric_and_makes_one_notice(self, stage):
        stage.sandbox.play(fault("facebook/*", "metric_retired", metric="post_total_media_view_unique"))
        step = steps(stage.sync())[Platform.FACEBOOK]
        assert step.state is StepState.SUCCEEDED, step.error
        assert of(stage, Platform.FACEBOOK, "count(reach)", "post_latest") == 0
        assert of(stage, Platform.FACEBOOK, "count(impressions)", "post_latest") > 50
        assert stage.query("SELECT platform, metric, event FROM metric_events") == [("facebook", "reach", "retired")]
        stage.sync(stage.businesses()[1].id)
        with stage.database.reading() as session:
            assert list(session.scalars(select(Notice.text))) == [
                "Facebook no longer gives reach; what was measured before stays."
            ]

    def test_it_is_not_asked_for_a_week_then_tried_and_welcomed_back(self, stage):
        stage.sandbox.play(fault("facebook/*", "metric_retired", metric="post_total_media_view_unique"))
        stage.sync()
        asked = len(stage.faults.asked)
        stage.advance(days=2)
        stage.sync()
        assert not any("post_total_media_view_unique" in url for url in stage.faults.asked[asked:])
        stage.sandbox.play()
        stage.advance(days=6)
        assert steps(stage.sync())[Platform.FACEBOOK].state is StepState.SUCCEEDED
        assert of(stage, Platform.FACEBOOK, "count(reach)", "post_latest") > 0
        assert [row[0] for row in stage.query("SELECT event FROM metric_events ORDER BY rowid")] == [
            "retired",
            "returned",
        ]
        with stage.database.reading() as session:
            assert list(session.scalars(select(RetiredMetric))) == []


class TestPosts:
    def test_a_deleted_post_is_marked_on_the_platforms_word_and_x_forgets_its_text(self, stage):
        stage.sync()
        stage.sandbox.play(
            *(fault(f"{platform}/*", "deleted_post", post=0) for platform in ("x", "linkedin", "facebook", "instagram"))
        )
        stage.advance(hours=1)
        assert stage.sync().state is RunState.SUCCEEDED
        for platform in Platform:
            assert of(stage, platform, where="gone_at IS NOT NULL") == 1, platform
        assert of(stage, Platform.X, "count(text)", where="gone_at IS NOT NULL") == 0
        assert of(stage, Platform.LINKEDIN, "count(text)", where="gone_at IS NOT NULL") == 1
        assert of(stage, Platform.X, "count(*)", "post_latest") == of(stage, Platform.X)

    def test_an_account_that_hides_its_posts_has_deleted_none(self, stage):
        stage.sync()
        stage.sandbox.play(fault("x/*", "protected_account"))
        stage.advance(hours=1)
        stage.sync()
        assert of(stage, Platform.X, where="gone_at IS NOT NULL") == 0

    def test_duplicates_at_page_borders_are_stored_once(self, stage):
        stage.sandbox.play(
            *(fault(f"{platform}/*", "border_duplicate") for platform in ("x", "linkedin", "facebook", "instagram"))
        )
        assert stage.sync().state is RunState.SUCCEEDED
        assert stage.query("SELECT count(*) FROM posts GROUP BY account_id, post_id HAVING count(*) > 1") == []

    def test_counters_that_fall_are_stored_as_they_are(self, stage):
        stage.sync()
        before = of(stage, Platform.X, "sum(likes)", "post_latest")
        stage.sandbox.play(fault("x/*", "fallen_counters", post=0, share=0.5))
        assert steps(stage.sync())[Platform.X].rows_changed >= 1
        assert of(stage, Platform.X, "sum(likes)", "post_latest") < before

    def test_an_edited_post_keeps_its_row_with_the_new_text(self, stage):
        stage.sync()
        posts = of(stage, Platform.LINKEDIN)
        stage.sandbox.play(fault("linkedin/*", "edited_post", post=0))
        stage.sync()
        assert of(stage, Platform.LINKEDIN) == posts

    def test_statistics_that_come_empty_turn_no_known_number_into_zero(self, stage):
        stage.sync()
        before = of(stage, Platform.LINKEDIN, "sum(impressions)", "post_latest")
        assert before > 1000
        empty = {"elements": [], "paging": {"start": 0, "count": 10, "links": []}}
        stage.sandbox.play(fault("linkedin/*", "exact_answer", status=200, body=empty, endpoint="statistics"))
        assert steps(stage.sync())[Platform.LINKEDIN].state is StepState.SUCCEEDED
        assert of(stage, Platform.LINKEDIN, "sum(impressions)", "post_latest") == before


class TestDepth:
    def test_an_hour_later_a_sync_asks_less(self, stage):
        first = stage.sync()
        stage.advance(hours=1)
        second = stage.sync(trigger=RunTrigger.SCHEDULE)
        assert sum(step.requests for step in second.steps) < sum(step.requests for step in first.steps) * 0.7
        assert all(step.posts < 20 for step in second.steps)
        assert all(step.covered_to for step in second.steps)

    def test_a_day_of_hourly_linkedin_syncs_keeps_within_the_development_tier(self, stage):
        stage.sync()
        calls = 0
        for _ in range(12):
            stage.advance(hours=2)
            calls += steps(stage.sync(trigger=RunTrigger.SCHEDULE))[Platform.LINKEDIN].requests
        assert calls <= 100


class TestBackfill:
    @pytest.fixture
    def more(self):
        return {"backfill_days": 200, "backfill_posts": 150}

    def test_the_past_is_filled_after_the_first_look_and_marked_in_the_run(self, stage):
        run = stage.sync()
        assert run.state is RunState.SUCCEEDED
        assert steps(run)[Platform.FACEBOOK].filled.startswith("history: ")
        oldest = of(stage, Platform.FACEBOOK, "date_diff('day', min(day), DATE '2026-11-24')", "account_daily")
        assert oldest == 200
        assert 100 < of(stage, Platform.LINKEDIN) <= 150
        again = stage.sync()
        assert {step.filled for step in again.steps} == {None}
        assert stage.query("SELECT count(*) FROM posts GROUP BY account_id, post_id HAVING count(*) > 1") == []

    def test_a_sync_cut_short_before_its_first_piece_leaves_no_hole_between_the_posts(self, stage):
        stop = Event()

        def answer(request):
            stop.set()
            return super(Faults, stage.faults).handle_request(request)

        stage.faults.instead["tweets"] = answer
        assert steps(stage.sync(stop=stop))[Platform.X].filled is None
        stage.faults.instead.clear()
        stage.advance(hours=1)
        assert steps(stage.sync())[Platform.X].filled.endswith("50 posts")
        assert of(stage, Platform.X) >= 150


class TestMoney:
    @pytest.fixture
    def more(self):
        return {"x_daily_cap_usd": 0.6, "backfill_posts": 400}

    def test_x_stops_before_the_days_cap_is_passed_and_goes_on_the_next_day(self, stage):
        one, two = stage.businesses()
        assert steps(stage.sync(one.id))[Platform.X].state is StepState.SUCCEEDED
        held = steps(stage.sync(two.id))[Platform.X]
        assert (held.state, held.retry_at) == (StepState.WAITING, datetime(2026, 11, 25, tzinfo=UTC))
        assert held.requests == 0
        with stage.database.reading() as session:
            spent = costs.spent_today(session, Platform.X, now=NOW)
        assert 0.4 < spent <= 0.6
        stage.advance(hours=15)
        assert steps(stage.sync(two.id))[Platform.X].state is StepState.SUCCEEDED


class TestRetention:
    @pytest.fixture
    def more(self):
        return {"linkedin_keep_text_days": 10}

    def test_text_and_media_expire_where_the_rules_bind_and_the_numbers_stay(self, stage):
        stage.sync()
        old = "published_at < TIMESTAMP '2026-11-14 09:30:00'"
        assert of(stage, Platform.LINKEDIN, "count(text)", where=old) == 0
        assert of(stage, Platform.LINKEDIN, "count(text)", where=f"NOT {old}") > 0
        assert of(stage, Platform.FACEBOOK, "count(text)", where=old) > 0
        assert of(stage, Platform.LINKEDIN, "count(likes)", "post_latest") == of(stage, Platform.LINKEDIN)

    def test_what_grows_old_is_forgotten_within_a_day_and_does_not_come_back_with_a_deep_look(self, stage):
        stage.sync()
        stage.advance(days=8)  # a weekly look lists every post again
        stage.sync()
        old = "published_at < TIMESTAMP '2026-11-22 09:30:00'"
        assert of(stage, Platform.LINKEDIN, where=old) > of(
            stage, Platform.LINKEDIN, where="published_at < TIMESTAMP '2026-11-14 09:30:00'"
        )
        assert of(stage, Platform.LINKEDIN, "count(text) + count(media_url)", where=old) == 0


def test_a_restored_folder_shows_what_it_holds_before_anything_is_synced(stage):
    stage.sync()
    held = stage.query("SELECT count(*) FROM posts")
    for path in stage.settings.published_dir.iterdir():
        path.unlink()
    stage.restart()
    stage.workplace.engine.publish_if_missing()
    assert stage.query("SELECT count(*) FROM posts") == held

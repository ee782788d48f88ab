"""Forty accounts, each with a fault of its own: every healthy one complete, every ill one named with its remedy, nothing invented."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.clock import MovableClock
from core.domain import RunState, RunTrigger, StepState
from core.errors import Remedy
from core.ops import runs
from core.stopping import RunStop
from tests.conftest import NOW
from tests.stage import open_sandbox, open_stage, stage_settings

pytestmark = pytest.mark.integration

# per platform and business: the fault, its parameters, and the remedy it must be named with (None: it must not show at all)
LINKEDIN = [
    ("border_duplicate", {}, None),
    ("short_page_with_next", {"keep": 30}, None),
    ("server_error", {"times": 1}, None),
    ("html_page", {"endpoint": "posts"}, Remedy.REPORT),
    ("stats_access_denied", {}, Remedy.ASK_OPERATOR),
    ("version_sunset", {}, Remedy.ASK_OPERATOR),
    ("member_day_limit", {}, Remedy.WAIT),
    ("unpermitted_field", {}, None),
    ("old_reach_spelling", {}, None),
    ("bot_wall", {}, Remedy.RETRY),
]
X = [
    ("renamed_fields", {}, None),
    ("empty_page_with_token", {}, None),
    ("video_without_includes", {}, None),
    ("rate_limited", {"reset_s": 720}, Remedy.WAIT),
    ("truncated", {"endpoint": "timeline"}, Remedy.REPORT),
    ("unauthorized_once", {"times": 1}, None),
    ("partial_errors", {}, None),
    ("unavailable", {}, Remedy.RETRY),
    ("numeric_ids", {}, None),
    ("wrong_shape", {"endpoint": "profile"}, Remedy.REPORT),
]
FACEBOOK = [
    ("metric_retired", {"metric": "post_clicks"}, None),
    ("transient_code_2", {"times": 1}, None),
    ("token_dead", {"subcode": 463}, Remedy.RECONNECT),
    ("throttled", {"code": 32, "minutes": 12}, Remedy.WAIT),
    ("gone_post", {}, None),
    ("reduce_data", {"limit": 25}, None),
    ("not_enough_viewers", {}, None),
    ("profile_gone", {}, Remedy.RECONNECT),
    ("dict_values", {}, None),
    ("empty_body", {"endpoint": "posts"}, Remedy.REPORT),
]
INSTAGRAM = [
    ("hidden_likes", {}, None),
    ("no_insights_yet", {}, None),
    (None, {}, Remedy.RECONNECT),  # the same person's dead login as the Facebook page of this business
    ("media_before_business", {}, None),
    ("total_without_value", {}, None),
    ("batch_fails", {"most": 10}, None),
    ("insight_twice", {}, None),
    (
        "graph_error",
        {"code": 10, "message": "(#10) Application does not have permission for this action"},
        Remedy.ASK_OPERATOR,
    ),
    ("carousel_children", {}, None),
    ("cut_off", {"endpoint": "posts"}, Remedy.RETRY),
]
CASES = {"linkedin": LINKEDIN, "x": X, "facebook": FACEBOOK, "instagram": INSTAGRAM}


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox("--businesses", "10", "--now", NOW.isoformat()) as sandbox:
        yield sandbox


@pytest.fixture
def stage(sandbox, clock, tmp_path):
    with open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "data"), clock) as stage:
        yield stage


def sync_all(stage):
    """Every business at once, as at a full hour."""
    for business in stage.businesses():
        runs.request_run(stage.database, business.id, RunTrigger.SCHEDULE, now=stage.clock.now())
    claimed = []
    for _ in stage.businesses():
        with stage.database.transaction() as session:
            claimed.append(runs.claim_run(session, "test", now=stage.clock.now()))
    with ThreadPoolExecutor(len(claimed)) as pool:
        list(pool.map(lambda run: stage.workplace.engine.sync_run(run, RunStop()), claimed))
    with stage.database.reading() as session:
        return [runs.get_run(session, run.id) for run in claimed]


def steps_by_account(ended):
    return {(step.account.platform.value, step.account.id): step for run in ended for step in run.steps}


def test_every_healthy_account_is_complete_and_every_ill_one_named(stage):
    expected = play_every_fault(stage)
    ended = sync_all(stage)
    found = steps_by_account(ended)
    named = {key: (expected[key][0], step.remedy) for key, step in found.items()}
    assert named == expected
    assert all((step.state is StepState.SUCCEEDED) == (step.remedy is None) for step in found.values())
    assert all(step.error for step in found.values() if step.remedy)
    assert RunState.SUCCEEDED in {run.state for run in ended}


def test_what_is_known_under_faults_is_what_the_platforms_give_without_them(stage, sandbox, tmp_path):
    play_every_fault(stage)
    sync_all(stage)
    with open_stage(sandbox, stage_settings(sandbox.port, tmp_path / "healthy"), MovableClock(NOW)) as healthy:
        assert {run.state for run in sync_all(healthy)} == {RunState.SUCCEEDED}
        for table, key in (("post_latest", "post_id"), ("account_daily", "day")):
            ill, reference = (numbers(one, table, key) for one in (stage, healthy))
            assert len(ill) > 400
            invented = {at: row for at, row in ill.items() if differences(row, reference.get(at, ()))}
            assert invented == {}


def play_every_fault(stage):
    """Each account's own fault; by account what it must be named with."""
    accounts, expected, script = stage.accounts(), {}, []
    for platform, cases in CASES.items():
        for business, (name, arguments, remedy) in zip(stage.businesses(), cases, strict=True):
            account = accounts[business.name, platform]
            expected[platform, account.id] = (name, remedy and remedy.value)
            if name:
                script.append({"account": f"{platform}/{account.external_id}", "fault": name, **arguments})
    stage.sandbox.play(*script)
    return expected


def numbers(stage, table, key):
    """The newest known counters by account and post or day."""
    rows = stage.query(
        f"SELECT account_id, {key}, * EXCLUDE (account_id, {key}, observed_at, run_id, source) FROM {table}"
    )
    return {row[:2]: row[2:] for row in rows}


def differences(ill, healthy):
    """Numbers known under a fault that are not those the platform gives without it; unknown is no difference."""
    if not healthy:
        return ["a post or day that nobody has"]
    return [(a, b) for a, b in zip(ill, healthy, strict=True) if a is not None and a != b]

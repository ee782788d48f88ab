"""The syncs page: whether the sidecar lives, what runs, what ran, and what mends what went wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.charts.run_strip import COLORS
from core.domain import LoadCounts, Platform, RunState, RunTrigger
from core.errors import (
    GoneError,
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    ReconnectNeededError,
    TransientError,
)
from core.ops import runs
from core.ops.sidecars import record_heartbeat
from core.ops.steps import StepOutcome
from tests.conftest import NOW
from tests.ui.conftest import SYNCS
from tests.ui.folder import ALL_PLATFORMS, JOB

pytestmark = pytest.mark.integration

FINE = StepOutcome(requests=7, posts=20, counts=LoadCounts(3, 2, 40))


def open_syncs(dashboard, **parameters):
    at = dashboard.open(SYNCS, **parameters)
    assert not at.exception
    return at


def table(at, column):
    """The table that has this column."""
    return next(frame.value for frame in at.dataframe if column in frame.value)


def press(at):
    at.button(key="syncs_now").click().run()
    return [toast.value for toast in at.toast]


class TestSidecar:
    def test_a_living_sidecar_says_when_it_syncs_next(self, dashboard, filled):
        texts = dashboard.texts(open_syncs(dashboard))
        assert "Next sync at 10:00 UTC, in 30 min." in texts
        assert not any("python -m core sidecar" in text for text in texts)

    def test_the_next_run_is_told_in_the_zone_of_the_business(self, dashboard, filled):
        filled.add_business("Harbor", Platform.LINKEDIN, zone="America/New_York")
        texts = dashboard.texts(open_syncs(dashboard, business="Harbor"))
        assert "Next sync at 05:00 EST, in 30 min." in texts

    def test_the_next_run_of_one_business_is_that_of_its_own_schedule(self, dashboard, filled):
        own = {**JOB, "id": f"sync_business_{filled.bikes}", "next_run_time": "2026-11-24T12:00:00+00:00"}
        with filled.database.transaction() as session:
            record_heartbeat(session, "here:1", jobs=[JOB, own], job_error=None, now=NOW)
        assert "Next sync at 12:00 UTC, in 2 h 30 min." in dashboard.texts(
            open_syncs(dashboard, business="Lumen Bikes")
        )
        assert "Next sync at 10:00 UTC, in 30 min." in dashboard.texts(open_syncs(dashboard, business="Aurora Coffee"))

    def test_a_run_of_a_sidecar_that_died_is_not_called_running(self, dashboard, filled):
        filled.start(filled.bikes)
        filled.beat(now=NOW - timedelta(seconds=13))
        at = open_syncs(dashboard)
        (bar,) = at.get("progress")
        assert bar.proto.text.startswith("Run 1: stopped with the sidecar, goes on when it is back")
        states = table(at, "Data covers to").set_index("Business")["Status"]
        assert states["Lumen Bikes"] == ["Up to date"]

    def test_a_silent_sidecar_is_not_running(self, dashboard, filled):
        filled.beat(now=NOW - timedelta(seconds=13))
        texts = dashboard.texts(open_syncs(dashboard))
        assert any("Not running" in text for text in texts)
        assert any("python -m core sidecar" in text for text in texts)

    def test_a_job_that_failed_is_told(self, dashboard, filled):
        filled.beat(job_error="Sync failed at 09:00 UTC: ![](http://evil/x.png)")
        assert [text.value for text in open_syncs(dashboard).text] == [
            "Sync failed at 09:00 UTC: ![](http://evil/x.png)"
        ]


class TestSyncNow:
    def test_a_press_writes_a_request_for_every_business(self, dashboard, filled):
        at = open_syncs(dashboard)
        assert at.button(key="syncs_now").label == "Sync all businesses now"
        assert press(at) == ["Runs 1 and 2 are requested."]
        with filled.database.reading() as session:
            found = {run.business_id: (run.trigger, run.state) for run in runs.list_runs(session)}
        assert found == dict.fromkeys((filled.aurora, filled.bikes), (RunTrigger.MANUAL, RunState.REQUESTED))

    def test_a_press_for_one_business_leaves_the_other(self, dashboard, filled):
        at = open_syncs(dashboard, business="Lumen Bikes")
        assert press(at) == ["Run 1 is requested."]
        with filled.database.reading() as session:
            assert [run.business_id for run in runs.list_runs(session)] == [filled.bikes]

    def test_a_second_press_is_answered_by_the_same_run(self, dashboard, filled):
        at = open_syncs(dashboard, business="Lumen Bikes")
        press(at)
        assert press(at) == ["Run 1 is already on its way."]
        with filled.database.reading() as session:
            assert len(runs.list_runs(session)) == 1

    def test_a_run_that_is_on_its_way_is_told_from_new_ones(self, dashboard, filled):
        filled.start(filled.bikes)
        assert press(open_syncs(dashboard)) == ["Run 2 is requested.", "Run 1 is already on its way."]

    def test_while_the_sidecar_is_silent_a_request_waits(self, dashboard, filled):
        filled.beat(now=NOW - timedelta(minutes=1))
        (said,) = press(open_syncs(dashboard, business="Lumen Bikes"))
        assert said == "Run 1 is requested. The sidecar is not running: this waits until it does."

    def test_without_accounts_there_is_nothing_to_press(self, dashboard, filled):
        filled.add_business("Empty")
        at = open_syncs(dashboard, business="Empty")
        assert at.button(key="syncs_now").disabled
        assert any("connect one first" in text for text in dashboard.texts(at))


class TestRuns:
    def test_no_run_yet(self, dashboard, filled):
        assert any("No run yet" in text for text in dashboard.texts(open_syncs(dashboard)))

    def test_a_run_in_a_line(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        row = table(open_syncs(dashboard), "Started by").iloc[0].to_dict()
        started = (NOW - timedelta(minutes=30)).replace(tzinfo=None)
        assert row | {"Started": None} == {
            "Run": 1,
            "Business": "Lumen Bikes",
            "State": ["Succeeded"],
            "Started by": "Schedule",
            "Started": None,
            "Took": "1 min 12 s",
            "Accounts": "1 of 1",
            "New": 3,
            "Changed": 2,
            "Unchanged": 40,
        }
        assert row["Started"] == started

    def test_the_newest_thirty_newest_first(self, dashboard, filled):
        for number in range(32):
            filled.run(filled.bikes, FINE, at=NOW - timedelta(hours=40 - number))
        assert table(open_syncs(dashboard), "Started by")["Run"].tolist() == list(range(32, 2, -1))

    def test_a_run_on_its_way_shows_how_far_it_is(self, dashboard, filled):
        filled.start(filled.aurora, FINE)
        at = open_syncs(dashboard)
        (bar,) = at.get("progress")
        assert bar.proto.value == 25
        assert bar.proto.text == "Run 1: running, 1 of 4 accounts done, 3 new and 2 changed rows"
        steps = table(open_syncs(dashboard, run="1"), "Requests")
        assert [state for (state,) in steps["State"]] == ["Succeeded", "Running", "Next", "Next"]
        assert steps["New"].isna().tolist() == [False, True, True, True]

    def test_a_run_that_waits_has_no_counts_rather_than_zeros(self, dashboard, filled):
        runs.request_run(filled.database, filled.bikes, RunTrigger.MANUAL, now=NOW)
        row = table(open_syncs(dashboard), "Started by").iloc[0]
        assert row["State"] == ["Waiting to start"]
        assert row[["New", "Changed", "Unchanged"]].isna().all()

    def test_only_the_runs_of_the_chosen_business(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        filled.run(filled.aurora, FINE, FINE, FINE, FINE)
        assert table(open_syncs(dashboard, business="Lumen Bikes"), "Started by")["Run"].tolist() == [1]

    def test_a_run_on_its_way_can_be_cancelled(self, dashboard, filled):
        filled.start(filled.aurora, FINE)
        at = open_syncs(dashboard)
        at.button(key="syncs_cancel_1").click().run()
        assert not at.exception
        with filled.database.reading() as session:
            run = runs.get_run(session, 1)
        assert (run.state, run.cancelled_by) == (RunState.RUNNING, "local")
        assert run.cancel_requested_at == NOW
        assert "It stops: accounts in flight end first." in dashboard.texts(at)
        assert not [button for button in at.button if button.key == "syncs_cancel_1"]

    def test_one_bar_for_each_run_oldest_first_in_the_colour_of_its_state(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        filled.run(filled.bikes, StepOutcome(error=TransientError("Busy.")), state=RunState.FAILED)
        (strip,) = dashboard.figures(open_syncs(dashboard))
        (bars,) = strip["data"]
        assert [run_id for run_id, _ in bars["customdata"]] == [1, 2]
        assert bars["marker"]["color"] == [COLORS[RunState.SUCCEEDED], COLORS[RunState.FAILED]]

    def test_a_name_cannot_put_a_tag_into_the_strip(self, dashboard, filled):
        business, _ = filled.add_business("<b onmouseover=x>", Platform.X)
        filled.run(business, FINE)
        (strip,) = dashboard.figures(open_syncs(dashboard))
        assert strip["data"][0]["customdata"][0][1].startswith("Run 1, &lt;b onmouseover=x>: succeeded")

    def test_an_interrupted_run_says_why(self, dashboard, filled):
        filled.run(filled.bikes, state=RunState.INTERRUPTED, error="The sidecar stopped in the middle of this run.")
        row = table(open_syncs(dashboard), "Started by").iloc[0]
        assert (row["State"], row["What happened"]) == (
            ["Interrupted"],
            "The sidecar stopped in the middle of this run.",
        )


class TestCost:
    def test_what_a_sync_cost_and_filled_is_in_the_tables(self, dashboard, filled):
        x_account = filled.accounts[1]
        filled.run(filled.aurora, FINE, replace(FINE, filled="300 posts back to 3 May 2025"), FINE, FINE)
        filled.spend(x_account, 0.506)
        at = open_syncs(dashboard)
        assert table(at, "Started by")["Cost"].tolist() == ["$0.51"]
        steps = table(open_syncs(dashboard, run="1"), "Requests").set_index("Platform")
        assert steps.loc["X", ["Cost", "History filled"]].tolist() == ["$0.51", "300 posts back to 3 May 2025"]
        assert steps.loc["LinkedIn", ["Cost", "History filled"]].isna().all()

    def test_what_cost_nothing_has_no_column(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        at = open_syncs(dashboard, run="1")
        assert not any(name in frame.value for frame in at.dataframe for name in ("Cost", "History filled"))

    def test_todays_spending_on_x_stands_against_its_cap(self, dashboard, filled):
        filled.run(filled.aurora, FINE, FINE, FINE, FINE)
        filled.spend(filled.accounts[1], 0.506)
        assert r"X today: about \$0.51 of \$5.00" in dashboard.texts(open_syncs(dashboard))
        other = open_syncs(dashboard, business="Lumen Bikes")
        assert not any("X today" in text for text in dashboard.texts(other))


class TestRetries:
    def test_an_account_that_goes_on_after_a_wait_has_a_run_of_its_own(self, dashboard, filled):
        wait = StepOutcome(error=RateLimitedError("Full.", retry_at=NOW - timedelta(minutes=5)))
        filled.run(filled.bikes, wait, state=RunState.PARTIAL)
        with filled.database.transaction() as session:
            runs.request_retries(session, now=NOW)
        rows = table(open_syncs(dashboard), "Started by")
        assert rows["Started by"].tolist() == ["Goes on after a wait", "Schedule"]
        assert rows["Accounts"].tolist() == ["0 of 1", "1 of 1"]


class TestNotices:
    def test_what_was_said_in_the_last_two_weeks_newest_first(self, dashboard, filled):
        filled.notice("Long ago.", at=NOW - timedelta(days=15))
        filled.notice("![](http://evil/x.png) is gone.", at=NOW - timedelta(days=2))
        filled.notice("Meta no longer gives reach.")
        at = open_syncs(dashboard)
        assert [text.value for text in at.text] == ["Meta no longer gives reach.", "![](http://evil/x.png) is gone."]
        assert "Notices" in dashboard.texts(at)

    def test_without_a_notice_there_is_no_heading(self, dashboard, filled):
        assert "Notices" not in dashboard.texts(open_syncs(dashboard))


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "action"),
        [
            (ReconnectNeededError("Gone."), "Reconnect the account on the Accounts page."),
            (TransientError("Busy."), "Nothing to do: the next sync tries again."),
            (OperatorNeededError("No credits."), "Ask whoever runs Tideline to mend it."),
            (GoneError("Deleted."), "Nothing to do: it is left out."),
            (MalformedAnswerError("Odd."), "Report it, with the number of the run."),
            (RateLimitedError("Full.", retry_at=NOW + timedelta(minutes=35)), "Nothing to do: goes on at 10:05."),
        ],
    )
    def test_an_error_is_one_sentence_and_one_action(self, dashboard, filled, error, action):
        filled.run(filled.bikes, StepOutcome(error=error), state=RunState.FAILED)
        at = open_syncs(dashboard)
        assert str(error) in [text.value for text in at.text]
        assert action in [caption.value for caption in at.caption]
        row = table(open_syncs(dashboard, run="1"), "What to do").iloc[0]
        assert (row["What happened"], row["What to do"]) == (str(error), action)

    def test_what_a_platform_says_is_never_read_as_markdown(self, dashboard, filled):
        hostile = "<script>alert(1)</script> ![](http://evil/x.png) :red[x]"
        filled.run(filled.bikes, StepOutcome(error=TransientError(hostile)), state=RunState.FAILED)
        at = open_syncs(dashboard)
        assert hostile in [text.value for text in at.text]
        assert not any("evil" in e.value for kind in ("markdown", "caption", "info", "warning") for e in at.get(kind))

    def test_one_card_for_an_error_that_many_accounts_met(self, dashboard, filled):
        same = StepOutcome(error=OperatorNeededError("No credits."))
        filled.add_business("Third", *ALL_PLATFORMS)
        filled.run(filled.aurora, same, same, same, same, state=RunState.FAILED)
        filled.run(3, same, same, same, same, state=RunState.FAILED)
        at = open_syncs(dashboard)
        names, sentence = [text.value for text in at.text]
        assert sentence == "No credits."
        assert names.splitlines()[0] == "Aurora Coffee linkedin (LinkedIn)"
        assert names.splitlines()[-1] == "and 3 more"

    def test_an_account_that_synced_since_needs_no_attention(self, dashboard, filled):
        filled.run(filled.bikes, StepOutcome(error=TransientError("Busy.")), at=NOW - timedelta(hours=2))
        filled.run(filled.bikes, FINE)
        assert "Needs attention" not in dashboard.texts(open_syncs(dashboard))

    def test_an_account_still_needs_attention_while_the_next_run_is_on_its_way(self, dashboard, filled):
        filled.run(filled.bikes, StepOutcome(error=TransientError("Busy.")))
        filled.start(filled.bikes)
        assert "Busy." in [text.value for text in open_syncs(dashboard).text]

    def test_a_run_that_failed_as_a_whole_needs_attention_too(self, dashboard, filled):
        filled.run(filled.bikes, FINE, state=RunState.FAILED, error="![](http://evil/x.png) no space left.")
        at = open_syncs(dashboard)
        assert [text.value for text in at.text] == ["Lumen Bikes", "![](http://evil/x.png) no space left."]
        assert any(caption.value.startswith("The next sync tries again") for caption in at.caption)

    def test_an_account_that_stopped_long_ago_still_needs_attention(self, dashboard, filled):
        filled.run(filled.bikes, StepOutcome(error=TransientError("Busy.")), at=NOW - timedelta(days=40))
        assert "Busy." in [text.value for text in open_syncs(dashboard).text]

"""The syncs page: how every business and account stands, what happened lately, and what can be asked for."""

from datetime import date, timedelta

import pytest

from core.domain import LoadCounts, Platform, Provider, RunState, RunTrigger
from core.errors import RateLimitedError, ReconnectNeededError, TransientError
from core.ops import activities, quotas, runs, schedules
from core.ops.activities import ActivityKind
from core.ops.quotas import Told
from core.ops.schedules import ScheduleSettings
from core.ops.steps import StepOutcome
from tests.conftest import NOW
from tests.pages.test_syncs import FINE, open_syncs, table
from tests.ui.folder import days, posts

pytestmark = pytest.mark.integration


def businesses(at):
    return table(at, "Data covers to").set_index("Business")


def accounts(at):
    return table(at, "Next try")


class TestBusinesses:
    def test_each_in_a_line_with_its_word(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        row = businesses(open_syncs(dashboard)).loc["Lumen Bikes"]
        assert row["Status"] == ["Up to date"]
        assert row["Data covers to"] == "Mon 23 Nov"
        assert row["Last success"] == "09:00"
        assert row["Next sync"] == "10:00, in 30 min"
        assert row["Schedule"] == "Every hour"
        assert row["Quota left"] == "–"

    def test_what_needs_a_person_comes_first_and_stays_said_while_a_run_is_on_its_way(self, dashboard, filled):
        filled.run(filled.bikes, StepOutcome(error=ReconnectNeededError("Gone.")), state=RunState.FAILED)
        filled.start(filled.bikes)
        shown = businesses(open_syncs(dashboard))
        assert shown.index.tolist() == ["Lumen Bikes", "Aurora Coffee"]
        assert shown.loc["Lumen Bikes", "Status"] == ["Reconnect needed"]

    @pytest.mark.parametrize(
        ("error", "word"),
        [
            (RateLimitedError("Full.", retry_at=NOW + timedelta(minutes=5)), "Waits for a limit"),
            (TransientError("Busy."), "Will try again"),
        ],
    )
    def test_what_goes_on_by_itself(self, dashboard, filled, error, word):
        filled.run(filled.bikes, StepOutcome(error=error), state=RunState.PARTIAL)
        assert businesses(open_syncs(dashboard)).loc["Lumen Bikes", "Status"] == [word]

    def test_a_business_whose_days_are_too_old_is_behind(self, dashboard, filled):
        _, (account,) = filled.add_business("Harbor", Platform.LINKEDIN)
        filled.load(account, days=days(5, last=date(2026, 11, 10), impressions=3), posts=posts(account, 1))
        filled.publish()
        row = businesses(open_syncs(dashboard)).loc["Harbor"]
        assert (row["Status"], row["Data covers to"]) == (["Behind"], "Tue 10 Nov, 1 behind")

    def test_a_business_without_accounts_has_no_numbers(self, dashboard, filled):
        filled.add_business("Empty")
        row = businesses(open_syncs(dashboard)).loc["Empty"]
        assert row["Status"] == ["No account"]
        assert row[["Data covers to", "Last success", "Next sync", "Login"]].tolist() == ["–"] * 4

    def test_the_first_login_to_end_counts(self, dashboard, filled):
        filled.add_login(filled.bikes_account, expires_at=NOW + timedelta(days=6), refresh_expires_at=None)
        assert businesses(open_syncs(dashboard)).loc["Lumen Bikes", "Login"] == "6 days left"

    def test_of_the_limits_the_one_of_which_least_is_left(self, dashboard, filled):
        login = filled.add_login(filled.bikes_account)
        with filled.database.transaction() as session:
            told = [
                Told(
                    f"account:linkedin:login-{login}:a",
                    Provider.LINKEDIN,
                    Platform.LINKEDIN,
                    None,
                    "a",
                    "calls",
                    90,
                    100,
                ),
                Told(
                    f"account:linkedin:login-{login}:b",
                    Provider.LINKEDIN,
                    Platform.LINKEDIN,
                    None,
                    "b",
                    "calls",
                    5,
                    100,
                ),
            ]
            quotas.record_readings(session, told, now=NOW)
        shown = businesses(open_syncs(dashboard))
        assert shown.loc["Lumen Bikes", "Quota left"] == "10 % (LinkedIn)"
        assert shown.loc["Aurora Coffee", "Quota left"] == "–"

    def test_how_full_a_limit_is_whose_window_has_ended_is_not_known(self, dashboard, filled):
        login = filled.add_login(filled.bikes_account)
        key = f"account:linkedin:login-{login}:a"
        told = Told(key, Provider.LINKEDIN, Platform.LINKEDIN, None, "a", "calls", 90, 100, NOW - timedelta(minutes=1))
        with filled.database.transaction() as session:
            quotas.record_readings(session, [told], now=NOW - timedelta(hours=1))
        assert businesses(open_syncs(dashboard)).loc["Lumen Bikes", "Quota left"] == "–"

    def test_one_business_is_told_in_facts(self, dashboard, filled):
        at = open_syncs(dashboard, business="Lumen Bikes")
        told = next(body for body in dashboard.bodies(at) if "Quota left" in body)
        assert "<dt>Next sync</dt><dd>10:00, in 30 min</dd>" in told


class TestAccounts:
    def test_each_with_what_its_newest_sync_brought_and_how_long_that_usually_takes(self, dashboard, filled):
        for number in range(3):
            filled.run(filled.bikes, FINE, at=NOW - timedelta(hours=5 - number))
        filled.run(filled.bikes, StepOutcome(counts=LoadCounts(7, 8, 9)))
        row = accounts(open_syncs(dashboard, business="Lumen Bikes")).iloc[0]
        assert row[["New", "Changed", "Unchanged"]].tolist() == [7, 8, 9]
        assert row["Took"] == "20 s of 20 s"
        assert row["State"] == ["Succeeded"]
        assert row["Next try"] == "10:00, in 30 min"
        assert row["Posts"].to_pydatetime() == (NOW - timedelta(minutes=5)).replace(tzinfo=None)

    def test_an_account_that_was_never_synced_has_no_numbers_rather_than_zeros(self, dashboard, filled):
        row = accounts(open_syncs(dashboard, business="Lumen Bikes")).iloc[0]
        assert row[["New", "Changed", "Unchanged"]].isna().all()
        assert row["Took"] == "–"

    def test_one_that_waits_is_tried_when_its_limit_ends(self, dashboard, filled):
        error = RateLimitedError("Full.", retry_at=NOW + timedelta(minutes=5))
        filled.run(filled.bikes, StepOutcome(error=error), state=RunState.PARTIAL)
        row = accounts(open_syncs(dashboard, business="Lumen Bikes")).iloc[0]
        assert (row["Next try"], row["What happened"]) == ("09:35, in 5 min", "Full.")

    def test_filling_in_the_past_is_not_an_accounts_newest_sync(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        days_of = (date(2026, 1, 1), date(2026, 1, 31))
        runs.request_run(filled.database, filled.bikes, RunTrigger.BACKFILL, now=NOW, fill=days_of)
        with filled.database.transaction() as session:
            run = runs.claim_run(session, "here:1", now=NOW)
            runs.record_finished(session, run.id, RunState.INTERRUPTED, now=NOW)
        assert accounts(open_syncs(dashboard, business="Lumen Bikes")).iloc[0]["State"] == ["Succeeded"]


class TestWhatHappened:
    def test_runs_and_changes_newest_first_with_who_did_it(self, dashboard, filled):
        filled.run(filled.bikes, FINE, at=NOW - timedelta(hours=2))
        with filled.database.transaction() as session:
            schedules.save_schedule(
                session, filled.bikes, ScheduleSettings(6), by="local", now=NOW - timedelta(hours=1)
            )
            activities.record_activity(session, ActivityKind.METRIC_RETIRED, "![](x) is gone.", now=NOW)
        shown = table(open_syncs(dashboard), "Who")
        assert shown["What"].tolist() == ["Metric retired", "Schedule", "Run 1"]
        assert shown["Who"].tolist() == ["Tideline", "A person here", "Tideline"]
        assert shown["Says"].tolist() == [
            "![](x) is gone.",
            "Lumen Bikes is synced every 6 hours.",
            "Lumen Bikes. Sync: succeeded. 3 new, 2 changed rows",
        ]

    def test_runs_alone(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        with filled.database.transaction() as session:
            activities.record_activity(session, ActivityKind.MOVED, "Moved.", now=NOW)
        at = open_syncs(dashboard)
        at.get("button_group")[0].set_value("Runs").run()
        assert table(at, "Who")["What"].tolist() == ["Run 1"]


class TestAsking:
    def test_only_the_accounts_that_failed_are_tried_again(self, dashboard, filled):
        failed = StepOutcome(error=TransientError("Busy."))
        filled.run(filled.aurora, FINE, failed, FINE, FINE, state=RunState.PARTIAL)
        at = open_syncs(dashboard)
        assert at.button(key="syncs_failed").label == "Try 1 failed account again"
        at.button(key="syncs_failed").click().run()
        with filled.database.reading() as session:
            newest = runs.list_runs(session)[0]
        assert [step.account_id for step in newest.steps] == [filled.accounts[1]]
        assert newest.requested_by == "local"

    def test_without_a_failure_there_is_nothing_to_try_again(self, dashboard, filled):
        filled.run(filled.bikes, FINE)
        assert not [button for button in open_syncs(dashboard).button if button.key == "syncs_failed"]

    def test_some_businesses_not_all(self, dashboard, filled):
        at = open_syncs(dashboard)
        at.multiselect(key="syncs_some").set_value([filled.bikes]).run()
        at.button(key="syncs_some_now").click().run()
        with filled.database.reading() as session:
            assert [run.business_id for run in runs.list_runs(session)] == [filled.bikes]

    def test_days_long_past_are_asked_for(self, dashboard, filled):
        at = open_syncs(dashboard, business="Lumen Bikes")
        at.button(key="syncs_fill").click().run()
        at.date_input(key="syncs_fill_days").set_value((date(2026, 3, 1), date(2026, 3, 31))).run()
        at.button(key="syncs_fill_now").click().run()
        assert not at.exception
        with filled.database.reading() as session:
            (run,) = runs.list_runs(session)
        assert (run.trigger, run.fill_from, run.fill_to) == (RunTrigger.BACKFILL, date(2026, 3, 1), date(2026, 3, 31))
        assert [step.account_id for step in run.steps] == [filled.bikes_account]

    def test_a_range_that_meets_another_is_refused_in_a_sentence(self, dashboard, filled):
        fill = (date(2026, 1, 1), date(2026, 1, 31))
        runs.request_run(filled.database, filled.bikes, RunTrigger.BACKFILL, now=NOW, fill=fill)
        at = open_syncs(dashboard, business="Lumen Bikes")
        at.button(key="syncs_fill").click().run()
        at.button(key="syncs_fill_now").click().run()
        assert any("are being filled in already" in text for text in dashboard.texts(at))

    def test_quiet_hours_from_or_to_midnight_stay_so(self, dashboard, filled):
        for quiet in ((0, 5), (20, 0)):
            with filled.database.transaction() as session:
                settings = ScheduleSettings(6, quiet_from=quiet[0], quiet_to=quiet[1])
                schedules.save_schedule(session, filled.bikes, settings, by="API key [a](b)", now=NOW)
            at = open_syncs(dashboard, business="Lumen Bikes")
            at.button(key="syncs_schedule").click().run()
            assert (at.selectbox(key="syncs_from").value, at.selectbox(key="syncs_to").value) == quiet
            assert any("by API key [a](b)" in one.value for one in at.get("text"))

    def test_a_schedule_is_decided_and_given_up(self, dashboard, filled):
        at = open_syncs(dashboard, business="Lumen Bikes")
        at.button(key="syncs_schedule").click().run()
        at.selectbox(key="syncs_every").set_value(6).run()
        at.toggle(key="syncs_quiet").set_value(True).run()
        at.button(key="syncs_schedule_save").click().run()
        assert not at.exception
        with filled.database.reading() as session:
            kept = schedules.get_schedule(session, filled.bikes)
        assert kept.settings == ScheduleSettings(6, is_paused=False, quiet_from=22, quiet_to=6)
        assert kept.changed_by == "local"
        at.button(key="syncs_schedule").click().run()
        at.button(key="syncs_schedule_remove").click().run()
        with filled.database.reading() as session:
            assert not schedules.get_schedule(session, filled.bikes).is_own

    def test_a_paused_business_says_so(self, dashboard, filled):
        with filled.database.transaction() as session:
            schedules.save_schedule(session, filled.bikes, ScheduleSettings(is_paused=True), by="local", now=NOW)
        row = businesses(open_syncs(dashboard)).loc["Lumen Bikes"]
        assert (row["Status"], row["Next sync"]) == (["Paused"], "Paused")

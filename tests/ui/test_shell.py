"""The frame: the gate, the navigation, the controls and what a visitor sees of an error."""

import gc
import shutil
import weakref
from datetime import timedelta
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.domain import Platform
from core.errors import WarehouseError
from core.ops import requests
from core.settings import PROJECT_ROOT, Settings
from core.ui import controls, data, live, states
from core.ui.failures import FAULT
from tests.conftest import NOW
from tests.ui.conftest import APPS, CONNECT, SYNCS
from tests.ui.folder import YESTERDAY, day_before

pytestmark = pytest.mark.integration


class TestGate:
    def test_without_a_schema_there_is_one_sentence_and_nothing_else(self, tmp_path, use_folder):
        use_folder(Settings.read(data_dir=tmp_path))
        at = AppTest.from_file(str(PROJECT_ROOT / "core" / "ui" / "shell.py")).run()
        assert ["python -m core migrate" in warning.value for warning in at.warning] == [True]
        assert not at.exception
        assert not at.metric
        assert not at.selectbox

    def test_without_a_folder_too(self, tmp_path, use_folder):
        use_folder(Settings.read(data_dir=tmp_path / "nowhere"))
        at = AppTest.from_file(str(PROJECT_ROOT / "core" / "ui" / "shell.py")).run()
        assert not at.exception
        assert ["cannot be opened" in warning.value for warning in at.warning] == [True]

    def test_a_page_goes_on_once_the_schema_is_there(self, tmp_path, use_folder):
        from core.ops.migrate import migrate  # noqa: PLC0415  # late, as the operator would

        settings = Settings.read(data_dir=tmp_path)
        use_folder(settings)
        at = AppTest.from_file(str(PROJECT_ROOT / "core" / "ui" / "shell.py")).run()
        migrate(settings)
        assert [title.value for title in at.run().title] == ["Overview"]


class TestScope:
    def scope_of(self, at):
        """The scope as a page of this session would get it."""
        keys = ("business", "period", "platform")
        return {key: at.session_state[key] for key in keys if key in at.session_state}

    def test_defaults(self, dashboard, filled):
        assert self.scope_of(dashboard.open()) == {"business": controls.ALL, "period": "30 days", "platform": []}

    def test_a_link_sets_the_controls(self, dashboard, filled):
        at = dashboard.open(business="Lumen Bikes", period="7 days", platform=["X", "Facebook"])
        assert self.scope_of(at) == {"business": filled.bikes, "period": "7 days", "platform": ["X", "Facebook"]}

    def test_the_syncs_page_asks_for_the_business_only(self, dashboard, filled):
        at = dashboard.open(SYNCS)
        assert [box.key for box in at.selectbox if box.key == "business"] == ["business"]
        assert "Period, to yesterday" not in [group.label for group in at.get("button_group")]

    def test_the_business_is_never_empty(self, dashboard, filled):
        at = dashboard.open(business="Lumen Bikes")
        at.session_state["business"] = None
        assert at.run().selectbox(key="business").value == controls.ALL
        assert dashboard.metric(at, "Impressions").value == "39.0K"

    def test_a_platform_that_a_page_has_no_control_for_does_not_narrow_its_frame(self, dashboard, filled):
        filled.add_business("Xavier", Platform.X)
        at = dashboard.open(platform="Facebook")
        assert "Data covers to Mon 23 Nov" in dashboard.texts(at)
        at.switch_page(SYNCS).run()
        assert "Data covers to Mon 23 Nov · 1 of 6 accounts not synced yet" in dashboard.texts(at)

    def test_a_click_on_open_looks_at_that_business(self, monkeypatch):
        state = {"clicked": {"row": 1, "label": "Open"}, "business": None}
        monkeypatch.setattr(st, "session_state", state)
        controls.open_business([7, 9], "clicked")
        assert state["business"] == 9

    def test_the_period_ends_yesterday_in_the_zone_of_the_business(self, dashboard, folder, monkeypatch):
        late = NOW.replace(hour=20)
        tokyo, _ = folder.add_business("Tokyo Tea", zone="Asia/Tokyo")
        monkeypatch.setattr(data, "now", lambda: late)
        monkeypatch.setattr(st, "session_state", {"business": tokyo, "period": "7 days"})
        scope = controls.scope()
        assert (scope.period.first, scope.period.last) == (day_before(6), NOW.date())
        monkeypatch.setattr(st, "session_state", {})
        assert controls.scope().period.last == YESTERDAY


class TestSidecar:
    def test_the_command_is_that_of_the_environment(self, dashboard):
        assert "`.venv/bin/python -m core sidecar`" in states.start_sidecar()

    def test_a_demo_names_its_own_folder(self, dashboard, settings, use_folder):
        use_folder(Settings.read(data_dir=settings.data_dir, demo=True))
        said = states.start_sidecar()
        assert "`make demo`" in said
        assert "`TIDELINE_DATA_DIR=data/demo .venv/bin/python -m core sidecar`" in said

    def test_on_a_full_disk_it_is_the_disk_that_is_told(self, dashboard, monkeypatch):
        data.settings().data_dir.mkdir(exist_ok=True)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_000_000))
        assert states.start_sidecar().startswith("The disk of ")
        assert "1 MB are left" in states.start_sidecar()
        assert "Make room there" in states.start_sidecar()


class TestNewData:
    def test_a_new_copy_is_shown_by_the_next_run(self, dashboard, filled):
        at = dashboard.open()
        assert dashboard.metric(at, "Impressions").value == "39.0K"
        with filled.warehouse.transaction() as connection:
            connection.execute("UPDATE account_daily SET impressions = impressions * 2")
        filled.publish()
        assert dashboard.metric(at.run(), "Impressions").value == "78.0K"

    def test_a_folder_published_anew_is_not_taken_for_the_old_one(self, dashboard, filled):
        """A restored folder counts its copies from 1 again."""
        before = data.version()
        filled.settings.published_link.resolve().unlink()
        filled.settings.published_link.unlink()
        filled.publish()
        assert filled.settings.published_link.resolve().name == "warehouse-1.duckdb"
        assert data.version() != before

    def test_a_copy_stays_open_for_whoever_still_reads_it_and_no_longer(self, dashboard, filled):
        first = data.published()
        for _ in range(3):
            filled.publish()
            data.published()
        assert first.frame("SELECT 1").iloc[0, 0] == 1
        is_held = weakref.ref(first)
        del first
        gc.collect()
        assert is_held() is None

    def test_a_copy_that_is_gone_before_it_could_be_opened_is_asked_for_anew(self, dashboard, filled, monkeypatch):
        """Two were published between the look at the link and the opening."""
        gone = f"{filled.settings.published_dir / 'warehouse-99.duckdb'}?1"
        newest = data.version()
        for ask in (data.published, data.newest_days, lambda: data.posts_known([1])):
            versions = iter([gone, newest])
            monkeypatch.setattr(data, "version", lambda versions=versions: next(versions))
            assert ask() is not None

    def test_a_copy_that_cannot_be_opened_at_all_is_told(self, dashboard, filled, monkeypatch):
        monkeypatch.setattr(data, "version", lambda: f"{filled.settings.published_dir / 'warehouse-99.duckdb'}?1")
        with pytest.raises(WarehouseError):
            data.published()

    def test_a_file_that_vanishes_while_it_is_looked_at_is_looked_for_anew(self, dashboard, filled, monkeypatch):
        gone, there = (
            filled.settings.published_dir / "warehouse-99.duckdb",
            data.find_published(filled.settings.published_link),
        )
        found = iter([gone, there])
        monkeypatch.setattr(data, "find_published", lambda _link: next(found))
        assert data.version().startswith(str(there))

    def test_the_pulse_changes_with_what_a_page_shows(self, dashboard, filled):
        before = data.pulse()
        filled.publish()
        assert data.pulse() != before
        before = data.pulse()
        filled.start(filled.bikes)
        assert data.pulse() != before
        before = data.pulse()
        filled.beat(job_error="The disk is full.")
        assert data.pulse() != before


class TestPace:
    def test_calm_while_the_sidecar_is_steady_and_nothing_runs(self, dashboard, filled):
        assert live.pace() == live.CALM_S

    def test_quick_while_a_run_is_active(self, dashboard, filled):
        filled.start(filled.bikes)
        assert live.pace() == live.BUSY_S

    def test_quick_until_there_is_something_to_show(self, dashboard, folder):
        folder.beat()
        assert live.pace() == live.BUSY_S

    def test_quick_while_the_heart_is_late_so_that_a_stop_shows_soon(self, dashboard, filled, monkeypatch):
        late = NOW + live.STEADY * 1.2
        monkeypatch.setattr(data, "now", lambda: late)
        assert data.sidecar().is_running
        assert live.pace() == live.BUSY_S


class TestFailures:
    @pytest.mark.parametrize(
        ("raised", "shown"),
        [("RuntimeError('password hunter2')", FAULT), (f"{WarehouseError.__name__}('Restore it.')", "Restore it.")],
    )
    def test_a_visitor_sees_a_sentence(self, raised, shown):
        script = f"""
from core.errors import WarehouseError
from core.ops import requests
from core.ui.failures import report_failure
assert report_failure({raised}) is True
"""
        at = AppTest.from_string(script).run()
        assert [error.value for error in at.error] == [shown]
        assert not at.exception


class TestPulse:
    def test_an_open_page_is_drawn_anew_every_half_hour(self, dashboard, filled, monkeypatch):
        """Its sign-in buttons carry tickets that are good for an hour."""
        seen = data.pulse()
        monkeypatch.setattr(data, "now", lambda: NOW + timedelta(minutes=29))
        filled.beat(now=NOW + timedelta(minutes=29))
        assert data.pulse() == seen
        monkeypatch.setattr(data, "now", lambda: NOW + timedelta(minutes=30))
        assert data.pulse() != seen

    def test_what_was_asked_of_the_sidecar_is_watched_closely_until_it_is_done(self, dashboard, filled):
        calm = (data.pulse(), live.pace())
        assert calm[1] == live.CALM_S
        with filled.database.transaction() as session:
            asked = requests.request_move(session, filled.accounts[0], filled.bikes, requested_by="local", now=NOW)
        assert live.pace() == live.BUSY_S
        assert data.pulse() != calm[0]
        with filled.database.transaction() as session:
            requests.record_finished(session, asked.id, outcome="Moved.", now=NOW)
        assert (data.pulse(), live.pace()) == calm

    @pytest.mark.parametrize(("seconds", "draws"), [(11, 0), (12, 1)])
    def test_a_page_stays_for_a_while_as_it_was_drawn_while_data_comes_in(
        self, dashboard, filled, monkeypatch, mocker, seconds, draws
    ):
        rerun = mocker.patch.object(st, "rerun")
        seen, pace = data.pulse(), live.pace()
        filled.start(filled.aurora)
        filled.publish()
        monkeypatch.setattr(data, "now", lambda: NOW + timedelta(seconds=seconds))
        filled.beat(now=NOW + timedelta(seconds=seconds))
        live.rerun_on_lasting_news(seen, pace, NOW)
        assert rerun.call_count == draws

    def test_what_is_more_than_progress_is_drawn_at_once(self, dashboard, filled, mocker):
        rerun = mocker.patch.object(st, "rerun")
        seen, pace = data.pulse(), live.pace()
        live.rerun_on_lasting_news(seen, pace, NOW)
        assert rerun.call_count == 0
        filled.add_business("Nordlys", Platform.X)
        live.rerun_on_lasting_news(seen, pace, NOW)
        assert rerun.call_count == 1


class TestNavigation:
    def test_the_chooser_is_reached_by_a_sign_in_alone(self, dashboard, filled):
        """It has no entry, and no controls of what is looked at."""
        at = dashboard.open(CONNECT)
        assert [title.value for title in at.title] == ["Choose what to connect"]
        assert not any(box.key == "business" for box in at.selectbox)

    def test_what_is_looked_at_stays_while_a_page_has_no_control_for_it(self, dashboard, filled):
        at = dashboard.open(APPS, business="Lumen Bikes")
        assert not any(box.key == "business" for box in at.selectbox)
        at.switch_page(SYNCS).run()
        assert at.selectbox(key="business").value == filled.bikes

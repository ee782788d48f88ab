"""Was a fault survived? A trial collects what was not as it should be; a report counts what was injected, held and compared."""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import duckdb

from core.domain import StepState
from core.ops.sidecars import SILENCE
from core.warehouse.connection import Warehouse, find_published
from tests.chaos import compare
from tests.chaos.stage import wait_until


@dataclass
class Trial:
    """Some faults, what came of them, and how many rows were compared with an undisturbed run's."""

    name: str
    faults: int = 1
    rows: int = 0
    problems: list = field(default_factory=list)
    remark: str = ""

    def check(self, is_so, problem):
        if not is_so:
            self.problems.append(problem)

    def goes_through(self, folder, expected, *, since=None, latest=False):
        """Wait for a sync to go through, then hold everything against the undisturbed run."""

        def is_through():
            folder.keep_running()
            return folder.is_synced(since=since)

        went = wait_until(is_through)
        if not went:
            states = [(run.id, run.state.value, run.error) for run in folder.runs()]
            self.problems.append(f"no sync went through: {states} {folder.log_with_threads()[-6000:]}")
        self.same(folder, expected, latest=latest)
        self.told(folder)

    def same(self, folder, expected, *, latest=False, before=None):
        """The published rows are those of an undisturbed run, none twice.

        `latest`: only what is known now is compared; `before`: days from then on are left out.
        """
        published = find_published(folder.settings.published_link)
        self.check(published is not None, "nothing was published")
        if published is None:
            return
        found = compare.read_rows(published)
        if latest:
            found, expected = (compare.latest_of(rows, before=before) for rows in (found, expected))
        self.rows += compare.count_rows(found)
        self.problems += [*compare.differences(found, expected), *compare.doubled(published)]

    def told(self, folder):
        """What the pages say of the runs is so: whatever a run claims to have read can be seen."""
        published = find_published(folder.settings.published_link)
        seen = _accounts_by_run(published) if published else set()
        for run in folder.runs():
            succeeded = {step.account_id for step in run.steps if step.state is StepState.SUCCEEDED}
            shown = {account_id for run_id, account_id in seen if run_id == run.id}
            if run.state.is_final and run.error is None:
                self.check(succeeded <= shown, f"run {run.id} says more than can be seen: {succeeded - shown}")
            if run.state.is_final:
                self.check(run.finished_at is not None, f"run {run.id} has ended, nobody knows when")
                open_steps = {step.state for step in run.steps} & {StepState.PENDING, StepState.RUNNING}
                self.check(not open_steps, f"run {run.id} has ended with open steps")

    def told_dead(self, folder):
        """A sidecar that is dead is told as stopped within its silence, and nothing is announced in its name."""
        status = folder.status(later=SILENCE + timedelta(seconds=1))
        self.check(not status.is_running, "a dead sidecar is told to be running")
        self.check(not status.jobs, "a dead sidecar announces its next sync")

    def whole(self, folder):
        """What a dead sidecar leaves on the disk opens, and holds no half of a look and nothing twice."""
        with tempfile.TemporaryDirectory() as scratch:
            for path in folder.settings.data_dir.glob("warehouse.duckdb*"):
                shutil.copyfile(path, Path(scratch) / path.name)
            left = Path(scratch) / "warehouse.duckdb"
            Warehouse(left, Path(scratch) / "published").close()  # replays what was committed
            self.problems += [*compare.doubled(left), *compare.half_loaded(left)]


def _accounts_by_run(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return set(connection.execute("SELECT DISTINCT run_id, account_id FROM observations").fetchall())

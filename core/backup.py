"""How do both stores get into one file while everything runs? The operations database first, then the warehouse.

The operations database remembers how far each account's past is filled. A warehouse that is older would have holes that nobody
asks for again; one that is newer has more, and what is loaded twice changes nothing.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from core.archive import KEY, OPERATIONS, WAREHOUSE, Contents, refuse_existing, write_archive
from core.clock import Clock
from core.errors import AppError, ConfigError, WarehouseInUseError
from core.ops import requests
from core.ops.session import OperationsDatabase
from core.ops.sidecars import SILENCE, sidecar_status
from core.ops.snapshots import OperationsFacts, count_removals, inspect_operations, snapshot, sqlite_path
from core.settings import Settings
from core.vault import key_path, read_key_file
from core.warehouse.connection import Warehouse, find_published
from core.warehouse.inspection import inspect_warehouse

BY = "backup"
PATIENCE_S = 900.0
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Backup:
    """Takes backups of one data folder; `publish` sees to a published copy of all that is committed when it is called."""

    settings: Settings
    database: OperationsDatabase
    clock: Clock
    publish: Callable[[], object]

    def take(self, target: Path, *, with_key: bool = False) -> Contents:
        """Write an archive of both stores; ConfigError or WarehouseError in one sentence where that cannot be."""
        refuse_existing(target)
        try:
            with TemporaryDirectory(
                dir=self.settings.data_dir, prefix=".backup-"
            ) as folder:  # its owner's alone (0700)
                return self._take(target, Path(folder), with_key=with_key)
        except OSError as error:
            raise ConfigError(
                f"The data folder {self.settings.data_dir} cannot be written ({error.strerror}): give it room, or mend its rights."
            ) from error

    def _take(self, target: Path, folder: Path, *, with_key: bool) -> Contents:
        operations_at, operations = self._copy_both(folder)
        files = {WAREHOUSE: folder / WAREHOUSE}
        warehouse = inspect_warehouse(files[WAREHOUSE])
        rows = {WAREHOUSE: warehouse.rows}
        if operations is not None:
            files[OPERATIONS], rows[OPERATIONS] = folder / OPERATIONS, operations.rows
        if with_key:
            files[KEY] = _key_of(self.settings)
        contents = Contents(
            operations_at=operations_at,
            operations_schema=operations and operations.schema,
            warehouse_at=self.clock.now(),
            warehouse_schema=warehouse.schema,
        )
        return write_archive(target, contents, files, rows)

    def _copy_both(self, folder: Path) -> tuple[datetime | None, OperationsFacts | None]:
        """First one, then the other; anew where a deletion or a move came in between, which only one of them would know."""
        source = sqlite_path(self.settings)
        if source is None:
            self.publish()
            self._pin(folder)
            return None, None
        for _ in range(_ATTEMPTS):
            removals, at = self._removals(), self.clock.now()
            (folder / OPERATIONS).unlink(missing_ok=True)
            snapshot(source, folder / OPERATIONS)
            self.publish()
            self._pin(folder)
            if self._removals() == removals:
                return at, inspect_operations(folder / OPERATIONS)
        raise AppError("Businesses are being deleted or accounts moved: take the backup again when that is done.")

    def _removals(self) -> tuple[int, int]:
        with self.database.reading() as session:
            return count_removals(session)

    def _pin(self, folder: Path) -> None:
        """A second name for the published copy, so that it stays while newer ones take its place."""
        (folder / WAREHOUSE).unlink(missing_ok=True)
        for _ in range(_ATTEMPTS):
            published = find_published(self.settings.published_link)
            try:
                if published is not None:
                    os.link(published, folder / WAREHOUSE)
                    return
            except FileNotFoundError:  # two newer ones were published in this moment
                continue
        raise ConfigError(f"There is no published copy in {self.settings.published_dir}: start the sidecar once.")


def publish_from_outside(settings: Settings, database: OperationsDatabase, clock: Clock) -> None:
    """Have everything that is committed now published: by the sidecar where one runs, by ourselves where none does."""
    with database.reading() as session:
        is_running = sidecar_status(session, now=clock.now()).is_running
    if not is_running:
        try:
            with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
                warehouse.publish()
        except WarehouseInUseError:  # a sidecar that has just been started
            pass
        else:
            return
    _ask_sidecar(database, clock)


def _ask_sidecar(database: OperationsDatabase, clock: Clock) -> None:
    with database.transaction() as session:
        asked = requests.request_publishing(session, requested_by=BY, now=clock.now()).id
    waited, silent = 0.0, 0.0
    while waited < PATIENCE_S and silent <= SILENCE.total_seconds():
        with database.reading() as session:
            request = requests.find_request(session, asked)
            is_running = sidecar_status(session, now=clock.now()).is_running
        if request is not None and request.finished_at is not None:
            if request.error:
                raise AppError(request.error)
            return
        clock.sleep(0.2)
        waited, silent = waited + 0.2, 0.0 if is_running else silent + 0.2
    raise AppError("The sidecar does not answer: stop it, then take the backup again.")


def _key_of(settings: Settings) -> Path:
    if settings.secret_key.get_secret_value():
        raise ConfigError(
            "The key is in TIDELINE_SECRET_KEY, not in a file: keep a copy of it, and leave --with-key out."
        )
    read_key_file(key_path(settings))
    return key_path(settings)

"""Who may open the warehouse, and how? One writer, published copies for readers; the only importer of duckdb."""

import logging
import os
import re
import subprocess  # the copy must be made by a child process, see _copy
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import duckdb

from core.errors import WarehouseError, WarehouseInUseError
from core.warehouse.sentences import is_full, reason_of

if TYPE_CHECKING:
    import pandas as pd  # the writer has no use for it, and it takes 48 MB

log = logging.getLogger(__name__)

SCHEMA_DIR = Path(__file__).parent / "schema"
SCHEMA_VERSION = len(list(SCHEMA_DIR.glob("*.sql")))

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
_WRITER: dict[str, str] = {"threads": "1", "memory_limit": "128MB", "default_block_size": "65536"}
"""Many small transactions: a second thread costs them a quarter more than it gives; a checkpoint rewrites whole blocks, and the
room it leaves behind is a quarter with blocks a quarter of DuckDB's own size. A file that exists keeps the size it has."""
_READER: dict[str, str] = {"threads": "2"}
_COPY = ("cp", "--reflink=auto") if sys.platform == "linux" else ("cp",)
_PUBLISHED_NAME = re.compile(r"warehouse-(\d+)\.duckdb")


T = TypeVar("T")


class Warehouse:
    """The live file, held open by the one process that writes it; thread-safe."""

    def __init__(self, path: Path, published_dir: Path) -> None:
        """Open or create the file and bring its schema up to date; WarehouseError where that cannot be."""
        self._path = path
        self._published_dir = published_dir
        self._lock = threading.RLock()
        self._remembered: dict[str, Any] = {}
        self._written, self._copied = 1, 0  # an earlier process may have written what it did not publish
        self._connection = _connect(path, read_only=False)
        try:
            with self.transaction() as connection:
                _migrate(connection, path)
        except BaseException:
            self._connection.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The connection within one transaction: all of it is kept, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as error:
                with suppress(duckdb.Error):  # a connection that is past saving must not hide why
                    self._connection.execute("ROLLBACK")
                self.forget_remembered()
                if isinstance(error, duckdb.Error) and is_full(error):
                    raise WarehouseError(f"What was read could not be kept: {reason_of(error)}") from error
                raise
            self._written += 1

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query about what is kept now."""
        with self._lock:
            return self._connection.execute(sql, list(parameters)).fetchall()

    def remember(self, name: str, read: Callable[[], T]) -> T:
        """What `read` found here when it was first asked for; whoever writes what it tells of keeps it up."""
        with self._lock:
            if name not in self._remembered:
                self._remembered[name] = read()
            found: T = self._remembered[name]
            return found

    def forget_remembered(self) -> None:
        """Read again what is remembered: what it tells of has gone, has moved, or was not kept after all."""
        with self._lock:
            self._remembered.clear()

    def publish(self) -> Path:
        """Copy the warehouse as it is now for readers, move the link to it, and return the newest copy's path.

        Runs that end together share a copy: whoever waited while one was begun has all of its own in it.
        """
        wanted = self._written
        with self._lock:
            try:
                self._published_dir.mkdir(parents=True, exist_ok=True)
                number = _highest_number(self._published_dir)
                if self._copied < wanted or not self.is_published:
                    number += 1
                    self._copy_as(self._published_dir / f"warehouse-{number}.duckdb")
            except (duckdb.Error, OSError) as error:
                raise WarehouseError(
                    f"The data could not be published to {self._published_dir}: {reason_of(error)}"
                ) from error
            return self._published_dir / f"warehouse-{number}.duckdb"

    @property
    def is_published(self) -> bool:
        return find_published(self._published_dir / "warehouse.duckdb") is not None

    @property
    def is_usable(self) -> bool:
        """False where DuckDB has given up on the file (a disk that filled up in a checkpoint): only opening it anew helps."""
        try:
            self.read("SELECT 1")
        except duckdb.Error:
            return False
        return True

    def _copy_as(self, newest: Path) -> None:
        self._connection.execute("CHECKPOINT")
        _copy(self._path, newest)
        _move_link(self._published_dir / "warehouse.duckdb", newest)
        _remove_old_copies(self._published_dir)
        self._copied = self._written

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class PublishedWarehouse:
    """One published copy, open read-only; its `version` is the file's name and the cache key of all it shows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.version = path.name
        self._connection = _connect(path, read_only=True)
        found = _schema_version(self._connection)
        if found != SCHEMA_VERSION:
            self._connection.close()
            raise WarehouseError(
                f"The published data has schema {found}, this version of Tideline reads {SCHEMA_VERSION}: start the sidecar, which publishes a new copy."
            )

    def frame(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> "pd.DataFrame":
        """The rows of a query; safe from several threads. Parameters by place (?) or by name ($name)."""
        with self._connection.cursor() as cursor:
            given = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
            return cursor.execute(sql, given).df()

    def close(self) -> None:
        self._connection.close()


def find_published(link: Path) -> Path | None:
    """The file that the link points to now, or None where nothing has been published yet."""
    try:
        return link.resolve(strict=True)
    except OSError:
        return None


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        own = _READER if read_only else _WRITER
        return duckdb.connect(str(path), read_only=read_only, config={**_CONFIG, **own})
    except duckdb.IOException as error:
        if "onflicting lock" in str(error):
            raise WarehouseInUseError(
                f"{path} is open in another process: only one sidecar may run on a data folder."
            ) from error
        raise WarehouseError(
            f"{path} cannot be opened: {reason_of(error)} Restore it from a backup, or move it away to start anew."
        ) from error
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path} is damaged: {reason_of(error)} Restore it from a backup, or move it away to start anew."
        ) from error


def _schema_version(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'schema_version'").fetchone()
    if not row or not row[0]:
        return 0
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    found = _schema_version(connection)
    if found > SCHEMA_VERSION:
        raise WarehouseError(
            f"{path} was written by a newer version of Tideline (schema {found}, this one knows {SCHEMA_VERSION}): update Tideline."
        )
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    for script in sorted(SCHEMA_DIR.glob("*.sql"))[found:]:
        connection.execute(script.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO schema_version VALUES (?)", [int(script.name.split("_")[0])])


def _copy(source: Path, target: Path) -> None:
    """Copy by a child process: DuckDB locks with fcntl, and closing any descriptor of the file in this process would drop the lock."""
    partial = target.with_suffix(f".{os.getpid()}.partial")  # a copy that outlived its process writes elsewhere
    copied = subprocess.run([*_COPY, str(source), str(partial)], check=False, capture_output=True, text=True)  # noqa: S603
    if copied.returncode != 0:
        partial.unlink(missing_ok=True)
        raise OSError(copied.stderr.strip() or f"{_COPY[0]} ended with {copied.returncode}")
    partial.chmod(0o440)
    partial.replace(target)


def _move_link(link: Path, target: Path) -> None:
    """Point the link to `target` in one step, so that a reader finds the old file or the new one."""
    beside = link.with_suffix(".link")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target.name)
    beside.replace(link)


def _highest_number(folder: Path) -> int:
    return max(
        (int(match[1]) for path in folder.iterdir() if (match := _PUBLISHED_NAME.fullmatch(path.name))), default=0
    )


def _remove_old_copies(folder: Path) -> None:
    numbers = sorted(int(match[1]) for path in folder.iterdir() if (match := _PUBLISHED_NAME.fullmatch(path.name)))
    for number in numbers[:-2]:
        (folder / f"warehouse-{number}.duckdb").unlink(missing_ok=True)

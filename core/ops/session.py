"""How is the operations database opened? Engine, SQLite's settings, sessions, and the check of its schema."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from core.errors import ConfigError
from core.settings import PROJECT_ROOT, Settings

LOCK_PATIENCE_S = 60
"""How long a write waits for another process that holds SQLite's lock: longer than a backup or a tool usually does."""
MIGRATIONS_DIR = PROJECT_ROOT / "core" / "ops" / "migrations"


class OperationsDatabase:
    """One engine for the process, and short transactions on it."""

    def __init__(self, url: str) -> None:
        try:
            self.engine = _create_engine(url)
        except (ArgumentError, ModuleNotFoundError, ValueError) as error:
            raise ConfigError(f"TIDELINE_DATABASE_URL is not a database that Tideline can open: {error}") from error
        self._readers = sessionmaker(self.engine, expire_on_commit=False)
        self._writers = self._sessions_that_begin("IMMEDIATE", synchronous="NORMAL")
        self._durable_writers = self._sessions_that_begin("IMMEDIATE", synchronous="FULL")
        self._turn = threading.RLock() if self.engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def transaction(self, *, is_durable: bool = False) -> Iterator[Session]:
        """A session that writes: all of its changes are kept, or none.

        `is_durable` waits for the disk: for what nobody can ask for again, such as a refresh token that is used once. Without it
        a power failure may cost the last moments, never more; a crash of the process costs nothing.
        """
        writers = self._durable_writers if is_durable else self._writers
        with self._turn, writers.begin() as session:  # SQLite would let threads sleep and ask again; here they queue
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, and holds up nobody."""
        with self._readers() as session:
            yield session

    @property
    def found_revision(self) -> str | None:
        """The schema revision in the database, None where it holds none."""
        try:
            with self.engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision()
        except DBAPIError as error:
            raise ConfigError(
                f"The operations database cannot be opened: {error.orig}. Check the data folder or TIDELINE_DATABASE_URL."
            ) from error

    @property
    def is_current(self) -> bool:
        return self.found_revision == head_revision()

    def close(self) -> None:
        self.engine.dispose()

    def _sessions_that_begin(self, mode: str, *, synchronous: str) -> sessionmaker[Session]:
        engine = self.engine.execution_options(sqlite_begin=mode, sqlite_synchronous=synchronous)
        return sessionmaker(engine, expire_on_commit=False)


def open_operations(settings: Settings) -> OperationsDatabase:
    return OperationsDatabase(settings.operations_url)


def migrations_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    return config


@cache  # Alembic reads every migration for it, and the REST surface asks at each request
def head_revision() -> str | None:
    """The schema revision this code knows."""
    return ScriptDirectory.from_config(migrations_config()).get_current_head()


def _create_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": LOCK_PATIENCE_S})
    event.listen(engine, "connect", _set_sqlite_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_sqlite_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin, not by the driver
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin(connection: Any) -> None:
    """A writer takes the write lock at once: a read that turns into a write later fails instead of waiting its turn."""
    options = connection.get_execution_options()
    synchronous = options.get("sqlite_synchronous")
    if synchronous:  # kept by the connection, which the next transaction may share
        connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
    connection.exec_driver_sql(f"BEGIN {options.get('sqlite_begin', 'DEFERRED')}")

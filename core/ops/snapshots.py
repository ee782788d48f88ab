"""How is SQLite's operations database copied while others write it, looked into, and prepared to take its place again?"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import func, make_url, select
from sqlalchemy.orm import Session

from core.errors import ConfigError
from core.ops.models import Request, RequestKind
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class OperationsFacts:
    """The schema revision, and how many rows each table has."""

    schema: str
    rows: dict[str, int]


def sqlite_path(settings: Settings) -> Path | None:
    """Where SQLite keeps the operations database; None where another engine does."""
    url = make_url(settings.operations_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def snapshot(source: Path, target: Path, *, touches_nothing: bool = False) -> None:
    """Copy the database as it is at one instant into a single file, by SQLite's own means.

    `touches_nothing`: do not even tidy up the files beside it; a writer that begins just then may spoil the copy.
    """
    try:
        opened = _open_untouched(source) if touches_nothing else _open(source, "rw")
        with closing(opened) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # a file alone, without one beside it
    except sqlite3.Error as error:
        raise ConfigError(
            f"{source} cannot be copied ({error}): see that the disk has room, or restore a backup if it is damaged."
        ) from error


def inspect_operations(path: Path) -> OperationsFacts:
    """Check the whole file and count; ConfigError where it is damaged, or no database of Tideline's."""
    try:
        with closing(_open_untouched(path)) as connection:
            (told,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if told != "ok":
                raise ConfigError(f"{path.name} is damaged: {told.splitlines()[0]}.")
            (schema,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("none",)
            listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            names = [name for (name,) in listed if not name.startswith("sqlite_")]
            rows = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608  # its own names
    except sqlite3.Error as error:
        raise ConfigError(f"{path.name} is damaged, or no operations database of Tideline's: {error}.") from error
    return OperationsFacts(schema, rows)


def refuse_in_use(path: Path) -> None:
    """ConfigError where another process has the database open: it would write on into a file that is put aside.

    Leaving WAL needs the file for oneself alone; the next process to open it turns WAL on again.
    """
    try:
        with closing(_open(path, "rw")) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise ConfigError(f"{path} is in use: stop Tideline, sidecar and web, then restore again.") from error
        # a damaged file is what is to be replaced; nobody can be at work with it


def keep_ids_beyond(path: Path, highest: Mapping[str, int]) -> None:
    """Give out no id of these tables again up to the highest that is taken elsewhere, and forget whose heart beat."""
    with closing(_open(path, "rw")) as connection:
        with connection:
            connection.execute("DELETE FROM sidecars")
            for table, taken in highest.items():
                done = connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (taken, table))
                if not done.rowcount:
                    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, taken))
        connection.execute("PRAGMA journal_mode=DELETE")


def known_ids(path: Path) -> tuple[set[int], set[int]]:
    """The accounts and the businesses that it knows."""
    with closing(_open(path, "ro")) as connection:
        accounts = {account for (account,) in connection.execute("SELECT id FROM accounts")}
        return accounts, {business for (business,) in connection.execute("SELECT id FROM businesses")}


def count_removals(session: Session) -> tuple[int, int]:
    """How many requests that take rows away from the warehouse, or move them, were made and carried out until now."""
    counted = select(func.count(Request.id), func.count(Request.finished_at)).where(Request.kind != RequestKind.PUBLISH)
    asked, done = session.execute(counted).one()
    return asked, done


def _open_untouched(path: Path) -> sqlite3.Connection:
    return _open(path, "ro", immutable=not path.with_name(f"{path.name}-wal").exists())


def _open(path: Path, mode: str, *, immutable: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}{'&immutable=1' if immutable else ''}", uri=True, timeout=5
    )

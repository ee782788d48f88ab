"""What does an examination find? A word each on files: rights, key, disk, warehouse, published copy, backups."""

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from core.daily_backup import newest_backup
from core.errors import AppError, WarehouseError, WarehouseInUseError
from core.ops.session import RESTORE_MARKER
from core.ops.snapshots import sqlite_path
from core.settings import Settings
from core.vault import Vault, key_path, read_key_file
from core.warehouse.connection import SCHEMA_VERSION, find_published
from core.warehouse.inspection import WarehouseFacts, inspect_warehouse

BACKUP_LATE = timedelta(days=2)
SMALL_DISK = 200_000_000


class Grade(StrEnum):
    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do where it is not as it should be."""

    subject: str
    grade: Grade
    text: str


def ok(subject: str, text: str) -> Finding:
    return Finding(subject, Grade.OK, text)


def warning(subject: str, text: str) -> Finding:
    return Finding(subject, Grade.WARNING, text)


def wrong(subject: str, text: str) -> Finding:
    return Finding(subject, Grade.WRONG, text)


def check_rights(settings: Settings) -> Finding:
    """Whether the data is its owner's alone, and ours to write."""
    folder = settings.data_dir
    if (folder / RESTORE_MARKER).exists():
        return wrong("rights", f"A restore was cut short: {folder / RESTORE_MARKER} says what to do.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return wrong("rights", f"{folder} cannot be written: run this as its owner, or mend its rights.")
    key = key_path(settings)
    if key.exists() and _is_open(key):
        return wrong("rights", f"Others on this machine may read {key}: chmod 600 {key}")
    stores = [path for path in (sqlite_path(settings), settings.warehouse_path) if path is not None and path.exists()]
    open_ones = [str(path) for path in (folder, *stores) if _is_open(path)]
    if open_ones:
        return warning("rights", f"Others on this machine may look into {', '.join(open_ones)}: chmod -R go= {folder}")
    return ok("rights", f"{folder} is its owner's alone.")


def check_key(settings: Settings, secrets: Sequence[bytes]) -> Finding:
    """Whether the stored tokens can be read; never makes a key."""
    configured, path = settings.secret_key.get_secret_value(), key_path(settings)
    if not configured and not path.exists():
        if secrets:
            return wrong("key", f"{path} is gone: put back the copy you kept, or connect every account again.")
        return ok("key", "There is none yet: the first start makes it.")
    source = "TIDELINE_SECRET_KEY" if configured else str(path)
    try:
        vault = Vault(configured or read_key_file(path), source=source)
        for secret in secrets:
            vault.decrypt(secret)
    except AppError as error:
        return wrong("key", str(error))
    return ok("key", f"{source} reads all {len(secrets)} stored secrets.")


def check_disk(settings: Settings) -> Finding:
    """Whether there is room for two more copies of the warehouse: one published, one backed up."""
    free = shutil.disk_usage(settings.data_dir).free
    size = settings.warehouse_path.stat().st_size if settings.warehouse_path.exists() else 0
    told = f"{_mb(free)} are free beside a warehouse of {_mb(size)}"
    if free < size:
        return wrong("disk", f"{told}: not even a copy can be published; make room or move TIDELINE_DATA_DIR.")
    if free < max(3 * size, SMALL_DISK):
        return warning("disk", f"{told}: make room before it is full.")
    return ok("disk", f"{told}.")


def check_warehouse(settings: Settings) -> Finding:
    """Whether it opens and has a schema that we know; where a sidecar holds it, its published copy is looked at instead."""
    path = settings.warehouse_path
    if not path.exists():
        return warning("warehouse", f"{path} is not there: the sidecar makes it at its first start.")
    try:
        facts = inspect_warehouse(path)
    except WarehouseInUseError:
        return ok("warehouse", "It is open in the sidecar, which would have said if it were damaged.")
    except WarehouseError as error:
        return wrong("warehouse", str(error))
    return _of_schema("warehouse", facts)


def check_published(settings: Settings, *, synced_at: datetime | None) -> Finding:
    """Whether what the pages show opens, and is not older than what was synced last."""
    path = find_published(settings.published_link)
    if path is None:
        return wrong("published", f"There is no published copy in {settings.published_dir}: start the sidecar.")
    try:
        facts = inspect_warehouse(path)
    except WarehouseError as error:
        return wrong("published", f"{error} Remove {path}, then restart the sidecar.")
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if synced_at is not None and synced_at - at > timedelta(minutes=10):
        return wrong(
            "published",
            f"The pages show data of {at:%Y-%m-%d %H:%M} UTC, the last sync ended at {synced_at:%H:%M}: see that the disk has room.",
        )
    found = _of_schema("published", facts)
    return found if found.grade is not Grade.OK else ok("published", f"Of {at:%Y-%m-%d %H:%M} UTC. {found.text}")


def check_backups(settings: Settings, *, now: datetime) -> Finding:
    """Whether the newest daily backup is as young as it should be."""
    folder = settings.backups_dir
    if settings.backup_keep == 0:
        return warning("backup", "TIDELINE_BACKUP_KEEP=0: none is taken; see that you take them yourself.")
    newest = newest_backup(folder)
    if newest is None:
        return warning("backup", f"There is none in {folder}: the sidecar takes one a day; or take one yourself.")
    age = now - newest[0]
    if age > BACKUP_LATE:
        return wrong(
            "backup", f"The newest, {newest[1]}, is {age.days} days old: the Overview's notices say what failed."
        )
    return ok("backup", f"The newest is {newest[1]}.")


def _of_schema(subject: str, facts: WarehouseFacts) -> Finding:
    if facts.schema > SCHEMA_VERSION:
        return wrong(subject, f"It is of a newer version (schema {facts.schema}): update Tideline.")
    if facts.schema < SCHEMA_VERSION:
        return warning(
            subject, f"It has schema {facts.schema}, not {SCHEMA_VERSION}: start the sidecar, which mends it."
        )
    return ok(subject, f"It opens, schema {facts.schema}, {facts.rows.get('posts', 0):,} posts.")


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _mb(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB"


def count_grades(findings: Sequence[Finding]) -> Iterator[str]:
    """How many there are of each grade, as words."""
    for grade in Grade:
        yield f"{sum(one.grade is grade for one in findings)} {grade.value}"

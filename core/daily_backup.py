"""Who takes a backup where nobody thinks of it? A chore of the sidecar, once a day; the newest few are kept."""

import logging
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.archive import DRAFT_PREFIX
from core.backup import Backup
from core.chores import Chore
from core.errors import AppError, ConfigError
from core.ops.models import Notice
from core.ops.notices import record_notice

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
LOOK_EVERY = timedelta(hours=1)
"""A backup that failed is tried again at the next look."""
_NAME = re.compile(r"tideline-(\d{8}-\d{6})\.zip")


def daily_backups(backup: Backup) -> tuple[Chore, ...]:
    """The chore that takes them; none in the demo, or where TIDELINE_BACKUP_KEEP is 0."""
    if backup.settings.demo or backup.settings.backup_keep == 0:
        return ()
    return (Chore("back_up", LOOK_EVERY, lambda: back_up_when_due(backup)),)


def back_up_when_due(backup: Backup) -> Path | None:
    """Take today's backup unless there is one, and forget the oldest; a failure becomes a notice with its sentence."""
    now, folder = backup.clock.now(), backup.settings.backups_dir
    newest = newest_backup(folder)
    if newest is not None and abs(now - newest[0]) < EVERY:
        return None
    target = folder / f"tideline-{now:%Y%m%d-%H%M%S}.zip"
    try:
        _make_folder(folder)
        backup.take(target)
        _forget_old(folder, keep=backup.settings.backup_keep)
    except (AppError, OSError) as error:
        log.exception("no backup was taken")
        _say(backup, f"No backup was taken: {error}")
        return None
    log.info("backed up to %s", target)
    return target


def newest_backup(folder: Path) -> tuple[datetime, Path] | None:
    """When the newest daily backup was taken, and its file."""
    listed = _listed(folder)
    return listed[-1] if listed else None


def _listed(folder: Path) -> list[tuple[datetime, Path]]:
    """The daily backups, the oldest first; other files in the folder are somebody else's."""
    found = []
    for path in folder.glob("tideline-*.zip"):
        match = _NAME.fullmatch(path.name)
        if match:
            with suppress(ValueError):  # digits that are no date
                found.append((datetime.strptime(match[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC), path))
    return sorted(found)


def _make_folder(folder: Path) -> None:
    """Made private; what a process that died in the middle has left there is removed."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made ({error.strerror}): see TIDELINE_BACKUP_DIR.") from error
    long_ago = datetime.now(UTC).timestamp() - EVERY.total_seconds()
    for path in folder.glob(f"{DRAFT_PREFIX}*"):
        if path.stat().st_mtime < long_ago:
            path.unlink(missing_ok=True)


def _forget_old(folder: Path, *, keep: int) -> None:
    for _, path in _listed(folder)[:-keep]:
        path.unlink(missing_ok=True)


def _say(backup: Backup, sentence: str) -> None:
    """Once a day, however often it was tried."""
    now = backup.clock.now()
    with backup.database.transaction() as session:
        record_notice(
            session, Notice(kind="backup", created_at=now, text=sentence[:1000], key=f"backup-failed-{now:%Y%m%d}")
        )

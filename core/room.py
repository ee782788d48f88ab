"""Is there room on the disk? Asked before anything is read that could not be kept."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from core.clock import Clock
from core.settings import Settings

log = logging.getLogger(__name__)

RESERVE_BYTES = 32 * 1024 * 1024
"""What the databases may need beside a copy of the warehouse while a sync is loaded."""
LOOK_EVERY_S = 2.0


def find_lack(settings: Settings) -> str | None:
    """One sentence where the data folder's disk could not hold another sync and the copy that is published; else None."""
    if not settings.data_dir.exists():
        return None
    free = shutil.disk_usage(settings.data_dir).free
    needed = RESERVE_BYTES + sum(_size(path) for path in settings.data_dir.glob("warehouse.duckdb*"))
    if free >= needed:
        return None
    return (
        f"The disk of {settings.data_dir} is full: {_mb(free)} MB are left, {_mb(needed)} MB are needed."
        " Make room there; syncing rests until then and goes on by itself."
    )


def wait_for_room(settings: Settings, clock: Clock, *, is_stopped: Callable[[], bool] = lambda: False) -> None:
    """Return at once where there is room; else say so and wait, for a process that ended would not come back by itself."""
    told = False
    while (lack := find_lack(settings)) and not is_stopped():
        if not told:
            log.error(lack)
            told = True
        clock.sleep(LOOK_EVERY_S)


def _size(path: Path) -> int:
    """None of a log that a checkpoint has removed since the folder was listed."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _mb(size: int) -> int:
    return size // 1_000_000

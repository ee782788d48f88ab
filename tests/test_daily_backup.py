"""The sidecar takes a backup a day, keeps the newest few, and says when it could not."""

import os
from datetime import timedelta

import pytest

from core.backup import Backup
from core.daily_backup import back_up_when_due, daily_backups, newest_backup
from core.ops.models import Notice
from core.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture
def backup(settings, database, warehouse, clock):
    return Backup(settings, database, clock, warehouse.publish)


def kept(backup):
    return sorted(path.name for path in backup.settings.backups_dir.iterdir())


def notices(backup):
    with backup.database.reading() as session:
        return [notice.text for notice in session.query(Notice)]


def test_one_is_taken_a_day_and_the_newest_are_kept(backup, clock):
    for _ in range(9 * 24):
        back_up_when_due(backup)
        clock.advance(timedelta(hours=1))
    assert kept(backup) == [f"tideline-{day}-093000.zip" for day in range(20261126, 20261131)] + [
        "tideline-20261201-093000.zip",
        "tideline-20261202-093000.zip",
    ]
    assert {path.stat().st_mode & 0o777 for path in backup.settings.backups_dir.iterdir()} == {0o600}
    assert backup.settings.backups_dir.stat().st_mode & 0o777 == 0o700
    assert notices(backup) == []


def test_other_files_in_the_folder_stay(backup, clock):
    folder = backup.settings.backups_dir
    folder.mkdir()
    (folder / "tideline-by-hand.zip").write_text("mine")
    (folder / "tideline-99999999-999999.zip").write_text("mine")
    for _ in range(9):
        back_up_when_due(backup)
        clock.advance(timedelta(days=1))
    assert {"tideline-by-hand.zip", "tideline-99999999-999999.zip"} < set(kept(backup))
    assert len(kept(backup)) == 9


def test_what_went_wrong_is_said_once_a_day_and_tried_again(backup, clock):
    backup.settings.backups_dir.write_text("no folder")
    for _ in range(3):
        assert back_up_when_due(backup) is None
        clock.advance(timedelta(hours=1))
    (told,) = notices(backup)
    assert told.startswith("No backup was taken: ")
    assert "TIDELINE_BACKUP_DIR" in told
    backup.settings.backups_dir.unlink()
    assert back_up_when_due(backup) == newest_backup(backup.settings.backups_dir)[1]


def test_what_a_dead_process_left_is_removed(backup):
    folder = backup.settings.backups_dir
    folder.mkdir()
    old, young = folder / ".tideline-backup-old", folder / ".tideline-backup-young"
    old.write_text("x")
    young.write_text("x")
    os.utime(old, (0, 0))
    back_up_when_due(backup)
    assert not old.exists()
    assert young.exists()


@pytest.mark.parametrize(("more", "chores"), [({}, 1), ({"backup_keep": 0}, 0), ({"demo": True}, 0)])
def test_the_demo_takes_none_and_neither_does_keep_0(database, warehouse, clock, settings, more, chores):
    own = Settings.read(data_dir=settings.data_dir, **more)
    assert len(daily_backups(Backup(own, database, clock, warehouse.publish))) == chores

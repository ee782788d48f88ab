"""Room on the disk: told in one sentence where it is lacking, and waited for."""

import shutil

import pytest

from core import room

pytestmark = pytest.mark.unit


@pytest.fixture
def disk(settings, mocker):
    """How many bytes are left, as the test sets it."""
    settings.data_dir.mkdir()
    left = [room.RESERVE_BYTES]
    mocker.patch.object(shutil, "disk_usage", side_effect=lambda _path: mocker.Mock(free=left[0]))
    return left


def test_a_folder_that_is_not_there_yet_lacks_nothing(settings):
    assert room.find_lack(settings) is None


def test_a_disk_with_the_reserve_lacks_nothing(settings, disk):
    assert room.find_lack(settings) is None


def test_a_copy_of_the_warehouse_has_to_fit_too(settings, disk):
    settings.warehouse_path.write_bytes(b"x" * 5_000_000)
    disk[0] += 4_999_999
    assert room.find_lack(settings) == (
        f"The disk of {settings.data_dir} is full: 38 MB are left, 38 MB are needed."
        " Make room there; syncing rests until then and goes on by itself."
    )
    disk[0] += 1
    assert room.find_lack(settings) is None


def test_a_log_that_is_gone_before_it_is_measured_takes_no_room(settings, disk):
    (settings.data_dir / "warehouse.duckdb.wal").symlink_to("gone")
    assert room.find_lack(settings) is None


def test_a_sidecar_waits_for_room_and_says_so_once(settings, disk, clock, mocker, caplog):
    disk[0] = 0
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        disk[0] = 10**9 if len(slept) == 3 else 0

    mocker.patch.object(clock, "sleep", sleep)
    room.wait_for_room(settings, clock)
    assert len(slept) == 3
    assert caplog.text.count("is full") == 1


def test_a_sidecar_that_is_told_to_leave_waits_no_longer(settings, disk, clock):
    disk[0] = 0
    before = clock.now()
    room.wait_for_room(settings, clock, is_stopped=lambda: clock.now() > before)
    assert room.find_lack(settings) is not None

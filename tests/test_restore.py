"""A restore checks first, replaces nothing unasked, keeps the old, and after a crash says what to do."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core import restore as restoring
from core.backup import Backup
from core.errors import ConfigError
from core.ops.businesses import ensure_business
from core.ops.migrate import migrate
from core.ops.session import RESTORE_MARKER, open_operations
from core.restore import restore
from core.settings import Settings
from core.warehouse.connection import SCHEMA_VERSION, Warehouse
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def archive(settings, database, warehouse, clock, tmp_path):
    """A backup of a folder with one business."""
    with database.transaction() as session:
        ensure_business(session, "Aurora", timezone="UTC", now=NOW)
    Backup(settings, database, clock, warehouse.publish).take(tmp_path / "kept.zip")
    return tmp_path / "kept.zip"


@pytest.fixture
def there(tmp_path):
    """Another folder, with data of its own."""
    settings = Settings.read(data_dir=tmp_path / "there")
    migrate(settings)
    add_business(settings, "Borealis")
    Warehouse(settings.warehouse_path, settings.published_dir).close()
    (settings.data_dir / "secret.key").write_text("theirs")
    return settings


def add_business(settings, name):
    database = open_operations(settings)
    with database.transaction() as session:
        ensure_business(session, name, timezone="UTC", now=NOW)
    database.close()


def businesses(path):
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM businesses")]


def put_back(settings, file, clock, **options):
    said = []
    restore(settings, file, clock, said.append, **options)
    return "\n".join(said)


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rewrite(archive, change):
    """The archive with its members (name: bytes) and its manifest changed."""
    with zipfile.ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(members["manifest.json"])
    change(members, manifest)
    if "manifest.json" in members:
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(archive, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)


def test_a_folder_with_data_is_not_overwritten(archive, there, clock):
    before = files(there.data_dir)
    with pytest.raises(ConfigError, match="--force"):
        put_back(there, archive, clock)
    assert files(there.data_dir) == before


def test_with_force_the_old_files_are_kept_under_a_dated_name(archive, there, clock):
    said = put_back(there, archive, clock, force=True)
    assert businesses(there.data_dir / "operations.db") == ["Aurora"]
    kept = there.data_dir / "before-restore-20261124-093000"
    assert businesses(kept / "operations.db") == ["Borealis"]
    assert (kept / "warehouse.duckdb").exists()
    assert (there.data_dir / "secret.key").read_text() == "theirs"
    assert str(kept) in said
    assert there.published_link.exists()
    assert not list(there.data_dir.glob(".restore-*"))


def test_what_is_restored_is_its_owners_alone(archive, tmp_path, clock):
    settings = Settings.read(data_dir=tmp_path / "empty")
    put_back(settings, archive, clock)
    modes = {path.name: path.stat().st_mode & 0o777 for path in settings.data_dir.iterdir() if path.suffix != ".lock"}
    assert modes["operations.db"] == modes["warehouse.duckdb"] == 0o600
    assert settings.data_dir.stat().st_mode & 0o777 == 0o700


def test_without_a_key_it_says_where_to_put_it(archive, tmp_path, clock):
    settings = Settings.read(data_dir=tmp_path / "empty")
    said = put_back(settings, archive, clock)
    assert f"put yours into {settings.data_dir / 'secret.key'}" in said
    assert not (settings.data_dir / "secret.key").exists()


def hold(code):
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"1\n"
    return process


@pytest.mark.parametrize(
    ("holds", "told"),
    [
        ("import duckdb; c = duckdb.connect('{}/warehouse.duckdb')", "open in another process"),
        (
            "import sqlite3; c = sqlite3.connect('{}/operations.db'); c.execute('SELECT * FROM businesses').fetchall()",
            "in use",
        ),
    ],
)
def test_beside_a_process_that_holds_a_store_nothing_is_changed(archive, there, clock, holds, told):
    process = hold(f"{holds.format(there.data_dir)}; print(1, flush=True); import time; time.sleep(60)")
    try:
        with pytest.raises(ConfigError, match=told):
            put_back(there, archive, clock, force=True)
    finally:
        process.kill()
        process.communicate()
    assert businesses(there.data_dir / "operations.db") == ["Borealis"]


def test_damaged_stores_can_be_replaced(archive, there, clock):
    there.warehouse_path.write_bytes(b"rubbish" * 1000)
    (there.data_dir / "operations.db").write_bytes(b"rubbish" * 1000)
    put_back(there, archive, clock, force=True)
    assert businesses(there.data_dir / "operations.db") == ["Aurora"]


def flip(members, manifest):
    content = bytearray(members["warehouse.duckdb"])
    content[len(content) // 2] ^= 1
    members["warehouse.duckdb"] = bytes(content)


def climb(members, manifest):
    members["../outside"] = b"x"
    manifest["members"]["../outside"] = {"size": 1, "sha256": "0" * 64}


def rename(members, manifest):
    members["operations.sqlite"] = members.pop("operations.db")


def add_more(members, manifest):
    members["more"] = b"x"


def lose_manifest(members, manifest):
    del members["manifest.json"]


def lose_warehouse(members, manifest):
    del members["warehouse.duckdb"], manifest["members"]["warehouse.duckdb"]


def lie_about_size(members, manifest):
    manifest["members"]["operations.db"]["size"] += 1


def no_database(members, manifest):
    for name in ("operations.db", "warehouse.duckdb"):
        members[name] = b"rubbish" * 500
        manifest["members"][name] = {"size": 3500, "sha256": hashlib.sha256(members[name]).hexdigest()}


@pytest.mark.parametrize(
    "change", [flip, climb, rename, add_more, lose_manifest, lose_warehouse, lie_about_size, no_database]
)
def test_an_archive_that_is_not_what_it_says_is_refused(archive, tmp_path, clock, change):
    rewrite(archive, change)
    settings = Settings.read(data_dir=tmp_path / "empty")
    with pytest.raises(ConfigError) as refused:
        put_back(settings, archive, clock)
    assert str(archive) in str(refused.value)
    assert "trusted" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert [path.name for path in settings.data_dir.iterdir()] in ([], ["migrate.lock"])
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("part", [0, 10, 0.3, 0.9, 0.9999])
def test_a_truncated_archive_is_refused(archive, tmp_path, clock, part):
    content = archive.read_bytes()
    archive.write_bytes(content[: int(part * len(content)) if part < 1 else part])
    with pytest.raises(ConfigError, match="trusted"):
        put_back(Settings.read(data_dir=tmp_path / "empty"), archive, clock)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(archive, tmp_path, clock):
    with zipfile.ZipFile(archive) as old:
        manifest = json.loads(old.read("manifest.json"))
    manifest["members"]["warehouse.duckdb"]["size"] = 200_000_000
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("warehouse.duckdb", bytes(200_000_000))
        new.writestr("operations.db", b"x", zipfile.ZIP_STORED)
        new.writestr("manifest.json", json.dumps(manifest), zipfile.ZIP_STORED)
    assert archive.stat().st_size < 1_000_000
    with pytest.raises(ConfigError, match="trusted"):
        put_back(Settings.read(data_dir=tmp_path / "empty"), archive, clock)


def test_an_archive_that_is_not_there_is_one_sentence(tmp_path, clock):
    with pytest.raises(ConfigError, match=r"nowhere\.zip"):
        put_back(Settings.read(data_dir=tmp_path / "empty"), tmp_path / "nowhere.zip", clock)


def newer_format(members, manifest):
    manifest["format"] = 2


def newer_schema(members, manifest):
    path = Path(os.environ["PYTEST_TMP_DB"])
    path.write_bytes(members["operations.db"])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    content = path.read_bytes()
    members["operations.db"] = content
    manifest["members"]["operations.db"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@pytest.mark.parametrize("change", [newer_format, newer_schema])
def test_an_archive_of_a_newer_version_is_refused(archive, tmp_path, clock, monkeypatch, change):
    monkeypatch.setenv("PYTEST_TMP_DB", str(tmp_path / "newer.db"))
    rewrite(archive, change)
    with pytest.raises(ConfigError, match="newer: update Tideline"):
        put_back(Settings.read(data_dir=tmp_path / "empty"), archive, clock)


def test_a_warehouse_of_a_newer_version_is_refused(archive, tmp_path, clock, mocker):
    mocker.patch.object(restoring, "SCHEMA_VERSION", SCHEMA_VERSION - 1)
    with pytest.raises(ConfigError, match="newer: update Tideline"):
        put_back(Settings.read(data_dir=tmp_path / "empty"), archive, clock)


@pytest.mark.parametrize("turn", range(1, 5))
def test_after_a_crash_nothing_starts_until_the_restore_is_repeated(archive, there, clock, mocker, turn):
    """The process dies at one of the moves; the old files are all kept somewhere."""
    real, moves = Path.rename, []

    def die(path, target):
        moves.append(path)
        if len(moves) == turn:
            raise SystemExit
        return real(path, target)

    mocker.patch.object(restoring.Path, "rename", die)
    with pytest.raises(SystemExit):
        put_back(there, archive, clock, force=True)
    mocker.stopall()
    told = (there.data_dir / RESTORE_MARKER).read_text()
    assert "restore FILE --force" in told
    with pytest.raises(ConfigError, match="cut short"):
        open_operations(there)
    with pytest.raises(ConfigError, match="cut short"):
        migrate(there)
    clock.advance(timedelta(minutes=1))
    put_back(there, archive, clock, force=True)
    assert businesses(there.data_dir / "operations.db") == ["Aurora"]
    assert not (there.data_dir / RESTORE_MARKER).exists()
    kept = [businesses(path) for path in there.data_dir.glob("before-restore-*/operations.db")]
    assert ["Borealis"] in kept


def test_an_archive_without_an_operations_database_needs_one_of_postgresql(archive, tmp_path, clock):
    def only_warehouse(members, manifest):
        del members["operations.db"], manifest["members"]["operations.db"]

    rewrite(archive, only_warehouse)
    with pytest.raises(ConfigError, match="PostgreSQL"):
        put_back(Settings.read(data_dir=tmp_path / "empty"), archive, clock)

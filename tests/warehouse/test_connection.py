"""The warehouse's doors: one writer, copies for readers, and a sentence where a file is not what it should be."""

import subprocess
import sys
import threading
from datetime import datetime

import duckdb
import pytest

from core.errors import WarehouseError
from core.warehouse.connection import SCHEMA_DIR, SCHEMA_VERSION, PublishedWarehouse, Warehouse, find_published

pytestmark = pytest.mark.integration


def open_for_writing_elsewhere(path):
    """Try to open the live file for writing in another process; its exit code and last words."""
    code = f"import duckdb; duckdb.connect({str(path)!r}).execute('CREATE TABLE stray (i INTEGER)')"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def read(settings):
    return PublishedWarehouse(find_published(settings.published_link))


def publish_news(warehouse):
    """Publish after something was written: where nothing is new, the newest copy serves on."""
    add_business(warehouse, 77)
    return warehouse.publish()


def add_business(warehouse, business_id):
    with warehouse.transaction() as connection:
        connection.execute("INSERT INTO businesses VALUES (?, 'A', 'UTC')", [business_id])


def test_the_writers_lock_survives_a_publish(warehouse, settings):
    assert "lock" in open_for_writing_elsewhere(settings.warehouse_path).stderr
    for _ in range(3):
        warehouse.publish()
        refused = open_for_writing_elsewhere(settings.warehouse_path)
        assert refused.returncode != 0
        assert "lock" in refused.stderr


def test_a_second_warehouse_on_the_same_file_is_refused_in_one_sentence(warehouse, settings):
    code = (
        "from pathlib import Path; from core.warehouse.connection import Warehouse;"
        f"Warehouse(Path({str(settings.warehouse_path)!r}), Path({str(settings.published_dir)!r}))"
    )
    refused = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "WarehouseInUseError" in refused.stderr
    assert "only one sidecar may run on a data folder" in refused.stderr


def test_a_published_copy_holds_what_was_committed_and_nothing_later(warehouse, settings):
    add_business(warehouse, 1)
    warehouse.publish()
    add_business(warehouse, 2)
    published = read(settings)
    assert published.frame("SELECT business_id FROM businesses").business_id.tolist() == [1]
    published.close()


def test_a_reader_keeps_its_copy_while_newer_ones_appear(warehouse, settings):
    add_business(warehouse, 1)
    warehouse.publish()
    early = read(settings)
    for business_id in range(2, 6):
        add_business(warehouse, business_id)
        warehouse.publish()
    assert len(early.frame("SELECT * FROM businesses")) == 1
    late = read(settings)
    assert len(late.frame("SELECT * FROM businesses")) == 5
    assert late.version != early.version
    early.close()
    late.close()


def test_all_older_copies_but_one_are_removed_and_copies_are_read_only(warehouse, settings):
    for _ in range(4):
        publish_news(warehouse)
    copies = sorted(path.name for path in settings.published_dir.iterdir())
    assert copies == ["warehouse-3.duckdb", "warehouse-4.duckdb", "warehouse.duckdb"]
    assert settings.published_link.resolve().name == "warehouse-4.duckdb"
    assert settings.published_link.resolve().stat().st_mode & 0o777 == 0o440


def test_where_nothing_is_new_the_newest_copy_is_the_answer(warehouse):
    first = warehouse.publish()
    assert warehouse.publish() == first
    assert publish_news(warehouse) != first


def test_runs_that_end_together_share_a_copy(warehouse, settings):
    warehouse.publish()
    waiting = threading.Thread(target=warehouse.publish)
    with warehouse._lock:
        add_business(warehouse, 1)
        waiting.start()
        while not waiting.is_alive():
            pass
        shared = warehouse.publish()
    waiting.join()
    assert settings.published_link.resolve() == shared


def test_numbers_go_on_after_a_restart(settings, warehouse):
    warehouse.publish()
    warehouse.close()
    with Warehouse(settings.warehouse_path, settings.published_dir) as again:
        assert again.publish().name == "warehouse-2.duckdb"


def test_another_process_reads_a_copy_while_the_writer_loads_and_publishes(warehouse, settings):
    add_business(warehouse, 1)
    warehouse.publish()
    code = (
        "import duckdb, sys\n"
        f"con = duckdb.connect({str(settings.published_link)!r}, read_only=True)\n"
        "print('open', flush=True); sys.stdin.readline()\n"
        "print(con.execute('SELECT count(*) FROM businesses').fetchone()[0])"
    )
    analyst = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert analyst.stdout.readline() == "open\n"
    for business_id in range(2, 5):
        add_business(warehouse, business_id)
        warehouse.publish()
    assert analyst.communicate("\n", timeout=30)[0] == "1\n"
    published = read(settings)
    assert len(published.frame("SELECT * FROM businesses")) == 4
    published.close()


def test_a_transaction_that_raises_leaves_nothing_behind(warehouse):
    with pytest.raises(RuntimeError), warehouse.transaction() as connection:
        connection.execute("INSERT INTO businesses VALUES (1, 'A', 'UTC')")
        raise RuntimeError
    with warehouse.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM businesses").fetchone() == (0,)


def test_several_threads_share_one_reader(warehouse, settings):
    add_business(warehouse, 1)
    warehouse.publish()
    published = read(settings)
    counts = []
    threads = [
        threading.Thread(target=lambda: counts.append(len(published.frame("SELECT * FROM businesses"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1] * 8
    published.close()


def test_nothing_published_yet_is_none(settings):
    assert find_published(settings.published_link) is None


@pytest.mark.parametrize("content", [b"this is no database" * 1000, b"", b"\0" * 20_000])
def test_a_corrupt_file_is_named_and_left_as_it_is(settings, content):
    settings.data_dir.mkdir()
    settings.warehouse_path.write_bytes(content)
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb .*(backup|move it away)"):
        Warehouse(settings.warehouse_path, settings.published_dir)
    assert settings.warehouse_path.read_bytes() == content


def test_a_publish_onto_a_full_disk_says_so_and_keeps_the_old_copy(warehouse, settings, mocker):
    warehouse.publish()
    refusal = subprocess.CompletedProcess([], 1, "", "cp: error writing: No space left on device")
    mocker.patch("core.warehouse.connection.subprocess.run", return_value=refusal)
    with pytest.raises(WarehouseError, match=r"could not be published to .*published: its disk is full\. Make room"):
        publish_news(warehouse)
    assert settings.published_link.resolve().name == "warehouse-1.duckdb"
    assert len(list(settings.published_dir.iterdir())) == 2


def test_a_folder_that_cannot_be_made_is_named(warehouse, settings):
    settings.published_dir.write_text("a file in its place")
    with pytest.raises(WarehouseError, match=r"could not be published to .*published"):
        warehouse.publish()


def test_a_newer_schema_is_refused_by_writer_and_reader(warehouse, settings):
    with warehouse.transaction() as connection:
        connection.execute("INSERT INTO schema_version VALUES (?)", [SCHEMA_VERSION + 1])
    warehouse.publish()
    warehouse.close()
    with pytest.raises(WarehouseError, match="newer version of Tideline"):
        Warehouse(settings.warehouse_path, settings.published_dir)
    with pytest.raises(WarehouseError, match="schema"):
        read(settings)


def test_a_warehouse_of_the_first_schema_is_brought_up_to_date(settings):
    settings.data_dir.mkdir()
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute((SCHEMA_DIR / "001_initial.sql").read_text())
        connection.execute("CREATE TABLE schema_version AS SELECT 1 AS version")
        connection.execute(
            "INSERT INTO observations SELECT 7, 'posts', TIMESTAMP '2026-11-24' + to_hours(hour), TIMESTAMP '2026-11-20' - to_hours(hour),"
            " TIMESTAMP '2026-11-24' + to_hours(hour), [], hour, 'api' FROM range(3) AS hours(hour)"
        )
    with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
        newest = datetime(2026, 11, 24, 2)  # noqa: DTZ001  # as DuckDB gives it
        assert warehouse.read("SELECT * FROM covered") == [(7, "posts", newest, datetime(2026, 11, 19, 22), newest)]  # noqa: DTZ001


def test_the_schema_needs_nothing_that_ducklake_lacks(warehouse):
    with warehouse.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_indexes()").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM duckdb_sequences()").fetchone() == (0,)
        kinds = connection.execute("SELECT DISTINCT constraint_type FROM duckdb_constraints()").fetchall()
    assert kinds == [("NOT NULL",)]


def test_a_writer_never_loads_extensions_from_the_network(warehouse):
    with warehouse.transaction() as connection, pytest.raises(duckdb.Error):
        connection.execute("SELECT * FROM st_read('x')")


def test_a_disk_that_fills_up_in_a_checkpoint_is_told_and_the_warehouse_not_used_any_more(warehouse, mocker):
    assert warehouse.is_usable
    broken = mocker.Mock()
    broken.execute.side_effect = duckdb.FatalException("FATAL Error: No space left on device")
    mocker.patch.object(warehouse, "_connection", broken)
    with pytest.raises(WarehouseError, match="its disk is full"):
        warehouse.publish()
    assert not warehouse.is_usable


def test_a_disk_that_fills_up_in_a_commit_is_told_in_one_sentence(warehouse, mocker):
    full = duckdb.TransactionException('Failed to commit: Could not write file "x.wal": No space left on device')
    broken = mocker.Mock()
    broken.execute.side_effect = [None, full, None]
    mocker.patch.object(warehouse, "_connection", broken)
    with (
        pytest.raises(WarehouseError, match=r"could not be kept: its disk is full\. Make room"),
        warehouse.transaction(),
    ):
        pass


def test_why_a_transaction_failed_is_not_hidden_by_its_rollback(warehouse, mocker):
    broken = mocker.Mock()
    broken.execute.side_effect = [None, duckdb.IOException("disk full"), duckdb.FatalException("past saving")]
    mocker.patch.object(warehouse, "_connection", broken)
    with pytest.raises(duckdb.IOException, match="disk full"), warehouse.transaction() as connection:
        connection.execute("INSERT")


def test_a_restored_folder_without_copies_is_not_published(warehouse, settings):
    assert not warehouse.is_published
    warehouse.publish()
    assert warehouse.is_published
    settings.published_link.unlink()
    assert not warehouse.is_published
    warehouse.publish()
    assert warehouse.is_published


def block_size_of(connection):
    return connection.execute("SELECT block_size FROM pragma_database_size()").fetchone()[0]


def test_a_new_warehouse_has_small_blocks_in_the_copy_too(warehouse, settings):
    publish_news(warehouse)
    reader = read(settings)
    assert int(reader.frame("SELECT block_size FROM pragma_database_size()").block_size[0]) == 65536
    reader.close()


def test_a_warehouse_of_other_blocks_is_opened_as_it_is(settings):
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        assert block_size_of(connection) == 262144
    with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
        add_business(warehouse, 77)
        assert warehouse.read("SELECT block_size FROM pragma_database_size()") == [(262144,)]
        assert warehouse.read("SELECT business_id FROM businesses") == [(77,)]

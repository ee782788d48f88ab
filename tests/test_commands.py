"""The command line met with wrong settings and files: one sentence, exit code 2, nothing overwritten."""

import os
import socket
import subprocess
import sys

import pytest

from core.settings import PROJECT_ROOT

pytestmark = pytest.mark.integration


@pytest.fixture
def run(tmp_path):
    """Run `python -m core …` on a data folder of its own; `environment` adds settings by their names without prefix."""

    def run_command(*arguments, data_dir=tmp_path / "data", **environment):
        own = {f"TIDELINE_{name}": value for name, value in {"DATA_DIR": str(data_dir), **environment}.items()}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TIDELINE_")}
        return subprocess.run(
            [sys.executable, "-m", "core", *arguments],
            cwd=PROJECT_ROOT,
            env={**clean, **own},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_command


@pytest.fixture
def busy_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def assert_refused(done, *words):
    """Exit code 2, and one sentence with these words on stderr: no traceback."""
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in lines[0]


COMMANDS = [
    *("web", "sidecar", "sandbox", "migrate", "sync", "demo", "run", "runs", "schedule", "keys", "rotate-key"),
    *("backup", "restore", "doctor"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: python -m core {command}")


def test_the_list_of_commands_is_complete(run):
    listed = run("--help").stdout.split("Commands:")[1].split("\n")
    assert sorted(line.split()[0] for line in listed if line.strip()) == sorted(COMMANDS)


@pytest.mark.parametrize(
    "command",
    [["web"], ["sidecar"], ["migrate"], ["sync"], ["sync", "--plan"], ["demo", "--once"], ["run"], ["rotate-key"]],
)
def test_a_wrong_setting_is_named(run, command):
    assert_refused(run(*command, X_API_URL="ftp://x"), "TIDELINE_X_API_URL", ".env.example")


@pytest.mark.parametrize("command", [["web", "--port"], ["sandbox", "--port"], ["demo", "--port"], ["run", "--port"]])
def test_a_busy_port_is_named(run, busy_port, command):
    assert_refused(run(*command, str(busy_port)), f"Port {busy_port}", "choose another")


@pytest.mark.parametrize("command", [["migrate"], ["run"], ["demo", "--once"], ["sidecar"], ["web"]])
def test_a_data_folder_that_cannot_be_made_is_named(run, tmp_path, command):
    (tmp_path / "file").write_text("")
    assert_refused(run(*command, data_dir=tmp_path / "file" / "data"), str(tmp_path / "file" / "data"))


def test_a_corrupt_warehouse_is_named_and_left_alone(run, tmp_path):
    run("migrate")
    warehouse = tmp_path / "data" / "warehouse.duckdb"
    warehouse.write_bytes(b"broken" * 4000)
    assert_refused(run("sidecar"), str(warehouse), "backup")
    assert warehouse.read_bytes() == b"broken" * 4000


def test_a_corrupt_operations_database_is_named_and_left_alone(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "operations.db").write_bytes(b"broken" * 4000)
    assert_refused(run("migrate"), "operations database")
    assert (tmp_path / "data" / "operations.db").read_bytes() == b"broken" * 4000


def test_the_demo_refuses_a_folder_with_real_data(run, tmp_path):
    run("migrate")
    before = (tmp_path / "data" / "operations.db").read_bytes()
    assert_refused(run("demo", "--once"), "not a demo's", "TIDELINE_DATA_DIR")
    assert (tmp_path / "data" / "operations.db").read_bytes() == before


@pytest.mark.parametrize("name", ["warehouse.duckdb", "secret.key", "published/warehouse-1.duckdb"])
def test_the_demo_refuses_a_folder_with_any_file_of_real_data(run, tmp_path, name):
    path = tmp_path / "data" / name
    path.parent.mkdir(parents=True)
    path.write_text("real")
    assert_refused(run("demo", "--once"), "not a demo's")
    assert path.read_text() == "real"


def test_real_platforms_refuse_a_demos_folder(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "DEMO").write_text("")
    assert_refused(run("run"), "demo data")


def test_a_wrong_key_is_named(run):
    assert_refused(run("sidecar", SECRET_KEY="password"), "TIDELINE_SECRET_KEY")


def test_a_sync_without_a_sidecar_says_how_to_start_one(run):
    run("migrate")
    assert_refused(run("sync"), "python -m core sidecar")


def test_what_a_command_writes_is_its_owners_alone(run, tmp_path):
    assert run("migrate").returncode == 0
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()} == {0}


def test_a_sync_where_nothing_was_ever_started_says_so_and_makes_nothing(run, tmp_path):
    (tmp_path / "data").mkdir()
    for arguments in (["sync"], ["sync", "--plan"]):
        assert_refused(run(*arguments), "make run", "TIDELINE_DATA_DIR")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_key_is_rotated_where_there_is_one_and_not_where_nothing_was_ever_started(run, tmp_path):
    assert_refused(run("rotate-key"), "holds no data yet", "make run")
    assert run("migrate").returncode == 0
    done = run("rotate-key")
    assert done.returncode == 0, done.stderr
    assert "encrypted with a new key" in done.stdout
    (key,) = (tmp_path / "data" / "secret.key").read_text().split()
    assert key not in done.stdout + done.stderr


def test_a_replay_without_once_is_refused(run, tmp_path):
    done = run("demo", "--replay", str(tmp_path))
    assert done.returncode == 2
    assert "--once" in done.stderr


def test_an_instant_that_is_none_is_named(run):
    done = run("demo", "--once", "--now", "yesterday")
    assert done.returncode == 2
    assert "'yesterday' is not an instant" in done.stderr


BROKEN_POSTS = (
    "platform,account,post_id,published_at,kind,text,permalink,impressions,reach,likes,comments,shares,saves,clicks,video_views,profile_visits,follows\n"
    "x,acme,1,2026-01-01T00:00:00Z,text,hi,,,,abc,,,,,,,\n"
)


@pytest.mark.parametrize(
    ("posts", "words"),
    [
        (BROKEN_POSTS, ["posts.csv", "row 2", "likes", "abc"]),
        (BROKEN_POSTS.replace("x,acme,1", "myspace,acme,1").replace("abc", "3"), ["posts.csv", "row 2", "myspace"]),
        ("platform,account\n", ["posts.csv"]),
        (None, ["posts.csv"]),
    ],
)
def test_a_broken_replay_folder_is_named(run, tmp_path, posts, words):
    folder = tmp_path / "replay"
    folder.mkdir()
    (folder / "account_days.csv").write_text(
        "platform,account,day,followers,impressions,reach,clicks,likes,comments,shares\n"
    )
    if posts is not None:
        (folder / "posts.csv").write_text(posts)
    done = run("demo", "--once", "--replay", str(folder))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in words), done.stderr

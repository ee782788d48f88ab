"""The judge of the chaos suite: a lost row, a doubled one and a changed one are each told."""

import shutil

import duckdb
import pytest

from core.domain import AccountDay, AccountIdentity, Coverage, DataSet, Harvest, Platform, Post, PostKind, PostSnapshot
from core.warehouse.load import load_harvest
from tests.chaos.compare import count_rows, differences, doubled, half_loaded, latest_of, read_rows
from tests.chaos.report import print_report
from tests.chaos.trial import Trial
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def path(settings, warehouse):
    identity = AccountIdentity(1, 1, "Aurora", "UTC", Platform.FACEBOOK, "9", NOW)
    harvest = Harvest(1, 1, NOW)
    harvest.posts.append(Post("a", PostKind.TEXT, NOW))
    harvest.snapshots.append(PostSnapshot("a", likes=1))
    harvest.days.append(AccountDay(NOW.date(), followers=5))
    harvest.coverage.extend(Coverage(data_set, None, NOW, ()) for data_set in DataSet)
    load_harvest(warehouse, identity, harvest)
    warehouse.close()
    return settings.warehouse_path


@pytest.fixture
def change(path, tmp_path):
    """A copy in which something has been done."""

    def change(sql):
        shutil.copyfile(path, tmp_path / "changed.duckdb")
        with duckdb.connect(str(tmp_path / "changed.duckdb")) as connection:
            connection.execute(sql)
        return tmp_path / "changed.duckdb"

    return change


def told(path, changed):
    return list(differences(read_rows(changed), read_rows(path)))


def test_the_same_rows_looked_at_later_are_the_same(path, change):
    changed = change("UPDATE post_metrics SET observed_at = observed_at + INTERVAL 1 HOUR, run_id = 7")
    assert told(path, changed) == []
    assert list(doubled(changed)) == []
    assert count_rows(read_rows(path)) == 10


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("DELETE FROM post_metrics", "post_metrics: 1 rows lost, 0 too many"),
        ("UPDATE post_latest SET likes = 2", "post_latest: 1 rows lost, 1 too many"),
        ("UPDATE account_daily SET followers = NULL", "account_daily: 1 rows lost, 1 too many"),
        ("INSERT INTO account_metrics FROM account_metrics", "account_metrics: 0 rows lost, 1 too many"),
        ("UPDATE observations SET covered_to = NULL WHERE data_set = 'account_days'", "observations: 1 rows lost, 1"),
    ],
)
def test_what_is_lost_doubled_or_changed_is_told(path, change, sql, sentence):
    (problem,) = told(path, change(sql))
    assert problem.startswith(sentence)


def test_a_row_that_is_there_twice_is_told(change):
    assert list(doubled(change("INSERT INTO posts FROM posts"))) == ["posts: 1 rows are there twice"]


def test_half_a_look_is_told(change):
    changed = change("DELETE FROM observations WHERE data_set IN ('profile', 'account_days')")
    assert half_loaded(changed) == ["account 1: only 2 of its data sets are there"]


def test_days_from_an_instant_on_can_be_left_out(path):
    assert latest_of(read_rows(path))["account_daily"].total() == 1
    assert latest_of(read_rows(path), before=NOW.date())["account_daily"].total() == 0


def test_the_report_fails_below_all(capsys):
    assert print_report([Trial("killed", 3), Trial("locked")])
    assert "100.0 % held" in capsys.readouterr().out
    assert not print_report([Trial("killed", 3), Trial("locked", problems=["posts: 1 rows lost"])])
    assert "75.0 % held" in capsys.readouterr().out
    assert not print_report([])

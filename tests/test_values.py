"""The values of a scope: what became of a metric is told of each day and post, and a copy that goes is read anew."""

from datetime import timedelta

import pytest

from core import values
from core.analytics.periods import Period
from core.domain import Platform, PostSnapshot
from core.errors import WarehouseError
from core.metrics import Grain, Metric
from core.ops.overview import list_connected_accounts
from core.values import Wanted, state_of
from core.warehouse.connection import find_published
from core.warehouse.events import MetricEvent, record_metric_event
from tests.conftest import NOW
from tests.ui.folder import YESTERDAY, Folder, day_before, days, posts

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(settings, database, warehouse):
    return Folder(settings, database, warehouse)


def wanted(folder):
    with folder.database.reading() as session:
        accounts = tuple(list_connected_accounts(session))
    return Wanted(accounts, Period(day_before(10), YESTERDAY), {account.id: "UTC" for account in accounts}, NOW)


def read(folder, query, *arguments, **more):
    with values.open_newest(folder.settings.published_link) as published:
        return query(published, wanted(folder), *arguments, **more)


class TestRetired:
    def test_from_its_day_on_a_day_without_a_number_is_retired(self, folder):
        _, (account_id,) = folder.add_business("Aurora", Platform.LINKEDIN)
        event = MetricEvent(Platform.LINKEDIN, Grain.ACCOUNT_DAY, Metric.REACH, "retired", day_before(5))
        record_metric_event(folder.warehouse, event)
        folder.load(account_id, days=days(3, impressions=5))
        folder.publish()
        frame = read(folder, values.account_days).set_index("day")
        found = frame[state_of(Metric.REACH)]
        assert found[str(day_before(6))] == "gap"
        assert set(found[str(day_before(5)) :]) == {"retired"}
        assert set(frame[state_of(Metric.IMPRESSIONS)][str(day_before(3)) :]) == {"number"}

    def test_so_is_it_of_posts_published_since(self, folder):
        _, (account_id,) = folder.add_business("Aurora", Platform.LINKEDIN)
        event = MetricEvent(Platform.LINKEDIN, Grain.POST_LIFETIME, Metric.REACH, "retired", day_before(5))
        record_metric_event(folder.warehouse, event)
        older, newer = posts(account_id, 8, 2)
        folder.load(account_id, posts=[older, newer], snapshots=[PostSnapshot(older.post_id, impressions=0)])
        folder.publish()
        frame = read(folder, values.posts, limit=10).set_index("post_id")
        assert frame.loc[older.post_id, state_of(Metric.REACH)] == "gap"
        assert frame.loc[newer.post_id, state_of(Metric.REACH)] == "retired"
        assert frame.loc[older.post_id, state_of(Metric.IMPRESSIONS)] == "number"
        assert frame.loc[older.post_id, "impressions"] == 0


class TestScope:
    def test_the_newest_come_first_up_to_the_limit(self, folder):
        _, (account_id,) = folder.add_business("Aurora", Platform.X)
        folder.load(account_id, posts=posts(account_id, 2, 4, 6))
        folder.publish()
        found = read(folder, values.posts, limit=2)["published_at"]
        assert list(found.dt.date) == [NOW.date() - timedelta(days=2), NOW.date() - timedelta(days=4)]
        assert read(folder, values.count_posts) == 3

    def test_a_deleted_post_says_when(self, folder):
        _, (account_id,) = folder.add_business("Aurora", Platform.X)
        folder.load(account_id, posts=posts(account_id, 2))
        with folder.warehouse.transaction() as connection:
            connection.execute("UPDATE posts SET gone_at = '2026-11-23 10:00:00'")
        folder.publish()
        assert str(read(folder, values.posts, limit=2)["gone_at"].iloc[0]) == "2026-11-23 10:00:00"


class TestCopies:
    def test_none_yet(self, settings):
        with values.open_newest(settings.published_link) as published:
            assert published is None

    def test_one_that_was_removed_meanwhile_has_a_newer_one_in_its_place(self, folder, monkeypatch):
        folder.publish()
        gone = find_published(folder.settings.published_link)
        for _ in range(3):
            folder.publish()
        assert not gone.exists()
        newest = find_published(folder.settings.published_link)
        looks = iter([gone, newest])  # the link was read just before it moved
        monkeypatch.setattr(values, "find_published", lambda _: next(looks))
        with values.open_newest(folder.settings.published_link) as published:
            assert published.version == newest.name

    def test_one_that_cannot_be_read_says_so(self, folder):
        folder.publish()
        path = find_published(folder.settings.published_link)
        path.chmod(0o600)
        path.write_bytes(b"no database")
        with pytest.raises(WarehouseError), values.open_newest(folder.settings.published_link):
            pass

"""What happened is written down with who did it, newest first, and forgotten after a while."""

from datetime import timedelta

import pytest

from core.ops.activities import ActivityKind, list_activities, prune_activities, record_activity
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def told(database):
    with database.transaction() as session:
        record_activity(session, ActivityKind.CONNECTED, "a", now=NOW, person="Mira", business_id=1, account_id=4)
        record_activity(session, ActivityKind.MOVED, "b", now=NOW + timedelta(hours=1), business_id=2)
        record_activity(session, ActivityKind.METRIC_RETIRED, "c" * 2000, now=NOW + timedelta(hours=2))


def texts(database, **choice):
    with database.reading() as session:
        return [one.text[:1] for one in list_activities(session, **choice)]


@pytest.mark.usefixtures("told")
class TestActivities:
    def test_they_come_newest_first(self, database):
        assert texts(database) == ["c", "b", "a"]
        assert texts(database, limit=1) == ["c"]

    def test_those_of_a_business_come_with_what_concerns_all(self, database):
        assert texts(database, business_id=1) == ["c", "a"]

    def test_one_says_what_who_and_of_what(self, database):
        with database.reading() as session:
            one = list_activities(session, business_id=1)[-1]
        assert (one.kind, one.person, one.business_id, one.account_id, one.at) == ("connected", "Mira", 1, 4, NOW)

    def test_old_ones_are_forgotten(self, database):
        with database.transaction() as session:
            prune_activities(session, before=NOW + timedelta(minutes=30))
        assert texts(database) == ["c", "b"]

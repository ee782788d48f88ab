"""The changes of all businesses at once are those that each one's own cards show."""

from datetime import timedelta

import pytest

from core.analytics.changes import changes
from core.analytics.kpis import Change, Measure, summarize
from core.analytics.trends import known_days
from core.domain import Platform, RateBase
from core.metrics import Metric
from tests.analytics.conftest import LAST, WEEK
from tests.analytics.test_unequal import LONGER_BEFORE, LONGER_NOW

pytestmark = pytest.mark.unit


@pytest.fixture
def many(world):
    """A whole one; one with a hole, late days and another rule; one that joined; one that nothing is known of."""
    world.settled[Platform.INSTAGRAM] = LAST - timedelta(days=2)
    world.account(1, business_id=1).days(1, 7, impressions=30, engagements=3, followers=12).posts(1, 0, 1, 8)
    world.days(1, 7, start=7, impressions=20, engagements=1, followers=10)
    world.account(2, business_id=1, platform=Platform.X).days(2, 14, followers=5)
    world.account(3, Platform.INSTAGRAM, business_id=2, base=RateBase.REACH)
    world.days(3, 14, start=1, impressions=7, engagements=2, reach=9).day(3, -1, followers=3)
    world.account(4, business_id=2, base=RateBase.REACH).days(4, 6, impressions=5, engagements=1, reach=4, followers=1)
    world.days(4, 8, start=7, impressions=9, engagements=5, reach=10, followers=1)
    world.account(5, business_id=3).days(5, 8, impressions=5, engagements=0, followers=8)
    return world.account(6, business_id=4).measured()


@pytest.mark.parametrize("period", [WEEK, LONGER_NOW, LONGER_BEFORE])
def test_they_are_those_of_the_cards(many, period):
    """Months are of different lengths: the table counts the days without a partner as the cards do."""
    group_of = {member.account_id: member.business_id for member in many.members}
    found = changes(many, period, group_of)
    for business in (1, 2, 3, 4):
        expected = {kpi.measure: kpi.change for kpi in summarize(many.of_business(business), period) if kpi.change}
        assert found[business].keys() == expected.keys(), business
        for measure, change in expected.items():
            assert found[business][measure].absolute == pytest.approx(change.absolute), (business, measure)
            assert found[business][measure].relative == pytest.approx(change.relative), (business, measure)


def test_what_has_changed(many):
    found = changes(many, WEEK, {member.account_id: member.business_id for member in many.members})
    assert found[1][Measure.IMPRESSIONS] == Change(70, 0.5)
    assert found[1][Measure.FOLLOWERS] == Change(2, None)
    assert Measure.ENGAGEMENT_RATE in found[2]
    assert Measure.FOLLOWERS not in found[2]  # one of its accounts has today's alone
    assert found[3] == {Measure.FOLLOWERS: Change(0, None)}
    assert found[4] == {}


def test_a_trend_has_the_days_that_all_accounts_know(world):
    world.settled[Platform.FACEBOOK] = LAST - timedelta(days=1)
    world.account(1, business_id=1).days(1, 6, impressions=5).account(2, Platform.FACEBOOK, business_id=1)
    world.days(2, 6, impressions=2).account(3, Platform.X, business_id=1).days(3, 7, followers=4)
    world.account(4, business_id=2).day(4, 3, impressions=0)
    measured = world.measured()
    found = known_days(
        measured, Metric.IMPRESSIONS, WEEK, {one.account_id: one.business_id for one in measured.members}
    )
    assert found == {1: [7] * 5, 2: [0]}

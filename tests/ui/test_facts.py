"""What is known of the accounts in scope, from the published copy and the operations database."""

from datetime import timedelta
from math import isnan

import pytest

from core.analytics.freshness import Freshness, FreshnessState
from core.analytics.kpis import Measure, summarize
from core.analytics.measured import KnownDays
from core.analytics.periods import Period
from core.domain import Platform
from core.metrics import Metric
from core.ops.businesses import list_businesses
from core.settings import Settings
from core.ui import data, facts, states
from core.ui.controls import Scope
from tests.conftest import NOW
from tests.ui.folder import YESTERDAY, day_before, days, posts

pytestmark = pytest.mark.integration

MONTH = Period.ending(YESTERDAY, days=30)


def scope(business_id=None, *platforms):
    return Scope(business_id, platforms or tuple(Platform), MONTH, "UTC")


@pytest.fixture
def account(folder, use_folder, settings):
    use_folder(settings)
    _, (account,) = folder.add_business("Aurora", Platform.LINKEDIN)
    return account


def posts_kpi():
    kpis = summarize(facts.measured(scope()), MONTH)
    return next(kpi for kpi in kpis if kpi.measure is Measure.POSTS)


class TestPosts:
    def test_an_account_with_fewer_posts_than_a_sync_reads_is_known_from_its_first(self, folder, account):
        folder.load(account, posts=posts(account, 1, 2))
        folder.publish()
        assert facts.measured(scope()).posts_known == {account: KnownDays(None, YESTERDAY)}
        assert posts_kpi().change.absolute == 2

    def test_a_reading_that_may_have_been_cut_off_is_known_after_its_oldest(self, folder, account, use_folder):
        use_folder(Settings.read(data_dir=folder.settings.data_dir, posts_per_sync=2))
        folder.load(account, posts=posts(account, 1, 2))
        folder.publish()
        assert facts.measured(scope()).posts_known == {account: KnownDays(YESTERDAY, YESTERDAY)}
        kpi = posts_kpi()
        assert (kpi.value, kpi.change, kpi.coverage.missing_days) == (2, None, 29)

    def test_the_limit_may_be_the_business_s_own(self, folder, account):
        with folder.database.transaction() as session:
            list_businesses(session)[0].posts_per_sync = 2
        folder.load(account, posts=posts(account, 1, 2))
        folder.publish()
        assert facts.measured(scope()).posts_known[account].first == YESTERDAY

    def test_the_days_after_the_last_look_are_not_known(self, folder, account):
        looked_at = NOW - timedelta(days=10)
        folder.load(account, posts=posts(account, 12, 13), observed_at=looked_at)
        folder.publish()
        assert facts.measured(scope()).posts_known == {account: KnownDays(None, day_before(11))}
        kpi = posts_kpi()
        assert (kpi.value, kpi.coverage.missing_days, kpi.basis.days) == (2, 10, 20)
        assert [isnan(value) for value in kpi.trend] == [False] * 20 + [True] * 10

    def test_days_are_those_of_the_business(self, folder, account):
        """09:30 in UTC is the same day in Tokyo, 16:30 is the next one there."""
        _, (tokyo,) = folder.add_business("Tokyo Tea", Platform.X, zone="Asia/Tokyo")
        folder.load(tokyo, posts=posts(tokyo, 1), observed_at=NOW.replace(hour=16) - timedelta(days=1))
        folder.publish()
        assert facts.measured(scope()).posts_known == {tokyo: KnownDays(None, YESTERDAY)}

    def test_posts_never_read_are_not_known(self, folder, account):
        folder.publish()
        assert facts.measured(scope()).posts_known == {}
        assert posts_kpi().value is None


class TestFreshness:
    def of(self, account):
        return facts.freshness_of(data.accounts())[account]

    def test_followers_alone_are_no_day(self, folder, account):
        folder.load(account, days=days(1, last=NOW.date(), followers=5))
        folder.publish()
        assert self.of(account) == Freshness(None, FreshnessState.STALE)

    def test_a_page_that_has_no_daily_numbers_was_looked_at_all_the_same(self, folder, account):
        folder.load(account, days=days(1, last=NOW.date(), followers=5), asked_for_days=True)
        folder.publish()
        assert self.of(account) == Freshness(None, FreshnessState.NO_DAYS)
        assert facts.covers_to(data.accounts()) == facts.CoversTo(None, 0, without_days=1, never=0, accounts=1)

    def test_days_are_not_asked_for_at_every_sync(self, folder, account, monkeypatch):
        """The night's first sync need not have brought yesterday."""
        folder.load(account, days=days(3, last=day_before(2), impressions=1))
        folder.publish()
        monkeypatch.setattr(data, "now", lambda: NOW.replace(hour=5))
        assert self.of(account).state is FreshnessState.FRESH
        monkeypatch.setattr(data, "now", lambda: NOW.replace(hour=7))
        assert self.of(account).state is FreshnessState.STALE

    def test_the_newest_day_with_a_number(self, folder, account):
        folder.load(account, days=[*days(3, impressions=1), *days(1, last=NOW.date(), followers=5)])
        folder.publish()
        assert self.of(account).covers_to == YESTERDAY

    def test_a_run_that_finished_is_no_freshness(self, folder, account):
        """Looked a minute ago and got nothing newer: still behind."""
        folder.load(account, days=days(3, last=day_before(4), impressions=1), observed_at=NOW - timedelta(minutes=1))
        folder.publish()
        assert self.of(account).state is FreshnessState.STALE

    def test_x_is_as_fresh_as_our_last_look(self, folder, account):
        _, (x_account,) = folder.add_business("Xavier", Platform.X)
        folder.load(x_account, observed_at=NOW - timedelta(hours=3))
        folder.publish()
        assert self.of(x_account).state is FreshnessState.STALE

    def test_nothing_published_is_never(self, folder, account):
        assert self.of(account).state is FreshnessState.NEVER

    def test_the_frame_is_covered_to_where_all_are_that_are_not_behind(self, folder, account):
        _, (other, old, _) = folder.add_business("Two", Platform.INSTAGRAM, Platform.FACEBOOK, Platform.X)
        folder.load(account, days=days(3, impressions=1))
        folder.load(other, days=days(3, last=day_before(2), impressions=1))
        folder.load(old, days=days(3, last=day_before(20), impressions=1))
        folder.publish()
        known = facts.covers_to(data.accounts())
        assert known == facts.CoversTo(day_before(2), behind=1, without_days=0, never=1, accounts=4)


class TestOffers:
    def test_x_gives_no_days(self, folder, account):
        folder.add_business("Xavier", Platform.X)
        accounts = data.accounts()
        assert facts.not_offered(accounts, Metric.IMPRESSIONS) == [Platform.X]
        assert states.why_never_known(accounts) == {}

    def test_a_scope_of_x_alone_says_why_it_is_empty(self, folder, account):
        folder.add_business("Xavier", Platform.X)
        accounts = facts.accounts_in(scope(None, Platform.X))
        reasons = states.why_never_known(accounts)
        assert set(reasons) == {Measure.IMPRESSIONS, Measure.REACH, Measure.ENGAGEMENTS, Measure.ENGAGEMENT_RATE}
        assert set(reasons.values()) == {"X does not give numbers per day for an account"}


def test_the_scope_chooses_the_accounts(folder, account):
    business, (x_account, _) = folder.add_business("Two", Platform.X, Platform.FACEBOOK)
    assert [a.id for a in facts.accounts_in(scope(business, Platform.X))] == [x_account]
    assert len(facts.accounts_in(scope())) == 3

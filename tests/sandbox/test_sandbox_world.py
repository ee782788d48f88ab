"""The made-up world: the same at the same instant, moving with time, and honest about what is gone."""

from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from core.domain import Platform
from core.sandbox.brands import BRANDS
from core.sandbox.synthetic import build_world

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def _accounts(world):
    return [account for login in world.logins for account in login.accounts]


def _seen(account, now):
    return [(post.post_id, post.text, astuple(post.counters(now))) for post in account.posts(now)]


@pytest.fixture(params=list(Platform))
def account(request, login):
    return login.list_accounts(request.param)[0]


def test_the_same_seed_gives_the_same_world_in_any_order():
    first, second = build_world(1, 2), build_world(1, 2)
    later = NOW + timedelta(days=40)
    for account in _accounts(second):
        account.posts(later)  # looking ahead must not change what is seen now
    for one, other in zip(_accounts(first), _accounts(second), strict=True):
        assert _seen(one, NOW) == _seen(other, NOW)
        assert one.days(date(2026, 11, 1), NOW.date(), NOW) == other.days(date(2026, 11, 1), NOW.date(), NOW)


def test_another_seed_gives_another_world():
    assert not {post.post_id for post in _accounts(build_world(2))[0].posts(NOW)} & {
        post.post_id for post in _accounts(build_world(1))[0].posts(NOW)
    }


def test_businesses_have_names_of_their_own_past_the_invented_ones():
    world = build_world(1, len(BRANDS) + 2)
    assert len(BRANDS) >= 12
    assert len({login.name for login in world.logins}) == len(world.logins)
    assert world.logins[-1].business.endswith(" 2")


def test_thirteen_months_hold_a_plausible_number_of_posts(account):
    posts = account.posts(NOW)
    assert 100 <= len(posts) <= 600
    assert posts[0].published_at < NOW - timedelta(days=390)
    assert all(earlier.published_at <= later.published_at for earlier, later in pairwise(posts))


def test_two_looks_an_hour_apart_differ(login):
    before = [_seen(account, NOW) for account in login.accounts]
    after = [_seen(account, NOW + timedelta(hours=1)) for account in login.accounts]
    assert before != after


def test_counters_grow_and_then_settle(account):
    post = next(post for post in reversed(account.posts(NOW)) if post.falls_after_h is None)
    seen = [post.counters(post.published_at + timedelta(hours=hours)).impressions for hours in (0, 1, 6, 48, 900, 2000)]
    assert seen == sorted(seen)
    assert seen[0] == 0 < seen[1] < seen[2]
    assert seen[-1] == seen[-2] == post.final.impressions


def test_some_likes_are_taken_back(account):
    fallen = [post for post in account.posts(NOW) if post.falls_after_h and post.final.likes > 3]
    assert fallen
    for post in fallen:
        falls_at = post.published_at + timedelta(hours=post.falls_after_h)
        before, after = (post.counters(falls_at + timedelta(seconds=by)).likes for by in (-1, 1))
        assert after < before


def test_what_a_platform_does_not_give_is_none(login):
    missing = {"linkedin": {"saves"}, "x": {"reach"}, "facebook": {"saves"}, "instagram": {"clicks"}}
    for platform, names in missing.items():
        for post in login.list_accounts(Platform(platform))[0].posts(NOW):
            counters = post.counters(NOW)
            assert all(getattr(counters, name) is None for name in names)
            assert counters.likes is not None


def test_a_deleted_post_leaves_the_list_and_cannot_be_found(account):
    moments = (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=5 * step) for step in range(100))
    doomed = next(post for moment in moments for post in account.posts(moment) if post.deleted_at)
    before, after = doomed.deleted_at - timedelta(seconds=1), doomed.deleted_at
    assert doomed in account.posts(before)
    assert account.find_post(doomed.post_id, before) == doomed
    assert doomed not in account.posts(after)
    assert account.find_post(doomed.post_id, after) is None
    assert account.has_post(doomed.post_id, after)


def test_a_post_of_the_future_cannot_be_found_yet(account):
    newest = account.posts(NOW)[-1]
    assert account.find_post(newest.post_id, newest.published_at - timedelta(seconds=1)) is None


@pytest.mark.parametrize("post_id", ["", "x", "9" * 20, "0" * 19, "urn:li:share:12", "1_2"])
def test_ids_that_are_none_find_nothing(account, post_id):
    assert account.find_post(post_id, NOW) is None


def test_followers_step_by_what_came_and_went(account):
    days = account.days(date(2026, 5, 1), date(2026, 11, 20), NOW)
    assert len(days) == 204
    for before, day in pairwise(days):
        assert day.followers - before.followers == day.followers_gained - day.followers_lost
        assert min(day.followers_gained, day.followers_lost) >= 0


def test_followers_fall_now_and_then_and_rise_over_the_year(world):
    account = world.logins[1].list_accounts(Platform.FACEBOOK)[0]
    days = account.days(date(2025, 11, 1), date(2026, 11, 1), NOW)
    assert days[-1].followers > days[0].followers * 1.05
    assert min(later.followers - day.followers for day, later in pairwise(days)) < -50


def test_the_last_two_days_are_restated_upwards_and_older_ones_are_final(account):
    day = date(2026, 11, 22)
    seen = [
        account.days(day, day, datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(hours=hours))[0].impressions
        for hours in (0, 12, 24, 60, 600)
    ]
    assert seen[0] < seen[1] < seen[2] <= seen[3] == seen[4]


def test_a_day_that_has_not_begun_is_left_out(account):
    assert account.days(date(2026, 11, 26), date(2026, 11, 30), NOW) == []


def test_the_list_loses_a_month_at_once_but_old_posts_are_still_found(account):
    first = account.posts(NOW)[0]
    assert first.published_at.date() >= date(2025, 9, 30)
    later = datetime(2026, 12, 15, tzinfo=UTC)
    assert first not in account.posts(later)
    assert account.find_post(first.post_id, later) == first

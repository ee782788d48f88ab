"""Readings of the limits: at most one in ten minutes, our own counts added up over a UTC day, and whose each limit is."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain import Platform, Provider
from core.ops import quotas
from core.ops.accounts import save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account, Token
from core.ops.quotas import Owner, Told
from tests.conftest import NOW

pytestmark = pytest.mark.integration

KEY = "account:x:login-1/users/me"
RESET = datetime(2026, 11, 24, 9, 45, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)


def told(used, key=KEY, *, quota=75, resets_at=RESET, is_added=False):
    return Told(
        key=key,
        provider=Provider.X,
        platform=None,
        account_id=None,
        name="users/me",
        unit=quotas.CALLS,
        used=used,
        quota=quota,
        resets_at=resets_at,
        is_added=is_added,
    )


def record(database, *words, at=NOW):
    with database.transaction() as session:
        quotas.record_readings(session, words, now=at)


def known(database, key=KEY):
    with database.reading() as session:
        return [(one.observed_at, one.used) for one in quotas.readings_since(session, key, NOW - timedelta(days=40))]


def newest(database, now=NOW):
    with database.reading() as session:
        return {reading.key: reading.used for reading in quotas.newest_readings(session, now=now)}


def test_within_ten_minutes_the_newer_word_takes_the_place(database):
    minutes = [timedelta(minutes=n) for n in (0, 4, 9, 10)]
    for number, later in enumerate(minutes, start=1):
        record(database, told(number, resets_at=None), at=NOW + later)
    assert known(database) == [(NOW + minutes[2], 3), (NOW + minutes[3], 4)]


def test_another_window_is_another_reading(database):
    record(database, told(70))
    record(database, told(1, resets_at=RESET + timedelta(minutes=15)), at=NOW + timedelta(minutes=1))
    assert [used for _, used in known(database)] == [70, 1]


def test_what_is_not_known_stays_unknown(database):
    record(database, told(None, quota=None))
    with database.reading() as session:
        (reading,) = quotas.newest_readings(session, now=NOW)
    assert (reading.used, reading.quota) == (None, None)


def test_our_own_count_is_added_up_over_a_day_and_starts_anew(database):
    for hours, calls in ((0, 5), (1, 7), (14, 1), (15, 3)):
        record(database, told(calls, resets_at=None, is_added=True), at=NOW + timedelta(hours=hours))
    assert [used for _, used in known(database)] == [5, 12, 13, 3]
    with database.reading() as session:
        resets = [one.resets_at for one in quotas.readings_since(session, KEY, NOW)]
    assert resets == [MIDNIGHT] * 3 + [MIDNIGHT + timedelta(days=1)]


def test_counts_within_ten_minutes_are_added_to_one_reading(database):
    for minutes in (0, 2, 4):
        record(database, told(5, resets_at=None, is_added=True), at=NOW + timedelta(minutes=minutes))
    assert known(database) == [(NOW + timedelta(minutes=4), 15)]


def test_the_newest_of_each_limit_and_none_that_was_not_heard_of_for_long(database):
    record(database, told(1, "account:x:login-1/tweets"), at=NOW - timedelta(days=9))
    record(database, told(2), told(5, "app:x:demo"), at=NOW - timedelta(hours=1))
    record(database, told(3))
    assert newest(database) == {KEY: 3, "app:x:demo": 5}


def test_old_readings_are_forgotten(database):
    record(database, told(1), at=NOW - timedelta(days=31))
    record(database, told(2), at=NOW - timedelta(days=29))
    with database.transaction() as session:
        quotas.prune_readings(session, before=NOW - quotas.KEEP_READINGS)
    assert [used for _, used in known(database)] == [2]


@pytest.fixture
def connected(database):
    """Two businesses; one login with a page in each, and a page that is read with a token of its own."""
    with database.transaction() as session:
        ids = [ensure_business(session, name, timezone="UTC", now=NOW).id for name in ("Aurora", "Lumen")]
        token = Token(
            provider=Provider.LINKEDIN, owner_id="o", owner_name="Ana Berg", access_token=b"", obtained_at=NOW
        )
        session.add(token)
        session.flush()
        for number, (business_id, token_id) in enumerate([(ids[0], token.id), (ids[1], token.id), (ids[1], None)]):
            account = Account(
                business_id=business_id,
                token_id=token_id,
                platform=Platform.LINKEDIN,
                external_id=str(number),
                name=f"Page {number}",
                connected_at=NOW,
            )
            save_account(session, account)
    return ids


def owners(database, *keys):
    with database.reading() as session:
        return quotas.owners_of(session, keys)


def test_a_limit_of_the_app_is_everybodys(database, connected):
    assert owners(database, "app:meta:our-app") == {"app:meta:our-app": Owner(None)}


def test_a_limit_of_a_login_is_of_all_it_reads(database, connected):
    key = "account:linkedin:login-1/posts"
    assert owners(database, key) == {key: Owner("Ana Berg", frozenset(connected))}


def test_a_limit_of_one_account_is_its_own(database, connected):
    key = "account:meta:account-3/pages 112"
    assert owners(database, key) == {key: Owner("Page 2", frozenset(connected[1:]))}


def test_a_login_that_reads_one_account_goes_by_the_account(database, connected):
    with database.transaction() as session:
        session.get_one(Account, 2).disconnected_at = NOW
    key = "account:linkedin:login-1/posts"
    assert owners(database, key) == {key: Owner("Page 0", frozenset(connected[:1]))}


@pytest.mark.parametrize("key", ["account:linkedin:login-9/posts", "account:x:3fa9c1", "whatever"])
def test_what_nobody_shares_any_more_is_left_out(database, connected, key):
    assert owners(database, key) == {}

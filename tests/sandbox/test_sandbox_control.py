"""The sandbox's own endpoints: health, clock and inhabitants."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.unit


@pytest.fixture
def move(browser):
    return lambda order: browser.post("/_sandbox/clock", json=order)


def test_it_says_that_it_is_well(browser):
    assert browser.get("/_sandbox/health").json() == {"status": "ok"}


def test_the_clock_follows_until_it_is_stopped_and_moved(browser, move, clock):
    assert browser.get("/_sandbox/clock").json() == {"now": "2026-11-24T09:30:00+00:00", "mode": "system"}
    assert move({"now": "2026-12-01T01:00:00+01:00"}).json() == {"now": "2026-12-01T00:00:00+00:00", "mode": "stopped"}
    assert move({"advance_s": 90}).json() == {"now": "2026-12-01T00:01:30+00:00", "mode": "stopped"}
    clock.advance(timedelta(hours=1))
    assert browser.get("/_sandbox/clock").json()["now"] == "2026-12-01T00:01:30+00:00"
    assert move({"mode": "system"}).json() == {"now": "2026-11-24T10:30:00+00:00", "mode": "system"}


def test_a_running_clock_keeps_running_with_its_offset(browser, move, clock):
    assert move({"advance_s": -3600}).json() == {"now": "2026-11-24T08:30:00+00:00", "mode": "system"}
    clock.advance(timedelta(minutes=5))
    assert browser.get("/_sandbox/clock").json()["now"] == "2026-11-24T08:35:00+00:00"


@pytest.mark.parametrize(
    "order",
    [{}, {"now": "soon"}, {"now": "2026-12-01T00:00:00"}, {"advance_s": "1"}, {"advance_s": True}, {"advance_s": 1e18},
     {"mode": "warp"}, {"now": "2026-12-01T00:00:00Z", "advance_s": 1}, [], 7],
)  # fmt: skip
def test_a_bad_order_is_refused_in_one_sentence_and_moves_nothing(browser, move, order):
    answer = move(order)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert browser.get("/_sandbox/clock").json() == {"now": "2026-11-24T09:30:00+00:00", "mode": "system"}


def test_a_body_that_is_not_json_is_refused(browser):
    assert browser.post("/_sandbox/clock", content=b"now").status_code == 400


def test_the_world_names_every_login_and_its_accounts(browser, world):
    logins = browser.get("/_sandbox/world").json()["logins"]
    assert [login["login"] for login in logins] == [login.name for login in world.logins]
    assert logins[0]["timezone"] == "Europe/Berlin"
    assert [account["platform"] for account in logins[0]["accounts"]] == ["linkedin", "x", "facebook", "instagram"]
    assert logins[0]["accounts"][0]["external_id"] == world.logins[0].accounts[0].external_id


def test_posts_appear_as_the_clock_is_moved(x, account_of, move):
    account = account_of("x")
    path = f"/users/{account.external_id}/tweets?max_results=5"
    newest = x(path).json()["data"][0]["id"]
    move({"now": "2026-11-24T11:29:00Z"})
    moved = x(path).json()["data"][0]["id"]
    move({"now": "2026-11-20T11:29:00Z"})
    assert x(path).json()["data"][0]["id"] not in (newest, moved)

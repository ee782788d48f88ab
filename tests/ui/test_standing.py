"""How an account stands: the most pressing of all that can be said, with its one action."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain import Platform, Provider
from core.errors import Remedy
from core.ops.account_rows import AccountRow
from core.scopes import SCOPES
from core.ui import standing
from tests.conftest import NOW

pytestmark = pytest.mark.unit

FINE = AccountRow(
    id=1,
    business_id=1,
    business="Aurora Coffee",
    platform=Platform.LINKEDIN,
    provider=Provider.LINKEDIN,
    name="Aurora Coffee",
    handle=None,
    avatar_url=None,
    connected_at=NOW - timedelta(days=30),
    disconnected_at=None,
    granted=SCOPES[Provider.LINKEDIN],
    ends_at=NOW + timedelta(days=40),
    last_synced_at=NOW,
)


def stand(**changes):
    return standing.standing_of(replace(FINE, **changes), "UTC", now=NOW)


def test_a_healthy_one_has_nothing_to_do():
    assert (stand().word, stand().problem, stand().action, stand().needs_reconnect) == ("Connected", "", "", False)


def test_one_that_was_never_synced_waits_for_its_first_sync():
    assert stand(last_synced_at=None).word == "First sync to come"


def test_a_broken_login_says_why_and_that_nothing_is_lost():
    found = stand(broken_at=NOW, broken_reason="LinkedIn no longer accepts this login.")
    assert (found.word, found.problem) == ("Login ended", "LinkedIn no longer accepts this login.")
    assert "nothing that was read is lost" in found.action
    assert found.needs_reconnect


def test_a_refused_account_needs_a_login_that_may_see_it():
    found = stand(error="No longer an administrator.", remedy=Remedy.RECONNECT)
    assert (found.word, found.problem, found.needs_reconnect) == ("Login refused", "No longer an administrator.", True)


@pytest.mark.parametrize(
    ("left", "word"),
    [
        (timedelta(days=14), "Login: 14 days left"),
        (timedelta(days=1, hours=2), "Login: 2 days left"),
        (timedelta(hours=5), "Login: 5 h left"),
        (timedelta(0), "Login ended"),
        (timedelta(days=14, seconds=1), "Connected"),
    ],
)
def test_an_ending_login_is_warned_of_two_weeks_ahead(left, word):
    assert stand(ends_at=NOW + left).word == word


def test_the_last_day_is_told_in_the_zone_of_the_business():
    row = replace(FINE, ends_at=NOW.replace(day=27, hour=20))
    assert standing.standing_of(row, "Asia/Tokyo", now=NOW).problem == "Sat 28 Nov is the last day of this login."


def test_an_error_has_its_remedy():
    found = stand(error="No credits.", remedy=Remedy.ASK_OPERATOR)
    assert (found.word, found.action) == ("Did not sync", "Ask whoever runs Tideline to mend it.")


def test_what_mends_itself_only_waits():
    found = stand(error="Full.", remedy=Remedy.WAIT, retry_at=NOW + timedelta(minutes=35))
    assert (found.word, found.color, found.action) == ("Waiting", "orange", "Nothing to do: goes on at 10:05.")


def test_a_missing_permission_says_what_it_costs():
    found = stand(missing=("r_organization_social",))
    assert found.problem == "Without r_organization_social: no posts, and no numbers of posts."
    assert found.word == "Permission missing"


def test_a_permission_of_another_platform_is_no_trouble():
    """One Meta login reads a Page and the Instagram account beside it."""
    lacks = {"provider": Provider.META, "granted": ("pages_show_list",), "missing": ("read_insights",)}
    assert stand(platform=Platform.FACEBOOK, **lacks).word == "Permission missing"
    assert stand(platform=Platform.INSTAGRAM, **lacks).word == "Connected"


def test_the_most_pressing_goes_first():
    pressing = [
        ({"disconnected_at": NOW}, "Disconnected Tue 24 Nov"),
        ({"broken_at": NOW}, "Login ended"),
        ({"ends_at": NOW + timedelta(days=3)}, "Login: 3 days left"),
        ({"error": "Busy.", "remedy": Remedy.RETRY}, "Waiting"),
        ({"missing": ("r_organization_social",)}, "Permission missing"),
    ]
    for rank, (_, word) in enumerate(pressing):
        rest = {name: value for changes, _ in pressing[rank:] for name, value in changes.items()}
        assert stand(**rest).word == word


def test_the_life_of_a_login():
    rows = {
        "40 days left": FINE,
        "Renews itself": replace(FINE, ends_at=None, renews_itself=True),
        "Does not end": replace(FINE, ends_at=None),
        "Ended": replace(FINE, broken_at=NOW),
    }
    assert {standing.login_life(row, now=NOW) for row in rows.values()} == set(rows)


def test_permissions_in_a_word():
    assert standing.permissions_of(FINE) == "All 2 given"
    assert standing.permissions_of(replace(FINE, missing=("r_organization_social",))) == "1 of 2 missing"
    assert standing.permissions_of(replace(FINE, granted=())) == "Not told"

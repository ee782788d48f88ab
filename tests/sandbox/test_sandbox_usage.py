"""Does the sandbox tell of its limits as the platforms do: truthfully, by window, each limit's own?"""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.domain import Platform
from core.sandbox.graph_limits import UsageMeter
from core.sandbox.world import Login, World
from tests.conftest import NOW

pytestmark = pytest.mark.unit


@dataclass
class Page:
    """A page that engages one person: good for 4,800 calls a day."""

    external_id: str = "112"
    platform: Platform = Platform.FACEBOOK

    def followers(self, now):
        return 100


@pytest.fixture
def meter():
    """Of an app with one page: good for 10,000 calls an hour."""
    return UsageMeter(World(1, (Login("ana", "Aurora", "UTC", (Page(),)),)))


def ask_app(meter, calls, now=NOW):
    for _ in range(calls):
        headers = meter.of_app(now)
    return json.loads(headers["X-App-Usage"])["call_count"]


def ask_page(meter, calls, page=None, now=NOW):
    for _ in range(calls):
        headers = meter.of_account(page or Page(), now)
    return json.loads(headers["X-Business-Use-Case-Usage"])


def test_the_app_s_calls_of_the_last_hour_in_whole_percent(meter):
    assert [ask_app(meter, calls) for calls in (99, 1, 150)] == [0, 1, 2]
    assert ask_app(meter, 1, NOW + timedelta(minutes=59)) == 2
    assert ask_app(meter, 1, NOW + timedelta(minutes=60)) == 0


def test_a_page_s_calls_of_the_last_day_are_its_own(meter):
    (told,) = ask_page(meter, 480)["112"]
    assert (told["type"], told["call_count"], told["estimated_time_to_regain_access"]) == ("pages", 10, 0)
    other = ask_page(meter, 1, Page("178", Platform.INSTAGRAM))
    assert (other["178"][0]["type"], other["178"][0]["call_count"]) == ("instagram", 0)
    assert ask_page(meter, 1, now=NOW + timedelta(hours=23))["112"][0]["call_count"] == 10
    assert ask_page(meter, 1, now=NOW + timedelta(hours=24))["112"][0]["call_count"] == 0


def test_a_clock_that_is_set_back_forgets_what_has_not_happened_yet(meter):
    ask_app(meter, 300)
    assert ask_app(meter, 1, NOW - timedelta(hours=5)) == 0

"""Does an Instagram login come, last and end as Instagram says?"""

from datetime import timedelta

import pytest

from core.domain import Provider
from core.errors import OperatorNeededError, ReconnectNeededError, TransientError
from core.fetchers.oauth import Grant
from tests.conftest import NOW
from tests.fetchers.test_oauth import CODE, INSTAGRAM_TOKEN_URL, OLD, REDIRECT, SECRET, Desk, fetch, refresh, revoke

pytestmark = pytest.mark.unit

LONG = {"access_token": "long", "token_type": "bearer", "expires_in": 5183944}
SCOPES = ("instagram_business_basic", "instagram_business_manage_insights")
DAY = timedelta(days=1)


def short(**more):
    return {"access_token": "short", "user_id": 17841400000000001, "permissions": ",".join(SCOPES)} | more


@pytest.mark.parametrize(
    "answer", [short(), short(permissions=list(SCOPES)), {"data": [short()]}], ids=["text", "list", "wrapped"]
)
def test_the_code_becomes_a_long_lived_token_with_the_scopes_that_were_granted(answer):
    desk = Desk(answer, LONG)
    grant = fetch(Provider.INSTAGRAM, desk)
    assert grant == Grant("long", None, NOW + timedelta(seconds=5183944), scopes=SCOPES)
    assert str(desk.requests[0].url) == INSTAGRAM_TOKEN_URL
    assert desk.form() == {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": REDIRECT,
        "client_id": "client-1",
        "client_secret": SECRET,
    }


def test_the_exchange_carries_the_token_in_a_header():
    desk = Desk(short(), LONG)
    fetch(Provider.INSTAGRAM, desk)
    exchange = desk.requests[1]
    assert (exchange.method, exchange.url.host, exchange.url.path) == ("GET", "graph.instagram.test", "/access_token")
    assert dict(exchange.url.params) == {"grant_type": "ig_exchange_token", "client_secret": SECRET}
    assert exchange.headers["authorization"] == "Bearer short"


def test_what_instagram_puts_behind_a_code_is_taken_off():
    desk = Desk(short(), LONG)
    fetch(Provider.INSTAGRAM, desk, code=f"{CODE}#_")
    assert desk.form()["code"] == CODE


def test_a_missing_expiry_means_60_days():
    grant = fetch(Provider.INSTAGRAM, Desk(short(), {"access_token": "long"}))
    assert grant.expires_at == NOW + timedelta(days=60)


def test_a_day_old_token_is_renewed_and_keeps_its_scopes():
    desk = Desk(LONG)
    grant = refresh(Provider.INSTAGRAM, desk, Grant(OLD, expires_at=NOW + 59 * DAY, scopes=SCOPES))
    assert (grant.access_token, grant.expires_at, grant.scopes) == ("long", NOW + timedelta(seconds=5183944), SCOPES)
    assert str(desk.requests[0].url) == "https://graph.instagram.test/refresh_access_token?grant_type=ig_refresh_token"
    assert desk.requests[0].headers["authorization"] == f"Bearer {OLD}"


@pytest.mark.parametrize(
    ("left", "error", "words"),
    [
        (59 * DAY + timedelta(seconds=1), TransientError, "a day old"),
        (timedelta(0), ReconnectNeededError, "expired"),
    ],
)
def test_a_token_too_young_or_too_old_is_not_asked_about(left, error, words):
    desk = Desk()
    with pytest.raises(error, match=words):
        refresh(Provider.INSTAGRAM, desk, Grant(OLD, expires_at=NOW + left))
    assert desk.requests == []


def test_only_the_account_itself_can_end_the_access():
    desk = Desk()
    with pytest.raises(OperatorNeededError, match="Apps and websites"):
        revoke(Provider.INSTAGRAM, desk)
    assert desk.requests == []

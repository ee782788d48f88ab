"""Is it found out what a person really granted, and until when it holds?"""

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from core.domain import Platform, Provider
from core.errors import ReconnectNeededError
from core.fetchers import fetch_access
from core.fetchers.grants import Grant, GrantedAccess
from tests.fetchers.stage import SECRET, TOKEN, app_of

pytestmark = pytest.mark.unit

GRANTED = ("instagram_basic", "pages_show_list")
ENDS_AT = datetime(2027, 2, 19, 1, 20, tzinfo=UTC)


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.FACEBOOK).on("/me/permissions", "permissions_some_declined")


def access_of(stage, app=None):
    return fetch_access(
        app or app_of(Platform.FACEBOOK),
        Grant(TOKEN),
        speak=lambda token: stage.open_session("account-1", token=token),
    )


def test_declined_and_expired_permissions_are_not_granted(stage):
    stage.on("/debug_token", "login_inspected")
    assert access_of(stage) == GrantedAccess(GRANTED, ENDS_AT)


def test_the_token_is_looked_into_by_the_app_and_stands_in_no_address(stage):
    stage.on("/debug_token", "login_inspected")
    access_of(stage)
    inspection = stage.requests[-1]
    assert inspection.headers["authorization"] == f"Bearer client-1|{SECRET}"
    assert parse_qs(inspection.content.decode()) == {"method": ["GET"], "input_token": [TOKEN]}
    assert not [request for request in stage.requests if TOKEN in str(request.url) or SECRET in str(request.url)]


def test_an_app_without_a_secret_does_not_know_the_end(stage):
    app = app_of(Platform.FACEBOOK)
    app.client_secret = ""
    assert access_of(stage, app) == GrantedAccess(GRANTED, None)


def test_data_that_has_ended_asks_for_a_new_sign_in(stage, clock):
    stage.on("/debug_token", "login_inspected")
    clock.move_to(ENDS_AT)
    with pytest.raises(ReconnectNeededError, match="90 days"):
        access_of(stage)


def test_a_dead_token_asks_for_a_new_sign_in(stage):
    stage.on("/debug_token", "login_not_valid")
    with pytest.raises(ReconnectNeededError, match="password"):
        access_of(stage)


@pytest.mark.parametrize("provider", [Provider.LINKEDIN, Provider.X, Provider.INSTAGRAM])
def test_the_others_tell_their_scopes_with_the_token(stage, provider):
    app = app_of(Platform.FACEBOOK, provider=provider)
    assert fetch_access(app, Grant(TOKEN, scopes=("a",)), speak=stage.open_session) == GrantedAccess(("a",), None)
    assert stage.requests == []

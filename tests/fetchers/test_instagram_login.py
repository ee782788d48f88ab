"""Is an Instagram account without a page connected and read by its own login?"""

import pytest

from core.domain import Platform, Provider
from core.errors import ReconnectNeededError
from core.fetchers import fetch_owner, list_connectable, open_session
from core.fetchers.base import ConnectableAccount
from core.fetchers.grants import Owner
from tests.fetchers.stage import TOKEN, VERSIONS, app_of, ids_of, read_fixture

pytestmark = pytest.mark.unit

ACCOUNT = "17841400000000001"


@pytest.fixture
def stage(stage_of):
    """A stage whose session speaks to graph.instagram.com's stand-in."""
    stage = stage_of(Platform.INSTAGRAM)
    stage.session = stage.open_session("account-1", provider=Provider.INSTAGRAM)
    return stage


def test_the_login_is_the_account_by_the_id_that_pages_know_it_by(stage):
    stage.on("/me\\?", "login_me")
    assert fetch_owner(Provider.INSTAGRAM, stage.session) == Owner(ACCOUNT, "@harbour.bakery")
    assert list_connectable(Provider.INSTAGRAM, stage.session) == [
        ConnectableAccount(
            Platform.INSTAGRAM,
            ACCOUNT,
            "Harbour Bakery",
            handle="harbour.bakery",
            avatar_url="https://scontent.example/1.jpg",
            role="media creator",
        )
    ]


def test_a_personal_account_is_shown_with_the_reason(stage):
    stage.on("/me\\?", "login_me_personal")
    (account,) = list_connectable(Provider.INSTAGRAM, stage.session)
    assert (account.name, account.role) == ("harbour.bakery", "personal")
    assert "business or creator account" in account.problem


def test_everything_is_asked_of_instagrams_own_host_without_a_proof(stage):
    stage.play_contract()
    fetcher = stage.fetcher()
    assert ids_of(fetcher.fetch_posts(100).listed) == read_fixture(Platform.INSTAGRAM, "contract")["post_ids"]
    assert {str(request.url).partition("/v25.0/")[0] for request in stage.requests} == {"https://instagram.test/api"}
    assert {request.headers["authorization"] for request in stage.requests} == {f"Bearer {TOKEN}"}
    assert "appsecret_proof" not in str(stage.requests[0].url)


def test_the_profile_keeps_the_id_of_the_account(stage):
    stage.on(f"/{ACCOUNT}\\?", "profile_with_id_of_the_app")
    profile = stage.fetcher().fetch_profile()
    assert (profile.external_id, profile.name, profile.followers) == (ACCOUNT, "Harbour Bakery", 987)


def test_a_login_that_ended_has_to_be_made_again(stage):
    stage.on("/me\\?", "error_400_token_expired")
    with pytest.raises(ReconnectNeededError, match="expired"):
        fetch_owner(Provider.INSTAGRAM, stage.session)


def test_its_limits_are_not_those_of_metas_app(stage_of):
    stage = stage_of(Platform.INSTAGRAM).on("/me", "error_403_app_throttled", "login_me")
    with pytest.raises(Exception, match="slow down"):
        stage.session.get("/me?fields=id")
    app = app_of(Platform.INSTAGRAM, provider=Provider.INSTAGRAM)
    own = open_session(stage.transport, app, TOKEN, versions=VERSIONS, account_key="account-1")
    assert own.get("/me?fields=user_id").status == 200

"""Does nothing that a fetch emits tell a token or a secret: no error, no log line, no repr?"""

import logging
import traceback
from datetime import date

import httpx
import pytest

from core.domain import Platform
from core.errors import FetchError
from core.fetchers import graph_pages, list_connectable
from core.fetchers.dialect import Dialect
from tests.fetchers.stage import PLATFORMS, SECRET, TOKEN, app_of, listed_post, read_fixture

pytestmark = pytest.mark.unit

PAGE_TOKEN = "EAApagesecret1"
POST = listed_post("1")
FAULTS = {
    "a refusal that quotes them": httpx.Response(
        400,
        json={
            "error": {"code": 100, "message": f"token {TOKEN} of {SECRET}: client_secret={SECRET}"},
            "message": TOKEN,
        },
    ),
    "a refusal of the token": httpx.Response(401, json={"message": f"Invalid access_token={TOKEN}", "title": TOKEN}),
    "a web page that quotes them": httpx.Response(
        200, html=f"<html>access_token={TOKEN}&client_secret={SECRET}</html>"
    ),
    "a wrong shape that quotes them": httpx.Response(200, json={"access_token": TOKEN, "client_secret": SECRET}),
    "an outage": httpx.ConnectError(f"could not connect with Bearer {TOKEN}"),
    "an illegal header": httpx.LocalProtocolError(f"Illegal header value b'Bearer {TOKEN}'"),
    "a limit": httpx.Response(429, json={"message": f"limit of {TOKEN}"}),
}


def calls_of(fetcher):
    return [
        fetcher.fetch_profile,
        lambda: fetcher.fetch_posts(5),
        lambda: fetcher.fetch_snapshots([POST]),
        lambda: fetcher.fetch_days(date(2026, 11, 20), date(2026, 11, 20)),
        lambda: fetcher.find_gone(["1"]),
    ]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_failing_fetch_tells_nothing(stage_of, platform, fault, caplog):
    caplog.set_level(logging.DEBUG)
    stage = stage_of(platform).on("", FAULTS[fault])
    emitted = []
    for call in calls_of(stage.fetcher()):
        try:
            call()
        except FetchError as error:
            emitted += ["".join(traceback.format_exception(error)), repr(error), repr(vars(error))]
    assert emitted
    emitted += [caplog.text, repr(stage.session.counts), repr(stage.told_pauses)]
    told = "\n".join(emitted)
    assert TOKEN not in told
    if fault != "a refusal that quotes them":  # a bare secret has no mark, and no platform is ever sent one
        assert SECRET not in told


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_good_fetch_logs_nothing_of_them(stage_of, platform, caplog):
    caplog.set_level(logging.DEBUG)
    stage = stage_of(platform)
    stage.play_contract()
    stage.fetcher().fetch_profile()
    stage.fetcher().fetch_posts(100)
    assert stage.requests
    for word in (TOKEN, SECRET, "appsecret_proof"):
        assert word not in caplog.text


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_dialect_is_told_without_what_it_carries(stage_of, platform):
    dialect = type(stage_of(platform).fetcher()).dialect(app_of(platform), TOKEN, api_version="v25.0")
    assert isinstance(dialect, Dialect)
    assert TOKEN in dialect.headers["Authorization"]
    for word in (TOKEN, SECRET, "proof"):
        assert word not in repr(dialect)


@pytest.mark.parametrize("platform", [Platform.FACEBOOK, Platform.INSTAGRAM])
def test_the_tokens_of_pages_are_not_told(stage_of, platform, caplog):
    caplog.set_level(logging.DEBUG)
    stage = stage_of(platform)
    stage.on("/me/accounts\\?.*after", "pages_of_login_page_2").on("/me/accounts", "pages_of_login_page_1")
    stage.on("/me/businesses", "businesses_empty").on("fields=access_token", "page_token_not_given")
    found = list_connectable(platform.provider, stage.session)
    assert any(account.own_token == PAGE_TOKEN for account in found)
    assert PAGE_TOKEN not in repr(found) + caplog.text
    assert PAGE_TOKEN not in repr(graph_pages.parse_pages(read_fixture(platform, "pages_of_login_page_1")))


@pytest.mark.parametrize("platform", [Platform.FACEBOOK, Platform.INSTAGRAM])
def test_a_page_of_another_shape_does_not_tell_its_token(stage_of, platform):
    body = {"data": [{"id": "1", "name": None, "access_token": PAGE_TOKEN}]}
    with pytest.raises(FetchError) as caught:
        graph_pages.parse_pages(body)
    assert PAGE_TOKEN not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))

"""Streamlit's files are compressed once, and only whole ones are kept; the announced script is one that is there."""

from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from core.web.assets import ANNOUNCED, CompressedFiles, announcement

pytestmark = pytest.mark.unit

SCRIPT = "let chart = 1;\n" * 500


@pytest.fixture
def asked():
    return []


@pytest.fixture
def client(asked):
    def answer(request):
        asked.append(request.url.path)
        status = 404 if "missing" in request.url.path else 200
        return Response(SCRIPT, status, media_type="text/javascript")

    return TestClient(CompressedFiles(Starlette(routes=[Route("/{path:path}", answer)])))


def test_a_file_is_compressed_once(client, asked):
    first, second = client.get("/static/a.js"), client.get("/static/a.js")
    assert (first.text, second.text, asked) == (SCRIPT, SCRIPT, ["/static/a.js"])
    assert first.headers == second.headers
    assert second.headers["content-encoding"] == "gzip"


def test_each_file_is_its_own(client, asked):
    client.get("/static/a.js")
    client.get("/static/b.js")
    assert asked == ["/static/a.js", "/static/b.js"]


@pytest.mark.parametrize(
    "headers", [{"accept-encoding": "identity"}, {"range": "bytes=0-9"}, {"if-none-match": "x"}], ids=str
)
def test_who_asks_for_something_else_is_answered_anew(client, asked, headers):
    client.get("/static/a.js")
    client.get("/static/a.js", headers=headers)
    assert len(asked) == 2


def test_what_is_missing_may_come(client, asked):
    for _ in range(2):
        assert client.get("/static/missing.js").status_code == 404
    assert len(asked) == 2


def test_the_announced_scripts_are_there():
    links = announcement().split(", ")
    assert len(links) == len(ANNOUNCED)
    for link in links:
        path, _, how = link.partition("; ")
        assert how == "rel=modulepreload"
        assert (Path(streamlit.__file__).parent / "static" / path.strip("<>/")).is_file()

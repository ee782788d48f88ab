"""Before every request: headers, origins, hosts, compression."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from core.web.edge import INLINE_SCRIPT, Edge, own_origins
from tests.web.client import TestClient

pytestmark = pytest.mark.unit

LOCAL = "http://localhost:8501"


async def page(_request):
    response = PlainTextResponse("x" * 5000)
    response.set_cookie("session", "1")
    return response


async def socket(websocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def serve(public_url=LOCAL, base_url=None):
    routes = [
        Route("/", page, methods=["GET", "POST"]),
        Route("/static/app.js", page),
        Route("/media/file", page),
        WebSocketRoute("/_stcore/stream", socket),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Edge, public_url=public_url)])
    return TestClient(app, base_url=base_url or public_url)


class TestHeaders:
    def test_every_answer_has_them(self):
        headers = serve().get("/").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert (
            "img-src 'self' data: blob: https://*.fbcdn.net https://*.cdninstagram.com https://pbs.twimg.com" in policy
        )
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'self' 'sha256-" in policy

    def test_the_policy_knows_the_line_in_streamlits_page(self):
        index = Path(streamlit.__file__).parent / "static" / "index.html"
        (script,) = re.findall(r"<script>(.*?)</script>", index.read_text(encoding="utf-8"), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" == INLINE_SCRIPT

    def test_sockets_go_to_ourselves_only(self):
        policy = serve().get("/").headers["content-security-policy"]
        assert "connect-src 'self' ws://127.0.0.1:8501 ws://localhost:8501;" in policy
        policy = serve("https://tideline.example").get("/").headers["content-security-policy"]
        assert "connect-src 'self' wss://tideline.example;" in policy

    def test_cookies_are_secure_behind_https_only(self):
        assert "Secure" not in serve().get("/").headers["set-cookie"]
        assert serve("https://tideline.example").get("/").headers["set-cookie"].endswith("; Secure")


class TestOrigins:
    @pytest.mark.parametrize("origin", [LOCAL, "http://127.0.0.1:8501", None])
    def test_our_own_page_may_post(self, origin):
        headers = {"origin": origin} if origin else {}
        assert serve().post("/", headers=headers).status_code == 200

    @pytest.mark.parametrize(
        "origin",
        ["http://evil.test", "http://localhost:3000", "http://localhost", "https://localhost:8501", "null", ""],
    )
    def test_another_page_may_not(self, origin):
        answer = serve().post("/", headers={"origin": origin})
        assert answer.status_code == 403
        assert "TIDELINE_PUBLIC_URL" in answer.json()["error"]

    def test_another_page_may_link_to_us(self):
        assert serve().get("/", headers={"origin": "http://evil.test"}).status_code == 200

    def test_a_public_address_is_the_only_one(self):
        client = serve("https://tideline.example")
        assert client.post("/", headers={"origin": "https://tideline.example"}).status_code == 200
        assert client.post("/", headers={"origin": "http://localhost:8501"}).status_code == 403

    @pytest.mark.parametrize("origin", [LOCAL, "http://127.0.0.1:8501"])
    def test_our_own_page_may_open_a_socket(self, origin):
        with serve().websocket_connect(
            "/_stcore/stream", headers={"origin": origin, "host": "localhost:8501"}
        ) as connection:
            assert connection.receive_text() == "hello"

    @pytest.mark.parametrize("origin", ["http://localhost:3000", "http://evil.test"])
    def test_another_page_may_not_open_one(self, origin):
        client = serve()
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect("/_stcore/stream", headers={"origin": origin, "host": "localhost:8501"}),
        ):
            pass
        assert refused.value.code == 1008

    def test_the_two_names_of_this_machine(self):
        assert own_origins("http://127.0.0.1:8600/") == {"http://127.0.0.1:8600", "http://localhost:8600"}
        assert own_origins("https://tideline.example/") == {"https://tideline.example"}


class TestHosts:
    def test_a_foreign_name_that_points_here_gets_nothing(self):
        for method in ("GET", "POST"):
            assert serve().request(method, "/", headers={"host": "evil.test:8501"}).status_code == 403

    def test_a_foreign_name_gets_no_socket(self):
        headers = {"host": "evil.test", "origin": "http://evil.test"}
        with (
            pytest.raises(WebSocketDisconnect),
            serve().websocket_connect("/_stcore/stream", headers=headers),
        ):
            pass

    @pytest.mark.parametrize("host", ["tideline.example", "127.0.0.1:8501", "localhost:9"])
    def test_our_name_and_the_machines_own_are_answered(self, host):
        """A health check asks on the machine itself, whatever the public address."""
        assert serve("https://tideline.example").get("/", headers={"host": host}).status_code == 200


class TestCompression:
    def test_static_files_are_compressed(self):
        assert serve().get("/static/app.js").headers["content-encoding"] == "gzip"

    @pytest.mark.parametrize("path", ["/", "/media/file"])
    def test_nothing_else_is(self, path):
        assert "content-encoding" not in serve().get(path).headers

    def test_compressed_files_have_the_headers_too(self):
        assert serve().get("/static/app.js").headers["x-content-type-options"] == "nosniff"

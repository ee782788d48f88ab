"""Before every request: headers, origins, hosts, compression."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from core.settings import Settings
from core.tickets import BIND_COOKIE
from core.web.edge import INLINE_SCRIPT, Edge, own_origins, picture_origins, public_origin
from tests.web.client import TestClient

pytestmark = pytest.mark.unit

LOCAL = "http://localhost:8501"
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def page(_request):
    response = PlainTextResponse("x" * 5000)
    response.set_cookie("session", "1")
    return response


async def strict(_request):
    return HTMLResponse("x", headers={"content-security-policy": "default-src 'none'"})


async def socket(websocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def serve(public_url=LOCAL, base_url=None, pictures=()):
    routes = [
        Route("/", page, methods=["GET", "POST"]),
        Route("/strict", strict),
        Route("/syncs", page, methods=["GET", "POST"]),
        Route("/api/v1/health", page),
        Route("/oauth/x/callback", page),
        Route("/static/app.js", page),
        Route("/media/file", page),
        WebSocketRoute("/_stcore/stream", socket),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Edge, public_url=public_url, pictures=pictures)])
    return TestClient(app, base_url=base_url or public_url, follow_redirects=False)


class TestHeaders:
    def test_every_answer_has_them(self):
        headers = serve().get("/").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "img-src 'self' data: blob: https://*.fbcdn.net https://*.fbsbx.com https://*.cdninstagram.com" in policy
        assert " https: " not in policy
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

    def test_a_page_of_our_own_may_be_stricter(self):
        headers = serve().get("/strict").headers
        assert headers["content-security-policy"] == "default-src 'none'"
        assert headers["x-frame-options"] == "DENY"

    def test_pictures_of_a_stand_in_on_this_machine_may_be_shown(self):
        policy = serve(pictures=["http://127.0.0.1:9000"]).get("/").headers["content-security-policy"]
        assert "https://media.licdn.com http://127.0.0.1:9000;" in policy

    def test_where_pictures_come_from_beside_the_platforms_own_hosts(self):
        assert picture_origins(Settings.read()) == set()
        settings = Settings.read(meta_api_url="http://127.0.0.1:9000/meta", x_api_url="http://127.0.0.1:9000/x/2")
        assert picture_origins(settings) == {"http://127.0.0.1:9000"}

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
        assert "TIDELINE_PUBLIC_URL" in answer.json()["detail"]

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

    @pytest.mark.parametrize("host", ["[", "[::1", "a]b", ""])
    def test_what_is_no_name_at_all_gets_nothing(self, host):
        assert serve().get("/", headers={"host": host}).status_code == 403

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


class TestBindCookie:
    """What ties a sign-in to the browser that began it."""

    def test_a_page_visit_gets_one_that_scripts_cannot_read_and_other_sites_do_not_send(self):
        set_cookie = serve().get("/syncs", headers=HTML).headers.get_list("set-cookie")[-1]
        name, _, rest = set_cookie.partition("=")
        value, *attributes = rest.split("; ")
        assert name == BIND_COOKIE
        assert len(value) >= 32
        assert attributes == ["Path=/", "HttpOnly", "SameSite=Lax"]

    def test_it_is_secure_behind_https(self):
        set_cookies = serve("https://tideline.example").get("/", headers=HTML).headers.get_list("set-cookie")
        assert len(set_cookies) == 2
        assert all(cookie.endswith("; Secure") for cookie in set_cookies)

    def test_each_browser_has_its_own_and_keeps_it(self):
        first, second = serve(), serve()
        first.get("/", headers=HTML)
        kept = first.cookies[BIND_COOKIE]
        first.get("/syncs", headers=HTML)
        second.get("/", headers=HTML)
        assert first.cookies[BIND_COOKIE] == kept != second.cookies[BIND_COOKIE]

    @pytest.mark.parametrize("path", ["/static/app.js", "/media/file", "/api/v1/health", "/oauth/x/callback"])
    def test_what_is_no_page_sets_none(self, path):
        assert BIND_COOKIE not in serve().get(path, headers=HTML).headers.get("set-cookie", "")

    def test_what_asks_for_no_page_sets_none(self):
        assert BIND_COOKIE not in serve().get("/").headers["set-cookie"]


class TestNames:
    """Cookies of localhost are not those of 127.0.0.1: a person has to be under the public name before she signs in."""

    @pytest.mark.parametrize(
        ("public_url", "host"),
        [
            (LOCAL, "127.0.0.1:8501"),
            ("http://127.0.0.1:8501", "localhost:8501"),
            (LOCAL, "localhost:9000"),
            ("https://tideline.example", "localhost:8501"),
            ("https://tideline.example", "tideline.example:8443"),
        ],
    )
    def test_a_visit_under_another_name_is_led_to_the_public_one(self, public_url, host):
        answer = serve(public_url).get("/syncs?business=3&run=a%20b", headers=HTML | {"host": host})
        assert answer.status_code == 307
        assert answer.headers["location"] == f"{public_url}/syncs?business=3&run=a%20b"
        assert BIND_COOKIE not in answer.headers["set-cookie"]

    @pytest.mark.parametrize(
        ("public_url", "host"),
        [
            (LOCAL, "localhost:8501"),
            (LOCAL + "/", "LOCALHOST:8501"),
            ("https://tideline.example", "tideline.example"),
            ("https://tideline.example:443", "tideline.example"),
            ("http://tideline.example", "tideline.example:80"),
        ],
    )
    def test_a_visit_under_the_public_name_stays(self, public_url, host):
        assert serve(public_url).get("/syncs", headers=HTML | {"host": host}).status_code == 200

    @pytest.mark.parametrize("path", ["/static/app.js", "/media/file", "/api/v1/health", "/oauth/x/callback?code=abc"])
    def test_only_pages_are_led(self, path):
        """A callback's address holds a code, which no address of ours may repeat."""
        assert serve().get(path, headers=HTML | {"host": "127.0.0.1:8501"}).status_code == 200

    def test_a_post_is_not_led(self):
        headers = HTML | {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}
        assert serve().post("/syncs", headers=headers).status_code == 200

    def test_it_leads_to_nobody_else(self):
        for path in ("//evil.test/", "/\\evil.test"):
            answer = serve().get("http://127.0.0.1:8501" + path, headers=HTML | {"host": "127.0.0.1:8501"})
            assert answer.headers["location"].startswith(LOCAL + "/")

    def test_behind_a_proxy_that_hides_the_name_nobody_is_led_in_circles(self):
        """The proxy asks under its own name for it; the browser is under the public one all the time."""
        client = serve("https://tideline.example")
        hidden = HTML | {"host": "127.0.0.1:8501"}
        assert client.get("/syncs", headers=hidden).status_code == 307
        assert client.get("/syncs", headers=hidden).status_code == 200

    @pytest.mark.parametrize("host", ["localhost:port", "localhost:99999"])
    def test_a_broken_name_is_led_too(self, host):
        assert serve().get("/", headers=HTML | {"host": host}).status_code == 307

    def test_an_origin_is_written_as_browsers_do(self):
        assert public_origin("https://Tideline.example:443/x") == "https://tideline.example"
        assert public_origin("http://localhost:8501") == LOCAL
        assert public_origin("http://[::1]:8501/x") == "http://[::1]:8501"

    def test_a_public_name_may_be_an_address(self):
        headers = {"host": "[::1]:8501", "origin": "http://[::1]:8501"}
        assert serve("http://[::1]:8501").post("/", headers=headers).status_code == 200


class TestRefusals:
    def test_a_person_reads_a_page(self):
        answer = serve().post("/", headers=HTML | {"origin": "http://evil.test"})
        assert answer.status_code == 403
        assert "TIDELINE_PUBLIC_URL" in answer.text
        assert f'href="{LOCAL}/"' in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


class TestCompression:
    def test_static_files_are_compressed(self):
        assert serve().get("/static/app.js").headers["content-encoding"] == "gzip"

    @pytest.mark.parametrize("path", ["/", "/media/file"])
    def test_nothing_else_is(self, path):
        assert "content-encoding" not in serve().get(path).headers

    def test_compressed_files_have_the_headers_too(self):
        assert serve().get("/static/app.js").headers["x-content-type-options"] == "nosniff"

    def test_a_page_announces_its_largest_script_and_nothing_else_does(self):
        assert "rel=modulepreload" in serve().get("/", headers=HTML).headers["link"]
        assert "link" not in serve().get("/static/app.js").headers

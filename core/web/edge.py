"""What stands before every request? Security headers, checks of origin and name, the browser's cookie, and compression."""

import secrets
from collections.abc import Collection, Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.domain import Provider
from core.settings import Settings
from core.tickets import BIND_COOKIE
from core.web.assets import CompressedFiles, announcement
from core.web.pages import WayOn, sentence_page

LOCAL_NAMES = ("localhost", "127.0.0.1")
READING = ("GET", "HEAD", "OPTIONS")
SERVICES = ("/static/", "/_stcore/", "/media/", "/component/", "/api/", "/oauth/")
"""Paths below which no page lies that a person visits."""
DEFAULT_PORTS = {"http": 80, "https": 443}

PICTURE_HOSTS = (
    "https://*.fbcdn.net",
    "https://*.fbsbx.com",
    "https://*.cdninstagram.com",
    "https://pbs.twimg.com",
    "https://media.licdn.com",
)
"""Where the platforms keep the pictures of posts; from nowhere else does a page load one."""

INLINE_SCRIPT = "'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='"
"""Streamlit's index.html has one inline line; without its hash the browser complains on every page."""

_LED = "tideline_led"
_COOKIE = "Path=/; HttpOnly; SameSite=Lax"


class Edge:
    """Refuses what comes from another page, and tells the browser what ours may do.

    Streamlit's WebSocket accepts any port of localhost and any Host, so another local web page could drive the app.
    """

    def __init__(self, app: ASGIApp, public_url: str, pictures: Collection[str] = ()) -> None:
        self._app = app
        self._static = CompressedFiles(app)
        self._announcement = announcement()
        self._public = public_origin(public_url)
        self._origins = own_origins(public_url)
        self._is_secure = public_url.startswith("https://")
        self._headers = security_headers(self._origins, pictures)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif self._is_foreign(scope):
            await self._refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        elif self._goes_by_another_name(scope):
            await self._lead(scope)(scope, receive, send)
        else:
            app = self._static if scope["path"].startswith("/static/") else self._app
            await app(scope, receive, self._with_headers(scope, send))

    def _is_foreign(self, scope: Scope) -> bool:
        """Whether another page than ours asks for something that may change things, or under a name that is not ours."""
        headers = Headers(scope=scope)
        if not self._is_own_host(headers.get("host", "")):
            return True
        may_change = scope["type"] == "websocket" or scope["method"] not in READING
        origin = headers.get("origin")
        return may_change and origin is not None and origin not in self._origins

    def _is_own_host(self, host: str) -> bool:
        """A foreign page may point its own name at our address; it does not get our answers under that name."""
        return name_of_host(host) in {*LOCAL_NAMES, *(urlsplit(origin).hostname for origin in self._origins)}

    def _goes_by_another_name(self, scope: Scope) -> bool:
        """Whether a person visits under localhost where the public name is 127.0.0.1, say: cookies would not go along.

        A proxy that puts its own Host in the place of the visitor's looks the same, so nobody is led twice in a row.
        """
        scheme = self._public.partition("://")[0]
        visited = public_origin(f"{scheme}://{Headers(scope=scope).get('host', '')}")
        return visited != self._public and _is_visit(scope) and _LED not in HTTPConnection(scope).cookies

    def _lead(self, scope: Scope) -> Response:
        query = scope["query_string"].decode("latin-1")
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        response = RedirectResponse(f"{self._public}{path}" + (f"?{query}" if query else ""))
        response.headers["set-cookie"] = f"{_LED}=1; Max-Age=10; {_COOKIE}"
        response.headers["cache-control"] = "no-store"
        return response

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        is_visit = _is_visit(scope)
        needs_cookie = is_visit and not HTTPConnection(scope).cookies.get(BIND_COOKIE)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)  # a page of our own may be stricter
                if is_visit:
                    headers.append("link", self._announcement)
                if needs_cookie:
                    headers.append("set-cookie", f"{BIND_COOKIE}={secrets.token_urlsafe(24)}; {_COOKIE}")
                if self._is_secure:
                    message["headers"] = [_made_secure(name, value) for name, value in message["headers"]]
            await send(message)

        return send_with_headers

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        sentence = "Refused: this request comes from another page or name than TIDELINE_PUBLIC_URL."
        if "text/html" in Headers(scope=scope).get("accept", ""):
            way_on = WayOn("Open Tideline", f"{self._public}/")
            response: Response = sentence_page(sentence, HTTPStatus.FORBIDDEN, way_on=way_on)
        else:
            status = HTTPStatus.FORBIDDEN
            body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": sentence}
            response = JSONResponse(body, status, media_type="application/problem+json")
        await response(scope, receive, send)


def public_origin(url: str) -> str:
    """The origin of an address as a browser writes it: a port only where it is not the usual one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a Host header may hold anything
        return ""
    is_usual = port in (None, DEFAULT_PORTS.get(parts.scheme))
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name  # IPv6
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{port}")


def name_of_host(host: str) -> str:
    """The name of a Host header, which may hold anything."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def own_origins(public_url: str) -> frozenset[str]:
    """The origin people open; on one's own machine both of its names."""
    origin = public_origin(public_url)
    name = urlsplit(origin).hostname or ""
    names = LOCAL_NAMES if name in LOCAL_NAMES else (name,)
    return frozenset(origin.replace(name, one, 1) for one in names)


def picture_origins(settings: Settings) -> frozenset[str]:
    """Where pictures come from beside https: a stand-in for the platforms that runs on this machine."""
    origins = {public_origin(settings.provider(provider).api_url) for provider in Provider}
    return frozenset(origin for origin in origins if origin.startswith("http://"))


def security_headers(origins: Iterable[str], pictures: Iterable[str] = ()) -> dict[str, str]:
    sockets = " ".join(sorted(origin.replace("http", "ws", 1) for origin in origins))
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' {INLINE_SCRIPT}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": " ".join(["'self' data: blob:", *PICTURE_HOSTS, *sorted(pictures)]),
        "font-src": "'self' data:",
        "connect-src": f"'self' {sockets}",
        "object-src": "'none'",
        "base-uri": "'self'",
        "frame-ancestors": "'none'",
        # no form-action: Chromium would block the redirect to a provider after our own form
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",  # no-referrer would turn the origin of our own forms into null
    }


def _is_visit(scope: Scope) -> bool:
    """Whether a browser opens a page: scripts, health checks and the way back from a provider do not count."""
    asks_for_page = "text/html" in Headers(scope=scope).get("accept", "")
    return scope["method"] == "GET" and asks_for_page and not scope["path"].startswith(SERVICES)


def _made_secure(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    is_open_cookie = name == b"set-cookie" and b"; secure" not in value.lower()
    return name, value + b"; Secure" if is_open_cookie else value

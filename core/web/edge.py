"""What stands before every request? Security headers, a check of origins, and compression of the static files."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL_NAMES = ("localhost", "127.0.0.1")
READING = ("GET", "HEAD", "OPTIONS")

PICTURE_HOSTS = (
    "https://*.fbcdn.net",
    "https://*.cdninstagram.com",
    "https://pbs.twimg.com",
    "https://media.licdn.com",
)
"""Where the platforms keep the pictures of posts; from nowhere else does a page load one."""

INLINE_SCRIPT = "'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='"
"""Streamlit's index.html has one inline line; without its hash the browser complains on every page."""


class Edge:
    """Refuses what comes from another page, and tells the browser what ours may do.

    Streamlit's WebSocket accepts any port of localhost and any Host, so another local web page could drive the app.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._static = GZipMiddleware(app, minimum_size=1000, compresslevel=5)
        self._origins = own_origins(public_url)
        self._is_secure = public_url.startswith("https://")
        self._headers = security_headers(self._origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif self._is_foreign(scope):
            await _refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            app = self._static if scope["path"].startswith("/static/") else self._app
            await app(scope, receive, self._with_headers(send))

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
        name = urlsplit(f"//{host}").hostname
        return name in {*LOCAL_NAMES, *(urlsplit(origin).hostname for origin in self._origins)}

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if self._is_secure:
                    message["headers"] = [_made_secure(name, value) for name, value in message["headers"]]
            await send(message)

        return send_with_headers


def own_origins(public_url: str) -> frozenset[str]:
    """The origin people open; on one's own machine both of its names."""
    url = urlsplit(public_url)
    port = f":{url.port}" if url.port else ""
    names = LOCAL_NAMES if url.hostname in LOCAL_NAMES else (url.hostname or "",)
    return frozenset(f"{url.scheme}://{name}{port}" for name in names)


def security_headers(origins: Iterable[str]) -> dict[str, str]:
    sockets = " ".join(sorted(origin.replace("http", "ws", 1) for origin in origins))
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' {INLINE_SCRIPT}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"'self' data: blob: {' '.join(PICTURE_HOSTS)}",
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


def _made_secure(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    is_open_cookie = name == b"set-cookie" and b"secure" not in value.lower()
    return name, value + b"; Secure" if is_open_cookie else value


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    sentence = "Refused: this request comes from another page or name than TIDELINE_PUBLIC_URL."
    await JSONResponse({"error": sentence}, status_code=403)(scope, receive, send)

"""How do Streamlit's own files reach a browser soon? Compressed once and kept; the largest one announced with the page."""

from collections.abc import MutableMapping
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANNOUNCED = ("PlotlyChart",)
"""The scripts that a page with charts waits for longest; a browser would ask for them only once the first chart has come."""

_ASKS_FOR_LESS = ("range", "if-none-match", "if-modified-since")


class CompressedFiles:
    """Files whose names change with their content: each is compressed once, which takes 150 ms of Plotly's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = GZipMiddleware(app, minimum_size=1000, compresslevel=5)
        self._kept: dict[str, list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, is_usual = scope["path"], _wants_whole_file(scope)
        if is_usual and path in self._kept:
            for message in self._kept[path]:
                await send(_copy(message))
            return
        told: list[Message] = []

        async def note(message: Message) -> None:
            told.append(_copy(message))
            await send(message)

        await self._app(scope, receive, note)
        if is_usual and _is_compressed(told[0]):
            self._kept[path] = told


def announcement() -> str:
    """The value of a Link header that lets a browser load the announced scripts beside the page."""
    own = sorted(file.name for file in files("streamlit").joinpath("static", "static", "js").iterdir())
    scripts = [name for name in own if name.startswith(tuple(f"{one}." for one in ANNOUNCED))]
    return ", ".join(f"</static/js/{script}>; rel=modulepreload" for script in scripts)


def _wants_whole_file(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    takes_it = "gzip" in headers.get("accept-encoding", "")
    return scope["method"] == "GET" and takes_it and not any(name in headers for name in _ASKS_FOR_LESS)


def _is_compressed(start: MutableMapping[str, Any]) -> bool:
    return start["status"] == HTTPStatus.OK and Headers(raw=start["headers"]).get("content-encoding") == "gzip"


def _copy(message: Message) -> Message:
    """Whoever passes a message on may add to its headers."""
    return {**message, "headers": list(message["headers"])} if "headers" in message else dict(message)

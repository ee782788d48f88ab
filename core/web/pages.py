"""How does the web process speak to a person outside of the dashboard? One small page: a sentence, and the way on."""

import base64
import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from core.errors import AppError

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
_STYLE = (Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",  # the address of a callback holds a code: no link may pass it on
}


@dataclass(frozen=True, slots=True)
class WayOn:
    """A link to one of our own pages."""

    label: str
    path: str


TO_ACCOUNTS = WayOn("Back to Accounts", "/accounts")
TO_APPS = WayOn("Open Platform apps", "/apps")


class RefusedError(AppError):
    """What a person asked for cannot be done: the sentence to show, its HTTP status, and the way on."""

    def __init__(self, sentence: str, status: HTTPStatus, way_on: WayOn = TO_ACCOUNTS) -> None:
        super().__init__(sentence)
        self.status = status
        self.way_on = way_on


def sentence_page(sentence: str, status: HTTPStatus, *, way_on: WayOn = TO_ACCOUNTS) -> HTMLResponse:
    """The page; whatever the sentence quotes of a platform or a person stays text."""
    body = _TEMPLATES.get_template("page.html").render(style=_STYLE, sentence=sentence, way_on=way_on)
    return HTMLResponse(body, status, headers=_HEADERS)

"""Who signs in? The authorize pages of the three providers: a login hint passes, without one a page asks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.domain import Provider
from core.sandbox.answers import Sandbox
from core.sandbox.tokens import Grant, TokenKind
from core.sandbox.world import Login

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sandbox sign-in</title></head>
<body><h1>Sandbox sign-in</h1>{body}</body></html>"""
_HEADERS = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Door:
    """One provider's authorize page: where it is, how long its codes live, what a cancelled sign-in says."""

    provider: Provider
    path: str
    code_life_s: int
    cancelled: dict[str, str]
    needs_pkce: bool = False


DOORS = (
    Door(
        Provider.LINKEDIN,
        "/linkedin/oauth/v2/authorization",
        30 * 60,
        {"error": "user_cancelled_login", "error_description": "The user cancelled the login"},
    ),
    Door(Provider.X, "/x/i/oauth2/authorize", 30, {"error": "access_denied"}, needs_pkce=True),
    Door(
        Provider.META,
        "/meta/{version}/dialog/oauth",
        10 * 60,
        {
            "error": "access_denied",
            "error_code": "200",
            "error_description": "Permissions error",
            "error_reason": "user_denied",
        },
    ),
)


class SignIn:
    """The authorize endpoints."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        return [Route(door.path, self._endpoint(door)) for door in DOORS] + [
            Route("/meta/dialog/oauth", self._endpoint(DOORS[2]))
        ]

    def _endpoint(self, door: Door) -> Callable[[Request], Awaitable[Response]]:
        async def authorize(request: Request) -> Response:
            return self._authorize(door, request)

        return authorize

    def _authorize(self, door: Door, request: Request) -> Response:
        asked = request.query_params
        problem = _problem(door, asked)
        if problem:
            return HTMLResponse(_PAGE.format(body=f"<p>{escape(problem)}</p>"), 400, headers=_HEADERS)
        login = self._sandbox.world.find_login(asked.get("login_hint", ""))
        if login is None or not login.can_sign_in_at(door.provider):
            return HTMLResponse(_PAGE.format(body=self._choices(door, asked)), headers=_HEADERS)
        return RedirectResponse(returning(asked, {"code": self._code(door, login, asked)}), 302)

    def _code(self, door: Door, login: Login, asked: QueryParams) -> str:
        grant = Grant(
            provider=door.provider,
            kind=TokenKind.CODE,
            login=login.name,
            expires_at=self._sandbox.clock.epoch + door.code_life_s,
            scope=asked.get("scope", ""),
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
        )
        return self._sandbox.tokens.issue(grant)

    def _choices(self, door: Door, asked: QueryParams) -> str:
        kept = {name: value for name, value in asked.items() if name != "login_hint"}
        logins = [login for login in self._sandbox.world.logins if login.can_sign_in_at(door.provider)]
        links = [("?" + urlencode({**kept, "login_hint": login.name}), login.business) for login in logins]
        links.append((returning(asked, door.cancelled), "Cancel"))
        rows = "".join(f'<li><a href="{escape(link)}">{escape(label)}</a></li>' for link, label in links)
        return f"<p>Who signs in?</p><ul>{rows}</ul>"


def _problem(door: Door, asked: QueryParams) -> str | None:
    """Why the request is wrong, as a sentence; a wrong request is never redirected."""
    target = urlsplit(asked.get("redirect_uri", ""))
    if target.scheme not in ("http", "https") or not target.netloc:
        return "redirect_uri is missing or not an http(s) address."
    if not asked.get("client_id"):
        return "client_id is missing."
    if asked.get("response_type") != "code":
        return "response_type must be code."
    if door.needs_pkce and not (asked.get("code_challenge") and asked.get("code_challenge_method") == "S256"):
        return "Something went wrong: code_challenge with code_challenge_method=S256 is required."
    return None


def returning(asked: Mapping[str, str], answer: dict[str, str]) -> str:
    target = asked["redirect_uri"]
    state = {"state": asked["state"]} if "state" in asked else {}
    return target + ("&" if urlsplit(target).query else "?") + urlencode({**answer, **state})

"""Who signs in, and what does she allow? The consent pages of the providers: a login hint passes, without one a page asks."""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.domain import Platform, Provider
from core.sandbox.answers import Sandbox
from core.sandbox.tokens import Grant, TokenKind
from core.sandbox.world import Account, Login

_FOLDER = Path(__file__).parent / "templates"
_TEMPLATE = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True).get_template("signin.html")
_STYLE = (_FOLDER / "signin.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'",
    "Cache-Control": "no-store",
}
NO_PAGE = "none"
"""What a grant carries in the place of page ids where all of them were unticked; without ids it would mean all."""


@dataclass(frozen=True, slots=True)
class Door:
    """One provider's authorize page: where it is, how long its codes live, what a cancelled sign-in says."""

    provider: Provider
    name: str
    path: str
    code_life_s: int
    cancelled: dict[str, str]
    needs_pkce: bool = False
    shows_pages: bool = False
    tail: str = ""
    """What stands behind the answer in the address that the browser is sent back to."""


_DENIED = {"error": "access_denied", "error_description": "Permissions error", "error_reason": "user_denied"}
DOORS = (
    Door(
        Provider.LINKEDIN,
        "LinkedIn",
        "/linkedin/oauth/v2/authorization",
        30 * 60,
        {"error": "user_cancelled_login", "error_description": "The user cancelled the login"},
    ),
    Door(Provider.X, "X", "/x/i/oauth2/authorize", 30, {"error": "access_denied"}, needs_pkce=True),
    Door(
        Provider.META,
        "Facebook",
        "/meta/{version}/dialog/oauth",
        10 * 60,
        {**_DENIED, "error_code": "200"},
        shows_pages=True,
    ),
    Door(Provider.INSTAGRAM, "Instagram", "/instagram/oauth/authorize", 60 * 60, _DENIED, tail="#_"),
)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person allows: permissions as the request separates them, pages with spaces between ("" = all)."""

    login: Login
    scope: str
    page_ids: str = ""


class SignIn:
    """The authorize endpoints."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        unversioned = Route("/meta/dialog/oauth", self._endpoint(DOORS[2]), methods=["GET", "POST"])
        return [Route(door.path, self._endpoint(door), methods=["GET", "POST"]) for door in DOORS] + [unversioned]

    def _endpoint(self, door: Door) -> Callable[[Request], Awaitable[Response]]:
        async def authorize(request: Request) -> Response:
            asked = request.query_params
            problem = _problem(door, asked)
            if problem:
                return _page(door, status=400, problem=problem)
            if request.method == "POST":
                return self._decide(door, asked, parse_qs((await request.body()).decode("utf-8", "replace")))
            return self._ask(door, asked)

        return authorize

    def _ask(self, door: Door, asked: QueryParams) -> Response:
        """A login hint passes at once; otherwise first who signs in, then what she allows."""
        hinted = self._find_login(door, asked.get("login_hint", ""))
        if hinted:
            return self._approve(door, asked, Consent(hinted, asked.get("scope", "")))
        login = self._find_login(door, asked.get("as", ""))
        if login is None:
            return _page(door, choices=self._choices(door, asked))
        pages = _pages_of(door, login)
        return _page(door, login=login, scopes=_scopes(asked), pages=pages, back=_link(asked))

    def _decide(self, door: Door, asked: QueryParams, form: Mapping[str, list[str]]) -> Response:
        login = self._find_login(door, asked.get("as", ""))
        ticked = [scope for scope in _scopes(asked) if scope in form.get("scope", [])]
        if login is None or not ticked or form.get("decision") != ["approve"]:
            return _send_back(door, asked, door.cancelled)
        scope = ("," if "," in asked.get("scope", "") else " ").join(ticked)
        return self._approve(door, asked, Consent(login, scope, _ticked_pages(door, login, form.get("page", []))))

    def _approve(self, door: Door, asked: QueryParams, consent: Consent) -> Response:
        grant = Grant(
            provider=door.provider,
            kind=TokenKind.CODE,
            login=consent.login.name,
            expires_at=self._sandbox.clock.epoch + door.code_life_s,
            scope=consent.scope,
            page_ids=consent.page_ids,
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge=asked.get("code_challenge", ""),
        )
        return _send_back(door, asked, {"code": self._sandbox.tokens.issue(grant)})

    def _find_login(self, door: Door, name: str) -> Login | None:
        login = self._sandbox.world.find_login(name)
        return login if login and login.can_sign_in_at(door.provider) else None

    def _choices(self, door: Door, asked: QueryParams) -> list[tuple[str, str]]:
        """Links to everybody who can sign in here, and one back without any of them."""
        logins = [login for login in self._sandbox.world.logins if login.can_sign_in_at(door.provider)]
        people = [(_link(asked, {"as": login.name}), login.business) for login in logins]
        return [*people, (_address(door, asked, door.cancelled), "Cancel")]


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


def _scopes(asked: QueryParams) -> list[str]:
    return re.findall(r"[^\s,]+", asked.get("scope", ""))


def _pages_of(door: Door, login: Login) -> list[Account]:
    return login.list_accounts(Platform.FACEBOOK) if door.shows_pages else []


def _ticked_pages(door: Door, login: Login, ticked: list[str]) -> str:
    pages = [page.external_id for page in _pages_of(door, login)]
    left = [page for page in pages if page in ticked]
    return "" if left == pages else " ".join(left) or NO_PAGE


def _link(asked: Mapping[str, str], more: Mapping[str, str] | None = None) -> str:
    kept = {name: value for name, value in asked.items() if name not in ("login_hint", "as")}
    return "?" + urlencode({**kept, **(more or {})})


def _page(door: Door, *, status: int = 200, **told: object) -> Response:
    words = {"provider": door.provider.value, "name": door.name, "style": _STYLE, "login": None, "problem": None}
    return HTMLResponse(_TEMPLATE.render(words | told), status, headers=_HEADERS)


def _send_back(door: Door, asked: Mapping[str, str], answer: dict[str, str]) -> Response:
    return RedirectResponse(_address(door, asked, answer), 302)


def _address(door: Door, asked: Mapping[str, str], answer: dict[str, str]) -> str:
    return returning(asked, answer) + door.tail


def returning(asked: Mapping[str, str], answer: dict[str, str]) -> str:
    target = asked["redirect_uri"]
    state = {"state": asked["state"]} if "state" in asked else {}
    return target + ("&" if urlsplit(target).query else "?") + urlencode({**answer, **state})

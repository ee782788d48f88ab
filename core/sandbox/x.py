"""How does X answer? The signed-in account, its timeline and lookups of API v2."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from uuid import uuid4

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain import Platform, Provider
from core.sandbox.answers import RefusalError, Sandbox, bearer_of
from core.sandbox.cursors import make_cursor, newest_before, published_between
from core.sandbox.timekeeper import read_instant
from core.sandbox.tokens import Grant, TokenKind, TokenRefusedError
from core.sandbox.world import Account, WorldPost
from core.sandbox.x_limits import RateWindows
from core.sandbox.x_posts import Asked, answer_of, iso, known, not_found

_TIMELINE_DEPTH = 3200
_MOST_IDS = 100
_NEEDED = {"tweet.read", "users.read"}
"""The permissions without which nothing is read; a grant without any was asked for none."""
_FIELD_PARAMETERS = ("tweet.fields", "media.fields", "user.fields", "expansions")


@dataclass(frozen=True, slots=True)
class XCall:
    """One request of a signed-in account."""

    account: Account
    asked: QueryParams
    path: dict[str, str]
    now: datetime
    limited: bool

    def allow(self, *names: str) -> None:
        for name in self.asked:
            if name not in (*names, *_FIELD_PARAMETERS):
                allowed = ",".join([*names, *_FIELD_PARAMETERS])
                refuse(name, self.asked[name], f"The query parameter [{name}] is not one of [{allowed}]")

    def listed(self, name: str) -> frozenset[str]:
        return frozenset(filter(None, self.asked.get(name, "").split(",")))

    def fields(self) -> Asked:
        return Asked(self.listed("tweet.fields"), self.listed("media.fields"), self.listed("expansions"))


XEndpoint = Callable[[XCall], dict[str, Any]]


class X:
    """X's API: gate, rate limits, endpoints."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._windows = RateWindows()

    def routes(self) -> list[Route]:
        return [
            Route("/x/2/users/me", self._gated("users/me", 75, me)),
            Route("/x/2/users/{id}/tweets", self._gated("users/:id/tweets", 900, timeline)),
            Route("/x/2/tweets", self._gated("tweets", 5000, lookup)),
        ]

    def _gated(self, name: str, limit: int, endpoint: XEndpoint) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            grant, account = self._signed_in(request)
            clock = self._sandbox.clock
            is_within, headers = self._windows.count(grant.serial, name, limit=limit, epoch=clock.epoch)
            headers |= {"x-transaction-id": uuid4().hex[:16], "api-version": "2.168"}
            if not is_within:
                raise RefusalError(429, problem("Too Many Requests", 429), headers)
            call = XCall(account, request.query_params, request.path_params, clock.now(), self._sandbox.world.limited)
            try:
                return JSONResponse(endpoint(call), headers=headers)
            except RefusalError as refusal:
                raise RefusalError(refusal.status, refusal.body, headers) from None

        return answer

    def _signed_in(self, request: Request) -> tuple[Grant, Account]:
        try:
            grant = self._sandbox.tokens.read(bearer_of(request) or "", Provider.X, TokenKind.ACCESS)
        except TokenRefusedError:
            raise RefusalError(401, problem("Unauthorized", 401)) from None
        login = self._sandbox.world.find_login(grant.login)
        owned = login.list_accounts(Platform.X) if login else []
        if not owned:
            raise RefusalError(401, problem("Unauthorized", 401))
        if grant.scope and _NEEDED - set(grant.scope.split()):
            raise RefusalError(403, problem("Forbidden", 403))
        return grant, owned[0]


def me(call: XCall) -> dict[str, Any]:
    """The one account behind the token."""
    call.allow()
    account = call.account
    metrics = {
        "followers_count": account.followers(call.now),
        "following_count": 214,
        "tweet_count": len(account.posts(call.now)),
        "listed_count": 12,
    }
    optional: dict[str, Any] = {
        "created_at": "2013-12-14T04:35:55.000Z",
        "description": f"{account.name}, on X.",
        "profile_image_url": f"https://pbs.twimg.example/profile_images/{account.external_id}.jpg",
        "verified": False,
        "verified_type": "none",
        "protected": False,
        "public_metrics": known(metrics),
    }
    wanted = call.listed("user.fields")
    described = {"id": account.external_id, "name": account.name, "username": account.handle}
    return {"data": described | {name: value for name, value in optional.items() if name in wanted}}


def timeline(call: XCall) -> dict[str, Any]:
    """The account's posts, newest first."""
    call.allow("max_results", "pagination_token", "exclude", "start_time", "end_time")
    if call.path["id"] != call.account.external_id:
        raise RefusalError(403, problem("Forbidden", 403))
    count = _count(call)
    visible = published_between(call.account.posts(call.now), _instant(call, "start_time"), _instant(call, "end_time"))
    if call.limited:
        visible = visible[-_TIMELINE_DEPTH:]
    page, has_more = _page(call, visible, count)
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].post_id, "oldest_id": page[-1].post_id}
    if has_more:
        meta["next_token"] = make_cursor(page[-1])
    return {**answer_of(page, call.fields(), now=call.now, limited=call.limited), "meta": meta}


def lookup(call: XCall) -> dict[str, Any]:
    """Posts by id; those that are gone or never were are named under `errors`."""
    call.allow("ids")
    ids = list(dict.fromkeys(filter(None, call.asked.get("ids", "").split(","))))
    if not 1 <= len(ids) <= _MOST_IDS:
        message = (
            f"The number of values in the `ids` query parameter list [{len(ids)}] is not between 1 and {_MOST_IDS}"
        )
        refuse("ids", call.asked.get("ids", ""), message)
    for post_id in ids:
        if not (post_id.isdecimal() and len(post_id) <= 19):
            refuse("ids", post_id, f"The `ids` query parameter value [{post_id}] is not valid")
    found = {post_id: call.account.find_post(post_id, call.now) for post_id in ids}
    posts = [post for post in found.values() if post]
    answer = answer_of(posts, call.fields(), now=call.now, limited=call.limited)
    errors = answer.pop("errors", []) + [not_found(post_id) for post_id, post in found.items() if post is None]
    return answer | ({"errors": errors} if errors else {})


def _page(call: XCall, visible: Sequence[WorldPost], count: int) -> tuple[list[WorldPost], bool]:
    token = call.asked.get("pagination_token")
    try:
        return newest_before(visible, token, count)
    except ValueError:
        refuse("pagination_token", str(token), f"The `pagination_token` query parameter value [{token}] is not valid")


def _count(call: XCall) -> int:
    value = call.asked.get("max_results", "10")
    if not value.isdecimal() or not 5 <= int(value) <= 100:
        refuse("max_results", value, f"The `max_results` query parameter value [{value}] is not between 5 and 100")
    return int(value)


def _instant(call: XCall, name: str) -> datetime | None:
    value = call.asked.get(name)
    if value is None:
        return None
    instant = read_instant(value)
    if instant is None:
        refuse(name, value, f"The `{name}` query parameter value [{value}] is not an instant like {iso(call.now)}")
    return instant


def problem(title: str, status: int) -> dict[str, Any]:
    return {"title": title, "type": "about:blank", "status": status, "detail": title}


def refuse(name: str, value: str, message: str) -> NoReturn:
    raise RefusalError(
        400,
        {
            "errors": [{"parameters": {name: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.twitter.com/2/problems/invalid-request",
        },
    )

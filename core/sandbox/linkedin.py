"""How does LinkedIn answer? Pages, posts and followers of the Community Management API, over Rest.li 2.0."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain import Platform, Provider
from core.sandbox.answers import RefusalError, Sandbox, bearer_of
from core.sandbox.linkedin_posts import described_post
from core.sandbox.restli import RestliQuery, refuse_argument, refuse_parameter
from core.sandbox.tokens import Fault, TokenKind, TokenRefusedError
from core.sandbox.world import Account, Login, WorldPost

_SUNSETS = {
    "202507": date(2026, 7, 15),
    "202508": date(2026, 8, 17),
    "202509": date(2026, 9, 15),
    "202510": date(2026, 10, 15),
    "202511": date(2026, 11, 16),
    "202601": date(2027, 1, 15),
    "202603": date(2027, 3, 16),
}
"""The published sunsets that are not the 15th of the same month a year later."""

_MOST_POSTS = 100
DETOUR = 1_000_000
"""Added to `start` it leads to the same page: another way there, for pages that come empty."""


@dataclass(frozen=True, slots=True)
class LinkedInCall:
    """One request that has passed the gate."""

    login: Login
    query: RestliQuery
    path: dict[str, str]
    resource: str
    now: datetime
    limited: bool

    def page(self, urn: str) -> Account:
        """The page under this urn, if the member administers it."""
        account = self.login.find_account(Platform.LINKEDIN, re.sub(r"^urn:li:organization(Brand)?:", "", urn))
        if account is None:
            self.refuse_access()
        return account

    def refuse_access(self) -> NoReturn:
        raise RefusalError(403, denied(f"GET /{self.resource}"))


LinkedInEndpoint = Callable[[LinkedInCall], dict[str, Any]]


def linkedin_routes(sandbox: Sandbox, endpoints: dict[str, LinkedInEndpoint]) -> list[Route]:
    return [Route(f"/linkedin/rest{path}", _gated(sandbox, endpoint)) for path, endpoint in endpoints.items()]


def _gated(sandbox: Sandbox, endpoint: LinkedInEndpoint) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        now = sandbox.clock.now()
        login = _signed_in(sandbox, request)
        _check_protocol(request, now.date())
        call = LinkedInCall(
            login=login,
            query=RestliQuery(request.scope["query_string"].decode("ascii", "replace")),
            path=request.path_params,
            resource=request.url.path.removeprefix("/linkedin/rest/").partition("/")[0],
            now=now,
            limited=sandbox.world.limited,
        )
        return JSONResponse(endpoint(call), headers=_trace_headers())

    return answer


def _signed_in(sandbox: Sandbox, request: Request) -> Login:
    token = bearer_of(request)
    if token is None:
        raise RefusalError(401, {"message": "Empty oauth2_access_token", "serviceErrorCode": 401, "status": 401})
    try:
        grant = sandbox.tokens.read(token, Provider.LINKEDIN, TokenKind.ACCESS)
    except TokenRefusedError as refusal:
        raise TOKEN_ANSWERS[refusal.fault]() from None
    login = sandbox.world.find_login(grant.login)
    if login is None:
        raise TOKEN_ANSWERS[Fault.UNKNOWN]()
    return login


def _unauthorized(number: int, code: str, message: str) -> Callable[[], RefusalError]:
    body = {"status": 401, "serviceErrorCode": number, "code": code, "message": message}
    return lambda: RefusalError(401, body)


TOKEN_ANSWERS = {
    Fault.UNKNOWN: _unauthorized(65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    Fault.SPENT: _unauthorized(
        65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"
    ),
    Fault.EXPIRED: _unauthorized(65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
}


def _check_protocol(request: Request, today: date) -> None:
    version = request.headers.get("linkedin-version", "")
    if not version:
        message = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        raise RefusalError(400, {"status": 400, "code": "VERSION_MISSING", "message": message})
    if not is_active_version(version, today):
        message = f"Requested version {version} is not active"
        raise RefusalError(426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": message})
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        refuse_argument("X-Restli-Protocol-Version must be 2.0.0")
    if b"urn:" in request.scope.get("raw_path", b""):
        refuse_parameter("id")


def is_active_version(version: str, today: date) -> bool:
    """Whether LinkedIn still serves the version; a version of a month to come counts as served."""
    if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", version, re.ASCII):
        return False
    year, month = int(version[:4]), int(version[4:])
    return today < _SUNSETS.get(version, date(year + 1, month, 15))


def _trace_headers() -> dict[str, str]:
    trace = uuid4().hex
    return {
        "x-li-uuid": trace,
        "x-li-request-id": trace[:16],
        "x-li-fabric": "sandbox",
        "x-restli-protocol-version": "2.0.0",
    }


def denied(what: str) -> dict[str, object]:
    message = f"Not enough permissions to access: {what}"
    return {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": message}


def roles(call: LinkedInCall) -> dict[str, Any]:
    """The pages the member administers."""
    call.query.allow("q", "role", "state", "start", "count")
    if call.query.text("q") != "roleAssignee":
        refuse_parameter("q")
    is_asked = call.query.text("role", "ADMINISTRATOR") == "ADMINISTRATOR"
    pages = call.login.list_accounts(Platform.LINKEDIN) if is_asked else []
    start, count = call.query.number("start", 0), call.query.number("count", 10)
    elements = [
        {
            "role": "ADMINISTRATOR",
            "organization": f"urn:li:organization:{page.external_id}",
            "roleAssignee": f"urn:li:person:{call.login.name}",
            "state": "APPROVED",
        }
        for page in pages[start : start + count]
    ]
    return {"elements": elements, "paging": {"start": start, "count": count, "links": []}}


def organization(call: LinkedInCall) -> dict[str, Any]:
    call.query.allow("projection")
    return _described(call.page(call.path["organization_id"]))


def organizations(call: LinkedInCall) -> dict[str, Any]:
    """Several pages at once; those the member does not administer are named under `errors`."""
    call.query.allow("ids")
    answer: dict[str, dict[str, Any]] = {"results": {}, "statuses": {}, "errors": {}}
    for organization_id in call.query.items("ids"):
        account = call.login.find_account(Platform.LINKEDIN, organization_id)
        answer["statuses"][organization_id] = 200 if account else 403
        if account:
            answer["results"][organization_id] = _described(account)
        else:
            answer["errors"][organization_id] = denied(f"GET /organizations/{organization_id}")
    return answer


def _described(account: Account) -> dict[str, Any]:
    return {
        "id": int(account.external_id),
        "localizedName": account.name,
        "vanityName": account.handle,
        "logoV2": {"original": f"urn:li:digitalmediaAsset:{account.external_id}"},
        "organizationType": "PRIVATELY_HELD",
        "$URN": f"urn:li:organization:{account.external_id}",
    }


def network_size(call: LinkedInCall) -> dict[str, Any]:
    """The followers now; the key is left out where the source does not say."""
    call.query.allow("edgeType")
    if call.query.text("edgeType") not in ("COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember"):
        refuse_argument("Invalid edgeType parameter")
    followers = call.page(call.path["urn"]).followers(call.now)
    return {} if followers is None else {"firstDegreeSize": followers}


def posts(call: LinkedInCall) -> dict[str, Any]:
    """The posts of a page, newest first, or those asked for by id."""
    if call.query.has("ids"):
        return _posts_by_id(call)
    call.query.allow("q", "author", "start", "count", "sortBy", "viewContext", "isDsc")
    if call.query.text("q") != "author":
        refuse_parameter("q")
    author = call.query.urn("author")
    visible = _ordered(call, call.page(author).posts(call.now))
    start, count = call.query.number("start", 0) % DETOUR, call.query.number("count", 10)
    if not 1 <= count <= _MOST_POSTS:
        refuse_argument(f"Invalid count parameter: {count} is not between 1 and {_MOST_POSTS}")
    end = max(0, len(visible) - start)
    elements = [described_post(author, post) for post in reversed(visible[max(0, end - count) : end])]
    links = [next_link(author, start + count, count)] if end > count else []
    return {"elements": elements, "paging": {"start": start, "count": count, "total": len(visible), "links": links}}


def _ordered(call: LinkedInCall, posts: Sequence[WorldPost]) -> Sequence[WorldPost]:
    """Oldest first, by publication or, unless asked for that, by the last change."""
    if call.query.text("sortBy") == "CREATED" or not any(post.edited_at for post in posts):
        return posts
    return sorted(posts, key=lambda post: post.edited_at or post.published_at)


def next_link(author: str, start: int, count: int) -> dict[str, str]:
    encoded = author.replace(":", "%3A")
    href = f"/rest/posts?author={encoded}&q=author&count={count}&start={start}"
    return {"type": "application/json", "rel": "next", "href": href}


def _posts_by_id(call: LinkedInCall) -> dict[str, Any]:
    call.query.allow("ids", "viewContext")
    results, errors = {}, {}
    for urn in call.query.items("ids"):
        owned = ((page, page.find_post(urn, call.now)) for page in call.login.list_accounts(Platform.LINKEDIN))
        found = next(((page, post) for page, post in owned if post), None)
        if found:
            results[urn] = described_post(f"urn:li:organization:{found[0].external_id}", found[1])
        else:
            errors[urn] = {"status": 404, "code": "NOT_FOUND", "message": f"Could not find entity {urn}"}
    return {"results": results, "statuses": {}, "errors": errors}


PROFILE_ENDPOINTS: dict[str, LinkedInEndpoint] = {
    "/organizationAcls": roles,
    "/organizations": organizations,
    "/organizations/{organization_id}": organization,
    "/networkSizes/{urn}": network_size,
    "/posts": posts,
}

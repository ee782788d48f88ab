"""Whom does a request concern, and what does it ask for? Provider, platforms, login and endpoint of a raw request."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from starlette.requests import Request

from core.domain import Platform, Provider
from core.sandbox.answers import RefusalError, Sandbox, bearer_of
from core.sandbox.batches import read_parts
from core.sandbox.tokens import Grant
from core.sandbox.world import Account, Login

SIGN_IN_ENDPOINTS = frozenset({"sign_in", "token", "exchange", "refresh", "revoke", "inspect"})
DATA_ENDPOINTS: dict[Provider, frozenset[str]] = {
    Provider.LINKEDIN: frozenset(
        {
            "pages",
            "profile",
            "followers",
            "posts",
            "lookup",
            "statistics",
            "days",
            "share_days",
            "gains",
            "views",
            "video",
        }
    ),
    Provider.X: frozenset({"profile", "posts", "timeline", "lookup"}),
    Provider.META: frozenset(
        {"user", "pages", "permissions", "profile", "posts", "reels", "object", "insights", "batch", "days", "stories"}
    ),
    Provider.INSTAGRAM: frozenset({"user", "profile", "posts", "object", "insights", "batch", "days", "stories"}),
}
CALLS = "calls"
"""A batch of calls itself; what its parts ask for is met part by part."""
_PREFIXES = {f"/{provider.value}/": provider for provider in Provider}
_OAUTH = {
    "authorization": {"sign_in"},
    "authorize": {"sign_in"},
    "oauth": {"sign_in"},
    "accessToken": {"token"},
    "token": {"token"},
    "access_token": {"token"},
    "refresh_access_token": {"token"},
    "revoke": {"revoke"},
    "debug_token": {"inspect"},
}
_TOKEN_FIELDS = ("input_token", "fb_exchange_token", "refresh_token", "code", "token", "access_token")
_VERSION = re.compile(r"v\d+\.\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """A request as the faults see it; `ids` are the Graph API objects that it names."""

    provider: Provider
    method: str
    path: str
    query: str
    asked: Mapping[str, str]
    grant: Grant | None
    login: Login | None
    ids: tuple[str, ...] = ()
    endpoints: frozenset[str] = frozenset()
    platforms: frozenset[Platform] = frozenset()

    @property
    def is_several(self) -> bool:
        """Whether it is a batch of calls; the faults of these meet the parts."""
        return CALLS in self.endpoints

    def accounts(self, platform: Platform) -> list[Account]:
        """The login's accounts on the platform: those that the request names, or all where it names none."""
        owned = self.login.list_accounts(platform) if self.login else []
        text = self.path + self.query + (self.asked["batch"] if self.is_several else "")
        return [account for account in owned if account.external_id in text] or owned

    def asking(self, name: str, value: str) -> "Target":
        """The same request with another value of one parameter; the rest of the query stays raw."""
        query = re.sub(rf"(^|&){re.escape(name)}=[^&]*", lambda found: f"{found[1]}{name}={value}", self.query)
        return replace(self, query=query)


def read_target(sandbox: Sandbox, request: Request, form: Mapping[str, str]) -> Target | None:
    """The target of a request, None where it is no platform's."""
    path = request.scope["path"]
    provider = next((of for prefix, of in _PREFIXES.items() if path.startswith(prefix)), None)
    if provider is None:
        return None
    query = request.scope["query_string"].decode("ascii", "replace")
    asked = dict(parse_qsl(query, keep_blank_values=True)) | dict(form)
    grant = _presented(sandbox, request, asked)
    login = sandbox.world.find_login(grant.login if grant else asked.get("login_hint", ""))
    target = Target(provider, request.method, path, query, asked, grant, login)
    return {Provider.LINKEDIN: _linkedin, Provider.X: _x}.get(provider, _meta)(target)


def _presented(sandbox: Sandbox, request: Request, asked: Mapping[str, str]) -> Grant | None:
    tokens = [asked[name] for name in _TOKEN_FIELDS if name in asked] + [bearer_of(request) or ""]
    return next((grant for token in tokens if (grant := sandbox.tokens.find_grant(token))), None)


def _linkedin(target: Target) -> Target:
    if "/oauth/" in target.path:
        return _at(target, _oauth(target), {Platform.LINKEDIN})
    resource, _, rest = target.path.removeprefix("/linkedin/rest/").partition("/")
    is_by_post = "shares" in target.asked or "ugcPosts" in target.asked or "timeIntervals" not in target.asked
    endpoints = {
        "organizationAcls": {"pages"},
        "organizations": {"profile"} if rest else {"pages"},
        "networkSizes": {"followers"},
        "posts": {"lookup"} if "ids" in target.asked else {"posts"},
        "organizationalEntityShareStatistics": {"statistics"} if is_by_post else {"days", "share_days"},
        "organizationalEntityFollowerStatistics": {"days", "gains"},
        "organizationPageStatistics": {"days", "views"},
        "videoAnalytics": {"video"},
    }.get(resource, set())
    return _at(target, endpoints, {Platform.LINKEDIN})


def _x(target: Target) -> Target:
    if "/oauth2/" in target.path:
        return _at(target, _oauth(target), {Platform.X})
    if target.path.endswith("/users/me"):
        return _at(target, {"profile"}, {Platform.X})
    return _at(target, {"lookup"} if target.path.endswith("/2/tweets") else {"posts", "timeline"}, {Platform.X})


def _meta(target: Target) -> Target:
    steps = [step for step in target.path.split("/")[2:] if step]
    if steps and _VERSION.fullmatch(steps[0]):
        del steps[0]
    if steps and (steps[0] in _OAUTH or steps[0] == "dialog"):
        return _at(target, _oauth(target), _platforms_at(target.provider))
    if not steps and target.method == "POST" and "batch" in target.asked:
        return _at(target, {CALLS}, _platforms_named(target))
    ids = tuple(steps[:1]) or tuple(filter(None, target.asked.get("ids", "").split(",")))
    target = replace(target, ids=ids)
    return _at(target, _graph_endpoints(target, steps), _platforms_of(target))


def _graph_endpoints(target: Target, steps: list[str]) -> set[str]:
    told = {"insights"} if "insights" in target.asked.get("fields", "") else set()
    if not steps:
        return {"batch"} | told
    is_account = steps[0] in _account_ids(target) or (steps[0] == "me" and _is_page_token(target))
    if len(steps) == 1:
        return ({"profile"} if is_account else {"user"} if steps[0] == "me" else {"object"}) | told
    if steps[1] == "permissions" and target.method == "DELETE":
        return {"revoke"}
    return {
        "accounts": {"pages"},
        "businesses": {"pages"},
        "permissions": {"permissions"},
        "published_posts": {"posts"},
        "posts": {"posts"},
        "owned_pages": {"pages"},
        "client_pages": {"pages"},
        "media": {"posts"},
        "video_reels": {"reels"},
        "stories": {"stories"},
        "insights": {"days"} if is_account else {"insights"},
        "video_insights": {"insights"},
    }.get(steps[1], set())


def _platforms_of(target: Target) -> set[Platform]:
    """A Page and what is on it is Facebook's, any other object Instagram's; the user is everybody's of this provider."""
    everybody = _platforms_at(target.provider)
    if target.login is None or not target.ids or (target.ids[0] == "me" and not _is_page_token(target)):
        return everybody
    if target.provider is Provider.INSTAGRAM:
        return everybody
    pages = {page.external_id for page in target.login.list_accounts(Platform.FACEBOOK)} | {"me"}
    return {
        Platform.FACEBOOK if object_id.partition("_")[0] in pages else Platform.INSTAGRAM for object_id in target.ids
    }


def _platforms_named(calls: Target) -> set[Platform]:
    """The platforms of what a batch of calls asks for; all where it is none."""
    try:
        parts = read_parts(calls.asked["batch"])
    except RefusalError:
        return _platforms_at(calls.provider)
    return _platforms_of(replace(calls, ids=tuple(part.path.partition("/")[0] for part in parts)))


def _platforms_at(provider: Provider) -> set[Platform]:
    return {Platform.INSTAGRAM} if provider is Provider.INSTAGRAM else {Platform.FACEBOOK, Platform.INSTAGRAM}


def _is_page_token(target: Target) -> bool:
    return bool(target.grant and target.grant.page_id)


def _account_ids(target: Target) -> set[str]:
    if target.login is None:
        return set()
    accounts = [*target.login.accounts, *target.login.hosts]
    return {account.external_id for account in accounts if account.platform.provider is Provider.META}


def _oauth(target: Target) -> set[str]:
    endpoints = _OAUTH.get(target.path.rsplit("/", 1)[-1], set())
    if endpoints != {"token"}:
        return endpoints
    is_lasting = target.grant is not None and target.grant.is_lasting
    is_refresh = target.asked.get("grant_type") in ("refresh_token", "ig_refresh_token") or (
        "fb_exchange_token" in target.asked and is_lasting
    )
    return endpoints | ({"refresh"} if is_refresh else {"exchange"})


def _at(target: Target, endpoints: Iterable[str], platforms: Iterable[Platform]) -> Target:
    return replace(target, endpoints=frozenset(endpoints), platforms=frozenset(platforms))

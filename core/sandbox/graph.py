"""How does the Graph API answer? Objects, edges and `?ids=`, for Pages, Instagram accounts and what they published."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain import Platform, Provider
from core.sandbox.answers import RefusalError, Sandbox, bearer_of, read_form
from core.sandbox.batches import Part, answered, read_parts
from core.sandbox.cursors import make_cursor, newest_before
from core.sandbox.graph_errors import graph_error
from core.sandbox.graph_fields import FieldAsk, parse_fields
from core.sandbox.graph_limits import UsageMeter
from core.sandbox.meta_oauth import scopes_of, token_refused
from core.sandbox.tokens import Fault, Grant, TokenBook, TokenKind, TokenRefusedError
from core.sandbox.world import Account, Login, WorldPost

_MOST_LISTED = 100
_MOST_AT_ONCE = 50
_PATHS = ("", "/", "/{object_id}", "/{object_id}/{edge}")
_VERSION = re.compile(r"v\d+\.\d+", re.ASCII)

LOGIN_PERMISSIONS = {
    "instagram_basic": "instagram_business_basic",
    "instagram_manage_insights": "instagram_business_manage_insights",
}
"""What Instagram Login calls the permissions of a page's login."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, when, with what, and where the answer's links lead."""

    login: Login
    grant: Grant
    token: str
    tokens: TokenBook
    asked: Mapping[str, str]
    root: str
    path: str
    now: datetime
    limited: bool

    def accounts(self, platform: Platform) -> list[Account]:
        """The login's accounts that its grant reaches: an Instagram account comes with the pages that were left ticked."""
        owned = self.login.list_accounts(platform)
        if not self.grant.page_ids:
            return owned
        pages = self.login.list_accounts(Platform.FACEBOOK)
        ticked = [page for page in pages if page.external_id in self.grant.page_ids.split()]
        return ticked if platform is Platform.FACEBOOK else owned if ticked else []

    def account_of(self, object_id: str) -> Account | None:
        """The account with this id, or that published the post of this id; else the page whose token it is."""
        owned = [*self.accounts(Platform.INSTAGRAM), *self.accounts(Platform.FACEBOOK)]
        for account in owned:
            if object_id == account.external_id or account.find_post(object_id, self.now):
                return account
        return next((account for account in owned if account.external_id == self.grant.page_id), None)

    def check(self, permission: str) -> None:
        """Refuse what the person did not allow; a grant that names no permission at all was asked for none."""
        if self.grant.provider is Provider.INSTAGRAM:
            permission = LOGIN_PERMISSIONS[permission]
        if self.grant.scope and permission not in scopes_of(self.grant):
            message = f"(#10) This endpoint requires the '{permission}' permission or the 'Page Public Content Access' feature."
            raise graph_error(message, 10, status=403)

    def link(self, path: str, parameters: Mapping[str, object]) -> str:
        """A link of the API; like the platform's own links it carries the token."""
        return f"{self.root}/{path}?{urlencode({'access_token': self.token, **parameters})}"


class Node(Protocol):
    """An object of the graph."""

    node_type: str

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        """A field's value, None where it is left out; KeyError where the object has no such field."""
        ...

    def edge(self, name: str, viewer: Viewer) -> dict[str, Any]:
        """The answer of /{id}/{name}; KeyError where there is no such edge."""
        ...

    def default_fields(self) -> str:
        """What is answered when no fields are asked for."""
        ...


FindNode = Callable[[str, Viewer], Node]


def rendered(node: Node, fields: Sequence[FieldAsk], viewer: Viewer) -> dict[str, Any]:
    """The object with these fields and its id; a field without value is left out."""
    answer: dict[str, Any] = {}
    for field in (*fields, FieldAsk("id")):
        try:
            value = node.value_of(field, viewer)
        except KeyError:
            message = f"(#100) Tried accessing nonexisting field ({field.name}) on node type ({node.node_type})"
            raise graph_error(message, 100) from None
        if value is not None:
            answer[field.alias] = value
    return answer


def asked_fields(node: Node, viewer: Viewer) -> tuple[FieldAsk, ...]:
    return parse_fields(viewer.asked.get("fields") or node.default_fields())


def listed_posts(posts: Sequence[WorldPost], viewer: Viewer, make_node: Callable[[WorldPost], Node]) -> dict[str, Any]:
    """One page of posts, newest first, with cursors; `next` only where more follow."""
    limit = viewer.asked.get("limit", "25")
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST_LISTED:
        raise graph_error(f"(#100) Param limit must be a number between 1 and {_MOST_LISTED}", 100)
    try:
        page, has_more = newest_before(posts, viewer.asked.get("after"), int(limit))
    except ValueError:
        raise graph_error("(#100) Invalid cursors values", 100) from None
    if not page:
        return {"data": []}
    nodes = [make_node(post) for post in page]
    fields = asked_fields(nodes[0], viewer)
    after = make_cursor(page[-1])
    paging: dict[str, Any] = {"cursors": {"before": make_cursor(page[0]), "after": after}}
    if has_more:
        paging["next"] = viewer.link(viewer.path, {**viewer.asked, "after": after})
    return {"data": [rendered(node, fields, viewer) for node in nodes], "paging": paging}


class Graph:
    """The gate of the Graph API, on one provider's host: token, version, object, edge."""

    def __init__(self, sandbox: Sandbox, find_node: FindNode, provider: Provider = Provider.META) -> None:
        self._sandbox = sandbox
        self._find_node = find_node
        self._provider = provider
        self._meter = UsageMeter(sandbox.world)

    def routes(self) -> list[Route]:
        root = f"/{self._provider.value}/{{version}}"
        return [
            *(Route(root + path, self.batch, methods=["POST"]) for path in ("", "/")),
            *(Route(root + path, self.answer, methods=["GET", "DELETE"]) for path in _PATHS),
        ]

    async def answer(self, request: Request) -> Response:
        viewer = self._viewer(request, dict(request.query_params))
        if request.method == "DELETE":
            return self._revoke(viewer, request.path_params.get("edge", ""))
        return JSONResponse(self._read(viewer), headers=self._usage(viewer))

    async def batch(self, request: Request) -> Response:
        """Several GET requests in one, each of which counts against the limits."""
        viewer = self._viewer(request, dict(request.query_params) | await read_form(request))
        return JSONResponse([self._part(viewer, part) for part in read_parts(viewer.asked.get("batch", ""))])

    def _part(self, viewer: Viewer, part: Part) -> dict[str, Any]:
        asking = replace(viewer, path=part.path, asked=dict(parse_qsl(part.query)))
        headers = {"Content-Type": "application/json"}
        try:
            return answered(200, headers | self._usage(asking), _json(self._read(asking)))
        except RefusalError as refusal:
            return answered(refusal.status, headers, _json(refusal.body))

    def _read(self, viewer: Viewer) -> dict[str, Any]:
        object_id, _, edge = viewer.path.strip("/").partition("/")
        if not object_id:
            return self._several(viewer)
        node = self._find_node(object_id, viewer)
        if not edge:
            return rendered(node, asked_fields(node, viewer), viewer)
        try:
            return node.edge(edge, viewer)
        except KeyError:
            raise graph_error(f"(#100) Tried accessing nonexisting field ({edge})", 100) from None

    def _several(self, viewer: Viewer) -> dict[str, Any]:
        """Objects by ?ids=: one that cannot be read fails them all."""
        ids = list(dict.fromkeys(filter(None, viewer.asked.get("ids", "").split(","))))
        if not ids:
            raise graph_error("(#100) The parameter ids is required", 100)
        if len(ids) > _MOST_AT_ONCE:
            raise graph_error(f"(#100) Too many IDs. Maximum: {_MOST_AT_ONCE}. Provided: {len(ids)}.", 100)
        nodes = {object_id: self._find_node(object_id, viewer) for object_id in ids}
        return {object_id: rendered(node, asked_fields(node, viewer), viewer) for object_id, node in nodes.items()}

    def _usage(self, viewer: Viewer) -> dict[str, str]:
        """What the headers tell: of the app, and of the page or Instagram account that the answer is about."""
        asked_of = viewer.path.strip("/").partition("/")[0] or viewer.asked.get("ids", "").partition(",")[0]
        account = viewer.account_of(asked_of)
        of_account = self._meter.of_account(account, viewer.now) if account else {}
        return self._meter.of_app(viewer.now) | of_account

    def _revoke(self, viewer: Viewer, edge: str) -> Response:
        if edge != "permissions":
            raise graph_error("Unsupported delete request.", 100, subcode=33)
        viewer.tokens.take_back(viewer.grant)
        return JSONResponse({"success": True})

    def _viewer(self, request: Request, asked: dict[str, str]) -> Viewer:
        version = request.path_params["version"]
        start = f"/{self._provider.value}/{version}"
        root = str(request.url.replace(path=start, query=""))
        if not _VERSION.fullmatch(version):
            raise graph_error(f"Unknown path components: {request.url.path}", 2500)
        token = asked.pop("access_token", None) or bearer_of(request) or ""
        try:
            grant = self._sandbox.tokens.read(token, self._provider, TokenKind.ACCESS, TokenKind.PAGE)
        except TokenRefusedError as refusal:
            raise token_refused(refusal.fault) from None
        login = self._sandbox.world.find_login(grant.login)
        if login is None:
            raise token_refused(Fault.UNKNOWN)
        return Viewer(
            login=login,
            grant=grant,
            token=token,
            tokens=self._sandbox.tokens,
            asked=asked,
            root=root,
            path=request.url.path.removeprefix(f"{start}/"),
            now=self._sandbox.clock.now(),
            limited=self._sandbox.world.limited,
        )


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

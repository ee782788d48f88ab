"""Which object is behind an id? The user, a Page, an Instagram account, or something that one of them published."""

from typing import Any

from core.domain import Platform
from core.sandbox.chance import digits
from core.sandbox.facebook import Page
from core.sandbox.facebook_posts import FacebookPost
from core.sandbox.graph import Node, Viewer, rendered
from core.sandbox.graph_errors import no_such_object
from core.sandbox.graph_fields import FieldAsk, parse_fields
from core.sandbox.instagram import InstagramAccount, Media
from core.sandbox.meta_oauth import scopes_of


class User:
    """The person behind a user token."""

    node_type = "User"

    def default_fields(self) -> str:
        return "id,name"

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        return {"id": user_id(viewer), "name": f"{viewer.login.business} team"}[field.name]

    def edge(self, name: str, viewer: Viewer) -> dict[str, Any]:
        if name == "accounts":
            return _own_pages(viewer)
        if name == "permissions":
            return {"data": [{"permission": scope, "status": "granted"} for scope in scopes_of(viewer.grant)]}
        if name == "businesses":
            return {"data": []}
        raise KeyError(name)


def user_id(viewer: Viewer) -> str:
    return digits(15, "user", viewer.login.name)


def find_node(object_id: str, viewer: Viewer) -> Node:
    """The object, or the Graph API's answer to an id that is gone or foreign."""
    if viewer.grant.page_id:
        object_id = viewer.grant.page_id if object_id == "me" else object_id
    elif object_id in ("me", user_id(viewer)):
        return User()
    node = _page_or_post(object_id, viewer) or _instagram_or_media(object_id, viewer)
    if node is None:
        raise no_such_object(object_id)
    return node


def _page_or_post(object_id: str, viewer: Viewer) -> Node | None:
    page_id, _, is_post = object_id.partition("_")
    page = viewer.login.find_account(Platform.FACEBOOK, page_id)
    if page is None or viewer.grant.page_id not in ("", page_id):
        return None
    if not is_post:
        return Page(page)
    post = page.find_post(object_id, viewer.now)
    return FacebookPost(page, post) if post else None


def _instagram_or_media(object_id: str, viewer: Viewer) -> Node | None:
    for account in viewer.accounts(Platform.INSTAGRAM):
        if account.external_id == object_id:
            return InstagramAccount(account)
        post = account.find_post(object_id, viewer.now)
        if post:
            return Media(account, post)
    return None


def _own_pages(viewer: Viewer) -> dict[str, Any]:
    """The Pages with their tokens."""
    fields = parse_fields(viewer.asked.get("fields") or "id,name,access_token,tasks")
    pages = [rendered(Page(page), fields, viewer) for page in viewer.accounts(Platform.FACEBOOK)]
    return {"data": pages, "paging": {"cursors": {"before": "QVF", "after": "QVG"}}} if pages else {"data": []}

"""Which object is behind an id? The user, a Page, an Instagram account, or something that one of them published."""

from typing import Any

from core.domain import Platform
from core.sandbox.chance import digits
from core.sandbox.facebook import Page
from core.sandbox.facebook_posts import FacebookPost
from core.sandbox.facebook_videos import FacebookVideo, is_moving
from core.sandbox.graph import Node, Viewer, rendered
from core.sandbox.graph_errors import no_such_object
from core.sandbox.graph_fields import FieldAsk, parse_fields
from core.sandbox.instagram import InstagramAccount, Media
from core.sandbox.meta_oauth import scopes_of
from core.sandbox.world import Account

ASKED_FOR = (
    "pages_show_list",
    "pages_read_engagement",
    "read_insights",
    "instagram_basic",
    "instagram_manage_insights",
    "business_management",
)
"""The permissions that the consent page offers."""


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
            return {"data": _permissions(viewer)}
        if name == "businesses":
            viewer.check("business_management")
            return {"data": [{"id": business_id(viewer), "name": viewer.login.business}]}
        raise KeyError(name)


class Portfolio:
    """The business portfolio behind a login: it owns the login's Pages, and gives none of their tokens."""

    node_type = "Business"

    def default_fields(self) -> str:
        return "id,name"

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        return {"id": business_id(viewer), "name": viewer.login.business}[field.name]

    def edge(self, name: str, viewer: Viewer) -> dict[str, Any]:
        viewer.check("business_management")
        if name == "client_pages":
            return {"data": []}
        if name != "owned_pages":
            raise KeyError(name)
        fields = parse_fields(viewer.asked.get("fields") or "id,name")
        told = tuple(field for field in fields if field.name not in ("access_token", "tasks"))
        return {"data": [rendered(Page(page), told, viewer) for page in viewer.accounts(Platform.FACEBOOK)]}


def _permissions(viewer: Viewer) -> list[dict[str, str]]:
    """What the person ticked, and what she unticked of all that an app may ask for."""
    granted = scopes_of(viewer.grant)
    declined = [scope for scope in ASKED_FOR if granted and scope not in granted]
    told = [*((scope, "granted") for scope in granted), *((scope, "declined") for scope in declined)]
    return [{"permission": scope, "status": status} for scope, status in told]


def user_id(viewer: Viewer) -> str:
    return digits(15, "user", viewer.login.name)


def business_id(viewer: Viewer) -> str:
    return digits(15, "portfolio", viewer.login.name)


def find_node(object_id: str, viewer: Viewer) -> Node:
    """The object, or the Graph API's answer to an id that is gone or foreign."""
    if viewer.grant.page_id:
        object_id = viewer.grant.page_id if object_id == "me" else object_id
    elif object_id in ("me", user_id(viewer)):
        return User()
    elif object_id == business_id(viewer):
        return Portfolio()
    node = _page_or_post(object_id, viewer) or _video(object_id, viewer) or _instagram_or_media(object_id, viewer)
    if node is None:
        raise no_such_object(object_id)
    return node


def _page_or_post(object_id: str, viewer: Viewer) -> Node | None:
    page_id, _, is_post = object_id.partition("_")
    page = next((page for page in _readable_pages(viewer) if page.external_id == page_id), None)
    if page is None:
        return None
    if not is_post:
        return Page(page)
    post = page.find_post(object_id, viewer.now)
    return FacebookPost(page, post) if post else None


def _video(object_id: str, viewer: Viewer) -> Node | None:
    for page in _readable_pages(viewer):
        post = page.find_post(f"{page.external_id}_{object_id}", viewer.now)
        if post and is_moving(post):
            return FacebookVideo(page, post)
    return None


def _readable_pages(viewer: Viewer) -> list[Account]:
    """The Pages that the token reaches: a Page's own token reaches that one alone."""
    return [page for page in viewer.accounts(Platform.FACEBOOK) if viewer.grant.page_id in ("", page.external_id)]


def _instagram_or_media(object_id: str, viewer: Viewer) -> Node | None:
    for account in viewer.accounts(Platform.INSTAGRAM):
        if account.external_id == object_id:
            return InstagramAccount(account)
        post = account.find_post(object_id, viewer.now)
        if post:
            return Media(account, post)
    return None


def _own_pages(viewer: Viewer) -> dict[str, Any]:
    """The Pages with their tokens; none for who did not allow to list them."""
    if viewer.grant.scope and "pages_show_list" not in scopes_of(viewer.grant):
        return {"data": []}
    fields = parse_fields(viewer.asked.get("fields") or "id,name,access_token,tasks")
    pages = [rendered(Page(page), fields, viewer) for page in viewer.accounts(Platform.FACEBOOK)]
    return {"data": pages, "paging": {"cursors": {"before": "QVF", "after": "QVG"}}} if pages else {"data": []}

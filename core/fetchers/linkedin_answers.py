"""What do LinkedIn's answers say? Their shapes and the metrics in them, checked 2026-11-23."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import AliasChoices, AliasPath, ConfigDict, Field

from core.domain import Post, PostKind, PostSnapshot, Profile
from core.fetchers.answers import (
    AnswerModel,
    Counter,
    ExternalId,
    Instant,
    parse_answer,
)
from core.fetchers.base import ListedPost
from core.fetchers.paging import Page
from core.fetchers.text import find_hashtags, read_little_text


class Organization(AnswerModel):
    """A page's names."""

    id: ExternalId
    name: str = Field(validation_alias="localizedName")
    handle: str | None = Field(None, validation_alias="vanityName")


class _Organizations(AnswerModel):
    results: dict[str, Organization]


class _NetworkSize(AnswerModel):
    followers: Counter | None = Field(None, validation_alias="firstDegreeSize")


def parse_profile(organization: Any, size: Any, external_id: str) -> Profile:
    page = parse_answer(Organization, organization, of="LinkedIn's page profile")
    followers = parse_answer(_NetworkSize, size, of="LinkedIn's follower count").followers
    folder = "showcase" if ":organizationBrand:" in external_id else "company"
    url = f"https://www.linkedin.com/{folder}/{quote(page.handle or page.id)}/"
    return Profile(external_id, page.name, handle=page.handle, url=url, followers=followers)


class _Link(AnswerModel):
    rel: str | None = None
    href: str | None = None


class _Paging(AnswerModel):
    start: int = 0
    count: int = 100
    links: list[_Link] | None = None

    def next_start(self, found: int) -> str | None:
        """Where the next page starts: a page may be short, even empty, before the end, so a next link decides.

        Without a list of links the first empty page is the last. The link's own start is used, for LinkedIn may cap our count.
        """
        if self.links is None:
            return str(self.start + self.count) if found else None
        href = next((link.href for link in self.links if link.rel == "next" and link.href), None)
        if href is None:
            return None
        start = parse_qs(urlsplit(href).query).get("start", [""])[0]
        return start if start.isdecimal() else str(self.start + self.count)


class PageRole(AnswerModel):
    """A page, and who has which role on it."""

    organization: ExternalId = Field(
        validation_alias=AliasChoices("organization", "organizationTarget", "organizationalTarget")
    )
    role: str = "ADMINISTRATOR"
    member: str = Field("", validation_alias="roleAssignee")


class _Acls(AnswerModel):
    elements: list[PageRole]
    paging: _Paging = _Paging()


def parse_roles(body: Any) -> Page[PageRole]:
    roles = parse_answer(_Acls, body, of="LinkedIn's list of pages")
    return Page(roles.elements, roles.paging.next_start(len(roles.elements)))


def parse_organizations(body: Any) -> dict[str, Organization]:
    """The pages that LinkedIn shows to this login, by their number; a refused one is not among them."""
    return parse_answer(_Organizations, body, of="LinkedIn's page names").results


class _Content(AnswerModel):
    """What a post is made of: the first key that is there."""

    model_config = ConfigDict(extra="allow")
    medium: str | None = Field(None, validation_alias=AliasPath("media", "id"))

    @property
    def kind(self) -> PostKind:
        if self.medium:
            return _KINDS.get(self.medium.rsplit(":", 1)[0], PostKind.OTHER)
        return next(
            (_KINDS.get(name, PostKind.OTHER) for name, value in (self.model_extra or {}).items() if value),
            PostKind.TEXT,
        )


_KINDS = {
    "urn:li:image": PostKind.IMAGE,
    "urn:li:video": PostKind.VIDEO,
    "urn:li:document": PostKind.CAROUSEL,
    "multiImage": PostKind.CAROUSEL,
    "carousel": PostKind.CAROUSEL,
    "article": PostKind.LINK,
}


class _Post(AnswerModel):
    id: ExternalId
    commentary: str | None = None
    published_at: Instant | None = Field(None, validation_alias=AliasChoices("publishedAt", "createdAt"))
    state: str = Field("PUBLISHED", validation_alias="lifecycleState")
    content: _Content | None = None
    is_dark: bool = Field(False, validation_alias=AliasPath("adContext", "isDsc"))  # exists for ads only


class _Posts(AnswerModel):
    elements: list[_Post]
    paging: _Paging = _Paging()


def parse_posts(body: Any) -> Page[ListedPost]:
    answer = parse_answer(_Posts, body, of="LinkedIn's list of posts")
    listed = [
        _listed(post, post.published_at)
        for post in answer.elements
        if post.published_at and post.state == "PUBLISHED" and not post.is_dark
    ]
    return Page(listed, answer.paging.next_start(len(answer.elements)))


def _listed(post: _Post, published_at: datetime) -> ListedPost:
    text = read_little_text(post.commentary)
    kind = post.content.kind if post.content else PostKind.TEXT
    permalink = f"https://www.linkedin.com/feed/update/{post.id}"
    return ListedPost(
        Post(post.id, kind, published_at, text, permalink, hashtags=find_hashtags(text)), PostSnapshot(post.id)
    )


class _Refusal(AnswerModel):
    status: int = 0


class _PostBatch(AnswerModel):
    results: dict[str, Any]
    errors: dict[str, _Refusal] = Field(default_factory=dict)


def parse_gone(body: Any, urns: Iterable[str]) -> set[str]:
    """Which of the posts asked for are deleted; one that is merely refused is not."""
    errors = parse_answer(_PostBatch, body, of="LinkedIn's batch of posts").errors
    return {urn for urn in urns if urn in errors and errors[urn].status == 404}

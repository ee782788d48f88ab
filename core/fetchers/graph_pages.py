"""Which pages may a Meta login connect? Its own, and those that its business portfolios own or work for, checked 2026-11-23."""

from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import quote

from pydantic import AliasPath, Field

from core.errors import GoneError, MalformedAnswerError, OperatorNeededError
from core.fetchers.answers import AnswerModel, ExternalId, parse_answer
from core.fetchers.graph import PAGE_SIZE, iterate_edge
from core.fetchers.transport import ApiSession

_FIELDS = (
    "id,name,username,access_token,tasks,picture{url},instagram_business_account{id,username,name,profile_picture_url}"
)
_REFUSALS = (OperatorNeededError, GoneError, MalformedAnswerError)

_TASK_WORDS = {"ANALYZE": "insights", "CREATE_CONTENT": "content", "MODERATE": "comments", "ADVERTISE": "ads"}

ModelT = TypeVar("ModelT", bound=AnswerModel)


class _Picture(AnswerModel):
    url: str | None = Field(None, validation_alias=AliasPath("data", "url"))


class ManagedInstagram(AnswerModel):
    """An Instagram professional account linked to a page."""

    id: ExternalId
    username: str
    name: str | None = None
    profile_picture_url: str | None = None


class ManagedPage(AnswerModel):
    """A page of this login, with its own token where the login may use it."""

    id: ExternalId
    name: str
    username: str | None = None
    access_token: str | None = Field(None, repr=False)
    tasks: tuple[str, ...] = ()
    picture: _Picture = _Picture()
    instagram: ManagedInstagram | None = Field(None, validation_alias="instagram_business_account")

    @property
    def problem(self) -> str | None:
        """Why nothing can be read of this page, or None."""
        if not self.access_token:
            return "Meta gives no token for this page: grant this login a role on the page itself, then connect again."
        if self.tasks and "ANALYZE" not in self.tasks:
            return "This login may not see the page's insights: ask a page admin for access to insights, then connect again."
        return None

    @property
    def role(self) -> str | None:
        """What this login may do on the page, in words; None where Meta does not say."""
        if "MANAGE" in self.tasks:
            return "full control"
        return ", ".join(words for task, words in _TASK_WORDS.items() if task in self.tasks) or None


class _Pages(AnswerModel):
    data: list[ManagedPage]


class _Business(AnswerModel):
    id: ExternalId


class _Businesses(AnswerModel):
    data: list[_Business]


class _Token(AnswerModel):
    access_token: str | None = Field(None, repr=False)


def list_pages(session: ApiSession) -> list[ManagedPage]:
    """Every page of this login once; the one with a token, where a page is found twice."""
    pages: dict[str, ManagedPage] = {}
    for page in [*_walk_pages(session, "/me/accounts"), *_list_business_pages(session)]:
        if page.id not in pages or not pages[page.id].access_token:
            pages[page.id] = page
    return session.side_by_side(lambda page: _with_token(session, page), list(pages.values()))


def _list_business_pages(session: ApiSession) -> list[ManagedPage]:
    """Pages that only a business portfolio owns are missing under /me/accounts; a login that may not see portfolios has none."""
    businesses = iterate_edge(
        session, "/me/businesses?fields=id", limit=PAGE_SIZE, parse=lambda body: _data_of(_Businesses, body).data
    )
    try:
        ids = [business.id for found in businesses for business in found.items]
    except _REFUSALS:
        return []
    edges = [f"/{quote(number, safe='')}/{edge}" for number in ids for edge in ("owned_pages", "client_pages")]
    return [page for pages in session.side_by_side(lambda edge: _list_shown(session, edge), edges) for page in pages]


def _list_shown(session: ApiSession, edge: str) -> list[ManagedPage]:
    try:
        return list(_walk_pages(session, edge))
    except _REFUSALS:
        return []


def _walk_pages(session: ApiSession, edge: str) -> Iterator[ManagedPage]:
    pages = iterate_edge(session, f"{edge}?fields={_FIELDS}", limit=PAGE_SIZE, parse=parse_pages)
    return (page for found in pages for page in found.items)


def _with_token(session: ApiSession, page: ManagedPage) -> ManagedPage:
    """The page with its token, which the lists may leave out; without it where Meta gives none."""
    if page.access_token:
        return page
    try:
        body = session.get(f"/{quote(page.id, safe='')}?fields=access_token").body
    except _REFUSALS:
        return page
    return page.model_copy(update={"access_token": parse_answer(_Token, body, of="Meta's page token").access_token})


def parse_pages(body: object) -> list[ManagedPage]:
    return _data_of(_Pages, body).data


def _data_of(model: type[ModelT], body: object) -> ModelT:
    return parse_answer(model, body, of="Meta's list of pages")

"""What do Facebook and Instagram share? Meta's Graph API: batches, cursors, insights, the pages of a login, checked 2026-11-23.

https://developers.facebook.com/docs/graph-api
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from pydantic import AliasPath, Field

from core.errors import GoneError, MalformedAnswerError, ReconnectNeededError
from core.fetchers.base import AnswerModel, Counter, ExternalId, Instant, in_batches, merge_tables, parse_answer
from core.fetchers.graph_errors import MetricRefusedError, NoInsightsError, classify
from core.fetchers.paging import Page, TooMuchAskedError, fetch_halving, walk_pages
from core.fetchers.transport import ApiSession, Transport
from core.metrics import Metric
from core.settings import ProviderSettings

PAGE_SIZE = 100
BATCH = 50

KeyT = TypeVar("KeyT")
ItemT = TypeVar("ItemT")
Table = dict[KeyT, dict[Metric, int | None]]
"""The numbers of posts (by id) or of days."""
Sources = Mapping[Metric, str]
"""Our metrics and the names by which Meta calls them."""


def open_session(transport: Transport, app: ProviderSettings, token: str, *, api_version: str) -> ApiSession:
    """A conversation that carries the token as a header: in a URL it would leak into logs."""
    return transport.session(
        f"{app.api_url}/{api_version}", headers={"Authorization": f"Bearer {token}"}, classify=classify
    )


class _Me(AnswerModel):
    id: ExternalId


def fetch_owner(session: ApiSession) -> str:
    """The person who granted access."""
    return parse_answer(_Me, session.get("/me?fields=id").body, of="Meta's user").id


def fetch_account(session: ApiSession, external_id: str, fields: str) -> Any:
    """The account's own fields; an account that is gone has lost its permission, or was deleted by its owner."""
    try:
        return session.get(f"/{quote(external_id, safe='')}?fields={fields}").body
    except GoneError:
        raise ReconnectNeededError(
            "Meta no longer shows this account to the login that connected it: connect it again."
        ) from None


class _Paging(AnswerModel):
    """Only the cursor is taken: `next` holds the token. A cursor without `next` is the last page's."""

    after: str | None = Field(None, validation_alias=AliasPath("cursors", "after"))
    next: str | None = None


class _Listing(AnswerModel):
    data: list[Any]
    paging: _Paging = _Paging()


def walk_edge(session: ApiSession, path: str, *, limit: int, parse: Callable[[Any], list[ItemT]]) -> Iterator[ItemT]:
    """Every item of an edge. The pages shrink by halves when Meta finds them too big."""
    size = max(1, min(PAGE_SIZE, limit))

    def fetch_page(cursor: str | None) -> Page[ItemT]:
        nonlocal size
        after = f"&after={quote(cursor, safe='')}" if cursor else ""
        try:
            body = session.get(f"{path}&limit={size}{after}").body
        except TooMuchAskedError:
            if size == 1:
                raise
            size //= 2
            return fetch_page(cursor)
        paging = parse_answer(_Listing, body, of="Meta's list").paging
        return Page(parse(body), paging.after if paging.next else None)

    return walk_pages(fetch_page)


_Amount = Counter | Annotated[float, Field(ge=-(2**63), lt=2**63, allow_inf_nan=False)]


class _Value(AnswerModel):
    """A value may be a number, a dict of numbers ({} = nothing happened) or missing."""

    value: _Amount | dict[str, _Amount] | None = None
    end_time: Instant | None = None

    @property
    def number(self) -> int | None:
        if isinstance(self.value, dict):
            return sum(int(part) for part in self.value.values())
        return None if self.value is None else int(self.value)


class _Insight(AnswerModel):
    name: str
    period: str = "lifetime"
    values: tuple[_Value, ...] = ()
    total: _Value = Field(_Value(), validation_alias="total_value")


class _Insights(AnswerModel):
    data: list[_Insight]


def parse_insights(body: Any, period: str) -> list[_Insight]:
    """The insights of one period (a metric may come for two); their paging is an endless walk through time, never followed."""
    return [insight for insight in parse_answer(_Insights, body, of="Meta's insights").data if insight.period == period]


class _Object(AnswerModel):
    insights: _Insights = _Insights(data=[])


def parse_batch(body: Any, sources: Sources) -> Table[str]:
    """The lifetime numbers by post id; a post without data has none, which is not 0."""
    objects = parse_answer(_Objects, {"by_id": body}, of="Meta's batch of insights").by_id
    return {post_id: _lifetime(found.insights.data, sources) for post_id, found in objects.items()}


class _Objects(AnswerModel):
    by_id: dict[str, _Object]


def _lifetime(insights: Sequence[_Insight], sources: Sources) -> dict[Metric, int | None]:
    metric_of = {source: metric for metric, source in sources.items()}
    return {
        metric_of[insight.name]: insight.values[0].number
        for insight in insights
        if insight.name in metric_of and insight.period == "lifetime" and insight.values
    }


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
        return ", ".join(self.tasks).lower() or None


class _Pages(AnswerModel):
    data: list[ManagedPage]


def list_pages(session: ApiSession) -> list[ManagedPage]:
    """Every page of this login once."""
    linked = "instagram_business_account{id,username,name,profile_picture_url}"
    path = f"/me/accounts?fields=id,name,username,access_token,tasks,picture{{url}},{linked}"
    pages = walk_edge(
        session, path, limit=PAGE_SIZE, parse=lambda body: parse_answer(_Pages, body, of="Meta's list of pages").data
    )
    return list({page.id: page for page in pages}.values())


class InsightsReader:
    """Asks for insights, and goes on without the metrics that Meta refuses.

    One retired metric fails the whole request, and the error does not name it: the metrics are then asked one by one, once.
    """

    def __init__(self, session: ApiSession) -> None:
        self._session = session
        self._refused: set[Metric] = set()

    def fetch_lifetime(self, ids: Sequence[str], sources: Sources) -> Table[str]:
        """The numbers by post id: {} where there are no insights, no key where the post is gone."""

        def ask_living(some: Sequence[str]) -> Table[str]:
            return self.ask_living(sources, lambda wanted: self._fetch_batch(some, wanted))

        batches = list(in_batches(ids, BATCH))
        return merge_tables(self._session.side_by_side(lambda batch: fetch_halving(batch, ask_living), batches))

    def ask_living(self, sources: Sources, ask: Callable[[Sources], Table[KeyT]]) -> Table[KeyT]:
        """`ask` for the metrics that are not refused; for none, if all of them are."""
        wanted = {metric: source for metric, source in sources.items() if metric not in self._refused}
        try:
            return ask(wanted)
        except MetricRefusedError:
            return merge_tables(self._ask_alone(metric, source, ask) for metric, source in wanted.items()) or ask({})

    def _fetch_batch(self, ids: Sequence[str], wanted: Sources) -> Table[str]:
        insights = f",insights.metric({','.join(wanted.values())})" if wanted else ""
        try:
            table = parse_batch(self._session.get(f"/?ids={','.join(ids)}&fields=id{insights}").body, wanted)
        except NoInsightsError:
            if len(ids) > 1:
                raise
            return {ids[0]: {}}
        if table.keys().isdisjoint(ids):  # an unknown id is refused, never left out
            raise MalformedAnswerError("Meta's batch of insights held none of the posts asked for.")
        return table

    def _ask_alone(self, metric: Metric, source: str, ask: Callable[[Sources], Table[KeyT]]) -> Table[KeyT]:
        try:
            return ask({metric: source})
        except MetricRefusedError:
            self._refused.add(metric)
            return {}

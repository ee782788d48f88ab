"""What do Facebook and Instagram share? Meta's Graph API: its dialect, its cursors, what is gone, checked 2026-11-23.

https://developers.facebook.com/docs/graph-api
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import AliasPath, Field

from core.errors import FetchError, GoneError, MalformedAnswerError, ReconnectNeededError
from core.fetchers.answers import AnswerModel, ExternalId, parse_answer
from core.fetchers.base import in_batches
from core.fetchers.dialect import Dialect
from core.fetchers.grants import Owner
from core.fetchers.graph_batch import GraphBatch
from core.fetchers.graph_errors import classify, measure
from core.fetchers.paging import Page, TooMuchAskedError, fetch_halving, iterate_pages
from core.fetchers.transport import ApiSession
from core.settings import ProviderSettings

log = logging.getLogger(__name__)

PAGE_SIZE = 100
BATCH = 50

ItemT = TypeVar("ItemT")


def dialect(app: ProviderSettings, token: str, *, api_version: str) -> Dialect:
    """The token travels as a header, for in a URL it would leak into logs; its proof is no secret.

    https://developers.facebook.com/docs/graph-api/guides/secure-requests (2026-11-23)
    """
    headers = {"Authorization": f"Bearer {token}"}
    return Dialect(
        f"{app.api_url}/{api_version}", headers, classify, measure, query=proof_of(app, token), packing=GraphBatch()
    )


def proof_of(app: ProviderSettings, token: str, before: str = "") -> str:
    """The parameter that proves that whoever holds the token holds the app's secret too; "" for an app without one."""
    proof = hmac.new(app.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    return f"{before}appsecret_proof={proof}" if app.client_secret else ""


class _Me(AnswerModel):
    id: ExternalId
    name: str = ""


def fetch_owner(session: ApiSession) -> Owner:
    """The person who granted access."""
    me = parse_answer(_Me, session.get("/me?fields=id,name").body, of="Meta's user")
    return Owner(me.id, me.name)


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


def iterate_edge(
    session: ApiSession, path: str, *, limit: int, parse: Callable[[Any], list[ItemT]]
) -> Iterator[Page[ItemT]]:
    """Every page of an edge. The pages shrink by halves when Meta finds them too big."""
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

    return iterate_pages(fetch_page)


def list_beside(session: ApiSession, path: str, parse: Callable[[Any], list[ItemT]]) -> list[ItemT]:
    """The newest page of an edge that is read beside another; what keeps it from being read costs nothing but itself."""
    try:
        page = next(iterate_edge(session, path, limit=PAGE_SIZE, parse=parse), None)
    except ReconnectNeededError:
        raise
    except FetchError as error:
        log.info("Meta gave no list at %s: %s", path.partition("?")[0], error)
        return []
    return page.items if page else []


def between(since: datetime | None, until: datetime | None) -> str:
    """The parameters of a span of time in whole seconds, never narrower than it: whoever reads the list cuts it exactly."""
    first = f"&since={int(since.timestamp())}" if since else ""
    return first + (f"&until={int((until + timedelta(seconds=1)).timestamp())}" if until else "")


class _Batch(AnswerModel):
    by_id: dict[str, Any]


def find_gone(session: ApiSession, external_id: str, post_ids: Sequence[str]) -> set[str]:
    """The posts that Meta no longer shows although it still shows their account: a lost permission reads the same."""
    ids = list(dict.fromkeys(post_ids))
    batches = list(in_batches(ids, BATCH))
    found = session.side_by_side(lambda batch: fetch_halving(batch, lambda some: _find_shown(session, some)), batches)
    gone = set(ids).difference(*found)
    if gone:
        fetch_account(session, external_id, "id")
    return gone


def _find_shown(session: ApiSession, ids: Sequence[str]) -> dict[str, bool]:
    body = session.get(f"/?ids={join_ids(ids)}&fields=id").body
    shown = parse_answer(_Batch, {"by_id": body}, of="Meta's batch of posts").by_id
    if shown.keys().isdisjoint(ids):  # an unknown id is refused, never left out
        raise MalformedAnswerError("Meta's batch of posts held none of those asked for.")
    return dict.fromkeys(ids, True)


def join_ids(ids: Sequence[str]) -> str:
    """Ids as a parameter; their commas stay raw."""
    return ",".join(quote(post_id, safe="") for post_id in ids)

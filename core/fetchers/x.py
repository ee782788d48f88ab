"""How is an X account read? API v2, checked 2026-11-23: https://docs.x.com/x-api.

The published spec renamed its fields in August 2026 (tweet to post, retweet to repost) while live answers kept the old names: both are read.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from core.domain import AccountDay, Platform, PostSnapshot, Profile
from core.errors import (
    FetchError,
    GoneError,
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    ReconnectNeededError,
)
from core.fetchers.base import ConnectableAccount, ListedPost, in_batches, take_newest
from core.fetchers.paging import Page, walk_pages
from core.fetchers.transport import Answer, ApiSession, Transport, classify_by_status, gateway_fault
from core.fetchers.x_answers import OFFERS, parse_posts, parse_profile, parse_snapshots
from core.metrics import Offers
from core.settings import ProviderSettings

SMALLEST_PAGE, PAGE_SIZE, BATCH = 5, 100, 100
PRIVATE_METRICS_AGE = timedelta(days=30)
DEFAULT_WAIT = timedelta(minutes=15)  # the window of every limit

_ME = "/users/me?user.fields=public_metrics,username,name,profile_image_url"
_LIST_FIELDS = "id,text,created_at,public_metrics,attachments,referenced_tweets,note_tweet"
_MEDIA = "expansions=attachments.media_keys&media.fields=media_key,type,public_metrics,preview_image_url,url"
_PRIVATE_FIELDS = "non_public_metrics,organic_metrics"


class XFetcher:
    """Reads one account, the one whose login the session carries."""

    platform: ClassVar[Platform] = Platform.X
    offers: ClassVar[Offers] = OFFERS
    day_zone: ClassVar[str] = "UTC"

    def __init__(self, session: ApiSession, external_id: str) -> None:
        self._session = session
        self._external_id = external_id
        self._renamed = False

    @staticmethod
    def open_session(transport: Transport, app: ProviderSettings, token: str, *, api_version: str) -> ApiSession:  # noqa: ARG004  # X has no versions
        return transport.session(app.api_url, headers={"Authorization": f"Bearer {token}"}, classify=classify)

    @staticmethod
    def fetch_owner(session: ApiSession) -> str:
        return parse_profile(session.get(_ME).body).external_id

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        me = parse_profile(session.get(_ME).body)
        return [ConnectableAccount(Platform.X, me.external_id, me.name, handle=me.handle, avatar_url=me.avatar_url)]

    def fetch_profile(self) -> Profile:
        me = parse_profile(self._session.get(_ME).body)
        if me.external_id != self._external_id:
            raise ReconnectNeededError(
                f"This login now belongs to another X account (@{me.handle}): connect the right one again."
            )
        return me

    def fetch_posts(self, limit: int) -> list[ListedPost]:
        # Private metrics are not asked here: a post older than 30 days would empty the page.
        query = f"max_results={max(SMALLEST_PAGE, min(PAGE_SIZE, limit))}&exclude=retweets&{_MEDIA}"
        path = f"/users/{quote(self._external_id, safe='')}/tweets?{query}"

        def fetch_page(cursor: str | None) -> Page[ListedPost]:
            token = f"&pagination_token={quote(cursor, safe='')}" if cursor else ""
            return parse_posts(self._get(path + token, _LIST_FIELDS).body)

        return take_newest(walk_pages(fetch_page), limit)

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        oldest = self._session.now - PRIVATE_METRICS_AGE
        young = list(dict.fromkeys(item.post.post_id for item in listed if item.post.published_at > oldest))
        bodies = self._session.side_by_side(self._fetch_private, list(in_batches(young, BATCH)))
        return parse_snapshots(listed, bodies)

    def fetch_days(self, first: date, last: date) -> list[AccountDay]:  # noqa: ARG002  # X has no daily series
        return []

    def _fetch_private(self, ids: Sequence[str]) -> Any:
        return self._get(f"/tweets?ids={','.join(ids)}", _PRIVATE_FIELDS).body

    def _get(self, path: str, fields: str) -> Answer:
        """GET with the field names of today; if X refuses the parameter itself, with those of the renamed spec from then on."""
        if not self._renamed:
            try:
                return self._session.get(f"{path}&tweet.fields={fields}")
            except MalformedAnswerError as error:
                if "[tweet.fields]" not in error.answer:
                    raise
                self._renamed = True
        return self._session.get(f"{path}&post.fields={fields.replace('_tweet', '_post')}")


# https://docs.x.com/x-api/fundamentals/response-codes-and-errors (2026-11-23)
_BY_STATUS: dict[int, tuple[type[FetchError], str]] = {
    401: (ReconnectNeededError, "X no longer accepts this login: connect the account again."),
    402: (OperatorNeededError, "The X app has no credits left: buy credits in the X developer console."),
    403: (
        ReconnectNeededError,
        "X refuses this account: check on x.com that it is neither locked nor suspended, then connect it again.",
    ),
    404: (GoneError, "X no longer has this account or post."),
}
_OPERATOR_MARKS: dict[str, str] = {
    "client-not-enrolled": "The X app is not in a project with access to this API: attach it to one in the X developer console.",
    "client-forbidden": "The X app is not in a project with access to this API: attach it to one in the X developer console.",
    "unsupported-authentication": "The X app signed in with the wrong kind of token: set it up as a confidential web app with OAuth 2.0.",
    "spend": "The X app has reached its spending limit: raise it in the X developer console.",
}


def classify(answer: Answer, now: datetime) -> FetchError | None:
    """X's reading of an answer."""
    if answer.status < 400:
        return None
    said = str(answer.body)
    if "usage-capped" in said or "UsageCapExceeded" in said:
        # A cap of the billing month, whose end is not told: one try a day (failed requests are free), never by x-rate-limit-reset.
        midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        return RateLimitedError(
            "The X app has used up its posts of this month; it tries again tomorrow.", retry_at=midnight
        )
    if answer.status == 429:
        return RateLimitedError("X asks to slow down.", retry_at=_reset_at(answer, now))
    if answer.status == 403:
        mark = next((mark for mark in _OPERATOR_MARKS if mark in said), None)
        if mark:
            return OperatorNeededError(_OPERATOR_MARKS[mark])
    error, sentence = _BY_STATUS.get(answer.status, (None, ""))
    return gateway_fault(answer) or (error(sentence) if error else classify_by_status(answer, now))


def _reset_at(answer: Answer, now: datetime) -> datetime:
    """The end of the window: at least a second away, and the default where the header is missing or nonsense."""
    value = answer.headers.get("x-rate-limit-reset", "")
    if not (value.isascii() and value.isdecimal() and len(value) <= 10):
        return now + DEFAULT_WAIT
    return min(max(datetime.fromtimestamp(int(value), UTC), now + timedelta(seconds=1)), now + timedelta(days=1))

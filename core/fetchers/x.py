"""How is an X account read? API v2, checked 2026-11-23: https://docs.x.com/x-api.

The published spec renamed its fields in August 2026 (tweet to post, retweet to repost) while live answers kept the old names: both are read.
"""

import re
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
    Reach,
    ReconnectNeededError,
)
from core.fetchers.base import ConnectableAccount, ListedPost, MetricKeys, Plan, PostList, count_batches, in_batches
from core.fetchers.dialect import Answer, Dialect, classify_by_status, gateway_fault, text_of
from core.fetchers.grants import Owner
from core.fetchers.listing import take_posts
from core.fetchers.paging import Page, iterate_pages
from core.fetchers.transport import ApiSession
from core.fetchers.x_answers import OFFERS, find_billed, parse_gone, parse_posts, parse_profile, parse_snapshots
from core.fetchers.x_limits import measure, reset_at
from core.metrics import Offers
from core.settings import ProviderSettings

SMALLEST_PAGE, PAGE_SIZE, BATCH = 5, 100, 100
PRIVATE_METRICS_AGE = timedelta(days=30)
NO_CREDITS_PAUSE = timedelta(hours=24)
FIRST_POST = datetime(2010, 11, 6, tzinfo=UTC)  # `start_time` may not be earlier

# https://docs.x.com/x-api/getting-started/pricing (2026-11-23): what is returned is billed, each post and user once a UTC day
USD_PER_POST = 0.005
USD_PER_USER = 0.010

_ME = "/users/me?user.fields=public_metrics,username,name,profile_image_url"
_LIST_FIELDS = "id,text,created_at,public_metrics,attachments,referenced_tweets,edit_history_tweet_ids,note_tweet"
_MEDIA = "expansions=attachments.media_keys&media.fields=media_key,type,public_metrics,preview_image_url,url"
_PRIVATE_FIELDS = "non_public_metrics,organic_metrics"


class XFetcher:
    """Reads one account, the one whose login the session carries."""

    platform: ClassVar[Platform] = Platform.X
    offers: ClassVar[Offers] = OFFERS
    day_zone: ClassVar[str] = "UTC"
    forgets_gone_posts: ClassVar[bool] = True  # https://docs.x.com/developer-terms/policy (2026-11-23)

    def __init__(self, session: ApiSession, external_id: str, *, skip: MetricKeys = frozenset()) -> None:  # noqa: ARG002  # X refuses no single metric
        self._session = session
        self._external_id = external_id
        self._renamed = False

    @property
    def retired(self) -> MetricKeys:
        return frozenset()

    @staticmethod
    def dialect(app: ProviderSettings, token: str, *, api_version: str) -> Dialect:  # noqa: ARG004  # X has no versions
        return Dialect(app.api_url, {"Authorization": f"Bearer {token}"}, classify, measure)

    @staticmethod
    def fetch_owner(session: ApiSession) -> Owner:
        me = _fetch_me(session)
        return Owner(me.external_id, f"@{me.handle}" if me.handle else me.name)

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        me = _fetch_me(session)
        return [
            ConnectableAccount(
                Platform.X, me.external_id, me.name, handle=me.handle, avatar_url=me.avatar_url, role="owner"
            )
        ]

    @classmethod
    def plan(cls, posts: int, days: int) -> Plan:  # noqa: ARG003  # X has no daily series
        return Plan(1 + 2 * count_batches(posts, BATCH), posts * USD_PER_POST + USD_PER_USER)

    def fetch_profile(self) -> Profile:
        me = _fetch_me(self._session)
        if me.external_id != self._external_id:
            raise ReconnectNeededError(
                f"This login now belongs to another X account (@{me.handle}): connect the right one again."
            )
        return me

    def fetch_posts(
        self,
        limit: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        offset_hint: int = 0,  # noqa: ARG002  # X finds its way back by time
    ) -> PostList:
        if since and until and since >= until:
            return PostList([], is_complete=True)
        # Private metrics are not asked here: a post older than 30 days would empty the page.
        size = max(SMALLEST_PAGE, min(PAGE_SIZE, limit))
        query = f"max_results={size}&exclude=retweets&{_MEDIA}{_between(since, until, self._session.now)}"
        path = f"/users/{quote(self._external_id, safe='')}/tweets?{query}"

        def fetch_page(cursor: str | None) -> Page[ListedPost]:
            token = f"&pagination_token={quote(cursor, safe='')}" if cursor else ""
            return parse_posts(self._get(path + token, _LIST_FIELDS).body)

        return take_posts(iterate_pages(fetch_page), limit, since=since, until=until)

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        oldest = self._session.now - PRIVATE_METRICS_AGE
        young = list(dict.fromkeys(item.post.post_id for item in listed if item.post.published_at > oldest))
        bodies = self._session.side_by_side(self._fetch_private, list(in_batches(young, BATCH)))
        return parse_snapshots(listed, bodies)

    def fetch_days(self, first: date, last: date) -> list[AccountDay]:  # noqa: ARG002  # X has no daily series
        return []

    def find_gone(self, post_ids: Sequence[str]) -> set[str]:
        batches = list(in_batches(list(dict.fromkeys(post_ids)), BATCH))
        found = self._session.side_by_side(self._find_gone, batches)
        return set().union(*found)

    def _find_gone(self, ids: Sequence[str]) -> set[str]:
        return parse_gone(self._get(f"/tweets?ids={_join(ids)}", "edit_history_tweet_ids").body, ids)

    def _fetch_private(self, ids: Sequence[str]) -> Any:
        return self._get(f"/tweets?ids={_join(ids)}", _PRIVATE_FIELDS).body

    def _get(self, path: str, fields: str) -> Answer:
        answer = self._get_in_style(path, fields)
        self._session.counts.charge(find_billed(answer.body), USD_PER_POST)
        return answer

    def _get_in_style(self, path: str, fields: str) -> Answer:
        """GET with the field names of today; if X refuses the parameter itself, with those of the renamed spec from then on."""
        if not self._renamed:
            try:
                return self._session.get(f"{path}&tweet.fields={fields}")
            except MalformedAnswerError as error:
                if "[tweet.fields]" not in error.answer:
                    raise
                self._renamed = True
        return self._session.get(f"{path}&post.fields={fields.replace('_tweet', '_post')}")


def _fetch_me(session: ApiSession) -> Profile:
    me = parse_profile(session.get(_ME).body)
    session.counts.charge([f"user {me.external_id}"], USD_PER_USER)
    return me


def _join(ids: Sequence[str]) -> str:
    return ",".join(quote(post_id, safe="") for post_id in ids)


def _between(since: datetime | None, until: datetime | None, now: datetime) -> str:
    """The parameters of a span of time, in whole seconds and never narrower than it, so that no older post is billed."""
    first = f"&start_time={_second(max(since, FIRST_POST))}" if since else ""
    is_past = until is not None and until < now - timedelta(seconds=30)  # X wants an end that is over
    return first + (f"&end_time={_second(until + timedelta(seconds=1))}" if until and is_past else "")


def _second(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# https://docs.x.com/x-api/fundamentals/response-codes-and-errors (2026-11-23)
_BY_STATUS: dict[int, tuple[type[FetchError], str]] = {
    401: (ReconnectNeededError, "X no longer accepts this login: connect the account again."),
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
    r"\bspend": "The X app has reached its spending limit: raise it in the X developer console.",
}


def classify(answer: Answer, now: datetime) -> FetchError | None:
    """X's reading of an answer."""
    if answer.status < 400:
        return None
    said = text_of(answer.body)
    if "usage-capped" in said or "UsageCapExceeded" in said:
        # A cap of the billing month, whose end is not told: one try a day (failed requests are free), never by x-rate-limit-reset.
        midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        return RateLimitedError(
            "The X app has used up its posts of this month; it tries again tomorrow.",
            retry_at=midnight,
            reach=Reach.APP,
        )
    if answer.status == 429:
        return RateLimitedError("X asks to slow down.", retry_at=reset_at(answer, now))
    if answer.status == 402:
        sentence = "The X app has no credits left: buy credits in the X developer console."
        return OperatorNeededError(sentence, pause_until=now + NO_CREDITS_PAUSE)
    if answer.status == 403:
        mark = next((mark for mark in _OPERATOR_MARKS if re.search(mark, said)), None)
        if mark:
            return OperatorNeededError(_OPERATOR_MARKS[mark])
    error, sentence = _BY_STATUS.get(answer.status, (None, ""))
    return gateway_fault(answer) or (error(sentence) if error else classify_by_status(answer, now))

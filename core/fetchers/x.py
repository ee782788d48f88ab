"""How is an X account read? API v2, checked 2026-11-23: https://docs.x.com/x-api.

The published spec renamed its fields in August 2026 (tweet to post, retweet to repost) while live answers kept the old names: both are read.
"""

import html
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import AliasChoices, AliasPath, Field

from core.domain import AccountDay, Platform, Post, PostKind, PostSnapshot, Profile
from core.errors import (
    FetchError,
    GoneError,
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    ReconnectNeededError,
)
from core.fetchers.base import (
    AnswerModel,
    ConnectableAccount,
    Counter,
    ExternalId,
    Instant,
    ListedPost,
    add_up,
    build_snapshot,
    in_batches,
    numbers_of,
    parse_answer,
    take_newest,
)
from core.fetchers.paging import Page, walk_pages
from core.fetchers.text import find_hashtags
from core.fetchers.transport import Answer, ApiSession, Transport, classify_by_status, gateway_fault
from core.metrics import Grain, Metric, Offer, Offers
from core.settings import ProviderSettings

SMALLEST_PAGE, PAGE_SIZE, BATCH = 5, 100, 100
PRIVATE_METRICS_AGE = timedelta(days=30)
DEFAULT_WAIT = timedelta(minutes=15)  # the window of every limit

COUNTERS = (Metric.IMPRESSIONS, Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.SAVES, Metric.VIDEO_VIEWS)
_SOURCES = {
    Metric.IMPRESSIONS: "public_metrics.impression_count",
    Metric.LIKES: "public_metrics.like_count",
    Metric.COMMENTS: "public_metrics.reply_count",
    Metric.SHARES: "public_metrics.retweet_count + quote_count",
    Metric.SAVES: "public_metrics.bookmark_count",
    Metric.CLICKS: "non_public_metrics.url_link_clicks (posts younger than 30 days)",
    Metric.VIDEO_VIEWS: "media.public_metrics.view_count",
    Metric.ENGAGEMENTS: "like_count + reply_count + retweet_count + quote_count + bookmark_count",
}
OFFERS: Offers = {(Grain.POST_LIFETIME, metric): Offer(source) for metric, source in _SOURCES.items()} | {
    (Grain.ACCOUNT_DAY, Metric.FOLLOWERS): Offer("public_metrics.followers_count")
}

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


class _User(AnswerModel):
    id: ExternalId
    name: str
    username: str
    profile_image_url: str | None = None
    followers: Counter | None = Field(None, validation_alias=AliasPath("public_metrics", "followers_count"))


class _Me(AnswerModel):
    data: _User


def parse_profile(body: Any) -> Profile:
    user = parse_answer(_Me, body, of="X's profile").data
    url = f"https://x.com/{quote(user.username)}"
    return Profile(user.id, user.name, user.username, url, user.profile_image_url, user.followers)


class _Problem(AnswerModel):
    """One of the `errors` beside `data`; types are compared by their end, for their host has changed."""

    type: str = ""
    about: str | None = Field(None, validation_alias=AliasChoices("resource_id", "value"))

    @property
    def is_gone(self) -> bool:
        return self.type.endswith("/resource-not-found")


class _Medium(AnswerModel):
    media_key: ExternalId
    type: str = ""
    url: str | None = None
    preview_image_url: str | None = None
    views: Counter | None = Field(None, validation_alias=AliasPath("public_metrics", "view_count"))


class _Reference(AnswerModel):
    type: str = ""


def _public(*names: str) -> Any:
    return Field(None, validation_alias=AliasChoices(*(AliasPath("public_metrics", name) for name in names)))


class _Tweet(AnswerModel):
    id: ExternalId
    text: str
    created_at: Instant
    long_text: str | None = Field(
        None, validation_alias=AliasChoices(AliasPath("note_post", "text"), AliasPath("note_tweet", "text"))
    )
    media_keys: tuple[str, ...] = Field((), validation_alias=AliasPath("attachments", "media_keys"))
    references: tuple[_Reference, ...] = Field(
        (), validation_alias=AliasChoices("referenced_posts", "referenced_tweets")
    )
    impressions: Counter | None = _public("impression_count")
    likes: Counter | None = _public("like_count")
    comments: Counter | None = _public("reply_count")
    reposts: Counter | None = _public("repost_count", "retweet_count")
    quotes: Counter | None = _public("quote_count")
    saves: Counter | None = _public("bookmark_count")

    @property
    def is_retweet(self) -> bool:
        """A retweet carries the numbers of the post it repeats."""
        return any(reference.type in {"retweeted", "reposted"} for reference in self.references)


class _Timeline(AnswerModel):
    data: tuple[_Tweet, ...] = ()
    media: tuple[_Medium, ...] = Field((), validation_alias=AliasPath("includes", "media"))
    errors: tuple[_Problem, ...] = ()
    result_count: int | None = Field(None, validation_alias=AliasPath("meta", "result_count"))
    next_token: str | None = Field(None, validation_alias=AliasPath("meta", "next_token"))


def parse_posts(body: Any) -> Page[ListedPost]:
    """A page; errors beside data never fail it, but an answer of errors alone is no empty timeline."""
    answer = parse_answer(_Timeline, body, of="X's timeline")
    if answer.result_count is None and not answer.data:
        if answer.errors:
            raise GoneError("X does not show this account's posts: it may be protected, suspended or deleted.")
        raise MalformedAnswerError("X's timeline came without data and without its count.", answer=str(body)[:2000])
    media = {medium.media_key: medium for medium in answer.media}
    return Page([_listed(tweet, media) for tweet in answer.data if not tweet.is_retweet], answer.next_token)


def _listed(tweet: _Tweet, media: dict[str, _Medium]) -> ListedPost:
    text = html.unescape(tweet.long_text or tweet.text)
    attached = [media.get(key) or _Medium(media_key=key, type=_type_of(key)) for key in tweet.media_keys]
    media_url = next((medium.url or medium.preview_image_url for medium in attached), None)
    permalink = f"https://x.com/i/status/{tweet.id}"
    post = Post(tweet.id, _kind(attached, text), tweet.created_at, text, permalink, media_url, find_hashtags(text))
    views = next((medium.views for medium in attached if medium.type == "video"), None)
    derived = {Metric.SHARES: add_up(tweet.reposts, tweet.quotes), Metric.VIDEO_VIEWS: views}
    given = numbers_of(tweet, [metric for metric in COUNTERS if metric not in derived])
    return ListedPost(post, build_snapshot(tweet.id, given | derived, OFFERS))


def _kind(attached: Sequence[_Medium], text: str) -> PostKind:
    if any(medium.type == "video" for medium in attached):
        return PostKind.VIDEO
    if attached:
        return PostKind.CAROUSEL if len(attached) > 1 else PostKind.IMAGE
    return PostKind.LINK if re.search(r"https?://", text) else PostKind.TEXT


def _type_of(media_key: str) -> str:
    """The type of a medium that was not included; its key starts with a number for it."""
    return "video" if media_key.startswith(("7_", "13_")) else "photo"


class _PrivateMetrics(AnswerModel):
    id: ExternalId
    clicks: Counter | None = Field(
        None,
        validation_alias=AliasChoices(
            AliasPath("non_public_metrics", "url_link_clicks"), AliasPath("organic_metrics", "url_link_clicks")
        ),
    )


class _Lookup(AnswerModel):
    data: tuple[_PrivateMetrics, ...] = ()
    errors: tuple[_Problem, ...] = ()


def parse_snapshots(listed: Sequence[ListedPost], bodies: Sequence[Any]) -> list[PostSnapshot]:
    """The counters of the list, with the clicks that the lookups gave; posts that are gone are left out."""
    answers = [parse_answer(_Lookup, body, of="X's private metrics") for body in bodies]
    if any(not answer.data and not answer.errors for answer in answers):
        raise MalformedAnswerError("X's private metrics came without data and without errors.")
    clicks = {post.id: post.clicks for answer in answers for post in answer.data}
    gone = {problem.about for answer in answers for problem in answer.errors if problem.is_gone}
    return [
        _with_clicks(item.counters, clicks.get(item.post.post_id)) for item in listed if item.post.post_id not in gone
    ]


def _with_clicks(counters: PostSnapshot, clicks: int | None) -> PostSnapshot:
    return build_snapshot(counters.post_id, numbers_of(counters, COUNTERS) | {Metric.CLICKS: clicks}, OFFERS)


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

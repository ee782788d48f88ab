"""What do X's answers say? Their shapes in the old and the renamed style, and the metrics in them, checked 2026-11-23."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import AliasChoices, AliasPath, Field

from core.domain import Post, PostKind, PostSnapshot, Profile
from core.errors import GoneError, MalformedAnswerError
from core.fetchers.answers import (
    AnswerModel,
    Counter,
    ExternalId,
    Instant,
    add_up,
    build_snapshot,
    numbers_of,
    parse_answer,
)
from core.fetchers.base import ListedPost
from core.fetchers.dialect import quote_answer
from core.fetchers.paging import Page
from core.fetchers.text import find_hashtags
from core.metrics import Grain, Metric, Offer, Offers

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


class _Version(AnswerModel):
    """One version of a post: each edit makes a new one with an id of its own, and the newest is the post."""

    id: ExternalId
    history: tuple[ExternalId, ...] = Field(
        (), validation_alias=AliasChoices("edit_history_post_ids", "edit_history_tweet_ids")
    )

    @property
    def is_outdated(self) -> bool:
        return bool(self.history) and self.history[-1] != self.id


class _Tweet(_Version):
    text: str
    created_at: Instant
    long_text: str | None = Field(
        None, validation_alias=AliasChoices(AliasPath("note_post", "text"), AliasPath("note_tweet", "text"))
    )
    media_keys: tuple[ExternalId, ...] = Field((), validation_alias=AliasPath("attachments", "media_keys"))
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
        raise MalformedAnswerError("X's timeline came without data and without its count.", answer=quote_answer(body))
    media = {medium.media_key: medium for medium in answer.media}
    posts = [tweet for tweet in answer.data if not (tweet.is_retweet or tweet.is_outdated)]
    return Page([_listed(tweet, media) for tweet in posts], answer.next_token)


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


class _Versions(AnswerModel):
    data: tuple[_Version, ...] = ()
    errors: tuple[_Problem, ...] = ()


def parse_gone(body: Any, ids: Iterable[str]) -> set[str]:
    """Which of the posts looked up are deleted, or replaced by an edit. One that we are not authorized to see is not gone."""
    answer = parse_answer(_Versions, body, of="X's lookup of posts")
    if not answer.data and not answer.errors:
        raise MalformedAnswerError("X's lookup of posts came without data and without errors.")
    gone = {problem.about for problem in answer.errors if problem.is_gone}
    return set(ids) & (gone | {post.id for post in answer.data if post.is_outdated})


def find_billed(body: Any) -> set[str]:
    """Every post in an answer: X bills what it returns, retweets and old versions too."""
    found = body.get("data") if isinstance(body, dict) else None
    ids = [post.get("id") for post in (found if isinstance(found, list) else ()) if isinstance(post, dict)]
    return {f"post {post_id}" for post_id in ids if isinstance(post_id, str | int)}

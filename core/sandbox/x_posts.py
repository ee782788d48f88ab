"""What do X's posts and media look like? Their JSON, holding only the fields that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from core.domain import PostKind, PostSnapshot
from core.sandbox.chance import Chance
from core.sandbox.world import WorldPost

PRIVATE_FIELDS = ("non_public_metrics", "organic_metrics")
_PRIVATE_FOR = timedelta(days=30)
_SHORT_TEXT = 280
_PROBLEMS = "https://api.twitter.com/2/problems"
_MOVING = (PostKind.VIDEO, PostKind.REEL)
_STILL = (PostKind.IMAGE, PostKind.CAROUSEL, PostKind.STORY)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which fields and expansions a request wants."""

    tweet_fields: frozenset[str]
    media_fields: frozenset[str]
    expansions: frozenset[str]


def answer_of(posts: Sequence[WorldPost], asked: Asked, *, now: datetime, limited: bool) -> dict[str, Any]:
    """`data`, `includes` and `errors` of these posts; a key without content is absent."""
    seen = [(post, post.counters(now)) for post in posts]
    errors = [
        field_refused(post.post_id, field)
        for post in posts
        for field in PRIVATE_FIELDS
        if field in asked.tweet_fields and limited and now - post.published_at > _PRIVATE_FOR
    ]
    refused = {error["resource_id"] for error in errors}
    answer: dict[str, Any] = {}
    if seen:
        answer["data"] = [_post(post, counters, asked, post.post_id not in refused) for post, counters in seen]
    if "attachments.media_keys" in asked.expansions:
        media = [_media(post, counters, asked) for post, counters in seen if _media_key(post)]
        answer |= {"includes": {"media": media}} if media else {}
    return answer | ({"errors": errors} if errors else {})


def _post(post: WorldPost, counters: PostSnapshot, asked: Asked, may_see_private: bool) -> dict[str, Any]:
    text = escape(post.text or "", quote=False)
    described: dict[str, Any] = {
        "id": post.post_id,
        "text": text if len(text) <= _SHORT_TEXT else text[: _SHORT_TEXT - 1] + "…",
        "edit_history_tweet_ids": _versions(post),
    }
    optional = {
        "created_at": iso(post.published_at),
        "conversation_id": post.post_id,
        "lang": "en",
        "public_metrics": _public(counters),
        "note_tweet": {"text": text} if len(text) > _SHORT_TEXT else None,
        "attachments": {"media_keys": [key]} if (key := _media_key(post)) else None,
    }
    if may_see_private:
        optional |= {field: _private(counters)[field] or None for field in PRIVATE_FIELDS}
    wanted = asked.tweet_fields | ({"attachments"} if "attachments.media_keys" in asked.expansions else set())
    return described | {name: value for name, value in optional.items() if name in wanted and value is not None}


def _versions(post: WorldPost) -> list[str]:
    """The ids of a post's versions, the newest last: every edit makes a new one."""
    earlier = [str(int(post.post_id) - 1)] if post.edited_at else []
    return [*earlier, post.post_id]


def _public(counters: PostSnapshot) -> dict[str, int]:
    reposts, quotes = _split_shares(counters)
    return known(
        {
            "retweet_count": reposts,
            "reply_count": counters.comments,
            "like_count": counters.likes,
            "quote_count": quotes,
            "bookmark_count": counters.saves,
            "impression_count": counters.impressions,
        }
    )


def _split_shares(counters: PostSnapshot) -> tuple[int | None, int | None]:
    """Reposts and quotes; of a replayed post, whose engagements nobody counted, all shares are reposts."""
    if counters.shares is None:
        return None, None
    quoted = 0.0 if counters.engagements is None else Chance(counters.post_id, "quotes").between(0.05, 0.3)
    quotes = int(counters.shares * quoted)
    return counters.shares - quotes, quotes


def _private(counters: PostSnapshot) -> dict[str, dict[str, int]]:
    visits = None if counters.engagements is None else (counters.impressions or 0) // 180
    engagements = None if visits is None else visits + (counters.engagements or 0)
    reposts, _ = _split_shares(counters)
    shared = {
        "impression_count": counters.impressions,
        "url_link_clicks": counters.clicks,
        "user_profile_clicks": visits,
    }
    organic = {"like_count": counters.likes, "reply_count": counters.comments, "retweet_count": reposts}
    return {
        "non_public_metrics": known({**shared, "engagements": engagements}),
        "organic_metrics": known({**shared, **organic}) if visits is not None else {},
    }


def known(counts: dict[str, int | None]) -> dict[str, int]:
    """The counts without those that the source does not give."""
    return {name: value for name, value in counts.items() if value is not None}


def _media_key(post: WorldPost) -> str | None:
    if post.kind in _MOVING:
        return f"13_{post.post_id}"
    return f"3_{post.post_id}" if post.kind in _STILL else None


def _media(post: WorldPost, counters: PostSnapshot, asked: Asked) -> dict[str, Any]:
    described: dict[str, Any] = {"media_key": _media_key(post), "type": "video" if post.kind in _MOVING else "photo"}
    picture = f"https://pbs.twimg.example/media/{post.post_id}.jpg"
    if post.kind in _MOVING:
        views = None if counters.video_views is None else {"view_count": counters.video_views}
        optional: dict[str, Any] = {"duration_ms": 31_000, "preview_image_url": picture, "public_metrics": views}
    else:
        optional = {"url": picture}
    return described | {n: value for n, value in optional.items() if n in asked.media_fields and value is not None}


def field_refused(post_id: str, field: str) -> dict[str, str]:
    return {
        "resource_id": post_id,
        "field": field,
        "parameter": "tweet.fields",
        "resource_type": "tweet",
        "section": "data",
        "title": "Field Authorization Error",
        "detail": f"Sorry, you are not authorized to access '{field}' on the Tweet with ids : [{post_id}].",
        "type": f"{_PROBLEMS}/not-authorized-for-field",
    }


def not_found(post_id: str) -> dict[str, str]:
    return {
        "value": post_id,
        "resource_id": post_id,
        "parameter": "ids",
        "resource_type": "tweet",
        "title": "Not Found Error",
        "detail": f"Could not find tweet with ids: [{post_id}].",
        "type": f"{_PROBLEMS}/resource-not-found",
    }


def not_authorized(post_id: str) -> dict[str, str]:
    return not_found(post_id) | {
        "section": "data",
        "title": "Authorization Error",
        "detail": f"Sorry, you are not authorized to see the Tweet with ids: [{post_id}].",
        "type": f"{_PROBLEMS}/not-authorized-for-resource",
    }


def iso(moment: datetime) -> str:
    """X's instants: milliseconds and Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

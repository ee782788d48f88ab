"""How do the pages about posts and about one business say it? Labels, explanations and sentences."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pandas as pd

from core.analytics.periods import Period
from core.domain import Platform, PostKind
from core.metrics import CATALOG, Metric, Offer
from core.ui import text
from core.warehouse.post_queries import LEAST_USUAL, USUAL_DAYS, PostOrder
from core.warehouse.post_rates import FOLLOWERS_MAY_BE_OLD

KINDS: dict[PostKind, str] = {
    PostKind.TEXT: "Text",
    PostKind.IMAGE: "Image",
    PostKind.VIDEO: "Video",
    PostKind.CAROUSEL: "Carousel",
    PostKind.LINK: "Link",
    PostKind.REEL: "Reel",
    PostKind.STORY: "Story",
    PostKind.OTHER: "Other",
}

ORDERS: dict[PostOrder, str] = {
    PostOrder.NEWEST: "Newest first",
    PostOrder.RATE: "Highest rate",
    PostOrder.AGAINST_USUAL: "Most above usual",
    PostOrder.LEAST_AGAINST_USUAL: "Most below usual",
    PostOrder.IMPRESSIONS: "Most impressions",
    PostOrder.ENGAGEMENTS: "Most engagements",
    PostOrder.COMMENTS: "Most comments",
    PostOrder.CLICKS: "Most clicks",
}

LIFETIME = "Lifetime so far"
RATE = (
    "Engagements of the post ÷ what its business has chosen: its impressions, its reach, or the followers of its account on the"
    f" day it was published (or seen last, up to {FOLLOWERS_MAY_BE_OLD} days before). Unknown where one of them is, or nobody has seen the post yet."
)
MEDIAN_RATE = (
    "The middle one of the posts' own rates (engagements ÷ what the business has chosen): half of the posts did better."
)
AGAINST_USUAL = (
    f"The post's rate ÷ the median rate of its account's posts of the same kind, published in the {USUAL_DAYS} days"
    f" to the end of the period. 2.0 × is twice the usual. Only where at least {LEAST_USUAL} such posts have a rate."
)
PUBLISHED = "The wall clock of the post's business."
GONE = "Taken down on the platform; its last known numbers stay."
NO_POST_FITS = "No post fits: choose a longer period, or clear the search and the filters."
UNKNOWN_POST = "There is no such post among the connected accounts. It may belong to an account that was disconnected."
CHOOSE_A_BUSINESS = "This page looks at one business: choose it above, or here."
OF_ACCOUNTS = "Accounts, in the period: what their pages and profiles counted on its days"
AS_OF = "The newest day with numbers, in the platform's own zone; for a platform without daily numbers, the day of the last look."
NO_POSTS = "No post was published in this period."
NONE_STANDS_OUT = f"No post can be compared yet: it takes {LEAST_USUAL} posts of a kind with a rate in {USUAL_DAYS} days, and posts older than two days."
NO_TEXT = "No text is known of this post."
POST_LINK_GONE = "The platform gave no link to this post."


def explanation(metric: Metric) -> str:
    """A counter of a post, in a sentence."""
    return f"{CATALOG[metric].definition} {LIFETIME}."


def kind(word: str) -> str:
    return KINDS.get(PostKind(word), word) if word in set(PostKind) else word


def of_posts(known: int, posts: int) -> str:
    """What a sum over posts is made of: all 12 posts, or 10 of 12 posts."""
    return f"All {text.count(posts, 'post')}" if known == posts else f"{known:,} of {text.count(posts, 'post')}"


def standing_out(compared: int) -> str:
    """What the lists of best and worst posts are taken from."""
    return f"Of {text.count(compared, 'post')} that can be compared and are older than two days. {AGAINST_USUAL}"


def without_share(silent: list[Platform], label: str) -> str:
    """Which platforms have no part in a bar."""
    names = text.listed([text.PLATFORMS[platform] for platform in silent])
    return f"{label}: without {names}, which {'gives' if len(silent) == 1 else 'give'} none per day for an account."


def shown_of(shown: int, posts: int) -> str:
    """That a table does not hold all."""
    return f"The first {shown:,} of {posts:,} posts in this order: narrow the search to see others."


def times(ratio: float | None) -> str:
    return text.MISSING if ratio is None else f"{ratio:.1f} ×"


def posts_of(period: Period) -> str:
    """Which numbers a page about posts shows."""
    return f"Posts published {text.period(period)}, with their numbers of the lifetime so far"


def dashes(lacking: Mapping[str, list[str]]) -> str:
    """What a dash means; `lacking`: by the platforms that do not give them, the counters of a post."""
    said = "; ".join(
        f"{who} {'give' if ' and ' in who else 'gives'} no {text.listed(them)}" for who, them in lacking.items()
    )
    return f"{text.MISSING} is not known, which is not zero." + (f" Of a post, {said}." if said else "")


def published(local: datetime, zone: str) -> str:
    """Published Mon 23 Nov 2026, 14:05 (Europe/Berlin)."""
    return f"Published {text.day(local.date())} {local.year}, {local:%H:%M} ({zone})"


def changed(at: datetime, zone: str) -> str:
    """Since when the numbers are what they are."""
    if pd.isna(at):
        return "No number of this post is known."
    local = at.replace(tzinfo=UTC).astimezone(text.zone_info(zone))
    return f"{LIFETIME}. They last changed on {text.day(local.date())} {local.year}, {local:%H:%M}."


def state_of(value: float | None, offer: Offer | None, platform: str) -> str:
    """Where a number comes from, or why there is none."""
    if offer is None:
        return f"Not offered by {platform}" if value is None else "Imported"
    return "Not known" if value is None else f"From {offer.source}"


def against(usual: tuple[float | None, int], rate: float | None) -> str:
    """A rate beside what is usual: the account's median for the kind, and of how many posts."""
    median, posts = usual
    if posts < LEAST_USUAL or median is None:
        return f"No usual rate yet: {text.count(posts, 'post')} of this kind in {USUAL_DAYS} days"
    beside = f"{times(rate / median)} the usual" if rate is not None and median else "The usual is"
    return f"{beside} {text.percent(median)} ({text.count(posts, 'post')})"


def no_curve(label: str) -> str:
    return f"{label}: nothing is known of this post, so there is no curve."


def beside(typical: pd.DataFrame, kind_word: str | None, least: int) -> str:
    """What the grey curve is made of."""
    if typical.empty:
        return (
            f"No typical curve yet: it needs {least} of the account's posts that were looked at when they were as old."
        )
    of = f"{kind(kind_word).lower()} posts" if kind_word else "posts of all kinds (too few are of this one)"
    fewest, most = int(typical["posts"].min()), int(typical["posts"].max())
    many = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return (
        f"Grey: the account's other {of} at the same age, of {USUAL_DAYS} days before and after; the median and the middle half"
        f" of {many} posts. A post counts at an age where it was looked at by then, at half that age or later."
    )


def first_seen(age_h: float) -> str:
    """How early the curve begins."""
    if age_h < 48:
        return f"First looked at {age_h:.0f} h after it was published."
    return f"First looked at {age_h / 24:.0f} days after it was published: how it began is not known."

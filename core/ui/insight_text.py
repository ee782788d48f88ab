"""How do the pages about posts, content and audience say it? Labels, explanations and sentences of the insights."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import pandas as pd

from core.analytics.comparing import Per
from core.analytics.content import LEAST_COMPARED
from core.analytics.coverage import DayState, GapReason
from core.analytics.kpis import Measure
from core.analytics.periods import Period
from core.analytics.timing import LEAST_POSTS, WEIGHT_OF_MEAN, Cell
from core.domain import Platform, PostKind
from core.metrics import CATALOG, Metric, Offer
from core.ui import text
from core.warehouse.post_queries import LEAST_USUAL, USUAL_DAYS, PostOrder

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
    "Engagements ÷ impressions of the post, both since it was published."
    " Unknown where one of them is, or nobody has seen the post yet."
)
MEDIAN_RATE = "The middle one of the posts' own rates (engagements ÷ impressions): half of the posts did better."
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
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RATED = "Posts with a rate: engagements and impressions are both known, and somebody has seen them."
AGAINST_ACCOUNT = (
    "The median of the posts' rates, each ÷ the median rate of its own account in this period."
    " It says what the median rate cannot where the accounts differ."
)
AGAINST_ACCOUNT_NOTE = "Rates differ by platform: where several accounts are in scope, read the last column, which holds each post against its own account."
NO_HASHTAGS = "No hashtag in the posts of this period."
NO_TEXTS = "No text is known of the posts of this period."
RATE_WITHOUT = "The median rate of the posts without the hashtag, of the accounts that have used it in this period."
LIFT = (
    "Posts with it ÷ posts without it, each post held against its own account first."
    f" Only where {LEAST_COMPARED} posts on either side have a rate. It says what went together, not what was the cause."
)
HASHTAG_NOTE = "Posts whose text is not known (any more) are on neither side."
LENGTH_NOTE = "Characters as written, hashtags and links included. Posts whose text is not known are left out."
NO_RATES = "No post of this account has a rate in these days: choose another account or a longer time."
ALONE_NOTE = (
    f"No bar below {LEAST_POSTS} posts with a rate. These medians are as they are, not pulled towards the mean."
)
NOT_FROM_ZERO = "The axis does not begin at zero."
NO_FOLLOWERS = "The followers of no account are known in this period."
NET_NOTE = "A bar needs the followers of that day and of the day before, of every account of the platform."
GAINS_NOTE = "As the platforms count them themselves: LinkedIn gives gains less losses as one number, Instagram and X give neither."
NO_GAINS = "No account in scope is given gains or losses by its platform."
FIRST_DAY = (
    "The first day of which the followers are known. Before the connection: filled in afterwards by the platform."
)
NET_OF_ACCOUNT = "Followers at the end of the period less those at its beginning, where both are known."
DAYS_KNOWN = "Days of the period of which the followers are known."
EVENTS = {"retired": "no longer given", "returned": "given again", "redefined": "counted otherwise"}
WHY_NOT_ALL_NET = "of the others one end is not known"
STATES: dict[DayState, str] = {
    DayState.KNOWN: "Known",
    DayState.LATE: "Late",
    DayState.GAP: "Gap",
    DayState.RETIRED: "Retired",
    DayState.NOT_OFFERED: "Not offered",
}
STATE_SIGNS = {
    DayState.KNOWN: "",
    DayState.LATE: "…",
    DayState.GAP: "×",
    DayState.RETIRED: "R",
    DayState.NOT_OFFERED: "",
}
STATE_COLORS: dict[DayState, Literal["blue", "orange", "red", "violet", "gray"]] = {
    DayState.KNOWN: "blue",
    DayState.LATE: "orange",
    DayState.GAP: "red",
    DayState.RETIRED: "violet",
    DayState.NOT_OFFERED: "gray",
}
STATE_HELP = {
    DayState.KNOWN: "There is a number, which may be zero.",
    DayState.LATE: "Within the platform's lag: it may still come.",
    DayState.GAP: "There is no number where one could be.",
    DayState.RETIRED: "The platform does not give this metric any more.",
    DayState.NOT_OFFERED: "The platform does not give this metric per day for an account.",
}
GAP_REASONS = {
    GapReason.NOT_CONNECTED: "Before the account was connected, and not filled in from the platform's history.",
    GapReason.NOT_ASKED: "No sync asked for these days: none ran, or they failed.",
    GapReason.NOT_GIVEN: "A sync asked, and the platform gave no number.",
}
PER: dict[Per, str] = {
    Per.ITSELF: "As they are",
    Per.THOUSAND_FOLLOWERS: "Per 1,000 followers",
    Per.POST: "Per post",
}
COUNTED = "How many of the accounts the number is made of."
COMPARE_NOTE = "A number that leaves accounts out says so beside it. Engagement rate and followers are never divided."
METRICS_INTRO = (
    "Every number on these pages, with the field it comes from. A dash on a page is one of four things: not offered by the platform,"
    " late (inside its lag), a gap (not connected, or a sync failed), or retired. It is never a zero."
)
MAY_BE_ADDED = "Whether the days of a period may be added up. People may not: who comes twice would count twice."
DERIVED = {
    "Median rate": MEDIAN_RATE,
    "Against usual": AGAINST_USUAL,
    "Against account": AGAINST_ACCOUNT,
    "Lift": LIFT,
}
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


def shares_of(counted: int, posts: int) -> str:
    """Of which posts both shares are."""
    return f"Both shares are of {of_posts(counted, posts).lower()}, those whose engagements are known."


def length(end: int | None, ends: Sequence[int]) -> str:
    """81 to 160, or over 600."""
    if end is None:
        return f"over {ends[-1]}"
    place = list(ends).index(end)
    return f"{ends[place - 1] + 1 if place else 1} to {end}"


def timing(period: Period, zone: str, posts: int, rated: int) -> str:
    """What the hours are counted on."""
    return (
        f"{text.count(posts, 'post')} published {text.period(period)}, {rated:,} of them with a rate. Hours in {zone}."
    )


def best_hours(best: Sequence[Cell]) -> str:
    """The best hours in a sentence, or why none can be told."""
    if not best:
        return (
            f"**No hour of the week has {LEAST_POSTS} posts with a rate yet.** The weekday and the hour alone say more."
        )
    told = [f"**{_hour(cell)}** ({text.percent(cell.rate)}, {text.count(cell.posts, 'post')})" for cell in best]
    return f"Best so far: {text.listed(told)}"


def grid_in_words(best: Sequence[Cell]) -> str:
    """For those who do not see the grid."""
    if not best:
        return "Posts by weekday and hour; no hour has enough of them for a rate"
    return f"Median engagement rate by weekday and hour; best at {text.listed([_hour(cell) for cell in best])}"


def grid_note(mean: float | None) -> str:
    """How the grid is to be read."""
    return (
        f"The number is that of the posts. Grey: fewer than {LEAST_POSTS} with a rate. The darker the stronger, after each median"
        f" was pulled towards the account's mean ({text.percent(mean)}) as if {WEIGHT_OF_MEAN} more posts had it."
    )


def _hour(cell: Cell) -> str:
    return f"{WEEKDAYS[(cell.weekday or 1) - 1]} {cell.hour or 0:02d}:00"


def connected(names: Sequence[str]) -> str:
    """Which accounts were connected on a day."""
    return f"{text.listed(list(names))} connected"


def event(platform: str, word: str) -> str:
    """What happened to a metric on a day: retired, returned, redefined."""
    return f"{platform}: {EVENTS.get(word, word)}"


def offer(one: Offer | None) -> str:
    """Where a platform takes a metric from, and how late."""
    if one is None:
        return "Not offered"
    late = f" · up to {text.count(one.lag_days, 'day')} late" if one.lag_days else ""
    since = f" · since {text.day(one.first_day)} {one.first_day.year}" if one.first_day else ""
    until = f" · until {text.day(one.last_day)} {one.last_day.year}" if one.last_day else ""
    return f"{one.source}{late}{since}{until}"


def day_zones(zones: Mapping[str, str]) -> str:
    """A platform's own day is never cut anew."""
    told = text.listed([f"{name} in {zone}" for name, zone in zones.items()])
    return f"Days are the platforms' own and are never cut anew: {told}. Posts are put on the days of their business's zone."


def most_holes(shown: int, accounts: int) -> str:
    return f"The {shown} accounts with the most gaps, of {accounts:,}: choose a business to see its own."


def no_gaps(label: str) -> str:
    return f"{label}: no gap in this period."


def measure_per(measure: Measure, per: Per, divided: Sequence[Measure]) -> str:
    """Impressions, or Impressions per post."""
    return text.MEASURES[measure] + (f" {PER[per].lower()}" if measure in divided else "")


def per_note(per: Per, divided: Sequence[Measure]) -> str:
    """What is divided by what."""
    if per is Per.ITSELF:
        return "Numbers as they are: larger brands come first."
    by = (
        "the followers at the end of the period"
        if per is Per.THOUSAND_FOLLOWERS
        else "the posts published in the period"
    )
    names = text.listed([text.MEASURES[measure].lower() for measure in divided])
    return f"Divided by {by}, of the accounts that have both: {names}."


def not_drawn(unknown: int, over: int) -> str:
    """Who has no bar."""
    lacks = [f"{unknown:,} without a known number"] * (unknown > 0) + [f"{over:,} smaller ones"] * (over > 0)
    return f"Not drawn: {text.listed(lacks)}."


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

"""How do the pages about content and timing say it?"""

from collections.abc import Sequence

from core.analytics.content import LEAST_COMPARED
from core.analytics.periods import Period
from core.analytics.timing import LEAST_POSTS, WEIGHT_OF_MEAN, Cell
from core.ui import insight_text, rate_text, text
from core.warehouse.post_queries import AccountSpan

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

RATED = "Posts with a rate: engagements and what they are a share of are both known, and the latter is not zero."

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


def shares_of(counted: int, posts: int) -> str:
    """Of which posts both shares are."""
    return f"Both shares are of {insight_text.of_posts(counted, posts).lower()}, those whose engagements are known."


def length(end: int | None, ends: Sequence[int]) -> str:
    """81 to 160, or over 600."""
    if end is None:
        return f"over {ends[-1]}"
    place = list(ends).index(end)
    return f"{ends[place - 1] + 1 if place else 1} to {end}"


def timing(period: Period, span: AccountSpan, posts: int, rated: int) -> str:
    """What the hours are counted on."""
    return (
        f"{text.count(posts, 'post')} published {text.period(period)}, {rated:,} of them with a rate ({rate_text.by(span.base)})."
        f" Hours in {span.zone}."
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

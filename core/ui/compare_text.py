"""How does the page of brands side by side say it? Divisors, reasons, and what a number is counted on."""

from collections.abc import Mapping

from core.analytics.comparison import LEAST_SHARE
from core.analytics.kpis import Measure
from core.analytics.periods import Period
from core.analytics.side_by_side import Cell, Lack, Per, Row
from core.metrics import CATALOG, Metric
from core.ui import text

PER: dict[Per, str] = {
    Per.ITSELF: "As they are",
    Per.THOUSAND_FOLLOWERS: "Per 1,000 followers",
    Per.POST: "Per post",
}

SIDES = "Side by side"
MOST_SIDES = "The first {count}, unless chosen"
ACCOUNTS = "Accounts, in the period"
POSTS = "Posts, with their lifetime so far"
NOT_PER_POST = (
    "The numbers of accounts are not divided by posts: what a page counts on its days comes from older posts, too."
    " Per post are the numbers of the posts themselves."
)
MEDIAN_RATE = "Median rate of the posts"
HOW = (
    "Like with like: a number of days is counted on those days alone that every side knows and that are final."
    f" A side that knows less than {LEAST_SHARE:.0%} of the days is not compared, and says so; the others go on without it."
)
STEP_NOTE = "From the beginning to the end of the period."
DAYS_KNOWN = "On how many days of the period the side knows the number, and it is final."
DAYS_COMPARED = "On how many days the number is counted: those that all sides know."
POSTS_KNOWN = "Of how many of the posts the number is known."
TABLE = "What the numbers are made of"

_LACKS: Mapping[Lack, str] = {
    Lack.NOT_OFFERED: "not offered",
    Lack.TOO_FEW_IN_COMMON: "too few days in common",
    Lack.NO_FOLLOWERS: "followers not known",
    Lack.NO_POSTS: "no posts",
    Lack.NOTHING_TO_DIVIDE_BY: "nothing was seen",
}


def title(label: str, per: Per) -> str:
    """Impressions, or Impressions per 1,000 followers."""
    return label if per is Per.ITSELF else f"{label} {PER[per][0].lower()}{PER[per][1:]}"


def post_label(metric: Metric) -> str:
    return f"{CATALOG[metric].label} of the posts"


def value(amount: float, *, is_rate: bool, is_divided: bool, is_step: bool) -> str:
    """12.3K, 4.0 %, +120; a quotient keeps a decimal where it is small."""
    if is_rate:
        return text.percent(amount)
    words = f"{amount:,.1f}" if is_divided and abs(amount) < 1000 else text.number(amount)
    return f"+{words}" if is_step and amount > 0 else words


def lack(cell: Cell, row: Row) -> str:
    """Why there is no number."""
    if cell.lack is Lack.TOO_FEW_DAYS:
        return f"{cell.days_known or 0} of {row.of} days known"
    if cell.lack is Lack.NO_LEVEL:
        return f"known of {cell.counted} of {text.count(cell.shown, 'account')}"
    if cell.lack is Lack.TOO_FEW_POSTS:
        return f"{cell.posts_known or 0} of {text.count(cell.posts or 0, 'post')} known"
    return _LACKS[cell.lack] if cell.lack else ""


def made_of(cell: Cell) -> str:
    """What has to be known beside a number: accounts and posts that it leaves out."""
    accounts = [f"{cell.counted} of {text.count(cell.shown, 'account')}"] * (cell.counted < cell.shown)
    known, posts = cell.posts_known or 0, cell.posts or 0
    lacking = [f"{known:,} of {text.count(posts, 'post')}"] * (known < posts)
    return ", ".join([*accounts, *lacking])


def counted_on(row: Row) -> str:
    """On which days the bars are counted."""
    if row.days is None:
        return "At the end of the period."
    if not row.days:
        return "No comparison: too few days are known."
    if row.days == row.of:
        return f"Counted on all {text.count(row.of, 'day')}."
    return f"Counted on the {row.days} of {text.count(row.of, 'day')} that all of them know."


def posts_of(common: Period | None, asked: Period) -> str:
    """Which posts are compared."""
    if common is None:
        return f"The posts of {text.period(asked)} are not known well enough to be compared."
    return f"Posts published {text.period(common)}, with their numbers of the lifetime so far"


def alt(name: str, period: Period) -> str:
    return f"{name} side by side, {text.period(period)}"


def label(measure: Measure) -> str:
    return text.MEASURES[measure]

"""How is it said what counts as engagement, and what a rate is a share of?"""

from collections.abc import Collection, Iterable, Sequence

from core.analytics.engagement import agree_on_rates, has_daily_mean
from core.analytics.kpis import GroupNumbers
from core.domain import EngagementRule, RateBase
from core.ui import text

FACEBOOK_COUNTS_CLICKS = "Facebook's own count includes clicks."
"""Its engagements of an account's day are Meta's page_post_engagements, which are more than what a post's add up to."""

RATE_OF_ACCOUNTS = (
    "Engagements ÷ what the business has chosen. By impressions: both added up over those account days of which both are known."
    " By reach or by followers, whose days cannot be added up: the mean of the account days' own rates, each day by the reach or"
    " the followers of that very day; a day without them has none."
)

_BREAK = "  \n"

CLICKS_OF_POSTS = "With the clicks, where the platform offers them: a post whose clicks are not known is not counted."

COUNTED = "How many of the accounts the impressions come from, and the rate where it is of others."

RULES = "How engagement is counted"

ENGAGEMENTS = "Reactions, comments, shares and saves"

RATE_IS = "What the business has chosen to count: the base of its rate, and whether clicks are engagements."


def by(base: RateBase) -> str:
    """By reach."""
    return f"by {text.RATE_BASES[base].lower()}"


def label(words: str, rules: Collection[EngagementRule]) -> str:
    """Rate by reach, where one base holds for all; else the words alone."""
    bases = {rule.base for rule in rules}
    return f"{words} {by(*bases)}" if len(bases) == 1 else words


def rule(one: EngagementRule) -> str:
    """By reach, with clicks."""
    return by(one.base) + (", with clicks" if one.counts_clicks else "")


def counts(one: EngagementRule) -> str:
    """What counts as engagement: Reactions, comments, shares and saves, with clicks."""
    return f"{ENGAGEMENTS}, {'with' if one.counts_clicks else 'without'} clicks"


def of_days(rules: Collection[EngagementRule]) -> str:
    """On a card of accounts: By reach, the mean of the days."""
    if not agree_on_rates(rules):
        return ""
    (one,) = set(rules)
    return by(one.base).capitalize() + (": the mean of the account days" if has_daily_mean(one.base) else "")


def of_post(base: RateBase) -> str:
    """On the card of a post: By followers, when it was published."""
    return by(base).capitalize() + (" when it was published" if base is RateBase.FOLLOWERS else "")


def clicks_of_post(said: str, *, is_known: bool, are_clicks_known: bool) -> str:
    """Where a post's engagements come from where the clicks are part of them."""
    if is_known:
        return f"{said}, and the clicks"
    return said if are_clicks_known else f"{said}: the clicks are part of it, and they are not known"


def no_total(rules: Iterable[EngagementRule]) -> str:
    """Why businesses make no number together."""
    told = sorted({rule(one) for one in rules})
    return f"No number for all: the businesses count differently ({'; '.join(told)}). Choose one of them"


NOT_ALIKE = "The bars are not alike: each is counted as its own business has chosen."

NO_SUM = "No sum for all: some businesses count clicks as engagement, others do not. Choose one of them"


def with_clicks(added: Sequence[str], lacking: Sequence[str]) -> str:
    """Whose clicks are part of the engagements of a business that counts them."""
    gives = f"{text.listed(list(lacking))} {'gives' if len(lacking) == 1 else 'give'} none" if lacking else ""
    if added:
        return f"With the clicks of {text.listed(list(added))}" + (f"; {gives}." if gives else ".")
    return f"Without clicks: {gives}." if gives else ""


def counted(numbers: GroupNumbers) -> str:
    """3 of 4, or 3 of 4, rate: 1 of 4 where the rate is of fewer."""
    rated = "" if numbers.rated == numbers.counted else f", rate: {numbers.rated} of {numbers.shown}"
    return f"{numbers.counted} of {numbers.shown}{rated}"


def lines(told: Iterable[str]) -> str:
    """For Markdown, each on a line of its own; without the empty ones."""
    return _BREAK.join(one for one in told if one)

"""How is a drop below the normal range said?"""

from core.analytics.drops import LEAST_WINDOWS, WEEKS, Drop
from core.analytics.periods import Period
from core.ui import text

BADGE = "Below its usual range"

HELP = (
    f"The newest week, or else the newest day, whose numbers are final, against the same days of the {WEEKS} weeks before: it is"
    f" below their 5th percentile. Only where at least {LEAST_WINDOWS} of them are wholly known."
)


def sentence(drop: Drop) -> str:
    """Impressions of the 7 days to Mon 23 Nov: 700. Usually 1,400 to 2,100 (…)."""
    one = drop.normal
    some = f", of {one.accounts} of {text.count(drop.shown, 'account')}" if one.accounts < drop.shown else ""
    return (
        f"{text.MEASURES[drop.measure]} {_window(drop.window)}{some}: {text.number(one.value)}."
        f" Usually {text.number(one.low)} to {text.number(one.high)}"
        f" (5th to 95th percentile of {one.windows} {_such(drop.window)} before)."
    )


def more(businesses: int) -> str:
    """How many have no card."""
    return f"And {text.count(businesses, 'more business')} below the usual range: choose one above to see it."


def _window(of: Period) -> str:
    return f"on {text.day(of.last)}" if of.days == 1 else f"in the {of.days} days to {text.day(of.last)}"


def _such(of: Period) -> str:
    return f"{of.last:%A}s" if of.days == 1 else "such weeks"

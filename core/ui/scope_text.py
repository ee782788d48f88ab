"""How do the period, what it is compared with, and links that cannot be followed say it?"""

from collections.abc import Sequence
from datetime import date

from core.analytics.periods import Period
from core.analytics.presets import Against, Preset
from core.ui import text

PRESETS: dict[Preset, str] = {
    Preset.DAYS_7: "7 days",
    Preset.DAYS_28: "28 days",
    Preset.DAYS_30: "30 days",
    Preset.DAYS_90: "90 days",
    Preset.THIS_MONTH: "This month",
    Preset.LAST_MONTH: "Last month",
    Preset.THIS_QUARTER: "This quarter",
    Preset.THIS_YEAR: "This year",
    Preset.FREE: "Custom range",
}

AGAINST: dict[Against, str] = {
    Against.PREVIOUS: "Previous period",
    Against.LAST_YEAR: "Same period last year",
    Against.NOTHING: "Nothing",
}
AGAINST_NOTHING = AGAINST[Against.NOTHING]

CHOOSE_DAYS = "Choose the first and the last day: until then the 30 days to yesterday are shown."
CHOOSE_LAST_DAY = "Choose the last day too: until then the first one alone is shown."
NO_WHOLE_DAY = "No day of the chosen range is over yet: the 30 days to yesterday are shown instead."
DATES_INSTEAD = "the 30 days to yesterday are shown instead"

_CURRENT = {Preset.THIS_MONTH: "month", Preset.THIS_QUARTER: "quarter", Preset.THIS_YEAR: "year"}

_LEFT_OUT = "it is left out"
_INSTEAD = {
    "business": ("business", "all businesses are shown instead"),
    "period": ("period", f"{PRESETS[Preset.DAYS_30]} to yesterday are shown instead"),
    "compare": ("comparison", "the previous period is taken instead"),
    "platform": ("platform", _LEFT_OUT),
    "dates": ("dates", DATES_INSTEAD),
    "posts_kind": ("kind", _LEFT_OUT),
    "posts_hashtag": ("hashtag", _LEFT_OUT),
    "posts_order": ("order", "the newest posts come first"),
    "content_account": ("account", "the one with the most posts is shown instead"),
    "content_span": ("span", "the posts of the last 180 days are shown instead"),
    "coverage_metric": ("metric", "the impressions are shown instead"),
    "compare_sides": ("side", _LEFT_OUT),
    "compare_per": ("numbers", "they are shown as they are"),
    "metrics_platform": ("platform", "all of them are shown"),
    "post_counter": ("counter", "the impressions are shown instead"),
}
_MOST_LETTERS = 60


def just_begun(preset: Preset) -> str:
    """Why the month before is shown."""
    unit = _CURRENT[preset]
    return f"No day of this {unit} is over yet: the {unit} before is shown."


def clamped(last: date, zone: str) -> str:
    """Why a range ends earlier than asked."""
    return f"The range ends on {text.day(last)}, the last day that is over in {zone}."


def compared(period: Period) -> str:
    """Which days are held against which, and that their number differs."""
    if period.before is None:
        return f"{text.period(period)}, compared with nothing"
    said = f"{text.period(period)}, compared with {text.period(period.before)}"
    if period.days == period.before.days:
        return said
    return (
        f"{said}. These are {text.count(period.days, 'day')} against {period.before.days:,}:"
        " part of a change comes from the different length."
    )


def not_followed(key: str, asked: Sequence[str]) -> str:
    """What the link asked for in vain, and what is shown."""
    what, instead = _INSTEAD[key]
    named = text.listed([f"“{_short(value)}”" for value in asked])
    return f"The link asks for the {what} {named}, which cannot be shown here: {instead}."


def _short(value: str) -> str:
    return value if len(value) <= _MOST_LETTERS else f"{value[:_MOST_LETTERS]}…"

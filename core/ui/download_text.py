"""How do downloads say it? Names of files, and the sheet that explains the others: scope, definitions, coverage."""

import re
from collections.abc import Sequence

import streamlit as st

from core.analytics.freshness import Freshness
from core.analytics.periods import Period
from core.export.tables import Note
from core.metrics import CATALOG
from core.ops.overview import ConnectedAccount
from core.ui import catalog_text, data, facts, insight_text, note_text, rate_text, scope_text, text
from core.ui.controls import Scope
from core.ui.explanations import EXPLANATIONS
from core.ui.notes import of_days

NUMBERS = "Numbers"
WHAT = "What this page shows, for the same scope. Shares and rates are fractions of 1; what is not known is empty."
ALL_AS_XLSX = "All tables in one workbook (XLSX)"
CSV_NOTE = "In CSV files an apostrophe stands before a text that a spreadsheet would take for a formula."
NOT_KNOWN = "An empty cell is not known: not offered by the platform, late, a gap, or retired. It is never a zero."


_CHOICES = {
    "Posts": {"posts_search": "Search", "posts_kind": "Kinds", "posts_hashtag": "Hashtags", "posts_order": "Order"},
    "Content and timing": {"content_account": "Best time: account", "content_span": "Best time: posts of the last"},
    "Compare": {"compare_sides": "Side by side", "compare_per": "Numbers"},
    "Coverage": {"coverage_metric": "Metric"},
    "Metrics": {"metrics_platform": "Platform"},
    "Post": {"post_counter": "Counter of the curves"},
}
"""What a page lets choose beside the scope, by its title: the control's key and its name."""

_COMPARING = ("Overview", "Business", "Audience")


def file_name(page: str, scope: Scope | None) -> str:
    """tideline-overview-2026-10-25-to-2026-11-23"""
    days = f"-{scope.period.first}-to-{scope.period.last}" if scope else ""
    return f"tideline-{slug(page)}{days}"


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def notes(page: str, scope: Scope | None) -> list[Note]:
    """All that the first sheet says."""
    of_scope = [*_noted(scope), _coverage_note(scope)] if scope else []
    return [_scope_note(page, scope), *_rules_note(scope), *of_scope, _definitions()]


def _scope_note(page: str, scope: Scope | None) -> Note:
    rows = [("Page", page), *(_scope_rows(scope) if scope else [])]
    if scope and page in _COMPARING:
        rows.append(
            ("Compared with", _days(scope.period.before) if scope.period.before else scope_text.AGAINST_NOTHING)
        )
    rows += [*_chosen(page), ("Empty cells", NOT_KNOWN)]
    return Note("Scope", ("What", "Value"), [*rows, ("Written at", f"{data.now():%Y-%m-%d %H:%M} UTC")])


def _scope_rows(scope: Scope) -> list[tuple[str, str]]:
    names = {business.id: business.name for business in data.businesses()}
    return [
        ("Business", names.get(scope.business_id or 0, text.ALL_BUSINESSES)),
        ("Platforms", text.listed([text.PLATFORMS[platform] for platform in scope.platforms])),
        ("Period, both days included", _days(scope.period)),
        ("Zone of the days of posts", scope.zone),
    ]


def _chosen(page: str) -> list[tuple[str, str]]:
    """The page's own filters, where one is set."""
    said = {name: st.session_state.get(key) for key, name in _CHOICES.get(page, {}).items()}
    return [(name, value if isinstance(value, str) else ", ".join(value)) for name, value in said.items() if value]


def _days(period: Period) -> str:
    return f"{period.first} to {period.last} ({text.count(period.days, 'day')})"


def _rules_note(scope: Scope | None) -> list[Note]:
    """How each business counts engagement, which its engagements and rates cannot be read without."""
    accounts = facts.accounts_in(scope) if scope else data.accounts()
    rules = {account.business_id: account.rule for account in accounts}
    rows = [
        (business.name, rate_text.counts(rules[business.id]), rate_text.by(rules[business.id].base).capitalize())
        for business in data.businesses()
        if business.id in rules
    ]
    return [Note(rate_text.RULES, ("Business", "Engagements", "Engagement rate"), rows)] if rows else []


def _noted(scope: Scope) -> list[Note]:
    """What people noted on the days of the period."""
    rows = [(str(day), words) for day, several in sorted(of_days(scope).items()) for words in several]
    return [Note(note_text.TITLE, ("Day", "Note"), rows)] if rows else []


def _coverage_note(scope: Scope) -> Note:
    accounts = facts.accounts_in(scope)
    known = facts.freshness_of(accounts)
    rows = [_covered(account, known[account.id]) for account in accounts]
    return Note("Coverage", ("Account", "Platform", "Covered to", "State"), rows)


def _covered(account: ConnectedAccount, known: Freshness) -> Sequence[str]:
    reach = str(known.covers_to) if known.covers_to else ""
    return account.name, text.PLATFORMS[account.platform], reach, text.FRESHNESS[known.state]


def _definitions() -> Note:
    rows = [
        *((metric.value, definition.label, definition.definition) for metric, definition in CATALOG.items()),
        *((measure.value, text.MEASURES[measure], words) for measure, words in EXPLANATIONS.items()),
        ("rate", "Rate", insight_text.RATE),
        *((slug(name).replace("-", "_"), name, words) for name, words in catalog_text.DERIVED.items()),
    ]
    return Note("Definitions", ("Column or row", "Name", "What it counts"), rows)

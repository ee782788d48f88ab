"""How is the catalog drawn? Each metric with its meaning, and where each platform takes it from, or that it does not give it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.domain import Platform
from core.metrics import ACCOUNT_METRICS, CATALOG, POST_METRICS, Grain, Metric, Offer
from core.ui import coverage_text, downloads, facts, text
from core.ui.explanations import EXPLANATIONS

_ROW_HEIGHT = 64
_METRICS = {Grain.ACCOUNT_DAY: ACCOUNT_METRICS, Grain.POST_LIFETIME: POST_METRICS}


def catalog(grain: Grain) -> None:
    """The metrics of one grain, a row each, the platforms side by side."""
    offers = {platform: facts.offers_of(platform) for platform in Platform}
    rows = [
        _row(metric, {one: offers[one].get((grain, metric)) for one in Platform}, grain) for metric in _METRICS[grain]
    ]
    downloads.keep(coverage_text.GRAINS[grain], pd.DataFrame(rows))
    column = st.column_config
    config = {
        "Metric": column.TextColumn(width=104),
        "What it counts": column.TextColumn(width=228),
        "Days may be added": column.TextColumn("Added up", width=72, help=coverage_text.MAY_BE_ADDED),
        **{text.PLATFORMS[platform]: column.TextColumn(width=150) for platform in Platform},
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=config,
        key=f"metrics_{grain}",
        height="content",
        row_height=_ROW_HEIGHT,
    )


def derived() -> None:
    """The numbers that Tideline makes itself, with their formula."""
    rows = [{"Number": text.MEASURES[measure], "How it is made": words} for measure, words in EXPLANATIONS.items()]
    rows += [{"Number": name, "How it is made": words} for name, words in coverage_text.DERIVED.items()]
    downloads.keep("Made by Tideline", pd.DataFrame(rows))
    config = {
        "Number": st.column_config.TextColumn(width=170),
        "How it is made": st.column_config.TextColumn(width=830),
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=config,
        key="metrics_derived",
        height="content",
        row_height=_ROW_HEIGHT,
    )


def day_zones() -> None:
    """In which zone each platform cuts its days."""
    zones = {text.PLATFORMS[platform]: facts.day_zone_of(platform) for platform in Platform}
    st.caption(coverage_text.day_zones(zones))


def _row(metric: Metric, offers: Mapping[Platform, Offer | None], grain: Grain) -> dict[str, Any]:
    definition = CATALOG[metric]
    added = {} if grain is Grain.POST_LIFETIME else {"Days may be added": "Yes" if definition.summable else "No"}
    return {
        "Metric": definition.label,
        "What it counts": definition.definition,
        **added,
        **{text.PLATFORMS[platform]: coverage_text.offer(one) for platform, one in offers.items()},
    }

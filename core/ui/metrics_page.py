"""How is the catalog drawn? Each metric with its meaning, the platforms side by side, and every source with how it stands."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics.standings import Standing, standing
from core.domain import Platform
from core.measuring import Events
from core.metrics import ACCOUNT_METRICS, CATALOG, POST_METRICS, Grain, Metric, Offer
from core.ui import catalog_text, coverage_facts, data, downloads, facts, links, text
from core.ui.explanations import EXPLANATIONS
from core.warehouse import coverage

_ROW_HEIGHT = 80
_METRICS = {Grain.ACCOUNT_DAY: ACCOUNT_METRICS, Grain.POST_LIFETIME: POST_METRICS}
Known = Mapping[tuple[str, str], Mapping[Any, Any]]
"""By platform and metric: of how many accounts, from when and to when numbers are known."""

_KNOWN = {Grain.ACCOUNT_DAY: coverage.days_known, Grain.POST_LIFETIME: coverage.posts_known}


def catalog(grain: Grain) -> None:
    """The metrics of one grain, a row each, the platforms side by side."""
    column = st.column_config
    config = {
        "Metric": column.TextColumn(width=108),
        "What it counts": column.TextColumn(width=196),
        "Unit": column.TextColumn(width=84),
        "Days may be added": column.TextColumn("Added up", width=72, help=catalog_text.MAY_BE_ADDED),
        **{text.PLATFORMS[platform]: column.TextColumn(width=136) for platform in Platform},
    }
    happened = coverage_facts.events()
    _table([_row(metric, grain, happened) for metric in _METRICS[grain]], config, key=f"metrics_{grain}")


def sources() -> None:
    """Every platform and metric: source, lag, days, state, and what is known of it here."""
    st.caption(catalog_text.SOURCES_INTRO)
    names = [text.PLATFORMS[platform] for platform in Platform]
    with links.followed({"metrics_platform": names}):
        chosen = st.pills(
            "Platform, all unless chosen", names, key="metrics_platform", bind="query-params", on_change=links.forget
        )
    wanted = [platform for platform in Platform if chosen in (None, text.PLATFORMS[platform])]
    happened = coverage_facts.events()
    rows = [
        _source_row(platform, (grain, metric), known, happened)
        for grain, known in ((grain, _known(grain)) for grain in _METRICS)
        for platform in wanted
        for metric in _METRICS[grain]
    ]
    column, day = st.column_config, "D MMM YYYY"
    config = {
        "Platform": column.TextColumn(width=84),
        "Metric": column.TextColumn(width=118),
        "Of": column.TextColumn(width=136),
        "Source": column.TextColumn("Source field", width=236),
        "State": column.TextColumn(width=130, help=catalog_text.STATE),
        "Lag": column.NumberColumn(format="%d d", width=56, help=catalog_text.LAG),
        "First day": column.DateColumn("Offered from", format=day, help=catalog_text.FIRST_OFFERED),
        "Last day": column.DateColumn("Offered to", format=day, help=catalog_text.LAST_OFFERED),
        "Added up": column.TextColumn(width=72, help=catalog_text.MAY_BE_ADDED),
        "Accounts": column.NumberColumn("Accounts here", format="%d", help=catalog_text.ACCOUNTS_HERE),
        "Known from": column.DateColumn(format=day, help=catalog_text.KNOWN_FROM),
        "Known to": column.DateColumn(format=day, help=catalog_text.KNOWN_TO),
    }
    _table(rows, config, key="metrics_sources", height=600, row_height=64)


def derived() -> None:
    """The numbers that Tideline makes itself, with their formula."""
    rows = [{"Number": text.MEASURES[measure], "How it is made": words} for measure, words in EXPLANATIONS.items()]
    rows += [{"Number": name, "How it is made": words} for name, words in catalog_text.DERIVED.items()]
    config = {
        "Number": st.column_config.TextColumn(width=170),
        "How it is made": st.column_config.TextColumn(width=830),
    }
    _table(rows, config, key="metrics_derived", row_height=64)


def day_zones() -> None:
    """In which zone each platform cuts its days."""
    zones = {text.PLATFORMS[platform]: facts.day_zone_of(platform) for platform in Platform}
    st.caption(catalog_text.day_zones(zones))


def _table(
    rows: list[dict[str, Any]],
    config: Mapping[str, Any],
    *,
    key: str,
    height: Any = "content",
    row_height: int = _ROW_HEIGHT,
) -> None:
    frame = pd.DataFrame(rows)
    downloads.keep(catalog_text.TABLES[key], frame)
    st.dataframe(
        frame,
        hide_index=True,
        column_config=config,
        key=key,
        height=height,
        row_height=row_height,
        placeholder=text.MISSING,
    )


def _row(metric: Metric, grain: Grain, happened: Events) -> dict[str, Any]:
    definition = CATALOG[metric]
    added = {} if grain is Grain.POST_LIFETIME else {"Days may be added": catalog_text.added_up(definition.summable)}
    offers = {platform: facts.offers_of(platform).get((grain, metric)) for platform in Platform}
    return {
        "Metric": definition.label,
        "What it counts": definition.definition,
        "Unit": definition.unit,
        **added,
        **{
            text.PLATFORMS[platform]: catalog_text.offer(one, _standing(one, platform, (grain, metric), happened))
            for platform, one in offers.items()
        },
    }


def _source_row(platform: Platform, key: tuple[Grain, Metric], known: Known, happened: Events) -> dict[str, Any]:
    grain, metric = key
    offer = facts.offers_of(platform).get(key)
    here = known.get((platform.value, metric.value), {})
    return {
        "Platform": text.PLATFORMS[platform],
        "Metric": CATALOG[metric].label,
        "Of": catalog_text.GRAINS[grain],
        "Source": offer.source if offer else None,
        "State": catalog_text.standing(_standing(offer, platform, key, happened)),
        "Lag": offer.lag_days if offer else None,
        "First day": offer.first_day if offer else None,
        "Last day": offer.last_day if offer else None,
        "Added up": catalog_text.added_up(CATALOG[metric].summable) if grain is Grain.ACCOUNT_DAY else None,
        "Accounts": here.get("accounts"),
        "Known from": here.get("first_day"),
        "Known to": here.get("last_day"),
    }


def _standing(offer: Offer | None, platform: Platform, key: tuple[Grain, Metric], happened: Events) -> Standing:
    grain, metric = key
    return standing(offer, happened.get((platform.value, grain.value, metric.value), []), today=_today(platform))


def _today(platform: Platform) -> date:
    return data.now().astimezone(text.zone_info(facts.day_zone_of(platform))).date()


def _known(grain: Grain) -> Known:
    """What is known here; nothing before the first copy."""
    if data.version() is None:
        return {}
    frame = data.ask(_KNOWN[grain])
    rows = frame[["accounts", "first_day", "last_day"]].to_dict("records")
    return dict(zip(zip(frame["platform"], frame["metric"], strict=True), rows, strict=True))

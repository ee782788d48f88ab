"""What does the viewer look at? Business, period and platforms, drawn once by the shell and shared by the URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import streamlit as st

from core.analytics import presets
from core.analytics.periods import Period
from core.analytics.presets import Against, Preset
from core.domain import Platform
from core.ops.models import Business
from core.settings import PROJECT_ROOT
from core.ui import data, links, scope_text, text

BUSINESS_PAGE = PROJECT_ROOT / "pages" / "insights" / "business.py"
ALL = 0
"""The choice of every business: a value of its own, since an empty one would draw an empty box."""

FIRST_DAY = date(2003, 1, 1)
"""No platform is older."""

FURTHEST = timedelta(hours=14)
"""No zone is further ahead of UTC: its yesterday is the last day that can be chosen anywhere."""

_DAYS_SHOWN, _WRONG_DATES = "days_shown", "wrong_dates"

Choice = TypeVar("Choice", Preset, Against)


@dataclass(frozen=True, slots=True)
class Scope:
    """The business (None = all), the platforms, and the days that a page looks at; `zone` is where its times are told.

    `remarks`: what has to be said of the days, where they are not quite those that were asked for.
    """

    business_id: int | None
    platforms: tuple[Platform, ...]
    period: Period
    zone: str
    remarks: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        return self.business_id is None


def draw(businesses: list[Business], *, with_period: bool, with_comparison: bool = False) -> None:
    """The controls of a page; those it has no use for keep their value while they are not drawn."""
    names = {ALL: text.ALL_BUSINESSES, **{business.id: business.name for business in businesses}}
    links.look({"business": names.values()})
    if st.session_state.get("business", ALL) not in names:
        st.session_state["business"] = ALL
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Business",
            list(names),
            format_func=lambda business_id: names.get(business_id, text.MISSING),
            key="business",
            bind="query-params",
            on_change=links.forget,
            width=200,
        )
        if with_period:
            _draw_period(with_comparison=with_comparison)
            _draw_platforms()
    links.say("business", "period", "compare", "platform", "dates")


def scope(*, with_platforms: bool = True) -> Scope:
    """What the controls say now; `with_platforms` is False for a page that has no control for them."""
    business_id = st.session_state.get("business") or None
    zone = next((business.timezone for business in data.businesses() if business.id == business_id), "UTC")
    yesterday = data.now().astimezone(text.zone_info(zone)).date() - timedelta(days=1)
    preset = _chosen("period", scope_text.PRESETS, presets.DEFAULT)
    days, remarks = _free_days(yesterday, zone) if preset is Preset.FREE else _named_days(preset, yesterday)
    period = presets.compared(preset, days, _chosen("compare", scope_text.AGAINST, Against.PREVIOUS))
    chosen = (st.session_state.get("platform") or []) if with_platforms else []
    platforms = tuple(platform for platform in Platform if not chosen or text.PLATFORMS[platform] in chosen)
    return Scope(business_id, platforms, period, zone, remarks)


def say_remarks(scope: Scope) -> None:
    """What has to be said of the days; they are kept, for a range begins with the days that were shown."""
    st.session_state[_DAYS_SHOWN] = (scope.period.first, scope.period.last)
    for remark in scope.remarks:
        st.caption(remark)


def open_business(business_ids: list[int], click_key: str) -> None:
    """Look at the business whose row was clicked; the URL follows."""
    click = st.session_state.get(click_key)
    if click is not None:
        st.session_state["business"] = business_ids[click["row"]]


def open_business_page(business_ids: list[int], click_key: str) -> None:
    """Go to the page of the business whose row was clicked."""
    click = st.session_state.get(click_key)
    if click is not None:
        go_to_business(business_ids[click["row"]])


def go_to_business(business_id: int) -> None:
    """Go to the page of a business: a callback cannot leave for another page, the page itself does."""
    look_at(business_id)
    st.session_state["business_is_opened"] = True


def follow_opened() -> None:
    """Go to the page of the business that was clicked."""
    if st.session_state.pop("business_is_opened", False):
        st.switch_page(BUSINESS_PAGE, query_params={})  # without any, those of the controls would have to be gone


def look_at(business_id: int | None) -> None:
    """Look at one business, or at all of them; the URL follows."""
    st.session_state["business"] = business_id or ALL


def labelled(names: Mapping[int, str]) -> dict[str, int]:
    """What can be chosen by a name of its own, in the order it comes in: a link names the choice, so no two may be alike."""
    labels: dict[str, int] = {}
    for id_, name in names.items():
        labels[name if name not in labels else f"{name} ({id_})"] = id_
    return labels


def _chosen(key: str, labels: dict[Choice, str], default: Choice) -> Choice:
    said = st.session_state.get(key)
    return next((choice for choice, label in labels.items() if label == said), default)


def _named_days(preset: Preset, yesterday: date) -> tuple[Period, tuple[str, ...]]:
    remarks = (scope_text.just_begun(preset),) if presets.has_just_begun(preset, yesterday) else ()
    return presets.days_of(preset, yesterday), remarks


def _free_days(yesterday: date, zone: str) -> tuple[Period, tuple[str, ...]]:
    """The range as it was chosen, as far as its days are over; the usual days while there is none."""
    usual = presets.days_of(presets.DEFAULT, yesterday)
    chosen = tuple(st.session_state.get("dates") or ())
    if not chosen or chosen[0] > chosen[-1]:
        return usual, (scope_text.CHOOSE_DAYS,)
    first, last = chosen[0], min(chosen[-1], yesterday)
    if first > last:
        return usual, (scope_text.NO_WHOLE_DAY,)
    remarks = (scope_text.CHOOSE_LAST_DAY,) * (len(chosen) == 1)
    return Period(first, last), remarks + (scope_text.clamped(last, zone),) * (last < chosen[-1])


def _draw_period(*, with_comparison: bool) -> None:
    options, against = list(scope_text.PRESETS.values()), list(scope_text.AGAINST.values())
    links.look({"period": options, "compare": against})
    usual = options.index(scope_text.PRESETS[presets.DEFAULT])
    preset = st.selectbox(
        "Period", options, index=usual, key="period", bind="query-params", on_change=_period_changed, width=140
    )
    if preset == scope_text.PRESETS[Preset.FREE]:
        _draw_dates()
    if with_comparison:
        st.selectbox("Compared with", against, key="compare", bind="query-params", on_change=links.forget, width=205)


def _draw_dates() -> None:
    bounds = Period(FIRST_DAY, (data.now() + FURTHEST).date() - timedelta(days=1))
    is_wrong = links.look_at_dates(bounds)
    if st.session_state.pop(_WRONG_DATES, False):
        st.session_state["dates"] = ()
    st.date_input(
        "First and last day",
        value=[],
        min_value=bounds.first,
        max_value=bounds.last,
        key="dates",
        bind="query-params",
        on_change=links.forget,
        format="YYYY-MM-DD",
        width=280,
    )
    if is_wrong and st.session_state["dates"]:  # taken as it was written, say the wrong way round
        st.session_state[_WRONG_DATES] = True
        st.rerun()


def _draw_platforms() -> None:
    labels = [text.PLATFORMS[platform] for platform in Platform]
    links.look({"platform": labels})
    st.pills(
        "Platforms, all unless chosen",
        labels,
        selection_mode="multi",
        key="platform",
        bind="query-params",
        on_change=links.forget,
    )


def _period_changed() -> None:
    """A range begins with the days that were shown, so that a link names them."""
    links.forget()
    if st.session_state["period"] == scope_text.PRESETS[Preset.FREE]:
        days = st.session_state.get(_DAYS_SHOWN, ())
        st.session_state["dates"] = days
        st.query_params["dates"] = [
            str(day) for day in days
        ]  # the control follows its state, its first time not the URL

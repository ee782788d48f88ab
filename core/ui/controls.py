"""What does the viewer look at? Business, period and platforms, drawn once by the shell and shared by the URL."""

from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from core.analytics.periods import Period
from core.domain import Platform
from core.ops.models import Business
from core.settings import PROJECT_ROOT
from core.ui import data, text

PERIODS = {"7 days": 7, "28 days": 28, "30 days": 30, "90 days": 90}
DEFAULT_PERIOD = "30 days"
BUSINESS_PAGE = PROJECT_ROOT / "pages" / "insights" / "business.py"
ALL = 0
"""The choice of every business: a value of its own, since an empty one would draw an empty box."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The business (None = all), the platforms, and the days that a page looks at; `zone` is where its times are told."""

    business_id: int | None
    platforms: tuple[Platform, ...]
    period: Period
    zone: str

    @property
    def is_all(self) -> bool:
        return self.business_id is None


def draw(businesses: list[Business], *, with_period: bool) -> None:
    """The controls of a page; those it has no use for keep their value while they are not drawn."""
    names = {ALL: text.ALL_BUSINESSES, **{business.id: business.name for business in businesses}}
    if st.session_state.get("business", ALL) not in names:
        st.session_state["business"] = ALL
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.selectbox(
            "Business",
            list(names),
            format_func=lambda business_id: names.get(business_id, text.MISSING),
            key="business",
            bind="query-params",
            width=260,
        )
        if with_period:
            _draw_period_and_platforms()


def scope(*, with_platforms: bool = True) -> Scope:
    """What the controls say now; `with_platforms` is False for a page that has no control for them."""
    business_id = st.session_state.get("business") or None
    zone = next((business.timezone for business in data.businesses() if business.id == business_id), "UTC")
    today = data.now().astimezone(text.zone_info(zone)).date()
    days = PERIODS[st.session_state.get("period") or DEFAULT_PERIOD]
    chosen = (st.session_state.get("platform") or []) if with_platforms else []
    platforms = tuple(platform for platform in Platform if not chosen or text.PLATFORMS[platform] in chosen)
    return Scope(business_id, platforms, Period.ending(today - timedelta(days=1), days=days), zone)


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


def _draw_period_and_platforms() -> None:
    st.segmented_control(
        "Period, to yesterday",
        list(PERIODS),
        default=DEFAULT_PERIOD,
        required=True,
        key="period",
        bind="query-params",
    )
    st.pills(
        "Platforms, all unless chosen",
        [text.PLATFORMS[platform] for platform in Platform],
        selection_mode="multi",
        key="platform",
        bind="query-params",
    )

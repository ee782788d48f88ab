"""What does a new business need? A name, and the zone in which its days and times are told."""

from zoneinfo import available_timezones

import streamlit as st

from core.ui import actions, text


def fields(prefix: str, *, suggested: str = "") -> None:
    """The two fields; `prefix` tells one page's from another's."""
    name, zone = st.columns(2)
    with name:
        st.text_input("Name", value=suggested[:200], max_chars=200, key=f"{prefix}_name", placeholder="Brand or client")
    with zone:
        zone_field(f"{prefix}_zone", here())


def zone_field(key: str, chosen: str) -> str:
    zones = zones_offered(chosen)
    return st.selectbox(
        "Time zone", zones, index=zones.index(chosen), key=key, help="Where its days begin and its times are told."
    )


def create(prefix: str) -> int:
    """Make the business that the fields describe."""
    return actions.create_business(st.session_state[f"{prefix}_name"], st.session_state[f"{prefix}_zone"])


def zones_offered(chosen: str) -> list[str]:
    """Every place the tz database knows, UTC first."""
    places = {
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
    }
    return ["UTC", *sorted((places | {chosen}) - {"UTC"})]


def here() -> str:
    """The viewer's own zone, where it is one."""
    return str(text.zone_info(st.context.timezone or "UTC"))

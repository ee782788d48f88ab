"""How are businesses drawn that have dropped below what is normal for them? A card each, with the numbers and the way there."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.analytics.drops import DAYS_NEEDED, Drop, find_drops
from core.ui import controls, data, drop_text, facts
from core.ui.controls import Scope

MOST_CARDS = 5


def draw(scope: Scope) -> None:
    """Those in scope, the deepest first."""
    names = {business.id: business.name for business in data.businesses()}
    dropped = _by_business(find_drops(facts.recent(scope, DAYS_NEEDED)))
    for business_id in list(dropped)[:MOST_CARDS]:
        _card(business_id, dropped[business_id], names)
    if len(dropped) > MOST_CARDS:
        st.caption(drop_text.more(len(dropped) - MOST_CARDS))


def _by_business(drops: Sequence[Drop]) -> dict[int, list[Drop]]:
    grouped: dict[int, list[Drop]] = {}
    for drop in drops:
        grouped.setdefault(drop.business_id, []).append(drop)
    return grouped


def _card(business_id: int, drops: Sequence[Drop], names: Mapping[int, str]) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.badge(drop_text.BADGE, icon=":material/trending_down:", color="orange", help=drop_text.HELP)
            st.button(
                "Look at the business",
                key=f"drop_{business_id}",
                type="tertiary",
                icon=":material/arrow_forward:",
                icon_position="right",
                on_click=controls.go_to_business,
                args=(business_id,),
            )
        st.text("\n".join([names.get(business_id, ""), *map(drop_text.sentence, drops)]))

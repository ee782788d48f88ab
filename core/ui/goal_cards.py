"""How are businesses drawn that are behind on a goal? A card each, with how far it is and the way there."""

import streamlit as st

from core.analytics.goals import Progress, Standing
from core.ui import controls, data, goal_facts, goal_text
from core.ui.controls import Scope

MOST_CARDS = 5


def draw(scope: Scope) -> None:
    """Those in scope, by the end of their goals."""
    behind: dict[int, list[Progress]] = {}
    for goal, found in reversed(goal_facts.under_way(scope)):
        if found.standing is Standing.BEHIND:
            behind.setdefault(goal.business_id, []).append(found)
    names = {business.id: business.name for business in data.businesses()}
    for business_id in list(behind)[:MOST_CARDS]:
        _card(business_id, names.get(business_id, ""), behind[business_id])
    if len(behind) > MOST_CARDS:
        st.caption(goal_text.more(len(behind) - MOST_CARDS))


def _card(business_id: int, name: str, goals: list[Progress]) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.badge(goal_text.BEHIND, icon=":material/flag:", color="orange", help=goal_text.BEHIND_HELP)
            st.button(
                "Look at the business",
                key=f"goal_behind_{business_id}",
                type="tertiary",
                icon=":material/arrow_forward:",
                icon_position="right",
                on_click=controls.go_to_business,
                args=(business_id,),
            )
        st.text("\n".join([name, *map(goal_text.in_a_sentence, goals)]))

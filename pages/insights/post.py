"""How did one post do: its numbers, and its life curve beside the one that is usual for its account?"""

import streamlit as st

from core.ui import insight_text, live, post_controls, post_page, post_tables, states

live.follow()
states.stop_without_data()
post_tables.link_back()

asked = post_controls.asked_post()
post = post_page.find(*asked) if asked else None
if post is None:
    st.info(insight_text.UNKNOWN_POST, icon=":material/search_off:")
    st.stop()

states.notices_in_short([post.account], post.account.business_id)
post_page.head(post)
post_page.numbers(post)
post_page.life(post)

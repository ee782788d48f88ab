"""Which posts were published in the period, and how did each do, also against what is usual for its account?"""

import streamlit as st

from core.ui import controls, facts, insight_text, live, post_controls, post_facts, post_tables, states

scope = controls.scope()
live.follow()
states.stop_without_data()
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)
states.notices_in_short(accounts, scope.business_id)
post_tables.follow_opened()

spans = post_facts.spans(accounts, scope.period)
choice = post_controls.draw(spans, post_facts.hashtags(post_facts.all_of(spans)))
sums = post_facts.sums(choice.wanted)
if not sums["posts"]:
    st.info(insight_text.NO_POST_FITS, icon=":material/filter_alt:")
    st.stop()

st.caption(insight_text.posts_of(scope.period))
post_tables.sums_row(sums, {account.rule for account in accounts})
posts = post_facts.listed(choice.wanted, choice.order)
not_offered = post_facts.not_offered(post_facts.platforms_of(accounts))
post_tables.post_table(posts, accounts, not_offered, key="posts_table")
post_tables.what_is_not_in_table(not_offered, shown=len(posts), posts=int(sums["posts"]))

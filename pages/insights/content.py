"""Which kinds of posts, hashtags, lengths and hours work for the accounts in scope?"""

import streamlit as st

from core.ui import content_page, controls, facts, insight_text, live, post_facts, states

scope = controls.scope()
live.follow()
states.stop_without_data()
accounts = facts.accounts_in(scope)
states.stop_without_accounts(accounts)
states.notices_in_short(accounts, scope.business_id)

wanted = post_facts.all_of(post_facts.spans(accounts, scope.period))
if post_facts.sums(wanted)["posts"]:
    st.caption(insight_text.posts_of(scope.period))
    rules = {account.rule for account in accounts}
    content_page.kinds(wanted, scope.period, rules)
    with st.container(border=True, gap="xsmall"):
        content_page.hashtags(wanted, rules)
    with st.container(border=True, gap="xsmall"):
        content_page.lengths(wanted, rules)
else:
    st.info(insight_text.NO_POSTS, icon=":material/filter_alt:")

content_page.best_time(scope, accounts)

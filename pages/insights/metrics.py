"""What does each number mean, where does each platform take it from, how late, and is it still given?"""

import streamlit as st

from core.metrics import Grain
from core.ui import catalog_text, data, metrics_page, states

st.caption(catalog_text.INTRO)
if not states.say_without_data():
    states.notices_in_short(data.accounts(), None)

st.subheader("Accounts, per day", anchor=False)
metrics_page.catalog(Grain.ACCOUNT_DAY)
metrics_page.day_zones()

st.subheader("Posts, lifetime so far", anchor=False)
metrics_page.catalog(Grain.POST_LIFETIME)

st.subheader("Every source, and how it stands", anchor=False)
metrics_page.sources()

st.subheader("What Tideline makes of them", anchor=False)
metrics_page.derived()

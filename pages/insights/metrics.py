"""What does each number mean, where does each platform take it from, and how late?"""

import streamlit as st

from core.metrics import Grain
from core.ui import coverage_text, metrics_page

st.caption(coverage_text.METRICS_INTRO)

st.subheader("Accounts, per day", anchor=False)
metrics_page.catalog(Grain.ACCOUNT_DAY)
metrics_page.day_zones()

st.subheader("Posts, lifetime so far", anchor=False)
metrics_page.catalog(Grain.POST_LIFETIME)

st.subheader("What Tideline makes of them", anchor=False)
metrics_page.derived()

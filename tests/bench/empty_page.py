"""The page that ours are measured against: Streamlit with a word on it."""

import streamlit as st

st.write("Empty")

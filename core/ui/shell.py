"""The dashboard script: frame, gate, navigation, controls; then the page."""

import streamlit as st

from core.settings import PROJECT_ROOT
from core.ui import controls, data, header, markup, said, states

IMAGES = PROJECT_ROOT / "core" / "ui"

st.set_page_config(page_title="Tideline", page_icon=str(IMAGES / "icon.svg"), layout="wide")
st.logo(str(IMAGES / "logo.svg"), icon_image=str(IMAGES / "icon.svg"), size="large")
states.stop_without_schema()
markup.load_style()

overview = st.Page(states.OVERVIEW_PAGE, title="Overview", icon=":material/monitoring:", default=True)
accounts = st.Page(states.ACCOUNTS_PAGE, title="Accounts", icon=":material/group:", url_path="accounts")
connect = st.Page(states.CONNECT_PAGE, title="Choose what to connect", url_path="connect", visibility="hidden")
businesses = st.Page(states.BUSINESSES_PAGE, title="Businesses", icon=":material/storefront:", url_path="businesses")
syncs = st.Page(states.SYNCS_PAGE, title="Syncs", icon=":material/sync:", url_path="syncs")
apps = st.Page(states.APPS_PAGE, title="Platform apps", icon=":material/key:", url_path="apps")
page = st.navigation({"Insights": [overview], "Setup": [accounts, connect, businesses, syncs, apps]})

st.set_page_config(page_title=f"{page.title} · Tideline")

has_filters = page == overview
above = st.container()
if page not in (connect, apps):
    controls.draw(data.businesses(), with_period=has_filters)
with above:
    header.draw(page.title, controls.scope(with_platforms=has_filters))
said.draw()
page.run()

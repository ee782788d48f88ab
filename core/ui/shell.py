"""The dashboard script: frame, gate, navigation, controls; then the page."""

import streamlit as st

from core.settings import PROJECT_ROOT
from core.ui import controls, data, header, states

PAGES = PROJECT_ROOT / "pages"

st.set_page_config(page_title="Tideline", page_icon=str(PROJECT_ROOT / "core" / "ui" / "icon.svg"), layout="wide")
states.stop_without_schema()

overview = st.Page(PAGES / "insights" / "overview.py", title="Overview", icon=":material/monitoring:", default=True)
syncs = st.Page(PAGES / "setup" / "syncs.py", title="Syncs", icon=":material/sync:", url_path="syncs")
page = st.navigation({"Insights": [overview], "Setup": [syncs]})

above = st.container()
controls.draw(data.businesses(), with_period=page == overview)
with above:
    header.draw(page.title, controls.scope())
page.run()

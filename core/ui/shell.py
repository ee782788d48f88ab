"""The dashboard script: frame, gate, navigation, controls; then the page."""

import streamlit as st

from core.settings import PROJECT_ROOT
from core.ui import controls, data, header, states

PAGES, IMAGES = PROJECT_ROOT / "pages", PROJECT_ROOT / "core" / "ui"

st.set_page_config(page_title="Tideline", page_icon=str(IMAGES / "icon.svg"), layout="wide")
st.logo(str(IMAGES / "logo.svg"), icon_image=str(IMAGES / "icon.svg"), size="large")
states.stop_without_schema()

overview = st.Page(PAGES / "insights" / "overview.py", title="Overview", icon=":material/monitoring:", default=True)
business = st.Page(
    PAGES / "insights" / "business.py", title="Business", icon=":material/storefront:", url_path="business"
)
posts = st.Page(PAGES / "insights" / "posts.py", title="Posts", icon=":material/article:", url_path="posts")
post = st.Page(PAGES / "insights" / "post.py", title="Post", url_path="post", visibility="hidden")
content = st.Page(
    PAGES / "insights" / "content.py", title="Content and timing", icon=":material/schedule:", url_path="content"
)
audience = st.Page(PAGES / "insights" / "audience.py", title="Audience", icon=":material/group:", url_path="audience")
compare = st.Page(
    PAGES / "insights" / "compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"
)
coverage = st.Page(
    PAGES / "insights" / "coverage.py", title="Coverage", icon=":material/event_available:", url_path="coverage"
)
metrics = st.Page(PAGES / "insights" / "metrics.py", title="Metrics", icon=":material/dictionary:", url_path="metrics")
syncs = st.Page(PAGES / "setup" / "syncs.py", title="Syncs", icon=":material/sync:", url_path="syncs")
page = st.navigation(
    {"Insights": [overview, business, posts, content, audience, compare, coverage, metrics, post], "Setup": [syncs]}
)

st.set_page_config(page_title=f"{page.title} · Tideline")

has_filters = page in (overview, business, posts, content, audience, compare, coverage)
above = st.container()
if page not in (post, metrics):
    controls.draw(data.businesses(), with_period=has_filters)
with above:
    header.draw(page.title, controls.scope(with_platforms=has_filters))
page.run()

"""The dashboard script: frame, gate, navigation, controls; then the page."""

import streamlit as st

from core.settings import PROJECT_ROOT
from core.ui import controls, data, download_text, downloads, header, markup, said, states

IMAGES = PROJECT_ROOT / "core" / "ui"
PAGES = PROJECT_ROOT / "pages"
INSIGHTS = PAGES / "insights"

st.set_page_config(page_title="Tideline", page_icon=str(IMAGES / "icon.svg"), layout="wide")
st.logo(str(IMAGES / "logo.svg"), icon_image=str(IMAGES / "icon.svg"), size="large")
states.stop_without_schema()
markup.load_style()

overview = st.Page(states.OVERVIEW_PAGE, title="Overview", icon=":material/monitoring:", default=True)
business = st.Page(INSIGHTS / "business.py", title="Business", icon=":material/insights:", url_path="business")
posts = st.Page(INSIGHTS / "posts.py", title="Posts", icon=":material/article:", url_path="posts")
post = st.Page(INSIGHTS / "post.py", title="Post", url_path="post", visibility="hidden")
content = st.Page(INSIGHTS / "content.py", title="Content and timing", icon=":material/schedule:", url_path="content")
audience = st.Page(INSIGHTS / "audience.py", title="Audience", icon=":material/groups:", url_path="audience")
compare = st.Page(INSIGHTS / "compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare")
coverage = st.Page(INSIGHTS / "coverage.py", title="Coverage", icon=":material/event_available:", url_path="coverage")
metrics = st.Page(INSIGHTS / "metrics.py", title="Metrics", icon=":material/dictionary:", url_path="metrics")
accounts = st.Page(states.ACCOUNTS_PAGE, title="Accounts", icon=":material/group:", url_path="accounts")
connect = st.Page(states.CONNECT_PAGE, title="Choose what to connect", url_path="connect", visibility="hidden")
businesses = st.Page(states.BUSINESSES_PAGE, title="Businesses", icon=":material/storefront:", url_path="businesses")
syncs = st.Page(states.SYNCS_PAGE, title="Syncs", icon=":material/sync:", url_path="syncs")
limits = st.Page(PAGES / "setup" / "limits.py", title="Limits and speed", icon=":material/speed:", url_path="limits")
apps = st.Page(states.APPS_PAGE, title="Platform apps", icon=":material/key:", url_path="apps")
keys = st.Page(states.KEYS_PAGE, title="API keys", icon=":material/api:", url_path="keys")
insights = [overview, business, posts, content, audience, compare, coverage, metrics, post]
page = st.navigation({"Insights": insights, "Setup": [accounts, connect, businesses, syncs, limits, apps, keys]})

st.set_page_config(page_title=f"{page.title} · Tideline")

has_filters = page in (overview, business, posts, content, audience, compare, coverage)
compares = page in (overview, business, audience)
above = st.container()
if page not in (post, metrics, connect, apps, keys):
    controls.draw(data.businesses(), with_period=has_filters, with_comparison=compares)
scope = controls.scope(with_platforms=has_filters)
with above:
    header.draw(page.title, scope)
if has_filters:
    controls.say_remarks(scope)
said.draw()
downloads.begin()
page.run()
if page in (overview, business, posts, content, audience, compare, coverage, metrics, post):
    shown = scope if has_filters else None
    downloads.offer(page.title, shown, lambda: download_text.notes(page.title, shown))

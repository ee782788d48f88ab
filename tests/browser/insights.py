"""Where are the insight pages of a running demo, and when is one drawn? For the tests in Chromium and for the screenshots."""

from urllib.parse import urlencode

import duckdb

PAGES = ("overview", "business", "posts", "post", "content", "audience", "compare", "coverage", "metrics")
CHARTS = {"overview": 2, "business": 4, "post": 1, "content": 4, "audience": 2, "compare": 10, "coverage": 4}
"""At least so many charts are on a page; the others have none."""

ERRORS = '[data-testid="stException"], [data-testid="stAlertContentError"]'
_NEWEST = """
    SELECT b.name, p.account_id, p.post_id FROM posts AS p JOIN accounts USING (account_id) JOIN businesses AS b USING (business_id)
    JOIN post_latest AS l USING (account_id, post_id) WHERE l.impressions > 0 ORDER BY business_id, published_at DESC LIMIT 1
"""


def ask(demo, sql):
    """The rows of the published copy."""
    published = demo.data_dir / "published" / "warehouse.duckdb"
    with duckdb.connect(str(published.resolve()), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def paths(demo):
    """By page: its URL; the business page looks at the first business, a post's at its newest post."""
    ((business, account, post),) = ask(demo, _NEWEST)
    asked = {
        "business": {"business": business},
        "coverage": {"business": business},
        "post": {"account": account, "post": post},
    }
    return {
        name: ("/" if name == "overview" else f"/{name}") + (f"?{urlencode(asked[name])}" if name in asked else "")
        for name in PAGES
    }


def open_drawn(page, name, path):
    """Open a page, and scroll through it until every chart is drawn: those below the fold come when they are looked at."""
    page.goto(path)
    last = (
        page.get_by_test_id("stPlotlyChart").nth(CHARTS[name] - 1)
        if name in CHARTS
        else page.get_by_test_id("stDataFrame").last
    )
    last.wait_for(state="attached", timeout=30_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)
    see_charts(page)


def see_charts(page):
    charts = page.get_by_test_id("stPlotlyChart")
    for number in range(charts.count()):
        chart = charts.nth(number)
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(timeout=20_000)

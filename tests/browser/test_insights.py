"""The insight pages in Chromium on the demo: each opens by its URL and is drawn whole, in both themes and on a phone; links lead on and back."""

import re
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from playwright.sync_api import expect

from core.domain import Platform
from core.ui.text import PLATFORMS
from tests.browser.conftest import open_page, wait_until
from tests.browser.insights import CHARTS, ERRORS, PAGES, ask, open_drawn, paths, see_charts

pytestmark = pytest.mark.browser

TITLES = {"content": "Content and timing"}
TOO_WIDE = """
    Math.max(...[document.documentElement, ...document.querySelectorAll('[data-testid="stMain"], [data-testid="stMainBlockContainer"]')]
        .map(element => element.scrollWidth - element.clientWidth))
"""
LOCAL_DAY = "(published_at AT TIME ZONE 'UTC' AT TIME ZONE timezone)::DATE"
TODAY = "(now() AT TIME ZONE timezone)::DATE"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(16, 26, 36)"


@pytest.fixture(scope="module")
def urls(demo):
    return paths(demo)


@pytest.fixture
def page(page):
    """What the console calls an error is a complaint too."""
    page.on("console", lambda said: page.complaints.append(said.text) if is_ours(said) else None)
    return page


def is_ours(said):
    """Streamlit feels its way to the root of a deep link, and the sandbox's pictures lie at addresses that nobody has."""
    is_feeling = "/_stcore/" in said.location["url"] and "404" in said.text
    return said.type == "error" and not is_feeling and "Content Security Policy" not in said.text


def title(page, name):
    return page.get_by_role("heading", level=1, name=TITLES.get(name, name.capitalize()), exact=True)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_by_its_url_and_is_drawn_to_its_last_chart(page, urls, name):
    open_drawn(page, name, urls[name])
    expect(title(page, name)).to_be_visible()
    assert (page.get_by_test_id("stPlotlyChart").count() > 0) == (name in CHARTS)
    expect(page.locator(ERRORS)).to_have_count(0)
    assert page.complaints == []
    assert [url for url in page.strangers if ".example/" not in url] == []  # the sandbox's pictures lie nowhere
    page.emulate_media(color_scheme="dark")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", DARK)
    page.emulate_media(color_scheme="light")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", LIGHT)
    page.set_viewport_size({"width": 390, "height": 844})
    see_charts(page)
    wait_until(lambda: page.evaluate(TOO_WIDE) <= 0, seconds=10)  # once the charts have taken their new size
    expect(page.locator(ERRORS)).to_have_count(0)
    assert page.complaints == []


def test_from_the_overview_to_a_business_to_a_post_and_back(page, demo):
    ((first,),) = ask(demo, "SELECT name FROM businesses ORDER BY name LIMIT 1")
    open_page(page, "/?period=90+days")
    press_open(page, column=1)
    page.wait_for_url(re.compile(r"/business\?"))
    expect(title(page, "business")).to_be_visible()
    wanted = {"business": [first], "period": ["90 days"]}
    assert are_in_url(wanted, page)
    page.get_by_role("link", name="Posts", exact=True).click()
    expect(title(page, "posts")).to_be_visible()
    assert are_in_url(wanted, page)
    values = page.get_by_test_id("stMetricValue")
    expect(values).to_have_count(5)
    seen = values.all_inner_texts()
    press_open(page, column=0)
    page.wait_for_url(re.compile(r"/post\?account=\d+&post="))
    expect(title(page, "post")).to_be_visible()
    page.get_by_test_id("stPlotlyChart").wait_for(state="attached")
    see_charts(page)
    page.go_back()
    expect(title(page, "posts")).to_be_visible()
    page.go_back()  # Streamlit puts the parameters of a post into the history of the list, before it leaves for the post
    expect(values).to_have_text(seen)
    assert are_in_url(wanted, page)
    page.go_back()
    expect(title(page, "business")).to_be_visible()
    assert are_in_url(wanted, page)
    expect(page.locator(ERRORS)).to_have_count(0)
    assert page.complaints == []


def are_in_url(wanted, page):
    found = parse_qs(urlsplit(page.url).query)
    return {name: found.get(name) for name in wanted} == wanted


BEFORE = (0, 150)
"""Where the columns begin; tables are drawn on a canvas, so a click goes to a place."""


def press_open(page, *, column):
    """Click Open in the first row of the page's first table."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table.get_by_test_id(f"glide-cell-{column}-0")).to_have_text("Open")
    table.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the table takes its width
    drawn = table.locator("canvas").first.bounding_box()
    page.mouse.click(drawn["x"] + BEFORE[column] + 30, drawn["y"] + 52)


def test_a_link_with_a_scope_shares_the_view(page, demo):
    ((name, platform, posts),) = ask(
        demo,
        f"""
        SELECT b.name, a.platform, count(*) FROM posts AS p JOIN accounts AS a USING (account_id) JOIN businesses AS b USING (business_id)
        WHERE {LOCAL_DAY} BETWEEN {TODAY} - 90 AND {TODAY} - 1 GROUP BY ALL ORDER BY 3 DESC LIMIT 1
        """,
    )
    label = PLATFORMS[Platform(platform)]
    open_page(page, f"/posts?business={quote_plus(name)}&platform={label}&period=90+days")
    values = page.get_by_test_id("stMetricValue")
    expect(values).to_have_count(5)
    expect(values.first).to_have_text(f"{posts:,}")
    seen = values.all_inner_texts()
    page.goto("/")
    expect(title(page, "overview")).to_be_visible()
    page.go_back()
    expect(values.first).to_have_text(f"{posts:,}")
    other = page.context.browser.new_page()
    try:
        other.goto(page.url)
        expect(other.get_by_test_id("stMetricValue")).to_have_text(seen)
    finally:
        other.close()

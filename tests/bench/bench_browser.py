"""How long until a reader sees the charts? In Chromium, against an empty Streamlit page on the same machine.

Each first visit has a profile of its own, in which nothing is cached; from page to page one profile stays. Charts below the fold
do not count. The empty page and ours take turns, and of each the fastest counts: whatever else the machine does only adds.
"""

import time
from contextlib import contextmanager

from tests.bench.grown import BIG, grown_folder
from tests.bench.lines import show
from tests.bench.site import running_empty_page, running_site
from tests.browser.conftest import ARGUMENTS, HOW_TO_GET_IT, find_chromium

ROUNDS = 4
FIRST_BAR, NEXT_BAR = 2.5, 0.5
LANDINGS = {"Overview": "/", "Business": "/business?business=Brand+07"}
ROUTE = ("Business", "Content and timing", "Audience", "Compare", "Coverage", "Overview")
PATIENCE_MS = 120_000
_DRAWN = """title => {
    const app = document.querySelector('[data-testid="stApp"]')
    const heading = document.querySelector('h1')
    if (app?.dataset.testScriptState !== 'notRunning' || (title && heading?.textContent !== title)) return false
    const charts = [...document.querySelectorAll('[data-testid="stPlotlyChart"]')]
    const seen = charts.filter(chart => chart.getBoundingClientRect().top < innerHeight)
    return (!title || charts.length > 0) && seen.every(chart => chart.querySelector('.main-svg'))
}"""


def main():
    """Print the ratios, or how to get a browser."""
    path = find_chromium()
    if path is None:
        print(f"Chromium's lines are left out: {HOW_TO_GET_IT}")
        return True
    with _browser(path) as browser, running_empty_page() as empty, running_site(grown_folder(BIG).data_dir) as site:
        bare = _show_landings(browser, empty, site)
        for title, took in _walked(browser, site).items():
            remark = f"{took * 1000:.0f} ms against {bare * 1000:.0f} ms"
            show(f"from page to page: {title} / empty page", took / bare, remark, bar=NEXT_BAR)
    return True


@contextmanager
def _browser(path):
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # whoever has no browser needs no Playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def _show_landings(browser, empty, site):
    """Seconds that the empty page takes."""
    took = {name: [] for name in ("", *LANDINGS)}
    for _ in range(1 + ROUNDS):
        took[""].append(_land(browser, empty.url, ""))
        for title, address in LANDINGS.items():
            took[title].append(_land(browser, site.url + address, title))
    least = {title: min(times[1:]) for title, times in took.items()}  # the first visit of all warms the servers up
    bare = least.pop("")
    for title, seconds in least.items():
        remark = f"{seconds * 1000:.0f} ms against {bare * 1000:.0f} ms"
        show(f"to the last chart of {title} / empty page", seconds / bare, remark, bar=FIRST_BAR)
    return bare


def _land(browser, url, title):
    """Seconds from the navigation to the last chart, with a new profile."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    _wait_for(page, title)
    seconds = time.perf_counter() - began
    context.close()
    return seconds


def _walked(browser, site):
    """By page: the least seconds from a click in the navigation to the last chart."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{site.url}{LANDINGS['Business']}")
    _wait_for(page, "Business")
    took = {title: [] for title in ROUTE[1:]}
    for _ in range(1 + ROUNDS):
        for title in ROUTE[1:]:
            began = time.perf_counter()
            page.get_by_test_id("stSidebarNavLink").get_by_text(title, exact=True).click()
            _wait_for(page, title)
            took[title].append(time.perf_counter() - began)
    context.close()
    return {title: min(times[1:]) for title, times in took.items()}


def _wait_for(page, title):
    page.wait_for_function(_DRAWN, arg=title, timeout=PATIENCE_MS)


if __name__ == "__main__":
    main()

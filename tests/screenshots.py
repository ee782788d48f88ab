"""What does every page look like? Each in light and dark, on a laptop and a phone: python -m tests.screenshots [folder]."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from core.settings import PROJECT_ROOT
from tests.browser.conftest import ARGUMENTS, HOW_TO_GET_IT, find_chromium, running_demo
from tests.browser.insights import PAGES, open_drawn, paths

FOLDER = PROJECT_ROOT / "data" / "screenshots"
SETUP = ("accounts", "businesses", "syncs", "apps")
SIZES = {1440: 1000, 390: 844}
SETTLE_MS = 700
"""So long a chart takes to fade in and a table to take its width."""

_HEIGHT = """
    Math.max(...[...document.querySelectorAll('[data-testid="stMain"], [data-testid="stMainBlockContainer"]')]
        .map(element => element.scrollHeight))
"""


def main(folder: Path) -> int:
    """Start a demo of its own, take every picture, end it; how many pictures there are."""
    path = find_chromium()
    if path is None:
        raise SystemExit(HOW_TO_GET_IT)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="tideline-screenshots-") as data_dir,
        running_demo(Path(data_dir) / "data") as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        taken = [
            one for theme in ("light", "dark") for width in SIZES for one in _take(browser, demo, folder, theme, width)
        ]
        browser.close()
    return len(taken)


def _take(browser, demo, folder, theme, width):
    """Every page in one theme and width, each from its top to its end."""
    context = browser.new_context(
        base_url=demo.url,
        locale="en-US",
        timezone_id="UTC",
        color_scheme=theme,
        viewport={"width": width, "height": SIZES[width]},
    )
    page = context.new_page()
    for name, path in {**paths(demo), **{name: f"/{name}" for name in SETUP}}.items():
        page.set_viewport_size({"width": width, "height": SIZES[width]})
        _open(page, name, path)
        page.set_viewport_size({"width": width, "height": max(SIZES[width], page.evaluate(_HEIGHT))})
        page.wait_for_timeout(SETTLE_MS)
        yield page.screenshot(path=folder / f"{name}-{theme}-{width}.png")
    context.close()


def _open(page, name, path):
    if name in PAGES:
        open_drawn(page, name, path)
        return
    page.goto(path)
    page.get_by_role("heading", level=1).wait_for()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else FOLDER
    sys.stdout.write(f"{main(chosen)} pictures in {chosen}\n")

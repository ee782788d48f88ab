"""The dashboard on a folder of its own, with a clock that stands still."""

import json
import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.charts import frame
from core.clock import MovableClock
from core.settings import PROJECT_ROOT
from core.tickets import TicketOffice
from core.ui import data, workplace
from tests.conftest import NOW
from tests.ui.folder import ALL_PLATFORMS, Folder, days, posts

SHELL = PROJECT_ROOT / "core" / "ui" / "shell.py"
SYNCS, ACCOUNTS, BUSINESSES, CONNECT, APPS = (
    str(PROJECT_ROOT / "pages" / "setup" / f"{name}.py")
    for name in ("syncs", "accounts", "businesses", "connect", "apps")
)
COOKIE = "what the browser's cookie holds"


class Dashboard:
    """A viewer: opens the shell, reads what a page says."""

    def open(self, page=None, **parameters):
        at = AppTest.from_file(str(SHELL), default_timeout=30)
        for name, value in parameters.items():
            at.query_params[name] = value
        at.run()
        if page:
            at.switch_page(page).run()
        return at

    def texts(self, at):
        """Every sentence on the page, whatever element says it."""
        kinds = ("title", "subheader", "markdown", "caption", "text", "info", "warning", "error", "success", "toast")
        return [element.value for kind in kinds for element in at.get(kind)]

    def bodies(self, at):
        """The HTML of our own shapes, as it is sent."""
        return [element.value for element in at.get("html")]

    def forms(self, at):
        """By its button's words: where a sign-in form leads, and for what its ticket is."""
        office = TicketOffice(data.settings())
        pattern = r'action="([^"]+)".*name="ticket" value="([^"]+)".*<button[^>]*>([^<]+)<'
        found = [match.groups() for body in self.bodies(at) if (match := re.search(pattern, body))]
        return [(label, action, office.read(ticket, COOKIE)) for action, ticket, label in found]

    def choose(self, at, key, option):
        """Click an entry of a menu."""
        next(menu for menu in at.get("menu_button") if menu.key == key).click(option).run()
        assert not at.exception
        return at

    def metric(self, at, label):
        return next(metric for metric in at.metric if metric.label == label)

    def figures(self, at):
        return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


@pytest.fixture
def use_folder(monkeypatch):
    """Point the dashboard to a settings object, with nothing cached of the test before; Plotly checks every chart."""

    monkeypatch.setattr(frame, "VALIDATES", True)

    def use(settings):
        monkeypatch.setattr(data, "settings", lambda: settings)
        monkeypatch.setattr(data, "clock", lambda: MovableClock(NOW))
        monkeypatch.setattr(data, "now", lambda: NOW)
        monkeypatch.setattr(workplace, "bind_cookie", lambda: COOKIE)
        st.cache_data.clear()
        st.cache_resource.clear()

    yield use
    data.operations().close()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def dashboard(settings, use_folder):
    use_folder(settings)
    return Dashboard()


@pytest.fixture
def folder(settings, database, warehouse):
    return Folder(settings, database, warehouse)


@pytest.fixture
def filled(folder):
    """Two businesses, fully known for both periods: one on every platform, one on LinkedIn alone."""
    aurora, accounts = folder.add_business("Aurora Coffee", *ALL_PLATFORMS)
    bikes, (bikes_account,) = folder.add_business("Lumen Bikes", ALL_PLATFORMS[0])
    for number, account_id in enumerate([*accounts, bikes_account], start=1):
        counters = {"followers": 1000 * number}
        if account_id != accounts[1]:  # X gives no numbers per day
            counters |= {"impressions": 100 * number, "engagements": 4 * number}
        folder.load(account_id, days=days(60, **counters), posts=posts(account_id, 1, 2, 30, 31, 45))
    folder.publish()
    folder.beat()
    folder.aurora, folder.bikes, folder.accounts, folder.bikes_account = aurora, bikes, accounts, bikes_account
    return folder

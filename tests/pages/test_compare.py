"""Side by side: raw, per 1,000 followers, per post; a number comes from the accounts alone that have both of its parts."""

import pytest

from core.analytics.comparing import Per, compare
from core.analytics.kpis import Measure
from core.domain import Platform
from core.settings import PROJECT_ROOT
from tests.analytics.conftest import WEEK, World
from tests.ui.folder import YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

COMPARE = str(PROJECT_ROOT / "pages" / "insights" / "compare.py")


def open_page(dashboard, **parameters):
    at = dashboard.open(**parameters)
    at.switch_page(COMPARE).run()
    assert not at.exception
    return at


def table(at):
    return at.dataframe[0].value.set_index("Name")


def test_businesses_as_they_are(dashboard, filled):
    found = table(open_page(dashboard))
    sql = "SELECT sum(impressions) FROM account_daily JOIN accounts USING (account_id) WHERE business_id = ? AND day BETWEEN ? AND ?"
    for business, name in ((filled.aurora, "Aurora Coffee"), (filled.bikes, "Lumen Bikes")):
        assert found.loc[name, "Impressions"] == filled.query(sql, business, day_before(30), YESTERDAY)
    assert found["Impressions: of"].to_dict() == {"Aurora Coffee": "3 of 4", "Lumen Bikes": "1 of 1"}
    bar = dashboard.figures(open_page(dashboard))[0]["data"][0]
    assert (bar["x"], bar["text"]) == ([24_000, 15_000], ["24.0K", "15.0K"])


def test_per_thousand_followers_leaves_out_the_followers_of_accounts_without_impressions(dashboard, filled):
    """X has 2,000 followers and no impressions: they must not water the others down."""
    found = table(open_page(dashboard, compare_per="Per 1,000 followers"))
    assert found.loc["Aurora Coffee", "Impressions per 1,000 followers"] == pytest.approx(24_000 / 8)
    assert found.loc["Lumen Bikes", "Impressions per 1,000 followers"] == pytest.approx(3_000)
    assert found.loc["Aurora Coffee", "Followers"] == 10_000


def test_accounts_of_a_business_per_post(dashboard, filled):
    at = open_page(dashboard, business="Aurora Coffee", compare_per="Per post", compare_measure="Engagements")
    found = table(at)
    assert found.loc["Aurora Coffee linkedin · LinkedIn", "Engagements per post"] == pytest.approx(120 / 3)
    assert found["Engagements per post"].isna().sum() == 1
    texts = dashboard.texts(at)
    assert "**Engagements per post**" in texts
    assert "Not drawn: 1 without a known number." in texts


def test_names_are_no_markup(dashboard, folder):
    _, (account,) = folder.add_business("<a href='http://evil'>x</a>", Platform.X)
    folder.load(account, days=days(30, followers=5))
    folder.publish()
    figure = dashboard.figures(open_page(dashboard, compare_measure="Followers"))[0]
    assert "<a" not in str(figure)


def test_nobody_posted_is_no_division():
    world = World().account(1).days(1, 7, impressions=10, followers=100).posts(1, 30)
    found = compare(world.measured(), WEEK, {1: 1}, Per.POST)[1]
    assert (found.values[Measure.POSTS], found.values[Measure.IMPRESSIONS]) == (0, None)

"""The catalog: where each number comes from, how it stands, and what is known of it in the published copy."""

import pytest

from core.domain import Platform, Post, PostKind, PostSnapshot
from core.metrics import ACCOUNT_METRICS, CATALOG, POST_METRICS, Grain, Metric
from core.settings import PROJECT_ROOT
from core.ui import facts
from core.warehouse.events import MetricEvent, record_metric_event
from tests.conftest import NOW
from tests.ui.folder import day_before

pytestmark = pytest.mark.integration

METRICS = str(PROJECT_ROOT / "pages" / "insights" / "metrics.py")
OF_DAY, OF_POST = "Account, per day", "Post, lifetime so far"


def tables(dashboard, **parameters):
    at = dashboard.open(**parameters)
    at.switch_page(METRICS).run()
    assert not at.exception
    return [frame.value for frame in at.dataframe]


def sources(dashboard, **parameters):
    return tables(dashboard, **parameters)[2].set_index(["Platform", "Of", "Metric"])


def test_the_platforms_side_by_side(dashboard, filled):
    of_days, of_posts, _, derived = tables(dashboard)
    reach = of_days.set_index("Metric").loc["Reach"]
    assert (reach["Unit"], reach["Days may be added"]) == ("people", "No")
    assert (reach["X"], reach["Instagram"]) == ("Not offered", "reach · up to 2 days late")
    assert of_posts.set_index("Metric").loc["Saves", "LinkedIn"] == "Not offered"
    assert "Against usual" in derived["Number"].tolist()


def test_every_metric_of_every_platform_has_a_row(dashboard, filled):
    found = sources(dashboard)
    assert len(found) == len(Platform) * (len(ACCOUNT_METRICS) + len(POST_METRICS)) == len(found.index.unique())
    for platform, name in ((Platform.FACEBOOK, "Facebook"), (Platform.X, "X")):
        for (grain, metric), offer in facts.offers_of(platform).items():
            row = found.loc[(name, OF_DAY if grain is Grain.ACCOUNT_DAY else OF_POST, CATALOG[metric].label)]
            assert (row["Source"], row["Lag"], row["State"]) == (offer.source, offer.lag_days, "Given")


def test_a_platform_narrows_the_sources(dashboard, filled):
    assert set(sources(dashboard, metrics_platform="X").index.get_level_values("Platform")) == {"X"}


def test_what_became_of_a_metric_is_told_with_its_day(dashboard, filled):
    for platform, event, ago in (
        (Platform.FACEBOOK, "retired", 4),
        (Platform.INSTAGRAM, "retired", 9),
        (Platform.INSTAGRAM, "returned", 2),
    ):
        told = MetricEvent(platform, Grain.ACCOUNT_DAY, Metric.IMPRESSIONS, event, day_before(ago))
        record_metric_event(filled.warehouse, told)
    filled.publish()
    found = sources(dashboard)
    assert found.loc[("Facebook", OF_DAY, "Impressions"), "State"] == "Retired since Fri 20 Nov 2026"
    assert found.loc[("Facebook", OF_POST, "Impressions"), "State"] == "Given"
    assert found.loc[("Instagram", OF_DAY, "Impressions"), "State"] == "Given again since Sun 22 Nov 2026"
    assert found.loc[("X", OF_DAY, "Impressions"), "State"] == "Not offered"
    side_by_side = tables(dashboard)[0].set_index("Metric").loc["Impressions", "Facebook"]
    assert side_by_side.endswith(" · retired since Fri 20 Nov 2026")


def test_what_is_known_here_is_what_the_published_copy_holds(dashboard, filled):
    seen = Post("p", PostKind.TEXT, NOW.replace(hour=1), text="x")
    filled.load(filled.accounts[0], posts=[seen], snapshots=[PostSnapshot("p", likes=0)])
    filled.publish()
    found = sources(dashboard)
    days = found.loc[("LinkedIn", OF_DAY, "Impressions")]
    known = (
        "FROM account_daily JOIN accounts USING (account_id) WHERE platform = 'linkedin' AND impressions IS NOT NULL"
    )
    assert days["Accounts"] == filled.query(f"SELECT count(DISTINCT account_id) {known}") == 2
    assert days["Known from"] == filled.query(f"SELECT min(day) {known}")
    assert days["Known to"] == filled.query(f"SELECT max(day) {known}")
    assert found.loc[("LinkedIn", OF_DAY, "Reach"), "Accounts"] == 0
    likes = found.loc[("LinkedIn", OF_POST, "Reactions")]
    assert (likes["Accounts"], str(likes["Known from"])[:10]) == (1, str(NOW.date()))


def test_the_days_are_the_platforms_own(dashboard, filled):
    at = dashboard.open(METRICS)
    assert any("Facebook in America/Los_Angeles" in words for words in dashboard.texts(at))


def test_without_any_data_it_is_a_reference_all_the_same(dashboard, folder):
    found = sources(dashboard)
    assert found["Accounts"].isna().all()
    assert found["Known from"].isna().all()

"""The numbers of accounts on real data: cards, changes, tables, shares and lines are those of an independent query of the published copy."""

from datetime import timedelta

import pandas as pd
import pytest

from core.analytics.kpis import Change, Measure
from core.domain import Platform
from core.metrics import Grain, Metric
from core.settings import PROJECT_ROOT, Settings
from core.ui import data, facts, text
from tests.conftest import NOW
from tests.ui.conftest import Dashboard

pytestmark = pytest.mark.integration

INSIGHTS = PROJECT_ROOT / "pages" / "insights"
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90}
KNOWN_TO = TODAY - timedelta(days=6)
"""The last day of which the followers of the Facebook page are known: a range that ends there has both its ends."""

LOCAL = "timezone(b.timezone, timezone('UTC', p.published_at))::DATE"


@pytest.fixture
def dashboard(replayed, use_folder):
    use_folder(Settings.read(data_dir=replayed))
    return Dashboard()


def open_page(dashboard, name, **parameters):
    at = dashboard.open(**parameters)
    if name != "overview":
        at.switch_page(str(INSIGHTS / f"{name}.py")).run()
    assert not at.exception
    return at


def ask(sql, *parameters):
    return data.published().frame(sql, list(parameters))


def one(sql, *parameters):
    value = ask(sql, *parameters).iloc[0, 0]
    return None if pd.isna(value) else float(value)


def days_of(period):
    return YESTERDAY - timedelta(days=PERIODS[period] - 1), YESTERDAY


def final_day(platform):
    """The last day whose numbers stand: the platform's yesterday, less its lag."""
    offers = facts.offers_of(platform)
    lag = max(offers[Grain.ACCOUNT_DAY, metric].lag_days for metric in (Metric.IMPRESSIONS, Metric.ENGAGEMENTS))
    return YESTERDAY - timedelta(days=lag)


def sums_of_days(first, last, where="TRUE"):
    """One row: impressions, engagements, the rate of the days that know both, and the reach of the average final day."""
    return ask(
        f"""
        SELECT sum(impressions) AS impressions, sum(engagements) AS engagements,
            sum(engagements) FILTER (impressions IS NOT NULL) / nullif(sum(impressions) FILTER (engagements IS NOT NULL), 0) AS rate
        FROM account_daily JOIN accounts USING (account_id) WHERE day BETWEEN ? AND ? AND {where}
        """,
        first,
        last,
    ).iloc[0]


def paired_sums(first, last, final, where):
    """Now and before: the sums of those final days that are known at the same place of both periods; and how many these are."""
    length = (last - first).days + 1
    return ask(
        f"""
        WITH known AS (
            SELECT account_id, day, impressions, engagements FROM account_daily JOIN accounts USING (account_id)
            WHERE impressions IS NOT NULL AND engagements IS NOT NULL AND day <= ? AND {where}
        )
        SELECT count(*) AS days, sum(n.impressions) AS impressions, sum(o.impressions) AS impressions_before,
            sum(n.engagements) AS engagements, sum(o.engagements) AS engagements_before
        FROM known AS n JOIN known AS o ON o.account_id = n.account_id AND o.day = n.day - {length}
        WHERE n.day BETWEEN ? AND ?
        """,
        final,
        first,
        last,
    ).iloc[0]


def posts_between(first, last, where="TRUE"):
    return one(
        "SELECT count(*) FROM posts AS p JOIN accounts AS a USING (account_id) JOIN businesses AS b USING (business_id)"
        f" WHERE {LOCAL} BETWEEN ? AND ? AND {where}",
        first,
        last,
    )


def relative(now, before):
    return Change(now - before, (now - before) / before)


@pytest.mark.parametrize("period", PERIODS)
def test_the_cards_of_all_businesses(dashboard, period):
    first, last = days_of(period)
    at = open_page(dashboard, "overview", period=period)
    sums = sums_of_days(first, last)
    assert sums["impressions"] > 0
    assert dashboard.metric(at, "Impressions").value == text.number(float(sums["impressions"]))
    assert dashboard.metric(at, "Engagements").value == text.number(float(sums["engagements"]))
    assert dashboard.metric(at, "Engagement rate").value == text.percent(float(sums["rate"]))
    followers = one(
        "SELECT sum(f) FROM (SELECT arg_max(followers, day) AS f FROM account_daily WHERE followers IS NOT NULL"
        " AND day BETWEEN ? AND ? GROUP BY account_id)",
        first,
        last,
    )
    assert dashboard.metric(at, "Followers").value == text.number(followers)
    published = dashboard.metric(at, "Posts published")
    posts, before = (
        posts_between(first, last),
        posts_between(first - (last - first) - timedelta(days=1), first - timedelta(days=1)),
    )
    assert published.value == text.number(posts)
    if published.delta:  # the posts of all accounts are known in both periods
        assert published.delta == text.change(Measure.POSTS, relative(posts, before))


@pytest.mark.parametrize("period", PERIODS)
def test_the_table_of_businesses(dashboard, period):
    first, last = days_of(period)
    table = open_page(dashboard, "overview", period=period).dataframe[0].value.set_index("Business")
    names = ask("SELECT b.name, a.platform, a.account_id FROM businesses AS b JOIN accounts AS a USING (business_id)")
    assert sorted(table.index) == sorted(names["name"])
    for name, platform, account_id in names.itertuples(index=False):
        row, of = table.loc[name], f"account_id = {account_id}"
        sums = sums_of_days(first, last, of)
        expected = [sums["impressions"], sums["engagements"], sums["rate"] * 100, posts_between(first, last, of)]
        shown = row[["Impressions", "Engagements", "Engagement rate", "Posts published"]].astype("float64")
        assert shown.tolist() == pytest.approx([float(value) for value in expected], nan_ok=True), name
        if Platform(platform) is not Platform.LINKEDIN:
            assert row[["Impressions: change", "Engagements: change"]].isna().all(), name
            continue
        pair = paired_sums(first, last, final_day(Platform.LINKEDIN), of)
        if pair["days"] * 2 < PERIODS[period]:
            assert row[["Impressions: change", "Engagements: change", "Engagement rate: change"]].isna().all()
            continue
        for label, metric in (("Impressions", "impressions"), ("Engagements", "engagements")):
            was = pair[f"{metric}_before"]
            assert row[f"{label}: change"] == pytest.approx((pair[metric] - was) / was * 100)
        rates = pair["engagements"] / pair["impressions"] - pair["engagements_before"] / pair["impressions_before"]
        assert row["Engagement rate: change"] == pytest.approx(rates * 100)


@pytest.mark.parametrize("period", ["7 days", "30 days"])
def test_the_cards_of_the_linkedin_page(dashboard, period):
    first, last = days_of(period)
    name = ask("SELECT b.name FROM businesses AS b JOIN accounts USING (business_id) WHERE platform = 'linkedin'").iloc[
        0, 0
    ]
    at = open_page(dashboard, "business", business=name, period=period)
    final, where = final_day(Platform.LINKEDIN), "platform = 'linkedin'"
    sums = sums_of_days(first, last, where)
    for label, value in (("Impressions", sums["impressions"]), ("Engagements", sums["engagements"])):
        assert dashboard.metric(at, label).value == text.number(float(value))
    assert dashboard.metric(at, "Engagement rate").value == text.percent(float(sums["rate"]))
    reach = one(
        f"SELECT avg(reach) FROM account_daily JOIN accounts USING (account_id) WHERE {where} AND day BETWEEN ? AND ?",
        first,
        min(last, final),
    )
    assert dashboard.metric(at, "Average daily reach").value == text.number(reach)
    assert dashboard.metric(at, "Followers").value == text.MISSING  # none of its days is known
    assert dashboard.metric(at, "Net new followers").value == text.MISSING
    pair = paired_sums(first, last, final, where)
    deltas = [dashboard.metric(at, label).delta for label in ("Impressions", "Engagements")]
    if pair["days"] * 2 < PERIODS[period]:
        assert deltas == ["", ""]
        return
    assert deltas == [
        text.change(Measure.IMPRESSIONS, relative(pair["impressions"], pair["impressions_before"])),
        text.change(Measure.ENGAGEMENTS, relative(pair["engagements"], pair["engagements_before"])),
    ]
    assert any(f"Compared on {int(pair['days'])} of {PERIODS[period]} days" in said for said in dashboard.texts(at))


@pytest.mark.parametrize("metric", ["impressions", "engagements"])
def test_the_lines_of_days(dashboard, metric):
    first, last = days_of("30 days")
    figures = dashboard.figures(open_page(dashboard, "overview", period="30 days"))
    figure = figures[["impressions", "engagements"].index(metric)]
    known = ask(
        f"SELECT day, sum({metric}) AS value FROM account_daily JOIN accounts USING (account_id)"
        f" WHERE platform = 'linkedin' AND {metric} IS NOT NULL AND day BETWEEN ? AND ? GROUP BY day",
        first,
        last,
    )
    by_day = {str(day.date()): float(value) for day, value in known.itertuples(index=False)}
    (line,) = [trace for trace in figure["data"] if trace["mode"] == "lines"]
    drawn = dict(zip((str(day)[:10] for day in line["x"]), line["y"], strict=True))
    assert {day: value for day, value in drawn.items() if value is not None} == by_day
    assert len(drawn) == 30


class TestOneBusinessWithAll:
    """The four real accounts brought together in one business, so that its platforms have shares."""

    @pytest.fixture
    def dashboard(self, together, use_folder):
        use_folder(Settings.read(data_dir=together))
        return Dashboard()

    def test_the_shares_of_the_platforms(self, dashboard):
        first, last = days_of("90 days")
        at = open_page(dashboard, "business", business="cosmetics", period="90 days")
        figure = next(one for one in dashboard.figures(at) if one["layout"].get("barmode") == "stack")
        posts = {platform: posts_between(first, last, f"a.platform = '{platform}'") for platform in Platform}
        assert min(posts.values()) > 0
        for bar, platform in zip(figure["data"], Platform, strict=True):
            assert bar["name"] == text.PLATFORMS[platform]
            shares = dict(zip(bar["y"], bar["x"], strict=True))
            assert shares["Posts published"] == pytest.approx(posts[platform] / sum(posts.values()))
            assert ("Impressions" in shares) == (
                platform is Platform.LINKEDIN
            )  # the others gave no day: no share, not 0 %
            assert ("Followers" in shares) == (platform is Platform.FACEBOOK)

    def test_the_cards_name_how_many_accounts_they_cover(self, dashboard):
        at = open_page(dashboard, "business", business="cosmetics", period="30 days")
        sums = sums_of_days(*days_of("30 days"))
        assert dashboard.metric(at, "Impressions").value == text.number(float(sums["impressions"]))
        assert sum(said.startswith("1 of 4 accounts") for said in dashboard.texts(at)) >= 4
        assert any(said.startswith("4 of 4 accounts") for said in dashboard.texts(at))  # the posts

    def test_the_best_and_the_worst_posts(self, dashboard):
        """Of the posts older than 48 hours: the rate against the median of the account's posts of the kind, of 180 days."""
        at = open_page(dashboard, "business", business="cosmetics", period="90 days")
        first, last = days_of("90 days")
        order = ask(
            f"""
            WITH rated AS (
                SELECT p.account_id, p.post_id, p.kind, p.published_at, {LOCAL} AS day,
                    l.engagements / nullif(l.impressions, 0) AS rate
                FROM posts AS p JOIN accounts AS a USING (account_id) JOIN businesses AS b USING (business_id)
                JOIN post_latest AS l USING (account_id, post_id)
            ),
            usual AS (
                SELECT account_id, kind, median(rate) AS usual FROM rated WHERE day BETWEEN ? AND ?
                GROUP BY ALL HAVING count(rate) >= 5
            )
            SELECT rate / nullif(usual, 0) AS against FROM rated JOIN usual USING (account_id, kind)
            WHERE day BETWEEN ? AND ? AND published_at < ? AND rate / nullif(usual, 0) IS NOT NULL ORDER BY against DESC
            """,
            TODAY - timedelta(days=180),
            last,
            first,
            last,
            (NOW - timedelta(hours=48)).replace(tzinfo=None, minute=0),
        )["against"].tolist()
        assert len(order) > 20
        best, worst = (frame.value["Against usual"].tolist() for frame in at.dataframe[-2:])
        assert best == pytest.approx(order[:5])
        assert worst == pytest.approx(order[::-1][:5])


class TestAudience:
    """Of the Facebook page alone followers are known, and up to a day that is some days ago."""

    @pytest.fixture
    def audience(self, dashboard):
        first = KNOWN_TO - timedelta(days=29)
        return open_page(dashboard, "audience", period="Custom range", dates=[str(first), str(KNOWN_TO)])

    def test_levels_net_and_what_is_known_of_them(self, dashboard, audience):
        first = KNOWN_TO - timedelta(days=29)
        level = "SELECT followers FROM account_daily WHERE followers IS NOT NULL AND day = ?"
        end, start = one(level, KNOWN_TO), one(level, first - timedelta(days=1))
        before = one(level, first - timedelta(days=31))
        assert dashboard.metric(audience, "Followers").value == text.number(end)
        net = dashboard.metric(audience, "Net new followers")
        assert float(net.value.replace(",", "")) == end - start != 0
        assert net.delta == text.change(Measure.NET_FOLLOWERS, Change((end - start) - (start - before), None))
        table = audience.dataframe[-1].value.set_index("Platform")
        row = table.loc["Facebook"]
        assert (row["Followers"], row["Net new"], row["Days known"]) == (end, end - start, "30 of 30")
        assert (
            str(row["Known since"])[:10]
            == str(ask("SELECT min(day) AS d FROM account_daily WHERE followers > 0")["d"][0])[:10]
        )
        silent = table.drop(index="Facebook")
        assert silent[["Followers", "Net new", "Gained", "Lost", "Known since"]].isna().all(axis=None)
        assert set(silent["Days known"]) == {"0 of 30"}

    def test_the_lines_and_the_steps(self, dashboard, audience):
        first = KNOWN_TO - timedelta(days=29)
        days = ask(
            "SELECT day, followers::DOUBLE AS followers, followers - lag(followers) OVER (ORDER BY day) AS step"
            " FROM account_daily WHERE followers IS NOT NULL AND day BETWEEN ? AND ? ORDER BY day",
            first - timedelta(days=1),
            KNOWN_TO,
        ).iloc[1:]
        assert len(days) == 30
        levels, steps = dashboard.figures(audience)
        (line,) = [trace for trace in levels["data"] if trace["mode"] == "lines"]
        assert line["y"] == days["followers"].tolist()
        assert steps["data"][0]["y"] == days["step"].astype("float64").tolist()

    def test_where_no_gains_are_known_none_are_drawn(self, dashboard, audience):
        assert one("SELECT count(followers_gained) + count(followers_lost) FROM account_daily") == 0
        assert len(dashboard.figures(audience)) == 2
        assert audience.dataframe[-1].value[["Gained", "Lost"]].isna().all(axis=None)

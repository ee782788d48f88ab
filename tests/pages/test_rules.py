"""What a business counts as engagement, and what its rate is a share of, holds on every page; each number by a query of its own."""

import pytest

from core.domain import Platform, RateBase
from core.settings import PROJECT_ROOT
from tests.ui.folder import YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

COMPARE = str(PROJECT_ROOT / "pages" / "insights" / "compare.py")
BUSINESS = str(PROJECT_ROOT / "pages" / "insights" / "business.py")
SPAN = (day_before(30), YESTERDAY)
COMPARED_RATE = 5
"""The place of the engagement rate among the charts of the comparison."""
OF_DAYS = (
    "FROM account_daily JOIN accounts USING (account_id) WHERE business_id = {business} AND day BETWEEN ? AND ?"
    " AND engagements IS NOT NULL"
)


@pytest.fixture
def two(folder):
    """Aurora on LinkedIn, Instagram and X, Lumen on LinkedIn; a day without reach, one without clicks, one without followers."""
    aurora, (linkedin, instagram, x) = folder.add_business("Aurora", Platform.LINKEDIN, Platform.INSTAGRAM, Platform.X)
    lumen, (other,) = folder.add_business("Lumen", Platform.LINKEDIN)
    holes = (day_before(3), day_before(4), day_before(5))
    numbers = {"impressions": 1000, "engagements": 20, "clicks": 7, "reach": 400, "followers": 250}
    lacking = ("reach", "clicks", "followers")
    for account, scale in ((linkedin, 1), (other, 3)):
        known = {name: value * scale for name, value in numbers.items()} | {"reach": 400, "followers": 250 + scale}
        rows = days(60, skip=holes, **known)
        for day, name in zip(holes, lacking, strict=True):
            rows += days(1, last=day, **{key: value for key, value in known.items() if key != name})
        folder.load(account, days=sorted(rows, key=lambda row: row.day))
    folder.load(instagram, days=days(60, impressions=500, engagements=50, reach=100, followers=90))
    folder.load(x, days=days(60, followers=70))
    folder.publish()
    folder.beat()
    folder.aurora, folder.lumen = aurora, lumen
    return folder


def rate_of(folder, business, base, *, clicks="0"):
    """By another way than the pages': a query of the published copy."""
    engaged = f"(engagements + {clicks})"
    value = f"sum({engaged}) FILTER ({base} IS NOT NULL) / sum({base})"
    if base != "impressions":
        value = f"avg({engaged} / {base})"
    return folder.query(f"SELECT {value} {OF_DAYS.format(business=business)}", *SPAN)


def card(dashboard, at, label):
    return dashboard.metric(at, label).value


@pytest.mark.parametrize("base", list(RateBase))
@pytest.mark.parametrize("page", [None, BUSINESS])
def test_the_card_follows_the_base_and_prints_it(dashboard, two, base, page):
    two.change_business(two.aurora, rate_base=base)
    at = dashboard.open(business="Aurora")
    at = at.switch_page(page).run() if page else at
    assert not at.exception
    assert card(dashboard, at, "Engagement rate") == f"{rate_of(two, two.aurora, base) * 100:.1f} %"
    assert any(f"By {base}" in text for text in dashboard.texts(at))


def test_the_bases_differ(two):
    assert len({round(rate_of(two, two.aurora, base), 3) for base in RateBase}) == 3


def test_clicks_are_added_where_they_are_offered_and_known(dashboard, two):
    two.change_business(two.aurora, counts_clicks=True)
    at = dashboard.open(business="Aurora")
    added = "CASE WHEN platform = 'linkedin' THEN clicks ELSE 0 END"
    total = two.query(f"SELECT sum(engagements + {added}) {OF_DAYS.format(business=two.aurora)}", *SPAN)
    assert total == 29 * 27 + 28 * 50 + 2 * 50
    assert card(dashboard, at, "Engagements") == f"{total:,.0f}"
    expected = rate_of(two, two.aurora, "impressions", clicks=added)
    by_hand = (29 * 27 + 30 * 50) / (29 * 1000 + 30 * 500)
    assert card(dashboard, at, "Engagement rate") == f"{by_hand * 100:.1f} %"
    assert expected != by_hand  # a day without its clicks is no day of the rate
    texts = dashboard.texts(at)
    assert any("With the clicks of LinkedIn; Instagram gives none." in text for text in texts)
    assert any("1 day missing" in text for text in texts)
    assert sum(dashboard.figures(at)[1]["data"][0]["y"][day] is None for day in range(30)) == 1


def test_facebook_has_its_clicks_in_already(dashboard, folder):
    business, (facebook,) = folder.add_business("Aurora", Platform.FACEBOOK)
    folder.load(facebook, days=days(60, impressions=100, engagements=5, clicks=3))
    folder.publish()
    folder.change_business(business, counts_clicks=True)
    at = dashboard.open(business="Aurora")
    assert card(dashboard, at, "Engagements") == "150"
    assert any("Facebook's own count includes clicks." in text for text in dashboard.texts(at))
    assert not any("With the clicks" in text for text in dashboard.texts(at))


class TestDifferentRules:
    @pytest.fixture
    def differing(self, two):
        two.change_business(two.aurora, rate_base=RateBase.REACH)
        two.change_business(two.lumen, counts_clicks=True)
        return two

    def test_a_reason_takes_the_place_of_a_total(self, dashboard, differing):
        at = dashboard.open()
        assert not at.exception
        assert [card(dashboard, at, label) for label in ("Engagements", "Engagement rate")] == ["–", "–"]
        reason = "the businesses count differently (by impressions, with clicks; by reach)"
        assert sum(reason in text for text in dashboard.texts(at)) == 1
        assert sum("some businesses count clicks as engagement" in text for text in dashboard.texts(at)) == 2
        assert len(dashboard.figures(at)) == 1
        assert card(dashboard, at, "Impressions") != "–"

    def test_each_row_has_its_own(self, dashboard, differing):
        table = dashboard.open().dataframe[0].value.set_index("Business")
        assert table["Rate is"].to_dict() == {"Aurora": "by reach", "Lumen": "by impressions, with clicks"}
        assert table.loc["Aurora", "Engagement rate"] == pytest.approx(
            100 * rate_of(differing, differing.aurora, "reach")
        )
        known = differing.query(f"SELECT sum(engagements + clicks) {OF_DAYS.format(business=differing.lumen)}", *SPAN)
        assert table.loc["Lumen", "Engagements"] == known

    def test_a_rate_of_fewer_accounts_and_days_says_so(self, dashboard, two):
        """Followers are known of one day alone, and of one account."""
        business, (linkedin, other) = two.add_business("Third", Platform.LINKEDIN, Platform.FACEBOOK)
        two.change_business(business, rate_base=RateBase.FOLLOWERS)
        for account in (linkedin, other):
            two.load(account, days=days(30, skip=(YESTERDAY,), impressions=10, engagements=1))
        two.load(linkedin, days=days(1, impressions=10, engagements=1, followers=50))
        two.publish()
        row = dashboard.open().dataframe[0].value.set_index("Business").loc["Third"]
        assert row["Engagement rate"] == pytest.approx(2)
        assert row["Counted"] == "2 of 2, rate: 1 of 2"
        assert row["Days"] == "impressions 59 of 60 days, engagements 59 of 60 days, rate 1 of 30 days"

    def test_bars_say_what_they_are(self, dashboard, differing):
        at = dashboard.open().switch_page(COMPARE).run()
        assert not at.exception
        bars = dashboard.figures(at)[COMPARED_RATE]["data"][0]["text"]
        assert [bar.split(" · ")[-1] for bar in bars] == ["by reach", "by impressions, with clicks"]
        texts = dashboard.texts(at)
        assert "The bars are not alike: each is counted as its own business has chosen." in texts


def test_where_all_agree_the_header_says_the_base(dashboard, two):
    for business in (two.aurora, two.lumen):
        two.change_business(business, rate_base=RateBase.FOLLOWERS)
    at = dashboard.open()
    assert '"label": "Rate by followers"' in at.dataframe[0].proto.columns
    assert "Rate is" not in at.dataframe[0].value
    at = dashboard.open().switch_page(COMPARE).run()
    assert "**Engagement rate by followers**" in dashboard.texts(at)

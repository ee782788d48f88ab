"""Values over REST: every one with its state, by the periods and the rules of the pages, as JSON and as Parquet."""

from io import BytesIO

import pandas as pd
import pytest

from core.domain import Platform, RateBase
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Grain
from core.ops.accounts import list_connected
from core.web.api import metrics
from tests.conftest import NOW
from tests.ui.folder import YESTERDAY, days
from tests.web.rest import problem

pytestmark = pytest.mark.integration


def ask(rest, query=""):
    answer = rest.here().get(f"/metrics{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_day(rest, account_id, query=""):
    return {row["day"]: row for row in ask(rest, query)["account_days"] if row["account_id"] == account_id}


class TestAccountDays:
    def test_by_default_the_last_30_days_of_every_account(self, shared):
        told = ask(shared)
        assert told["grain"] == "account_day"
        assert told["period"] == {"first": "2026-10-25", "last": "2026-11-23"}
        assert told["data_version"] == "warehouse-1.duckdb"
        assert len(told["account_days"]) == 30 * 5
        assert told["posts"] is None

    def test_a_number_is_told_and_what_is_unknown_is_null_with_its_state(self, shared):
        row = by_day(shared, shared.accounts[0])["2026-11-20"]
        assert (row["impressions"], row["engagements"], row["followers"]) == (100, 4, 1000)
        assert row["engagement_rate"] == 0.04
        assert row["platform"] == "linkedin"
        assert "impressions" not in row["states"]
        assert (row["likes"], row["states"]["likes"]) == (None, "gap")
        assert {name for name, value in row.items() if value is None} == set(row["states"])

    def test_zero_is_a_number(self, own):
        account_id = own.accounts[0]
        own.folder.load(account_id, days=days(2, impressions=0, engagements=0))
        own.folder.publish()
        row = by_day(own, account_id)["2026-11-23"]
        assert row["impressions"] == 0
        assert "impressions" not in row["states"]
        assert row["engagement_rate"] is None  # nothing divided by nothing is not known

    def test_what_a_platform_does_not_give_is_told_apart_from_a_gap(self, shared):
        _, x, facebook, instagram = shared.accounts
        assert by_day(shared, x)["2026-11-01"]["states"]["reach"] == "not_offered"
        assert by_day(shared, instagram)["2026-11-01"]["states"]["saves"] in ("gap", "late")
        assert by_day(shared, facebook)["2026-11-01"]["states"]["reach"] == "gap"

    def test_within_its_lag_it_is_late(self, shared):
        facebook = shared.accounts[2]
        assert by_day(shared, facebook)[str(YESTERDAY)]["states"]["reach"] == "late"

    def test_a_day_without_any_row_is_there(self, own):
        row = by_day(own, own.accounts[0], "?period=free&first=2026-01-01&last=2026-01-02")
        assert list(row) == ["2026-01-01", "2026-01-02"]
        assert row["2026-01-01"]["impressions"] is None
        assert row["2026-01-01"]["states"]["impressions"] == "gap"

    def test_of_one_business_and_some_platforms(self, shared):
        told = ask(shared, f"?business_id={shared.aurora}&platform=x&platform=facebook")
        assert {row["platform"] for row in told["account_days"]} == {"x", "facebook"}
        assert {row["business_id"] for row in told["account_days"]} == {shared.aurora}
        assert [rule["business"] for rule in told["engagement_rules"]] == ["Aurora Coffee"]


class TestPeriods:
    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("period=7_days", "2026-11-17", "2026-11-23"),
            ("period=28_days", "2026-10-27", "2026-11-23"),
            ("period=90_days", "2026-08-26", "2026-11-23"),
            ("period=this_month", "2026-11-01", "2026-11-23"),
            ("period=last_month", "2026-10-01", "2026-10-31"),
            ("period=this_quarter", "2026-10-01", "2026-11-23"),
            ("period=this_year", "2026-01-01", "2026-11-23"),
            ("period=free&first=2026-11-02&last=2026-11-03", "2026-11-02", "2026-11-03"),
            ("first=2026-11-02&last=2026-11-02", "2026-11-02", "2026-11-02"),
        ],
    )
    def test_the_named_ones_of_the_pages_and_free_ones(self, shared, asked, first, last):
        assert ask(shared, f"?{asked}")["period"] == {"first": first, "last": last}

    def test_yesterday_is_the_one_of_the_business(self, own):
        own.folder.change_business(
            own.bikes, timezone="Pacific/Kiritimati"
        )  # there it is the 24th for half an hour less
        own.clock.move_to(NOW.replace(hour=11))
        told = ask(own, f"?business_id={own.bikes}&period=7_days")
        assert (told["period"]["last"], told["zone"]) == ("2026-11-24", "Pacific/Kiritimati")
        assert ask(own, "?period=7_days")["period"]["last"] == "2026-11-23"

    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            ("period=free", "needs both first and last"),
            ("first=2026-11-01", "needs both first and last"),
            ("last=2026-11-01", "needs both first and last"),
            ("period=7_days&first=2026-11-01&last=2026-11-02", "The period 7_days has its own days"),
            ("first=2026-11-03&last=2026-11-02", "between 2003-01-01 and 2026-11-23"),
            ("first=2026-11-03&last=2026-11-24", "between 2003-01-01 and 2026-11-23, the last whole day"),
            ("first=1999-01-01&last=2026-11-02", "between 2003-01-01 and 2026-11-23"),
        ],
    )
    def test_what_does_not_go_together_is_refused(self, shared, asked, why):
        assert why in problem(shared.here().get(f"/metrics?{asked}"), 400)


class TestRules:
    def test_the_usual_one_is_named(self, shared):
        (rule, _) = ask(shared)["engagement_rules"]
        assert rule == {
            "business_id": shared.aurora,
            "business": "Aurora Coffee",
            "engagements": "reactions + comments + shares + saves",
            "rate": "engagements ÷ impressions",
            "rate_base": "impressions",
            "counts_clicks": False,
        }
        assert ask(shared)["counted_with_clicks"] == ["facebook"]
        assert ask(shared, "?grain=post_lifetime")["counted_with_clicks"] == []

    def test_another_one_is_applied_and_named(self, own):
        account_id = own.accounts[0]
        own.folder.load(account_id, days=days(1, impressions=100, engagements=4, clicks=6, followers=1000))
        own.folder.publish()
        own.folder.change_business(own.aurora, rate_base=RateBase.FOLLOWERS, counts_clicks=True)
        told = by_day(own, account_id)
        assert (told["2026-11-23"]["engagements"], told["2026-11-23"]["engagement_rate"]) == (10, 0.01)
        (rule, _) = ask(own)["engagement_rules"]
        assert rule["engagements"] == "reactions + comments + shares + saves + clicks, where the platform offers them"
        assert rule["rate"] == "engagements ÷ followers"

    def test_engagements_that_want_their_clicks_are_unknown_without_them(self, own):
        own.folder.change_business(own.aurora, counts_clicks=True)
        row = by_day(own, own.accounts[0])["2026-11-20"]
        assert (row["engagements"], row["engagement_rate"], row["clicks"]) == (None, None, None)
        assert row["states"]["engagements"] == row["states"]["clicks"] == "gap"


class TestPosts:
    def test_the_newest_first_with_their_counters(self, shared):
        told = ask(shared, f"?grain=post_lifetime&business_id={shared.bikes}")
        assert told["account_days"] is None
        assert [post["published_at"][:10] for post in told["posts"]] == sorted(
            (post["published_at"][:10] for post in told["posts"]), reverse=True
        )
        post = told["posts"][0]
        assert post["platform"] == "linkedin"
        assert {name for name in post if post[name] is None} >= set(post["states"])

    def test_of_the_period_alone(self, shared):
        of_week = ask(shared, "?grain=post_lifetime&period=7_days")["posts"]
        of_month = ask(shared, "?grain=post_lifetime")["posts"]
        assert (len(of_week), len(of_month)) == (10, 15)

    def test_what_is_unknown_has_its_state(self, shared):
        x = shared.accounts[1]
        told = [one for one in ask(shared, "?grain=post_lifetime")["posts"] if one["account_id"] == x]
        assert told
        assert {post["states"]["reach"] for post in told} == {"not_offered"}


class TestParquet:
    @pytest.mark.parametrize(
        ("grain", "of_grain"), [(Grain.ACCOUNT_DAY, ACCOUNT_METRICS), (Grain.POST_LIFETIME, POST_METRICS)]
    )
    def test_it_holds_what_json_does(self, shared, grain, of_grain):
        answer = shared.here().get(f"/metrics?format=parquet&grain={grain}")
        assert answer.headers["content-type"] == metrics.PARQUET
        assert answer.headers["cache-control"] == "no-store"
        frame = pd.read_parquet(BytesIO(answer.content))
        told = ask(shared, f"?grain={grain}")
        rows = told["account_days"] or told["posts"]
        assert len(frame) == len(rows) > 0
        for metric in of_grain:
            assert [None if pd.isna(one) else one for one in frame[metric]] == [row[metric] for row in rows]
            states = [row["states"].get(metric, "number") for row in rows]
            assert frame[f"{metric}_state"].tolist() == states

    def test_counters_stay_whole_numbers(self, shared):
        frame = pd.read_parquet(BytesIO(shared.here().get("/metrics?format=parquet").content))
        assert {str(frame[metric].dtype) for metric in ACCOUNT_METRICS} == {"Int64"}

    @pytest.mark.parametrize(
        ("accept", "found"),
        [
            ("application/vnd.apache.parquet", metrics.PARQUET),
            ("application/vnd.apache.parquet, application/json;q=0.5", metrics.PARQUET),
            ("application/json, application/vnd.apache.parquet;q=0.5", metrics.JSON),
            ("*/*", metrics.JSON),
            ("text/html", metrics.JSON),
        ],
    )
    def test_accept_says_which(self, shared, accept, found):
        assert shared.here(accept=accept).get("/metrics").headers["content-type"] == found

    def test_the_parameter_is_heard_before_accept(self, shared):
        asked = shared.here(accept=metrics.PARQUET).get("/metrics?format=json")
        assert asked.headers["content-type"] == metrics.JSON


class TestLimits:
    @pytest.mark.parametrize("grain", ["account_day", "post_lifetime"])
    def test_more_rows_than_an_answer_holds_are_refused_with_the_way_out(self, shared, monkeypatch, grain):
        monkeypatch.setattr(metrics, "MOST_ROWS", {metrics.Format.JSON: 5, metrics.Format.PARQUET: 50_000})
        sentence = problem(shared.here().get(f"/metrics?grain={grain}"), 400)
        assert "one answer holds 5, as Parquet 50,000: ask for fewer days or one business." in sentence
        assert shared.here().get(f"/metrics?grain={grain}&format=parquet").status_code == 200

    def test_where_nothing_was_synced_yet(self, rest):
        assert problem(rest.here().get("/metrics"), 503) == "Nothing was synced yet: there are no values to read."

    def test_without_any_account_there_are_no_rows(self, rest, warehouse):
        warehouse.publish()
        assert ask(rest)["account_days"] == []
        assert ask(rest, "?grain=post_lifetime")["posts"] == []
        for grain in ("account_day", "post_lifetime"):
            answer = rest.here().get(f"/metrics?format=parquet&grain={grain}")
            assert len(pd.read_parquet(BytesIO(answer.content))) == 0


class TestListings:
    def test_businesses_with_their_rule(self, own):
        own.folder.change_business(own.bikes, rate_base=RateBase.REACH, timezone="Europe/Berlin")
        assert own.here().get("/businesses").json()["businesses"][1] == {
            "id": own.bikes,
            "name": "Lumen Bikes",
            "timezone": "Europe/Berlin",
            "rate_base": "reach",
            "counts_clicks": False,
        }

    def test_accounts_without_anything_secret(self, own):
        own.folder.add_login(own.accounts[0], access_token=b"SECRET-ACCESS", refresh_token=b"SECRET-REFRESH")
        answer = own.here().get(f"/accounts?business_id={own.aurora}")
        told = answer.json()["accounts"]
        assert [one["platform"] for one in told] == list(Platform)
        assert told[0]["needs_reconnect"] is False
        assert told[1]["needs_reconnect"] is True  # nobody's login reads it
        assert "SECRET" not in answer.text
        assert not [name for name in told[0] if "token" in name or "scope" in name]

    def test_a_disconnected_account_is_not_listed(self, own):
        with own.database.transaction() as session:
            list_connected(session)[0].disconnected_at = NOW
        assert own.accounts[0] not in [one["id"] for one in own.here().get("/accounts").json()["accounts"]]

    def test_the_catalog_says_what_each_metric_means_and_who_gives_it(self, shared):
        told = {one["key"]: one for one in shared.here().get("/catalog").json()["metrics"]}
        reach = told["reach"]
        assert (reach["label"], reach["summable"]) == ("Reach", False)
        assert {offer["platform"] for offer in reach["offers"]} >= {"linkedin", "facebook", "instagram"}
        assert "x" not in {offer["platform"] for offer in reach["offers"]}
        engagements = [offer for offer in told["engagements"]["offers"] if offer["includes_clicks"]]
        assert [(offer["platform"], offer["grain"]) for offer in engagements] == [("facebook", "account_day")]

"""The overview: its numbers are those of the published copy, what is missing is said, nothing a platform says does harm."""

from datetime import timedelta

import pytest

from core.domain import Platform, Provider, RunState
from core.errors import ReconnectNeededError
from core.ops import runs
from core.ops.steps import StepOutcome
from core.settings import Settings
from core.tickets import Ticket
from tests.conftest import NOW
from tests.ui.folder import ALL_PLATFORMS, YESTERDAY, day_before, days, posts

pytestmark = pytest.mark.integration

HOSTILE = "<script>alert(1)</script> ![](http://evil/x.png) :red[x] $$x$$"
PERIOD = "day BETWEEN ? AND ?"
LAST_30 = (day_before(30), YESTERDAY)


class TestNumbers:
    def test_sums_are_those_of_the_published_copy(self, dashboard, filled):
        at = dashboard.open()
        assert not at.exception
        impressions = filled.query(f"SELECT sum(impressions) FROM account_daily WHERE {PERIOD}", *LAST_30)
        engagements = filled.query(f"SELECT sum(engagements) FROM account_daily WHERE {PERIOD}", *LAST_30)
        assert impressions == 39_000
        assert dashboard.metric(at, "Impressions").value == "39.0K"
        assert dashboard.metric(at, "Engagements").value == f"{int(engagements):,}"
        assert dashboard.metric(at, "Engagement rate").value == f"{engagements / impressions * 100:.1f} %"

    def test_followers_are_the_last_known_of_each_account(self, dashboard, filled):
        sql = f"SELECT sum(f) FROM (SELECT arg_max(followers, day) AS f FROM account_daily WHERE {PERIOD} GROUP BY account_id)"
        assert filled.query(sql, *LAST_30) == 15_000
        assert dashboard.metric(dashboard.open(), "Followers").value == "15.0K"

    def test_posts_are_counted_by_day_both_ends_included(self, dashboard, filled):
        sql = "SELECT count(*) FROM posts WHERE published_at::DATE BETWEEN ? AND ?"
        assert filled.query(sql, *LAST_30) == 15
        posts_published = dashboard.metric(dashboard.open(), "Posts published")
        assert (posts_published.value, posts_published.delta) == ("15", "+5 (+50.0 %)")

    def test_a_business_and_a_platform_narrow_the_numbers(self, dashboard, filled):
        at = dashboard.open(business="Aurora Coffee", platform="Facebook", period="7 days")
        assert dashboard.metric(at, "Impressions").value == "2,100"
        assert [frame.value["Account"].tolist() for frame in at.dataframe] == [["Aurora Coffee facebook"]]

    def test_a_post_belongs_to_the_day_of_its_business(self, dashboard, folder):
        """23:30 in UTC on the day before the period is its first day in Tokyo."""
        _, (account,) = folder.add_business("Tokyo Tea", Platform.LINKEDIN, zone="Asia/Tokyo")
        post = posts(account, 31)[0]
        late = type(post)(post.post_id, post.kind, post.published_at.replace(hour=23, minute=30))
        folder.load(account, days=days(3, impressions=1), posts=[late])
        folder.publish()
        assert dashboard.metric(dashboard.open(business="Tokyo Tea"), "Posts published").value == "1"

    def test_the_table_shows_each_business_with_its_own_numbers(self, dashboard, filled):
        table = dashboard.open().dataframe[0].value.set_index("Business")
        assert table.loc["Lumen Bikes", "Impressions"] == 15_000
        assert table.loc["Aurora Coffee", "Impressions"] == 24_000
        assert table["Engagement rate"].round(1).tolist() == [4.0, 4.0]
        assert table["Counted"].to_dict() == {"Aurora Coffee": "3 of 4", "Lumen Bikes": "1 of 1"}
        assert set(table["Covers to"]) == {YESTERDAY}

    def test_the_charts_have_a_line_for_each_platform_that_has_days(self, dashboard, filled):
        impressions, engagements = dashboard.figures(dashboard.open())
        lines = [trace["name"] for trace in impressions["data"] if trace["mode"] == "lines"]
        assert lines == ["LinkedIn", "Facebook", "Instagram"]
        assert impressions["data"][0]["y"] == [600] * 30
        assert engagements["data"][1]["y"] == [12] * 30


class TestWhatIsMissing:
    def test_a_platform_without_numbers_per_day_is_named(self, dashboard, filled):
        texts = dashboard.texts(dashboard.open())
        assert "X does not give impressions per day for an account." in texts
        assert any(text.startswith("4 of 5 accounts: X gives no daily impressions") for text in texts)
        assert any(text.startswith("4 of 5 accounts: X gives no daily numbers") for text in texts)
        assert any(text.startswith("5 of 5 accounts") for text in texts)

    def test_nothing_known_is_a_dash_with_its_reason_and_no_percentage(self, dashboard, filled):
        at = dashboard.open(platform="X")
        impressions = dashboard.metric(at, "Impressions")
        assert (impressions.value, impressions.delta) == ("–", "")
        assert any("X does not give numbers per day for an account" in text for text in dashboard.texts(at))
        assert dashboard.figures(at) == []
        assert dashboard.metric(at, "Followers").value == "2,000"

    def test_a_zero_is_a_zero(self, dashboard, folder):
        _, (account,) = folder.add_business("Quiet", Platform.LINKEDIN)
        folder.load(account, days=days(60, impressions=0, engagements=0))
        folder.publish()
        at = dashboard.open()
        assert dashboard.metric(at, "Impressions").value == "0"
        assert dashboard.metric(at, "Engagement rate").value == "–"

    def test_no_percentage_where_most_of_the_period_before_is_not_known(self, dashboard, folder):
        _, (account,) = folder.add_business("New", Platform.LINKEDIN)
        folder.load(account, days=days(44, impressions=10, engagements=1))
        folder.publish()
        at = dashboard.open()
        impressions = dashboard.metric(at, "Impressions")
        assert (impressions.value, impressions.delta) == ("300", "")
        assert any("1 account has too few days known in both periods" in text for text in dashboard.texts(at))

    def test_days_still_coming_in_are_no_drop(self, dashboard, folder):
        _, (account,) = folder.add_business("Grams", Platform.INSTAGRAM)
        folder.load(account, days=days(58, last=day_before(3), impressions=100, engagements=10))
        folder.publish()
        at = dashboard.open(period="7 days")
        impressions = dashboard.metric(at, "Impressions")
        assert (impressions.value, impressions.delta) == ("500", "0")
        assert sum("Compared on 5 of 7 days" in text for text in dashboard.texts(at)) == 3

    def test_an_account_nobody_looks_at_any_more_did_not_stop_posting(self, dashboard, folder):
        _, (account,) = folder.add_business("Old", Platform.X)
        folder.load(account, posts=posts(account, *range(20, 60)), observed_at=NOW - timedelta(days=19))
        folder.publish()
        at = dashboard.open()
        published = dashboard.metric(at, "Posts published")
        assert (published.value, published.delta) == ("11", "")
        assert any("19 days missing" in text for text in dashboard.texts(at))

    @pytest.mark.parametrize("business", [None, "Gappy"])
    def test_the_tables_say_which_days_are_known(self, dashboard, folder, business):
        _, (account,) = folder.add_business("Gappy", Platform.LINKEDIN)
        folder.load(account, days=days(7, impressions=100, engagements=1))
        folder.publish()
        table = dashboard.open(**({"business": business} if business else {})).dataframe[0].value
        assert table["Impressions"].tolist() == [700]
        assert table["Days"].tolist() == ["7 of 30 days"]

    def test_a_table_without_a_hole_says_so(self, dashboard, filled):
        assert dashboard.open(business="Lumen Bikes").dataframe[0].value["Days"].tolist() == ["All"]

    def test_that_facebook_counts_otherwise_stands_beside_its_numbers(self, dashboard, filled):
        def said(at):
            return sum("Facebook's own count includes clicks." in text for text in dashboard.texts(at))

        assert said(dashboard.open()) == 3  # two cards and a chart
        assert said(dashboard.open(platform="LinkedIn")) == 0

    def test_a_page_without_daily_numbers_is_not_called_unsynced(self, dashboard, folder):
        _, (account,) = folder.add_business("Small", Platform.FACEBOOK)
        folder.load(account, days=days(1, last=NOW.date(), followers=40), asked_for_days=True)
        folder.publish()
        at = dashboard.open(business="Small")
        assert at.dataframe[0].value["Data"].tolist() == ["No daily numbers"]
        assert "1 of 1 account without daily numbers" in dashboard.texts(at)

    def test_a_gap_is_counted_and_stays_a_gap_in_the_chart(self, dashboard, folder):
        _, (account,) = folder.add_business("Gappy", Platform.LINKEDIN)
        folder.load(account, days=days(60, skip={day_before(9), day_before(10)}, impressions=10, engagements=1))
        folder.publish()
        at = dashboard.open()
        assert any("2 days missing" in text for text in dashboard.texts(at))
        line = dashboard.figures(at)[0]["data"][0]
        assert line["y"][20:22] == [None, None]
        assert line["connectgaps"] is False

    def test_late_days_are_told_from_missing_ones(self, dashboard, folder):
        _, (account,) = folder.add_business("Grams", Platform.INSTAGRAM)
        folder.load(account, days=days(58, last=day_before(3), impressions=10, engagements=1))
        folder.publish()
        assert any("2 days still coming in" in text for text in dashboard.texts(dashboard.open()))

    def test_followers_first_seen_today_count_as_of_today(self, dashboard, folder):
        _, (account,) = folder.add_business("New", Platform.X)
        folder.load(account, days=days(1, last=NOW.date(), followers=42))
        folder.publish()
        at = dashboard.open()
        followers = dashboard.metric(at, "Followers")
        assert (followers.value, followers.delta) == ("42", "")
        assert any("1 account with today's number" in text for text in dashboard.texts(at))


class TestStates:
    def test_no_account_yet(self, dashboard, folder):
        assert any("No account is connected yet" in text for text in dashboard.texts(dashboard.open()))

    def test_nothing_published_and_no_sidecar(self, dashboard, folder):
        folder.add_business("Aurora", Platform.X)
        at = dashboard.open()
        assert not at.exception
        assert any("python -m core sidecar" in info.value for info in at.info)

    def test_the_first_sync_is_on_its_way(self, dashboard, folder):
        folder.add_business("Aurora", Platform.X)
        folder.beat()
        assert [info.value.split(":")[0] for info in dashboard.open().info] == ["The first sync is on its way"]

    def test_a_copy_of_another_schema_is_a_sentence(self, dashboard, filled):
        with filled.warehouse.transaction() as connection:
            connection.execute("UPDATE schema_version SET version = 99")
        filled.publish()
        at = dashboard.open()
        assert not at.exception
        assert ["The published data has schema 99" in info.value for info in at.info] == [True]

    def test_a_damaged_copy_is_a_sentence(self, dashboard, filled, settings):
        path = settings.published_link.resolve()
        path.chmod(0o600)
        path.write_bytes(b"not a database")
        at = dashboard.open()
        assert not at.exception
        assert len(at.info) == 1

    def test_a_stopped_sidecar_is_said_on_the_first_screen(self, dashboard, filled):
        filled.beat(now=NOW - timedelta(minutes=1))
        assert ["python -m core sidecar" in warning.value for warning in dashboard.open().warning] == [True]

    def test_a_living_sidecar_needs_no_word(self, dashboard, filled):
        assert not dashboard.open().warning

    def test_accounts_that_did_not_sync_are_counted(self, dashboard, filled):
        filled.run(filled.bikes, StepOutcome(error=ReconnectNeededError("The login is gone.")))
        at = dashboard.open()
        assert any("1 account did not sync" in text for text in dashboard.texts(at))
        other = dashboard.open(business="Aurora Coffee")
        assert not any("did not sync" in text for text in dashboard.texts(other))

    def test_a_sync_that_failed_as_a_whole_is_said_once_with_its_businesses(self, dashboard, filled):
        full = "The data could not be published: ![](http://evil/x.png) no space left."
        for business in (filled.aurora, filled.bikes):
            filled.run(business, state=RunState.FAILED, error=full)
        at = dashboard.open()
        assert [text.value.splitlines() for text in at.text] == [[full, "Aurora Coffee", "Lumen Bikes"]]
        assert any("Syncing failed" in text for text in dashboard.texts(at))
        assert len(at.get("page_link")) == 1

    def test_a_failure_stays_until_a_run_has_ended_well(self, dashboard, filled):
        filled.run(filled.bikes, state=RunState.FAILED, error="No space left.", at=NOW - timedelta(hours=1))
        running = filled.start(filled.bikes)
        assert [text.value.splitlines()[0] for text in dashboard.open().text] == ["No space left."]
        assert not dashboard.open(business="Aurora Coffee").text
        with filled.database.transaction() as session:
            runs.record_finished(session, running, RunState.SUCCEEDED, now=NOW)
        assert not dashboard.open().text

    def test_a_job_that_failed_is_said_on_the_first_screen(self, dashboard, filled):
        filled.beat(job_error="Sync Analytics failed at 09:00 UTC: no space left.")
        assert [text.value for text in dashboard.open().text] == ["Sync Analytics failed at 09:00 UTC: no space left."]

    def test_a_business_without_accounts_says_what_to_do(self, dashboard, filled):
        filled.add_business("Empty")
        at = dashboard.open(business="Empty")
        assert not at.exception
        assert any("No account is connected here" in info.value for info in at.info)

    def test_an_account_that_is_behind_is_marked(self, dashboard, folder):
        _, (account,) = folder.add_business("Old", Platform.LINKEDIN)
        folder.load(account, days=days(60, last=day_before(5), impressions=1, engagements=0))
        folder.publish()
        at = dashboard.open(business="Old")
        assert at.dataframe[0].value["Data"].tolist() == ["Behind"]
        assert any("1 of 1 account behind" in text for text in dashboard.texts(at))


class TestFrame:
    def test_the_frame_says_how_far_the_data_reaches(self, dashboard, filled):
        assert "Data covers to Mon 23 Nov" in dashboard.texts(dashboard.open())

    def test_demo_data_wears_a_badge(self, dashboard, filled, use_folder):
        assert not any("Demo data" in text for text in dashboard.texts(dashboard.open()))
        use_folder(Settings.read(data_dir=filled.settings.data_dir, demo=True))
        assert any("Demo data" in text for text in dashboard.texts(dashboard.open()))

    def test_hostile_names_stay_text(self, dashboard, folder):
        """A name from outside is only ever shown where nothing of it is read as Markdown or HTML."""
        _, (account,) = folder.add_business(HOSTILE, Platform.LINKEDIN)
        folder.load(account, days=days(60, impressions=1, engagements=1))
        folder.publish()
        for at in (dashboard.open(), dashboard.open(business=HOSTILE)):
            assert not at.exception
            markdown = [element.value for kind in ("title", "markdown", "caption", "info") for element in at.get(kind)]
            assert not any("evil" in text or "script" in text for text in markdown)
            assert any(HOSTILE in str(frame.value.to_dict()) for frame in at.dataframe)

    @pytest.mark.parametrize(
        "parameters",
        [{"period": "9 days"}, {"platform": "Friendster"}, {"business": "Nobody"}, {"period": "<script>"}, {"x": "1"}],
    )
    def test_a_bad_query_parameter_means_the_default(self, dashboard, filled, parameters):
        at = dashboard.open(**parameters)
        assert not at.exception
        assert dashboard.metric(at, "Impressions").value == "39.0K"


class TestLogins:
    """A login that needs somebody is said on the first screen, with the one click that mends it."""

    @pytest.fixture
    def settings(self, tmp_path):
        apps = {f"{provider}_client_id": "known" for provider in Provider}
        return Settings.read(data_dir=tmp_path / "data", **apps)

    def test_a_broken_one_has_its_reconnect_button(self, dashboard, filled):
        facebook, instagram = filled.accounts[2:]
        filled.add_login(
            facebook, instagram, provider=Provider.META, broken_at=NOW, broken_reason="The password was changed."
        )
        at = dashboard.open()
        assert "The Facebook login of Ana Berg no longer works. The password was changed." in dashboard.texts(at)
        assert (
            "Nothing new is read of Aurora Coffee facebook and Aurora Coffee instagram until somebody signs in again."
            " What was read so far stays." in dashboard.texts(at)
        )
        assert any("Login ended" in badge.value for badge in at.markdown)
        ticket = Ticket(Provider.META, "local", account_id=facebook)
        assert dashboard.forms(at) == [("Reconnect", "/oauth/meta/start", ticket)]

    def test_an_ending_one_says_by_when(self, dashboard, filled):
        filled.add_login(filled.accounts[0], expires_at=NOW + timedelta(days=6, hours=1))
        at = dashboard.open()
        assert "The LinkedIn login of Ana Berg ends on 30 November 2026, in 7 days." in dashboard.texts(at)
        assert "Reconnect before, and Aurora Coffee linkedin goes on without a gap." in dashboard.texts(at)
        assert any("Login ends in 7 days" in badge.value for badge in at.markdown)

    def test_a_healthy_one_says_nothing(self, dashboard, filled):
        filled.add_login(filled.accounts[0])
        assert dashboard.forms(dashboard.open()) == []

    def test_many_accounts_are_not_all_named(self, dashboard, filled):
        _, others = filled.add_business("Third", *ALL_PLATFORMS)
        filled.add_login(*filled.accounts, *others, provider=Provider.META, broken_at=NOW)
        assert any("and 3 more accounts until somebody" in text for text in dashboard.texts(dashboard.open()))

    def test_what_a_platform_says_is_never_read_as_markdown(self, dashboard, filled):
        filled.add_login(filled.accounts[0], owner_name=HOSTILE, broken_at=NOW, broken_reason=HOSTILE)
        at = dashboard.open()
        assert any(HOSTILE in text.value for text in at.text)
        assert not any("evil" in e.value for kind in ("markdown", "caption", "info", "warning") for e in at.get(kind))

    def test_without_the_providers_app_it_cannot_be_mended_here(self, dashboard, filled, use_folder):
        use_folder(Settings.read(data_dir=filled.settings.data_dir))
        filled.add_login(filled.accounts[0], broken_at=NOW)
        at = dashboard.open()
        assert dashboard.forms(at) == []
        assert "LinkedIn is not set up, so it cannot be reconnected." in dashboard.texts(at)

    def test_without_an_account_it_leads_to_the_page_that_connects(self, dashboard, folder):
        folder.beat()
        assert [link.label for link in dashboard.open().get("page_link")] == ["Connect an account"]

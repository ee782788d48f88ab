"""What a page offers to take away is what it shows: the same rows and numbers in all three kinds of files."""

from datetime import date, timedelta
from io import BytesIO

import duckdb
import openpyxl
import pandas as pd
import pytest
import streamlit as st

from core.domain import Platform, Post, PostKind, PostSnapshot, RateBase
from core.metrics import Aim, GoalMetric
from core.ops.goals import add_goal
from core.ops.notes import add_note
from core.settings import PROJECT_ROOT
from tests.conftest import NOW
from tests.pages.test_overview import LAST_30, PERIOD
from tests.ui.folder import days

pytestmark = pytest.mark.integration

PAGES = ("business", "posts", "content", "audience", "compare", "coverage", "metrics")
HOSTILE = '=HYPERLINK("http://evil";"win")'


class Offered:
    """The files a page offers, by name, and how they are built."""

    def __init__(self, monkeypatch):
        self.files, self.settings = {}, []
        monkeypatch.setattr(st, "download_button", self.take)

    def take(self, label, *, data, file_name, **settings):
        if file_name.endswith(".xlsx"):  # the first one of a page
            self.files.clear()
        self.files[file_name] = data
        self.settings.append(settings["on_click"])

    def names(self, kind):
        return [name for name in self.files if name.endswith(kind)]

    def built(self, end):
        (name,) = [name for name in self.files if name.endswith(end)]
        return BytesIO(self.files[name]())

    def csv(self, name):
        return pd.read_csv(self.built(f"-23-{name}.csv"))

    def sheet(self, name):
        return pd.read_excel(self.built(".xlsx"), sheet_name=name)

    def parquet(self, name):
        return pd.read_parquet(self.built(f"-23-{name}.parquet"))


@pytest.fixture
def offered(monkeypatch):
    return Offered(monkeypatch)


def page(name):
    return str(PROJECT_ROOT / "pages" / "insights" / f"{name}.py")


def test_nothing_is_built_before_the_click_and_no_click_draws_the_page_anew(dashboard, filled, offered):
    dashboard.open()
    assert offered.names(".xlsx") == ["tideline-overview-2026-10-25-to-2026-11-23.xlsx"]
    assert all(callable(build) for build in offered.files.values())
    assert set(offered.settings) == {"ignore"}


def test_the_overview_s_numbers_are_those_of_the_published_copy(dashboard, filled, offered):
    dashboard.open()
    impressions = filled.query(f"SELECT sum(impressions) FROM account_daily WHERE {PERIOD}", *LAST_30)
    for numbers in (offered.csv("numbers"), offered.sheet("Numbers"), offered.parquet("numbers")):
        row = numbers.set_index("measure").loc["impressions"]
        assert (row["value"], row["accounts_counted"], row["accounts_shown"]) == (impressions, 4, 5)
    for daily in (offered.csv("impressions-per-day"), offered.sheet("Impressions per day")):
        assert daily["value"].sum() == impressions
        assert len(daily) == 90


def test_what_is_not_known_is_empty_everywhere(dashboard, folder, offered):
    _, (account,) = folder.add_business("Gappy", Platform.LINKEDIN)
    folder.load(account, days=[*days(10, last=date(2026, 11, 5), impressions=7), *days(5, impressions=0)])
    folder.publish()
    dashboard.open()
    for daily in (
        offered.csv("impressions-per-day"),
        offered.sheet("Impressions per day"),
        offered.parquet("impressions-per-day"),
    ):
        assert int(daily["value"].notna().sum()) == 15
        assert int((daily["value"] == 0).sum()) == 5
        assert len(daily) == 30
    numbers = offered.csv("numbers").set_index("measure")
    assert pd.isna(numbers.loc["followers", "value"])
    assert pd.isna(numbers.loc["impressions", "change"])


def test_a_hostile_post_is_a_text_in_every_file(dashboard, folder, offered):
    _, (account,) = folder.add_business("=1+1", Platform.LINKEDIN)
    listed = [Post(f"p{n}", PostKind.TEXT, NOW - timedelta(days=1 + n), text=HOSTILE) for n in range(3)]
    numbers = [PostSnapshot("p0", impressions=100, engagements=0), PostSnapshot("p1", impressions=0)]
    folder.load(account, posts=listed, snapshots=numbers)
    folder.publish()
    at = dashboard.open(page("posts"))
    assert not at.exception
    assert offered.csv("posts")["text"].str.startswith("'=").all()
    assert set(offered.parquet("posts")["text"]) == {HOSTILE}
    sheet = openpyxl.load_workbook(offered.built(".xlsx"))["Posts"]
    column = next(cell.column for cell in sheet[1] if cell.value == "text")
    cells = [row[column - 1] for row in sheet.iter_rows(min_row=2)]
    assert {(cell.value, cell.data_type) for cell in cells} == {(HOSTILE, "s")}
    about = openpyxl.load_workbook(offered.built(".xlsx"))["About this file"]
    assert "f" not in {cell.data_type for row in about.iter_rows() for cell in row}
    shown = at.dataframe[0].value
    for posts in (offered.csv("posts"), offered.sheet("Posts"), offered.parquet("posts")):
        assert posts["impressions"].astype("float64").tolist()[:2] == [100, 0]
        assert pd.isna(posts["impressions"].iloc[2])
        assert pd.isna(posts["engagements"].iloc[1])
        assert posts["impressions"].isna().tolist() == shown["Impressions"].isna().tolist()
        assert posts["rate"].iloc[0] == 0


@pytest.mark.parametrize("name", PAGES)
def test_every_page_offers_its_tables(dashboard, filled, offered, name):
    at = dashboard.open(page(name), business="Aurora Coffee")
    assert not at.exception
    book = pd.read_excel(offered.built(".xlsx"), sheet_name=None)
    assert len(book) - 1 == len(offered.names(".csv")) == len(offered.names(".parquet")) > 0
    for build in offered.files.values():
        assert build()


def test_the_first_sheet_says_what_is_looked_at(dashboard, filled, offered):
    dashboard.open(business="Lumen Bikes", period="Last month", compare="Same period last year")
    rows = pd.read_excel(offered.built(".xlsx"), sheet_name="About this file", header=None)[[0, 1]]
    said = dict(
        reversed(list(rows.dropna().itertuples(index=False, name=None)))
    )  # the table below has such a heading, too
    assert said["Business"] == "Lumen Bikes"
    assert said["Period, both days included"] == "2026-10-01 to 2026-10-31 (31 days)"
    assert said["Compared with"] == "2025-10-01 to 2025-10-31 (31 days)"
    assert said["Lumen Bikes linkedin"] == "LinkedIn"
    assert said["impressions"] == "Impressions"
    assert "never a zero" in said["Empty cells"]


def test_the_filters_of_a_page_are_said_and_no_comparison_where_there_is_none(dashboard, filled, offered):
    dashboard.open(page("posts"), posts_order="Most clicks", posts_kind="Text")
    rows = pd.read_excel(offered.built(".xlsx"), sheet_name="About this file", header=None)[[0, 1]]
    said = dict(rows.dropna().itertuples(index=False, name=None))
    assert "Compared with" not in said
    assert (said["Order"], said["Kinds"]) == ("Most clicks", "Text")
    assert "Search" not in said


def about(offered):
    """The rows of the first sheet, as far as they are filled."""
    rows = pd.read_excel(offered.built(".xlsx"), sheet_name="About this file", header=None)
    return [[cell for cell in row if isinstance(cell, str)] for row in rows.itertuples(index=False)]


def test_how_each_business_counts_is_said_with_its_notes(dashboard, filled, offered):
    filled.change_business(filled.bikes, rate_base=RateBase.REACH, counts_clicks=True)
    with filled.database.transaction() as session:
        add_note(session, filled.aurora, day=date(2026, 11, 20), text=HOSTILE, by="Ana", now=NOW)
    dashboard.open()
    said = about(offered)
    of_all = "Reactions, comments, shares and saves"
    assert ["Aurora Coffee", f"{of_all}, without clicks", "By impressions"] in said
    assert ["Lumen Bikes", f"{of_all}, with clicks", "By reach"] in said
    dashboard.open(business="Aurora Coffee")
    assert ["2026-11-20", HOSTILE] in about(offered)


def test_the_sides_that_were_chosen_are_said(dashboard, filled, offered):
    dashboard.open(page("compare"), compare_sides="Lumen Bikes", compare_per="Per post")
    said = about(offered)
    assert ["Side by side", "Lumen Bikes"] in said
    assert ["Numbers", "Per post"] in said


def test_the_account_of_the_best_time_is_said(dashboard, filled, offered):
    dashboard.open(page("content"), business="Lumen Bikes", content_span="365 days")
    said = about(offered)
    assert ["Best time: account", "Lumen Bikes linkedin · LinkedIn"] in said
    assert ["Best time: posts of the last", "365 days"] in said


def test_a_goal_is_taken_away(dashboard, filled, offered):
    november = (date(2026, 11, 1), date(2026, 11, 30))
    with filled.database.transaction() as session:
        aim = Aim(GoalMetric.IMPRESSIONS, 40_000, *november)
        add_goal(session, filled.bikes, aim, by="Ana", now=NOW)
    dashboard.open(page("business"), business="Lumen Bikes")
    impressions = filled.query(
        "SELECT sum(impressions) FROM account_daily JOIN accounts USING (account_id)"
        " WHERE business_id = ? AND day BETWEEN ? AND ?",
        filled.bikes,
        *november,
    )
    for goals in (offered.csv("goals"), offered.sheet("Goals"), offered.parquet("goals")):
        (row,) = goals.to_dict("records")
        assert (row["number"], row["target"], row["value"]) == ("impressions", 40_000, impressions)


COUNTERS = ("impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "video_views", "engagements")


def test_parquet_keeps_the_types_of_the_warehouse(dashboard, filled, offered, tmp_path):
    """Counters whole, rates as doubles, times as timestamps, days as dates or midnights: also where a column is all unknown."""
    dashboard.open(page("posts"))
    types = types_of(offered.built("-23-posts.parquet"), tmp_path)
    assert {types[name] for name in COUNTERS} == {"BIGINT"}
    assert {types[name] for name in ("rate", "usual_rate", "against_usual")} == {"DOUBLE"}
    assert types["published_at"].startswith("TIMESTAMP")
    assert {types[name] for name in ("account_id", "usual_posts")} == {"BIGINT"}
    assert {types[name] for name in ("text", "kind", "permalink", "platform")} == {"VARCHAR"}
    dashboard.open()
    types = types_of(offered.built("-23-impressions-per-day.parquet"), tmp_path)
    assert (types["value"], types["counted"], types["is_partial"]) == ("DOUBLE", "BIGINT", "BOOLEAN")
    assert types["day"].startswith(("TIMESTAMP", "DATE"))


def types_of(file, tmp_path):
    path = tmp_path / "file.parquet"
    path.write_bytes(file.read())
    with duckdb.connect() as connection:
        rows = connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
    return {row[0]: row[1] for row in rows}


def test_a_post_is_offered_with_its_curve(dashboard, folder, offered):
    _, (account,) = folder.add_business("Aurora", Platform.LINKEDIN)
    post = Post("p0", PostKind.TEXT, NOW - timedelta(days=2), text=HOSTILE)
    folder.load(account, posts=[post], snapshots=[PostSnapshot("p0", impressions=0)])
    folder.publish()
    at = dashboard.open(page("post"), account=str(account), post="p0")
    assert not at.exception
    assert offered.sheet("Post")["impressions"].tolist() == [0]
    assert pd.isna(offered.sheet("Post")["likes"].iloc[0])
    for build in offered.files.values():
        assert build()


def test_a_page_without_numbers_offers_nothing(dashboard, folder, offered):
    dashboard.open()
    assert offered.files == {}

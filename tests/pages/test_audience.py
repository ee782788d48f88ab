"""The audience: levels, steps, gains and losses are those of the published copy; an unknown end is no number."""

from datetime import timedelta

import pytest

from core.domain import Platform
from core.settings import PROJECT_ROOT
from tests.ui.folder import YESTERDAY, day_before, days

pytestmark = pytest.mark.integration

AUDIENCE = str(PROJECT_ROOT / "pages" / "insights" / "audience.py")


@pytest.fixture
def growing(folder):
    """Facebook gains 12 and loses 2 a day, with a day unknown; X is known since five days."""
    _, (facebook, x) = folder.add_business("Aurora", Platform.FACEBOOK, Platform.X)
    rising = [
        day
        for back in range(70)
        if back != 6
        for day in days(
            1, last=YESTERDAY - timedelta(days=back), followers=2000 - 10 * back, followers_gained=12, followers_lost=2
        )
    ]
    folder.load(facebook, days=rising)
    folder.load(x, days=days(5, followers=50))
    folder.publish()
    folder.beat()
    return folder


def test_the_numbers_of_each_account(dashboard, growing):
    at = dashboard.open(AUDIENCE)
    assert not at.exception
    table = at.dataframe[0].value.set_index("Platform")
    assert table.loc["Facebook", ["Followers", "Net new", "Gained", "Lost"]].tolist() == [2000, 300, 29 * 12, 29 * 2]
    assert (
        growing.query(
            "SELECT sum(followers_gained) FROM account_daily WHERE day BETWEEN ? AND ?", day_before(30), YESTERDAY
        )
        == 348
    )
    assert table.loc["X", "Followers"] == 50
    assert table.loc["X", ["Net new", "Gained", "Lost"]].isna().all()
    assert table["Days known"].to_dict() == {"Facebook": "29 of 30", "X": "5 of 30"}
    assert str(table.loc["X", "Known since"]).startswith(str(day_before(5)))
    assert dashboard.metric(at, "Net new followers").value == "+300"
    assert any(text.startswith("1 of 2 accounts: of the others one end is not known") for text in dashboard.texts(at))


def test_an_unknown_day_leaves_two_gaps_in_the_steps_and_one_in_the_level(dashboard, growing):
    levels, net, flow = dashboard.figures(dashboard.open(AUDIENCE))
    line = next(trace for trace in levels["data"] if trace["name"] == "Facebook" and trace["mode"] == "lines")
    assert [value is None for value in line["y"][22:26]] == [False, True, False, False]
    bars = next(trace for trace in net["data"] if trace["name"] == "Facebook")
    assert bars["y"][22:26] == [10, None, None, 10]
    assert {trace["name"]: set(trace["y"]) for trace in flow["data"]} == {
        "Facebook, gained": {12},
        "Facebook, lost": {-2},
    }


def test_the_day_of_the_connection_is_marked(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.X)
    folder.load(account, days=days(40, followers=5))
    with folder.warehouse.transaction() as connection:
        connection.execute("UPDATE accounts SET connected_at = ?", [day_before(10)])
    folder.publish()
    layout = dashboard.figures(dashboard.open(AUDIENCE))[0]["layout"]
    assert [
        (shape["x0"], note["text"]) for shape, note in zip(layout["shapes"], layout["annotations"], strict=True)
    ] == [(str(day_before(10)), "X connected")]


def test_followers_nobody_knows_are_sentences(dashboard, folder):
    _, (account,) = folder.add_business("Aurora", Platform.INSTAGRAM)
    folder.load(account, days=days(3, impressions=5))
    folder.publish()
    at = dashboard.open(AUDIENCE)
    assert not at.exception
    texts = dashboard.texts(at)
    assert "The followers of no account are known in this period." in texts
    assert "No account in scope is given gains or losses by its platform." in texts

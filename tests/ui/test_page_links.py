"""The pages' own controls in the URL: a link shares their choice, and says which part of it cannot be followed."""

import ast

import pytest

from core.domain import Platform
from core.settings import PROJECT_ROOT
from tests.ui.folder import days

pytestmark = pytest.mark.integration

AURORA, BIKES = "Aurora Coffee", "Lumen Bikes"


def page(name):
    return str(PROJECT_ROOT / "pages" / "insights" / f"{name}.py")


def said(dashboard, at):
    return [text for text in dashboard.texts(at) if text.startswith("The link asks for")]


WRONG = [
    ("posts", {"posts_kind": ["Text", "Poem"]}, "kind “Poem”, which cannot be shown here: it is left out."),
    ("posts", {"posts_hashtag": "nowhere"}, "hashtag “nowhere”, which cannot be shown here: it is left out."),
    ("posts", {"posts_order": "Best"}, "order “Best”, which cannot be shown here: the newest posts come first."),
    (
        "content",
        {"content_account": "<b>x</b>"},
        "account “<b>x</b>”, which cannot be shown here: the one with the most",
    ),
    (
        "content",
        {"content_span": "9 days"},
        "span “9 days”, which cannot be shown here: the posts of the last 180 days",
    ),
    ("compare", {"compare_sides": [BIKES, "Nobody"]}, "side “Nobody”, which cannot be shown here: it is left out."),
    (
        "compare",
        {"compare_per": "Per head"},
        "numbers “Per head”, which cannot be shown here: they are shown as they are.",
    ),
    ("metrics", {"metrics_platform": "Orkut"}, "platform “Orkut”, which cannot be shown here: all of them are shown."),
]


@pytest.mark.parametrize(("name", "asked", "sentence"), WRONG)
def test_each_wrong_value_is_said_in_one_sentence(dashboard, filled, name, asked, sentence):
    at = dashboard.open(page(name), **asked)
    assert not at.exception
    (told,) = said(dashboard, at)
    assert told.startswith(f"The link asks for the {sentence}")


def test_what_is_right_beside_it_is_followed(dashboard, filled):
    at = dashboard.open(page("compare"), compare_sides=[BIKES, "Nobody"])
    assert at.session_state["compare_sides"] == [BIKES]


def test_it_is_said_until_a_control_is_used(dashboard, filled):
    at = dashboard.open(page("posts"), posts_kind="Poem")
    assert len(said(dashboard, at.run())) == 1
    at.selectbox(key="posts_order").select("Most clicks").run()
    assert said(dashboard, at) == []


def test_it_is_said_on_the_page_that_it_is_of(dashboard, filled):
    at = dashboard.open(page("posts"), posts_kind="Poem")
    assert said(dashboard, at.switch_page(page("compare")).run()) == []


def test_more_sides_than_fit_are_said(dashboard, filled):
    names = [f"Brand {number}" for number in range(9)]
    for name in names:
        _, (account,) = filled.add_business(name, Platform.LINKEDIN)
        filled.load(account, days=days(60, followers=10, impressions=10, engagements=1))
    filled.publish()
    at = dashboard.open(page("compare"), compare_sides=names)
    assert not at.exception
    assert at.session_state["compare_sides"] == names[:8]
    assert said(dashboard, at) == ["The link asks for the side “Brand 8”, which cannot be shown here: it is left out."]


def test_the_metric_of_the_coverage_is_said_where_it_can_be_chosen(dashboard, filled):
    for number in range(4):
        filled.add_business(f"Brand {number}", Platform.LINKEDIN)
    at = dashboard.open(page("coverage"), coverage_metric="Beauty")
    assert said(dashboard, at) == [
        "The link asks for the metric “Beauty”, which cannot be shown here: the impressions are shown instead."
    ]


def test_the_counter_of_a_post(dashboard, filled):
    account = filled.accounts[0]
    post = f"{account}-0"
    at = dashboard.open(page("post"), account=str(account), post=post, post_counter="Smiles")
    assert not at.exception
    assert said(dashboard, at) == [
        "The link asks for the counter “Smiles”, which cannot be shown here: the impressions are shown instead."
    ]


class TestTheAccountOfTheBestTime:
    def test_a_link_shares_it(self, dashboard, filled):
        at = dashboard.open(page("content"), content_account=f"{AURORA} instagram · Instagram")
        assert at.selectbox(key="content_account").value == f"{AURORA} instagram · Instagram"
        assert said(dashboard, at) == []

    def test_two_of_one_name_stay_apart(self, dashboard, folder):
        _, (first,) = folder.add_business("One", Platform.LINKEDIN)
        _, (second,) = folder.add_business("Two", Platform.LINKEDIN)
        for account in (first, second):
            folder.change_account(account, name="Same")
            folder.load(account, days=days(9, impressions=1))
        folder.publish()
        at = dashboard.open(page("content"), content_account=f"Same · LinkedIn ({second})")
        assert at.selectbox(key="content_account").options == ["Same · LinkedIn", f"Same · LinkedIn ({second})"]
        assert at.selectbox(key="content_account").value == f"Same · LinkedIn ({second})"

    def test_one_that_leaves_the_scope_gives_way(self, dashboard, filled):
        at = dashboard.open(page("content"), content_account=f"{AURORA} instagram · Instagram")
        at.selectbox(key="business").select(filled.bikes).run()
        assert not at.exception
        assert at.selectbox(key="content_account").value == f"{BIKES} linkedin · LinkedIn"


def test_a_free_range_without_its_days_is_the_usual_days_and_says_so(dashboard, filled):
    """Where the browser's Back can lead."""
    at = dashboard.open(period="Custom range")
    assert not at.exception
    assert "Choose the first and the last day: until then the 30 days to yesterday are shown." in dashboard.texts(at)
    assert dashboard.metric(at, "Impressions").value == "39.0K"


def test_whoever_goes_to_another_page_says_what_becomes_of_the_link():
    """Without `query_params`, Streamlit clears the URL, and raises where a control of the scope stands in it."""
    folders = (PROJECT_ROOT / "core" / "ui", PROJECT_ROOT / "pages")
    calls = [
        (path.name, {keyword.arg for keyword in node.keywords})
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "switch_page"
    ]
    assert calls
    assert [name for name, keywords in calls if "query_params" not in keywords] == []

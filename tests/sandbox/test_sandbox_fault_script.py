"""The fault script: how it is set, read and ended, whom its rules mean, and what is refused."""

import pytest
from click.testing import CliRunner

from core.__main__ import cli
from core.errors import ConfigError
from core.sandbox.faults.script import parse_option
from core.sandbox.server import build_app, serve
from tests.sandbox.conftest import Browser, Visitor
from tests.sandbox.fault_cases import FACEBOOK, INSTAGRAM, LINKEDIN, X, listing, refresh, share_days, statistics

pytestmark = pytest.mark.unit

ALWAYS = {"account": "linkedin/*", "fault": "unavailable"}


def test_a_script_replaces_the_one_before_until_it_is_deleted(browser, set_faults, visitor):
    assert browser.get("/_sandbox/faults").json() == []
    set_faults({"account": "x/*", "fault": "forbidden"})
    rules = set_faults(ALWAYS | {"times": 2, "after": 1, "endpoint": "posts"})
    assert rules == [ALWAYS | {"times": 2, "after": 1, "endpoint": "posts", "matched": 0, "fired": 0}]
    assert [listing(visitor, LINKEDIN).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert [(rule["matched"], rule["fired"]) for rule in browser.get("/_sandbox/faults").json()] == [(3, 2)]
    assert listing(visitor, X).status_code == 200
    set_faults(ALWAYS)
    assert browser.ask("DELETE", "/_sandbox/faults").json() == []
    assert listing(visitor, LINKEDIN).status_code == 200


def test_what_was_read_can_be_set_again(browser, set_faults):
    read = set_faults({"account": "facebook/*", "fault": "throttled", "code": 17, "header": "several"})
    assert set_faults(*read) == read
    assert read[0]["minutes"] == 12


def test_a_login_and_everybody_can_be_meant(set_faults, visitor, other):
    for account in (f"linkedin/{visitor.login.name}", f"*/{visitor.login.name}"):
        set_faults({"account": account, "fault": "unavailable"})
        assert (listing(visitor, LINKEDIN).status_code, listing(other, LINKEDIN).status_code) == (503, 200)
    set_faults({"account": "*/*", "fault": "unavailable"})
    assert {listing(who, platform).status_code for who in (visitor, other) for platform in (LINKEDIN, X, FACEBOOK)} == {
        503
    }


def test_facebook_and_instagram_of_a_user_are_told_apart(set_faults, visitor):
    set_faults({"account": "instagram/*", "fault": "unavailable"})
    assert (listing(visitor, FACEBOOK).status_code, listing(visitor, INSTAGRAM).status_code) == (200, 503)
    assert visitor.graph(f"/{visitor.posts(INSTAGRAM)[0].post_id}").status_code == 503
    assert visitor.graph(f"/{visitor.posts(FACEBOOK)[0].post_id}").status_code == 200


def test_an_endpoint_narrows_a_fault(set_faults, visitor):
    set_faults(ALWAYS | {"endpoint": "share_days"})
    assert [ask(visitor).status_code for ask in (share_days, statistics)] == [503, 200]


def test_the_sign_in_is_met_only_where_it_is_named(set_faults, visitor):
    set_faults({"account": "*/*", "fault": "unavailable"})
    assert refresh(LINKEDIN)(visitor).status_code == 200
    set_faults({"account": "*/*", "fault": "unavailable", "endpoint": "refresh"})
    assert refresh(LINKEDIN)(visitor).status_code == 503
    assert visitor.flow.linkedin(visitor.login.name).status_code == 200


def test_the_first_rule_that_answers_wins_and_the_others_wait(browser, set_faults, visitor):
    set_faults(ALWAYS | {"times": 1}, ALWAYS | {"fault": "forbidden"}, ALWAYS | {"fault": "truncated"})
    assert [listing(visitor, LINKEDIN).status_code for _ in range(2)] == [503, 403]
    assert [rule["fired"] for rule in browser.get("/_sandbox/faults").json()] == [1, 1, 0]


def test_several_edits_meet_one_answer(set_faults, visitor):
    set_faults({"account": "x/*", "fault": "retweet"}, {"account": "x/*", "fault": "numeric_ids"})
    posts = listing(visitor, X).json()["data"]
    assert (len(posts), type(posts[0]["id"])) == (11, int)


@pytest.mark.parametrize(
    ("script", "part"),
    [
        ({}, "a JSON list"),
        ([7], "object with account and fault"),
        ([{"account": "x/*"}], "object with account and fault"),
        ([{"account": "x/*", "fault": "nope"}], "no fault 'nope'"),
        ([{"account": "x", "fault": "slow"}], "account reads"),
        ([{"account": "myspace/*", "fault": "slow"}], "account reads"),
        ([{"account": "x/nobody", "fault": "slow"}], "called 'nobody'"),
        ([{"account": "x/*", "fault": "throttled"}], "throttled is no fault of x"),
        ([ALWAYS | {"times": -1}], "times must be a whole number or null"),
        ([ALWAYS | {"times": True}], "times must be a whole number or null"),
        ([ALWAYS | {"after": "1"}], "after must be a whole number"),
        ([ALWAYS | {"endpoint": "timeline?"}], "unavailable is met at"),
        ([{"account": "x/*", "fault": "retweet", "endpoint": "profile"}], "retweet is met at timeline"),
        ([ALWAYS | {"minutes": 3}], "unavailable takes times, after, endpoint, not 'minutes'"),
        ([{"account": "facebook/*", "fault": "metric_retired"}], "metric_retired needs metric"),
        ([{"account": "facebook/*", "fault": "throttled", "code": 5}], "code of throttled must be 4 or 17"),
        ([{"account": "x/*", "fault": "slow", "seconds": "long"}], "seconds of slow must be like 1.0"),
        ([{"account": "x/*", "fault": "rate_limited", "reset_s": True}], "reset_s of rate_limited must be like 300"),
        ([{"account": "x/*", "fault": "html_page", "status": 99}], "status of html_page must be like 200"),
        ([{"account": "x/*", "fault": "deleted_post", "post": None}], "post of deleted_post must be"),
    ],
)
def test_a_bad_script_is_refused_in_one_sentence_and_changes_nothing(browser, set_faults, script, part):
    before = set_faults(ALWAYS)
    answer = browser.post("/_sandbox/faults", json=script)
    assert answer.status_code == 400
    assert part in answer.json()["error"]
    assert answer.json()["error"].endswith(".")
    assert browser.get("/_sandbox/faults").json() == before


def test_a_script_that_is_not_json_is_refused(browser):
    assert browser.post("/_sandbox/faults", content=b"faults").json() == {"error": "The body is not JSON."}


def test_the_command_line_has_a_short_form():
    assert parse_option("linkedin/*:omitted_post:post=urn:li:share:7211:times=3") == {
        "account": "linkedin/*",
        "fault": "omitted_post",
        "post": "urn:li:share:7211",
        "times": 3,
    }
    assert parse_option("x/1:rate_limited:headers=false:times=null")["headers"] is False
    with pytest.raises(ConfigError, match="platform/account:fault"):
        parse_option("linkedin")


def test_a_script_may_be_in_force_from_the_start(world, clock, login):
    visitor = Visitor(Browser(build_app(world, clock, faults=["linkedin/*:unavailable:times=1"])), login, clock)
    assert [listing(visitor, LINKEDIN).status_code for _ in range(2)] == [503, 200]


def test_the_command_refuses_a_bad_script_with_exit_2(free_port):
    ended = CliRunner().invoke(cli, ["sandbox", "--port", str(free_port), "--fault", "x/*:throttled"])
    assert (ended.exit_code, ended.output) == (2, "Error: throttled is no fault of x.\n")


def test_a_bad_option_is_refused_before_serving():
    with pytest.raises(ConfigError, match="no fault 'nope'"):
        serve(port=1, faults=["linkedin/*:nope"])

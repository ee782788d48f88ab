"""Are calls packed into one request, and does each part stand for itself?"""

import json
from datetime import date

import httpx
import pytest

from core.domain import Platform, Provider
from core.errors import MalformedAnswerError, RateLimitedError, ReconnectNeededError, TransientError
from tests.fetchers.stage import parts_of

pytestmark = pytest.mark.unit

PATHS = ["/1/insights?metric=reach", "/2/insights?metric=reach", "/3/insights?metric=reach"]


@pytest.fixture
def stage(stage_of):
    return stage_of(Platform.INSTAGRAM)


def code(number, **more):
    return httpx.Response(400, json={"error": {"code": number, "message": "no"}}, **more)


def bodies(results):
    return [result.body["data"] for result in results]


def held(stage):
    return [[part["relative_url"] for part in parts_of(batch)] for batch in stage.batches]


def test_several_calls_are_one_request_answered_in_their_order(stage):
    for number in (3, 2, 1):
        stage.on(f"/{number}/", httpx.Response(200, json={"data": [number]}))
    assert bodies(stage.session.get_together(PATHS)) == [[1], [2], [3]]
    assert held(stage) == [[path[1:] for path in PATHS]]
    assert stage.session.counts.requests == 1
    (line,) = stage.session.counts.log.lines()
    assert line["text"] == "POST meta.test/api/v25.0/ (3 calls in one)"


def test_a_call_alone_is_no_batch(stage):
    stage.on("/1/", httpx.Response(200, json={"data": [1]}))
    assert bodies(stage.session.get_together(PATHS[:1])) == [[1]]
    assert stage.batches == []


def test_fifty_calls_fit_into_a_batch(stage):
    stage.on("", httpx.Response(200, json={"data": []}))
    stage.session.get_together([f"/{number}/insights" for number in range(51)])
    assert sorted(len(calls) for calls in held(stage)) == [1, 50]


def test_a_bad_part_spoils_no_other_and_is_not_asked_again(stage):
    stage.on("/2/", code(190)).on("", httpx.Response(200, json={"data": [1]}))
    first, second, third = stage.session.get_together(PATHS)
    assert isinstance(second, ReconnectNeededError)
    assert bodies([first, third]) == [[1], [1]]
    assert len(stage.batches) == 1
    assert "Part /2/insights of the batch: Meta no longer accepts" in stage.session.counts.log.lines()[-1]["text"]


@pytest.mark.parametrize("answer", [code(2), httpx.ReadTimeout("late"), httpx.Response(200, text="<html>")])
def test_only_parts_that_are_worth_it_are_asked_again(stage, answer):
    stage.on("/2/", answer, httpx.Response(200, json={"data": [2]})).on("", httpx.Response(200, json={"data": [1]}))
    assert bodies(stage.session.get_together(PATHS)) == [[1], [2], [1]]
    assert held(stage) == [[path[1:] for path in PATHS], [PATHS[1][1:]]]
    assert (stage.session.counts.requests, stage.session.counts.retries) == (2, 1)


def test_a_part_that_never_comes_ends_all(stage):
    stage.on("/2/", httpx.ReadTimeout("late")).on("", httpx.Response(200, json={"data": [1]}))
    with pytest.raises(TransientError, match="A part of the batch was not answered in time"):
        stage.session.get_together(PATHS)
    assert len(stage.batches) == 4


def test_a_throttled_part_makes_everybody_wait_who_shares_the_limit(stage):
    stage.on("/2/", code(4)).on("", httpx.Response(200, json={"data": [1]}))
    assert isinstance(stage.session.get_together(PATHS)[1], RateLimitedError)
    assert [pause.key.partition(":")[0] for pause in stage.told_pauses] == ["app"]
    with pytest.raises(RateLimitedError):
        stage.session.get("/4/insights")


def test_what_a_part_tells_of_limits_is_kept(stage):
    usage = json.dumps({"call_count": 96, "total_time": 1, "total_cputime": 1})
    stage.on("", httpx.Response(200, json={"data": []}, headers={"X-App-Usage": usage}))
    stage.session.get_together(PATHS)
    assert stage.session.usage_share == 0.96
    assert len(stage.told_pauses) == 1


@pytest.mark.parametrize("body", [[], {"data": []}, [{"code": "x"}] * 3])
def test_a_batch_that_does_not_answer_its_parts_is_malformed(stage, body):
    stage.on_batches(httpx.Response(200, json=body))
    with pytest.raises(MalformedAnswerError, match="batch"):
        stage.session.get_together(PATHS)


def test_a_refused_batch_is_named_as_any_refusal(stage):
    stage.on_batches(code(190))
    with pytest.raises(ReconnectNeededError):
        stage.session.get_together(PATHS)


def test_days_of_an_account_are_one_request(stage):
    stage.on("/insights", "account_totals_empty")
    stage.fetcher().fetch_days(date(2026, 11, 4), date(2026, 11, 23))
    assert [len(calls) for calls in held(stage)] == [20]


def test_which_metric_is_retired_is_found_out_at_one_day(stage):
    stage.on("website_clicks", "error_400_metric_retired").on("/insights", "account_totals_of_another_day")
    fetcher = stage.fetcher()
    assert len(fetcher.fetch_days(date(2026, 11, 21), date(2026, 11, 23))) == 3
    assert [len(calls) for calls in held(stage)] == [3, 2]
    assert len(stage.requests) == 3 + 1 + 9 + 2
    assert {metric.value for _, metric in fetcher.retired} == {"link_clicks"}


def test_instagrams_own_login_asks_each_day_alone(stage):
    stage.on("/insights", "account_totals_empty")
    session = stage.open_session("account-1", provider=Provider.INSTAGRAM)
    stage.fetcher(session=session).fetch_days(date(2026, 11, 21), date(2026, 11, 23))
    assert (len(stage.requests), stage.batches) == (3, [])

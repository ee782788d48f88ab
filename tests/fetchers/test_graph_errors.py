"""Is a Meta error read by its code, and a throttle by its header?"""

import json
from datetime import timedelta

import pytest

from core.errors import (
    GoneError,
    MalformedAnswerError,
    OperatorNeededError,
    RateLimitedError,
    ReconnectNeededError,
    TransientError,
)
from core.fetchers.dialect import Answer
from core.fetchers.graph_errors import MetricRefusedError, NoInsightsError, classify
from core.fetchers.paging import TooMuchAskedError
from tests.conftest import NOW

pytestmark = pytest.mark.unit


def refused(code, subcode=None, message="no", status=400, headers=None, **more):
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, **more}
    return Answer(status, headers or {}, {"error": error})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(190), ReconnectNeededError),
        (refused(190, status=200), ReconnectNeededError),
        (refused(102, status=401), ReconnectNeededError),
        (refused(1, status=500), TransientError),
        (refused(2), TransientError),
        (refused(-2), TransientError),
        (refused(-3), TransientError),
        (refused(368), TransientError),
        (refused(999, is_transient=True), TransientError),
        (refused(3), OperatorNeededError),
        (refused(10), OperatorNeededError),
        (refused(200), OperatorNeededError),
        (refused(299), OperatorNeededError),
        (refused(2500), OperatorNeededError),
        (refused(2635), OperatorNeededError),
        (refused(803, status=404), GoneError),
        (refused(100, 33), GoneError),
        (refused(100, 2108006), NoInsightsError),
        (refused(10, message="(#10) Not enough viewers for the media to show insights"), NoInsightsError),
        (refused(100, message="(#100) Tried accessing nonexisting field (insights)"), NoInsightsError),
        (refused(100, message="(#100) The value must be a valid insights metric"), MetricRefusedError),
        (refused(1, message="Please reduce the amount of data you're asking for"), TooMuchAskedError),
        (refused(100, message="(#100) the parameter period is required"), MalformedAnswerError),
        (refused(12345), MalformedAnswerError),
        (refused("190"), MalformedAnswerError),
        (Answer(500, {}, {"error": "down"}), TransientError),
        (Answer(400, {}, []), MalformedAnswerError),
    ],
)
def test_each_code_has_its_remedy(answer, error):
    assert type(classify(answer, NOW)) is error


def test_a_good_answer_is_no_error():
    assert classify(Answer(200, {}, {"data": []}), NOW) is None


@pytest.mark.parametrize(
    ("subcode", "words"),
    [
        (458, "removed the app"),
        (459, "check"),
        (460, "password"),
        (463, "expired"),
        (464, "confirm"),
        (467, "logged out"),
        (492, "role"),
    ],
)
def test_a_lost_login_says_why(subcode, words):
    error = classify(refused(190, subcode), NOW)
    assert words in str(error)
    assert str(error).count(".") == 1 or "facebook.com" in str(error)


USAGE = "x-business-use-case-usage"


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001, 80002])
@pytest.mark.parametrize(
    ("header", "minutes"),
    [
        ({}, 60),
        ({USAGE: "not json"}, 60),
        ({USAGE: "[]"}, 60),
        ({USAGE: '{"1": [null, 3]}'}, 60),
        ({USAGE: json.dumps({"1": [{"type": "pages", "estimated_time_to_regain_access": 0}]})}, 60),
        (
            {
                USAGE: json.dumps(
                    {"1": [{"estimated_time_to_regain_access": 5}], "2": [{"estimated_time_to_regain_access": 12}]}
                )
            },
            12,
        ),
        ({USAGE: json.dumps({"1": [{"estimated_time_to_regain_access": 10**9}]})}, 1440),
    ],
)
def test_a_throttle_waits_as_long_as_its_header_says(code, header, minutes):
    error = classify(refused(code, headers=header), NOW)
    assert isinstance(error, RateLimitedError)
    assert error.retry_at - NOW == timedelta(minutes=minutes)

"""How a metric stands: what became of it last, unless the platform's own map knows its end."""

from datetime import date, timedelta

import pytest

from core.analytics.standings import Standing, StandingState, standing
from core.metrics import Offer

pytestmark = pytest.mark.unit

TODAY = date(2026, 11, 24)
A_WEEK_AGO, YESTERDAY = TODAY - timedelta(days=7), TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("offer", "events", "expected"),
    [
        (None, [(YESTERDAY, "retired")], Standing(StandingState.NOT_OFFERED)),
        (Offer("x"), [], Standing(StandingState.GIVEN)),
        (Offer("x", first_day=A_WEEK_AGO), [], Standing(StandingState.GIVEN, A_WEEK_AGO)),
        (Offer("x", first_day=TODAY + timedelta(days=1)), [], Standing(StandingState.NOT_YET, TODAY + timedelta(1))),
        (Offer("x", last_day=YESTERDAY), [(A_WEEK_AGO, "returned")], Standing(StandingState.RETIRED, YESTERDAY)),
        (Offer("x", last_day=TODAY), [], Standing(StandingState.GIVEN)),
        (Offer("x"), [(A_WEEK_AGO, "retired")], Standing(StandingState.RETIRED, A_WEEK_AGO)),
        (
            Offer("x"),
            [(A_WEEK_AGO, "retired"), (YESTERDAY, "returned")],
            Standing(StandingState.GIVEN_AGAIN, YESTERDAY),
        ),
        (Offer("x"), [(YESTERDAY, "redefined")], Standing(StandingState.REDEFINED, YESTERDAY)),
    ],
)
def test_standing(offer, events, expected):
    assert standing(offer, events, today=TODAY) == expected

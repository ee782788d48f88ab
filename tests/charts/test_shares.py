"""Shares as bars of one length."""

import pandas as pd
import pytest

from core.analytics.extremes import most_of
from core.charts.shares import platform_shares
from core.domain import Platform

pytestmark = pytest.mark.unit
LABELS = {platform: platform.value.title() for platform in Platform}


def test_a_bar_for_each_platform_that_has_a_share():
    frame = pd.DataFrame(
        {
            "measure": ["impressions", "followers", "followers"],
            "platform": ["linkedin", "linkedin", "x"],
            "value": [10.0, 3.0, 97.0],
            "share": [1.0, 0.03, 0.97],
        }
    )
    before = frame.copy()
    figure = platform_shares(frame, platforms=LABELS, measures={"followers": "Followers", "impressions": "Impressions"})
    linkedin, x = figure.data
    assert (linkedin.name, list(linkedin.y), list(linkedin.x)) == (
        "Linkedin",
        ["Followers", "Impressions"],
        [0.03, 1.0],
    )
    assert list(linkedin.text) == ["", "100 %"]
    assert list(x.y) == ["Followers"]
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(("compared", "many"), [(0, 0), (1, 0), (3, 1), (9, 4), (10, 5), (400, 5)])
def test_no_post_is_best_and_worst(compared, many):
    assert most_of(compared) == many

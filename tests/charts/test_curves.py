"""The life curve of a post."""

import pandas as pd
import pytest

from core.analytics.curves import told_ages
from core.charts.curves import life_curve

pytestmark = pytest.mark.unit


def typical(*posts):
    ages = [1, 24, 72][: len(posts)]
    return pd.DataFrame({"age_h": ages, "usual": 10.0, "low": 5.0, "high": 20.0, "posts": list(posts)})


SEEN = pd.DataFrame({"age_h": [0.1, 2.0, 50.0], "value": [0, 8, 30]})


def test_the_post_over_the_band_and_the_median():
    figure = life_curve(SEEN, typical(5, 6, 7), unit="impressions", color="#000000")
    band, usual, post = figure.data
    assert list(band.y) == [20.0] * 3 + [5.0] * 3
    assert list(usual.customdata) == [5, 6, 7]
    assert (list(post.x), list(post.y)) == ([2.0, 50.0], [8, 30])  # an axis of factors has no zero


def test_without_a_typical_curve_the_post_stands_alone():
    assert [trace.name for trace in life_curve(SEEN, typical(), unit="x", color="#000000").data] == ["This post"]


def test_ages_of_too_few_posts_are_left_out():
    assert told_ages(typical(4, 5, 5))["age_h"].tolist() == [24, 72]


def test_one_age_makes_no_line():
    assert told_ages(typical(4, 4, 5)).empty

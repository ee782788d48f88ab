"""Hours of the week: few posts are pulled towards the mean, too few have no rate."""

import pandas as pd
import pytest

from core.analytics.timing import timing

pytestmark = pytest.mark.unit
NAMES = ["weekday", "hour", "posts", "rated", "rate", "mean"]


def grouped(*rows):
    return pd.DataFrame(rows, columns=NAMES)


def test_a_few_good_posts_do_not_beat_many():
    found = timing(
        grouped(
            (1, 9, 3, 3, 0.10, None),
            (2, 9, 60, 60, 0.08, None),
            (3, 9, 2, 2, 0.9, None),
            (None, None, 65, 65, 0.05, 0.05),
        )
    )
    assert [(cell.weekday, cell.rated) for cell in found.best] == [(2, 60), (1, 3)]
    assert found.best[1].shrunk == pytest.approx(0.075)
    assert found.cells[2].rate is None


def test_whole_days_and_hours_are_kept_apart():
    found = timing(grouped((1, None, 4, 4, 0.1, None), (None, 9, 5, 5, 0.2, None), (None, None, 5, 5, 0.1, 0.1)))
    assert (found.cells, len(found.weekdays), len(found.hours)) == ((), 1, 1)


def test_without_any_rate_there_is_none():
    found = timing(grouped((1, 9, 4, 0, None, None), (None, None, 4, 0, None, None)))
    assert (found.mean, found.best, found.cells[0].shrunk, found.posts) == (None, [], None, 4)

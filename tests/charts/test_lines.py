"""The daily lines: gaps are gaps, colours are the platform's own, the frame stays as it was."""

from datetime import date, timedelta
from itertools import combinations

import pandas as pd
import pytest

from core.charts.lines import daily_lines
from core.charts.palette import PLATFORM_COLORS
from core.domain import Platform
from core.settings import PROJECT_ROOT
from core.ui.text import PLATFORMS

pytestmark = pytest.mark.unit

FIRST = date(2026, 11, 1)


def frame(platform=Platform.LINKEDIN, values=(), *, partial=(), counted=2, shown=2):
    return pd.DataFrame(
        {
            "platform": platform.value,
            "day": pd.to_datetime([FIRST + timedelta(days=n) for n in range(len(values))]),
            "value": pd.Series(values, dtype="float64"),
            "counted": counted,
            "shown": shown,
            "is_partial": [n in partial for n in range(len(values))],
        }
    )


def draw(*frames):
    return daily_lines(pd.concat(frames, ignore_index=True), unit="views", labels=PLATFORMS)


def test_a_gap_is_neither_zero_nor_bridged():
    line = draw(frame(values=[1, None, 0])).data[0]
    assert line.y == (1, None, 0)
    assert line.connectgaps is False


def test_days_are_dates_whatever_the_zone_of_the_reader():
    (line,) = draw(frame(values=[1, 2])).data
    assert line.mode == "lines"
    assert line.x == ("2026-11-01", "2026-11-02")


def test_a_platform_keeps_its_colour_without_its_neighbours():
    (alone,) = draw(frame(Platform.INSTAGRAM, [1, 1])).data
    both = draw(frame(Platform.INSTAGRAM, [1, 1]), frame(Platform.X, [1, 1])).data
    assert [line.name for line in both] == ["X", "Instagram"]
    assert alone.line.color == both[1].line.color == PLATFORM_COLORS[Platform.INSTAGRAM]


def test_partial_days_have_hollow_points_and_a_day_alone_a_full_one():
    line, points = draw(frame(values=[1, None, 1, None, 1, 1], partial={3, 5})).data
    assert points.x == ("2026-11-01", "2026-11-03", "2026-11-06")
    assert points.marker.symbol == ("circle", "circle", "circle-open")
    assert points.marker.color == line.line.color
    assert points.cliponaxis is False


def test_the_legend_names_each_line_once_and_takes_its_points_along():
    line, points = draw(frame(values=[1, 1], partial={1})).data
    assert (line.showlegend, points.showlegend) == (None, False)
    assert line.legendgroup == points.legendgroup == line.name


def test_hover_says_the_unit_and_what_is_missing():
    line, points = draw(frame(values=[1, 1], partial={1})).data
    assert points.hoverinfo == "skip"
    assert line.hovertemplate == "%{y:,.0f} views%{customdata}"
    assert line.customdata == ("", " · still coming in")
    line, _ = draw(frame(values=[1], partial={0}, counted=1, shown=3)).data
    assert line.customdata == (" · 1 of 3 accounts",)


def test_the_background_is_the_page():
    layout = draw(frame(values=[1])).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.yaxis.rangemode == "tozero"


def test_the_frame_stays_as_it_was():
    given = frame(values=[1, None, 3], partial={2})
    before = given.copy(deep=True)
    daily_lines(given, unit="views", labels=PLATFORMS)
    assert given.equals(before)


def test_nothing_to_draw_is_an_empty_figure():
    assert draw(frame(values=[])).data == ()


def luminance(color):
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class TestColours:
    def theme(self):
        import tomllib  # noqa: PLC0415  # only this class reads the theme

        return tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text())["theme"]

    def test_every_platform_has_its_own(self):
        assert set(PLATFORM_COLORS) == set(Platform)
        assert all(one != other for one, other in combinations(PLATFORM_COLORS.values(), 2))

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_lines_stand_out_from_the_background(self, mode):
        background = self.theme()[mode]["backgroundColor"]
        assert min(contrast(color, background) for color in PLATFORM_COLORS.values()) >= 3

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_text_can_be_read(self, mode):
        theme = self.theme()[mode]
        assert contrast(theme["textColor"], theme["backgroundColor"]) >= 7
        assert contrast(theme["linkColor"], theme["backgroundColor"]) >= 4.5

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_a_theme_has_ten_colours_of_which_the_first_are_the_platforms(self, mode):
        colors = self.theme()[mode]["chartCategoricalColors"]
        assert len(set(colors)) == 10
        assert colors[:4] == list(PLATFORM_COLORS.values())

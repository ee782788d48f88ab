"""Notes: written, changed and removed on a business's page, shown on its charts, listed below them, taken along in a workbook."""

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from core.analytics.periods import Compared
from core.export.xlsx_file import xlsx_file
from core.ops import notes
from core.settings import PROJECT_ROOT
from core.ui import download_text, note_text
from core.ui.controls import Scope
from tests.conftest import NOW
from tests.ui.folder import ALL_PLATFORMS, YESTERDAY, day_before

pytestmark = pytest.mark.integration

BUSINESS, AUDIENCE = (str(PROJECT_ROOT / "pages" / "insights" / f"{name}.py") for name in ("business", "audience"))
AURORA, BIKES = "Aurora Coffee", "Lumen Bikes"
HOSTILE = "![](http://evil/x.png) :red[x] $$x$$ <script>alert(1)</script>"


def note(folder, text, *, day=YESTERDAY, business=None):
    with folder.database.transaction() as session:
        return notes.add_note(session, business or folder.aurora, day=day, text=text, by="Ana", now=NOW).id


def kept(folder, business=None):
    with folder.database.reading() as session:
        return [(one.day, one.text) for one in notes.list_notes(session, business or folder.aurora)]


def open_page(dashboard, page=BUSINESS, business=AURORA, **parameters):
    at = dashboard.open(business=business, **parameters).switch_page(page).run()
    assert not at.exception
    return at


def flagged(dashboard, at):
    """Per chart with notes: the days and the words of its flags."""
    traces = [trace for figure in dashboard.figures(at) for trace in figure["data"] if trace.get("name") == "Note"]
    return [dict(zip(trace["x"], trace["hovertext"], strict=True)) for trace in traces]


def test_a_note_is_written_on_the_page(dashboard, filled):
    at = open_page(dashboard)
    assert any("No note in this period." in text for text in dashboard.texts(at))
    at.button(key="note_add").click().run()
    assert at.date_input(key="note_day_0").value == YESTERDAY
    at.date_input(key="note_day_0").set_value(day_before(9))
    at.text_area(key="note_text_0").set_value("Launch of the spring roast")
    at.button(key="note_save").click().run()
    assert not at.exception
    assert kept(filled) == [(day_before(9), "Launch of the spring roast")]
    assert "Launch of the spring roast" in dashboard.texts(at)
    assert not at.text_area
    assert flagged(dashboard, at) == [{"2026-11-15": "Note: Launch of the spring roast"}] * 3


def test_what_is_no_note_says_so_where_it_was_typed(dashboard, filled):
    at = open_page(dashboard)
    at.button(key="note_add").click().run()
    at.button(key="note_save").click().run()
    assert "Write what is to be remembered of the day." in dashboard.texts(at)
    assert kept(filled) == []


def test_a_note_is_changed_and_removed(dashboard, filled):
    note_id = note(filled, "Lunch")
    at = open_page(dashboard)
    at.button(key=f"note_{note_id}").click().run()
    assert at.text_area(key=f"note_text_{note_id}").value == "Lunch"
    at.text_area(key=f"note_text_{note_id}").set_value("Launch")
    at.button(key="note_save").click().run()
    assert kept(filled) == [(YESTERDAY, "Launch")]
    at.button(key=f"note_{note_id}").click().run()
    at.button(key="note_remove").click().run()
    assert not at.exception
    assert kept(filled) == []
    assert flagged(dashboard, at) == []


def test_one_that_somebody_else_has_removed_says_so(dashboard, filled):
    note_id = note(filled, "Lunch")
    at = open_page(dashboard)
    at.button(key=f"note_{note_id}").click().run()
    with filled.database.transaction() as session:
        notes.remove_note(session, note_id)
    at.button(key="note_save").click().run()
    assert not at.exception
    assert any("This note is gone" in text for text in dashboard.texts(at))


def test_a_dialog_left_open_does_not_reach_into_another_business(dashboard, filled):
    note_id = note(filled, "Lunch")
    at = open_page(dashboard)
    at.button(key=f"note_{note_id}").click().run()
    at.selectbox(key="business").select(filled.bikes).run()
    assert not at.exception
    assert note_text.GONE in dashboard.texts(at)
    assert not at.text_area


def test_notes_of_other_days_and_businesses_are_not_shown(dashboard, filled):
    note(filled, "long ago", day=day_before(40))
    note(filled, "theirs", business=filled.bikes)
    at = open_page(dashboard)
    assert flagged(dashboard, at) == []
    assert not {"long ago", "theirs"} & set(dashboard.texts(at))
    assert "1 note on other days: choose another period to see it." in dashboard.texts(at)
    assert flagged(dashboard, open_page(dashboard, period="90 days"))[0] == {str(day_before(40)): "Note: long ago"}


def test_every_chart_of_days_of_the_audience_shows_them(dashboard, filled):
    note(filled, "Sale")
    at = open_page(dashboard, AUDIENCE)
    assert flagged(dashboard, at) == [{str(YESTERDAY): "Note: Sale"}] * 2  # nobody tells gains and losses here
    assert "Sale" in dashboard.texts(at)


def test_the_overview_shows_them_for_one_business_alone(dashboard, filled):
    note(filled, "Sale")
    one = dashboard.open(business=AURORA)
    assert flagged(dashboard, one) == [{str(YESTERDAY): "Note: Sale"}] * 2
    assert "Sale" in [text.value for text in one.text]
    everyone = dashboard.open()
    assert flagged(dashboard, everyone) == []
    assert "Sale" not in [text.value for text in everyone.text]


def test_a_person_s_words_are_never_markdown(dashboard, filled):
    note(filled, HOSTILE)
    at = open_page(dashboard)
    assert HOSTILE in [text.value for text in at.text]
    others = [element.value for kind in ("markdown", "caption", "html", "toast") for element in at.get(kind)]
    assert not any("evil" in value for value in others)
    assert "<script>" not in str(flagged(dashboard, at))


def test_a_chart_says_in_its_alternative_text_that_there_are_notes(dashboard, filled):
    note(filled, "Sale")
    alts = [chart.proto.alt for chart in open_page(dashboard).get("plotly_chart")]
    assert sum(alt.endswith("; notes on 1 day, listed below the charts") for alt in alts) == 3


def test_the_workbook_lists_them_with_its_scope(dashboard, filled):
    formula = '=HYPERLINK("http://evil")'
    note(filled, formula, day=day_before(3))
    note(filled, "Sale")
    scope = Scope(filled.aurora, ALL_PLATFORMS, Compared(day_before(7), YESTERDAY), "UTC")
    told = {one.title: one for one in download_text.notes("Business", scope)}
    sheet = openpyxl.load_workbook(BytesIO(xlsx_file([], [told["Notes"]])))["About this file"]
    rows = [[cell.value for cell in row[:2]] for row in sheet.iter_rows()]
    assert rows[1:] == [["Day", "Note"], [str(day_before(3)), formula], [str(YESTERDAY), "Sale"]]
    assert sheet["B3"].data_type == "s"
    of_all = replace(scope, business_id=None)
    assert "Notes" not in {one.title for one in download_text.notes("Business", of_all)}

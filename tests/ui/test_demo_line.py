"""How far the demo's history is: one line above the pages of the demo until it is there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.ops import history, requests
from core.ops.history import Making
from core.ui import demo_text
from tests.conftest import NOW
from tests.ui.conftest import SYNCS, Dashboard

BEGUN = Making(NOW.date() - timedelta(days=73), NOW.date(), is_ready=False, went_on_at=NOW)
LINE = "The demo's history is being made: 12 Sep of 24 Nov."


@pytest.mark.unit
@pytest.mark.parametrize(
    ("making", "said"),
    [
        (replace(BEGUN, reached=None), "The demo's history is being made."),
        (BEGUN, LINE),
        (replace(BEGUN, is_ready=True), "The demo's history is ready: it is shown as soon as no sync is at work."),
        (replace(BEGUN, error="It could not be made."), "It could not be made."),
        (replace(BEGUN, went_on_at=NOW - demo_text.PATIENCE), LINE),
        (replace(BEGUN, went_on_at=NOW - demo_text.PATIENCE - timedelta(seconds=1)), demo_text.STOPPED),
    ],
)
def test_the_sentence(making, said):
    assert demo_text.sentence(making, now=NOW) == said


@pytest.fixture
def of_demo(settings, database, use_folder):
    use_folder(settings.model_copy(update={"demo": True}))
    return Dashboard()


@pytest.fixture
def request_id(database):
    with database.transaction() as session:
        request_id = history.begin_history(session, "folder", last=BEGUN.last, now=NOW).id
        history.record_made(session, request_id, reached=BEGUN.reached, now=NOW)
    return request_id


def finish(database, request_id, **how):
    with database.transaction() as session:
        requests.record_finished(session, request_id, now=NOW, **how)


@pytest.mark.integration
def test_it_stands_above_a_page_until_the_history_is_there(of_demo, database, request_id):
    at = of_demo.open(SYNCS)
    assert LINE in of_demo.texts(at)
    finish(database, request_id, outcome="Took over 328 syncs.")
    at.run()
    assert not at.exception
    assert not any("history" in text for text in of_demo.texts(at))


@pytest.mark.integration
def test_it_says_why_there_will_be_no_history(of_demo, database, request_id):
    finish(database, request_id, error="It could not be made.")
    assert "It could not be made." in of_demo.texts(of_demo.open(SYNCS))


@pytest.mark.integration
def test_it_stands_above_no_page_that_is_no_demo(dashboard, database, request_id):
    assert not any("history" in text for text in dashboard.texts(dashboard.open(SYNCS)))

"""Notes on days: written, changed, removed, kept while a business is archived, gone with it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from core.errors import ConfigError
from core.ops import businesses, notes
from core.ops.models import Note
from tests.conftest import NOW

pytestmark = pytest.mark.integration

DAY = date(2026, 11, 20)


@pytest.fixture
def aurora(database):
    with database.transaction() as session:
        return businesses.create_business(session, "Aurora", timezone="UTC", now=NOW).id


def add(database, business_id, text="Launch of the spring roast", day=DAY, now=NOW):
    with database.transaction() as session:
        return notes.add_note(session, business_id, day=day, text=text, by="Ana", now=now).id


def listed(database, business_id):
    with database.reading() as session:
        return notes.list_notes(session, business_id)


def test_a_note_is_kept_with_who_wrote_it_and_when(database, aurora):
    add(database, aurora, "  Launch\nof the roast  ")
    (note,) = listed(database, aurora)
    assert (note.day, note.text, note.created_by, note.created_at, note.changed_at) == (
        DAY,
        "Launch\nof the roast",
        "Ana",
        NOW,
        None,
    )


def test_the_newest_day_comes_first(database, aurora):
    for back in (3, 1, 2):
        add(database, aurora, f"{back}", DAY - timedelta(days=back))
    add(database, aurora, "1, later", DAY - timedelta(days=1))
    assert [note.text for note in listed(database, aurora)] == ["1, later", "1", "2", "3"]


def test_a_change_is_remembered(database, aurora):
    note_id, later = add(database, aurora), NOW + timedelta(hours=2)
    with database.transaction() as session:
        notes.save_note(session, note_id, day=date(2026, 11, 1), text="Sale", now=later)
    (note,) = listed(database, aurora)
    assert (note.day, note.text, note.created_at, note.changed_at) == (date(2026, 11, 1), "Sale", NOW, later)


def test_a_removed_note_is_gone_and_cannot_be_changed(database, aurora):
    note_id = add(database, aurora)
    for _ in range(2):
        with database.transaction() as session:
            notes.remove_note(session, note_id)
    assert listed(database, aurora) == []
    with pytest.raises(ConfigError, match="This note is gone"), database.transaction() as session:
        notes.save_note(session, note_id, day=DAY, text="Sale", now=NOW)


@pytest.mark.parametrize(
    ("text", "day", "sentence"),
    [
        (" \n ", DAY, "Write what is to be remembered"),
        ("x" * 501, DAY, "has 501 characters: shorten it to 500"),
        ("x", date(1999, 1, 1), "1999-01-01 cannot be the day of a note"),
        ("x", date(2028, 1, 1), "2028-01-01 cannot be the day of a note"),
    ],
)
def test_what_is_no_note_says_why(database, aurora, text, day, sentence):
    with pytest.raises(ConfigError, match=sentence):
        add(database, aurora, text, day)
    assert listed(database, aurora) == []


def test_the_longest_note_and_a_day_to_come_are_taken(database, aurora):
    add(database, aurora, "x" * 500, NOW.date() + timedelta(days=300))
    assert len(listed(database, aurora)) == 1


def test_notes_are_those_of_one_business(database, aurora):
    with database.transaction() as session:
        bikes = businesses.create_business(session, "Bikes", timezone="UTC", now=NOW).id
    add(database, aurora, "Aurora's")
    assert listed(database, bikes) == []


def test_they_survive_archive_and_restore(database, aurora):
    add(database, aurora)
    with database.transaction() as session:
        businesses.archive_business(session, aurora, now=NOW)
    with pytest.raises(ConfigError, match="Aurora is archived"):
        add(database, aurora)
    with database.transaction() as session:
        businesses.restore_business(session, aurora)
    assert len(listed(database, aurora)) == 1


def test_they_go_with_their_business(database, aurora):
    add(database, aurora)
    with database.transaction() as session:
        businesses.remove_business(session, aurora)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Note)) == 0

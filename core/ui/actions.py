"""What can a click do? Write what was decided, or a request that the sidecar carries out; a wrong value raises its sentence."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from core.domain import Platform, Provider
from core.metrics import Aim
from core.ops import businesses, goals, notes, requests
from core.ops.businesses import BusinessSettings
from core.ops.models import Account
from core.ui import data, workplace

PERSON = "local"
"""Whoever opens Tideline, as long as nobody signs in to Tideline itself."""


@dataclass(frozen=True, slots=True)
class Requested:
    """The run that answers a request; `is_new` is False where it was on its way already."""

    run_id: int
    is_new: bool


def create_business(name: str, timezone: str) -> int:
    with data.operations().transaction() as session:
        return businesses.create_business(session, name, timezone=timezone, now=data.now()).id


def save_business(business_id: int, name: str, settings: BusinessSettings) -> None:
    """Keep all that was decided for a business, or nothing of it."""
    with data.operations().transaction() as session:
        businesses.rename_business(session, business_id, name)
        businesses.save_business_settings(session, business_id, **settings)


def archive_business(business_id: int) -> None:
    with data.operations().transaction() as session:
        businesses.archive_business(session, business_id, now=data.now())


def restore_business(business_id: int) -> None:
    with data.operations().transaction() as session:
        businesses.restore_business(session, business_id)


def delete_business(business_id: int, confirmed_name: str) -> int:
    """Ask the sidecar to remove a business for good; the request's id."""
    with data.operations().transaction() as session:
        asked = requests.request_deletion(
            session, business_id, confirmed_name=confirmed_name, requested_by=PERSON, now=data.now()
        )
        return asked.id


def move_account(account_id: int, business_id: int) -> int:
    """Ask the sidecar to move an account with its history; the request's id."""
    with data.operations().transaction() as session:
        asked = requests.request_move(session, account_id, business_id, requested_by=PERSON, now=data.now())
        return asked.id


def add_note(business_id: int, day: date, words: str) -> None:
    with data.operations().transaction() as session:
        notes.add_note(session, business_id, day=day, text=words, by=PERSON, now=data.now())


def save_note(note_id: int, day: date, words: str) -> None:
    with data.operations().transaction() as session:
        notes.save_note(session, note_id, day=day, text=words, now=data.now())


def remove_note(note_id: int) -> None:
    with data.operations().transaction() as session:
        notes.remove_note(session, note_id)


def add_goal(business_id: int, aim: Aim) -> None:
    with data.operations().transaction() as session:
        goals.add_goal(session, business_id, aim, by=PERSON, now=data.now())


def save_goal(goal_id: int, aim: Aim) -> None:
    with data.operations().transaction() as session:
        goals.save_goal(session, goal_id, aim)


def remove_goal(goal_id: int) -> None:
    with data.operations().transaction() as session:
        goals.remove_goal(session, goal_id)


def connect(pending_id: str, chosen: Collection[tuple[Platform, str]], business_id: int) -> list[Account]:
    """Connect what was chosen of a sign-in, and ask for its first sync."""
    return workplace.accounts().connect_pending(pending_id, workplace.browser(), chosen=chosen, business_id=business_id)


def disconnect(account_id: int) -> str | None:
    """Stop reading an account; a sentence where its platform could not be told."""
    return workplace.accounts().disconnect(account_id, by=PERSON)


def check_app(provider: Provider) -> None:
    """Ask the provider whether it knows the configured client id and secret."""
    workplace.accounts().check_app(provider)

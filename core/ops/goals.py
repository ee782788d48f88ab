"""What shall a business reach, and until when? One goal for each number and beginning of a period."""

from datetime import date, datetime
from math import isfinite

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.errors import ConfigError
from core.metrics import Aim, GoalMetric
from core.ops.businesses import get_business_in_use
from core.ops.models import Business, Goal

LONGEST_DAYS = 3 * 366


def add_goal(session: Session, business_id: int, aim: Aim, *, by: str, now: datetime) -> Goal:
    """A new goal; ConfigError in one sentence where it cannot be one, or there is one for this number and beginning."""
    get_business_in_use(session, business_id)
    _check(aim)
    _check_alone(session, business_id, aim, of=None)
    goal = Goal(business_id=business_id, created_by=by, created_at=now, **_columns(aim))
    session.add(goal)
    session.flush()
    return goal


def save_goal(session: Session, goal_id: int, aim: Aim) -> Goal:
    """The goal with another number, target or period."""
    goal = session.get(Goal, goal_id)
    if goal is None:
        raise ConfigError("This goal is gone: somebody has removed it. Close this and set a new one.")
    _check(aim)
    _check_alone(session, goal.business_id, aim, of=goal_id)
    for name, value in _columns(aim).items():
        setattr(goal, name, value)
    return goal


def remove_goal(session: Session, goal_id: int) -> None:
    """Take a goal away; one that is gone already stays gone."""
    goal = session.get(Goal, goal_id)
    if goal is not None:
        session.delete(goal)


def list_goals(session: Session, business_id: int) -> list[Goal]:
    """All goals of a business, those that end last first."""
    return _listed(session, Goal.business_id == business_id)


def list_goals_on(session: Session, day: date) -> list[Goal]:
    """The goals of all businesses in use whose period a day belongs to."""
    in_use = select(Business.id).where(Business.archived_at.is_(None))
    return _listed(session, Goal.business_id.in_(in_use), Goal.starts_on <= day, Goal.ends_on >= day)


def _listed(session: Session, *conditions: ColumnElement[bool]) -> list[Goal]:
    order = (Goal.ends_on.desc(), Goal.starts_on.desc(), Goal.id)
    return list(session.scalars(select(Goal).where(*conditions).order_by(*order)))


def _columns(aim: Aim) -> dict[str, object]:
    return {"metric": aim.metric, "target": aim.target, "starts_on": aim.starts_on, "ends_on": aim.ends_on}


def _check(aim: Aim) -> None:
    if not isfinite(aim.target) or aim.target <= 0:
        raise ConfigError("The target must be more than zero.")
    if aim.metric is GoalMetric.ENGAGEMENT_RATE and aim.target > 1:
        raise ConfigError("An engagement rate cannot be aimed above 100 %.")
    days = (aim.ends_on - aim.starts_on).days + 1
    if days < 1:
        raise ConfigError("The last day of the goal lies before its first one.")
    if days > LONGEST_DAYS:
        raise ConfigError(f"The goal covers {days:,} days: choose at most {LONGEST_DAYS:,}.")


def _check_alone(session: Session, business_id: int, aim: Aim, *, of: int | None) -> None:
    same = select(Goal.id).where(
        Goal.business_id == business_id, Goal.metric == aim.metric, Goal.starts_on == aim.starts_on
    )
    if any(found != of for found in session.scalars(same)):
        raise ConfigError(
            f"There is a goal for this number that starts on {aim.starts_on} already: change that one instead."
        )

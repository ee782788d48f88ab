"""How do the goals of the businesses stand? Each with the days of its own period, on every platform of its business."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from core.analytics import goals
from core.analytics.goals import Progress
from core.analytics.periods import Compared
from core.ops.goals import list_goals, list_goals_on
from core.ops.models import Goal
from core.ui import data, facts, text
from core.ui.controls import Scope

_A_DAY = timedelta(days=1)


def of_business(business_id: int) -> list[tuple[Goal, Progress]]:
    """All goals of a business, those that end last first."""
    with data.operations().reading() as session:
        found = list_goals(session, business_id)
    return list(_with_progress(found))


def under_way(scope: Scope) -> list[tuple[Goal, Progress]]:
    """The goals in scope whose period is not over."""
    with data.operations().reading() as session:
        found = list_goals_on(session, data.now().date())
    return list(_with_progress([goal for goal in found if scope.business_id in (None, goal.business_id)]))


def today_of(business_id: int) -> date:
    """The day that it is in the zone of a business."""
    zone = next((business.timezone for business in data.businesses() if business.id == business_id), "UTC")
    return data.now().astimezone(text.zone_info(zone)).date()


def _with_progress(found: Sequence[Goal]) -> Iterator[tuple[Goal, Progress]]:
    """The days of all of them are read at once."""
    if not found:
        return
    today = {business_id: today_of(business_id) for business_id in {goal.business_id for goal in found}}
    first = min(goal.starts_on for goal in found)
    last = max(first, min(max(goal.ends_on for goal in found), max(today.values()) - _A_DAY))
    accounts = [account for account in data.accounts() if account.business_id in today]
    measured = facts.measured_of(accounts, Compared(first, last))
    totals = goals.Totals(measured)
    of_business = {business_id: measured.of_business(business_id) for business_id in today}
    for goal in found:
        yesterday = today[goal.business_id] - _A_DAY
        yield goal, goals.progress(of_business[goal.business_id], goal.aim, yesterday=yesterday, totals=totals)

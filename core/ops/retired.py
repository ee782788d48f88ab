"""Which metrics does a platform no longer give, and when are they tried again?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.domain import Platform
from core.metrics import CATALOG, Grain, Metric
from core.ops.activities import ActivityKind, record_activity
from core.ops.models import Notice, RetiredMetric

TRY_AGAIN = timedelta(days=7)

Key = tuple[Grain, Metric]


@dataclass(frozen=True, slots=True)
class Retired:
    """The retired metrics of a platform: those that are not asked, and those due to be tried again."""

    untried: frozenset[Key]
    due: frozenset[Key]


def list_retired(session: Session, platform: Platform, *, now: datetime) -> Retired:
    """Every metric of the platform that is retired now; tried again a week after the last try."""
    rows = session.scalars(select(RetiredMetric).where(RetiredMetric.platform == platform)).all()
    untried = frozenset((row.grain, row.metric) for row in rows if row.tried_at > now - TRY_AGAIN)
    return Retired(untried, frozenset((row.grain, row.metric) for row in rows) - untried)


def record_refused(session: Session, platform: Platform, refused: set[Key], *, now: datetime) -> set[Key]:
    """Remember what was refused; the ones refused for the first time come back, each with one notice."""
    new = set()
    for grain, metric in sorted(refused):
        row = session.get(RetiredMetric, (platform, grain, metric))
        if row is not None:
            row.tried_at = now
        elif _is_first(
            session, RetiredMetric(platform=platform, grain=grain, metric=metric, retired_at=now, tried_at=now)
        ):
            new.add((grain, metric))
            _tell(session, ActivityKind.METRIC_RETIRED, _sentence(platform, f"no longer gives {_label(metric)}"), now)
    return new


def record_returned(session: Session, platform: Platform, returned: set[Key], *, now: datetime) -> set[Key]:
    """Metrics that answered again are forgotten here; those that nobody else has reported come back, each with one notice."""
    reported = set()
    for grain, metric in sorted(returned):
        row = session.get(RetiredMetric, (platform, grain, metric))
        if row is not None:
            reported.add((grain, metric))
            session.delete(row)
            _tell(session, ActivityKind.METRIC_RETURNED, _sentence(platform, f"gives {_label(metric)} again"), now)
    return reported


def _tell(session: Session, kind: ActivityKind, text: str, now: datetime) -> None:
    session.add(Notice(created_at=now, text=text))
    record_activity(session, kind, text, now=now)


def _is_first(session: Session, refused: RetiredMetric) -> bool:
    """Keep it, unless another account that met it in the same moment has: SQLite lets one write after the other, PostgreSQL both."""
    try:
        with session.begin_nested():
            session.add(refused)
    except IntegrityError:
        return False
    return True


def _sentence(platform: Platform, what: str) -> str:
    return f"{platform.value.capitalize()} {what}; what was measured before stays."


def _label(metric: Metric) -> str:
    return CATALOG[metric].label.lower()

"""Which metrics does a platform no longer give, and when are they tried again?"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain import Platform
from core.metrics import CATALOG, Grain, Metric
from core.ops.models import Notice, RetiredMetric

TRY_AGAIN = timedelta(days=7)

Key = tuple[Grain, Metric]


def list_retired(session: Session, platform: Platform) -> set[Key]:
    """Every metric of the platform that is retired now."""
    rows = session.scalars(select(RetiredMetric).where(RetiredMetric.platform == platform))
    return {(row.grain, row.metric) for row in rows}


def list_untried(session: Session, platform: Platform, *, now: datetime) -> frozenset[Key]:
    """The retired metrics that were tried less than a week ago: they are not asked."""
    recent = RetiredMetric.tried_at > now - TRY_AGAIN
    rows = session.scalars(select(RetiredMetric).where(RetiredMetric.platform == platform, recent))
    return frozenset((row.grain, row.metric) for row in rows)


def record_refused(session: Session, platform: Platform, refused: set[Key], *, now: datetime) -> set[Key]:
    """Remember what was refused; the ones refused for the first time come back, each with one notice."""
    new = set()
    for grain, metric in sorted(refused):
        row = session.get(RetiredMetric, (platform, grain, metric))
        if row is None:
            new.add((grain, metric))
            session.add(RetiredMetric(platform=platform, grain=grain, metric=metric, retired_at=now, tried_at=now))
            session.add(Notice(created_at=now, text=_sentence(platform, f"no longer gives {_label(metric)}")))
        else:
            row.tried_at = now
    return new


def record_returned(session: Session, platform: Platform, returned: set[Key], *, now: datetime) -> None:
    """Metrics that answered again: they are forgotten here, with a notice."""
    for grain, metric in sorted(returned):
        session.delete(session.get_one(RetiredMetric, (platform, grain, metric)))
        session.add(Notice(created_at=now, text=_sentence(platform, f"gives {_label(metric)} again")))


def _sentence(platform: Platform, what: str) -> str:
    return f"{platform.value.capitalize()} {what}; what was measured before stays."


def _label(metric: Metric) -> str:
    return CATALOG[metric].label.lower()

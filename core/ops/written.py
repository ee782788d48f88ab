"""What do people write down about a business? Notes on its days, and goals for its numbers."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.metrics import Aim, GoalMetric
from core.ops.columns import AUTOINCREMENT, Base, words

LONGEST_NOTE = 500


class Note(Base):
    """What somebody wants to be remembered of a day; every chart of the business shows it there."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_business_id_day", "business_id", "day"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id", ondelete="CASCADE"))
    day: Mapped[date]
    text: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    created_by: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]


class Goal(Base):
    """What a number of the business shall be at the end of a period; a rate is a share of 1. Both days are included."""

    __tablename__ = "goals"
    __table_args__ = (UniqueConstraint("business_id", "metric", "starts_on"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id", ondelete="CASCADE"))
    metric: Mapped[GoalMetric] = mapped_column(words(GoalMetric))
    target: Mapped[float]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    created_by: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]

    @property
    def aim(self) -> Aim:
        return Aim(self.metric, self.target, self.starts_on, self.ends_on)

"""What is written down beside the runs? Logs of steps, who did what, what a person should know, and what is left of the quotas."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.domain import Platform, Provider
from core.ops.columns import AUTOINCREMENT, Base, words


class StepLog(Base):
    """What one account's step did, line by line: dictionaries of at (ISO, UTC), kind, text, and status, ms, attempt of a call."""

    __tablename__ = "step_logs"

    step_id: Mapped[int] = mapped_column(ForeignKey("sync_steps.id", ondelete="CASCADE"), primary_key=True)
    lines: Mapped[list[Any]] = mapped_column(default=list)


class Activity(Base):
    """Something that happened, with who did it (None: Tideline itself). What it speaks of may be gone, so no foreign keys."""

    __tablename__ = "activities"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(1000))
    person: Mapped[str | None] = mapped_column(String(300))
    business_id: Mapped[int | None]
    account_id: Mapped[int | None]


class Notice(Base):
    """Something a person should know, said once: a second one with the same `key` is not taken."""

    __tablename__ = "notices"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40), default="metric", server_default="metric")
    text: Mapped[str] = mapped_column(String(1000))
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id", ondelete="SET NULL"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)


class Pause(Base):
    """Until when nothing is asked under a key: an app's, or an account's, of one endpoint or of all."""

    __tablename__ = "pauses"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(1000))
    needs_operator: Mapped[bool] = mapped_column(default=False)


class QuotaReading(Base):
    """What a platform said was used of a limit, an app's or an account's; `unit` is calls, percent or usd."""

    __tablename__ = "quota_readings"
    __table_args__ = (Index("ix_quota_readings_key_observed_at", "key", "observed_at"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(300))
    provider: Mapped[Provider] = mapped_column(words(Provider))
    platform: Mapped[Platform | None] = mapped_column(words(Platform))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    unit: Mapped[str] = mapped_column(String(20))
    used: Mapped[float | None]
    quota: Mapped[float | None]
    resets_at: Mapped[datetime | None]
    observed_at: Mapped[datetime]

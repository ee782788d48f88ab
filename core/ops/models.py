"""What does the operations database hold? Typed models of businesses, accounts, tokens, schedules, runs and requests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.domain import EngagementRule, Platform, Provider, RateBase, RunState, RunTrigger, StepState
from core.metrics import Grain, Metric
from core.ops.columns import AUTOINCREMENT, Base, UtcDateTime, words
from core.ops.key_rows import ApiKey, ApiKeyBusiness
from core.ops.trail import Activity, Notice, Pause, QuotaReading, StepLog
from core.ops.waiting import OAuthFlow, PendingLogin, Request, RequestKind
from core.ops.written import Goal, Note
from core.scopes import missing_scopes

__all__ = [
    "Activity",
    "ApiKey",
    "ApiKeyBusiness",
    "Base",
    "Goal",
    "Note",
    "Notice",
    "OAuthFlow",
    "Pause",
    "PendingLogin",
    "QuotaReading",
    "Request",
    "RequestKind",
    "StepLog",
    "UtcDateTime",
]


class Business(Base):
    """A brand or client."""

    __tablename__ = "businesses"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    fresh_days: Mapped[int] = mapped_column(default=7, server_default=text("7"))
    daily_days: Mapped[int] = mapped_column(default=90, server_default=text("90"))
    posts_per_sync: Mapped[int | None]
    x_monthly_cap_usd: Mapped[float | None]
    logo: Mapped[bytes | None]
    rate_base: Mapped[RateBase] = mapped_column(
        words(RateBase), default=RateBase.IMPRESSIONS, server_default="impressions"
    )
    counts_clicks: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    accounts: Mapped[list["Account"]] = relationship(back_populates="business", passive_deletes=True)

    @property
    def rule(self) -> EngagementRule:
        return EngagementRule(self.rate_base, self.counts_clicks)


class Token(Base):
    """An OAuth grant, encrypted. One grant may serve several accounts."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("provider", "owner_id"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[Provider] = mapped_column(words(Provider))
    owner_id: Mapped[str] = mapped_column(String(200))
    owner_name: Mapped[str] = mapped_column(String(500), default="", server_default="")
    access_token: Mapped[bytes]
    refresh_token: Mapped[bytes | None]
    scopes: Mapped[str] = mapped_column(String(2000), default="")
    obtained_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    refresh_expires_at: Mapped[datetime | None]
    data_access_ends_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    broken_reason: Mapped[str | None] = mapped_column(String(1000))
    refusals: Mapped[int] = mapped_column(default=0, server_default=text("0"))

    accounts: Mapped[list["Account"]] = relationship(back_populates="token")

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """What Tideline needs and the person did not grant; nothing where the provider does not tell what it granted."""
        return missing_scopes(self.provider, self.scopes.split())


class Account(Base):
    """A connected page or profile. `page_token` where the platform issues one per page (Meta), encrypted."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("platform", "external_id"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id", ondelete="CASCADE"), index=True)
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id", ondelete="SET NULL"), index=True)
    platform: Mapped[Platform] = mapped_column(words(Platform))
    external_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(500))
    handle: Mapped[str | None] = mapped_column(String(500))
    url: Mapped[str | None] = mapped_column(String(2000))
    avatar_url: Mapped[str | None] = mapped_column(String(2000))
    page_token: Mapped[bytes | None]
    connected_at: Mapped[datetime]
    disconnected_at: Mapped[datetime | None]
    days_read_at: Mapped[datetime | None]
    daily_read_at: Mapped[datetime | None]
    weekly_read_at: Mapped[datetime | None]
    days_filled_from: Mapped[date | None]
    posts_filled_from: Mapped[datetime | None]
    is_filled: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    business: Mapped[Business] = relationship(back_populates="accounts")
    token: Mapped[Token | None] = relationship(back_populates="accounts")


class Schedule(Base):
    """How often a business is synced, and in which hours of its own zone it is not; without a row it is synced every hour."""

    __tablename__ = "schedules"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id", ondelete="CASCADE"), unique=True)
    interval_hours: Mapped[int] = mapped_column(default=1)
    is_paused: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_to: Mapped[int | None] = mapped_column(SmallInteger)
    turned_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None] = mapped_column(String(300))


def _one_active(name: str, column: str, condition: str) -> Index:
    where = text(f"{condition} AND state IN ('requested', 'running')")
    return Index(f"uq_sync_runs_active_{name}", column, unique=True, sqlite_where=where, postgresql_where=where)


_ARE_FILLS = text("fill_from IS NOT NULL")
_FILLS = Index("ix_sync_runs_fills", "fill_from", "fill_to", sqlite_where=_ARE_FILLS, postgresql_where=_ARE_FILLS)


class SyncRun(Base):
    """One sync of one business, or of one account that had to wait, from the request to its final state."""

    __tablename__ = "sync_runs"
    __table_args__ = (
        # one active run per business and one per waiting account, and the same for runs that fill the past:
        # a second request meets the index and returns the first
        _one_active("business_id", "business_id", "account_id IS NULL AND \"trigger\" <> 'backfill'"),
        _one_active("account_id", "account_id", "account_id IS NOT NULL AND \"trigger\" <> 'backfill'"),
        _one_active("backfill", "business_id", "account_id IS NULL AND \"trigger\" = 'backfill'"),
        _one_active("account_backfill", "account_id", "account_id IS NOT NULL AND \"trigger\" = 'backfill'"),
        Index("ix_sync_runs_state", "state"),
        _FILLS,
        AUTOINCREMENT,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[int] = mapped_column(ForeignKey("businesses.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    trigger: Mapped[RunTrigger] = mapped_column(words(RunTrigger))
    state: Mapped[RunState] = mapped_column(words(RunState))
    requested_at: Mapped[datetime]
    requested_by: Mapped[str | None] = mapped_column(String(300))
    cancel_requested_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None] = mapped_column(String(300))
    fill_from: Mapped[date | None]
    fill_to: Mapped[date | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    published_s: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    error: Mapped[str | None] = mapped_column(String(2000))

    business: Mapped[Business] = relationship()
    steps: Mapped[list["SyncStep"]] = relationship(back_populates="run", order_by="SyncStep.id", passive_deletes=True)


class SyncStep(Base):
    """One account's part of a run, with what it cost and what it brought."""

    __tablename__ = "sync_steps"
    __table_args__ = (UniqueConstraint("run_id", "account_id"), AUTOINCREMENT)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("sync_runs.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    state: Mapped[StepState] = mapped_column(words(StepState))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    requests: Mapped[int] = mapped_column(default=0)
    retries: Mapped[int] = mapped_column(default=0)
    waited_s: Mapped[float] = mapped_column(default=0.0)
    asked_s: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    parsed_s: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    loaded_s: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    cost_usd: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    fill_usd: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    posts: Mapped[int] = mapped_column(default=0)
    filled: Mapped[str | None] = mapped_column(String(200))
    days_filled_from: Mapped[date | None]
    posts_filled_from: Mapped[datetime | None]
    rows_new: Mapped[int] = mapped_column(default=0)
    rows_changed: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    covered_to: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(2000))
    remedy: Mapped[str | None] = mapped_column(String(20))
    retry_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(2000))

    run: Mapped[SyncRun] = relationship(back_populates="steps")
    account: Mapped[Account] = relationship()


class RetiredMetric(Base):
    """A metric that a platform no longer gives; it is asked again once a week."""

    __tablename__ = "retired_metrics"

    platform: Mapped[Platform] = mapped_column(words(Platform), primary_key=True)
    grain: Mapped[Grain] = mapped_column(words(Grain), primary_key=True)
    metric: Mapped[Metric] = mapped_column(words(Metric), primary_key=True)
    retired_at: Mapped[datetime]
    tried_at: Mapped[datetime]


class Sidecar(Base):
    """The sidecar's heartbeat: that it lives, and what it has really scheduled."""

    __tablename__ = "sidecars"

    instance: Mapped[str] = mapped_column(String(200), primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    jobs: Mapped[list[Any]] = mapped_column(default=list)
    job_error: Mapped[str | None] = mapped_column(String(2000))

"""What waits in the operations database until somebody takes it? Sign-ins under way, and requests to the sidecar."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.domain import Provider
from core.ops.columns import AUTOINCREMENT, Base, words


class OAuthFlow(Base):
    """What has to be remembered between sending a person to a provider and her return, encrypted."""

    __tablename__ = "oauth_flows"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    value: Mapped[bytes]
    expires_at: Mapped[datetime]


class PendingLogin(Base):
    """A person's fresh login, encrypted, until she has chosen what to connect; only her own browser may take it."""

    __tablename__ = "pending_logins"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    provider: Mapped[Provider] = mapped_column(words(Provider))
    browser: Mapped[str] = mapped_column(String(200))
    person: Mapped[str] = mapped_column(String(300))
    login: Mapped[bytes]
    business_id: Mapped[int | None] = mapped_column(ForeignKey("businesses.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class RequestKind(StrEnum):
    """What only the sidecar may do, because it touches the live warehouse."""

    DELETE_BUSINESS = "delete_business"
    MOVE_ACCOUNT = "move_account"
    ADOPT_HISTORY = "adopt_history"


class Request(Base):
    """Something asked of the sidecar, and what came of it. The business may be gone by then, so it is no foreign key."""

    __tablename__ = "requests"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[RequestKind] = mapped_column(words(RequestKind))
    business_id: Mapped[int]
    account_id: Mapped[int | None]
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    requested_by: Mapped[str] = mapped_column(String(300))
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str | None] = mapped_column(String(1000))
    error: Mapped[str | None] = mapped_column(String(1000))

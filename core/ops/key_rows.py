"""What is kept of an API key? Whose it is and what it opens; of the key itself its fingerprint alone."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.ops.columns import AUTOINCREMENT, Base, words


class KeyAccess(StrEnum):
    """What an API key may do."""

    READ = "read"
    WRITE = "write"
    """To read, and to ask for syncs and set schedules."""


class ApiKey(Base):
    """A key of the REST surface. `sees_all`: every business, those to come too; otherwise those of its ApiKeyBusiness rows."""

    __tablename__ = "api_keys"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(20))
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    access: Mapped[KeyAccess] = mapped_column(words(KeyAccess))
    sees_all: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(300))
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiKeyBusiness(Base):
    """One business that a key opens; with the business it goes, and the key opens less."""

    __tablename__ = "api_key_businesses"

    key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True)
    business_id: Mapped[int] = mapped_column(
        ForeignKey("businesses.id", ondelete="CASCADE"), primary_key=True, index=True
    )

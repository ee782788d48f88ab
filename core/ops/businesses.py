"""Which brands does this installation look after?"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ConfigError
from core.ops.models import Business


def ensure_business(session: Session, name: str, *, timezone: str, now: datetime) -> Business:
    """The business of this name, made where there is none."""
    business = find_business_by_name(session, name)
    if business is None:
        business = Business(name=name, timezone=timezone, created_at=now)
        session.add(business)
        session.flush()
    return business


def find_business_by_name(session: Session, name: str) -> Business | None:
    return session.scalar(select(Business).where(Business.name == name))


def get_business(session: Session, id_or_name: str) -> Business:
    """The business with this id or name, or ConfigError listing the ones there are."""
    business = (
        session.get(Business, int(id_or_name)) if id_or_name.isdecimal() else find_business_by_name(session, id_or_name)
    )
    if business is None:
        names = ", ".join(f"{known.id} {known.name}" for known in list_businesses(session)) or "none yet"
        raise ConfigError(f"There is no business {id_or_name!r}. Businesses: {names}.")
    return business


def list_businesses(session: Session) -> list[Business]:
    """All businesses in use, by name."""
    return list(session.scalars(select(Business).where(Business.archived_at.is_(None)).order_by(Business.name)))

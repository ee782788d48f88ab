"""Which brands does this installation look after, and what is decided for each?"""

from datetime import datetime
from typing import TypedDict, Unpack
from zoneinfo import available_timezones

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.domain import RateBase
from core.errors import ConfigError
from core.ops.logos import make_logo
from core.ops.models import Account, Activity, Business, Notice

LONGEST_NAME = 200
HIGHEST_CAP_USD = 100_000
_BOUNDS = {"fresh_days": (1, 90), "daily_days": (1, 730), "posts_per_sync": (1, 10_000)}
_LABELS = {
    "fresh_days": "The days in which a post is read every hour",
    "daily_days": "The days in which a post is read every day",
    "posts_per_sync": "The number of posts a sync reads",
}


class BusinessSettings(TypedDict, total=False):
    """What a person decides for a business. A logo comes as it was uploaded; None takes it away."""

    timezone: str
    rate_base: RateBase
    counts_clicks: bool
    fresh_days: int
    daily_days: int
    posts_per_sync: int | None
    x_monthly_cap_usd: float | None
    logo: bytes | None


def ensure_business(session: Session, name: str, *, timezone: str, now: datetime) -> Business:
    """The business of this name, made where there is none."""
    return find_business_by_name(session, name) or _add(session, name, timezone, now)


def create_business(session: Session, name: str, *, timezone: str, now: datetime) -> Business:
    """A new business; ConfigError where the name is taken or the time zone unknown."""
    return _add(session, _free_name(session, name), _known_zone(timezone), now)


def rename_business(session: Session, business_id: int, name: str) -> Business:
    business = _get(session, business_id)
    business.name = _free_name(session, name, of=business_id)
    return business


def save_business_settings(session: Session, business_id: int, **changes: Unpack[BusinessSettings]) -> Business:
    """Keep what was decided; what is not given stays as it is. ConfigError in one sentence where a value is wrong."""
    business = _get(session, business_id)
    values = {**changes}
    for name in _BOUNDS.keys() & values.keys():
        _check_bounds(name, values[name])
    if "x_monthly_cap_usd" in changes:
        _check_cap(changes["x_monthly_cap_usd"])
    if "timezone" in changes:
        values["timezone"] = _known_zone(changes["timezone"])
    if "rate_base" in changes:
        values["rate_base"] = _known_base(changes["rate_base"])
    logo = changes.get("logo")
    if logo is not None:
        values["logo"] = make_logo(logo)
    for name, value in values.items():
        setattr(business, name, value)
    if business.daily_days < business.fresh_days:
        raise ConfigError("Posts cannot be read every hour for longer than they are read every day.")
    return business


def archive_business(session: Session, business_id: int, *, now: datetime) -> Business:
    """Stop syncing a business and take it out of the pages; its history and its logins stay."""
    business = _get(session, business_id)
    business.archived_at = business.archived_at or now
    return business


def restore_business(session: Session, business_id: int) -> Business:
    business = _get(session, business_id)
    business.archived_at = None
    return business


def remove_business(session: Session, business_id: int) -> None:
    """Take a business away with its accounts, schedule, runs and what was said of it and its accounts."""
    theirs = select(Account.id).where(Account.business_id == business_id)
    session.execute(delete(Notice).where(Notice.account_id.in_(theirs)))
    session.execute(delete(Activity).where(Activity.business_id == business_id))
    session.execute(delete(Business).where(Business.id == business_id))


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


def find_business(session: Session, business_id: int) -> Business | None:
    return session.get(Business, business_id)


def get_business_in_use(session: Session, business_id: int) -> Business:
    """The business, or ConfigError where it is gone or archived."""
    business = _get(session, business_id)
    if business.archived_at is not None:
        raise ConfigError(f"{business.name} is archived: restore it first.")
    return business


def list_businesses(session: Session) -> list[Business]:
    """All businesses in use, by name."""
    return list(session.scalars(select(Business).where(Business.archived_at.is_(None)).order_by(Business.name)))


def list_all_businesses(session: Session) -> list[Business]:
    """All businesses by name, the archived ones last."""
    return list(session.scalars(select(Business).order_by(Business.archived_at.is_not(None), Business.name)))


def _add(session: Session, name: str, timezone: str, now: datetime) -> Business:
    business = Business(name=name, timezone=timezone, created_at=now)
    session.add(business)
    session.flush()
    return business


def _get(session: Session, business_id: int) -> Business:
    business = session.get(Business, business_id)
    if business is None:
        raise ConfigError("This business is gone: reload the page.")
    return business


def _free_name(session: Session, name: str, *, of: int | None = None) -> str:
    name = " ".join(name.split())
    if not name:
        raise ConfigError("Give the business a name.")
    if len(name) > LONGEST_NAME:
        raise ConfigError(f"The name is longer than {LONGEST_NAME} characters: choose a shorter one.")
    # compared here: SQLite's lower() knows ASCII alone
    others = (business for business in session.scalars(select(Business)) if business.id != of)
    other = next((business for business in others if business.name.casefold() == name.casefold()), None)
    if other is not None:
        where = "archived; restore it or choose another name" if other.archived_at else "in use; choose another one"
        raise ConfigError(f"The name {other.name} is {where}.")
    return name


def _known_zone(timezone: str) -> str:
    if timezone not in available_timezones():
        raise ConfigError(f"{timezone!r} is not a time zone: choose one such as Europe/Berlin.")
    return timezone


def _known_base(rate_base: str) -> RateBase:
    try:
        return RateBase(rate_base)
    except ValueError:
        words = ", ".join(RateBase)
        raise ConfigError(f"{rate_base!r} is not a base of the engagement rate: choose one of {words}.") from None


def _check_bounds(name: str, value: object) -> None:
    least, most = _BOUNDS[name]
    if value is None and name == "posts_per_sync":
        return  # the installation's own number
    if not isinstance(value, int) or not least <= value <= most:
        raise ConfigError(f"{_LABELS[name]} must be a whole number from {least:,} to {most:,}.")


def _check_cap(cap_usd: object) -> None:
    if cap_usd is None:
        return  # no cap of its own
    if not isinstance(cap_usd, int | float) or not 0 <= cap_usd <= HIGHEST_CAP_USD:
        raise ConfigError(f"The cap for X must be an amount from $0 to ${HIGHEST_CAP_USD:,} a month.")

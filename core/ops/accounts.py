"""Which pages and profiles are connected, and by which grant?"""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.domain import AccountIdentity, Platform, Profile
from core.ops.models import Account, Business


def save_account(session: Session, account: Account) -> Account:
    """Store a connected account; the same page connected again keeps its id and its history."""
    known = session.scalar(
        select(Account).where(Account.platform == account.platform, Account.external_id == account.external_id)
    )
    if known is None:
        session.add(account)
        session.flush()
        return account
    known.business_id, known.token_id, known.page_token = account.business_id, account.token_id, account.page_token
    known.name, known.handle, known.avatar_url = account.name, account.handle, account.avatar_url
    known.disconnected_at = None
    session.flush()
    return known


def find_account(session: Session, platform: Platform, external_id: str) -> Account | None:
    """The account of this page or profile, connected or not."""
    return session.scalar(
        select(Account)
        .options(joinedload(Account.business), joinedload(Account.token))
        .where(Account.platform == platform, Account.external_id == external_id)
    )


def list_all_of_business(session: Session, business_id: int) -> list[Account]:
    """Every account of a business, those that were disconnected too."""
    return list(session.scalars(select(Account).where(Account.business_id == business_id).order_by(Account.id)))


def list_of_grant(session: Session, token_id: int) -> list[Account]:
    """The accounts that are read by this grant, those of archived businesses too."""
    return list(
        session.scalars(
            select(Account).where(Account.token_id == token_id, Account.disconnected_at.is_(None)).order_by(Account.id)
        )
    )


def list_connected(session: Session, business_id: int | None = None) -> list[Account]:
    """The accounts that are synced, with business and grant; of one business, or of all that are in use."""
    query = (
        select(Account)
        .join(Account.business)
        .options(joinedload(Account.business), joinedload(Account.token))
        .where(Account.disconnected_at.is_(None), Business.archived_at.is_(None))
        .order_by(Account.business_id, Account.id)
    )
    if business_id is not None:
        query = query.where(Account.business_id == business_id)
    return list(session.scalars(query))


def get_account(session: Session, account_id: int) -> Account:
    """One account with business and grant; raises where it is gone."""
    return session.scalars(
        select(Account).options(joinedload(Account.business), joinedload(Account.token)).where(Account.id == account_id)
    ).one()


def identity_of(account: Account) -> AccountIdentity:
    """The account as the warehouse knows it."""
    return AccountIdentity(
        account_id=account.id,
        business_id=account.business_id,
        business_name=account.business.name,
        business_timezone=account.business.timezone,
        platform=Platform(account.platform),
        external_id=account.external_id,
        connected_at=account.connected_at,
    )


def save_profile(account: Account, profile: Profile) -> None:
    """Keep the names the platform gives now."""
    account.name, account.handle = profile.name[:500], profile.handle and profile.handle[:500]
    account.url, account.avatar_url = (
        profile.url and profile.url[:2000],
        profile.avatar_url and profile.avatar_url[:2000],
    )

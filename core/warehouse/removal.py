"""How does a business leave the warehouse for good, and an account its business? Both can be done again after a crash."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.warehouse.connection import Warehouse

_OF_ACCOUNTS = (
    "posts",
    "post_metrics",
    "post_latest",
    "account_metrics",
    "account_daily",
    "observations",
    "covered",
    "accounts",
)
"""The tables that hold rows of single accounts; the account's own row goes last."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept of some accounts."""

    posts: int
    snapshots: int
    days: int


def count_kept(warehouse: Warehouse, account_ids: Sequence[int]) -> Kept:
    """What a removal of these accounts would take away."""
    ids = list(account_ids)
    posts, snapshots, days = (
        warehouse.read(f"SELECT count(*) FROM {table} WHERE account_id IN (SELECT unnest(?::BIGINT[]))", [ids])[0][0]  # noqa: S608  # our own names
        for table in ("posts", "post_metrics", "account_daily")
    )
    return Kept(posts, snapshots, days)


def remove_business(warehouse: Warehouse, business_id: int, account_ids: Sequence[int]) -> None:
    """Take away the business and everything of these accounts, all of it or nothing."""
    ids = list(account_ids)
    with warehouse.transaction() as connection:
        for table in _OF_ACCOUNTS:
            connection.execute(f"DELETE FROM {table} WHERE account_id IN (SELECT unnest(?::BIGINT[]))", [ids])  # noqa: S608  # our own names
        connection.execute("DELETE FROM businesses WHERE business_id = ?", [business_id])
        warehouse.forget_remembered()


def move_account(warehouse: Warehouse, account_id: int, business_id: int, *, name: str, timezone: str) -> None:
    """Let an account and its whole history belong to another business, which may be new here."""
    with warehouse.transaction() as connection:
        connection.execute("UPDATE accounts SET business_id = ? WHERE account_id = ?", [business_id, account_id])
        connection.execute(
            "MERGE INTO businesses USING (SELECT ? AS id, ? AS name, ? AS timezone) AS given ON businesses.business_id = given.id "
            "WHEN MATCHED THEN UPDATE SET name = given.name, timezone = given.timezone "
            "WHEN NOT MATCHED THEN INSERT VALUES (given.id, given.name, given.timezone)",
            [business_id, name, timezone],
        )
        warehouse.forget_remembered()

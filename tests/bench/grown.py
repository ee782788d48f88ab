"""What does a data folder hold after thirteen months of hourly syncs? Made by SQL alone, the same every time.

Fifty businesses of four accounts; posts with their snapshots (hourly for two days, then daily), account days, observations and
ninety days of runs as the engine and the sidecar leave them: observations in the order of time, history by account and post.
"""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from sqlalchemy import insert, text

from core.clock import SystemClock
from core.domain import Platform, RunState, RunTrigger
from core.fetchers import offers_of
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Grain
from core.ops.migrate import migrate
from core.ops.models import Account, Business, SyncRun, Token
from core.ops.session import open_operations
from core.scopes import SCOPES
from core.settings import PROJECT_ROOT, Settings
from core.sidecar import KEEP_RUNS
from core.warehouse.connection import SCHEMA_DIR, Warehouse

BUSINESSES = 50
DAYS = 395
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")


@dataclass(frozen=True)
class Size:
    """How many posts each account has, and how many snapshots of each."""

    name: str
    posts: int
    snapshots: int


SMALL = Size("100 thousand", posts=51, snapshots=10)
BIG = Size("10 million", posts=521, snapshots=100)


def grown_folder(size):
    """The settings of such a folder; made once a day, and whenever this file or a schema has changed."""
    now = SystemClock().now().replace(minute=0, second=0, microsecond=0)
    mark = _mark()
    folder = Path(tempfile.gettempdir()) / "tideline-bench" / f"{size.posts}x{size.snapshots}-{now:%Y%m%d}-{mark[:8]}"
    if not folder.exists():
        beside = folder.with_suffix(".partial")
        shutil.rmtree(beside, ignore_errors=True)
        settings = Settings.read(data_dir=beside)
        migrate(settings)
        add_accounts(settings, now)
        fill(settings, size, now)
        beside.rename(folder)
    return Settings.read(data_dir=folder)


def _mark():
    """What the folder is made by."""
    schemas = [*SCHEMA_DIR.glob("*.sql"), *(PROJECT_ROOT / "core" / "ops" / "migrations" / "versions").glob("*.py")]
    made_by = sorted([Path(__file__), Path(__file__).with_name("grown.sql"), *schemas])
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()


def add_accounts(settings, now):
    """The businesses, each with an account and a login of every platform."""
    connected_at = now - timedelta(days=DAYS)
    database = open_operations(settings)
    with database.transaction() as session:
        for number in range(1, BUSINESSES + 1):
            zone = ZONES[number % len(ZONES)]
            business = Business(name=f"Brand {number:02}", timezone=zone, created_at=connected_at)
            session.add(business)
            session.flush()
            session.add_all(_account(business, platform, connected_at, now) for platform in Platform)
    database.close()


def fill(settings, size, now):
    """Thirteen months of whatever accounts the operations database has, as if they had been synced every hour."""
    database = open_operations(settings)
    _add_runs(database, now)
    with database.reading() as session:
        names = [(one.id, one.name, one.timezone) for one in session.query(Business)]
        accounts = [
            (one.id, one.business_id, one.platform.value, one.external_id, one.name)
            for one in session.query(Account).order_by(Account.business_id, Account.id)
        ]
    database.close()
    with Warehouse(settings.warehouse_path, settings.published_dir):
        pass  # its schema
    _fill_warehouse(settings, size, now, names, accounts)
    with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
        warehouse.publish()


def _account(business, platform, connected_at, now):
    provider = platform.provider
    token = Token(
        provider=provider,
        owner_id=f"{business.id} {platform.value}",
        owner_name="Ana Berg",
        access_token=b"encrypted",
        scopes=" ".join(SCOPES[provider]),
        obtained_at=now - timedelta(days=10),
        expires_at=now + timedelta(days=50),
    )
    return Account(
        business_id=business.id,
        platform=platform,
        token=token,
        external_id=f"{business.id}-{platform.value}",
        name=f"{business.name} {platform.value}",
        connected_at=connected_at,
        days_filled_from=(connected_at - timedelta(days=1)).date(),
        is_filled=True,
    )


def _add_runs(database, now):
    """A run of every business every hour, as long as they are kept, and of each the steps of its accounts."""
    with database.transaction() as session:
        ids = [one.id for one in session.query(Business)]
        hours = range(KEEP_RUNS // timedelta(hours=1), 0, -1)
        session.execute(insert(SyncRun), [_run(id_, now - timedelta(hours=back)) for back in hours for id_ in ids])
        session.execute(
            text("""
            INSERT INTO sync_steps (run_id, account_id, state, started_at, finished_at, requests, retries, waited_s, cost_usd,
                fill_usd, posts, rows_new, rows_changed, rows_unchanged)
            SELECT r.id, a.id, 'succeeded', r.started_at, r.finished_at, 5, 0, 0, 0, 0, 9, 0, 4, 5
            FROM sync_runs AS r JOIN accounts AS a ON a.business_id = r.business_id ORDER BY r.id, a.id
        """)
        )


def _run(business_id, at):
    return {
        "business_id": business_id,
        "trigger": RunTrigger.SCHEDULE,
        "state": RunState.SUCCEEDED,
        "requested_at": at,
        "started_at": at,
        "finished_at": at + timedelta(seconds=40),
    }


def _fill_warehouse(settings, size, now, names, accounts):
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.executemany("INSERT INTO businesses VALUES (?, ?, ?)", names)
        connection.executemany(
            "INSERT INTO accounts (account_id, business_id, platform, external_id, name, connected_at) VALUES (?, ?, ?, ?, ?, ?)",
            [(*account, (now - timedelta(days=DAYS)).replace(tzinfo=None)) for account in accounts],
        )
        for name, value in _variables(size, now).items():
            connection.execute(f"SET VARIABLE {name} = {value}")
        script = Path(__file__).with_name("grown.sql").read_text(encoding="utf-8")
        connection.execute(script.format(**_offered()))


def _variables(size, now):
    at = now.astimezone(UTC).replace(tzinfo=None)
    return {"now_at": f"TIMESTAMP '{at}'", "posts": size.posts, "snapshots": size.snapshots, "days": DAYS}


def _offered():
    """The columns of both metric tables as a SELECT list; NULL where a platform does not offer the counter."""
    return {
        "post_counters": _columns(POST_METRICS, Grain.POST_LIFETIME),
        "day_counters": _columns(ACCOUNT_METRICS, Grain.ACCOUNT_DAY),
        "post_names": ", ".join(f"'{metric}'" for metric in POST_METRICS),
        "day_names": ", ".join(f"'{metric}'" for metric in ACCOUNT_METRICS),
        "has_days": _platforms(lambda offers: sum(grain is Grain.ACCOUNT_DAY for grain, _ in offers) > 1),
    }


def _columns(metrics, grain):
    return ", ".join(
        f"CASE WHEN platform IN ({_platforms(lambda offers, key=(grain, metric): key in offers)}) THEN {metric} END AS {metric}"
        for metric in metrics
    )


def _platforms(is_one):
    return ", ".join(f"'{platform.value}'" for platform in Platform if is_one(offers_of(platform))) or "''"


if __name__ == "__main__":
    for one in (SMALL, BIG):
        began = datetime.now(UTC)
        print(one.name, grown_folder(one).data_dir, datetime.now(UTC) - began, flush=True)

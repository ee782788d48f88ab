"""A data folder for the dashboard's tests: real SQLite, real DuckDB, filled through the code that fills them in earnest."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from core.domain import (
    AccountDay,
    Coverage,
    DataSet,
    Harvest,
    Platform,
    Post,
    PostKind,
    Profile,
    Provider,
    RunState,
    RunTrigger,
)
from core.ops import costs, runs, steps
from core.ops.accounts import get_account, identity_of, save_account
from core.ops.businesses import ensure_business
from core.ops.models import Account, Business, Notice, SyncStep, Token
from core.ops.sidecars import record_heartbeat
from core.scopes import SCOPES
from core.settings import Settings
from core.warehouse.connection import PublishedWarehouse, Warehouse, find_published
from core.warehouse.load import load_harvest
from tests.conftest import NOW

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
NEXT_RUN = NOW.replace(hour=10, minute=0)
JOB = {
    "id": "sync_all_businesses",
    "name": "Sync Analytics for All Businesses",
    "next_run_time": NEXT_RUN.isoformat(),
    "trigger": "cron[minute='0']",
}


@dataclass
class Folder:
    """What a test puts into the data folder."""

    settings: Settings
    database: object
    warehouse: Warehouse

    def add_business(self, name, *platforms, zone="UTC"):
        """A business with one account per platform; its id and theirs."""
        with self.database.transaction() as session:
            business = ensure_business(session, name, timezone=zone, now=NOW)
            accounts = [
                save_account(
                    session,
                    Account(
                        business_id=business.id,
                        platform=platform,
                        external_id=f"{business.id}-{platform}",
                        name=f"{name} {platform}",
                        connected_at=NOW,
                    ),
                )
                for platform in platforms
            ]
            return business.id, [account.id for account in accounts]

    def add_login(self, *account_ids, provider=Provider.LINKEDIN, **columns):
        """A login that reads these accounts; its id. By default Ana Berg's, with every permission and 40 more days."""
        usual = {
            "owner_id": f"owner-{account_ids}",
            "owner_name": "Ana Berg",
            "access_token": b"encrypted",
            "scopes": " ".join(SCOPES[provider]),
            "obtained_at": NOW - timedelta(days=20),
            "expires_at": NOW + timedelta(days=40),
        }
        with self.database.transaction() as session:
            token = Token(provider=provider, **usual | columns)
            session.add(token)
            session.flush()
            for account_id in account_ids:
                session.get_one(Account, account_id).token_id = token.id
            return token.id

    def change_account(self, account_id, **columns):
        self._change(Account, account_id, columns)

    def change_business(self, business_id, **columns):
        self._change(Business, business_id, columns)

    def get_business(self, business_id):
        with self.database.reading() as session:
            return session.get(Business, business_id)

    def _change(self, kind, row_id, columns):
        with self.database.transaction() as session:
            row = session.get_one(kind, row_id)
            for name, value in columns.items():
                setattr(row, name, value)

    def load(
        self,
        account_id,
        *,
        days=(),
        posts=(),
        snapshots=(),
        observed_at=NOW - timedelta(minutes=5),
        asked_for_days=False,
    ):
        """What one sync read of an account; `asked_for_days` without any: the platform had none."""
        with self.database.reading() as session:
            identity = identity_of(get_account(session, account_id))
        oldest = min((post.published_at for post in posts), default=None)
        coverage = [
            Coverage(DataSet.PROFILE, observed_at, observed_at, ("followers",)),
            Coverage(DataSet.POSTS, oldest, observed_at),
            Coverage(DataSet.POST_METRICS, observed_at, observed_at),
        ]
        if asked_for_days:
            coverage.append(Coverage(DataSet.ACCOUNT_DAYS, observed_at, None))
        harvest = Harvest(
            account_id=account_id,
            run_id=1,
            observed_at=observed_at,
            profile=Profile(identity.external_id, "whatever the platform says"),
            days=list(days),
            posts=list(posts),
            snapshots=list(snapshots),
            coverage=coverage,
        )
        load_harvest(self.warehouse, identity, harvest)

    def notice(self, text, *, at=NOW):
        with self.database.transaction() as session:
            session.add(Notice(created_at=at, text=text))

    def spend(self, account_id, cost_usd):
        """The account's newest step has cost so much."""
        with self.database.transaction() as session:
            newest = select(func.max(SyncStep.id)).where(SyncStep.account_id == account_id)
            costs.record_cost(session, session.scalar(newest), cost_usd=cost_usd, fill_usd=0.0)

    def publish(self):
        """A new copy, even where nothing was loaded since the last one."""
        with self.warehouse.transaction():
            pass
        return self.warehouse.publish()

    def query(self, sql, *parameters):
        """The first value of an answer of the published copy."""
        published = PublishedWarehouse(find_published(self.settings.published_link))
        try:
            return published.frame(sql, parameters).iloc[0, 0]
        finally:
            published.close()

    def beat(self, *, now=NOW, job_error=None):
        """A sidecar that lives."""
        with self.database.transaction() as session:
            record_heartbeat(session, "here:1", jobs=[JOB], job_error=job_error, now=now)

    def run(self, business_id, *outcomes, state=RunState.SUCCEEDED, error=None, at=NOW - timedelta(minutes=30)):
        """A finished run of which each account ended so; its id."""
        run_id = self.start(business_id, *outcomes, at=at)
        with self.database.transaction() as session:
            runs.record_finished(session, run_id, state, now=at + timedelta(seconds=72), error=error)
        return run_id

    def start(self, business_id, *outcomes, at=NOW - timedelta(seconds=30)):
        """A run on its way: the accounts with an outcome are done, the next one is running."""
        run = runs.request_run(self.database, business_id, RunTrigger.SCHEDULE, now=at)
        with self.database.transaction() as session:
            step_ids = [step.id for step in runs.claim_run(session, "here:1", now=at).steps]
            for step_id, outcome in zip(step_ids, outcomes, strict=False):
                steps.record_step_started(session, step_id, now=at)
                steps.record_step(session, step_id, outcome, now=at + timedelta(seconds=20))
            for step_id in step_ids[len(outcomes) : len(outcomes) + 1]:
                steps.record_step_started(session, step_id, now=at)
        return run.id


def days(count, *, last=YESTERDAY, skip=(), **counters):
    """`count` days to `last`, each with the same counters, without the skipped ones."""
    every = [last - timedelta(days=back) for back in reversed(range(count))]
    return [AccountDay(day, **counters) for day in every if day not in skip]


def posts(account_id, *days_ago):
    """A post at noon UTC of each of these days."""
    noon = NOW.replace(hour=12, minute=0)
    return [
        Post(f"{account_id}-{number}", PostKind.TEXT, noon - timedelta(days=ago), text="hello")
        for number, ago in enumerate(days_ago)
    ]


def day_before(count) -> date:
    return TODAY - timedelta(days=count)


ALL_PLATFORMS = tuple(Platform)

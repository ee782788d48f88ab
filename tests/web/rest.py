"""The REST surface as those see it who call it: somebody at this machine, or from elsewhere with a key."""

from contextlib import contextmanager
from datetime import timedelta
from itertools import count

from starlette.applications import Starlette
from starlette.routing import Mount

from core.clock import MovableClock
from core.domain import Platform
from core.ops.api_keys import create_key
from core.ops.key_rows import KeyAccess
from core.ops.migrate import migrate
from core.ops.session import open_operations
from core.settings import Settings
from core.warehouse.connection import Warehouse
from core.web.api import create_api
from tests.conftest import NOW
from tests.ui.folder import Folder, days, posts
from tests.web.client import TestClient

HERE, ELSEWHERE = ("127.0.0.1", 50_000), ("203.0.113.7", 50_000)
_NUMBERS = count(1)
PROBLEM = "application/problem+json"


@contextmanager
def open_rest(data_dir):
    """The routes on a small folder: Aurora Coffee on every platform, Lumen Bikes on LinkedIn, both synced and published."""
    settings = Settings.read(data_dir=data_dir)
    migrate(settings)
    database = open_operations(settings)
    with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
        folder = Folder(settings, database, warehouse)
        aurora, accounts = folder.add_business("Aurora Coffee", *Platform)
        bikes, (bikes_account,) = folder.add_business("Lumen Bikes", Platform.LINKEDIN)
        for number, account_id in enumerate([*accounts, bikes_account], start=1):
            numbers = days(35, followers=1000 * number, impressions=100 * number, engagements=4 * number)
            folder.load(account_id, days=numbers, posts=posts(account_id, 1, 2, 30))
        folder.publish()
        folder.beat()
        rest = Rest(settings, database)
        rest.aurora, rest.bikes, rest.accounts, rest.folder = aurora, bikes, accounts, folder
        yield rest
    database.close()


class Rest:
    """The routes under /api/v1 on a data folder, and whoever calls them."""

    def __init__(self, settings, database, clock=None):
        self.settings, self.database, self.clock = settings, database, clock or MovableClock(NOW)
        self.app = Starlette(routes=[Mount("/api/v1", app=create_api(settings, self.clock))])

    def here(self, **headers):
        """At the machine itself, without a key."""
        return self.client(HERE, headers)

    def elsewhere(self, **headers):
        return self.client(ELSEWHERE, headers)

    def bearer(self, secret):
        return self.elsewhere(authorization=f"Bearer {secret}")

    def client(self, peer, headers):
        base = "http://localhost:8501/api/v1"
        return TestClient(self.app, base_url=base, client=peer, headers=headers, raise_server_exceptions=False)

    def key(self, *business_ids, access=KeyAccess.WRITE):
        """The secret of a key for these businesses, all without them."""
        name = f"Reporting {next(_NUMBERS)}"
        with self.database.transaction() as session:
            return create_key(
                session,
                name,
                access=access,
                business_ids=business_ids or None,
                by="a test",
                now=NOW - timedelta(days=1),
            ).secret

    def with_key(self, *business_ids, access=KeyAccess.WRITE):
        return self.bearer(self.key(*business_ids, access=access))


def problem(answer, status):
    """The sentence of a problem document of this status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["status"], body["type"]) == (status, "about:blank")
    return body["detail"]

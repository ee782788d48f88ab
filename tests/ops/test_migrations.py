"""A database of an earlier version keeps every row when it is brought up to date."""

import pytest
from alembic import command
from sqlalchemy import text

from core.domain import RateBase
from core.ops.migrate import ensure_data_dir, migrate
from core.ops.models import Account, Business, Notice, Token
from core.ops.session import migrations_config, open_operations

pytestmark = pytest.mark.integration

OLD_ROWS = (
    "INSERT INTO businesses (id, name, timezone, created_at) VALUES (1, 'Aurora', 'UTC', '2026-11-01 00:00:00')",
    "INSERT INTO tokens (id, provider, owner_id, access_token, scopes, obtained_at) VALUES (1, 'x', 'o', x'01', 'tweet.read', '2026-11-01 00:00:00')",
    "INSERT INTO accounts (id, business_id, token_id, platform, external_id, name, connected_at) VALUES (1, 1, 1, 'x', '1', 'a', '2026-11-01 00:00:00')",
    "INSERT INTO notices (id, created_at, text) VALUES (1, '2026-11-01 00:00:00', 'X no longer gives reach.')",
)


@pytest.fixture
def old_database(settings):
    """A database as the first version left it."""
    ensure_data_dir(settings.data_dir)
    database = open_operations(settings)
    config = migrations_config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for row in OLD_ROWS:
            connection.execute(text(row))
    yield database
    database.close()


def test_every_row_of_the_first_version_is_kept(old_database, settings):
    migrate(settings)
    with old_database.reading() as session:
        account = session.get_one(Account, 1)
        assert (account.business_id, account.token_id) == (1, 1)
        assert session.get_one(Business, 1).rate_base is RateBase.IMPRESSIONS
        assert session.get_one(Token, 1).owner_name == ""
        assert session.get_one(Token, 1).missing_scopes == ("users.read", "offline.access")
        notice = session.get_one(Notice, 1)
        assert (notice.kind, notice.key, notice.text) == ("metric", None, "X no longer gives reach.")


def test_a_step_back_keeps_what_the_first_version_knew(old_database, settings):
    migrate(settings)
    config = migrations_config()
    with old_database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        counts = [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in ("accounts", "notices")
        ]
    assert counts == [1, 1]

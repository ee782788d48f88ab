"""`python -m core keys`: made, listed and revoked as an operator does it."""

import pytest
from click.testing import CliRunner

from core.__main__ import cli
from core.clock import SystemClock
from core.ops.api_keys import find_key
from core.ops.businesses import create_business
from core.ops.key_rows import KeyAccess
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def keys(monkeypatch, settings):
    monkeypatch.setenv("TIDELINE_DATA_DIR", str(settings.data_dir))
    return lambda *arguments: CliRunner().invoke(cli, ["keys", *arguments])


@pytest.fixture
def business(database):
    with database.transaction() as session:
        return create_business(session, "Aurora Coffee", timezone="UTC", now=NOW).id


def found(database, secret):
    return find_key(database, secret.strip(), now=SystemClock().now())


def test_a_key_for_all_may_read(keys, database):
    made = keys("create", "Reporting")
    assert made.exit_code == 0
    known = found(database, made.stdout)  # nothing else is printed there, so it can be piped
    assert (known.access, known.business_ids) == (KeyAccess.READ, None)
    assert "not shown again" in made.stderr


def test_a_key_for_one_business_by_name_that_may_write(keys, database, business):
    known = found(database, keys("create", "Automation", "--business", "Aurora Coffee", "--write").stdout)
    assert (known.access, known.business_ids) == (KeyAccess.WRITE, frozenset({business}))


def test_the_list_shows_no_key(keys, database, business):
    secret = keys("create", "Reporting", "--business", str(business)).stdout.strip()
    listed = keys("list").output
    assert secret not in listed
    assert listed.strip() == f"1  Reporting  {secret[:15]}…  read  Aurora Coffee  never used"
    found(database, secret)
    assert "last used 20" in keys("list").output


def test_a_revoked_key_opens_nothing(keys, database):
    secret = keys("create", "Reporting").stdout
    assert keys("revoke", "1").output == "Key 1 is revoked.\n"
    assert found(database, secret) is None
    assert "revoked 20" in keys("list").output


def test_without_a_key_the_list_says_how_to_make_one(keys, database):
    assert "keys create NAME" in keys("list").output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("create", "Reporting", "--business", "Nobody"), "There is no business 'Nobody'."),
        (("create", " "), "Give the key a name"),
        (("revoke", "9"), "There is no API key 9."),
    ],
)
def test_what_will_not_do_is_a_sentence(keys, database, arguments, why):
    refused = keys(*arguments)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("Error: ")
    assert why in refused.stderr


def test_on_an_empty_folder_nothing_is_made(keys, settings):
    assert keys("list").exit_code == 2
    assert not settings.data_dir.exists()

"""API keys: shown once, kept as fingerprints, good for their businesses until they are revoked."""

import re

import pytest

from core.errors import ConfigError
from core.ops import api_keys
from core.ops.activities import list_activities
from core.ops.businesses import create_business, remove_business
from core.ops.key_rows import KeyAccess
from tests.conftest import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def businesses(database):
    with database.transaction() as session:
        return [create_business(session, name, timezone="UTC", now=NOW).id for name in ("Aurora", "Lumen")]


def make(database, name="Reporting", *, access=KeyAccess.READ, business_ids=None):
    with database.transaction() as session:
        return api_keys.create_key(session, name, access=access, business_ids=business_ids, by="Ana", now=NOW)


def listed(database):
    with database.reading() as session:
        return api_keys.list_keys(session)


class TestCreate:
    def test_a_key_is_known_by_its_beginning_and_has_256_random_bits(self, database):
        first, second = make(database, "One"), make(database, "Two")
        assert re.fullmatch(r"tideline_[\w-]{43}", first.secret)
        assert first.secret != second.secret

    def test_the_key_itself_is_kept_nowhere(self, database, settings):
        secret = make(database).secret
        database.close()
        kept = b"".join(path.read_bytes() for path in settings.data_dir.glob("operations.db*"))
        assert secret.encode() not in kept
        assert secret[:15].encode() in kept  # what the list shows
        assert secret[:16].encode() not in kept

    def test_it_does_not_show_in_a_traceback(self, database):
        made = make(database)
        assert made.secret not in repr(made)

    def test_what_is_listed(self, database, businesses):
        make(database, "All")
        made = make(database, "  One   of them ", access=KeyAccess.WRITE, business_ids=[businesses[1]])
        newest, oldest = listed(database)
        assert (newest.name, newest.access, newest.businesses) == (
            "One of them",
            KeyAccess.WRITE,
            {businesses[1]: "Lumen"},
        )
        assert (newest.prefix, newest.created_by, newest.last_used_at) == (made.secret[:15], "Ana", None)
        assert oldest.businesses is None

    def test_who_made_it_is_written_down(self, database):
        make(database)
        with database.reading() as session:
            (activity,) = list_activities(session)
        assert (activity.text, activity.person) == ("The API key Reporting was made.", "Ana")

    @pytest.mark.parametrize(
        ("name", "business_ids", "why"),
        [
            ("  ", None, "Give the key a name"),
            ("x" * 201, None, "longer than 200"),
            ("Fine", [], "Choose the businesses"),
            ("Fine", [1, 99], "There is no business 99."),
        ],
    )
    def test_what_will_not_do(self, database, businesses, name, business_ids, why):
        with pytest.raises(ConfigError, match=why):
            make(database, name, business_ids=business_ids)
        assert listed(database) == []

    def test_a_name_is_free_again_once_its_key_is_revoked(self, database):
        made = make(database, "ÄRGER")
        with pytest.raises(ConfigError, match="There is a key named ärger already"):
            make(database, "ärger")
        with database.transaction() as session:
            api_keys.revoke_key(session, made.id, by="Ana", now=NOW)
        assert make(database, "ärger").id != made.id


class TestFind:
    def test_its_businesses_and_what_it_may(self, database, businesses):
        secret = make(database, business_ids=businesses[:1]).secret
        found = api_keys.find_key(database, secret, now=NOW)
        assert (found.name, found.access, found.business_ids) == (
            "Reporting",
            KeyAccess.READ,
            frozenset(businesses[:1]),
        )

    def test_one_for_all_is_told_from_one_for_none(self, database, businesses):
        of_all, of_one = make(database, "All").secret, make(database, "One", business_ids=businesses[:1]).secret
        with database.transaction() as session:
            remove_business(session, businesses[0])
        assert api_keys.find_key(database, of_all, now=NOW).business_ids is None
        assert api_keys.find_key(database, of_one, now=NOW).business_ids == frozenset()
        assert listed(database)[0].businesses == {}

    @pytest.mark.parametrize(
        "change", [lambda s: s[:-1], lambda s: s + "x", str.upper, lambda _: "", lambda _: "\ud800"]
    )
    def test_nothing_but_the_whole_key(self, database, change):
        assert api_keys.find_key(database, change(make(database).secret), now=NOW) is None

    def test_not_its_fingerprint_either(self, database):
        make(database)
        with database.engine.connect() as connection:
            fingerprint = connection.exec_driver_sql("SELECT fingerprint FROM api_keys").scalar()
        assert api_keys.find_key(database, fingerprint, now=NOW) is None

    def test_a_revoked_one_is_not_found(self, database):
        made = make(database)
        with database.transaction() as session:
            api_keys.revoke_key(session, made.id, by="Ben", now=NOW)
            api_keys.revoke_key(session, made.id, by="Ben", now=NOW)
        assert api_keys.find_key(database, made.secret, now=NOW) is None
        assert listed(database)[0].revoked_at == NOW
        with database.reading() as session:
            said = [activity.text for activity in list_activities(session)]
        assert said == ["The API key Reporting was revoked.", "The API key Reporting was made."]

    def test_revoking_one_that_is_not_there(self, database):
        with pytest.raises(ConfigError, match="There is no API key 7"), database.transaction() as session:
            api_keys.revoke_key(session, 7, by="Ben", now=NOW)

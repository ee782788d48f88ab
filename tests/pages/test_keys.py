"""The API keys page: a key is made and shown once, its scope is told, and it is revoked only when asked twice."""

import pytest

from core.ops import api_keys
from core.ops.key_rows import KeyAccess
from core.settings import PROJECT_ROOT, Settings
from core.ui import key_text
from tests.conftest import NOW

pytestmark = pytest.mark.integration

KEYS = str(PROJECT_ROOT / "pages" / "setup" / "keys.py")


def open_keys(dashboard):
    at = dashboard.open(KEYS)
    assert not at.exception
    return at


def click(at, key):
    at.button(key=key).click().run()
    assert not at.exception
    return at


def make(folder, name, **more):
    with folder.database.transaction() as session:
        usual = {"access": KeyAccess.READ, "business_ids": None, "by": "local", "now": NOW}
        return api_keys.create_key(session, name, **{**usual, **more})


def known(folder, secret):
    return api_keys.find_key(folder.database, secret, now=NOW)


def shown(at):
    return [code.value for code in at.code]


class TestList:
    def test_without_a_key_it_says_what_they_are_for(self, dashboard, filled):
        texts = dashboard.texts(open_keys(dashboard))
        assert key_text.NEEDED_ELSEWHERE in texts
        assert key_text.NONE_YET in texts

    def test_behind_a_public_address_a_key_is_needed_anywhere(self, dashboard, filled, use_folder):
        public = Settings.read(data_dir=filled.settings.data_dir, public_url="https://tideline.example.com")
        use_folder(public)
        assert key_text.NEEDED_ANYWHERE in dashboard.texts(open_keys(dashboard))

    def test_each_with_what_it_opens_and_when_it_was_used(self, dashboard, filled):
        made = make(filled, "Reporting", business_ids=[filled.aurora, filled.bikes])
        known(filled, make(filled, "Everything", access=KeyAccess.WRITE).secret)
        bodies = "".join(dashboard.bodies(open_keys(dashboard)))
        begins = made.secret[:15]
        assert f"{begins}… · Read · opens Aurora Coffee and Lumen Bikes · made 24 Nov 2026 · never used" in bodies
        assert "Read and write · opens every business · made 24 Nov 2026 · last used 09:30 UTC on 24 Nov 2026" in bodies
        assert made.secret not in bodies

    def test_a_name_is_never_more_than_text(self, dashboard, filled):
        make(filled, "<img src=x>")
        bodies = "".join(dashboard.bodies(open_keys(dashboard)))
        assert "&lt;img src=x&gt;" in bodies
        assert "<img" not in bodies


class TestMake:
    def test_it_is_shown_until_it_is_put_away_and_then_never_again(self, dashboard, filled):
        at = click(open_keys(dashboard), "keys_new")
        at.text_input(key="key_name").input("Looker")
        click(at, "key_create")
        secret, sample = shown(at)
        assert known(filled, secret).name == "Looker"
        assert known(filled, secret).business_ids is None
        assert sample == f'curl -H "Authorization: Bearer {secret}" http://localhost:8501/api/v1/businesses'
        assert key_text.KEEP_IT in dashboard.texts(at)
        assert shown(click(at, "keys_kept")) == []
        assert shown(open_keys(dashboard)) == []

    def test_for_some_businesses_that_may_write(self, dashboard, filled):
        at = click(open_keys(dashboard), "keys_new")
        at.text_input(key="key_name").input("Automation")
        at.radio(key="key_access").set_value(KeyAccess.WRITE)
        at.toggle(key="key_opens_all").set_value(False).run()
        at.multiselect(key="key_businesses").set_value([filled.bikes])
        click(at, "key_create")
        made = known(filled, shown(at)[0])
        assert (made.access, made.business_ids) == (KeyAccess.WRITE, frozenset({filled.bikes}))

    def test_without_a_name_or_a_business_nothing_is_made(self, dashboard, filled):
        at = click(open_keys(dashboard), "keys_new")
        click(at, "key_create")
        assert "Give the key a name that says who will use it." in dashboard.texts(at)
        at.text_input(key="key_name").input("Looker")
        at.toggle(key="key_opens_all").set_value(False).run()
        click(at, "key_create")
        assert "Choose the businesses that the key opens." in dashboard.texts(at)
        with filled.database.reading() as session:
            assert api_keys.list_keys(session) == []

    def test_another_viewer_does_not_see_it(self, dashboard, filled):
        at = click(open_keys(dashboard), "keys_new")
        at.text_input(key="key_name").input("Looker")
        click(at, "key_create")
        assert shown(open_keys(dashboard)) == []


class TestRevoke:
    def test_only_when_asked_twice(self, dashboard, filled):
        made = make(filled, "Reporting")
        at = click(open_keys(dashboard), f"key_revoke_{made.id}")
        assert known(filled, made.secret) is not None
        click(at, "key_revoke_now")
        assert known(filled, made.secret) is None
        assert "revoked 24 Nov 2026" in "".join(dashboard.bodies(at))
        assert not [button for button in at.button if button.key == f"key_revoke_{made.id}"]

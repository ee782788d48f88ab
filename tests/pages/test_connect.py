"""The chooser between a sign-in and its first sync: what may be connected, what not and why, to which business, once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.clock import MovableClock
from core.domain import Platform, Provider, RunState
from core.fetchers.base import ConnectableAccount
from core.fetchers.grants import Grant
from core.logins import Login
from core.ops.accounts import find_account
from core.ops.businesses import list_businesses
from core.ops.runs import list_runs
from core.scopes import SCOPES
from core.settings import Settings
from core.tickets import Ticket
from core.ui import data, workplace
from tests.conftest import NOW
from tests.pages.test_accounts import ESCAPED, HOSTILE
from tests.ui.conftest import CONNECT

pytestmark = pytest.mark.integration

TOKEN = "a-token-that-nobody-may-see"
PAGE = ConnectableAccount(
    Platform.LINKEDIN,
    "71",
    "Aurora Coffee",
    handle="aurora",
    avatar_url="https://media.example/71.png",
    role="ADMINISTRATOR",
)
OTHER = ConnectableAccount(Platform.LINKEDIN, "72", "Aurora Tea", role="ADMINISTRATOR")
CLOSED = ConnectableAccount(
    Platform.LINKEDIN, "73", "Aurora Shop", role="ANALYST", problem="LinkedIn gives statistics to administrators only."
)


@pytest.fixture
def settings(tmp_path):
    return Settings.read(data_dir=tmp_path / "data", linkedin_client_id="known", linkedin_client_secret="known")


def come_back(*connectable, business_id=None, **parts):
    """A sign-in at LinkedIn that waits for the choice; its id."""
    scopes = SCOPES[Provider.LINKEDIN]
    login = Login(Provider.LINKEDIN, "ana", Grant(TOKEN, scopes=scopes), list(connectable), "Ana Berg", scopes, **parts)
    return workplace.accounts().keep_pending(
        login, browser=workplace.browser(), person="local", business_id=business_id, account_id=None
    )


def open_chooser(dashboard, pending_id):
    at = dashboard.open(CONNECT, login=pending_id)
    assert not at.exception
    return at


def ticked(at):
    return {box.key: box.value for box in at.checkbox if not box.disabled}


def press(at):
    at.button(key="connect_now").click().run()
    assert not at.exception
    return at


class TestNoSignIn:
    @pytest.mark.parametrize("login", ["", "made-up"])
    def test_without_one_there_is_the_way_back(self, dashboard, folder, login):
        at = open_chooser(dashboard, login)
        assert any("There is no sign-in to go on with here" in text for text in dashboard.texts(at))
        assert [link.label for link in at.get("page_link")] == ["Begin again on the Accounts page"]
        assert not at.checkbox

    def test_another_browser_does_not_see_it(self, dashboard, folder, monkeypatch):
        pending_id = come_back(PAGE)
        monkeypatch.setattr(workplace, "bind_cookie", lambda: "another")
        assert not open_chooser(dashboard, pending_id).checkbox

    def test_after_ten_minutes_it_is_over(self, dashboard, folder, monkeypatch):
        clock = MovableClock(NOW)
        monkeypatch.setattr(data, "clock", lambda: clock)
        pending_id = come_back(PAGE)
        clock.move_to(NOW + timedelta(minutes=10))
        assert not open_chooser(dashboard, pending_id).checkbox


class TestWhatIsOffered:
    def test_who_signed_in_and_until_when_she_may_choose(self, dashboard, folder):
        at = open_chooser(dashboard, come_back(PAGE))
        assert "Signed in at LinkedIn as Ana Berg. Choose what to connect by 09:40." in dashboard.texts(at)

    def test_an_account_has_name_picture_and_role(self, dashboard, folder):
        at = open_chooser(dashboard, come_back(PAGE))
        (face,) = [body for body in dashboard.bodies(at) if 'tl-name">' in body]
        assert ">Aurora Coffee<" in face
        assert "LinkedIn · @aurora · Administrator" in face
        assert "url('https://media.example/71.png')" in face

    def test_where_there_is_no_choice_it_is_made(self, dashboard, folder):
        at = open_chooser(dashboard, come_back(PAGE, CLOSED))
        assert ticked(at) == {"connect_linkedin_71": True}
        assert at.button(key="connect_now").label == "Connect 1 account"

    def test_where_there_is_one_nothing_is_ticked(self, dashboard, folder):
        at = open_chooser(dashboard, come_back(PAGE, OTHER))
        assert not any(ticked(at).values())
        assert at.button(key="connect_now").disabled

    def test_many_can_be_ticked_at_once(self, dashboard, folder):
        pages = [ConnectableAccount(Platform.LINKEDIN, str(number), f"Page {number}") for number in range(5)]
        at = open_chooser(dashboard, come_back(*pages, CLOSED))
        at.button(key="connect_all").click().run()
        assert list(ticked(at).values()) == [True] * 5
        assert at.button(key="connect_now").label == "Connect 5 accounts"

    def test_what_cannot_be_connected_says_why(self, dashboard, folder):
        at = open_chooser(dashboard, come_back(PAGE, CLOSED))
        assert "LinkedIn gives statistics to administrators only." in [text.value for text in at.text]
        assert at.checkbox(key="connect_linkedin_73").disabled

    def test_a_missing_permission_says_its_cost_and_how_to_give_it(self, dashboard, folder):
        business, _ = folder.add_business("Aurora Coffee")
        at = open_chooser(dashboard, come_back(PAGE, business_id=business, missing_scopes=("r_organization_social",)))
        assert "Without r_organization_social: no posts, and no numbers of posts." in dashboard.texts(at)
        ticket = Ticket(Provider.LINKEDIN, "local", business_id=business)
        assert dashboard.forms(at) == [("Sign in again", "/oauth/linkedin/start", ticket)]

    def test_what_a_platform_says_is_never_more_than_text(self, dashboard, folder):
        hostile = ConnectableAccount(Platform.LINKEDIN, "71", HOSTILE, handle=HOSTILE, role=HOSTILE)
        closed = ConnectableAccount(Platform.LINKEDIN, "72", HOSTILE, problem=HOSTILE)
        at = open_chooser(dashboard, come_back(hostile, closed))
        bodies = "".join(dashboard.bodies(at))
        assert "<script" not in bodies
        assert ESCAPED in bodies
        read_as_markdown = ("markdown", "caption", "info", "warning", "error", "success", "toast")
        assert not any("evil" in element.value for kind in read_as_markdown for element in at.get(kind))
        assert not any("evil" in box.label for box in at.checkbox)

    def test_the_page_holds_no_token(self, dashboard, folder):
        page = replace(PAGE, own_token=TOKEN)
        at = open_chooser(dashboard, come_back(page))
        assert TOKEN not in "".join([*dashboard.texts(at), *dashboard.bodies(at), repr(at.session_state)])


class TestWhichBusiness:
    def test_the_one_that_was_looked_at(self, dashboard, filled):
        at = open_chooser(dashboard, come_back(PAGE, business_id=filled.bikes))
        assert at.selectbox(key="connect_business").value == filled.bikes

    def test_the_only_one_there_is(self, dashboard, folder):
        business, _ = folder.add_business("Aurora Coffee")
        assert open_chooser(dashboard, come_back(PAGE)).selectbox(key="connect_business").value == business

    def test_the_owner_of_what_was_connected_before(self, dashboard, filled):
        known = ConnectableAccount(Platform.LINKEDIN, f"{filled.bikes}-linkedin", "Lumen Bikes")
        assert open_chooser(dashboard, come_back(known)).selectbox(key="connect_business").value == filled.bikes

    def test_of_several_none_is_guessed(self, dashboard, filled):
        at = open_chooser(dashboard, come_back(PAGE))
        assert at.selectbox(key="connect_business").value is None
        assert at.button(key="connect_now").disabled

    def test_an_account_of_another_business_is_not_taken_from_it(self, dashboard, filled):
        known = ConnectableAccount(Platform.LINKEDIN, f"{filled.bikes}-linkedin", "Lumen Bikes")
        at = open_chooser(dashboard, come_back(PAGE, known, business_id=filled.aurora))
        assert ticked(at) == {"connect_linkedin_71": True}
        assert any(text.startswith("It belongs to Lumen Bikes: choose that business") for text in dashboard.texts(at))
        at.selectbox(key="connect_business").set_value(filled.bikes).run()
        assert set(ticked(at)) == {"connect_linkedin_71", f"connect_linkedin_{filled.bikes}-linkedin"}

    def test_one_of_an_archived_business_says_so(self, dashboard, filled):
        filled.change_business(filled.bikes, archived_at=NOW)
        known = ConnectableAccount(Platform.LINKEDIN, f"{filled.bikes}-linkedin", "Lumen Bikes")
        at = open_chooser(dashboard, come_back(known))
        assert "It belongs to Lumen Bikes, which is archived: restore that business first." in dashboard.texts(at)


class TestConnecting:
    def test_what_was_ticked_is_connected_and_synced(self, dashboard, filled):
        at = open_chooser(dashboard, come_back(PAGE, OTHER, business_id=filled.bikes))
        at.checkbox(key="connect_linkedin_72").check().run()
        at = press(at)
        assert [title.value for title in at.title] == ["Accounts"]
        assert [toast.value for toast in at.toast] == ["1 account connected. The first sync is on its way."]
        with filled.database.reading() as session:
            assert find_account(session, Platform.LINKEDIN, "71") is None
            assert find_account(session, Platform.LINKEDIN, "72").business_id == filled.bikes
            assert [(run.business_id, run.state) for run in list_runs(session)] == [(filled.bikes, RunState.REQUESTED)]

    def test_on_an_empty_install_the_business_is_made_on_the_way(self, dashboard, folder):
        at = open_chooser(dashboard, come_back(PAGE))
        assert at.text_input(key="connect_name").value == "Aurora Coffee"
        at.selectbox(key="connect_zone").set_value("Europe/Berlin").run()
        press(at)
        with folder.database.reading() as session:
            (business,) = list_businesses(session)
            assert (business.name, business.timezone) == ("Aurora Coffee", "Europe/Berlin")
            assert find_account(session, Platform.LINKEDIN, "71").business_id == business.id

    def test_a_business_without_a_name_is_refused_and_the_sign_in_still_waits(self, dashboard, folder):
        at = open_chooser(dashboard, come_back(PAGE))
        at.text_input(key="connect_name").set_value(" ").run()
        at = press(at)
        assert "Give the business a name." in [text.value for text in at.text]
        at.text_input(key="connect_name").set_value("Aurora").run()
        assert [title.value for title in press(at).title] == ["Accounts"]

    def test_the_second_of_two_presses_finds_it_used(self, dashboard, filled):
        pending_id = come_back(PAGE, business_id=filled.bikes)
        first, second = open_chooser(dashboard, pending_id), open_chooser(dashboard, pending_id)
        press(first)
        press(second)
        assert any("There is no sign-in to go on with here" in text for text in dashboard.texts(second))
        with filled.database.reading() as session:
            assert len(list_runs(session)) == 1

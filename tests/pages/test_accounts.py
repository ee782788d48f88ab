"""The accounts page: every account with its login, how it stands, the one action, and what each deed says before it is done."""

from datetime import timedelta

import pytest

from core.domain import Platform, Provider, RunState
from core.errors import ReconnectNeededError, TransientError
from core.ops import requests
from core.ops.steps import StepOutcome
from core.settings import Settings
from core.tickets import Ticket
from core.ui import workplace
from tests.conftest import NOW
from tests.ui.conftest import ACCOUNTS
from tests.ui.folder import ALL_PLATFORMS

pytestmark = pytest.mark.integration

HOSTILE = "<script>alert(1)</script> ![](http://evil/x.png) :red[x] $$x$$"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt; ![](http://evil/x.png) :red[x] $$x$$"


@pytest.fixture
def settings(tmp_path):
    """Every platform is set up."""
    apps = {f"{provider}_client_{part}": "known" for provider in Provider for part in ("id", "secret")}
    return Settings.read(data_dir=tmp_path / "data", **apps)


def open_accounts(dashboard, **parameters):
    at = dashboard.open(ACCOUNTS, **parameters)
    assert not at.exception
    return at


def badges(at):
    """The words of the states, in the order of the page."""
    return [element.value for element in at.get("markdown") if "-badge[" in element.value]


def names(dashboard, at):
    """The accounts in the order of the page."""
    return [body.split('tl-name">')[1].split("<")[0] for body in dashboard.bodies(at) if 'tl-name">' in body]


class Disconnecting:
    """Stands in for the use case where it would speak to a platform."""

    def __init__(self, remark=None, error=None):
        self.remark, self.error, self.gone = remark, error, []

    def disconnect(self, account_id, *, by):
        if self.error:
            raise self.error
        self.gone.append(account_id)
        return self.remark


@pytest.fixture
def disconnecting(monkeypatch):
    def use(**how):
        stand_in = Disconnecting(**how)
        monkeypatch.setattr(workplace, "accounts", lambda: stand_in)
        return stand_in

    return use


class TestNothingConnected:
    def test_each_platform_has_a_way_in(self, dashboard, folder):
        at = open_accounts(dashboard)
        assert dashboard.forms(at) == [
            ("Connect LinkedIn", "/oauth/linkedin/start", Ticket(Provider.LINKEDIN, "local")),
            ("Connect X", "/oauth/x/start", Ticket(Provider.X, "local")),
            ("Connect Facebook", "/oauth/meta/start", Ticket(Provider.META, "local")),
            ("Connect Instagram", "/oauth/instagram/start", Ticket(Provider.INSTAGRAM, "local")),
        ]

    def test_the_business_that_is_looked_at_goes_along(self, dashboard, folder):
        business, _ = folder.add_business("Aurora Coffee")
        at = open_accounts(dashboard, business="Aurora Coffee")
        assert {ticket.business_id for _, _, ticket in dashboard.forms(at)} == {business}

    def test_a_platform_that_is_not_set_up_leads_to_the_page_that_says_how(self, dashboard, folder, use_folder):
        use_folder(Settings.read(data_dir=folder.settings.data_dir, linkedin_client_id="known"))
        at = open_accounts(dashboard)
        assert [label for label, *_ in dashboard.forms(at)] == ["Connect LinkedIn"]
        assert [link.label for link in at.get("page_link")] == ["Set it up first"] * 3

    def test_without_its_own_app_instagram_is_reached_through_facebook(self, dashboard, folder, use_folder):
        use_folder(Settings.read(data_dir=folder.settings.data_dir, meta_client_id="known"))
        at = open_accounts(dashboard)
        assert [(label, action) for label, action, _ in dashboard.forms(at)] == [
            ("Connect Facebook", "/oauth/meta/start"),
            ("Connect Instagram", "/oauth/meta/start"),
        ]
        assert "A professional account that is linked to one of your Pages." in dashboard.texts(at)

    def test_a_browser_without_cookies_is_told(self, dashboard, folder, monkeypatch):
        monkeypatch.setattr(workplace, "bind_cookie", lambda: "")
        at = open_accounts(dashboard)
        assert dashboard.forms(at) == []
        assert any("allow cookies" in text for text in dashboard.texts(at))


class TestARow:
    def test_one_account_says_who_reads_it_how_long_and_how_far(self, dashboard, filled):
        account = filled.accounts[0]
        filled.add_login(account)
        filled.run(filled.aurora, *[StepOutcome()] * 4)
        at = open_accounts(dashboard, business="Aurora Coffee")
        face = next(body for body in dashboard.bodies(at) if "Aurora Coffee linkedin" in body)
        assert "LinkedIn · Aurora Coffee" in face
        told = next(body for body in dashboard.bodies(at) if "Ana Berg" in body)
        for name, value in {
            "Signed in as": "Ana Berg",
            "Permissions": "All 2 given",
            "Login": "40 days left",
            "Last good sync": "09:00",
            "Data covers to": "Mon 23 Nov",
        }.items():
            assert f"<dt>{name}</dt><dd>{value}</dd>" in told

    def test_reconnect_is_a_form_for_that_account(self, dashboard, filled):
        at = open_accounts(dashboard, business="Lumen Bikes")
        ticket = Ticket(Provider.LINKEDIN, "local", account_id=filled.bikes_account)
        assert ("Reconnect", "/oauth/linkedin/start", ticket) in dashboard.forms(at)

    def test_it_is_reconnected_where_its_login_was_granted(self, dashboard, filled):
        """An Instagram account without a Page is read with Instagram's own login."""
        instagram = filled.accounts[3]
        filled.add_login(instagram, provider=Provider.INSTAGRAM)
        at = open_accounts(dashboard)
        ticket = Ticket(Provider.INSTAGRAM, "local", account_id=instagram)
        assert ("Reconnect", "/oauth/instagram/start", ticket) in dashboard.forms(at)

    def test_a_broken_login_comes_first_with_its_reason(self, dashboard, filled):
        filled.add_login(
            filled.accounts[2], provider=Provider.META, broken_at=NOW, broken_reason="The password was changed."
        )
        at = open_accounts(dashboard)
        assert names(dashboard, at)[0] == "Aurora Coffee facebook"
        assert "Login ended" in badges(at)[0]
        assert "The password was changed." in [text.value for text in at.text]
        button = next(body for body in dashboard.bodies(at) if 'aria-label="Reconnect Aurora Coffee facebook"' in body)
        assert 'class="tl-primary"' in button

    def test_an_ending_login_says_how_long_is_left(self, dashboard, filled):
        filled.add_login(filled.accounts[0], expires_at=NOW + timedelta(days=6, hours=1))
        at = open_accounts(dashboard)
        assert names(dashboard, at)[0] == "Aurora Coffee linkedin"
        assert "Login: 7 days left" in badges(at)[0]
        assert "Mon 30 Nov is the last day of this login." in dashboard.texts(at)

    def test_an_error_has_its_action(self, dashboard, filled):
        filled.run(filled.bikes, StepOutcome(error=TransientError("LinkedIn is busy.")), state=RunState.FAILED)
        at = open_accounts(dashboard, business="Lumen Bikes")
        assert "LinkedIn is busy." in [text.value for text in at.text]
        assert "Nothing to do: the next sync tries again." in dashboard.texts(at)

    def test_a_missing_permission_says_what_it_costs(self, dashboard, filled):
        filled.add_login(filled.accounts[0], scopes="rw_organization_admin")
        at = open_accounts(dashboard)
        assert "Without r_organization_social: no posts, and no numbers of posts." in dashboard.texts(at)
        assert any("<dd>1 of 2 missing</dd>" in body for body in dashboard.bodies(at))

    def test_a_disconnected_one_stays_to_be_seen_and_can_come_back(self, dashboard, filled):
        x_account = filled.accounts[1]
        filled.change_account(x_account, disconnected_at=NOW - timedelta(days=1))
        at = open_accounts(dashboard)
        assert "No longer connected" in dashboard.texts(at)
        assert names(dashboard, at)[-1] == "Aurora Coffee x"
        assert "Disconnected Mon 23 Nov" in badges(at)[-1]
        assert dashboard.forms(at)[-1] == (
            "Connect again",
            "/oauth/x/start",
            Ticket(Provider.X, "local", account_id=x_account),
        )

    def test_one_that_came_without_facebook_comes_back_without_it(self, dashboard, filled, use_folder):
        use_folder(Settings.read(data_dir=filled.settings.data_dir, instagram_client_id="known"))
        instagram = filled.accounts[3]
        filled.change_account(instagram, disconnected_at=NOW)
        ticket = Ticket(Provider.INSTAGRAM, "local", account_id=instagram)
        assert dashboard.forms(open_accounts(dashboard))[-1] == ("Connect again", "/oauth/instagram/start", ticket)

    def test_the_accounts_of_an_archived_business_are_out_of_the_way(self, dashboard, filled):
        filled.change_business(filled.bikes, archived_at=NOW)
        assert "Lumen Bikes linkedin" not in names(dashboard, open_accounts(dashboard))

    def test_what_a_platform_says_is_never_more_than_text(self, dashboard, filled):
        filled.change_account(filled.accounts[0], name=HOSTILE, handle='"><img src=x>', avatar_url="https://a/'); } x")
        filled.add_login(filled.accounts[0], owner_name=HOSTILE, broken_at=NOW, broken_reason=HOSTILE)
        at = open_accounts(dashboard)
        bodies = "".join(dashboard.bodies(at))
        assert "<script" not in bodies
        assert "<img" not in bodies
        assert ESCAPED in bodies
        assert "https://a/%27%29;%20%7D%20x" in bodies
        read_as_markdown = ("markdown", "caption", "info", "warning", "error", "success", "toast")
        assert not any("evil" in element.value for kind in read_as_markdown for element in at.get(kind))

    @pytest.mark.parametrize(
        "address", ["http://elsewhere/x.png", "javascript:alert(1)", "/etc/passwd", "https://[", ""]
    )
    def test_a_picture_comes_over_https_or_not_at_all(self, dashboard, filled, address):
        filled.change_account(filled.accounts[0], avatar_url=address)
        assert not any("background-image" in body for body in dashboard.bodies(open_accounts(dashboard)))

    def test_many_are_shown_page_by_page(self, dashboard, filled):
        for number in range(6):
            filled.add_business(f"Brand {number}", *ALL_PLATFORMS)
        at = open_accounts(dashboard)
        assert len(names(dashboard, at)) == 25
        at.get("pagination")[0].set_value(2).run()
        assert len(names(dashboard, at)) == 4


class TestDeeds:
    def test_permissions_are_told_in_words(self, dashboard, filled):
        filled.add_login(filled.accounts[0], scopes="rw_organization_admin")
        at = dashboard.choose(open_accounts(dashboard), f"accounts_menu_{filled.accounts[0]}", "Permissions")
        texts = dashboard.texts(at)
        assert any("Read the page's posts" in text and "cancel" in text for text in texts)
        assert any("Find the pages you administer" in text and "check_circle" in text for text in texts)

    def test_disconnecting_first_says_what_is_lost_and_what_stays(self, dashboard, filled, disconnecting):
        stand_in = disconnecting()
        at = dashboard.choose(open_accounts(dashboard), f"accounts_menu_{filled.accounts[3]}", "Disconnect")
        texts = dashboard.texts(at)
        assert any("After a pause its stories are lost" in text for text in texts)
        assert any(text.startswith("Everything read so far") for text in texts)
        assert stand_in.gone == []
        at.button(key="accounts_disconnect").click().run()
        assert stand_in.gone == [filled.accounts[3]]
        assert [toast.value for toast in at.toast] == ["Disconnected. What was read so far stays."]

    def test_a_platform_that_does_not_take_the_login_back_is_told(self, dashboard, filled, disconnecting):
        disconnecting(remark="X did not take the login back.")
        at = dashboard.choose(open_accounts(dashboard), f"accounts_menu_{filled.accounts[1]}", "Disconnect")
        at.button(key="accounts_disconnect").click().run()
        assert [toast.value for toast in at.toast] == ["X did not take the login back."]

    def test_one_may_think_again(self, dashboard, filled, disconnecting):
        stand_in = disconnecting()
        at = dashboard.choose(open_accounts(dashboard), f"accounts_menu_{filled.accounts[1]}", "Disconnect")
        at.button(key="accounts_keep").click().run()
        assert stand_in.gone == []
        assert not any("What stays" in text for text in dashboard.texts(at))

    def test_an_error_stands_in_the_dialog(self, dashboard, filled, disconnecting):
        disconnecting(error=ReconnectNeededError("This account is gone."))
        at = dashboard.choose(open_accounts(dashboard), f"accounts_menu_{filled.accounts[1]}", "Disconnect")
        at.button(key="accounts_disconnect").click().run()
        assert "This account is gone." in [text.value for text in at.text]

    def test_a_move_is_asked_of_the_sidecar_and_its_outcome_told(self, dashboard, filled):
        account = filled.accounts[0]
        at = dashboard.choose(open_accounts(dashboard), f"accounts_menu_{account}", "Move to another business")
        at.button(key="accounts_move").click().run()
        assert "Aurora Coffee linkedin moves to Lumen Bikes." in dashboard.texts(at)
        with filled.database.transaction() as session:
            (asked,) = requests.list_open(session)
            assert (asked.account_id, asked.business_id) == (account, filled.bikes)
            requests.record_finished(session, asked.id, outcome="Moved with 5 posts.", now=NOW)
        at.run()
        assert "Moved with 5 posts." in dashboard.texts(at)
        at.button(key="asked_1").click().run()
        assert "Moved with 5 posts." not in dashboard.texts(at)

    def test_a_move_waits_for_a_sidecar_that_is_not_running(self, dashboard, filled):
        filled.beat(now=NOW - timedelta(minutes=1))
        at = dashboard.choose(
            open_accounts(dashboard), f"accounts_menu_{filled.accounts[0]}", "Move to another business"
        )
        at.button(key="accounts_move").click().run()
        assert any("moves to Lumen Bikes" in text and "core sidecar" in text for text in dashboard.texts(at))

    def test_without_another_business_there_is_nowhere_to_move_to(self, dashboard, folder):
        _, (account,) = folder.add_business("Aurora Coffee", Platform.X)
        at = dashboard.choose(open_accounts(dashboard), f"accounts_menu_{account}", "Move to another business")
        assert any("There is no other business yet" in text for text in dashboard.texts(at))


class TestReconnected:
    def test_coming_back_says_what_works_again_until_it_is_read(self, dashboard, filled):
        at = open_accounts(dashboard, reconnected=str(filled.accounts[0]))
        sentence = "Aurora Coffee linkedin is connected again, with every other account that this login reads. What was missed is being read."
        assert sentence in dashboard.texts(at)
        assert sentence in dashboard.texts(at.run())
        at.button(key="accounts_read").click().run()
        assert sentence not in dashboard.texts(at)

    @pytest.mark.parametrize("account", ["0", "nonsense", "<script>"])
    def test_a_made_up_one_says_nothing(self, dashboard, filled, account):
        assert "Reconnected" not in "".join(badges(open_accounts(dashboard, reconnected=account)))

    def test_one_that_is_broken_is_not_called_mended(self, dashboard, filled):
        filled.add_login(filled.accounts[0], broken_at=NOW)
        at = open_accounts(dashboard, reconnected=str(filled.accounts[0]))
        assert "Reconnected" not in "".join(badges(at))

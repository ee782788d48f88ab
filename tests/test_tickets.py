"""Tickets: good once issued, for an hour, in the browser that got them; and the address a provider sends back to."""

import pytest
import time_machine

from core.domain import Provider
from core.settings import Settings
from core.tickets import TICKET_LIFE_S, Ticket, TicketError, TicketOffice, redirect_uri
from core.vault import KEY_FILE, make_key
from tests.conftest import NOW

pytestmark = pytest.mark.unit

TICKET = Ticket(Provider.META, "ana", business_id=3, account_id=None)


@pytest.fixture
def office(settings):
    settings.data_dir.mkdir(exist_ok=True)
    return TicketOffice(settings)


@pytest.fixture(autouse=True)
def time():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_a_ticket_comes_back_as_it_was_issued(office):
    assert office.read(office.issue(TICKET, "cookie"), "cookie") == TICKET


def test_another_process_with_the_same_key_reads_it(office, settings):
    assert TicketOffice(settings).read(office.issue(TICKET, "cookie"), "cookie") == TICKET


def test_it_is_good_for_an_hour(office, time):
    text = office.issue(TICKET, "cookie")
    time.shift(TICKET_LIFE_S)
    assert office.read(text, "cookie") == TICKET
    time.shift(1)
    with pytest.raises(TicketError, match="reload it and press the button again"):
        office.read(text, "cookie")


def test_it_is_good_in_one_browser(office):
    with pytest.raises(TicketError, match="another browser"):
        office.read(office.issue(TICKET, "cookie"), "another")


@pytest.mark.parametrize("cookie", [None, ""])
def test_without_a_cookie_there_is_no_ticket(office, cookie):
    with pytest.raises(TicketError, match="allow cookies"):
        office.issue(TICKET, cookie)
    with pytest.raises(TicketError, match="allow cookies"):
        office.read(office.issue(TICKET, "cookie"), cookie)


@pytest.mark.parametrize("template", ["", "x.y.z", "x{}", "{}x", "{}.{}"])
def test_what_we_did_not_issue_is_refused(office, template):
    with pytest.raises(TicketError, match="did not come from a button of Tideline"):
        office.read(template.format(*[office.issue(TICKET, "cookie")] * 2), "cookie")


def test_another_key_is_another_office(office, tmp_path):
    text = office.issue(TICKET, "cookie")
    with pytest.raises(TicketError):
        TicketOffice(Settings.read(data_dir=tmp_path)).read(text, "cookie")


def test_a_changed_key_is_noticed_at_once(office, settings):
    office.issue(TICKET, "cookie")
    (settings.data_dir / KEY_FILE).write_text(make_key(), encoding="ascii")
    assert TicketOffice(settings).read(office.issue(TICKET, "cookie"), "cookie") == TICKET


def test_the_cookie_itself_is_carried_nowhere(office):
    cookie = "an-unguessable-value"
    assert cookie not in office.issue(TICKET, cookie)
    assert cookie not in office.browser(cookie)
    assert office.browser(cookie) == office.browser(cookie) != office.browser(cookie + "x")


@pytest.mark.parametrize("public_url", ["https://tideline.example", "https://tideline.example/"])
def test_the_address_to_register_is_made_of_the_public_url(public_url):
    settings = Settings.read(public_url=public_url)
    assert redirect_uri(settings, Provider.X) == "https://tideline.example/oauth/x/callback"

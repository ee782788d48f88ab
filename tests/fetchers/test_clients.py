"""Borrowed connections: each host its own, the one used last first, none left open."""

import pytest

from core.fetchers.clients import Clients

pytestmark = pytest.mark.unit


class Client:
    is_closed = False

    def close(self):
        self.is_closed = True


def test_every_host_has_connections_of_its_own(clients):
    with clients.borrowed("x.test") as x, clients.borrowed("linkedin.test") as linkedin:
        pass
    with clients.borrowed("x.test") as again:
        assert again is x
    with clients.borrowed("linkedin.test") as again:
        assert again is linkedin


def test_the_one_used_last_is_taken_first(clients):
    with clients.borrowed("x.test"), clients.borrowed("x.test") as second:
        pass
    with clients.borrowed("x.test") as third, clients.borrowed("x.test") as fourth:
        assert third is not fourth
        assert second in (third, fourth)


def test_a_request_that_fails_gives_its_connection_back(clients):
    with pytest.raises(ZeroDivisionError), clients.borrowed("x.test") as client:
        raise ZeroDivisionError
    with clients.borrowed("x.test") as again:
        assert again is client


def test_closing_waits_for_what_is_in_flight(clients):
    with clients.borrowed("x.test") as idle:
        pass
    with clients.borrowed("linkedin.test") as busy:
        clients.close()
        assert (idle.is_closed, busy.is_closed) == (True, False)
    assert busy.is_closed


@pytest.fixture
def clients():
    return Clients(Client)

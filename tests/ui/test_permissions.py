"""Every permission is told in words."""

import pytest

from core.domain import Provider
from core.scopes import SCOPES
from core.ui import permissions

pytestmark = pytest.mark.unit


def test_every_permission_that_is_asked_for_has_its_words():
    asked = {scope for scopes in SCOPES.values() for scope in scopes}
    assert asked == set(permissions.PERMISSIONS)


def test_a_missing_one_says_what_it_costs():
    assert permissions.cost_of("offline.access") == "Without offline.access: the sign-in ends after two hours."
    assert permissions.cost_of("something.new") == "Without something.new."


def test_those_that_are_there_are_told_from_those_that_are_not():
    told = permissions.list_permissions(Provider.LINKEDIN, ["rw_organization_admin"])
    assert [(scope, is_given) for scope, _, is_given in told] == [
        ("r_organization_social", True),
        ("rw_organization_admin", False),
    ]

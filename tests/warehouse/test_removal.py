"""What leaves the warehouse leaves its memory too: an account that comes back is known again, with names and days."""

from dataclasses import replace

import pytest

from core.domain import Coverage, DataSet
from core.warehouse.load import find_days_covered, load_harvest
from core.warehouse.removal import move_account, remove_business
from tests.conftest import NOW
from tests.warehouse.test_load import ACCOUNT, harvest, rows

pytestmark = pytest.mark.integration

LOOKED = [Coverage(DataSet.ACCOUNT_DAYS, NOW, NOW)]
NAMES = "SELECT business_id, name FROM businesses ORDER BY 1"


def test_an_account_that_was_removed_and_comes_back_is_new(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest(coverage=LOOKED))
    remove_business(warehouse, 3, [7])
    assert find_days_covered(warehouse, 7) is None
    load_harvest(warehouse, ACCOUNT, harvest(coverage=LOOKED))
    assert rows(warehouse, "SELECT account_id FROM accounts") == [(7,)]
    assert rows(warehouse, NAMES) == [(3, "Aurora Coffee")]


def test_a_name_that_came_with_a_move_is_not_taken_for_the_one_remembered(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest())
    move_account(warehouse, 8, 3, name="Aurora Roasters", timezone="Europe/Berlin")
    load_harvest(warehouse, replace(ACCOUNT), harvest(hours=1))
    assert rows(warehouse, NAMES) == [(3, "Aurora Coffee")]


def test_what_is_remembered_does_not_outlive_a_rollback(warehouse):
    load_harvest(warehouse, ACCOUNT, harvest())
    names = warehouse.remember("names", dict)
    with pytest.raises(ZeroDivisionError), warehouse.transaction():
        names["businesses 4"] = (4, "Borealis", "UTC")
        raise ZeroDivisionError
    assert warehouse.remember("names", dict) == {}

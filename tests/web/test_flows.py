"""Flows under way: kept encrypted, taken once however many ask at the same moment."""

import asyncio

import pytest

from core.errors import ConfigError
from core.vault import Vault, make_key
from core.web.flows import FlowCache

pytestmark = pytest.mark.integration


@pytest.fixture
def cache(settings, database, clock):
    return FlowCache(database, Vault.open(settings), clock)


def test_what_is_set_can_be_read_and_taken(cache):
    async def use():
        await cache.set("key", "value", 600)
        assert await cache.get("key") == "value"
        assert (await cache.take("key"))[0] == "value"
        assert await cache.get("key") is None
        assert await cache.take("key") is None

    asyncio.run(use())


def test_setting_it_again_replaces_it(cache):
    async def use():
        await cache.set("key", "old", 600)
        await cache.set("key", "new", 600)
        return await cache.get("key")

    assert asyncio.run(use()) == "new"


def test_deleting_what_is_not_there_is_no_fault(cache):
    asyncio.run(cache.delete("key"))


def test_of_many_who_come_at_once_one_gets_it(cache):
    async def use():
        await cache.set("key", "value", 600)
        return await asyncio.gather(*(cache.take("key") for _ in range(10)))

    taken = asyncio.run(use())
    assert [found[0] for found in taken if found] == ["value"]


def test_with_another_key_it_is_refused(cache, database, clock):
    asyncio.run(cache.set("key", "value", 600))
    other = FlowCache(database, Vault(make_key(), source="another key"), clock)
    with pytest.raises(ConfigError, match="another key"):
        asyncio.run(other.get("key"))

"""What has become of a post meanwhile? A world whose posts can be deleted, edited or corrected from outside."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from core.domain import AccountDay, Platform, PostSnapshot
from core.sandbox.world import Account, Login, World, WorldPost

Change = Callable[[WorldPost], WorldPost | None]
"""A post as it now is, None where it is gone."""

_MADE: ContextVar[tuple[tuple[Platform, Change], ...]] = ContextVar("changes", default=())


@contextmanager
def made(changes: Iterable[tuple[Platform, Change]]) -> Iterator[None]:
    """Within this block (of one request) the posts of those platforms are changed."""
    token = _MADE.set(tuple(changes))
    try:
        yield
    finally:
        _MADE.reset(token)


class ChangingAccount:
    """An account whose posts are seen through the changes of the moment; without any it is the account itself."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.platform = account.platform
        self.external_id = account.external_id
        self.name = account.name
        self.handle = account.handle

    def posts(self, now: datetime) -> Sequence[WorldPost]:
        posts = self._account.posts(now)
        if not _MADE.get():
            return posts
        return [changed for post in posts if (changed := self._changed(post))]

    def find_post(self, post_id: str, now: datetime) -> WorldPost | None:
        post = self._account.find_post(post_id, now)
        return self._changed(post) if post else None

    def has_post(self, post_id: str, now: datetime) -> bool:
        return self._account.has_post(post_id, now)

    def followers(self, now: datetime) -> int | None:
        return self._account.followers(now)

    def days(self, first: date, last: date, now: datetime) -> list[AccountDay]:
        return self._account.days(first, last, now)

    def _changed(self, post: WorldPost) -> WorldPost | None:
        changed: WorldPost | None = post
        for platform, change in _MADE.get():
            if changed and platform is self.platform:
                changed = change(changed)
        return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedPost(WorldPost):
    """A post whose counters were corrected downwards by a share."""

    original: WorldPost
    fall: float

    def counters(self, now: datetime) -> PostSnapshot:
        seen = self.original.counters(now)
        known = {each.name: getattr(seen, each.name) for each in fields(seen)}
        fallen: dict[str, Any] = {
            name: int(count * (1 - self.fall)) for name, count in known.items() if isinstance(count, int)
        }
        return replace(seen, **fallen)


def corrected(post: WorldPost, fall: float) -> WorldPost:
    published = {each.name: getattr(post, each.name) for each in fields(WorldPost)}
    return CorrectedPost(**published, original=post, fall=fall)


def changing(world: World) -> World:
    """The same world, open to changes."""
    return replace(world, logins=tuple(_changing_login(login) for login in world.logins))


def _changing_login(login: Login) -> Login:
    accounts, hosts = (tuple(ChangingAccount(each) for each in some) for some in (login.accounts, login.hosts))
    return replace(login, accounts=accounts, hosts=hosts)

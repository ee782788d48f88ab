"""How is a LinkedIn company page read? Community Management API, Rest.li 2.0, checked 2026-11-23.

https://learn.microsoft.com/linkedin/marketing/community-management/
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import ClassVar
from urllib.parse import quote

from core.domain import AccountDay, AssumedSnapshot, Platform, Post, PostKind, PostSnapshot, Profile
from core.errors import FetchError, ReconnectNeededError
from core.fetchers.answers import Numbers, build_days, build_snapshot, closed_days, merge_tables
from core.fetchers.base import ConnectableAccount, ListedPost, MetricKeys, Plan, PostList, count_batches, in_batches
from core.fetchers.dialect import Dialect
from core.fetchers.grants import Owner
from core.fetchers.linkedin_answers import (
    Organization,
    PageRole,
    parse_gone,
    parse_organizations,
    parse_posts,
    parse_profile,
    parse_roles,
)
from core.fetchers.linkedin_errors import classify, counting
from core.fetchers.linkedin_statistics import (
    FOLLOWER_LAG_DAYS,
    OFFERS,
    find_answered,
    parse_days,
    parse_statistics,
    parse_video_views,
)
from core.fetchers.listing import take_posts
from core.fetchers.paging import Page, fetch_halving, iterate_pages, walk_pages
from core.fetchers.transport import ApiSession
from core.metrics import Grain, Metric, Offers
from core.settings import ProviderSettings

log = logging.getLogger(__name__)

PAGE_SIZE = 100
STATISTICS_BATCH = 50  # no published cap; at 50 the URL stays under 3 KB
MOST_DAYS = 364  # one day inside the window, whose edge is documented nowhere
OVERLAP = 10  # posts read twice when older ones are looked for: those deleted meanwhile have moved the rest
YOUNG_VIDEO = timedelta(days=7)
MOST_VIDEOS = 3  # views cost one call a video, and the development tier allows 100 calls a member a day

ADMINISTRATOR = "ADMINISTRATOR"
_ORGANIZATION = "urn:li:organization:"
_STATISTICS_PARAMETERS = {"urn:li:share:": "shares", "urn:li:ugcPost:": "ugcPosts"}


class LinkedInFetcher:
    """Reads one company or showcase page; `external_id` is a company's number, or the whole urn of anything else."""

    platform: ClassVar[Platform] = Platform.LINKEDIN
    offers: ClassVar[Offers] = OFFERS
    day_zone: ClassVar[str] = "UTC"
    forgets_gone_posts: ClassVar[bool] = False

    def __init__(self, session: ApiSession, external_id: str, *, skip: MetricKeys = frozenset()) -> None:
        self._session = session
        self._assumed: set[str] = set()
        self._external_id = external_id
        self._videos_left = 0 if (Grain.POST_LIFETIME, Metric.VIDEO_VIEWS) in skip else MOST_VIDEOS
        self._urn = quote(external_id if external_id.startswith("urn:") else _ORGANIZATION + external_id, safe="")

    @property
    def retired(self) -> MetricKeys:
        return frozenset()

    @staticmethod
    def dialect(app: ProviderSettings, token: str, *, api_version: str) -> Dialect:
        headers = {
            "Authorization": f"Bearer {token}",
            "LinkedIn-Version": api_version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        return Dialect(f"{app.api_url}/rest", headers, classify, counting(app.calls_a_day))

    @staticmethod
    def fetch_owner(session: ApiSession) -> Owner:
        """Without a profile scope the member's urn is only told beside the pages, and no name; "" for one without pages."""
        return Owner(next((role.member or role.organization for role in _walk_roles(session)), ""))

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        """Pages on which this member has a role; statistics need the administrator's. An empty list is an answer, not an error."""
        roles: dict[str, str] = {}
        for held in _walk_roles(session):  # a page comes once for each role
            if roles.get(held.organization) != ADMINISTRATOR:
                roles[held.organization] = held.role
        names: dict[str, Organization] = {}
        for urns in in_batches(list(roles), STATISTICS_BATCH):
            path = f"/organizations?ids={_list([_number(urn) for urn in urns])}"
            body = session.get(path, headers={"X-RestLi-Method": "BATCH_GET"}).body
            names |= parse_organizations(body)
        return [_connectable(urn, role, names.get(_number(urn))) for urn, role in roles.items()]

    @classmethod
    def plan(cls, posts: int, days: int) -> Plan:
        lists, batches = count_batches(posts, PAGE_SIZE), count_batches(posts, STATISTICS_BATCH)
        return Plan(2 + lists + batches + min(posts, MOST_VIDEOS) + (3 if days else 0))

    def fetch_profile(self) -> Profile:
        paths = [
            f"/organizations/{quote(_number(self._external_id), safe='')}",
            f"/networkSizes/{self._urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER",
        ]
        organization, size = self._session.side_by_side(self._session.get, paths)
        return parse_profile(organization.body, size.body, self._external_id)

    def fetch_posts(
        self, limit: int, *, since: datetime | None = None, until: datetime | None = None, offset_hint: int = 0
    ) -> PostList:
        size = max(1, min(PAGE_SIZE, limit))
        start = max(0, offset_hint - OVERLAP) if until else 0

        def fetch_page(cursor: str | None) -> Page[ListedPost]:
            if cursor is not None or until is None:
                return self._fetch_page(int(cursor or start), size)
            return self._fetch_page_before(until, start, size)

        return take_posts(iterate_pages(fetch_page), limit, since=since, until=until)

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        posts = {
            item.post.post_id: item.post
            for item in listed
            if item.post.post_id.startswith(tuple(_STATISTICS_PARAMETERS))
        }

        def fetch_batch(urns: Sequence[str]) -> dict[str, Numbers]:
            return self._fetch_statistics([posts[urn] for urn in urns])

        asks: list[Callable[[], dict[str, Numbers]]] = [
            partial(fetch_halving, urns, fetch_batch) for urns in in_batches(list(posts), STATISTICS_BATCH)
        ]
        asks += [partial(self._fetch_views, urn) for urn in self._choose_videos(posts.values())]
        table = merge_tables(self._session.side_by_side(lambda ask: ask(), asks))
        snapshots = [build_snapshot(urn, numbers, OFFERS) for urn, numbers in table.items()]
        return [AssumedSnapshot(*astuple(one)) if one.post_id in self._assumed else one for one in snapshots]

    def find_gone(self, post_ids: Sequence[str]) -> set[str]:
        batches = list(in_batches(list(dict.fromkeys(post_ids)), STATISTICS_BATCH))
        return set().union(*self._session.side_by_side(self._find_gone, batches))

    def fetch_days(self, first: date, last: date) -> list[AccountDay]:
        days = closed_days(first, last, now=self._session.now, zone=self.day_zone, most=MOST_DAYS)
        yesterday = self._session.now.date() - timedelta(days=1)
        gain_days = [day for day in days if day <= yesterday - timedelta(days=FOLLOWER_LAG_DAYS)]
        entity = f"organizationalEntity&organizationalEntity={self._urn}"
        wanted = [
            (f"/organizationalEntityShareStatistics?q={entity}", days),
            (f"/organizationalEntityFollowerStatistics?q={entity}", gain_days),
            (f"/organizationPageStatistics?q=organization&organization={self._urn}", days),
        ]
        paths = [f"{path}&timeIntervals={_interval(span[0], span[-1])}" for path, span in wanted if span]
        answers = self._session.side_by_side(self._session.get, paths)
        return build_days(merge_tables(parse_days(answer.body) for answer in answers), days)

    def _fetch_page(self, start: int, size: int) -> Page[ListedPost]:
        # The default order, LAST_MODIFIED, lets an edited old post jump to the top while we read.
        query = f"q=author&author={self._urn}&start={start}&count={size}&sortBy=CREATED&viewContext=READER"
        return parse_posts(self._session.get(f"/posts?{query}", headers={"X-RestLi-Method": "FINDER"}).body)

    def _fetch_page_before(self, until: datetime, start: int, size: int) -> Page[ListedPost]:
        """The first page around `start` that holds a post as new as `until`: then no post in between is passed over."""
        page = self._fetch_page(start, size)
        while start > 0 and not any(item.post.published_at >= until for item in page.items):
            start = max(0, start - size)
            page = self._fetch_page(start, size)
        return page

    def _fetch_statistics(self, posts: Sequence[Post]) -> dict[str, Numbers]:
        query = f"q=organizationalEntity&organizationalEntity={self._urn}"
        for kind, parameter in _STATISTICS_PARAMETERS.items():
            urns = [post.post_id for post in posts if post.post_id.startswith(kind)]
            query += f"&{parameter}={_list(urns)}" if urns else ""
        body = self._session.get(f"/organizationalEntityShareStatistics?{query}").body
        self._assumed.update({post.post_id for post in posts} - find_answered(body))
        return parse_statistics(body, posts, self._session.now)

    def _choose_videos(self, posts: Iterable[Post]) -> list[str]:
        """The newest young videos, as many as this sync may still ask."""
        oldest = self._session.now - YOUNG_VIDEO
        young = [post for post in posts if post.kind is PostKind.VIDEO and post.published_at > oldest]
        newest = sorted(young, key=lambda post: post.published_at, reverse=True)[: self._videos_left]
        self._videos_left -= len(newest)
        return [post.post_id for post in newest]

    def _fetch_views(self, urn: str) -> dict[str, Numbers]:
        """Of one video; what keeps its views from being told costs nothing else."""
        path = f"/videoAnalytics?q=entity&entity={quote(urn, safe='')}&type=VIDEO_VIEW&aggregation=ALL"
        try:
            return {urn: {Metric.VIDEO_VIEWS: parse_video_views(self._session.get(path).body)}}
        except ReconnectNeededError:
            raise
        except FetchError as error:
            log.info("LinkedIn gave no video views of %s: %s", urn, error)
            return {}

    def _find_gone(self, urns: Sequence[str]) -> set[str]:
        body = self._session.get(f"/posts?ids={_list(urns)}", headers={"X-RestLi-Method": "BATCH_GET"}).body
        return parse_gone(body, urns)


def _walk_roles(session: ApiSession) -> Iterator[PageRole]:
    query = f"q=roleAssignee&state=APPROVED&count={PAGE_SIZE}"

    def fetch_page(cursor: str | None) -> Page[PageRole]:
        path = f"/organizationAcls?{query}&start={cursor or 0}"
        return parse_roles(session.get(path, headers={"X-RestLi-Method": "FINDER"}).body)

    return walk_pages(fetch_page)


def _connectable(urn: str, role: str, page: Organization | None) -> ConnectableAccount:
    external_id, spoken = urn.removeprefix(_ORGANIZATION), role.replace("_", " ").lower()
    name, handle = (page.name, page.handle) if page else (urn, None)
    problem = None
    if page is None:
        problem = (
            "LinkedIn does not show this page to the app: ask one of its admins for the admin role, then connect again."
        )
    elif role != ADMINISTRATOR:
        problem = f"LinkedIn gives a page's numbers to its admins only, and you are its {spoken}: ask one of them for the admin role."
    return ConnectableAccount(Platform.LINKEDIN, external_id, name, handle=handle, role=spoken, problem=problem)


def _number(urn: str) -> str:
    return urn.rsplit(":", 1)[-1]


def _list(items: Sequence[str]) -> str:
    """Rest.li's list: the items encoded, its own brackets and commas raw."""
    return f"List({','.join(quote(item, safe='') for item in items)})"


def _interval(first: date, last: date) -> str:
    """Whole UTC days in milliseconds, the end exclusive; anything unaligned is refused."""
    start, end = (
        int(datetime.combine(day, time(), UTC).timestamp() * 1000) for day in (first, last + timedelta(days=1))
    )
    return f"(timeRange:(start:{start},end:{end}),timeGranularityType:DAY)"

"""How is a Facebook page read? Graph API, checked 2026-11-23: https://developers.facebook.com/docs/platforminsights/page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from core.domain import AccountDay, Platform, PostSnapshot, Profile
from core.fetchers import graph
from core.fetchers.answers import build_days, closed_days, merge_tables
from core.fetchers.base import ConnectableAccount, ListedPost, MetricKeys, Plan, PostList, count_batches, in_batches
from core.fetchers.facebook_answers import (
    OFFERS,
    PACIFIC,
    PAGE_INSIGHTS,
    POST_INSIGHTS,
    build_post_snapshot,
    merge_twins,
    names_in,
    parse_days,
    parse_posts,
    parse_profile,
)
from core.fetchers.facebook_reels import REEL_INSIGHTS, ReelList, add_reels
from core.fetchers.graph_fetcher import GraphFetcher
from core.fetchers.graph_insights import InsightsReader, Sources, Table
from core.fetchers.graph_pages import ManagedPage, list_pages
from core.fetchers.listing import take_posts
from core.fetchers.transport import ApiSession
from core.metrics import Grain, Offers

DAYS_PER_CALL = 90  # 93 are the refusal's number, 90 the documentation's
MOST_DAYS = 730

_POST_FIELDS = (
    "id,message,story,created_time,permalink_url,status_type,full_picture,is_published,shares,"
    "attachments{media_type,type,url,target},reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)"
)


class FacebookFetcher(GraphFetcher):
    """Reads one page, with the page's own token."""

    platform: ClassVar[Platform] = Platform.FACEBOOK
    offers: ClassVar[Offers] = OFFERS
    day_zone: ClassVar[str] = PACIFIC.key

    def __init__(self, session: ApiSession, external_id: str, *, skip: MetricKeys = frozenset()) -> None:
        super().__init__(session, external_id, skip=skip)
        self._reels = ReelList(session, external_id)
        # on its own: what Meta refuses of a bare video is not retired for posts
        self._reel_insights = InsightsReader(session, Grain.POST_LIFETIME, skip, edge="video_insights")

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        return [_connectable(page) for page in list_pages(session)]

    @classmethod
    def plan(cls, posts: int, days: int) -> Plan:
        lists, batches = count_batches(posts, graph.PAGE_SIZE), count_batches(posts, graph.BATCH)
        return Plan(2 + lists + batches + count_batches(days, DAYS_PER_CALL))

    def fetch_profile(self) -> Profile:
        fields = "id,name,username,link,picture{url},followers_count"
        return parse_profile(graph.fetch_account(self._session, self._external_id, fields))

    def fetch_posts(
        self,
        limit: int,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        offset_hint: int = 0,  # noqa: ARG002  # Meta finds its way back by time
    ) -> PostList:
        known: set[str] = set()

        def read(body: Any) -> list[ListedPost]:
            known.update(names_in(body))
            return parse_posts(body)

        def walk_posts() -> PostList:
            path = f"/{quote(self._external_id, safe='')}/published_posts?fields={_POST_FIELDS}{graph.between(since, until)}"
            pages = graph.iterate_edge(self._session, path, limit=limit, parse=read)
            posts = take_posts(pages, limit, since=since, until=until)
            return replace(posts, listed=merge_twins(posts.listed))

        asks: list[Callable[[], Any]] = [walk_posts, lambda: self._reels.fetch(since)]
        posts, reels = self._session.side_by_side(lambda ask: ask(), asks)
        return add_reels(posts, reels, known, limit=limit, since=since, until=until)

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        items = {item.post.post_id: item for item in listed}
        videos = [post_id for post_id in items if "_" not in post_id]
        posts = [post_id for post_id in items if "_" in post_id]
        asks = self._post_insights.plan_lifetime(posts, POST_INSIGHTS)
        table = self._ask_all(asks + self._reel_insights.plan_lifetime(videos, REEL_INSIGHTS))
        return [build_post_snapshot(items[post_id], numbers) for post_id, numbers in table.items() if post_id in items]

    def fetch_days(self, first: date, last: date) -> list[AccountDay]:
        days = closed_days(first, last, now=self._session.now, zone=self.day_zone, most=MOST_DAYS)
        chunks = list(in_batches(days, DAYS_PER_CALL))
        tables = self._session.side_by_side(
            lambda chunk: self._day_insights.ask_living(PAGE_INSIGHTS, lambda wanted: self._fetch_chunk(chunk, wanted)),
            chunks,
        )
        return build_days(merge_tables(tables), days)

    def _fetch_chunk(self, days: Sequence[date], wanted: Sources) -> Table[date]:
        if not wanted:
            return {}
        since, until = (
            int(datetime.combine(day, time(), PACIFIC).timestamp()) for day in (days[0], days[-1] + timedelta(days=1))
        )
        path = f"/{quote(self._external_id, safe='')}/insights?metric={','.join(wanted.values())}&period=day&since={since}&until={until}"
        return parse_days(self._session.get(path).body, wanted)


def _connectable(page: ManagedPage) -> ConnectableAccount:
    return ConnectableAccount(
        Platform.FACEBOOK,
        page.id,
        page.name,
        handle=page.username,
        avatar_url=page.picture.url,
        role=page.role,
        own_token=page.access_token,
        problem=page.problem,
    )

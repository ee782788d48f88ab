"""How is a LinkedIn company page read? Community Management API, Rest.li 2.0, checked 2026-11-23.

https://learn.microsoft.com/linkedin/marketing/community-management/
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from urllib.parse import quote

from core.domain import AccountDay, Platform, Post, PostSnapshot, Profile
from core.errors import FetchError, GoneError, OperatorNeededError, RateLimitedError, ReconnectNeededError
from core.fetchers.base import (
    ConnectableAccount,
    ListedPost,
    build_days,
    closed_days,
    in_batches,
    merge_tables,
    take_newest,
)
from core.fetchers.linkedin_answers import (
    FOLLOWER_LAG_DAYS,
    OFFERS,
    Organization,
    PageRole,
    parse_days,
    parse_organizations,
    parse_posts,
    parse_profile,
    parse_roles,
    parse_statistics,
)
from core.fetchers.paging import Page, fetch_halving, walk_pages
from core.fetchers.transport import Answer, ApiSession, Transport, classify_by_status, gateway_fault
from core.metrics import Offers
from core.settings import ProviderSettings

PAGE_SIZE = 100
STATISTICS_BATCH = 50  # no published cap; at 50 the URL stays under 3 KB
MOST_DAYS = 364  # one day inside the window, whose edge is documented nowhere

_ORGANIZATION = "urn:li:organization:"
_STATISTICS_PARAMETERS = {"urn:li:share:": "shares", "urn:li:ugcPost:": "ugcPosts"}


class LinkedInFetcher:
    """Reads one company or showcase page; `external_id` is a company's number, or the whole urn of anything else."""

    platform: ClassVar[Platform] = Platform.LINKEDIN
    offers: ClassVar[Offers] = OFFERS
    day_zone: ClassVar[str] = "UTC"

    def __init__(self, session: ApiSession, external_id: str) -> None:
        self._session = session
        self._external_id = external_id
        self._urn = quote(external_id if external_id.startswith("urn:") else _ORGANIZATION + external_id, safe="")

    @staticmethod
    def open_session(transport: Transport, app: ProviderSettings, token: str, *, api_version: str) -> ApiSession:
        headers = {
            "Authorization": f"Bearer {token}",
            "LinkedIn-Version": api_version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        return transport.session(f"{app.api_url}/rest", headers=headers, classify=classify)

    @staticmethod
    def fetch_owner(session: ApiSession) -> str:
        """Without a profile scope the member's urn is only told beside the pages; "" for one without pages."""
        return next((role.member or role.organization for role in _walk_roles(session)), "")

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        """Pages this member administers; statistics need that role. An empty list is an answer, not an error."""
        roles = {role.organization: role.role for role in _walk_roles(session)}
        names: dict[str, Organization] = {}
        for urns in in_batches(list(roles), STATISTICS_BATCH):
            path = f"/organizations?ids={_list([_number(urn) for urn in urns])}"
            body = session.get(path, headers={"X-RestLi-Method": "BATCH_GET"}).body
            names |= parse_organizations(body)
        return [_connectable(urn, role, names.get(_number(urn))) for urn, role in roles.items()]

    def fetch_profile(self) -> Profile:
        paths = [
            f"/organizations/{quote(_number(self._external_id), safe='')}",
            f"/networkSizes/{self._urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER",
        ]
        organization, size = self._session.side_by_side(self._session.get, paths)
        return parse_profile(organization.body, size.body, self._external_id)

    def fetch_posts(self, limit: int) -> list[ListedPost]:
        size = max(1, min(PAGE_SIZE, limit))

        def fetch_page(cursor: str | None) -> Page[ListedPost]:
            # The default order, LAST_MODIFIED, lets an edited old post jump to the top while we read.
            query = f"q=author&author={self._urn}&start={cursor or 0}&count={size}&sortBy=CREATED&viewContext=READER"
            return parse_posts(self._session.get(f"/posts?{query}", headers={"X-RestLi-Method": "FINDER"}).body)

        return take_newest(walk_pages(fetch_page), limit)

    def fetch_snapshots(self, listed: Sequence[ListedPost]) -> list[PostSnapshot]:
        posts = {
            item.post.post_id: item.post
            for item in listed
            if item.post.post_id.startswith(tuple(_STATISTICS_PARAMETERS))
        }

        def fetch_batch(urns: Sequence[str]) -> dict[str, PostSnapshot]:
            return self._fetch_statistics([posts[urn] for urn in urns])

        batches = list(in_batches(list(posts), STATISTICS_BATCH))
        found = self._session.side_by_side(lambda urns: fetch_halving(urns, fetch_batch), batches)
        return [snapshot for batch in found for snapshot in batch.values()]

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

    def _fetch_statistics(self, posts: Sequence[Post]) -> dict[str, PostSnapshot]:
        query = f"q=organizationalEntity&organizationalEntity={self._urn}"
        for kind, parameter in _STATISTICS_PARAMETERS.items():
            urns = [post.post_id for post in posts if post.post_id.startswith(kind)]
            query += f"&{parameter}={_list(urns)}" if urns else ""
        body = self._session.get(f"/organizationalEntityShareStatistics?{query}").body
        return parse_statistics(body, posts, self._session.now)


def _walk_roles(session: ApiSession) -> Iterator[PageRole]:
    query = f"q=roleAssignee&role=ADMINISTRATOR&state=APPROVED&count={PAGE_SIZE}"

    def fetch_page(cursor: str | None) -> Page[PageRole]:
        path = f"/organizationAcls?{query}&start={cursor or 0}"
        return parse_roles(session.get(path, headers={"X-RestLi-Method": "FINDER"}).body)

    return walk_pages(fetch_page)


def _connectable(urn: str, role: str, page: Organization | None) -> ConnectableAccount:
    external_id = urn.removeprefix(_ORGANIZATION)
    if page is None:
        problem = (
            "LinkedIn does not show this page to the app: ask one of its admins for the admin role, then connect again."
        )
        return ConnectableAccount(Platform.LINKEDIN, external_id, urn, role=role.lower(), problem=problem)
    return ConnectableAccount(Platform.LINKEDIN, external_id, page.name, handle=page.handle, role=role.lower())


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


# Errors by status and, where present, the text code; serviceErrorCode numbers differ between sources.
# https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling (2026-11-23)
_BY_STATUS: dict[int, tuple[type[FetchError], str]] = {
    401: (ReconnectNeededError, "LinkedIn no longer accepts this login: connect the page again."),
    403: (
        OperatorNeededError,
        "LinkedIn refuses access: whoever connected this page needs its admin role, and the app the Community Management product.",
    ),
    404: (GoneError, "LinkedIn no longer has this page or post."),
    426: (
        OperatorNeededError,
        "This LinkedIn API version has been switched off: set TIDELINE_LINKEDIN_VERSION to a newer one.",
    ),
}


def classify(answer: Answer, now: datetime) -> FetchError | None:
    """LinkedIn's reading of an answer."""
    if answer.status == 429:  # daily quotas without any header, reset at 00:00 UTC
        midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        return RateLimitedError("LinkedIn's daily quota is used up; it starts anew at midnight UTC.", retry_at=midnight)
    if answer.status == 403 and "Unpermitted fields" in str(answer.body):
        return GoneError("LinkedIn does not give statistics of one of these posts to this page.")
    error, sentence = _BY_STATUS.get(answer.status, (None, ""))
    return gateway_fault(answer) or (error(sentence) if error else classify_by_status(answer, now))

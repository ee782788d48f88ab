"""How is a LinkedIn company page read? Community Management API, Rest.li 2.0, checked 2026-11-23.

https://learn.microsoft.com/linkedin/marketing/community-management/
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import AliasChoices, AliasPath, ConfigDict, Field

from core.domain import AccountDay, Platform, Post, PostKind, PostSnapshot, Profile
from core.errors import FetchError, GoneError, OperatorNeededError, RateLimitedError, ReconnectNeededError
from core.fetchers.base import (
    AnswerModel,
    ConnectableAccount,
    Counter,
    ExternalId,
    Instant,
    ListedPost,
    Numbers,
    add_up,
    build_days,
    build_snapshot,
    closed_days,
    in_batches,
    merge_tables,
    numbers_of,
    parse_answer,
    sum_engagements,
    take_newest,
)
from core.fetchers.paging import Page, fetch_halving, walk_pages
from core.fetchers.text import find_hashtags, read_little_text
from core.fetchers.transport import Answer, ApiSession, Transport, classify_by_status, gateway_fault
from core.metrics import Grain, Metric, Offer, Offers
from core.settings import ProviderSettings

PAGE_SIZE = 100
STATISTICS_BATCH = 50  # no published cap; at 50 the URL stays under 3 KB
WINDOW = timedelta(days=365)  # statistics go back 12 months, rolling
MOST_DAYS = 364  # one day inside the window, whose edge is documented nowhere
FOLLOWER_LAG_DAYS = 1  # follower gains end the day before yesterday

COUNTERS = (Metric.IMPRESSIONS, Metric.REACH, Metric.LIKES, Metric.COMMENTS, Metric.SHARES, Metric.CLICKS)
NO_ACTIVITY: Numbers = {metric: 0 for metric in COUNTERS if metric is not Metric.REACH}
_SHARE_SOURCES = {
    Metric.IMPRESSIONS: "totalShareStatistics.impressionCount",
    Metric.REACH: "totalShareStatistics.uniqueImpressionsCount",
    Metric.LIKES: "totalShareStatistics.likeCount",
    Metric.COMMENTS: "totalShareStatistics.commentCount",
    Metric.SHARES: "totalShareStatistics.shareCount",
    Metric.CLICKS: "totalShareStatistics.clickCount",
    Metric.ENGAGEMENTS: "likeCount + commentCount + shareCount",
}
OFFERS: Offers = {(grain, metric): Offer(source) for grain in Grain for metric, source in _SHARE_SOURCES.items()} | {
    (Grain.ACCOUNT_DAY, Metric.FOLLOWERS): Offer("networkSizes.firstDegreeSize"),
    (Grain.ACCOUNT_DAY, Metric.FOLLOWERS_GAINED): Offer(
        "followerGains.organicFollowerGain + paidFollowerGain (net)", FOLLOWER_LAG_DAYS
    ),
    (Grain.ACCOUNT_DAY, Metric.PROFILE_VIEWS): Offer("totalPageStatistics.views.allPageViews.pageViews"),
}


_ORGANIZATION = "urn:li:organization:"


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
        return next((acl.member or acl.organization for acl in _walk_acls(session)), "")

    @staticmethod
    def list_connectable(session: ApiSession) -> list[ConnectableAccount]:
        """Pages this member administers; statistics need that role. An empty list is an answer, not an error."""
        roles = {acl.organization: acl.role for acl in _walk_acls(session)}
        names: dict[str, _Organization] = {}
        for urns in in_batches(list(roles), STATISTICS_BATCH):
            path = f"/organizations?ids={_list([_number(urn) for urn in urns])}"
            body = session.get(path, headers={"X-RestLi-Method": "BATCH_GET"}).body
            names |= parse_answer(_Organizations, body, of="LinkedIn's page names").results
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


_STATISTICS_PARAMETERS = {"urn:li:share:": "shares", "urn:li:ugcPost:": "ugcPosts"}


class _Organization(AnswerModel):
    id: ExternalId
    name: str = Field(validation_alias="localizedName")
    handle: str | None = Field(None, validation_alias="vanityName")


class _Organizations(AnswerModel):
    results: dict[str, _Organization]


class _NetworkSize(AnswerModel):
    followers: Counter | None = Field(None, validation_alias="firstDegreeSize")


def parse_profile(organization: Any, size: Any, external_id: str) -> Profile:
    page = parse_answer(_Organization, organization, of="LinkedIn's page profile")
    followers = parse_answer(_NetworkSize, size, of="LinkedIn's follower count").followers
    folder = "showcase" if ":organizationBrand:" in external_id else "company"
    url = f"https://www.linkedin.com/{folder}/{quote(page.handle or page.id)}/"
    return Profile(external_id, page.name, handle=page.handle, url=url, followers=followers)


class _Link(AnswerModel):
    rel: str | None = None
    href: str | None = None


class _Paging(AnswerModel):
    start: int = 0
    count: int = PAGE_SIZE
    links: list[_Link] | None = None

    def next_start(self, found: int) -> str | None:
        """Where the next page starts: a page may be short, even empty, before the end, so a next link decides.

        Without a list of links the first empty page is the last. The link's own start is used, for LinkedIn may cap our count.
        """
        if self.links is None:
            return str(self.start + self.count) if found else None
        href = next((link.href for link in self.links if link.rel == "next" and link.href), None)
        if href is None:
            return None
        start = parse_qs(urlsplit(href).query).get("start", [""])[0]
        return start if start.isdecimal() else str(self.start + self.count)


class _Acl(AnswerModel):
    organization: ExternalId = Field(
        validation_alias=AliasChoices("organization", "organizationTarget", "organizationalTarget")
    )
    role: str = "ADMINISTRATOR"
    member: str = Field("", validation_alias="roleAssignee")


class _Acls(AnswerModel):
    elements: list[_Acl]
    paging: _Paging = _Paging()


def _walk_acls(session: ApiSession) -> Iterator[_Acl]:
    query = f"q=roleAssignee&role=ADMINISTRATOR&state=APPROVED&count={PAGE_SIZE}"

    def fetch_page(cursor: str | None) -> Page[_Acl]:
        body = session.get(f"/organizationAcls?{query}&start={cursor or 0}", headers={"X-RestLi-Method": "FINDER"}).body
        acls = parse_answer(_Acls, body, of="LinkedIn's list of pages")
        return Page(acls.elements, acls.paging.next_start(len(acls.elements)))

    return walk_pages(fetch_page)


def _connectable(urn: str, role: str, page: _Organization | None) -> ConnectableAccount:
    external_id = urn.removeprefix(_ORGANIZATION)
    if page is None:
        problem = (
            "LinkedIn does not show this page to the app: ask one of its admins for the admin role, then connect again."
        )
        return ConnectableAccount(Platform.LINKEDIN, external_id, urn, role=role.lower(), problem=problem)
    return ConnectableAccount(Platform.LINKEDIN, external_id, page.name, handle=page.handle, role=role.lower())


class _Content(AnswerModel):
    """What a post is made of: the first key that is there."""

    model_config = ConfigDict(extra="allow")
    medium: str | None = Field(None, validation_alias=AliasPath("media", "id"))

    @property
    def kind(self) -> PostKind:
        if self.medium:
            return _KINDS.get(self.medium.rsplit(":", 1)[0], PostKind.OTHER)
        return next(
            (_KINDS.get(name, PostKind.OTHER) for name, value in (self.model_extra or {}).items() if value),
            PostKind.TEXT,
        )


_KINDS = {
    "urn:li:image": PostKind.IMAGE,
    "urn:li:video": PostKind.VIDEO,
    "urn:li:document": PostKind.CAROUSEL,
    "multiImage": PostKind.CAROUSEL,
    "carousel": PostKind.CAROUSEL,
    "article": PostKind.LINK,
}


class _Post(AnswerModel):
    id: ExternalId
    commentary: str | None = None
    published_at: Instant | None = Field(None, validation_alias=AliasChoices("publishedAt", "createdAt"))
    state: str = Field("PUBLISHED", validation_alias="lifecycleState")
    content: _Content | None = None
    is_dark: bool = Field(False, validation_alias=AliasPath("adContext", "isDsc"))  # exists for ads only


class _Posts(AnswerModel):
    elements: list[_Post]
    paging: _Paging = _Paging()


def parse_posts(body: Any) -> Page[ListedPost]:
    answer = parse_answer(_Posts, body, of="LinkedIn's list of posts")
    listed = [
        _listed(post, post.published_at)
        for post in answer.elements
        if post.published_at and post.state == "PUBLISHED" and not post.is_dark
    ]
    return Page(listed, answer.paging.next_start(len(answer.elements)))


def _listed(post: _Post, published_at: datetime) -> ListedPost:
    text = read_little_text(post.commentary)
    kind = post.content.kind if post.content else PostKind.TEXT
    permalink = f"https://www.linkedin.com/feed/update/{post.id}"
    return ListedPost(
        Post(post.id, kind, published_at, text, permalink, hashtags=find_hashtags(text)), PostSnapshot(post.id)
    )


def _share_count(*names: str) -> Any:
    return Field(None, validation_alias=AliasChoices(*(AliasPath("totalShareStatistics", name) for name in names)))


class _Statistics(AnswerModel):
    """One element of the three statistics answers, of a post or of a day; each fills its own fields."""

    urn: str | None = Field(None, validation_alias=AliasChoices("share", "ugcPost"))
    start: Instant | None = Field(None, validation_alias=AliasPath("timeRange", "start"))
    impressions: Counter | None = _share_count("impressionCount")
    reach: Counter | None = _share_count("uniqueImpressionsCount", "uniqueImpressionsCounts")
    likes: Counter | None = _share_count("likeCount")
    comments: Counter | None = _share_count("commentCount")
    shares: Counter | None = _share_count("shareCount")
    clicks: Counter | None = _share_count("clickCount")
    organic_gain: Counter | None = Field(None, validation_alias=AliasPath("followerGains", "organicFollowerGain"))
    paid_gain: Counter | None = Field(None, validation_alias=AliasPath("followerGains", "paidFollowerGain"))
    page_views: Counter | None = Field(
        None, validation_alias=AliasPath("totalPageStatistics", "views", "allPageViews", "pageViews")
    )

    @property
    def day_numbers(self) -> Numbers:
        counted = numbers_of(self, COUNTERS)
        every = counted | {
            Metric.ENGAGEMENTS: sum_engagements(counted, OFFERS, Grain.ACCOUNT_DAY),
            Metric.FOLLOWERS_GAINED: add_up(self.organic_gain, self.paid_gain),
            Metric.PROFILE_VIEWS: self.page_views,
        }
        return {metric: number for metric, number in every.items() if number is not None}


class _StatisticsList(AnswerModel):
    elements: list[_Statistics]


def parse_statistics(body: Any, posts: Sequence[Post], now: datetime) -> dict[str, PostSnapshot]:
    """The counters of `posts`, and of nothing else.

    "A post without activity is omitted" and may be taken as 0, but so is one older than 12 months: that keeps its last numbers.
    An element that names no post is the page's total, the sign that our list was ignored: then an omission says nothing.
    """
    elements = parse_answer(_StatisticsList, body, of="LinkedIn's post statistics").elements
    found: dict[str | None, Numbers] = {element.urn: numbers_of(element, COUNTERS) for element in elements}
    quiet: dict[str | None, Numbers] = (
        {} if None in found else {post.post_id: NO_ACTIVITY for post in posts if now - post.published_at < WINDOW}
    )
    numbers = quiet | found
    return {
        post.post_id: build_snapshot(post.post_id, numbers[post.post_id], OFFERS)
        for post in posts
        if post.post_id in numbers
    }


def parse_days(body: Any) -> dict[date, Numbers]:
    """The days of daily share statistics, follower gains (net, so perhaps negative) or page views."""
    elements = parse_answer(_StatisticsList, body, of="LinkedIn's daily statistics").elements
    return {element.start.date(): element.day_numbers for element in elements if element.start}


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

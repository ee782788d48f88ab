"""How does a Facebook Page answer? Its profile, its posts and its days, as a node of the Graph API."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core.domain import AccountDay, Platform
from core.sandbox.cursors import published_between
from core.sandbox.facebook_posts import FacebookPost, by_type
from core.sandbox.facebook_videos import FacebookVideo, is_moving
from core.sandbox.graph import Viewer, listed_posts
from core.sandbox.graph_errors import graph_error
from core.sandbox.graph_fields import FieldAsk
from core.sandbox.graph_insights import asked_metrics, time_paging, wrong_period
from core.sandbox.graph_times import PACIFIC, end_of_pacific_day, graph_time, read_moment
from core.sandbox.meta_oauth import scopes_of
from core.sandbox.tokens import TokenKind
from core.sandbox.world import Account, WorldPost

_LONGEST_SPAN = timedelta(days=93)
_HISTORY = timedelta(days=730)
_TASKS = ["ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE"]


_PAGE_METRICS: dict[str, Callable[[AccountDay], Any]] = {
    "page_media_view": lambda day: day.impressions,
    "page_total_media_view_unique": lambda day: day.reach,
    "page_post_engagements": lambda day: day.engagements,
    "page_views_total": lambda day: day.profile_views,
    "page_follows": lambda day: day.followers,
    "page_daily_follows": lambda day: day.followers_gained,
    "page_daily_follows_unique": lambda day: day.followers_gained,
    "page_daily_unfollows_unique": lambda day: day.followers_lost,
    "page_actions_post_reactions_total": lambda day: by_type(day.likes),
    "page_video_views": lambda day: day.video_views,
    "page_total_actions": lambda day: day.clicks,
}


class Page:
    """A Facebook Page."""

    node_type = "Page"

    def __init__(self, account: Account) -> None:
        self._account = account

    def default_fields(self) -> str:
        return "id,name"

    def value_of(self, field: FieldAsk, viewer: Viewer) -> Any:
        return _PAGE_FIELDS[field.name](self._account, viewer)

    def edge(self, name: str, viewer: Viewer) -> dict[str, Any]:
        edges = {"published_posts": self._posts, "posts": self._posts, "video_reels": self._reels}
        return {**edges, "insights": self._insights}[name](viewer)

    def _posts(self, viewer: Viewer) -> dict[str, Any]:
        return listed_posts(self._published(viewer), viewer, lambda post: FacebookPost(self._account, post))

    def _reels(self, viewer: Viewer) -> dict[str, Any]:
        """Every video is a reel, and the list of posts holds it too."""
        moving = [post for post in self._published(viewer) if is_moving(post)]
        return listed_posts(moving, viewer, lambda post: FacebookVideo(self._account, post))

    def _published(self, viewer: Viewer) -> Sequence[WorldPost]:
        viewer.check("pages_read_engagement")
        since, until = (read_moment(viewer.asked, name, PACIFIC) for name in ("since", "until"))
        return published_between(self._account.posts(viewer.now), since, until)

    def _insights(self, viewer: Viewer) -> dict[str, Any]:
        viewer.check("read_insights")
        metrics = asked_metrics(viewer.asked.get("metric", ""), _PAGE_METRICS)
        period = viewer.asked.get("period") or "day"
        if period != "day":
            raise wrong_period(period, metrics[0])
        since, until = _span(viewer)
        days = self._days(since, until, viewer)
        answers = [_daily(self._account.external_id, metric, days) for metric in metrics]
        known = [answer for answer in answers if answer["values"]]
        return {"data": known, "paging": time_paging(viewer, viewer.path, since, until)}

    def _days(self, since: datetime, until: datetime, viewer: Viewer) -> list[AccountDay]:
        """The closed days whose end lies in (since, until]."""
        oldest = viewer.now - _HISTORY if viewer.limited else since
        first = max(since, oldest).astimezone(PACIFIC).date() - timedelta(days=1)
        last = min(until, viewer.now).astimezone(PACIFIC).date()
        days = self._account.days(first, last, viewer.now)
        closed = min(until, viewer.now)
        return [day for day in days if max(since, oldest) < end_of_pacific_day(day.day) <= closed]


def _span(viewer: Viewer) -> tuple[datetime, datetime]:
    until = read_moment(viewer.asked, "until", PACIFIC) or viewer.now
    since = read_moment(viewer.asked, "since", PACIFIC) or until - timedelta(days=2)
    if until < since:
        raise graph_error("(#100) since must be before until", 100)
    if until - since > _LONGEST_SPAN + timedelta(hours=1):  # a change to winter time adds an hour
        raise graph_error("(#100) There cannot be more than 93 days (8035200 s) between since and until", 100)
    return since, until


def _daily(page_id: str, metric: str, days: list[AccountDay]) -> dict[str, Any]:
    known = [(day.day, value) for day in days if (value := _PAGE_METRICS[metric](day)) is not None]
    values = [{"value": value, "end_time": graph_time(end_of_pacific_day(day))} for day, value in known]
    return {"name": metric, "period": "day", "values": values, "id": f"{page_id}/insights/{metric}/day"}


def _page_token(account: Account, viewer: Viewer) -> str:
    """A token of the Page alone; from a long-lived user token it never ends."""
    ends_at = 0 if viewer.grant.is_lasting else viewer.grant.expires_at
    grant = replace(viewer.grant, kind=TokenKind.PAGE, expires_at=ends_at, page_id=account.external_id)
    return viewer.tokens.issue(grant)


def _linked_instagram(_account: Account, viewer: Viewer) -> dict[str, Any] | None:
    linked = viewer.accounts(Platform.INSTAGRAM)
    if not linked or (viewer.grant.scope and "instagram_basic" not in scopes_of(viewer.grant)):
        return None
    described = {
        "id": linked[0].external_id,
        "username": linked[0].handle,
        "name": linked[0].name,
        "profile_picture_url": f"https://scontent.example/{linked[0].external_id}.jpg",
        "followers_count": linked[0].followers(viewer.now),
    }
    return {name: value for name, value in described.items() if value is not None}


def _picture(account: Account, _viewer: Viewer) -> dict[str, Any]:
    return {"data": {"url": f"https://scontent.example/{account.external_id}.jpg", "is_silhouette": False}}


_PAGE_FIELDS: dict[str, Callable[[Account, Viewer], Any]] = {
    "id": lambda account, _: account.external_id,
    "name": lambda account, _: account.name,
    "username": lambda account, _: account.handle,
    "link": lambda account, _: f"https://www.facebook.com/{account.handle}",
    "picture": _picture,
    "category": lambda _account, _: "Brand",
    "tasks": lambda _account, _: _TASKS,
    "followers_count": lambda account, viewer: account.followers(viewer.now),
    "fan_count": lambda account, viewer: account.followers(viewer.now),
    "access_token": _page_token,
    "instagram_business_account": _linked_instagram,
}

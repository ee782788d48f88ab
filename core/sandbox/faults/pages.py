"""How is a list of posts paged? The items of a page and the way to the next one, in each dialect's own shape."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from core.domain import Platform, Provider
from core.sandbox.cursors import another_cursor, make_cursor
from core.sandbox.faults.kinds import Answer, Incident
from core.sandbox.linkedin import DETOUR, next_link


@dataclass(frozen=True, slots=True)
class PostPage:
    """One page of posts; `asked` is the cursor it was asked by ("" = the first), `following` that of the next."""

    incident: Incident
    body: dict[str, Any]
    items: list[dict[str, Any]]
    asked: str
    following: str | None

    def rewrite(self, items: list[dict[str, Any]], following: str | None) -> None:
        _WRITERS[self.incident.platform.provider](self, items, following)

    def detour(self) -> str:
        """Another cursor to this same page."""
        if self.incident.platform is Platform.LINKEDIN:
            return str(int(self.asked or 0) + DETOUR)
        return another_cursor(self.asked)

    def cursor_after(self, kept: int) -> str | None:
        """The cursor that leads on after the first `kept` items."""
        if self.incident.platform is Platform.LINKEDIN:
            return str(int(self.asked or 0) % DETOUR + kept)
        account = self.incident.account
        post = account.find_post(self.items[kept - 1]["id"], self.incident.now) if account else None
        return make_cursor(post) if post else None


def read_page(incident: Incident, answer: Answer) -> PostPage | None:
    """The page in the answer, None where the answer holds none."""
    provider = incident.platform.provider
    is_page = answer.status == 200 and isinstance(answer.body, dict) and _MARKS[provider] <= answer.body.keys()
    return _READERS[provider](incident, answer.body) if is_page else None


def _read_linkedin(incident: Incident, body: dict[str, Any]) -> PostPage:
    asked = incident.target.asked.get("start", "0")
    paging = body["paging"]
    following = str(paging["start"] + paging["count"]) if paging.get("links") else None
    return PostPage(incident, body, body["elements"], "" if asked == "0" else asked, following)


def _write_linkedin(page: PostPage, items: list[dict[str, Any]], following: str | None) -> None:
    paging = page.body["paging"]
    author = page.incident.target.asked.get("author", "")
    page.body["elements"] = items
    paging["links"] = [next_link(author, int(following), paging["count"])] if following else []


def _read_x(incident: Incident, body: dict[str, Any]) -> PostPage:
    asked = incident.target.asked.get("pagination_token", "")
    return PostPage(incident, body, body.get("data", []), asked, body["meta"].get("next_token"))


def _write_x(page: PostPage, items: list[dict[str, Any]], following: str | None) -> None:
    body = page.body
    body["meta"] = {"result_count": len(items)}
    if items:
        body["data"] = items
        body["meta"] |= {"newest_id": items[0]["id"], "oldest_id": items[-1]["id"]}
    else:
        for key in ("data", "includes", "errors"):
            body.pop(key, None)
    if following:
        body["meta"]["next_token"] = following


def _read_meta(incident: Incident, body: dict[str, Any]) -> PostPage:
    paging = body.get("paging", {})
    following = paging["cursors"]["after"] if "next" in paging else None
    return PostPage(incident, body, body["data"], incident.target.asked.get("after", ""), following)


def _write_meta(page: PostPage, items: list[dict[str, Any]], following: str | None) -> None:
    before = page.body.get("paging", {}).get("cursors", {}).get("before", "QVF")
    page.body["data"] = items
    page.body["paging"] = {"cursors": {"before": before, "after": following or "QVG"}}
    if following:
        asked = urlencode({**page.incident.target.asked, "after": following})
        page.body["paging"]["next"] = f"https://graph.facebook.com{page.incident.target.path}?{asked}"


_MARKS = {Provider.LINKEDIN: {"elements", "paging"}, Provider.X: {"meta"}, Provider.META: {"data"}}
_READERS: dict[Provider, Callable[[Incident, dict[str, Any]], PostPage]] = {
    Provider.LINKEDIN: _read_linkedin,
    Provider.X: _read_x,
    Provider.META: _read_meta,
}
_WRITERS: dict[Provider, Callable[[PostPage, list[dict[str, Any]], str | None], None]] = {
    Provider.LINKEDIN: _write_linkedin,
    Provider.X: _write_x,
    Provider.META: _write_meta,
}

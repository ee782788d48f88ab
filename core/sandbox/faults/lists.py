"""What goes wrong between two pages of posts? Borders seen twice, short pages and empty ones that lead on."""

from copy import deepcopy

from core.domain import Platform
from core.sandbox.faults.kinds import META, Answer, FaultKind, Incident
from core.sandbox.faults.pages import read_page
from core.sandbox.faults.targets import Target

_POSTS = frozenset({"posts"})
_LINKEDIN = frozenset({Platform.LINKEDIN})


def _border_duplicate(incident: Incident, answer: Answer) -> bool:
    page, account = read_page(incident, answer), incident.account
    if page is None or account is None:
        return False
    border = incident.memory.get((account.external_id, page.asked))
    if page.items and page.following:
        incident.memory[(account.external_id, page.following)] = deepcopy(page.items[-1])
    if border is None or not page.items:
        return False
    page.rewrite([deepcopy(border), *page.items], page.following)
    return True


def _page_drift(incident: Incident) -> Target | None:
    """Somebody posts while the pages are read: every later page begins a post earlier than asked."""
    start = int(incident.target.asked.get("start", "0"))
    by = incident.argument("by")
    return incident.target.asking("start", str(max(0, start - by))) if start else None


def _page_drift_on(incident: Incident, answer: Answer) -> bool:
    """The next page begins where the reader expects it."""
    page = read_page(incident, answer)
    if page is None or not page.asked:
        return False
    page.body["paging"]["start"] += incident.argument("by")
    if page.following:
        page.rewrite(page.items, str(int(page.following) + incident.argument("by")))
    return True


def _short_page(incident: Incident, answer: Answer) -> bool:
    page, kept = read_page(incident, answer), incident.argument("keep")
    if page is None or len(page.items) <= kept or kept < 1:
        return False
    page.rewrite(page.items[:kept], page.cursor_after(kept))
    return True


def _empty_page(incident: Incident, answer: Answer) -> bool:
    page = read_page(incident, answer)
    if page is None or not page.items:
        return False
    page.rewrite([], page.detour())
    return True


def _no_links(incident: Incident, answer: Answer) -> bool:
    page = read_page(incident, answer)
    return page is not None and page.body["paging"].pop("links", None) is not None


KINDS = (
    FaultKind(
        name="border_duplicate",
        what="The last post of a page comes again as the first of the next.",
        endpoints=_POSTS,
        edit=_border_duplicate,
    ),
    FaultKind(
        name="page_drift",
        what="Later pages begin `by` posts too early, as when somebody posts while they are read.",
        platforms=_LINKEDIN,
        endpoints=_POSTS,
        parameters={"by": 1},
        ask=_page_drift,
        edit=_page_drift_on,
    ),
    FaultKind(
        name="short_page_with_next",
        what="A page holds only the first `keep` posts and a way to the rest; none is lost.",
        endpoints=_POSTS,
        parameters={"keep": 3},
        times=1,
        edit=_short_page,
    ),
    FaultKind(
        name="empty_page_with_next",
        what="A page without posts leads on to those that it should have held.",
        platforms=_LINKEDIN | META,
        endpoints=_POSTS,
        times=1,
        edit=_empty_page,
    ),
    FaultKind(
        name="empty_page_with_token",
        what="A page with result_count 0 and a next_token to the posts that it should have held.",
        platforms=frozenset({Platform.X}),
        endpoints=_POSTS,
        times=1,
        edit=_empty_page,
    ),
    FaultKind(
        name="no_links",
        what="A page of posts without the list of links.",
        platforms=_LINKEDIN,
        endpoints=_POSTS,
        edit=_no_links,
    ),
)

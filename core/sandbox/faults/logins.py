"""What may a login lack? Pages, their tokens and tasks, permissions; and a part of a batch."""

from typing import Any

from core.domain import Platform
from core.sandbox.faults.kinds import META, Answer, FaultKind, Incident
from core.sandbox.faults.targets import CALLS


def _null_part(incident: Incident, answer: Answer) -> bool:
    """Null in the place of one part of a batch: of a list of answers, or of objects by id."""
    body, place = answer.body, incident.argument("place")
    if not isinstance(body, list | dict) or answer.status != 200 or place >= len(body):
        return False
    body[place if isinstance(body, list) else list(body)[place]] = None
    return True


def _page_without(incident: Incident, answer: Answer) -> bool:
    name, account = incident.argument("field"), incident.account
    pages = answer.body.get("data", []) if isinstance(answer.body, dict) else []
    chosen = [page for page in pages if account and name in page and account.external_id in _ids_of(page)]
    for page in chosen:
        if name == "tasks":
            page["tasks"] = ["MODERATE"]
        else:
            del page[name]
    return bool(chosen)


def _ids_of(page: dict[str, Any]) -> set[str]:
    return {page["id"], page.get("instagram_business_account", {}).get("id", "")}


def _not_listed(incident: Incident, answer: Answer) -> bool:
    """Only the login's own list leaves the page out: its portfolio tells of it all the same."""
    account, is_own_list = incident.account, incident.target.path.endswith("/accounts")
    pages = answer.body.get("data", []) if isinstance(answer.body, dict) else []
    kept = [page for page in pages if not (account and account.external_id in _ids_of(page))]
    if not is_own_list or len(kept) == len(pages):
        return False
    answer.body["data"] = kept
    return True


def _page_role(incident: Incident, answer: Answer) -> bool:
    elements = answer.body.get("elements", []) if isinstance(answer.body, dict) else []
    for element in elements:
        element["role"] = incident.argument("role")
    return bool(elements)


def _no_pages(incident: Incident, answer: Answer) -> bool:
    key = "elements" if incident.platform is Platform.LINKEDIN else "data"
    if not isinstance(answer.body, dict) or not answer.body.get(key):
        return False
    answer.body[key] = []
    return True


def _declined(incident: Incident, answer: Answer) -> bool:
    permissions = answer.body.get("data", []) if isinstance(answer.body, dict) else []
    chosen = [each for each in permissions if each.get("permission") == incident.argument("permission")]
    for each in chosen:
        each["status"] = "declined"
    return bool(chosen)


KINDS = (
    FaultKind(
        name="null_part",
        what="A part of a batch timed out: null in its place.",
        platforms=META,
        endpoints=frozenset({"batch", CALLS}),
        parameters={"place": 0},
        times=1,
        edit=_null_part,
    ),
    FaultKind(
        name="page_without",
        what="The list of pages gives the page without its token, the task ANALYZE or its Instagram account.",
        platforms=META,
        endpoints=frozenset({"pages"}),
        parameters={"field": ("access_token", "tasks", "instagram_business_account")},
        edit=_page_without,
    ),
    FaultKind(
        name="page_not_listed",
        what="The login's list leaves the page out: only the portfolio that owns it tells of it, without its token.",
        platforms=META,
        endpoints=frozenset({"pages"}),
        edit=_not_listed,
    ),
    FaultKind(
        name="page_role",
        what="The member has another role on the pages than administrator.",
        platforms=frozenset({Platform.LINKEDIN}),
        endpoints=frozenset({"pages"}),
        parameters={"role": ("CONTENT_ADMINISTRATOR", "ANALYST", "CURATOR", "LEAD_GEN_FORMS_MANAGER")},
        edit=_page_role,
    ),
    FaultKind(
        name="no_pages",
        what="The login has no pages: an empty list.",
        platforms=META | {Platform.LINKEDIN},
        endpoints=frozenset({"pages"}),
        edit=_no_pages,
    ),
    FaultKind(
        name="declined_permission",
        what="The person has unticked a permission.",
        platforms=META,
        endpoints=frozenset({"permissions"}),
        parameters={"permission": "read_insights"},
        edit=_declined,
    ),
)

"""How does Meta refuse? Retired metrics, too much data, posts that are gone or have too few viewers."""

import re

from starlette.responses import Response

from core.sandbox.faults.kinds import META, POST, REQUIRED, FaultKind, Incident
from core.sandbox.faults.targets import Target
from core.sandbox.faults.words import said
from core.sandbox.graph_errors import dead_metric, graph_error, no_such_object

_INSIGHTS = frozenset({"insights"})
_READS = frozenset({"object", "batch", "insights"})
_METRICS = re.compile(r"(?:video_)?insights\.metric\(([^)]*)\)")


def asked_metrics(target: Target) -> list[str]:
    """The metrics that a request names, in `metric` or nested in `fields`."""
    told = [target.asked.get("metric", ""), *_METRICS.findall(target.asked.get("fields", ""))]
    return [metric for text in told for metric in text.replace(" ", "").split(",") if metric]


def chosen_id(incident: Incident) -> str | None:
    """The first object of the request that is the fault's post."""
    account = incident.account
    ids = [each for each in incident.target.ids if account is None or each != account.external_id]
    return next((each for each in ids if incident.is_chosen(each)), None)


def _metric_retired(incident: Incident) -> Response | None:
    return said(dead_metric()) if incident.argument("metric") in asked_metrics(incident.target) else None


def _reduce_data(incident: Incident) -> Response | None:
    target, most = incident.target, incident.argument("limit")
    asked = len(target.ids) if "batch" in target.endpoints else int(target.asked.get("limit", "25"))
    message = "Please reduce the amount of data you're asking for, then retry your request"
    return said(graph_error(message, 1, status=500)) if asked > most else None


def _transient_code_2(_incident: Incident) -> Response:
    message = "An unexpected error has occurred. Please retry your request later."
    return said(graph_error(message, 2, status=500, is_transient=True))


def _not_enough_viewers(incident: Incident) -> Response | None:
    message = "(#10) Not enough viewers for the media to show insights"
    return said(graph_error(message, 10)) if chosen_id(incident) else None


def _media_before_business(incident: Incident) -> Response | None:
    message = "(#100) The media was posted before the most recent time that the account was converted to business."
    return said(graph_error(message, 100, subcode=2108006)) if chosen_id(incident) else None


def _gone_post(incident: Incident) -> Response | None:
    object_id = chosen_id(incident)
    if object_id is None:
        return None
    if incident.argument("code") == 803:
        message = f"(#803) Some of the aliases you requested do not exist: {object_id}"
        return said(graph_error(message, 803, status=404))
    return said(no_such_object(object_id))


def _profile_gone(incident: Incident) -> Response:
    account = incident.account
    return said(no_such_object(account.external_id if account else "me"))


def _batch_fails(incident: Incident) -> Response | None:
    ids = incident.target.ids
    return said(no_such_object(ids[-1])) if len(ids) > incident.argument("most") else None


def _graph_error(incident: Incident) -> Response:
    told = {name: incident.argument(name) for name in ("subcode", "status")}
    is_transient = incident.argument("is_transient")
    return said(graph_error(incident.argument("message"), incident.argument("code"), **told, is_transient=is_transient))


KINDS = (
    FaultKind(
        name="metric_retired",
        what="(#100) for every request that names the metric; the answer does not say which it is.",
        platforms=META,
        endpoints=frozenset({"object", "batch", "insights", "posts", "days"}),
        parameters={"metric": REQUIRED},
        instead=_metric_retired,
    ),
    FaultKind(
        name="reduce_data",
        what="Code 1 unless a page or batch is asked for at most `limit` objects.",
        platforms=META,
        endpoints=frozenset({"posts", "batch"}),
        parameters={"limit": 25},
        instead=_reduce_data,
    ),
    FaultKind(
        name="transient_code_2",
        what="Code 2 with is_transient: the next try passes.",
        platforms=META,
        times=1,
        instead=_transient_code_2,
    ),
    FaultKind(
        name="not_enough_viewers",
        what="Code 10 for the insights of a post, and for a batch that holds it.",
        platforms=META,
        endpoints=_INSIGHTS,
        parameters={"post": POST},
        instead=_not_enough_viewers,
    ),
    FaultKind(
        name="media_before_business",
        what="Code 100/2108006 for the insights of a post, and for a batch that holds it.",
        platforms=META,
        endpoints=_INSIGHTS,
        parameters={"post": POST},
        instead=_media_before_business,
    ),
    FaultKind(
        name="gone_post",
        what="A post that is listed but cannot be read: code 100/33 or 803, for a batch that holds it too.",
        platforms=META,
        endpoints=_READS,
        parameters={"post": POST, "code": (33, 803)},
        instead=_gone_post,
    ),
    FaultKind(
        name="profile_gone",
        what="Code 100/33 for the account itself, its posts and its days.",
        platforms=META,
        endpoints=frozenset({"profile", "posts", "days", "stories"}),
        instead=_profile_gone,
    ),
    FaultKind(
        name="batch_fails",
        what="Code 100/33 for every ?ids= of more than `most` ids.",
        platforms=META,
        endpoints=frozenset({"batch"}),
        parameters={"most": 1},
        instead=_batch_fails,
    ),
    FaultKind(
        name="graph_error",
        what="Any error of the Graph API, by code and subcode.",
        platforms=META,
        parameters={
            "code": 1,
            "subcode": None,
            "message": "An error has occurred.",
            "status": 400,
            "is_transient": False,
        },
        instead=_graph_error,
    ),
)

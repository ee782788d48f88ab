"""How would X's renamed spec answer? Posts for tweets and reposts for retweets, in fields, parameters and problems."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response

from core.domain import Platform
from core.sandbox.answers import RefusalError
from core.sandbox.faults.kinds import Answer, FaultKind, Incident
from core.sandbox.faults.targets import Target
from core.sandbox.faults.words import said
from core.sandbox.x import refuse

_NEW_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "note_tweet": "note_post",
    "tweets": "posts",
}
_OLD_NAMES = {new: old for old, new in _NEW_NAMES.items()}
_OLD_PARAMETERS = {"post.fields": "tweet.fields"}
_NEW_VALUES = {"tweet": "post", "tweet.fields": "post.fields", "retweeted": "reposted"}
_OLD_HOST, _NEW_HOST = "https://api.twitter.com/2/problems/", "https://api.x.com/2/problems/"
_ALLOWED = "ids,expansions,media.fields,post.fields,user.fields"


def _refused_parameter(incident: Incident) -> Response | None:
    """The old parameter is none of the new spec's."""
    value = incident.target.asked.get("tweet.fields")
    if value is None or not incident.argument("refuse"):
        return None
    try:
        refuse("tweet.fields", value, f"The query parameter [tweet.fields] is not one of [{_ALLOWED}]")
    except RefusalError as refusal:
        return said(RefusalError(400, _renamed(refusal.body)))


def _in_old_names(incident: Incident) -> Target:
    """What is asked for in new names, as the dialect understands it."""
    pairs = [pair.partition("=") for pair in incident.target.query.split("&") if pair]
    query = "&".join(f"{_OLD_PARAMETERS.get(name, name)}={_old_value(name, value)}" for name, _, value in pairs)
    return replace(incident.target, query=query)


def _old_value(name: str, value: str) -> str:
    """The fields of a list by their old names; referenced_posts.id is a field with a tail."""
    if name not in ("post.fields", "expansions"):
        return value
    fields = (item.partition(".") for item in unquote(value).split(","))
    return ",".join(_OLD_NAMES.get(head, head) + dot + tail for head, dot, tail in fields)


def _in_new_names(_incident: Incident, answer: Answer) -> bool:
    answer.body = _renamed(answer.body)
    return answer.body is not None


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _NEW_NAMES.get(key, key): part if key == "parameters" else _renamed(part) for key, part in value.items()
        }
    if isinstance(value, list):
        return [_renamed(part) for part in value]
    if isinstance(value, str):
        return _NEW_VALUES.get(value, value.replace(_OLD_HOST, _NEW_HOST))
    return value


KINDS = (
    FaultKind(
        name="renamed_fields",
        what="Answers in the naming style of the spec of August 2026; tweet.fields is refused, post.fields accepted.",
        platforms=frozenset({Platform.X}),
        parameters={"refuse": True},
        instead=_refused_parameter,
        ask=_in_old_names,
        edit=_in_new_names,
    ),
)

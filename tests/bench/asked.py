"""Which requests did a sync make, and how many of them had to follow one another?

A request had to follow an answer of the same sync where it quotes something that only that answer told: the id of a post, or a
cursor. Everything else in a request (the account's own id, fields, days) is known beforehand. The depth of a request is 1, or
1 + the depth of the answer it needed (the shallowest of those that told it, the deepest over all it quotes), and the chain of a
sync is its deepest request. An engine that waited for nothing else would take that many round trips.
"""

import re
import time
from dataclasses import dataclass, field
from urllib.parse import unquote

_CURSORS = {"after", "next_token", "next"}
_IDS = {"id", "urn"}


@dataclass
class Asked:
    """One request: what it was, what came back, and when."""

    url: str
    headers: dict
    answer: object
    began: float
    ended: float
    depth: int = 1
    needed: "Asked | None" = None


@dataclass
class AskLog:
    """Every request of a transport while it is watched."""

    asked: list = field(default_factory=list)

    def watch(self, transport):
        """Note what goes through `transport` from now on."""
        send = transport.send

        def noting(method, url, *, headers, form=None):
            began = time.perf_counter()
            answer = send(method, url, headers=headers, form=form)
            self.asked.append(Asked(url, dict(headers), answer.body, began, time.perf_counter()))
            return answer

        transport.send = noting

    def take(self):
        """The requests since the last call, oldest first, each with its depth."""
        taken, self.asked = sorted(self.asked, key=lambda asked: asked.began), []
        told = {}
        for request in sorted(taken, key=lambda asked: asked.ended):
            for word in _learned(request.answer):
                told.setdefault(word, []).append(request)
        for request in taken:
            _measure(request, told)
        return taken


def chain_of(taken):
    """How many requests had to follow one another, at the longest."""
    return max(request.depth for request in taken)


def _measure(request, told):
    """`taken` comes in the order in which requests began, so the depth of every answer before is known already."""
    for word in set(_words(request.url)):
        tellers = [teller for teller in told.get(word, ()) if teller.ended <= request.began]
        if tellers:
            first = min(tellers, key=lambda teller: teller.depth)
            if first.depth + 1 > request.depth:
                request.depth, request.needed = first.depth + 1, first


def _words(url):
    return re.split(r"[/?&=,()]", unquote(url))


def _learned(answer, key=""):
    """The ids and cursors in an answer; an account's own id is among them and quoted by all, so it is left out by `_is_account`."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            yield from _learned(value, name)
    elif isinstance(answer, list):
        for value in answer:
            yield from _learned(value, key)
    elif isinstance(answer, str) and (key in _CURSORS or key in _IDS):
        yield answer

"""Which requests did a sync make, and how many of them had to follow one another?

A request had to follow an answer of the same sync where it quotes what only that answer told: the id of a post, or a cursor.
All else in it (the account, the fields, the days) is known beforehand. A request that quotes nothing has depth 1; any other is
one deeper than the shallowest answer that told what it quotes, of all it quotes the deepest. The chain of a sync is its deepest
request: an engine that never waited for anything else would take that many round trips. What depends on an answer without
quoting it (LinkedIn pages by number, a post that is missing from a list) counts as depth 1, which makes the chain shorter.
"""

import json
import re
import time
from dataclasses import dataclass
from urllib.parse import unquote

_TELLING = {"id", "after", "next_token"}


@dataclass
class Asked:
    """One request: what it was, what came back, and when."""

    url: str
    headers: dict
    form: dict | None
    answer: bytes
    began: float
    ended: float
    depth: int = 1
    follows: "Asked | None" = None
    """The answer it had to wait for."""


class AskLog:
    """Every request that goes through a transport from now on."""

    def __init__(self, transport):
        self._asked = []
        self._exchange = transport.exchange
        transport.exchange = self._note

    def take(self, *, known=()):
        """The requests since the last call in the order they began, each with its depth; `known`: ids known beforehand."""
        taken, self._asked = sorted(self._asked, key=lambda asked: asked.began), []
        tellers = {}
        for request in taken:
            for word in set(_told(json.loads(request.answer))) - set(known):
                tellers.setdefault(word, []).append(request)
        for request in taken:  # an answer that was there before this request began has its depth already
            needed = [_first_to_tell(tellers.get(word, ()), request) for word in _words(request.url)]
            request.follows = max(filter(None, needed), key=lambda teller: teller.depth, default=None)
            request.depth = 1 + (request.follows.depth if request.follows else 0)
        return taken

    def _note(self, method, url, *, headers, form):
        began = time.perf_counter()
        response = self._exchange(method, url, headers=headers, form=form)
        self._asked.append(Asked(url, dict(headers), form, response.content, began, time.perf_counter()))
        return response


def chain_of(taken):
    """How many requests had to follow one another, at the longest."""
    return max(request.depth for request in taken)


def _first_to_tell(tellers, request):
    before = [teller for teller in tellers if teller.ended <= request.began]
    return min(before, key=lambda teller: teller.depth, default=None)


def _words(url):
    return set(re.split(r"[/?&=,()]", unquote(url)))


def _told(answer, key=""):
    """Every id and cursor in an answer."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            yield from _told(value, name)
    elif isinstance(answer, list):
        for value in answer:
            yield from _told(value, key)
    elif isinstance(answer, str) and key in _TELLING:
        yield answer

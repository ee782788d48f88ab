"""What do Meta's insights say, and which of its metrics still answer? Checked 2026-11-23.

https://developers.facebook.com/docs/graph-api/reference/insights
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, Field

from core.errors import MalformedAnswerError
from core.fetchers.answers import AnswerModel, Counter, Instant, merge_tables, parse_answer
from core.fetchers.base import MetricKeys, in_batches
from core.fetchers.graph import BATCH, join_ids
from core.fetchers.graph_errors import MetricRefusedError, NoInsightsError
from core.fetchers.paging import fetch_halving
from core.fetchers.transport import ApiSession
from core.metrics import Grain, Metric

KeyT = TypeVar("KeyT")
Table = dict[KeyT, dict[Metric, int | None]]
"""The numbers of posts (by id) or of days."""
Sources = Mapping[Metric, str]
"""Our metrics and the names by which Meta calls them."""

_Amount = Counter | Annotated[float, Field(ge=-(2**63), lt=2**63, allow_inf_nan=False)]


class _Value(AnswerModel):
    """A value may be a number, a dict of numbers ({} = nothing happened) or missing."""

    value: _Amount | dict[str, _Amount] | None = None
    end_time: Instant | None = None

    @property
    def number(self) -> int | None:
        if isinstance(self.value, dict):
            return sum(int(part) for part in self.value.values())
        return None if self.value is None else int(self.value)


class _Insight(AnswerModel):
    name: str
    period: str = "lifetime"
    values: tuple[_Value, ...] = ()
    total: _Value = Field(_Value(), validation_alias="total_value")


class _Insights(AnswerModel):
    data: list[_Insight]


def parse_insights(body: Any, period: str) -> list[_Insight]:
    """The insights of one period (a metric may come for two); their paging is an endless walk through time, never followed."""
    return [insight for insight in parse_answer(_Insights, body, of="Meta's insights").data if insight.period == period]


class _Object(AnswerModel):
    insights: _Insights = Field(_Insights(data=[]), validation_alias=AliasChoices("insights", "video_insights"))


class _Objects(AnswerModel):
    by_id: dict[str, _Object | None]


def parse_batch(body: Any, sources: Sources) -> dict[str, dict[Metric, int | None] | None]:
    """The lifetime numbers by post id; a post without data has none, which is not 0. None = that part timed out."""
    objects = parse_answer(_Objects, {"by_id": body}, of="Meta's batch of insights").by_id
    return {post_id: _lifetime(found.insights.data, sources) if found else None for post_id, found in objects.items()}


def _lifetime(insights: Sequence[_Insight], sources: Sources) -> dict[Metric, int | None]:
    metric_of = {source: metric for metric, source in sources.items()}
    return {
        metric_of[insight.name]: insight.values[0].number
        for insight in insights
        if insight.name in metric_of and insight.period == "lifetime" and insight.values
    }


class InsightsReader:
    """Asks for the insights of one grain, and goes on without the metrics that Meta refuses; thread-safe.

    One retired metric fails the whole request, and the error does not name it: the metrics are then asked one by one, once.
    `edge`: where the objects have their insights; a bare video has them under another name than a post.
    """

    def __init__(self, session: ApiSession, grain: Grain, skip: MetricKeys, *, edge: str = "insights") -> None:
        self._session = session
        self._edge = edge
        self._grain = grain
        self._skip = skip
        self._refused: frozenset[Metric] = frozenset()
        self._probing = threading.Lock()

    @property
    def retired(self) -> MetricKeys:
        """What was refused here."""
        return frozenset((self._grain, metric) for metric in self._refused)

    def plan_lifetime(self, ids: Sequence[str], sources: Sources) -> list[Callable[[], Table[str]]]:
        """The requests for the numbers by post id: {} where there are no insights, no key where the post is gone."""

        def ask_living(some: Sequence[str]) -> Table[str]:
            return self.ask_living(sources, lambda wanted: self._fetch_batch(some, wanted))

        return [partial(fetch_halving, batch, ask_living) for batch in in_batches(ids, BATCH)]

    def ask_living(self, sources: Sources, ask: Callable[[Sources], Table[KeyT]]) -> Table[KeyT]:
        """`ask` for the metrics that are not retired; for none, if all of them are."""
        wanted = self._living(sources)
        try:
            return ask(wanted)
        except MetricRefusedError:
            with self._probing:  # days and batches are asked side by side: one of them finds out for all
                if self._living(sources) == wanted:
                    return self._ask_each(wanted, ask) or ask({})
        return self.ask_living(sources, ask)

    def ask_living_alike(
        self, sources: Sources, keys: Sequence[KeyT], ask: Callable[[Sequence[KeyT], Sources], Table[KeyT]]
    ) -> Table[KeyT]:
        """Like `ask_living`, of many keys together; which metric is retired is found out at one of them."""
        try:
            return ask(keys, self._living(sources)) if keys else {}
        except MetricRefusedError:
            first = self.ask_living(sources, lambda wanted: ask(keys[:1], wanted))
        rest = self.ask_living(sources, lambda wanted: ask(keys[1:], wanted)) if keys[1:] else {}
        return merge_tables([first, rest])

    def _living(self, sources: Sources) -> Sources:
        dead = {metric for grain, metric in self._skip if grain is self._grain} | self._refused
        return {metric: source for metric, source in sources.items() if metric not in dead}

    def _ask_each(self, wanted: Sources, ask: Callable[[Sources], Table[KeyT]]) -> Table[KeyT]:
        tables, refused = [], set()
        for metric, source in wanted.items():
            try:
                tables.append(ask({metric: source}))
            except MetricRefusedError:
                refused.add(metric)
        self._refused |= refused
        return merge_tables(tables)

    def _fetch_batch(self, ids: Sequence[str], wanted: Sources) -> Table[str]:
        try:
            answered = self._ask_batch(ids, wanted)
            timed_out = [post_id for post_id in ids if post_id in answered and answered[post_id] is None]
            if timed_out:
                answered |= self._ask_batch(timed_out, wanted)
        except NoInsightsError:
            if len(ids) > 1:
                raise
            return {ids[0]: {}}
        return {post_id: numbers for post_id, numbers in answered.items() if numbers is not None and post_id in ids}

    def _ask_batch(self, ids: Sequence[str], wanted: Sources) -> dict[str, dict[Metric, int | None] | None]:
        insights = f",{self._edge}.metric({','.join(wanted.values())})" if wanted else ""
        answered = parse_batch(self._session.get(f"/?ids={join_ids(ids)}&fields=id{insights}").body, wanted)
        if answered.keys().isdisjoint(ids):  # an unknown id is refused, never left out
            raise MalformedAnswerError("Meta's batch of insights held none of the posts asked for.")
        return answered

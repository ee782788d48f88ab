"""What do the readers of Facebook pages and Instagram accounts have in common? Their session, their insights, their login."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from core.fetchers import graph
from core.fetchers.answers import merge_tables
from core.fetchers.base import MetricKeys
from core.fetchers.dialect import Dialect
from core.fetchers.grants import Owner
from core.fetchers.graph_insights import InsightsReader, Table
from core.fetchers.transport import ApiSession
from core.metrics import Grain
from core.settings import ProviderSettings


class GraphFetcher:
    """Reads one page or account of Meta's."""

    forgets_gone_posts: ClassVar[bool] = False

    def __init__(self, session: ApiSession, external_id: str, *, skip: MetricKeys = frozenset()) -> None:
        self._session = session
        self._external_id = external_id
        self._post_insights = InsightsReader(session, Grain.POST_LIFETIME, skip)
        self._day_insights = InsightsReader(session, Grain.ACCOUNT_DAY, skip)

    @property
    def retired(self) -> MetricKeys:
        return self._post_insights.retired | self._day_insights.retired

    @staticmethod
    def dialect(app: ProviderSettings, token: str, *, api_version: str) -> Dialect:
        return graph.dialect(app, token, api_version=api_version)

    @staticmethod
    def fetch_owner(session: ApiSession) -> Owner:
        return graph.fetch_owner(session)

    def _ask_all(self, asks: Sequence[Callable[[], Table[str]]]) -> Table[str]:
        """The numbers by post id that these requests bring, all asked side by side."""
        return merge_tables(self._session.side_by_side(lambda ask: ask(), asks))

    def find_gone(self, post_ids: Sequence[str]) -> set[str]:
        return graph.find_gone(self._session, self._external_id, post_ids)

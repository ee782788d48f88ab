"""Which steps looked at an account's present? Filling in the past says nothing of how it stands."""

from sqlalchemy import ColumnElement

from core.domain import RunTrigger
from core.ops.models import SyncRun, SyncStep

IS_LIVE_RUN: ColumnElement[bool] = SyncRun.trigger != RunTrigger.BACKFILL
IS_LIVE: ColumnElement[bool] = SyncStep.run.has(IS_LIVE_RUN)
"""One look at the step's run by its key, so it may stand in a search that ends at the newest step."""

"""Which values does a business, a period, a set of platforms have? As JSON, or as Parquet for whoever goes on computing."""

from datetime import date, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pandas as pd
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from core import values
from core.analytics import presets
from core.analytics.periods import Period
from core.analytics.presets import Preset
from core.analytics.value_states import ValueState
from core.domain import Platform
from core.export.parquet_file import parquet_file
from core.export.tables import Table
from core.measuring import offers_of
from core.metrics import ACCOUNT_METRICS, POST_METRICS, Grain, Metric
from core.ops.models import Business
from core.ops.overview import list_connected_accounts
from core.values import Wanted, state_of
from core.warehouse.connection import PublishedWarehouse
from core.web.api.access import Caller, CallerOf, Office, OfficeOf, visible_business, visible_businesses
from core.web.api.problems import UNCACHED, RefusedError, documented, unfit
from core.web.api.shapes import Id
from core.web.api.value_shapes import RuleShape, Values

PARQUET = "application/vnd.apache.parquet"
JSON = "application/json"
FIRST_DAY = date(2003, 1, 1)
"""No platform is older."""

routes = APIRouter(tags=["Values"])


class Format(StrEnum):
    """As what the values are sent."""

    JSON = "json"
    PARQUET = "parquet"


MOST_ROWS = {Format.JSON: 20_000, Format.PARQUET: 200_000}
"""More than these would fill the web process's memory."""


class Question(BaseModel):
    """Which values are asked for."""

    model_config = ConfigDict(extra="forbid")

    business_id: Id | None = Field(None, description="One business; without it all that the key opens.")
    platform: list[Platform] = Field([], max_length=len(Platform), description="Of these platforms; without it of all.")
    period: Preset | None = Field(
        None,
        description="A named period, which ends with the last whole day; `free` goes with first and last. Without it the last 30 days.",
    )
    first: date | None = Field(None, description="The first day of a free period.")
    last: date | None = Field(None, description="The last day of a free period, itself part of it.")
    grain: Grain = Field(Grain.ACCOUNT_DAY, description="A value for each account and day, or for each post.")
    format: Format | None = Field(None, description="Without it what the header Accept names first.")


@routes.get(
    "/metrics",
    responses={
        HTTPStatus.OK: {"model": Values, "content": {PARQUET: {"schema": {"type": "string", "format": "binary"}}}},
        **documented(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
    },
)
def metrics(
    office: OfficeOf,
    caller: CallerOf,
    asked: Annotated[Question, Query()],
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """The values of a scope, by the same periods and rules as the pages.

    Every row of Parquet has, beside each metric, a column that ends in _state.
    """
    as_format = asked.format or _first_named(accept)
    businesses = _businesses(office, caller, asked.business_id)
    zone = businesses[0].timezone if asked.business_id is not None else "UTC"
    wanted = _wanted(office, businesses, asked, zone)
    with values.open_newest(office.settings.published_link) as published:
        if published is None:
            raise RefusedError("Nothing was synced yet: there are no values to read.", HTTPStatus.SERVICE_UNAVAILABLE)
        frame, version = _frame(published, wanted, asked.grain, as_format), published.version
    if as_format is Format.PARQUET:
        return Response(parquet_file(Table.of("values", frame)), media_type=PARQUET, headers=UNCACHED)
    told = {
        "grain": asked.grain,
        "period": {"first": str(wanted.period.first), "last": str(wanted.period.last)},
        "zone": zone,
        "data_version": version,
        "counted_with_clicks": [one for one in Platform if _has_clicks_in(one, asked.grain)],
        "engagement_rules": [RuleShape.of(business).model_dump(mode="json") for business in businesses],
        "account_days": None,
        "posts": None,
    }
    told["account_days" if asked.grain is Grain.ACCOUNT_DAY else "posts"] = _rows(frame, asked.grain)
    return JSONResponse(told, headers=UNCACHED)


def _has_clicks_in(platform: Platform, grain: Grain) -> bool:
    offer = offers_of(platform).get((grain, Metric.ENGAGEMENTS))
    return offer is not None and offer.includes_clicks


def _first_named(accept: str) -> Format:
    places = {one: accept.find(name) for one, name in ((Format.JSON, JSON), (Format.PARQUET, PARQUET))}
    named = [one for one, place in sorted(places.items(), key=lambda item: item[1]) if place >= 0]
    return named[0] if named else Format.JSON


def _businesses(office: Office, caller: Caller, business_id: int | None) -> list[Business]:
    if business_id is None:
        return visible_businesses(office, caller)
    return [visible_business(office, caller, business_id)]


def _wanted(office: Office, businesses: list[Business], asked: Question, zone: str) -> Wanted:
    now = office.clock.now()
    yesterday = now.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    zone_of = {business.id: business.timezone for business in businesses}
    with office.database.reading() as session:
        found = list_connected_accounts(session)
    platforms = asked.platform or list(Platform)
    accounts = tuple(one for one in found if one.business_id in zone_of and one.platform in platforms)
    zones = {one.id: zone_of[one.business_id] for one in accounts}
    return Wanted(accounts, _period(asked, yesterday), zones, now)


def _period(asked: Question, yesterday: date) -> Period:
    if asked.first is None and asked.last is None and asked.period is not Preset.FREE:
        return presets.days_of(asked.period or presets.DEFAULT, yesterday)
    if asked.period not in (None, Preset.FREE):
        raise unfit(
            f"The period {asked.period} has its own days: leave out first and last, or ask for the period free."
        )
    if asked.first is None or asked.last is None:
        raise unfit("A free period needs both first and last.")
    if not FIRST_DAY <= asked.first <= asked.last <= yesterday:
        raise unfit(f"A period's days lie, in their order, between {FIRST_DAY} and {yesterday}, the last whole day.")
    return Period(asked.first, asked.last)


def _frame(published: PublishedWarehouse, wanted: Wanted, grain: Grain, as_format: Format) -> pd.DataFrame:
    is_of_days = grain is Grain.ACCOUNT_DAY
    rows = len(wanted.accounts) * wanted.period.days if is_of_days else values.count_posts(published, wanted)
    most = MOST_ROWS[as_format]
    if rows > most:
        more = "" if as_format is Format.PARQUET else f", as Parquet {MOST_ROWS[Format.PARQUET]:,}"
        raise unfit(
            f"These are {rows:,} rows, and one answer holds {most:,}{more}: ask for fewer days or one business."
        )
    return values.account_days(published, wanted) if is_of_days else values.posts(published, wanted, limit=most)


def _rows(frame: pd.DataFrame, grain: Grain) -> list[dict[str, Any]]:
    """Rows as JSON takes them: unknown as null, with the states of what is unknown."""
    of_grain = ACCOUNT_METRICS if grain is Grain.ACCOUNT_DAY else POST_METRICS
    states = [(metric.value, frame[state_of(metric)].tolist()) for metric in of_grain]
    told = frame.drop(columns=[state_of(metric) for metric in of_grain])
    columns = {str(name): _plain(told[name], as_day=name == "day") for name in told.columns}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for place, row in enumerate(rows):
        row["states"] = {name: words[place] for name, words in states if words[place] != ValueState.NUMBER}
    return rows


def _plain(column: "pd.Series[Any]", *, as_day: bool) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column):
        written = column.dt.strftime("%Y-%m-%d" if as_day else "%Y-%m-%dT%H:%M:%SZ")
        return [None if pd.isna(one) else one for one in written]
    return [None if pd.isna(one) else one for one in column.tolist()]

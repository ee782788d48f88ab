"""What is there to ask about? Health, businesses, accounts, and the catalog of metrics."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from core import __version__
from core.domain import Platform
from core.errors import AppError
from core.measuring import offers_of
from core.metrics import CATALOG, Grain, Metric
from core.ops.accounts import list_connected
from core.ops.sidecars import sidecar_status
from core.warehouse.connection import find_published
from core.web.api.access import CallerOf, Office, OfficeOf, visible_business, visible_businesses
from core.web.api.problems import documented
from core.web.api.shapes import Accounts, AccountShape, Businesses, BusinessShape, Id

open_routes = APIRouter(tags=["Health"])
routes = APIRouter(tags=["What there is"])


class Health(BaseModel):
    """Whether the web process can do its work; a stopped sidecar is told, but is no fault of this process."""

    status: Literal["ok"]
    version: str
    operations: Literal["ok"]
    warehouse: str | None = Field(description="The published file that is read now; null where nothing was synced yet.")
    sidecar: Literal["running", "stopped"]


class Illness(BaseModel):
    """Why the web process cannot do its work."""

    status: Literal["unavailable"]
    version: str
    error: str
    success: Literal[False] = False


class OfferShape(BaseModel):
    """That a platform gives a metric, and on what terms."""

    platform: Platform
    grain: Grain
    source: str = Field(description="The platform's own field.")
    lag_days: int = Field(description="After how many days a number is final.")
    first_day: date | None
    last_day: date | None
    includes_clicks: bool = Field(description="Of engagements: whether the platform has added the clicks already.")


class MetricShape(BaseModel):
    """What a metric means, and who gives it; where no platform is named for a grain, there is no such number."""

    key: Metric
    label: str
    definition: str
    unit: str
    summable: bool = Field(description="Whether the values of several days may be added up.")
    offers: list[OfferShape]


class Catalog(BaseModel):
    """Every metric there is."""

    metrics: list[MetricShape]


@open_routes.head("/health", include_in_schema=False)
@open_routes.get("/health", responses={503: {"model": Illness, "description": "Something is not set up."}})
def health(request: Request, response: Response) -> Health | Illness:
    """Whether Tideline is well; needs no key, and tells nothing of any business."""
    office: Office = request.app.state.office
    try:
        return _health(office)
    except AppError as error:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return Illness(status="unavailable", version=__version__, error=str(error))


@routes.get("/businesses")
def businesses(office: OfficeOf, caller: CallerOf) -> Businesses:
    """The businesses in use that the key opens, by name."""
    return Businesses(businesses=[BusinessShape.of(one) for one in visible_businesses(office, caller)])


@routes.get("/accounts", responses=documented(HTTPStatus.NOT_FOUND))
def accounts(
    office: OfficeOf,
    caller: CallerOf,
    business_id: Annotated[Id | None, Query(description="Those of one alone.")] = None,
) -> Accounts:
    """The accounts that are synced, never their tokens."""
    if business_id is not None:
        visible_business(office, caller, business_id)
    with office.database.reading() as session:
        found = list_connected(session, business_id)
    return Accounts(accounts=[AccountShape.of(one) for one in found if caller.sees(one.business_id)])


@routes.get("/catalog")
def catalog(_caller: CallerOf) -> Catalog:
    """What each metric means, from which field of which platform it comes, and how late."""
    return Catalog(metrics=[_metric_shape(metric) for metric in Metric])


def _health(office: Office) -> Health:
    office.check_schema()
    with office.database.reading() as session:
        status = sidecar_status(session, now=office.clock.now())
    published = find_published(office.settings.published_link)
    return Health(
        status="ok",
        version=__version__,
        operations="ok",
        warehouse=published.name if published else None,
        sidecar="running" if status.is_running else "stopped",
    )


def _metric_shape(metric: Metric) -> MetricShape:
    known = CATALOG[metric]
    return MetricShape(
        key=metric,
        label=known.label,
        definition=known.definition,
        unit=known.unit,
        summable=known.summable,
        offers=[offer for platform in Platform for offer in _offers(platform, metric)],
    )


def _offers(platform: Platform, metric: Metric) -> list[OfferShape]:
    return [
        OfferShape(
            platform=platform,
            grain=grain,
            source=offer.source,
            lag_days=offer.lag_days,
            first_day=offer.first_day,
            last_day=offer.last_day,
            includes_clicks=offer.includes_clicks,
        )
        for (grain, offered), offer in offers_of(platform).items()
        if offered is metric
    ]

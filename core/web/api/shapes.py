"""How do things look on the REST surface? The answers, as the document describes them; no token is in any of them."""

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.domain import Platform, RateBase, RunState, RunTrigger, StepState
from core.ops.models import Account, Business, SyncRun, SyncStep

LARGEST_ID = 2**31 - 1
"""What an id's column holds on every engine."""

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


def _number(value: object) -> object:
    """JSON tells a number from a text; 2.0 is as whole a number as 2."""
    if isinstance(value, str | bool):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return value


NumberedId = Annotated[Id, BeforeValidator(_number)]
"""An id in a body."""

BusinessId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Which business.")]
RunId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Which run.")]


class BusinessShape(BaseModel):
    """A brand or client, with what it counts as engagement and what its engagement rate is a share of."""

    id: int
    name: str
    timezone: str = Field(description="The zone of its periods and times, such as Europe/Berlin.")
    rate_base: RateBase = Field(description="What its engagement rate is a share of.")
    counts_clicks: bool = Field(description="Whether clicks are part of its engagements.")

    @classmethod
    def of(cls, business: Business) -> Self:
        return cls(
            id=business.id,
            name=business.name,
            timezone=business.timezone,
            rate_base=business.rate_base,
            counts_clicks=business.counts_clicks,
        )


class AccountShape(BaseModel):
    """A connected page or profile."""

    id: int
    business_id: int
    platform: Platform
    external_id: str = Field(description="The platform's own id.")
    name: str
    handle: str | None
    url: str | None
    connected_at: datetime
    needs_reconnect: bool = Field(description="Whether nothing can be read until somebody signs in for it again.")

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(
            id=account.id,
            business_id=account.business_id,
            platform=account.platform,
            external_id=account.external_id,
            name=account.name,
            handle=account.handle,
            url=account.url,
            connected_at=account.connected_at,
            needs_reconnect=account.token is None or account.token.broken_at is not None,
        )


class StepShape(BaseModel):
    """One account's part of a run."""

    account_id: int
    account: str
    platform: Platform
    state: StepState
    started_at: datetime | None
    finished_at: datetime | None
    requests: int
    retries: int
    waited_s: float
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    cost_usd: float = Field(description="What the platform charges for it, as estimated.")
    error: str | None
    remedy: str | None = Field(
        description="What mends the error: wait, retry, reconnect, ask_operator, skip or report."
    )
    retry_at: datetime | None = Field(description="When a waiting account goes on.")

    @classmethod
    def of(cls, step: SyncStep) -> Self:
        own = {name: getattr(step, name) for name in cls.model_fields if name not in ("account", "platform")}
        return cls(account=step.account.name, platform=step.account.platform, **own)


class RunShape(BaseModel):
    """One sync of one business."""

    id: int
    business_id: int
    business: str
    account_id: int | None = Field(description="The account of a run that reads one alone, after a wait.")
    trigger: RunTrigger
    state: RunState
    requested_at: datetime
    requested_by: str | None
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    fill_from: date | None = Field(description="The first of the days that are filled in, where that was asked for.")
    fill_to: date | None = Field(description="The last of them.")
    error: str | None
    accounts: int
    accounts_done: int = Field(description="Of how many accounts the part is over.")
    rows_new: int
    rows_changed: int
    rows_unchanged: int

    @classmethod
    def of(cls, run: SyncRun) -> Self:
        return cls(**_numbers_of(run))


class RunWithStepsShape(RunShape):
    """One sync of one business, with the part of each account."""

    steps: list[StepShape]

    @classmethod
    def of(cls, run: SyncRun) -> Self:
        return cls(**_numbers_of(run), steps=[StepShape.of(step) for step in run.steps])


def _numbers_of(run: SyncRun) -> dict[str, object]:
    counted = ("accounts", "accounts_done", "rows_new", "rows_changed", "rows_unchanged")
    own = {name: getattr(run, name) for name in RunShape.model_fields if name not in ("business", *counted)}
    open_steps = [step for step in run.steps if step.state in (StepState.PENDING, StepState.RUNNING)]
    rows = {name: sum(getattr(step, name) for step in run.steps) for name in counted[2:]}
    return {
        **own,
        **rows,
        "business": run.business.name,
        "accounts": len(run.steps),
        "accounts_done": len(run.steps) - len(open_steps),
    }


class Businesses(BaseModel):
    """The businesses in use that the caller sees, by name."""

    businesses: list[BusinessShape]


class Accounts(BaseModel):
    """The accounts that are synced."""

    accounts: list[AccountShape]


class Runs(BaseModel):
    """A page of runs, the newest first."""

    runs: list[RunShape]
    next_before_id: int | None = Field(description="What to send as before_id for the next page; null on the last.")


class AskedRuns(BaseModel):
    """The runs that answer a request. Where one was on its way already, that one is the answer."""

    runs: list[RunShape]

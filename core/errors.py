"""What went wrong, named by what has to be done about it.

AppError
├── ConfigError            a setting, a file or a port is wrong: the operator mends it, the command exits 2
├── WarehouseError         the warehouse cannot be opened, written or published
│   └── WarehouseInUseError    another process has it open: wait until that ends
└── FetchError             a platform did not give what was asked
    ├── RateLimitedError       wait until `retry_at`
    ├── TransientError         try again later
    ├── ReconnectNeededError   the grant is gone: a person signs in again
    ├── OperatorNeededError    the app, its scopes or its credits: whoever runs Tideline acts
    ├── GoneError              this one object is deleted or not ours: skip it
    ├── StoppedError           we were told to stop in the middle: what was read is kept
    └── MalformedAnswerError   the answer was not what the platform documents: report it, the answer is kept
"""

from datetime import datetime
from enum import StrEnum


class Remedy(StrEnum):
    """The one thing that mends an error; stored with the step and shown as its action."""

    WAIT = "wait"
    RETRY = "retry"
    RECONNECT = "reconnect"
    ASK_OPERATOR = "ask_operator"
    SKIP = "skip"
    REPORT = "report"


class Reach(StrEnum):
    """Who shares a limit: the account (its login) that met it, or every account of the same platform app."""

    ACCOUNT = "account"
    APP = "app"


class AppError(Exception):
    """Root of every error that Tideline raises on purpose; its text is one sentence for a person."""

    remedy = Remedy.REPORT


class ConfigError(AppError):
    """A setting, file or port is wrong; the text names it and says what to do."""

    remedy = Remedy.ASK_OPERATOR


class WarehouseError(AppError):
    """The warehouse cannot be opened, written or published."""

    remedy = Remedy.ASK_OPERATOR


class WarehouseInUseError(WarehouseError):
    """Another process has the live warehouse open."""


class FetchError(AppError):
    """A platform did not give what was asked."""


class RateLimitedError(FetchError):
    """The platform asks us to wait until `retry_at` (aware UTC).

    `reach` says who shares the limit, `resource` which endpoint it is for (None = all of them).
    """

    remedy = Remedy.WAIT

    def __init__(
        self, message: str, *, retry_at: datetime, reach: Reach = Reach.ACCOUNT, resource: str | None = None
    ) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        self.reach = reach
        self.resource = resource


class TransientError(FetchError):
    """A passing fault: network, 5xx, an overloaded edge."""

    remedy = Remedy.RETRY


class ReconnectNeededError(FetchError):
    """The grant no longer works; a person has to sign in again."""

    remedy = Remedy.RECONNECT


class OperatorNeededError(FetchError):
    """The platform app, its scopes, version or credits need the operator.

    `pause_until`: every account of the app rests until then, for it would meet the same (X without credits).
    """

    remedy = Remedy.ASK_OPERATOR

    def __init__(self, message: str, *, pause_until: datetime | None = None) -> None:
        super().__init__(message)
        self.pause_until = pause_until


class GoneError(FetchError):
    """One object is deleted or may not be read."""

    remedy = Remedy.SKIP


class StoppedError(FetchError):
    """Nobody's fault: a person has cancelled the run, or the sidecar leaves. What was read until then is kept."""

    remedy = Remedy.RETRY

    def __init__(self, *, is_cancelled: bool) -> None:
        why = "The run was cancelled" if is_cancelled else "The sidecar stopped"
        super().__init__(f"{why} in the middle of this account; what was read until then is kept.")
        self.is_cancelled = is_cancelled


class MalformedAnswerError(FetchError):
    """The answer is not what the platform documents; `answer` keeps its beginning for the report."""

    remedy = Remedy.REPORT

    def __init__(self, message: str, *, answer: str = "") -> None:
        super().__init__(message)
        self.answer = answer

"""When is a request worth another try, and after how long?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from core.errors import RateLimitedError, TransientError
from core.fetchers.counts import CallCounts
from core.fetchers.dialect import UnreadableAnswerError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again: exponential backoff with jitter; a platform's own wait is kept up to `patience_s`."""

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    patience_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """A policy, kept by a clock."""

    policy: RetryPolicy
    now: Callable[[], datetime]

    def retrying(self, counts: CallCounts) -> Retrying:
        """Calls what it is given until that succeeds, or its error is final."""
        return Retrying(
            stop=stop_after_attempt(self.policy.attempts),
            wait=self._wait,
            retry=retry_if_exception(self.is_worth_a_retry),
            sleep=counts.wait,
            before_sleep=counts.add_retry,
            reraise=True,
        )

    def is_worth_a_retry(self, error: BaseException) -> bool:
        if isinstance(error, RateLimitedError):
            return error.retry_at - self.now() <= timedelta(seconds=self.policy.patience_s)
        return isinstance(error, TransientError | UnreadableAnswerError)

    def _wait(self, state: RetryCallState) -> float:
        policy = self.policy
        backoff = wait_exponential_jitter(
            max=policy.longest_wait_s, multiplier=policy.first_wait_s, jitter=policy.first_wait_s
        )(state)
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimitedError):
            return max((error.retry_at - self.now()).total_seconds(), 1.0)
        return backoff

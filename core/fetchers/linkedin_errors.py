"""What does an error of LinkedIn mean? By status and, where present, the text code, checked 2026-11-23.

serviceErrorCode numbers differ between sources. https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling
"""

from datetime import UTC, datetime, time, timedelta

from core.errors import FetchError, GoneError, OperatorNeededError, RateLimitedError, Reach, ReconnectNeededError
from core.fetchers.dialect import Answer, Measure, Usage, classify_by_status, gateway_fault, text_of

_BY_STATUS: dict[int, tuple[type[FetchError], str]] = {
    401: (ReconnectNeededError, "LinkedIn no longer accepts this login: connect the page again."),
    403: (
        OperatorNeededError,
        "LinkedIn refuses access: whoever connected this page needs its admin role, and the app the Community Management product.",
    ),
    404: (GoneError, "LinkedIn no longer has this page or post."),
    426: (
        OperatorNeededError,
        "This LinkedIn API version has been switched off: set TIDELINE_LINKEDIN_VERSION to a newer one.",
    ),
}


def classify(answer: Answer, now: datetime) -> FetchError | None:
    """LinkedIn's reading of an answer."""
    if answer.status == 429:
        return _quota(answer, now)
    if answer.status == 403 and "Unpermitted fields" in text_of(answer.body):
        return GoneError("LinkedIn does not give statistics of one of these posts to this page.")
    error, sentence = _BY_STATUS.get(answer.status, (None, ""))
    return gateway_fault(answer) or (error(sentence) if error else classify_by_status(answer, now))


def counting(calls_a_day: int) -> Measure:
    """No header tells of the daily quotas, so each answer counts as one call of the member to its endpoint; 0 = not known."""

    def measure(answer: Answer) -> list[Usage]:
        quota = float(calls_a_day) if calls_a_day else None
        name = answer.resource
        return [Usage(0.0, Reach.ACCOUNT, None, name, unit="calls", used=1, quota=quota, is_counted=True)]

    return measure


def _quota(answer: Answer, now: datetime) -> RateLimitedError:
    """Daily quotas come without any header and start anew at 00:00 UTC; each is one endpoint's, of the app or of a member."""
    return RateLimitedError(
        "LinkedIn's daily quota is used up; it starts anew at midnight UTC.",
        retry_at=datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC),
        reach=Reach.APP if "APPLICATION" in text_of(answer.body) else Reach.ACCOUNT,
        resource=answer.resource or None,
    )

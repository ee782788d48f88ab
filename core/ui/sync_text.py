"""What is said of the syncing of a business, an account or a run? Words for states, people and what happened."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.analytics.sync_status import SyncStatus
from core.domain import DataSet, Platform, RunTrigger
from core.ops.activities import ActivityKind
from core.ops.run_summaries import RunSummary
from core.ops.schedules import BusinessSchedule
from core.ops.step_logs import LogLine
from core.ui import text
from core.ui.actions import PERSON
from core.ui.sync_facts import QuotaLeft
from core.ui.text import Color

STATUSES: dict[SyncStatus, str] = {
    SyncStatus.RECONNECT: "Reconnect needed",
    SyncStatus.NEEDS_OPERATOR: "Needs a hand",
    SyncStatus.RUNNING: "Syncing",
    SyncStatus.REQUESTED: "About to sync",
    SyncStatus.PAUSED: "Paused",
    SyncStatus.WAITING: "Waits for a limit",
    SyncStatus.RETRYING: "Will try again",
    SyncStatus.BEHIND: "Behind",
    SyncStatus.NEVER: "Not synced yet",
    SyncStatus.FRESH: "Up to date",
    SyncStatus.NO_ACCOUNT: "No account",
}

STATUS_COLORS: dict[SyncStatus, Color] = {
    SyncStatus.RECONNECT: "red",
    SyncStatus.NEEDS_OPERATOR: "red",
    SyncStatus.RUNNING: "blue",
    SyncStatus.REQUESTED: "blue",
    SyncStatus.PAUSED: "gray",
    SyncStatus.WAITING: "orange",
    SyncStatus.RETRYING: "orange",
    SyncStatus.BEHIND: "orange",
    SyncStatus.NEVER: "gray",
    SyncStatus.FRESH: "green",
    SyncStatus.NO_ACCOUNT: "gray",
}

STATUS_HELP = (
    "What needs a person comes first: a login that ended, then what only whoever runs Tideline can mend. A limit, or a"
    " platform that did not answer, goes on by itself."
)
COVERS_TO_HELP = (
    "The newest day that the numbers of every account reach which is not behind; for X, which has no numbers per day,"
    " the day of the last look."
)
QUOTA_HELP = (
    "Of the limits that these accounts share, the one of which least is left. The page Limits and speed has them all."
)
TYPICAL_HELP = "How long its newest sync took, of how long its syncs usually take: the median of the last two weeks."

DATA_SETS: dict[DataSet, str] = {
    DataSet.PROFILE: "Profile",
    DataSet.POSTS: "Posts",
    DataSet.POST_METRICS: "Numbers of posts",
}
"""Those that are as of an instant; days are as of a day."""

DATA_SET_HELP: dict[DataSet, str] = {
    DataSet.PROFILE: "When the name and the followers were read last.",
    DataSet.POSTS: "When the newest posts were read last.",
    DataSet.POST_METRICS: "When the numbers of posts were read last.",
    DataSet.ACCOUNT_DAYS: "The newest day that the platform was asked for; empty where it has no numbers per day.",
}
TIMELINE = ("Everything", "Runs", "Changes")
CHOOSE_RUN = "Click a bar, or the box at the left of a row, to open a run."

PAUSED_HELP = "Nothing is synced by itself until you switch it on again. Sync now works always."
NO_LOG = "Nothing was kept of this account's part: it has not ended yet, or ended more than two weeks ago."
PARTS = "Where the time went, that of accounts side by side added up"
RETRY_HELP = "Only the accounts that this run did not bring; a back-fill goes on where it stopped."
CUT_SHORT = "stopped with the sidecar, goes on when it is back"
STOPPING = "It stops: accounts in flight end first."

ACTIVITY_KINDS: dict[str, str] = {
    ActivityKind.SCHEDULE: "Schedule",
    ActivityKind.RUN_CANCELLED: "Cancelled",
    ActivityKind.BACKFILL: "Back-fill",
    ActivityKind.CONNECTED: "Connected",
    ActivityKind.RECONNECTED: "Reconnected",
    ActivityKind.DISCONNECTED: "Disconnected",
    ActivityKind.MOVED: "Moved",
    ActivityKind.BUSINESS_DELETED: "Deleted",
    ActivityKind.METRIC_RETIRED: "Metric retired",
    ActivityKind.METRIC_RETURNED: "Metric back",
    ActivityKind.LOGIN_BROKEN: "Login ended",
    ActivityKind.API_KEY: "API key",
}

STILL_GIVEN: dict[Platform, str] = {
    Platform.LINKEDIN: "LinkedIn gives the days of the last 12 months, and every post.",
    Platform.X: "X gives posts only: it has no numbers per day. What is read is billed, and stays under the caps.",
    Platform.FACEBOOK: "Facebook gives the days of the last two years, and every post.",
    Platform.INSTAGRAM: "Instagram gives new followers of the last 30 days, other days of the last 90, and every post.",
}
"""What can still be filled in."""

FILL_MEANING = (
    "The platforms are asked once more for these days, and for the posts published on them. What is known already is"
    " kept; what a platform no longer gives stays a gap, and says so."
)
HOW_POSTS_GREW = "How posts grew from hour to hour in the past cannot be had from any platform."


def person(name: str | None) -> str:
    """Who did it: Tideline itself, or a person."""
    if name is None:
        return "Tideline"
    return "A person here" if name == PERSON else name


def started_by(run: RunSummary) -> str:
    """Sync now, by whom; or what else began the run."""
    trigger = text.TRIGGERS[run.trigger]
    by_itself = (RunTrigger.SCHEDULE, RunTrigger.CATCH_UP, RunTrigger.RETRY)
    return trigger if run.requested_by is None or run.trigger in by_itself else f"{trigger}, {person(run.requested_by)}"


def filled_days(run: RunSummary) -> str:
    """The days that a back-fill asks for, nothing for a sync."""
    return f"{run.fill_from:%-d %b %Y} {text.MISSING} {run.fill_to:%-d %b %Y}" if run.fill_from and run.fill_to else ""


def quota_left(left: QuotaLeft | None) -> str:
    """90 % (LinkedIn)."""
    return text.MISSING if left is None else f"{left.share * 100:.0f} % ({left.platform})"


def login_left(ends_at: datetime | None, accounts: int, *, now: datetime) -> str:
    """How long until somebody has to sign in again."""
    if not accounts:
        return text.MISSING
    return "Renews itself" if ends_at is None else text.time_left(ends_at, now=now).capitalize()


def schedule(of: BusinessSchedule) -> str:
    """Every 6 hours, not from 22:00 to 6:00."""
    settings = of.settings
    if settings.is_paused:
        return "Paused"
    often = every(settings.interval_hours)
    if settings.quiet_from is None or settings.quiet_to is None:
        return often
    return f"{often}, not from {hour(settings.quiet_from)} to {hour(settings.quiet_to)}"


def next_run(at: datetime | None, of: BusinessSchedule, zone: str, *, now: datetime) -> str:
    """14:00, in 12 min; or why there is none."""
    if at is None:
        return "Paused" if of.settings.is_paused else text.MISSING
    return f"{text.clock_time(at, zone, now=now)}, {text.countdown(at, now=now)}"


def happened(run: RunSummary) -> str:
    """What became of a run, for the timeline."""
    what = "Back-fill" if run.trigger is RunTrigger.BACKFILL else "Sync"
    days = f" of {filled_days(run)}" if filled_days(run) else ""
    parts = [f"{run.failed} failed"] * bool(run.failed) + [f"{run.waiting} waiting"] * bool(run.waiting)
    outcome = run.error or ", ".join(parts)
    counts = f"{run.rows_new:,} new, {run.rows_changed:,} changed rows" if run.started_at else ""
    return f"{what}{days}: {text.RUN_STATES[run.state].lower()}. {outcome or counts}".strip()


def parts(run: RunSummary) -> list[tuple[str, float]]:
    """In seconds: where the time of a run went, that of accounts side by side added up."""
    return [
        ("Waiting before retries", run.waited_s),
        ("Asking the platforms", run.asked_s),
        ("Reading their answers", run.parsed_s),
        ("Loading", run.loaded_s),
        ("Publishing", run.published_s),
    ]


def log_line(line: LogLine) -> str:
    """A line of the downloaded log."""
    call = [f"HTTP {line.status}"] * (line.status is not None) + [f"{line.ms} ms"] * (line.ms is not None)
    call += [f"attempt {line.attempt}"] * (line.attempt is not None)
    return " ".join([line.at.isoformat(timespec="milliseconds"), line.kind, line.text, *call])


def every(hours: int) -> str:
    return "Every hour" if hours == 1 else f"Every {hours} hours" if hours % 24 else _every_days(hours // 24)


def _every_days(days: int) -> str:
    return "Once a day" if days == 1 else "Once a week" if days == 7 else f"Every {days} days"


def hour(of: int) -> str:
    return f"{of}:00"


def quiet_help(zone: str) -> str:
    return f"Full hours in which nothing is synced by itself, in {zone}. Sync now works always."


def changed(of: BusinessSchedule, now: datetime) -> str:
    """Who decided it, and when."""
    if not of.is_own:
        return "This business is synced every hour with all others."
    at = f" on {text.clock_time(of.changed_at, of.timezone, now=now)}" if of.changed_at else ""
    return f"{schedule(of)}. Changed{at} by {person(of.changed_by)}."


def retry_failed(how_many: int) -> str:
    return f"Try {text.count(how_many, 'failed account')} again"


def strip_alt(runs: Sequence[RunSummary]) -> str:
    """The strip in words."""
    counts = Counter(text.RUN_STATES[run.state].lower() for run in runs)
    ended = text.listed([f"{count} {state}" for state, count in counts.items()])
    return f"The last {text.count(len(runs), 'run')}, oldest first: {ended}"


def no_such_run(asked: str) -> str:
    return f"There is no run {asked[:40]} any more: runs are kept for 90 days."


def usually(took: timedelta | None, typical: timedelta | None) -> str:
    """How long it took against how long it usually takes."""
    if took is None:
        return text.MISSING
    if typical is None:
        return text.duration(took)
    return f"{text.duration(took)} of {text.duration(typical)}"

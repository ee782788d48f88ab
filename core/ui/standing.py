"""How does an account stand: does its login work, does it sync, and what is the one thing to do?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import Remedy
from core.ops.account_rows import AccountRow
from core.ops.grants import WARN_AHEAD
from core.ui import permissions, text
from core.ui.text import Color


@dataclass(frozen=True, slots=True)
class Standing:
    """A word for it with its colour and icon, and what is wrong. `rank`: the smaller, the sooner to be looked at."""

    rank: int
    word: str
    color: Color
    icon: str
    problem: str = ""
    action: str = ""
    needs_reconnect: bool = False


def standing_of(row: AccountRow, zone: str, *, now: datetime) -> Standing:
    """The most pressing of what can be said of the account."""
    return next(_standings(row, zone, now))


def _standings(row: AccountRow, zone: str, now: datetime) -> Iterator[Standing]:
    """Everything that can be said of it, the most pressing first."""
    if row.disconnected_at is not None:
        yield Standing(9, f"Disconnected {_day(row.disconnected_at, zone)}", "gray", ":material/link_off:")
    if row.broken_at is not None:
        yield _broken(row)
    if row.error and row.remedy == Remedy.RECONNECT:
        yield _refused(row.error)
    if row.ends_at is not None and row.ends_at - now <= WARN_AHEAD:
        yield _ending(row.ends_at, zone, now)
    if row.error:
        yield _failing(row, row.error, zone, now)
    lacking = permissions.lacked_by(row.platform, row.missing)
    if lacking:
        yield _lacking(lacking)
    yield _first_sync_to_come() if row.last_synced_at is None else _fine()


def login_life(row: AccountRow, *, now: datetime) -> str:
    """How long the login works: 23 days left, or renews itself."""
    if row.broken_at is not None:
        return "Ended"
    if row.ends_at is not None:
        return text.time_left(row.ends_at, now=now).capitalize()
    return "Renews itself" if row.renews_itself else "Does not end"


def permissions_of(row: AccountRow) -> str:
    """All 2 given, or 1 of 2 missing."""
    if not row.granted:
        return "Not told"
    needed = len(permissions.needed_of(row.provider))
    return f"{len(row.missing)} of {needed} missing" if row.missing else f"All {needed} given"


def _broken(row: AccountRow) -> Standing:
    reason = row.broken_reason or "The login no longer works."
    action = "Reconnect: every account of this login works again at once, and nothing that was read is lost."
    return Standing(0, "Login ended", "red", ":material/link_off:", reason, action, needs_reconnect=True)


def _refused(error: str) -> Standing:
    action = "Reconnect, as somebody who may see it; nothing that was read is lost."
    return Standing(1, "Login refused", "red", ":material/link_off:", error, action, needs_reconnect=True)


def _ending(ends_at: datetime, zone: str, now: datetime) -> Standing:
    left = text.time_left(ends_at, now=now)
    word = "Login ended" if left == "over" else f"Login: {left}"
    problem = f"{text.day(ends_at.astimezone(text.zone_info(zone)).date())} is the last day of this login."
    action = "Reconnect before, and nothing stops."
    return Standing(2, word, "orange", ":material/hourglass_bottom:", problem, action)


def _failing(row: AccountRow, error: str, zone: str, now: datetime) -> Standing:
    action = text.remedy(row.remedy, row.retry_at, zone, now=now)
    if row.remedy in (Remedy.WAIT, Remedy.RETRY):
        return Standing(4, "Waiting", "orange", ":material/schedule:", error, action)
    return Standing(3, "Did not sync", "red", ":material/error:", error, action)


def _lacking(scopes: Sequence[str]) -> Standing:
    problem = "\n".join(permissions.cost_of(scope) for scope in scopes)
    action = "Reconnect, and leave every permission ticked."
    return Standing(5, "Permission missing", "orange", ":material/key_off:", problem, action)


def _first_sync_to_come() -> Standing:
    return Standing(6, "First sync to come", "blue", ":material/hourglass_top:")


def _fine() -> Standing:
    return Standing(7, "Connected", "green", ":material/check_circle:")


def _day(at: datetime, zone: str) -> str:
    return text.day(at.astimezone(text.zone_info(zone)).date())

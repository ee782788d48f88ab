"""Where does the time of syncs go, which accounts are slow, and how many rows a second is that?

`runs` (run_id, business, requested_at, started_at, finished_at, published_s) and `steps` (run_id, account_id, account, business,
platform, started_at, finished_at, waited_s, asked_s, parsed_s, loaded_s, rows), a row each. A step whose parts are all 0 was not
measured, which is not the same as no time.
"""

from dataclasses import dataclass

import pandas as pd

from core.domain import Platform

MEASURED = ("asked_s", "parsed_s", "loaded_s", "waited_s")
PARTS = ("waiting", "asking", "reading", "loading", "publishing")
FEWEST = 3
"""So many times an account must have been read before it has a typical time."""


@dataclass(frozen=True, slots=True)
class AccountSpeed:
    """How long an account usually takes; shares of its time by part, None where nobody measured."""

    account_id: int
    account: str
    business: str
    platform: Platform
    runs: int
    typical_s: float
    slowest_s: float
    newest_s: float
    rows_per_s: float | None
    asking_share: float | None


def seconds(times: pd.DataFrame) -> pd.Series:
    """How long each run or step took; a clock set back meanwhile makes it 0, never less."""
    return (times["finished_at"] - times["started_at"]).dt.total_seconds().clip(lower=0)


def typical_seconds(steps: pd.DataFrame) -> dict[int, float]:
    """By account, the median of how long it took; accounts read less than three times have none."""
    if steps.empty:
        return {}
    grouped = seconds(steps).groupby(steps["account_id"])
    medians = grouped.median()[grouped.size() >= FEWEST]
    return dict(zip(medians.index.tolist(), medians.tolist(), strict=True))


def against_typical(took_s: float, typical_s: float | None) -> float | None:
    """1.0 = as usual, 2.0 = twice as long; None where nothing is usual yet, or the usual is no time at all."""
    return took_s / typical_s if typical_s else None


def rows_per_second(steps: pd.DataFrame) -> float | None:
    """Rows read, changed or not, for each second that an account's part took; None where no time passed."""
    took = float(seconds(steps).sum()) if len(steps) else 0.0
    return float(steps["rows"].sum()) / took if took > 0 else None


def asking_share(steps: pd.DataFrame) -> float | None:
    """The part of the measured time in which an answer was waited for; None where nobody measured."""
    whole = float(steps[list(MEASURED)].sum().sum()) if len(steps) else 0.0
    return float(steps["asked_s"].sum()) / whole if whole > 0 else None


def parts_of_runs(runs: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Where each measured run's time went: run_id, business, at, and the seconds of each part, which add up to its length.

    Accounts go side by side, so the one that ended last made the run as long as it was: its parts are the run's. In all the rest,
    from the request on, the run was waiting: for its turn, before a retry, for the databases.
    """
    columns = ["run_id", "business", "at", *PARTS]
    measured = steps[steps[list(MEASURED)].sum(axis=1) > 0] if len(steps) else steps
    if runs.empty or measured.empty:
        return pd.DataFrame(columns=columns)
    last = measured.sort_values("finished_at").groupby("run_id").tail(1)
    found = runs.merge(last[["run_id", *MEASURED]], on="run_id")
    parts = {
        "asking": found["asked_s"],
        "reading": found["parsed_s"],
        "loading": found["loaded_s"],
        "publishing": found["published_s"],
    }
    whole_s = (found["finished_at"] - found["requested_at"]).dt.total_seconds()
    parts["waiting"] = (whole_s - sum(parts.values())).clip(lower=0)
    return found.assign(at=found["requested_at"], **parts)[columns].sort_values("run_id", ignore_index=True)


def typical_run_seconds(runs: pd.DataFrame) -> float | None:
    """The median of how long runs took, from their begin to their end."""
    return float(seconds(runs).median()) if len(runs) else None


def slowest_accounts(steps: pd.DataFrame, *, most: int = 8) -> list[AccountSpeed]:
    """The accounts that usually take longest, slowest first."""
    if steps.empty:
        return []
    timed = steps.assign(took=seconds(steps))
    speeds = [_speed(of.sort_values("started_at")) for _, of in timed.groupby("account_id")]
    return sorted(speeds, key=lambda speed: (-speed.typical_s, speed.account_id))[:most]


def _speed(steps: pd.DataFrame) -> AccountSpeed:
    newest, took = steps.iloc[-1], steps["took"]
    return AccountSpeed(
        account_id=int(newest["account_id"]),
        account=newest["account"],
        business=newest["business"],
        platform=Platform(newest["platform"]),
        runs=len(steps),
        typical_s=float(took.median()),
        slowest_s=float(took.max()),
        newest_s=float(newest["took"]),
        rows_per_s=float(steps["rows"].sum() / took.sum()) if took.sum() > 0 else None,
        asking_share=asking_share(steps),
    )

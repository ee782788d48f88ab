"""What are the numbers made of? The accounts a page looks at, and the frames that were read for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from core.domain import Platform


@dataclass(frozen=True, slots=True)
class Member:
    """One account of those a number is made of; `interval` is the schedule of its business."""

    account_id: int
    business_id: int
    platform: Platform
    interval: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of some accounts.

    `days`: account_id, day, followers, impressions, engagements; NaN = not known, a missing row = not known.
    `posts`: account_id, day, one row per post; the day is the one of the business's zone.
    `posts_known_from`: accounts whose posts were read, and since which day they are known (None = since the first post).
    `settled`: per platform the last day whose numbers do not move any more; the days after it are late.
    """

    members: tuple[Member, ...]
    days: pd.DataFrame
    posts: pd.DataFrame
    posts_known_from: Mapping[int, date | None]
    settled: Mapping[Platform, date]

"""Small worlds of accounts and days, written by hand."""

from datetime import date, timedelta

import pandas as pd
import pytest

from core.analytics.measured import KnownDays, Measured
from core.analytics.members import Member
from core.analytics.periods import Period
from core.domain import EngagementRule, Platform

LAST = date(2026, 11, 23)
WEEK = Period.ending(LAST, days=7)


@pytest.fixture
def world():
    return World()


class World:
    """Accounts with their days; what is not given is not known."""

    def __init__(self):
        self.members, self.rows, self.post_rows, self.known = [], [], [], {}
        self.settled = dict.fromkeys(Platform, LAST)

    def account(self, account_id, platform=Platform.LINKEDIN, business_id=1, **rule):
        """`rule`: base and counts_clicks of its business, and whether the account adds_clicks."""
        adds = rule.pop("adds_clicks", rule.get("counts_clicks", False))
        member = Member(account_id, business_id, platform, rule=EngagementRule(**rule), adds_clicks=adds)
        self.members.append(member)
        return self

    def day(self, account_id, back, **counters):
        """The account's numbers of the day `back` days before the last one."""
        self.rows.append({"account_id": account_id, "day": LAST - timedelta(days=back), **counters})
        return self

    def days(self, account_id, count, *, start=0, **counters):
        for back in range(start, start + count):
            self.day(account_id, back, **counters)
        return self

    def posts(self, account_id, *backs, first=None, last=LAST):
        """Posts of so many days back; those from `first` to `last` were read whole."""
        self.post_rows += [{"account_id": account_id, "day": LAST - timedelta(days=back)} for back in backs]
        self.known[account_id] = KnownDays(first, last)
        return self

    def measured(self):
        columns = ["account_id", "day", "followers", "reach", "impressions", "engagements", "clicks"]
        days = pd.DataFrame(self.rows, columns=columns)
        days["day"] = pd.to_datetime(days["day"])
        posts = pd.DataFrame(self.post_rows, columns=["account_id", "day"])
        posts["day"] = pd.to_datetime(posts["day"])
        return Measured.build(
            members=tuple(self.members),
            days=days.astype(dict.fromkeys(columns[2:], "float64")),
            posts=posts,
            posts_known=self.known,
            settled=self.settled,
        )

"""How much of the whole comes from each platform? Shares of what is known; a platform without a number has none."""

import pandas as pd

from core.analytics.kpis import Measure
from core.analytics.measured import Measured
from core.analytics.periods import Period
from core.analytics.totals import account_totals

SHARED = (Measure.FOLLOWERS, Measure.IMPRESSIONS, Measure.ENGAGEMENTS, Measure.POSTS)


def by_platform(measured: Measured, period: Period) -> pd.DataFrame:
    """measure, platform, value, share: one row where an account of the platform has the number, the shares of a measure making 1."""
    platform_of = {member.account_id: member.platform.value for member in measured.members}
    totals = account_totals(measured, period)
    values = totals[[measure.value for measure in SHARED]].groupby(totals.index.map(platform_of)).sum(min_count=1)
    shares = values / values.sum().where(lambda whole: whole > 0)
    stacked = pd.concat({"value": values.stack(), "share": shares.stack()}, axis="columns")
    return (
        stacked.dropna().rename_axis(["platform", "measure"]).reset_index()[["measure", "platform", "value", "share"]]
    )

"""How have the numbers of each business changed against the period before? Like with like, as on the cards, for all at once."""

from collections.abc import Mapping

import pandas as pd

from core.analytics.comparison import ComparedDays
from core.analytics.kpis import FIRST_ROW, Change, Measure, change_of, columns_of, values_by
from core.analytics.measured import Measured
from core.analytics.periods import Period
from core.analytics.totals import FOLLOWERS_ARE_TODAYS, account_totals

Changes = dict[int, dict[Measure, Change]]
"""By group: the changes that can be told."""


def changes(measured: Measured, period: Period, group_of: Mapping[int, int]) -> Changes:
    """Of every group: what has changed, without what cannot be compared."""
    found: Changes = {group: {} for group in group_of.values()}
    if period.before is None:
        return found
    now, before = account_totals(measured, period), account_totals(measured, period.before)
    for measure in FIRST_ROW:
        counted = now[now[measure].notna()]
        told = (
            _of_levels(measure, counted, before.loc[counted.index], group_of)
            if measure is Measure.FOLLOWERS
            else _of_sums(measure, measured, period, list(counted.index), group_of)
        )
        for group, change in told.items():
            found[group][measure] = change
    return found


def _of_levels(
    measure: Measure, now: pd.DataFrame, before: pd.DataFrame, group_of: Mapping[int, int]
) -> dict[int, Change]:
    groups = now.index.map(group_of)
    is_known = (before[measure].notna() & ~before[FOLLOWERS_ARE_TODAYS].astype(bool)).groupby(groups).all()
    values, earlier = values_by(now, measure, groups), values_by(before, measure, groups)
    return {
        group: change
        for group, value in values.items()
        if is_known[group] and (change := change_of(measure, value, earlier[group]))
    }


def _of_sums(
    measure: Measure, measured: Measured, period: Period, ids: list[int], group_of: Mapping[int, int]
) -> dict[int, Change]:
    """Each account needs enough of its days known in both periods, or its group has no change."""
    rows = ComparedDays.over(measured, columns_of(measure), period, ids)
    thin = {group_of[id_] for id_ in rows.thin}
    values, earlier = (values_by(days, measure, days["account_id"].map(group_of)) for days in (rows.now, rows.before))
    return {
        group: change
        for group, value in values.items()
        if group not in thin and (change := change_of(measure, value, earlier.get(group)))
    }

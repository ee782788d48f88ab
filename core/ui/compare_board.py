"""Who stands side by side, and by what are the numbers divided? The choice of the page, and what it holds while it is drawn."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.analytics.side_by_side import Per
from core.charts.palette import PLATFORM_COLORS
from core.domain import EngagementRule
from core.metrics import Grain, Metric
from core.ops.overview import ConnectedAccount
from core.ui import compare_text, controls, data, facts, links, text
from core.ui.controls import Scope

MOST_SIDES = 8
ACCENT = "#1E87A8"


@dataclass(frozen=True, slots=True)
class Side:
    """One of those that stand side by side."""

    name: str
    color: str
    accounts: tuple[ConnectedAccount, ...]

    @property
    def rule(self) -> EngagementRule:
        """How its business counts engagement."""
        return self.accounts[0].rule


@dataclass(slots=True)
class Board:
    """The sides, by what their numbers are divided, and the rows drawn so far for the table."""

    sides: Mapping[int, Side]
    per: Per
    scope: Scope
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ids(self) -> dict[int, list[int]]:
        return {side: [account.id for account in one.accounts] for side, one in self.sides.items()}

    @property
    def rules(self) -> list[EngagementRule]:
        return [side.rule for side in self.sides.values()]

    def offered(self, grain: Grain, needs: Callable[[ConnectedAccount], Sequence[Metric]]) -> set[int]:
        """The accounts whose platform gives all the metrics that are needed of them."""
        every = [account for side in self.sides.values() for account in side.accounts]
        return {one.id for one in every if all((grain, m) in facts.offers_of(one.platform) for m in needs(one))}

    def members(self, offered: set[int]) -> dict[int, list[int]]:
        return {side: [id_ for id_ in ids if id_ in offered] for side, ids in self.ids.items()}


def choose(scope: Scope, accounts: Sequence[ConnectedAccount]) -> Board:
    """The controls of the page: who is compared, and by what the numbers are divided."""
    sides = _sides(scope, accounts)
    labels = _labels(sides)
    per_of = {label: per for per, label in compare_text.PER.items()}
    allowed: dict[str, Collection[str]] = {"compare_sides": labels, "compare_per": per_of}
    with (
        links.followed(allowed, most=MOST_SIDES),
        st.container(horizontal=True, vertical_alignment="bottom", gap="medium"),
    ):
        chosen = st.multiselect(
            compare_text.SIDES,
            list(labels),
            max_selections=MOST_SIDES,
            key="compare_sides",
            bind="query-params",
            on_change=links.forget,
            placeholder=compare_text.MOST_SIDES.format(count=min(MOST_SIDES, len(labels))),
            width=420,
        )
        per = st.segmented_control(
            "Numbers",
            list(per_of),
            default=next(iter(per_of)),
            required=True,
            key="compare_per",
            bind="query-params",
            on_change=links.forget,
        )
    ids = [labels[label] for label in chosen] or list(labels.values())[:MOST_SIDES]
    return Board({id_: sides[id_] for id_ in ids}, per_of[per or next(iter(per_of))], scope)


def _sides(scope: Scope, accounts: Sequence[ConnectedAccount]) -> dict[int, Side]:
    """Businesses where all are in scope, else the accounts of one."""
    if not scope.is_all:
        return {
            one.id: Side(f"{text.PLATFORMS[one.platform]} · {one.name}", PLATFORM_COLORS[one.platform], (one,))
            for one in accounts
        }
    of_business = {
        business: tuple(one for one in accounts if one.business_id == business.id) for business in data.businesses()
    }
    return {business.id: Side(business.name, ACCENT, those) for business, those in of_business.items() if those}


def _labels(sides: Mapping[int, Side]) -> dict[str, int]:
    """The sides by a name of their own, in the order of their names."""
    in_order = sorted(sides, key=lambda one: (sides[one].name.lower(), one))
    return controls.labelled({id_: sides[id_].name for id_ in in_order})

"""What does a page say when there is nothing to show, or something has stopped? A sentence with its next step each."""

from collections.abc import Sequence

import streamlit as st

from core.analytics.freshness import FreshnessState
from core.analytics.kpis import Measure, has_total
from core.domain import Platform
from core.errors import AppError
from core.metrics import CATALOG, Grain, Metric
from core.ops.overview import ConnectedAccount
from core.room import find_lack
from core.settings import PROJECT_ROOT
from core.ui import data, facts, grants, rate_text, state_text, text
from core.ui.controls import Scope

PAGES = PROJECT_ROOT / "pages"
OVERVIEW_PAGE = PAGES / "insights" / "overview.py"
ACCOUNTS_PAGE = PAGES / "setup" / "accounts.py"
CONNECT_PAGE = PAGES / "setup" / "connect.py"
BUSINESSES_PAGE = PAGES / "setup" / "businesses.py"
SYNCS_PAGE = PAGES / "setup" / "syncs.py"
APPS_PAGE = PAGES / "setup" / "apps.py"
KEYS_PAGE = PAGES / "setup" / "keys.py"
MIGRATE = "The operations database is not ready for this version of Tideline: run `python -m core migrate`, then reload this page."


def start_sidecar() -> str:
    """That nothing syncs, and what to do: make room, or start the sidecar; a demo's belongs to the demo and works in its folder."""
    lack = find_lack(data.settings())
    if lack:
        return lack
    command = ".venv/bin/python -m core sidecar"
    how = (
        f"end the demo with Ctrl-C and start it again with `make demo`, or run `TIDELINE_DATA_DIR=data/demo {command}`"
        if data.settings().demo
        else f"start it with `{command}`"
    )
    return f"Nothing syncs while the sidecar is not running: {how}."


def stop_without_schema() -> None:
    """Show nothing until the operations database has this version's schema."""
    try:
        problem = None if data.schema_is_current() else MIGRATE
    except AppError as error:
        problem = str(error)
    if problem:
        st.title("Tideline")
        st.warning(problem, icon=":material/database:")
        st.stop()


def stop_without_data() -> None:
    """Say what is missing before anything can be shown: an account, the sidecar, the first published copy."""
    if say_without_data():
        st.stop()


def say_without_data() -> bool:
    """The same on a page that has something to show without any."""
    problem = _what_is_missing()
    if problem:
        st.info(problem, icon=":material/hourglass_empty:")
        if not data.accounts():
            _link_to_accounts()
    return problem is not None


def stop_without_accounts(accounts: list[ConnectedAccount]) -> None:
    """Say why the chosen scope is empty."""
    if not accounts:
        st.info(
            "No account is connected here: choose other platforms or another business above, or connect one.",
            icon=":material/filter_alt:",
        )
        _link_to_accounts()
        st.stop()


def notices(scope: Scope) -> None:
    """What has stopped, with the way to mend it."""
    if not data.sidecar().is_running:
        st.warning(start_sidecar(), icon=":material/sync_problem:")
    grants.troubles()
    for sentence, names in _failures(scope).items():
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.badge("Syncing failed", icon=":material/error:", color="red")
                _link_to_syncs()
            st.text("\n".join([sentence, *names]))
    troubled = len(data.troubles(scope.business_id))
    if troubled:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(f"{text.count(troubled, 'account')} did not sync", icon=":material/error:", color="orange")
            _link_to_syncs()
    elif data.sidecar().is_running and not data.failed_runs(scope.business_id):
        _say_with_link(state_text.behind(*_behind(facts.accounts_in(scope))))


def notices_in_short(accounts: Sequence[ConnectedAccount], business_id: int | None) -> None:
    """The same in a line, on the pages that tell of other things."""
    if not data.sidecar().is_running:
        st.caption(start_sidecar())
        return
    failed, troubled = len(data.failed_runs(business_id)), len(data.troubles(business_id))
    stopped = state_text.stopped(businesses=failed, accounts=troubled)
    _say_with_link(stopped or state_text.behind(*_behind(accounts)))


def chart_remarks(accounts: list[ConnectedAccount], metric: Metric) -> None:
    """What a reader of this metric's chart has to know: who has no line because it is not given, who counts otherwise."""
    missing = facts.not_offered(accounts, metric)
    if missing:
        st.caption(f"{_do_not_give(missing)} {CATALOG[metric].label.lower()} per day for an account.")
    remark = remarks(accounts).get(Measure(metric.value))
    if remark and Measure(metric.value) not in why_no_total(accounts):
        st.caption(remark)


def remarks(accounts: list[ConnectedAccount]) -> dict[Measure, str]:
    """What a rate is a share of, whose clicks are engagements, and who counts in its own way: lines below the numbers."""
    counted = [_clicks(accounts), rate_text.FACEBOOK_COUNTS_CLICKS if facts.has_facebook(accounts) else ""]
    rate = [rate_text.of_days({account.rule for account in accounts}), *counted]
    said = {Measure.ENGAGEMENTS: counted, Measure.ENGAGEMENT_RATE: rate}
    return {measure: rate_text.lines(lines) for measure, lines in said.items() if any(lines)}


def why_no_total(accounts: list[ConnectedAccount]) -> dict[Measure, str]:
    """For each number that businesses of different rules do not make together: the words that say so."""
    rules = {account.rule for account in accounts}
    reasons = {Measure.ENGAGEMENTS: rate_text.NO_SUM, Measure.ENGAGEMENT_RATE: rate_text.no_total(rules)}
    return {measure: reason for measure, reason in reasons.items() if not has_total(rules, measure)}


def why_not_all(accounts: list[ConnectedAccount]) -> dict[Measure, str]:
    """For each number that a platform in scope does not give per day: the words that say which."""
    without = {metric: facts.not_offered(accounts, metric) for metric in (*facts.DAILY, Metric.REACH)}
    reasons = {
        Measure(metric.value): _give_no(platforms, CATALOG[metric].label)
        for metric, platforms in without.items()
        if platforms
    }
    of_either = [platform for platform in Platform if any(platform in without[metric] for metric in facts.DAILY)]
    return {**reasons, Measure.ENGAGEMENT_RATE: _give_no(of_either, "numbers")} if of_either else reasons


def why_never_known(accounts: list[ConnectedAccount]) -> dict[Measure, str]:
    """For each number that no platform in scope can give, or no total can be made of: the sentence that says so."""
    reasons = {
        metric: f"{_do_not_give(platforms)} numbers per day for an account"
        for metric, platforms in facts.never_known(accounts).items()
    }
    rate = reasons.get(Metric.IMPRESSIONS) or reasons.get(Metric.ENGAGEMENTS)
    known = {Measure(metric.value): reason for metric, reason in reasons.items()}
    return why_no_total(accounts) | ({**known, Measure.ENGAGEMENT_RATE: rate} if rate else known)


def _clicks(accounts: list[ConnectedAccount]) -> str:
    """Whose clicks are added to the engagements of a day, and of whom there are none."""
    counting = {account.platform: account for account in accounts if account.rule.counts_clicks}
    without = facts.not_offered(accounts, Metric.CLICKS)
    silent = facts.not_offered(accounts, Metric.ENGAGEMENTS)
    added = [platform for platform in counting if facts.adds_clicks(counting[platform], Grain.ACCOUNT_DAY)]
    lacking = [platform for platform in counting if platform in without and platform not in silent]
    return rate_text.with_clicks(*([text.PLATFORMS[one] for one in some] for some in (added, lacking)))


def _failures(scope: Scope) -> dict[str, list[str]]:
    """What failed as a whole: each sentence once, with the businesses it concerns."""
    job_error = data.sidecar().job_error
    failures: dict[str, list[str]] = {job_error: []} if job_error else {}
    for run in data.failed_runs(scope.business_id):
        failures.setdefault(run.error, []).append(run.business)
    return failures


def _behind(accounts: Sequence[ConnectedAccount]) -> tuple[int, int]:
    """How many accounts are not as far as they should be, and of how many."""
    known = facts.freshness_of(accounts).values()
    return sum(one.state is FreshnessState.STALE for one in known), len(accounts)


def _say_with_link(sentence: str | None) -> None:
    if sentence:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(sentence, width="content")
            _link_to_syncs()


def _link_to_accounts() -> None:
    st.page_link(ACCOUNTS_PAGE, label="Connect an account", icon=":material/add_link:")


def _link_to_syncs() -> None:
    st.page_link(SYNCS_PAGE, label="See what mends it", icon=":material/arrow_forward:", icon_position="right")


def _give_no(platforms: list[Platform], what: str) -> str:
    verb = "gives" if len(platforms) == 1 else "give"
    return f"{text.listed([text.PLATFORMS[platform] for platform in platforms])} {verb} no daily {what.lower()}"


def _do_not_give(platforms: list[Platform]) -> str:
    verb = "does" if len(platforms) == 1 else "do"
    return f"{text.listed([text.PLATFORMS[platform] for platform in platforms])} {verb} not give"


def _what_is_missing() -> str | None:
    try:
        published = data.published()
    except AppError as error:
        return str(error)
    if not data.accounts():
        return "No account is connected yet: connect one, and its numbers appear here after the first sync."
    if published is not None:
        return None
    if not data.sidecar().is_running:
        return f"Nothing has been synced yet. {start_sidecar()}"
    return "The first sync is on its way: its numbers appear here by themselves. The Syncs page shows how far it is."

"""What does a page say when there is nothing to show, or something has stopped? A sentence with its next step each."""

import logging

import streamlit as st

from core.errors import AppError
from core.metrics import CATALOG, Metric
from core.ops.overview import ConnectedAccount
from core.settings import PROJECT_ROOT
from core.ui import data, facts, text
from core.ui.controls import Scope

log = logging.getLogger(__name__)

SYNCS_PAGE = PROJECT_ROOT / "pages" / "setup" / "syncs.py"
START_SIDECAR = "Nothing syncs while the sidecar is not running: start it with `python -m core sidecar`."
MIGRATE = "The operations database is not ready for this version of Tideline: run `python -m core migrate`, then reload this page."


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
    problem = _what_is_missing()
    if problem:
        st.info(problem, icon=":material/hourglass_empty:")
        st.stop()


def stop_without_accounts(accounts: list[ConnectedAccount]) -> None:
    """Say why the chosen scope is empty."""
    if not accounts:
        st.info(
            "No account is connected here: choose other platforms or another business above, or connect one.",
            icon=":material/filter_alt:",
        )
        st.stop()


def notices(scope: Scope) -> None:
    """What has stopped, with the way to mend it."""
    if not data.sidecar().is_running:
        st.warning(START_SIDECAR, icon=":material/sync_problem:")
    troubled = len(data.troubles(scope.business_id))
    if troubled:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(f"{text.count(troubled, 'account')} did not sync", icon=":material/error:", color="orange")
            st.page_link(SYNCS_PAGE, label="See why, and what mends it")


def not_offered(accounts: list[ConnectedAccount], metric: Metric) -> None:
    """Name the platforms that have no line in this metric's chart because they do not give it."""
    missing = facts.not_offered(accounts, metric)
    if missing:
        names = text.listed([text.PLATFORMS[platform] for platform in missing])
        verb = "does" if len(missing) == 1 else "do"
        st.caption(f"{names} {verb} not give {CATALOG[metric].label.lower()} per day for an account.")


def report_failure(error: BaseException) -> bool:
    """What a visitor sees of an error nobody expected: a sentence, never a traceback."""
    if isinstance(error, AppError):
        st.error(str(error), icon=":material/error:")
        return True
    log.error("a page failed", exc_info=error)
    st.error(
        "This page met a fault of its own. Reload it; if it stays, report it with the last lines of the web process's log.",
        icon=":material/error:",
    )
    return True


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
        return f"Nothing has been synced yet. {START_SIDECAR}"
    return "The first sync is on its way: its numbers appear here by themselves. The Syncs page shows how far it is."

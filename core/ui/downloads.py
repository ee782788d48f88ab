"""How does a viewer take away what is on the screen? Each page keeps its frames while it is drawn; files are built on a click."""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.analytics.kpis import Kpi
from core.export.csv_file import csv_file
from core.export.parquet_file import parquet_file
from core.export.tables import Note, Table
from core.export.xlsx_file import xlsx_file
from core.ui import download_text
from core.ui.controls import Scope

_KEPT = "downloads_kept"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def begin() -> None:
    """A page is about to be drawn."""
    st.session_state[_KEPT] = {}


def keep(name: str, frame: pd.DataFrame) -> None:
    """What the page shows under this name, as it was asked for: shares as shares, unknown as unknown."""
    table = Table.of(name, frame)
    st.session_state.setdefault(_KEPT, {})[table.name] = table


def keep_numbers(kpis: Sequence[Kpi]) -> None:
    """The cards of a page, a row each."""
    keep(download_text.NUMBERS, pd.DataFrame([_row(kpi) for kpi in kpis]))


def offer(page: str, scope: Scope | None, notes: Callable[[], list[Note]]) -> None:
    """The page's tables as files, where it has shown any."""
    tables: list[Table] = list(st.session_state.get(_KEPT, {}).values())
    if not tables:
        return
    stem = download_text.file_name(page, scope)
    with st.popover("Download", icon=":material/download:"):
        st.caption(download_text.WHAT)
        build = partial(xlsx_file, tables, notes())
        _button(download_text.ALL_AS_XLSX, build, f"{stem}.xlsx", _XLSX)
        for table in tables:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(table.name, width="stretch")
                part = f"{stem}-{download_text.slug(table.name)}"
                _button("CSV", partial(csv_file, table), f"{part}.csv", "text/csv")
                _button("Parquet", partial(parquet_file, table), f"{part}.parquet", "application/vnd.apache.parquet")
        st.caption(download_text.CSV_NOTE)


def _button(label: str, build: Callable[[], bytes], file_name: str, mime: str) -> None:
    st.download_button(
        label, data=build, file_name=file_name, mime=mime, on_click="ignore", key=f"download_{file_name}"
    )


def _row(kpi: Kpi) -> dict[str, object]:
    change, basis = kpi.change, kpi.basis
    return {
        "measure": kpi.measure.value,
        "value": _number(kpi.value),
        "change": _number(change.absolute if change else None),
        "relative_change": _number(change.relative if change else None),
        "compared_days": _number(basis.days if basis else None),
        "days_to_compare": _number(basis.of if basis else None),
        "accounts_counted": kpi.coverage.counted,
        "accounts_shown": kpi.coverage.shown,
        "late_days": kpi.coverage.late_days,
        "missing_days": kpi.coverage.missing_days,
        "accounts_not_comparable": kpi.not_comparable,
    }


def _number(value: float | None) -> float:
    """One type for a column: NaN is unknown, and stays it in every file."""
    return float("nan") if value is None else float(value)

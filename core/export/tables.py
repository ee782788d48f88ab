"""What goes into a file? Named frames as a page has them, and what has to be known to read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

MOST_LETTERS_OF_NAME = 31
"""Longer names of sheets do not open in Excel."""


@dataclass(frozen=True, slots=True)
class Table:
    """A frame under the name of its sheet or file."""

    name: str
    frame: pd.DataFrame

    @classmethod
    def of(cls, name: str, frame: pd.DataFrame) -> "Table":
        """The frame with plain names and plain words; lists become one text."""
        columns = {str(column): _plain(frame[column]) for column in frame.columns}
        return cls(name[:MOST_LETTERS_OF_NAME], pd.DataFrame(columns).reset_index(drop=True))


@dataclass(frozen=True, slots=True)
class Note:
    """A block of the sheet that explains the others: its title, the names of its columns, its rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def is_text(column: "pd.Series[Any]") -> bool:
    """Whether a column may hold words, which others may have written."""
    return bool(pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype))


def _plain(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if not pd.api.types.is_object_dtype(column.dtype):
        return column
    return column.map(_plain_value).astype(object)


def _plain_value(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    if pd.api.types.is_list_like(value):
        return ", ".join(str(one) for one in value)  # type: ignore[attr-defined]
    return None if pd.isna(value) else value  # type: ignore[call-overload]

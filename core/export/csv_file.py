"""How is a table written as CSV? Unknown is empty, and no text can be read as a formula.

https://owasp.org/www-community/attacks/CSV_Injection, read 2026-11-24: a cell must not begin with one of these signs, nor
may a text begin a new cell by holding a separator. Where a spreadsheet is set to semicolons, or to tabs, the quotes of a
field that does not stand first in its line do not count; so what follows such a separator or a new line is defused too.
"""

import re
from typing import Any

import pandas as pd

from core.export.tables import Table, is_text

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_BEGINS_A_FORMULA = re.compile(rf'^(?=[{_SIGNS}\t\r\n])|(?<=[;\t\r\n])(?="*[{_SIGNS}])')


def csv_file(table: Table) -> bytes:
    """UTF-8 with the mark by which Excel knows it."""
    columns = {defused(str(name)): _texts(column) for name, column in table.frame.items()}
    written = pd.DataFrame(columns).to_csv(index=False, lineterminator="\r\n")
    return written.encode("utf-8-sig")


def defused(text: str) -> str:
    """An apostrophe before whatever a spreadsheet would take for the beginning of a formula."""
    return _BEGINS_A_FORMULA.sub("'", text)


def _texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if not is_text(column):
        return column
    return column.map(lambda value: defused(value) if isinstance(value, str) else value)

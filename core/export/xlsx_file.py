"""How are tables written as XLSX? A sheet each, every cell in its own type, and one sheet that explains them."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from math import isinf
from numbers import Number
from typing import Any

import pandas as pd
import xlsxwriter

from core.export.tables import Note, Table, is_text

ABOUT = "About this file"
MOST_LETTERS = 32_767
"""What Excel holds in one cell."""

_OPTIONS = {
    "in_memory": True,
    "remove_timezone": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDTH, _TEXT_WIDTH = 14, 32


def xlsx_file(tables: Sequence[Table], notes: Sequence[Note]) -> bytes:
    """The workbook: first what it is about, then the tables."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        pen = _Pen(book)
        pen.write_notes(book.add_worksheet(ABOUT), notes)
        for table in tables:
            pen.write_table(book.add_worksheet(table.name), table.frame)
    return out.getvalue()


class _Pen:
    """Writes cells of a workbook in the format of their type."""

    def __init__(self, book: Any) -> None:
        self.bold = book.add_format({"bold": True, "num_format": "@"})
        self.text = book.add_format({"num_format": "@", "valign": "top"})  # stays a text when somebody edits it
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def write_table(self, sheet: Any, frame: pd.DataFrame) -> None:
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(frame.columns):
            column = frame[name]
            sheet.set_column(place, place, _TEXT_WIDTH if is_text(column) else _WIDTH)
            sheet.write_string(0, place, str(name), self.bold)
            for row, value in enumerate(column.tolist(), start=1):
                self.write_cell(sheet, row, place, value)

    def write_notes(self, sheet: Any, notes: Sequence[Note]) -> None:
        sheet.set_column(0, 4, _TEXT_WIDTH)
        row = 0
        for note in notes:
            heads = ((note.title,), note.columns)
            for line, cells in enumerate((*heads, *note.rows)):
                for place, words in enumerate(cells):
                    sheet.write_string(
                        row + line, place, words[:MOST_LETTERS], self.bold if line < len(heads) else self.text
                    )
            row += len(heads) + len(note.rows) + 1

    def write_cell(self, sheet: Any, row: int, place: int, value: object) -> None:
        """Nothing where nothing is known; a text is a text whatever it begins with."""
        if value is None or pd.isna(value) or (isinstance(value, float) and isinf(value)):  # type: ignore[call-overload]
            return
        match value:
            case bool():
                sheet.write_boolean(row, place, value)
            case Number():
                sheet.write_number(row, place, value)
            case datetime():
                sheet.write_datetime(row, place, value, self.instant)
            case date():
                sheet.write_datetime(row, place, value, self.day)
            case _:
                sheet.write_string(row, place, str(value)[:MOST_LETTERS], self.text)

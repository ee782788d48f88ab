"""Files are opened by those who will open them: the same numbers and types, unknown empty, and no text is a formula."""

from datetime import date, datetime
from io import BytesIO

import duckdb
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from core.export.csv_file import csv_file, defused
from core.export.parquet_file import parquet_file
from core.export.tables import Note, Table
from core.export.xlsx_file import ABOUT, MOST_LETTERS, xlsx_file

pytestmark = pytest.mark.unit

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
HOSTILE = [
    "=cmd|'/c calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1+1",
    'quote " and, comma; semicolon',
    '=HYPERLINK("http://evil","x")',
    "harmless;=1+1",
    'harmless;"=1+1',
    "two\n=lines",
    "{=1+1}",
    "https://evil.example/x",
    "0012",
    "Grüße 🎉",
]
KNOWN = pd.DataFrame(
    {
        "day": [date(2026, 11, 1), date(2026, 11, 2), None],
        "published_local": pd.to_datetime(["2026-11-01 10:30:05", None, "2026-11-03 00:00:00"]),
        "impressions": pd.array([0, None, 9_007_199_254], dtype="Int64"),
        "rate": [0.0, float("nan"), 1 / 3],
        "is_late": pd.array([True, None, False], dtype="boolean"),
        "hashtags": [["a", "b"], [], None],
        "text": ["=1+1", None, ""],
    }
)
TABLE = Table.of("Known", KNOWN)
NOTES = [Note("Scope", ("What", "Value"), [("Business", "=1+1"), ("Zone", "UTC")]), Note("Coverage", ("Account",), [])]


def texts(words):
    return Table.of("Texts", pd.DataFrame({"text": words}))


def in_duckdb(kind, content, tmp_path):
    path = tmp_path / f"file.{kind}"
    path.write_bytes(content)
    read = {"csv": "read_csv(?, header = true, all_varchar = false)", "parquet": "read_parquet(?)"}[kind]
    with duckdb.connect() as connection:
        return connection.execute(f"FROM {read}", [str(path)]).fetchall()


def sheet_of(content, name):
    return openpyxl.load_workbook(BytesIO(content))[name]


class TestCsv:
    def test_duckdb_and_pandas_read_the_same_numbers(self, tmp_path):
        rows = in_duckdb("csv", csv_file(TABLE), tmp_path)
        assert [row[2] for row in rows] == [0, None, 9_007_199_254]
        assert [row[3] for row in rows] == [0.0, None, 1 / 3]
        assert [row[0] for row in rows] == [date(2026, 11, 1), date(2026, 11, 2), None]
        assert rows[0][1] == datetime(2026, 11, 1, 10, 30, 5)  # noqa: DTZ001  # a wall clock
        frame = pd.read_csv(BytesIO(csv_file(TABLE)))
        assert frame["impressions"].isna().tolist() == [False, True, False]
        assert frame["rate"].tolist()[::2] == [0.0, 1 / 3]
        assert list(frame.columns) == list(KNOWN.columns)

    def test_no_cell_begins_like_a_formula(self):
        frame = pd.read_csv(BytesIO(csv_file(texts(HOSTILE))), dtype=str, keep_default_na=False)
        assert [read for read in frame["text"] if read.startswith(SIGNS)] == []
        assert [read.replace("'", "") for read in frame["text"]] == [word.replace("'", "") for word in HOSTILE]

    @pytest.mark.parametrize("separator", [";", "\t"])
    def test_nor_where_a_spreadsheet_takes_another_separator(self, separator):
        """Excel in German splits at semicolons: no piece of any line may begin a formula."""
        content = csv_file(Table.of("T", pd.DataFrame({"n": range(len(HOSTILE)), "text": HOSTILE}))).decode("utf-8-sig")
        for line in content.replace("\r", "\n").split("\n"):
            for cell in line.split(separator):
                assert not cell.lstrip('"').startswith(SIGNS)

    @given(st.text())
    def test_whatever_is_written_the_signs_are_gone_and_nothing_else(self, words):
        assert not defused(words).startswith(SIGNS)
        assert defused(words).replace("'", "") == words.replace("'", "")

    def test_a_negative_number_stays_one(self):
        assert csv_file(Table.of("N", pd.DataFrame({"net": [-5, 3]}))) == b"\xef\xbb\xbfnet\r\n-5\r\n3\r\n"

    def test_a_name_of_a_column_is_a_cell_too(self):
        assert csv_file(Table.of("N", pd.DataFrame({"=1+1": [1]}))).startswith(b"\xef\xbb\xbf'=1+1\r\n")


class TestXlsx:
    def test_cells_have_their_types_and_the_unknown_is_empty(self):
        rows = list(sheet_of(xlsx_file([TABLE], NOTES), "Known").iter_rows(min_row=2, values_only=True))
        assert rows[0] == (datetime(2026, 11, 1), datetime(2026, 11, 1, 10, 30, 5), 0, 0, True, "a, b", "=1+1")  # noqa: DTZ001
        assert rows[1] == (datetime(2026, 11, 2), None, None, None, None, "", None)  # noqa: DTZ001
        assert rows[2][2:5] == (9_007_199_254, pytest.approx(1 / 3, abs=1e-15), False)

    def test_every_text_is_a_text(self):
        cells = [row[0] for row in sheet_of(xlsx_file([texts(HOSTILE)], NOTES), "Texts").iter_rows(min_row=2)]
        assert [unescape(cell.value) for cell in cells] == HOSTILE
        assert {(cell.data_type, cell.number_format, cell.hyperlink) for cell in cells} == {("s", "@", None)}

    def test_pandas_reads_the_same(self):
        read = pd.read_excel(BytesIO(xlsx_file([TABLE], NOTES)), sheet_name="Known")
        assert read["impressions"].tolist()[::2] == [0, 9_007_199_254]
        assert read["impressions"].isna().tolist() == [False, True, False]

    def test_the_first_sheet_explains_the_others(self):
        content = xlsx_file([TABLE, texts(["x"])], NOTES)
        assert openpyxl.load_workbook(BytesIO(content)).sheetnames == [ABOUT, "Known", "Texts"]
        cells = [[cell.value for cell in row if cell.value] for row in sheet_of(content, ABOUT).iter_rows()]
        assert cells == [
            ["Scope"],
            ["What", "Value"],
            ["Business", "=1+1"],
            ["Zone", "UTC"],
            [],
            ["Coverage"],
            ["Account"],
        ]
        assert {cell.data_type for row in sheet_of(content, ABOUT).iter_rows() for cell in row if cell.value} == {"s"}

    def test_too_long_and_strange_texts_do_not_break_it(self):
        words = [
            "x" * 40_000,
            "bell \x07 and _x0041_",
            "\ud83c\udf89".encode("utf-16", "surrogatepass").decode("utf-16"),
        ]
        cells = [row[0].value for row in sheet_of(xlsx_file([texts(words)], NOTES), "Texts").iter_rows(min_row=2)]
        assert len(cells[0]) == MOST_LETTERS
        assert cells[2] == "🎉"

    def test_numbers_without_bound_are_not_known(self):
        table = Table.of("N", pd.DataFrame({"rate": [float("inf"), 0.5]}))
        assert [row[0].value for row in sheet_of(xlsx_file([table], []), "N").iter_rows(min_row=2)] == [None, 0.5]


class TestParquet:
    def test_types_and_unknowns_survive(self, tmp_path):
        rows = in_duckdb("parquet", parquet_file(TABLE), tmp_path)
        assert rows[0] == (date(2026, 11, 1), datetime(2026, 11, 1, 10, 30, 5), 0, 0.0, True, "a, b", "=1+1")  # noqa: DTZ001
        assert rows[1] == (date(2026, 11, 2), None, None, None, None, "", None)
        assert (rows[2][0], rows[2][5], rows[2][6]) == (None, None, "")
        pd.testing.assert_series_equal(
            pd.read_parquet(BytesIO(parquet_file(TABLE)))["impressions"], KNOWN["impressions"], check_dtype=False
        )

    def test_a_column_of_which_nothing_is_known_keeps_its_type(self, tmp_path):
        """Else links that no platform gave would be read as whole numbers, and not go together with those of another file."""
        unknown = {
            "link": pd.Series([None, None], dtype=object),
            "clicks": pd.array([None, None], dtype="Int64"),
            "rate": [float("nan")] * 2,
            "day": pd.to_datetime([None, None]),
        }
        path = tmp_path / "file.parquet"
        path.write_bytes(parquet_file(Table.of("Unknown", pd.DataFrame(unknown))))
        with duckdb.connect() as connection:
            described = connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
            known = connection.execute(
                "SELECT count(link), count(clicks), count(rate), count(day) FROM read_parquet(?)", [str(path)]
            )
            assert known.fetchone() == (0, 0, 0, 0)
        assert [row[1].partition("_")[0] for row in described] == ["VARCHAR", "BIGINT", "DOUBLE", "TIMESTAMP"]

    def test_texts_are_as_they_were(self, tmp_path):
        assert [row[0] for row in in_duckdb("parquet", parquet_file(texts(HOSTILE)), tmp_path)] == HOSTILE


def test_a_name_fits_a_sheet():
    assert Table.of("n" * 40, KNOWN).name == "n" * 31

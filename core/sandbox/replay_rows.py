"""Is a replay file sound? Reads posts.csv and account_days.csv, and names the first cell that is not."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from core.domain import AccountDay, Platform, PostKind, PostSnapshot
from core.errors import ConfigError
from core.sandbox.timekeeper import read_instant

AccountKey = tuple[Platform, str]
EnumT = TypeVar("EnumT", bound=StrEnum)

_POST_COUNTERS = ("impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "video_views")
_DAY_COUNTERS = ("followers", "impressions", "reach", "clicks", "likes", "comments", "shares")
_POST_COLUMNS = ("platform", "account", "post_id", "published_at", "kind", "text", "permalink", *_POST_COUNTERS)
_DAY_COLUMNS = ("platform", "account", "day", *_DAY_COUNTERS)
_WHOLE_NUMBER = re.compile(r"-?\d+", re.ASCII)
_LARGEST = 2**63 - 1
_YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class PostRow:
    """One row of posts.csv; its `published_at` is the original instant."""

    account: AccountKey
    kind: PostKind
    published_at: datetime
    text: str | None
    permalink: str | None
    counters: PostSnapshot


@dataclass(frozen=True, slots=True)
class Row:
    """A row with the place to name when a cell is wrong; the header is row 1."""

    file: str
    number: int
    cells: dict[str, str]

    def refuse(self, problem: str, advice: str = "correct the row") -> NoReturn:
        raise ConfigError(f"{self.file} row {self.number}: {problem}; {advice}.")

    def text(self, column: str) -> str:
        return self.cells[column] or self.refuse(f"{column} is empty", "fill it in or remove the row")

    def optional(self, column: str) -> str | None:
        return self.cells[column] or None

    def member(self, column: str, of: type[EnumT]) -> EnumT:
        try:
            return of(self.text(column))
        except ValueError:
            known = ", ".join(of)
            self.refuse(f"{column} is '{self.cells[column]}', not one of {known}")

    def instant(self, column: str) -> datetime:
        moment = read_instant(self.text(column))
        if moment is None or moment.year not in _YEARS:
            self.refuse(f"{column} is '{self.cells[column]}', not an instant such as 2026-01-31T09:00:00Z")
        return moment

    def day(self, column: str) -> date:
        try:
            day = date.fromisoformat(self.text(column))
        except ValueError:
            day = date.min
        if day.year not in _YEARS:
            self.refuse(f"{column} is '{self.cells[column]}', not a date such as 2026-01-31")
        return day

    def count(self, column: str, *, may_be_negative: bool = False) -> int | None:
        value = self.cells[column]
        if not value:
            return None
        if not _WHOLE_NUMBER.fullmatch(value) or len(value) > 20:
            self.refuse(f"{column} is '{value}', not a whole number", "correct the row or leave the cell empty")
        number = int(value)
        if number < 0 and not may_be_negative:
            self.refuse(f"{column} is {value}, below zero", "correct the row or leave the cell empty")
        if abs(number) > _LARGEST:
            self.refuse(f"{column} is {value}, too large to count", "correct the row or leave the cell empty")
        return number


def read_posts(folder: Path) -> list[PostRow]:
    seen: dict[tuple[AccountKey, str], int] = {}
    rows = []
    for row in _rows(folder / "posts.csv", _POST_COLUMNS):
        read = _post(row)
        first = seen.setdefault((read.account, read.counters.post_id), row.number)
        if first != row.number:
            row.refuse(f"post_id '{read.counters.post_id}' is already in row {first}", "remove one of the two")
        rows.append(read)
    return rows


def read_days(folder: Path) -> dict[AccountKey, list[AccountDay]]:
    seen: dict[tuple[AccountKey, date], int] = {}
    days: dict[AccountKey, list[AccountDay]] = {}
    for row in _rows(folder / "account_days.csv", _DAY_COLUMNS):
        account = _account(row)
        may_fall = account[0] is Platform.LINKEDIN
        day = AccountDay(
            row.day("day"),
            **{name: row.count(name, may_be_negative=may_fall and name == "likes") for name in _DAY_COUNTERS},
        )
        first = seen.setdefault((account, day.day), row.number)
        if first != row.number:
            row.refuse(f"day {day.day} of {account[1]} is already in row {first}", "remove one of the two")
        days.setdefault(account, []).append(day)
    return days


def _post(row: Row) -> PostRow:
    account = _account(row)
    post_id = row.text("post_id")
    if account[0] is Platform.X and not re.fullmatch(r"\d{1,19}", post_id, re.ASCII):
        row.refuse(f"post_id is '{post_id}', but X's are numbers of up to 19 digits")
    may_fall = account[0] is Platform.LINKEDIN
    return PostRow(
        account,
        row.member("kind", PostKind),
        row.instant("published_at"),
        row.optional("text"),
        row.optional("permalink"),
        PostSnapshot(
            post_id,
            **{name: row.count(name, may_be_negative=may_fall and name == "likes") for name in _POST_COUNTERS},
        ),
    )


def _account(row: Row) -> AccountKey:
    return row.member("platform", Platform), row.text("account")


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            _check_header(path.name, header, columns)
            for number, cells in enumerate(reader, start=2):
                if cells:  # a blank line is no row
                    yield _row(path.name, number, header, cells)
    except OSError as error:
        sentence = (
            f"{path} cannot be read ({error.strerror}); --replay needs a folder with posts.csv and account_days.csv."
        )
        raise ConfigError(sentence) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name} is not UTF-8; save it as UTF-8.") from error
    except csv.Error as error:
        raise ConfigError(f"{path.name} is not well-formed CSV ({error}); mend its quotes.") from error


def _check_header(file: str, header: list[str], columns: tuple[str, ...]) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        raise ConfigError(f"{file} row 1: the column {missing[0]} is missing; add it, its cells may be empty.")


def _row(file: str, number: int, header: list[str], cells: list[str]) -> Row:
    row = Row(file, number, dict(zip(header, cells, strict=False)))
    if len(cells) != len(header):
        row.refuse(f"{len(cells)} cells under {len(header)} columns", "give every column its cell")
    return row

"""What does a Graph request ask for? A parser of `fields`: names, modifiers and nested fields."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

from core.sandbox.graph_errors import graph_error

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ARGUMENT = re.compile(r"[^()]*")


@dataclass(frozen=True, slots=True)
class FieldAsk:
    """One field, such as `insights.metric(a,b)` or `picture{url}`."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    fields: tuple["FieldAsk", ...] = ()

    @property
    def alias(self) -> str:
        return self.modifiers.get("as", self.name)


@lru_cache(256)
def parse_fields(text: str) -> tuple[FieldAsk, ...]:
    """The fields of a `fields` parameter; a syntax error is answered as the Graph API does."""
    if not text.strip():
        return ()
    parser = _Parser(text.replace(" ", ""))
    fields = parser.field_list()
    if not parser.is_at_end():
        parser.refuse()
    return fields


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def is_at_end(self) -> bool:
        return self._at == len(self._text)

    def refuse(self) -> NoReturn:
        message = f"Syntax error at character {self._at}: {self._text[self._at : self._at + 20]!r} was not expected."
        raise graph_error(message, 2500)

    def field_list(self) -> tuple[FieldAsk, ...]:
        fields = [self._field()]
        while self._takes(","):
            fields.append(self._field())
        return tuple(fields)

    def _field(self) -> FieldAsk:
        name = self._match(_NAME)
        modifiers: dict[str, str] = {}
        nested: tuple[FieldAsk, ...] = ()
        while not self.is_at_end():
            if self._takes("."):
                modifiers |= self._modifier()
            elif self._takes("{"):
                nested = self.field_list()
                self._expect("}")
            else:
                break
        return FieldAsk(name, modifiers, nested)

    def _modifier(self) -> dict[str, str]:
        name = self._match(_NAME)
        self._expect("(")
        argument = self._match(_ARGUMENT)
        self._expect(")")
        return {name: argument}

    def _takes(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._takes(mark):
            self.refuse()

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            self.refuse()
        self._at = found.end()
        return found[0]

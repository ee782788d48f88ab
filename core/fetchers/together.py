"""How are several independent requests asked in one? Packed as the platform's dialect says; each part answers for itself.

What a part answers goes through the same reading as any other answer. Parts that are worth another try are asked again
together, without those that have answered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import FetchError, TransientError
from core.fetchers.counts import Attempt
from core.fetchers.dialect import Answer, Packing
from core.fetchers.retrying import Patience


@dataclass(slots=True)
class Parts:
    """The requests asked together, and what each has come to; a part without an entry is still to be asked."""

    paths: Sequence[str]
    came_to: dict[str, Answer | FetchError]

    def results(self) -> list[Answer | FetchError]:
        return [self.came_to[path] for path in self.paths]


Send = Callable[[Attempt], Answer]
Judge = Callable[[Answer], Answer]
MakeAttempt = Callable[[str, Mapping[str, str], int], Attempt]
"""Of a path, a form, and the number of requests it holds."""


@dataclass(frozen=True, slots=True)
class PartsReader:
    """Sends what is left of the parts and judges what comes back; `note` hears of each part that failed."""

    packing: Packing
    send: Send
    judge: Judge
    patience: Patience
    note: Callable[[str], None]

    def ask_rest(self, parts: Parts, make_attempt: MakeAttempt) -> None:
        """One more try; raises what makes another one worth it."""
        left = [path for path in dict.fromkeys(parts.paths) if path not in parts.came_to]
        path, form = self.packing.pack(left)
        told = self.packing.unpack(self.judge(self.send(make_attempt(path, form, len(left)))), len(left))
        again: FetchError | None = None
        for asked, answer in zip(left, told, strict=True):
            result = self._read(asked, answer)
            if isinstance(result, FetchError) and self.patience.is_worth_a_retry(result):
                again = again or result
            else:
                parts.came_to[asked] = result
        if again is not None:
            raise again

    def _read(self, path: str, answer: Answer | None) -> Answer | FetchError:
        bare = path.partition("?")[0]
        try:
            if answer is None:
                raise TransientError("A part of the batch was not answered in time.")
            return self.judge(replace(answer, resource=path.split("/", 2)[1], path=bare))
        except FetchError as error:
            self.note(f"Part {bare} of the batch: {error}")
            return error


def body_of(result: Answer | FetchError) -> Any:
    """The body of what a part has come to; raises its error."""
    if isinstance(result, FetchError):
        raise result
    return result.body

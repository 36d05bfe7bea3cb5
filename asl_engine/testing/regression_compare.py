"""Values of two runs of the same machine compared, without what every run makes anew.

Made anew are UUIDs, execution ARNs, task tokens, event ids in causes, and moments that lie within the run.
What was given to the run (its input, its tasks' answers) is not: an order's number stays an order's number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asl_engine.definition.source import join_pointer
from asl_engine.resolvers.record import HIDDEN
from asl_engine.values import JsonTextError, equal, read_json, write_json

_UUID: Final = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_MOMENT: Final = re.compile(
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)
_EXECUTION: Final = re.compile(r"\barn:aws[\w-]*:states:[\w-]*:[0-9*]*:(?:execution|express|mapRun):[^\s\"',;)\]}]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_-]{100,}={0,2}")
_EVENT_ID: Final = re.compile(r"\bevent id #[0-9]+")
_MARGIN_SECONDS: Final = 2.0
_MOST_SHOWN: Final = 70
_SHOWN_BEFORE: Final = 20


@dataclass(frozen=True, slots=True)
class Window:
    """When a run took place, in seconds since 1970."""

    start: float
    stop: float

    def has(self, seconds: float) -> bool:
        """Whether the moment is one of the run's own."""
        return self.start - _MARGIN_SECONDS <= seconds <= self.stop + _MARGIN_SECONDS


class MadeAnew:
    """Replaces what one run made anew by names. `given` is the text of all that was given to the run."""

    def __init__(self, window: Window, given: str = "") -> None:
        self._window = window
        self._given = given

    def __call__(self, value: Any) -> Any:
        """A copy of `value` in which everything made anew has the same name in every run."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {self._text(key): self(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and self._is_milliseconds(value):
            return "<time>"
        return value

    def _text(self, text: str) -> str:
        if len(text) < 20:
            return text
        if text[0] in "{[":
            return self._json_text(text)
        text = _EXECUTION.sub(self._named("<execution>"), text)
        text = _EVENT_ID.sub("event id #<id>", _UUID.sub(self._named("<uuid>"), text))
        text = _MOMENT.sub(self._moment, text)
        return _TOKEN.sub(self._named("<token>"), text)

    def _json_text(self, text: str) -> str:
        """A JSON text as a text again: white space counts for nothing, what is made anew in it neither."""
        try:
            return write_json(self(read_json(text)))
        except JsonTextError:
            return text

    def _named(self, name: str) -> Callable[[re.Match[str]], str]:
        return lambda found: found.group() if found.group() in self._given else name

    def _moment(self, found: re.Match[str]) -> str:
        try:
            seconds = datetime.fromisoformat(found.group()).timestamp()
        except ValueError:  # the 31st of February
            return found.group()
        return "<time>" if self._window.has(seconds) and found.group() not in self._given else found.group()

    def _is_milliseconds(self, number: int) -> bool:
        return number > 10_000_000_000 and self._window.has(number / 1000) and str(number) not in self._given


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two values differ. `pointer` is a JSON Pointer."""

    pointer: str
    text: str

    def __str__(self) -> str:
        return f"{spelled(self.pointer)}{self.text}".lstrip()


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[Difference]:
    """Where `after` differs from `before`, in the order of the values. `***` stands for anything, within
    a text of `before` for any piece of it."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(before, after, pointer)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_arrays(before, after, pointer)
    elif not _same(before, after):
        yield from _of_texts(before, after, pointer)


def _of_objects(before: dict[str, Any], after: dict[str, Any], pointer: str) -> Iterator[Difference]:
    for key, value in before.items():
        here = join_pointer(pointer, key)
        if key in after:
            yield from differences(value, after[key], here)
        else:
            yield Difference(here, f" is gone (was {shown(value)})")
    for key in after:
        if key not in before:
            yield Difference(join_pointer(pointer, key), f" is new: {shown(after[key])}")


def _of_arrays(before: list[Any], after: list[Any], pointer: str) -> Iterator[Difference]:
    for index, (left, right) in enumerate(zip(before, after, strict=False)):
        yield from differences(left, right, join_pointer(pointer, str(index)))
    if len(before) != len(after):
        yield Difference(pointer, f" had {_items(len(before))}, has {_items(len(after))}")


def _of_texts(before: Any, after: Any, pointer: str) -> Iterator[Difference]:
    """JSON texts that differ are compared as the values that they are."""
    inner = _parsed(before), _parsed(after)
    if all(isinstance(value, (dict, list)) for value in inner):
        found = list(differences(*inner, pointer))
        if found:
            yield from found
            return
    if all(isinstance(value, str) and len(value) > _MOST_SHOWN for value in (before, after)):
        yield Difference(pointer, _of_long_texts(before, after))
        return
    yield Difference(pointer, f" was {shown(before)}, is {shown(after)}")


def _of_long_texts(before: str, after: str) -> str:
    """Long texts are shown from a little before the first character that differs."""
    index = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    start = max(0, (min(len(before), len(after)) if index is None else index) - _SHOWN_BEFORE)
    if start == 0:
        return f" was {shown(before)}, is {shown(after)}"
    return f" from character {start + 1} was {shown(before[start:])}, is {shown(after[start:])}"


def _same(before: Any, after: Any) -> bool:
    if any(isinstance(value, str) and value == HIDDEN for value in (before, after)):
        return True
    if not (isinstance(before, str) and HIDDEN in before):
        return equal(before, after)
    pattern = ".*".join(re.escape(part) for part in before.split(HIDDEN))
    return isinstance(after, str) and re.fullmatch(pattern, after, re.DOTALL) is not None


def _parsed(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return None
    try:
        return read_json(value)
    except JsonTextError:
        return None


def spelled(pointer: str) -> str:
    """`/a/0/b c` as people write it: `a[0]["b c"]`."""
    from asl_engine.definition.source import split_pointer

    text = ""
    for token in split_pointer(pointer):
        if token.isascii() and token.isdigit():
            text += f"[{token}]"
        elif token.isidentifier():
            text += f".{token}" if text else token
        else:
            text += f"[{write_json(token)}]"
    return text


def shown(value: Any) -> str:
    """The value as JSON, cut off where it is long."""
    text = write_json(value)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"

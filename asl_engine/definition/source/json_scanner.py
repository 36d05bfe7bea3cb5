"""Where a JSON text goes wrong, in the words of Jackson (AWS's parser), and what to write instead.

One pass over the tokens with an explicit stack: any depth, any length. It stops at the first fault, as
Jackson does; what can be repaired without a doubt is collected as an edit and passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from asl_engine.definition.source import json_faults as faults
from asl_engine.definition.source.edits import Edit, EditedText
from asl_engine.definition.source.parsed import Problem
from asl_engine.values import MAX_DEPTH, write_json

_blank: Final = re.compile(r"[ \t\r\n]*")
_string: Final = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_number: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_word: Final = re.compile(r"[\w$]+")
_comment: Final = re.compile(r"//[^\r\n]*|/\*.*?\*/|#[^\r\n]*", re.DOTALL)
_key_rest: Final = re.compile(r'[^\s:,\]}"]*')
_value_rest: Final = re.compile(r'(?:\[[^\]\s]*\]|[^\s,\]}"])*')
_brace: Final = re.compile(r"[{}]")
_string_start: Final = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*')
_sticks: Final = re.compile(r"[\w.+$-]")
MAX_DIGITS: Final = 4000
_CLOSER: Final = {"{": "}", "[": "]"}


_Step: TypeAlias = "Callable[[], _Step | None]"


@dataclass(slots=True)
class Outcome:
    """`fault` is where reading stopped; `problems` and `edits` belong to what was passed over."""

    fault: Problem | None = None
    problems: list[Problem] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)


def scan(source: EditedText) -> Outcome:
    """What is wrong with `source.text`, which the decoder has refused. Never raises."""
    scanner = _Scanner(source.text)
    outcome = Outcome()
    try:
        scanner.run()
    except faults.TextFaultError as fault:
        outcome.fault = fault.problem(source)
    outcome.edits = sorted(scanner.edits)
    outcome.problems = [fault.problem(source) for fault in scanner.passed_over()]
    return outcome


class _Scanner:
    """Each step reads one token and returns the step that must follow, None at the end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.edits: list[Edit] = []
        self._open: list[int] = []
        self._comma: int | None = None
        self._comments: list[int] = []
        self._extra_commas: list[tuple[int, int]] = []
        self._marked = text.startswith("\ufeff")

    def run(self) -> None:
        if self._marked:
            self._edit(1, " ")
        step: _Step | None = self._value
        while step is not None:
            self._skip_blanks()
            step = step()

    def passed_over(self) -> list[faults.TextFaultError]:
        found = [faults.byte_order_mark(self.text)] if self._marked else []
        if self._comments:
            found.append(faults.comment(self.text, self._comments[0], len(self._comments)))
        if self._extra_commas:
            comma, closer = self._extra_commas[0]
            found.append(faults.trailing_comma(self.text, comma, closer, len(self._extra_commas)))
        return found

    def _skip_blanks(self) -> None:
        self.at = _blank.match(self.text, self.at).end()  # type: ignore[union-attr]
        while comment := _comment.match(self.text, self.at):
            self._comments.append(self.at)
            self._edit(comment.end(), " ")
            self.at = _blank.match(self.text, self.at).end()  # type: ignore[union-attr]

    def _edit(self, end: int, replacement: str) -> None:
        self.edits.append((self.at, end, replacement))
        self.at = end

    def _value(self) -> _Step:
        character = self._character(between=True)
        if self._hole(_value_rest):
            return self._after_value
        if character == '"':
            return self._text(is_key=False)
        if character in "{[":
            if len(self._open) == MAX_DEPTH:
                raise faults.too_deep(self.at, MAX_DEPTH)
            self._open.append(self.at)
            self.at += 1
            return self._first_key if character == "{" else self._first_item
        if character in "-0123456789":
            return self._digits()
        if character == "]" and self._opener() == "[" and self._comma is not None:
            return self._close_after_comma(self._comma)
        return self._word()

    def _character(self, *, between: bool = False) -> str:
        if self.at < len(self.text):
            return self.text[self.at]
        raise faults.end_of_text(self.text, self._open[-1] if self._open else None, between=between)

    def _opener(self) -> str:
        return self.text[self._open[-1]] if self._open else ""

    def _text(self, *, is_key: bool) -> _Step:
        found = _string.match(self.text, self.at)
        if found is None:
            good = _string_start.match(self.text, self.at).end()  # type: ignore[union-attr]
            raise faults.bad_string(self.text, self.at, good, is_key=is_key)
        self.at = found.end()
        return self._colon if is_key else self._after_value

    def _digits(self) -> _Step:
        start = self.at
        found = _number.match(self.text, start)
        end = found.end() if found else start + 1
        digits = self.text[start:end]
        if found is None or _sticks.match(self.text, end):
            raise faults.bad_number(self.text, start, end)
        if len(digits) > MAX_DIGITS or math.isinf(float(digits)):
            raise faults.huge_number(self.text, start, end)
        self.at = end
        return self._after_value

    def _word(self) -> _Step:
        found = _word.match(self.text, self.at)
        if found is None:
            raise faults.no_value(self.text, self.at)
        if found.group() not in ("true", "false", "null"):
            raise faults.unknown_word(self.text, self.at, found.end(), at_root=not self._open)
        self.at = found.end()
        return self._after_value

    def _hole(self, rest: re.Pattern[str]) -> bool:
        """A bare `${...}` or `{{...}}`, with the `rest` that sticks to it, becomes a text of the same words."""
        end = _end_of_hole(self.text, self.at, rest)
        if end is None:
            return False
        self._edit(end, write_json(self.text[self.at : end]))
        return True

    def _first_item(self) -> _Step:
        self._comma = None
        return self._close() if self._character() == "]" else self._value()

    def _first_key(self) -> _Step:
        self._comma = None
        return self._close() if self._character() == "}" else self._key()

    def _key(self) -> _Step:
        character = self._character(between=self._comma is not None)
        if character == '"':
            return self._text(is_key=True)
        if self._hole(_key_rest):
            return self._colon
        if character == "}" and self._comma is not None:
            return self._close_after_comma(self._comma)
        found = _word.match(self.text, self.at)
        raise faults.no_key(self.text, self.at, found.group() if found else "")

    def _colon(self) -> _Step:
        if self._character(between=True) != ":":
            raise faults.no_colon(self.text, self.at)
        self.at += 1
        self._comma = None
        return self._value

    def _after_value(self) -> _Step | None:
        if not self._open:
            if self.at < len(self.text):
                raise faults.after_the_end(self.text, self.at)
            return None
        character, opener = self._character(), self._opener()
        if character == ",":
            self._comma = self.at
            self.at += 1
            return self._key if opener == "{" else self._value
        if character == _CLOSER[opener]:
            return self._close()
        if character in "]}":
            raise faults.wrong_closer(self.text, self.at, self._open[-1])
        raise faults.no_comma(self.text, self.at, opener)

    def _close_after_comma(self, comma: int) -> _Step:
        self._extra_commas.append((comma, self.at))
        self.edits.append((comma, comma + 1, " "))
        return self._close()

    def _close(self) -> _Step:
        self._open.pop()
        self.at += 1
        return self._after_value


def _end_of_hole(text: str, at: int, rest: re.Pattern[str]) -> int | None:
    """Where the bare placeholder at `at` ends, None if there is none. (`{{` may also be an object that lacks a key.)"""
    if not text.startswith(("${", "{{"), at):
        return None
    depth = 0
    for brace in _brace.finditer(text, at):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            if text[at] == "{" and not (brace.start() > at + 3 and text[brace.start() - 1] == "}"):
                return None
            return rest.match(text, brace.end()).end()  # type: ignore[union-attr]
    return None

"""The text of an intrinsic function call to a tree with positions.

Amazon States Language, "Intrinsic Functions": `States.Name(argument, ...)`, where an argument is a call, a
path, a 'text', a number, true, false or null. In a text, `\\'`, `\\\\`, `\\{` and `\\}` stand for the
character after the backslash; `\\n`, `\\r` and `\\t` are accepted too. AWS refuses any other (recorded:
`escape-sequences-illegal-intrinsic-function`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from asl_engine.query.intrinsics.errors import IntrinsicSyntaxError, Problem

MAX_NESTING: Final = 10
"""Calls inside of calls that AWS documents as its limit."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_BLANKS: Final = re.compile(r"\s*")
_TEXT: Final = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"'": "'", "\\": "\\", "{": "{", "}": "}", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number, boolean or null. `raw` is what stands between the quotes of a text."""

    value: Any
    position: int
    raw: str = ""


@dataclass(frozen=True, slots=True)
class PathArgument:
    """A JSONPath with any root."""

    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """`States.Name(arguments)`; `text` is the call as written."""

    name: str
    arguments: tuple[Argument, ...]
    position: int
    text: str


Argument = Literal | PathArgument | Call


def parse_intrinsic(text: str) -> Call:
    """The tree of a call. Raises `IntrinsicSyntaxError` at the first character that fits no rule."""
    return _Parser(text).parse()


def is_intrinsic(text: str) -> bool:
    """Whether a text is meant as a call of an intrinsic function: it begins with `States.`."""
    return text.lstrip().startswith("States.")


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def parse(self) -> Call:
        self.skip_blanks()
        call = self.call()
        self.skip_blanks()
        if self.position < len(self.text):
            self.fail("Nothing may follow the closing parenthesis")
        return call

    def fail(self, message: str, position: int | None = None) -> NoReturn:
        at = self.position if position is None else position
        raise IntrinsicSyntaxError((Problem(message, at),))

    def skip_blanks(self) -> None:
        blanks = _BLANKS.match(self.text, self.position)
        assert blanks is not None
        self.position = blanks.end()

    def takes(self, character: str) -> bool:
        self.skip_blanks()
        if self.text[self.position : self.position + 1] != character:
            return False
        self.position += 1
        return True

    def call(self) -> Call:
        begin = self.position
        name = _NAME.match(self.text, begin)
        if name is None:
            self.fail("Expected a function, such as States.Format('{}', $.name)")
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"At most {MAX_NESTING} functions can be nested")
        self.position = name.end()
        if not self.takes("("):
            self.fail(f"Expected ( after {name.group()}")
        arguments = self.arguments()
        self.depth -= 1
        return Call(name.group(), arguments, begin, self.text[begin : self.position])

    def arguments(self) -> tuple[Argument, ...]:
        arguments: list[Argument] = []
        if self.takes(")"):
            return ()
        while True:
            self.skip_blanks()
            arguments.append(self.argument())
            if self.takes(")"):
                return tuple(arguments)
            if not self.takes(","):
                self.fail("Expected , or ) after the argument")

    def argument(self) -> Argument:
        character = self.text[self.position : self.position + 1]
        if character == "'":
            return self.string()
        if character == "$":
            return self.path()
        if character in "-0123456789" and character:
            return self.number()
        return self.word_or_call()

    def string(self) -> Literal:
        begin = self.position
        found = _TEXT.match(self.text, begin)
        if found is None:
            self.fail("The text has no closing quote '")
        self.position = found.end()
        for escape in _ESCAPE.finditer(found[1]):
            if escape[1] not in _ESCAPES:
                self.fail(
                    f"\\{escape[1]} is no escape; a backslash may stand before ' \\ {{ and }}",
                    begin + 1 + escape.start(),
                )
        return Literal(unescape(found[1]), begin, found[1])

    def number(self) -> Literal:
        begin = self.position
        found = _NUMBER.match(self.text, begin)
        if found is None:
            self.fail("Expected digits after -")
        self.position = found.end()
        digits = found.group()
        if len(digits) > 300:
            self.fail("The number is too long", begin)
        value: Any = float(digits) if re.search("[.eE]", digits) else int(digits)
        if value in (float("inf"), float("-inf")):
            self.fail("The number is too large", begin)
        return Literal(value, begin)

    def word_or_call(self) -> Argument:
        begin = self.position
        name = _NAME.match(self.text, begin)
        if name is None:
            self.fail("Expected an argument: a path, a 'text', a number, true, false, null or a function")
        if name.group() in _WORDS:
            self.position = name.end()
            return Literal(_WORDS[name.group()], begin)
        return self.call()

    def path(self) -> PathArgument:
        """Up to the comma or parenthesis that is not inside brackets, parentheses or quotes of the path."""
        begin = self.position
        closers: list[str] = []
        quoted = False
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == "'" and closers:
                quoted = not quoted
            elif quoted:
                pass
            elif character in "([":
                closers.append(")" if character == "(" else "]")
            elif closers and character == closers[-1]:
                closers.pop()
            elif not closers and character in ",)":
                break
            self.position += 1
        return PathArgument(self.text[begin : self.position].rstrip(), begin)


def unescape(raw: str) -> str:
    """The text that a raw one stands for; an unknown escape stands for its character."""
    if "\\" not in raw:
        return raw
    return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), raw)

"""The tokens of a JSONata expression, one at a time: what `/` means depends on the parser's place."""

from __future__ import annotations

import re
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError

_COMMON: Final = re.compile(
    r"[ \t\n\r\v]*(?:"
    r"(\.\.|:=|!=|>=|<=|\*\*|~>|[.\[\]{}(),@#;:?+\-*%|=<>^&!~])"
    r"|((?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?)"
    r"""|"([^"\\]*)"|'([^'\\]*)'"""
    r"|([^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~\"'`][^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]*))"
)
"""The tokens that mean the same everywhere: operators but `/`, numbers, strings without escapes, names."""

_SKIP: Final = re.compile(r"(?:[ \t\n\r\v]+|/\*[\s\S]*?\*/)*")
_OPERATOR: Final = re.compile(r"\.\.|:=|!=|>=|<=|\*\*|~>|[.\[\]{}(),@#;:?+\-*/%|=<>^&!~]")
_PLAIN_STRING: Final = re.compile(r""""([^"\\]*)"|'([^'\\]*)'""")
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]*)(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_NAME: Final = re.compile(r"[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]*")
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_SURROGATE_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final[dict[str, tuple[str, Any]]] = {
    "or": ("operator", "or"),
    "in": ("operator", "in"),
    "and": ("operator", "and"),
    "true": ("value", True),
    "false": ("value", False),
    "null": ("value", None),
}
_EXACT: Final = 2**53

Token = tuple[str, Any, int]
"""(type, value, position just behind it). Types: operator, string, number, value, name, variable, regex."""


def join_surrogates(text: str) -> str:
    """`text` with every pair of surrogates as the one character that it means in JavaScript."""

    def join(match: re.Match[str]) -> str:
        return match.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le")

    return _SURROGATE_PAIR.sub(join, text)


class Lexer:
    """`next(infix)` gives the next `Token` of `text`, or None at its end. Raises `JsonataError` (S01xx, S03xx)."""

    __slots__ = ("length", "position", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.length = len(text)
        self.position = 0

    def next(self, infix: bool = False) -> Token | None:
        """The token here. With `infix`, a `/` divides; else it opens a regular expression."""
        text = self.text
        found = _COMMON.match(text, self.position)
        if found is not None:
            self.position = end = found.end()
            group = found.lastindex
            if group == 1:
                return ("operator", found[1], end)
            return self._common(found, group or 0, end)
        start = _SKIP.match(text, self.position).end()  # type: ignore[union-attr]  # it always matches
        if start >= self.length:
            self.position = self.length
            return None
        char = text[start]
        if char == "/":
            if text.startswith("/*", start):
                raise JsonataError("S0106", position=start)
            if not infix:
                self.position = start + 1
                value = self._regex()
                return ("regex", value, self.position)
        if (found := _OPERATOR.match(text, start)) is not None:
            self.position = found.end()
            return ("operator", found.group(), self.position)
        if char == '"' or char == "'":
            return self._string(start)
        if (found := _NUMBER.match(text, start)) is not None:
            return self._number(found.group(), start, found.end())
        if char == "`":
            return self._quoted_name(start + 1)
        return self._name(start)

    def _common(self, found: re.Match[str], group: int, end: int) -> Token:
        value = found[group]
        if group == 5:
            if value[0] == "$":
                return ("variable", value[1:], end)
            kind, meaning = _WORDS.get(value, ("name", value))
            return (kind, meaning, end)
        return ("string", value, end) if group > 2 else self._number(value, found.start(group), end)

    def _name(self, start: int) -> Token:
        self.position = end = _NAME.match(self.text, start).end()  # type: ignore[union-attr]  # it always matches
        if self.text[start] == "$":
            return ("variable", self.text[start + 1 : end], end)
        name = self.text[start:end]
        kind, value = _WORDS.get(name, ("name", name))
        return (kind, value, end)

    def _quoted_name(self, start: int) -> Token:
        end = self.text.find("`", start)
        if end < 0:
            raise JsonataError("S0105", position=self.length)
        self.position = end + 1
        return ("name", self.text[start:end], end + 1)

    def _number(self, digits: str, start: int, end: int) -> Token:
        self.position = end
        if len(digits) < 16 and digits.isdigit():
            return ("number", int(digits), end)
        number = float(digits)
        if number - number != 0.0:
            raise JsonataError("S0102", position=start, token=digits)
        exact = number.is_integer() and abs(number) <= _EXACT
        return ("number", int(number) if exact else number, self.position)

    def _string(self, start: int) -> Token:
        found = _PLAIN_STRING.match(self.text, start)
        if found is not None:
            self.position = found.end()
            first, second = found.groups()
            return ("string", second if first is None else first, self.position)
        return self._escaped_string(start)

    def _escaped_string(self, start: int) -> Token:
        text, length = self.text, self.length
        quote = text[start]
        parts: list[str] = []
        position = start + 1
        while position < length:
            char = text[position]
            if char == quote:
                self.position = position + 1
                return ("string", join_surrogates("".join(parts)), self.position)
            if char == "\\":
                char, position = self._escape(position + 1)
            parts.append(char)
            position += 1
        raise JsonataError("S0101", position=position)

    def _escape(self, position: int) -> tuple[str, int]:
        """The character that the escape sequence here means, and the offset of its last character."""
        char = self.text[position : position + 1]
        if char in _ESCAPES:
            return _ESCAPES[char], position
        if char != "u":
            raise JsonataError("S0103", position=position, token=char)
        digits = self.text[position + 1 : position + 5]
        if _HEX.fullmatch(digits) is None:
            raise JsonataError("S0104", position=position)
        return chr(int(digits, 16)), position + 4

    def _regex(self) -> tuple[str, str]:
        """(pattern, flags) of the regular expression whose opening slash was read."""
        text, start = self.text, self.position
        depth = 0
        backslashes = 0
        for position in range(start, self.length):
            char = text[position]
            if char == "/" and depth == 0 and backslashes % 2 == 0:
                return self._regex_flags(start, position)
            if backslashes == 0:
                if char in "([{":
                    depth += 1
                elif char in ")]}":
                    depth -= 1
            backslashes = backslashes + 1 if char == "\\" else 0
        raise JsonataError("S0302", position=self.length)

    def _regex_flags(self, start: int, end: int) -> tuple[str, str]:
        if start == end:
            raise JsonataError("S0301", position=end)
        position = end + 1
        while self.text[position : position + 1] in ("i", "m"):
            position += 1
        self.position = position
        return self.text[start:end], self.text[end + 1 : position]

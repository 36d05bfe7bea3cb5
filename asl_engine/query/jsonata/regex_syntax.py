"""Reads a JavaScript regular expression (no `u` flag, with the old web syntax of Annex B) into a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.regex_sets import Ranges, close_under_case, complement, union
from asl_engine.query.jsonata.utf16 import JS_WHITE_SPACE

MOST_NESTING: Final = 100
_DIGITS: Final[Ranges] = ((48, 57),)
_WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Final[Ranges] = tuple((ord(c), ord(c)) for c in sorted(JS_WHITE_SPACE))
LINE_ENDS: Final = "\n\r\u2028\u2029"
_LINE_END_RANGES: Final[Ranges] = tuple((ord(c), ord(c)) for c in LINE_ENDS)
_CONTROLS: Final = {"f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HEXADECIMAL: Final = "0123456789abcdefABCDEF"


@dataclass(frozen=True, slots=True)
class Set:
    """One character out of `ranges` (sorted, inclusive, already closed under case where `i` is set)."""

    ranges: Ranges

    def __contains__(self, character: str) -> bool:
        code = ord(character)
        return any(first <= code <= last for first, last in self.ranges)


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`index` counts captures from 1; 0 does not capture."""

    body: Node
    index: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """`captures` are the indexes of the groups inside: from the first up to, not including, the second."""

    body: Node
    least: int
    most: int | None
    lazy: bool
    captures: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """Looks ahead, or behind, for `body` being (or not being) there."""

    body: Node
    behind: bool
    negative: bool


@dataclass(frozen=True, slots=True)
class Backreference:
    index: int


@dataclass(frozen=True, slots=True)
class Edge:
    """start, end, line start, line end, word, not word."""

    kind: str


Node = Set | Sequence | Choice | Group | Repeat | Look | Backreference | Edge


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole pattern. `ignore_case` says how back references compare."""

    root: Node
    groups: int
    ignore_case: bool


# --- the parser ------------------------------------------------------------------------------------


def parse_regex(pattern: str, flags: str) -> Tree:
    """The tree of a pattern of UTF-16 units; `flags` has `i` and `m`, others are not looked at.

    Raises JsonataError S0201 with the place and the reason where the pattern is not valid."""
    return _Parser(pattern, "i" in flags, "m" in flags).tree()


class _Parser:
    def __init__(self, text: str, ignore_case: bool, multiline: bool) -> None:
        self._text = text
        self._at = 0
        self._ignore_case = ignore_case
        self._multiline = multiline
        self._groups = 0
        self._depth = 0
        self._total, self._names = self._count_groups()

    def tree(self) -> Tree:
        root = self._choice()
        if self._at < len(self._text):
            self._fail("unmatched )")
        return Tree(root, self._groups, self._ignore_case)

    def _fail(self, reason: str, at: int | None = None) -> NoReturn:
        place = self._at if at is None else at
        raise JsonataError("S0201", token=f"/{self._text}/ ({reason})", offset=place, reason=reason)

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _take(self, text: str) -> bool:
        if self._text.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def _next(self) -> str:
        character = self._text[self._at : self._at + 1]
        self._at += 1
        return character

    def _count_groups(self) -> tuple[int, dict[str, int]]:
        """How many groups capture, and the names of those that have one: both are known before the end."""
        count, names, at, in_class = 0, {}, 0, False
        text = self._text
        while at < len(text):
            character = text[at]
            if character == "\\":
                at += 1
            elif in_class:
                in_class = character != "]"
            elif character == "[":
                in_class = True
            elif character == "(":
                if not text.startswith("(?", at):
                    count += 1
                elif text.startswith("(?<", at) and text[at + 3 : at + 4] not in ("=", "!"):
                    count += 1
                    names[text[at + 3 :].partition(">")[0]] = count
            at += 1
        return count, names

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > MOST_NESTING:
            self._fail(f"more than {MOST_NESTING} nested groups")
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        self._depth -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            items.append(self._term())
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _term(self) -> Node:
        before = self._groups + 1
        start = self._at
        node, repeatable = self._atom()
        quantifier = self._quantifier()
        if quantifier is None:
            return node
        if not repeatable:
            self._fail("nothing to repeat", start)
        least, most, lazy = quantifier
        return Repeat(node, least, most, lazy, (before, self._groups + 1))

    def _atom(self) -> tuple[Node, bool]:
        """One atom or assertion, and whether it can be repeated."""
        character = self._text[self._at]
        if character in "*+?" or (character == "{" and self._braces() is not None):
            self._fail("nothing to repeat")
        if character == "(":
            return self._group()
        self._at += 1
        if character == "^":
            return Edge("line start" if self._multiline else "start"), False
        if character == "$":
            return Edge("line end" if self._multiline else "end"), False
        if character == ".":
            return Set(complement(_LINE_END_RANGES)), True
        if character == "[":
            return self._class(), True
        if character == "\\":
            return self._escape()
        return self._literal(ord(character)), True

    def _literal(self, code: int) -> Set:
        return self._set(((code, code),))

    def _set(self, ranges: Ranges) -> Set:
        return Set(close_under_case(ranges) if self._ignore_case else ranges)

    def _quantifier(self) -> tuple[int, int | None, bool] | None:
        found: tuple[int, int | None] | None
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                found = counts
                break
        else:
            braces = self._braces()
            if braces is None:
                return None
            *counts_in_braces, self._at = braces
            found = (counts_in_braces[0] or 0, counts_in_braces[1])
        least, most = found
        if most is not None and most < least:
            self._fail("numbers out of order in {} quantifier")
        return least, most, self._take("?")

    def _braces(self) -> tuple[int, int | None, int] | None:
        """Least, most and the end of `{2}`, `{2,}` or `{2,3}`; None where `{` stands for itself."""
        if not self._peek("{"):
            return None
        end = self._text.find("}", self._at)
        first, comma, second = self._text[self._at + 1 : max(end, 0)].partition(",")
        if end == -1 or not _is_number(first) or not (not second or _is_number(second)):
            return None
        least = _count(first)
        return least, (_count(second) if second else None if comma else least), end + 1

    def _group(self) -> tuple[Node, bool]:
        start = self._at
        self._at += 1
        behind = self._peek("?<=") or self._peek("?<!")
        if behind or self._peek("?=") or self._peek("?!"):
            negative = self._text[self._at + (2 if behind else 1)] == "!"
            self._at += 3 if behind else 2
            return Look(self._body(start), behind, negative), not behind
        if self._take("?:"):
            return Group(self._body(start), 0), True
        if self._take("?<"):
            self._name()
        elif self._peek("?"):
            self._fail("invalid group")
        self._groups += 1
        index = self._groups
        return Group(self._body(start), index), True

    def _body(self, start: int) -> Node:
        body = self._choice()
        if not self._take(")"):
            self._fail("unterminated group", start)
        return body

    def _name(self) -> str:
        name, closed, _ = self._text[self._at :].partition(">")
        if not closed or not name.replace("$", "_").isidentifier():
            self._fail("invalid capture group name")
        if self._names.get(name) != self._groups + 1 and self._groups + 1 <= self._total:
            self._fail("duplicate capture group name")
        self._at += len(name) + 1
        return name

    # --- escapes and classes

    def _escape(self) -> tuple[Node, bool]:
        start = self._at - 1
        if self._at >= len(self._text):
            self._fail("\\ at end of pattern", start)
        character = self._text[self._at]
        if character in "bB":
            self._at += 1
            return Edge("word" if character == "b" else "not word"), False
        if character == "k" and self._names:
            return self._named_reference(), True
        if character in "123456789":
            index, end = self._decimal()
            if index <= self._total:
                self._at = end
                return Backreference(index), True
        ranges = self._class_of_escape()
        if ranges is not None:
            return Set(ranges), True
        return self._literal(self._character_escape(in_class=False)), True

    def _named_reference(self) -> Backreference:
        self._at += 1
        name, closed, _ = self._text[self._at + 1 :].partition(">")
        if not self._peek("<") or not closed or name not in self._names:
            self._fail("invalid named reference")
        self._at += len(name) + 2
        return Backreference(self._names[name])

    def _decimal(self) -> tuple[int, int]:
        end = self._at
        while end < len(self._text) and "0" <= self._text[end] <= "9" and end < self._at + 9:
            end += 1
        return int(self._text[self._at : end]), end

    def _class_of_escape(self) -> Ranges | None:
        ranges = {"d": _DIGITS, "w": _WORD, "s": _SPACE}.get(self._text[self._at].lower())
        if ranges is None:
            return None
        ordered = union(ranges)
        return ordered if self._next().islower() else complement(ordered)

    def _character_escape(self, in_class: bool) -> int:
        """The unit that an escape stands for; the backslash is behind us."""
        character = self._next()
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "c":
            return self._control(in_class)
        if character == "x":
            return self._hexadecimal(2, "x")
        if character == "u":
            return self._hexadecimal(4, "u")
        if "0" <= character <= "7":
            return self._octal(character)
        return ord(character)

    def _control(self, in_class: bool) -> int:
        letter = self._text[self._at : self._at + 1]
        if letter and (letter in _LETTERS or (in_class and (letter == "_" or "0" <= letter <= "9"))):
            self._at += 1
            return ord(letter) % 32
        self._at -= 1  # the backslash stands for itself
        return ord("\\")

    def _hexadecimal(self, count: int, otherwise: str) -> int:
        digits = self._text[self._at : self._at + count]
        if len(digits) < count or any(digit not in _HEXADECIMAL for digit in digits):
            return ord(otherwise)
        self._at += count
        return int(digits, 16)

    def _octal(self, first: str) -> int:
        digits = first
        longest = 3 if first in "0123" else 2
        while len(digits) < longest and "0" <= self._text[self._at : self._at + 1] <= "7":
            if not self._text[self._at : self._at + 1]:
                break
            digits += self._next()
        return int(digits, 8)

    def _class(self) -> Set:
        start = self._at - 1
        negative = self._take("^")
        parts: list[Ranges] = []
        while not self._take("]"):
            parts.append(self._class_range(start))
        ranges = union(*parts)
        if self._ignore_case:
            ranges = close_under_case(ranges)
        return Set(complement(ranges) if negative else ranges)

    def _class_range(self, start: int) -> Ranges:
        first = self._class_atom(start)
        if not self._peek("-") or self._text[self._at + 1 : self._at + 2] in ("]", ""):
            return first
        self._at += 1
        last = self._class_atom(start)
        if len(first) > 1 or len(last) > 1 or first[0][0] != first[0][1] or last[0][0] != last[0][1]:
            return union(first, ((45, 45),), last)  # `[\d-x]`: the hyphen stands for itself
        if first[0][0] > last[0][0]:
            self._fail("range out of order in character class")
        return ((first[0][0], last[0][0]),)

    def _class_atom(self, start: int) -> Ranges:
        if self._at >= len(self._text):
            self._fail("unterminated character class", start)
        character = self._next()
        if character != "\\":
            code = ord(character)
        elif self._at >= len(self._text):
            self._fail("\\ at end of pattern")
        elif (ranges := self._class_of_escape()) is not None:
            return ranges
        elif self._take("b"):
            code = 8
        else:
            code = self._character_escape(in_class=True)
        return ((code, code),)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _count(digits: str) -> int:
    return int(digits) if len(digits) < 10 else 2**31 - 2

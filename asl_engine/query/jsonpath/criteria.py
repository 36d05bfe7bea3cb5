"""The text of a filter, `[?(@.a == 'x' && !@.b)]`, to a tree of conditions.

Jayway 2.0.0 reads a criterion by searching its text for the first operator of `OPERATORS` that occurs
anywhere in it. What stands on either side is a path, a 'text', a /pattern/, or else a bare text: numbers,
true, null and unquoted words are texts until they are compared.
"""

from __future__ import annotations

from typing import Final

from asl_engine.query.jsonpath.errors import PathSyntaxError
from asl_engine.query.jsonpath.steps import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Operand,
    ParsedPath,
    Pattern,
)

OPERATORS: Final = ("==", ">=", "<=", "!=", "<", ">", "=~")
MAX_FILTER_DEPTH: Final = 20
"""Nested parentheses and filters inside filters: deeper ones are refused before they exhaust the stack."""


def parse_filter(fragment: str, offset: int) -> Condition:
    """The condition of `fragment`, which runs from `[` to `]`. Raises `PathSyntaxError`."""
    inner = fragment[1:-1].strip()
    body = inner[1:].strip()
    if not (inner.startswith("?") and body.startswith("(") and body.endswith(")")):
        raise PathSyntaxError("A filter is written [?(@.name == 'value')]", offset)
    begin = fragment.index("(") + 1
    end = fragment.rindex(")")
    if fragment.count("(") > MAX_FILTER_DEPTH or fragment.count("[") > MAX_FILTER_DEPTH:
        raise PathSyntaxError(f"A filter nests {MAX_FILTER_DEPTH} parentheses at most", offset)
    return _FilterParser(fragment[begin:end], offset + begin).parse()


class _FilterParser:
    """Recursive descent: `||` of `&&` of criteria and parentheses."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.position = 0

    def parse(self) -> Condition:
        condition = self.any_of()
        if self.position < len(self.text):
            raise self.error("The parentheses of the filter do not match")
        return condition

    def error(self, message: str) -> PathSyntaxError:
        return PathSyntaxError(message, self.offset + self.position)

    def any_of(self) -> Condition:
        conditions = [self.all_of()]
        while self.takes("||"):
            conditions.append(self.all_of())
        return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))

    def all_of(self) -> Condition:
        conditions = [self.operand()]
        while self.takes("&&"):
            conditions.append(self.operand())
        return conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))

    def operand(self) -> Condition:
        if not self.takes("("):
            return self.criterion()
        inner = self.any_of()
        if not self.takes(")"):
            raise self.error("A closing parenthesis is missing in the filter")
        return inner

    def takes(self, token: str) -> bool:
        while self.text[self.position : self.position + 1] == " ":
            self.position += 1
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def criterion(self) -> Condition:
        begin = self.position
        self.position = self.criterion_end()
        text = self.text[begin : self.position].strip()
        if not text:
            raise self.error("A condition is missing in the filter, such as @.name == 'value'")
        return parse_criterion(text, self.offset + begin)

    def criterion_end(self) -> int:
        """The first `&&`, `||` or unmatched `)` outside of 'quotes' and a /pattern/."""
        depth = 0
        quote = ""
        previous = ""
        solid = ""  # the last two characters that are no blanks
        for index in range(self.position, len(self.text)):
            character = self.text[index]
            if quote:
                if character == quote and previous != "\\":
                    quote = ""
            elif character == "'" or (character == "/" and solid == "=~"):
                quote = character
            elif character == "(":
                depth += 1
            elif character == ")":
                depth -= 1
                if depth < 0:
                    return index
            elif depth == 0 and self.text[index : index + 2] in ("&&", "||"):
                return index
            previous = character
            solid = solid if character == " " else (solid + character)[-2:]
        if quote:
            raise self.error(f"A {quote} in the filter is not closed")
        return len(self.text)


def parse_criterion(text: str, offset: int) -> Condition:
    """One comparison, or the test that a path exists."""
    for operator in OPERATORS:
        left, found, right = text.partition(operator)
        if found:
            return _comparison(_operand(left.strip(), offset), operator, _operand(right.strip(), offset), offset)
    if text.startswith("!"):
        return Exists(_existing(text[1:].strip(), offset), wanted=False)
    return Exists(_existing(text, offset), wanted=True)


def _comparison(left: Operand, operator: str, right: Operand, offset: int) -> Compare:
    if operator == "=~" and not isinstance(right, Pattern) and not isinstance(left, Pattern):
        raise PathSyntaxError("One side of =~ is a pattern: [?(@.name =~ /ab.*/i)]", offset)
    return Compare(left, operator, right)


def _existing(text: str, offset: int) -> ParsedPath:
    if not text.startswith(("@", "$")):
        raise PathSyntaxError(f"{text} is no condition; compare it, or write a path: @.name", offset)
    return _filter_path(text, offset)


def _operand(text: str, offset: int) -> Operand:
    if text.startswith(("@", "$")):
        return _filter_path(text, offset)
    if text.startswith("!@"):
        raise PathSyntaxError("! can only be put before a path that is not compared: [?(!@.name)]", offset)
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("\\'", "'")
    if len(text) > 1 and text[0] == "/" and text.endswith(("/", "/i")):
        source, _, flags = text[1:].rpartition("/")
        return Pattern(source, flags)
    return text


def _filter_path(text: str, offset: int) -> ParsedPath:
    """`@` is the element that is tested, `$` the root of the document."""
    from asl_engine.query.jsonpath.parse import parse_path, parsed

    try:
        path = parse_path("$" + text[1:])
    except PathSyntaxError as error:
        raise PathSyntaxError(error.message, offset + error.position) from None
    if path.root != "input":
        raise PathSyntaxError(f"{text}: a filter knows only @ and $", offset)
    if not path.definite:
        raise PathSyntaxError(f"{text} in a filter may have only names and single indexes", offset)
    return parsed(text, "input", "", path.steps)

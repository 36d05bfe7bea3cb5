"""From a path as Jayway 2.0.0 reads it to one that jsonpath-ng parses, and from its tree to our steps.

The two grammars differ in names (jsonpath-ng wants most of them quoted), in white space, in what may
stand in brackets, and in filters. So the path is rewritten component by component into the part of
jsonpath-ng's language where both agree: `$['=a'][0]..['=b'][?(@['0'])]`.

- Every name is quoted and marked with `=`, so that `'*'` stays a name; `['!']` is Jayway's empty list of
  names, `['<-1']` is `[(@.length-1)]`, which jsonpath-ng cannot spell.
- A filter is replaced by its number, as Jayway does itself (`[?]`); `criteria` parses its text.

Jayway takes brackets as they come: it reads on to the first character that tells what they hold, and
ignores the others (`[(0)]` and `["0"]` are index 0). The oracle shows it, so it is followed here.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Final

from asl_engine.query.jsonpath.criteria import parse_filter
from asl_engine.query.jsonpath.errors import PathSyntaxError
from asl_engine.query.jsonpath.steps import (
    MAX_STEPS,
    Condition,
    Filter,
    FromEnd,
    Index,
    Indexes,
    Names,
    Scan,
    Slice,
    Step,
    Wildcard,
)

if TYPE_CHECKING:
    from jsonpath_ng import JSONPath

_BEGINS_CONTENT: Final = re.compile(r"[?'@:\-0-9]")
_NUMBERS: Final = re.compile(r"[\d,: \-]+", re.ASCII)
_SLICE: Final = re.compile(r"(-?\d{1,10})?:(-?\d{1,10})?(?::.*)?", re.ASCII)
_INDEXES: Final = re.compile(r"-?\d{1,10}(?:,-?\d{1,10})*", re.ASCII)
_FROM_END: Final = re.compile(r"@[.](?:length|size\(\))(-\d{1,10})\)", re.ASCII)
_DOTTED: Final = re.compile(r"[^.\[ ]*")

MAX_COMPONENTS: Final = 2 * MAX_STEPS  # dots count as components

_lock: Final = threading.Lock()
_parser: list[Any] = []


def parse_steps(rest: str, offset: int) -> tuple[Step, ...]:
    """The steps of a path given without its root. `offset` is where `rest` begins in the whole text."""
    rewriter = _Rewriter(rest, offset)
    rewritten = rewriter.rewrite()
    return _steps_of(_parse(rewritten, offset), rewriter.filters)


class _Rewriter:
    """One walk over a path's text. `filters` collects the conditions that were replaced by numbers."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.position = 0
        self.filters: list[Condition] = []

    def rewrite(self) -> str:
        if self.text[:1] not in (".", "["):
            raise self.error("A path goes on with . or [ after its root")
        parts = ["$"]
        while self.position < len(self.text):
            parts.append(self.component())
            if len(parts) > MAX_COMPONENTS:
                raise self.error(f"A path has at most {MAX_STEPS} steps")
        if parts[-1] == "..":
            raise self.error("A path cannot end with ..; name what is searched, as in $..price")
        return "".join(parts)

    def error(self, message: str) -> PathSyntaxError:
        return PathSyntaxError(message, self.offset + self.position)

    def component(self) -> str:
        character = self.text[self.position]
        if character == "[":
            return self.bracket()
        if character == ".":
            return self.dot()
        if character == "*":
            self.position += 1
            return "[*]"
        return self.dotted_name()

    def dot(self) -> str:
        self.position += 1
        following = self.text[self.position : self.position + 1]
        if following == ".":
            self.position += 1
            return ".."
        if not following:
            raise self.error("A path cannot end with a dot")
        return "" if following == "[" else self.dotted_name()

    def dotted_name(self) -> str:
        found = _DOTTED.match(self.text, self.position)
        name = found.group() if found else ""
        end = self.position + len(name)
        if self.text[end : end + 1] == " ":
            self.position = end
            raise self.error("A blank is not possible in a path; a name with blanks is written ['like this']")
        rewritten = "[*]" if name == "*" else self.names(f"['{name}']")
        self.position = end
        return rewritten

    def bracket(self) -> str:
        fragment = self.fragment()
        rewritten = self.bracketed(fragment)
        self.position += len(fragment)
        return rewritten

    def fragment(self) -> str:
        """The text up to the bracket that closes this one. Quotes do not count, as in Jayway 2.0.0."""
        depth = 0
        for end in range(self.position, len(self.text)):
            if self.text[end] == "[":
                depth += 1
            elif self.text[end] == "]":
                depth -= 1
                if depth == 0:
                    return self.text[self.position : end + 1]
        raise self.error("The bracket [ is not closed")

    def bracketed(self, fragment: str) -> str:
        if fragment == "[*]":
            return fragment
        begin = _BEGINS_CONTENT.search(fragment)
        if begin is None:
            raise self.error(f"{fragment} holds no 'name' in single quotes, index, slice, * or filter")
        if begin.group() == "?":
            return self.filter(fragment)
        if begin.group() == "'":
            return self.names(fragment)
        return self.numbers(fragment, begin.start())

    def filter(self, fragment: str) -> str:
        self.filters.append(parse_filter(fragment, self.offset + self.position))
        return f"[?(@['{len(self.filters) - 1}'])]"

    def names(self, fragment: str) -> str:
        """`['a', 'b']`: what stands between two quotes is a name, up to the first `]`."""
        quoted = fragment[: fragment.index("]")].split("'")
        names = [name.replace("\\", "\\\\") for name in quoted[1 : len(quoted) - 1 : 2]]
        if not names:
            return "['!']"
        return "[" + ",".join(f"'={name}'" for name in names) + "]"

    def numbers(self, fragment: str, begin: int) -> str:
        if fragment[begin] == "@":
            return self.from_end(fragment[begin:])
        numbers = _NUMBERS.match(fragment, begin)
        content = numbers.group().replace(" ", "") if numbers else ""
        bounds = _SLICE.fullmatch(content)
        if bounds and (bounds[1] or bounds[2]):
            return f"[{bounds[1] or ''}:{bounds[2] or ''}]"
        if _INDEXES.fullmatch(content):
            return f"[{content}]"
        raise self.error(f"{fragment} is no index, no list of indexes and no slice")

    def from_end(self, content: str) -> str:
        found = _FROM_END.match(content.replace(" ", ""))
        if found is None:
            raise self.error("The only function in brackets is the length: [(@.length-1)]")
        return f"['<{found[1]}']"


def _parse(text: str, offset: int) -> JSONPath:
    """jsonpath-ng's tree. Its parser object is expensive to make and not thread-safe, so there is one."""
    from jsonpath_ng.exceptions import JSONPathError

    with _lock:
        if not _parser:
            from jsonpath_ng.ext.parser import ExtendedJsonPathParser

            _parser.append(ExtendedJsonPathParser())
        try:
            tree: JSONPath = _parser[0].parse(text)
        except JSONPathError:
            raise PathSyntaxError("The path is no JSONPath", offset) from None
    return tree


def _steps_of(tree: JSONPath, filters: list[Condition]) -> tuple[Step, ...]:
    """The tree leans to the left: each node holds the path so far and one more selector."""
    from jsonpath_ng import Child, Descendants

    steps: list[Step] = []
    while isinstance(tree, (Child, Descendants)):
        steps.append(_step_of(tree.right, filters))
        if isinstance(tree, Descendants):
            steps.append(Scan())
        tree = tree.left
    return tuple(reversed(steps))


def _step_of(node: Any, filters: list[Condition]) -> Step:
    kind = type(node).__name__
    if kind == "Fields":
        return _names_of(node.fields)
    if kind == "Index":
        return Index(node.indices[0]) if len(node.indices) == 1 else Indexes(tuple(node.indices))
    if kind == "Filter":
        return Filter(filters[int(node.expressions[0].target.right.fields[0])])
    if kind == "Slice" and (node.start is not None or node.end is not None):
        return Slice(node.start, node.end)
    return Wildcard()


def _names_of(fields: tuple[str, ...]) -> Step:
    if fields[0][0] == "<":
        return FromEnd(int(fields[0][1:]))
    return Names(tuple(field[1:] for field in fields if field[0] == "="))

"""Regular expression literals with JavaScript's meaning, and searches that can be stopped.

The pattern is read as JavaScript reads it and written anew for PyPI `regex`, character sets and edges
spelled out, so that neither Unicode digits nor a last line end are taken otherwise than in JavaScript.
What `regex` cannot express goes to `regex_search`. Texts are searched as UTF-16 units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.regex_search import BacktrackingSearch
from asl_engine.query.jsonata.regex_syntax import (
    Backreference,
    Choice,
    Edge,
    Group,
    Look,
    Node,
    Repeat,
    Sequence,
    Set,
    Tree,
    parse_regex,
)
from asl_engine.query.jsonata.text_matching import Match
from asl_engine.query.jsonata.utf16 import characters, units
from asl_engine.query.scope import UNDEFINED
from asl_engine.values import on_fresh_stack

SEARCH_STEPS: Final = 2_000_000
"""What one search of our own matcher may take, and one more for each 16 units of the text."""

_SECONDS: Final = 0.25
_SECONDS_PER_UNIT: Final = 1e-6
"""How long PyPI `regex` is waited for, whose steps cannot be counted. Then our own matcher searches, which gives
the same answers and counts: so that no clock decides about the outcome, but for very long texts."""

_Offsets = list[tuple[int, int]]
_Search = Callable[[str, int], "_Offsets | None"]
_LINE: Final = r"[^\n\r\u2028\u2029]"
_WORD: Final = "[0-9A-Za-z_]"
_EDGES: Final = {
    "start": r"\A",
    "end": r"\Z",
    "line start": f"(?<!{_LINE})",
    "line end": f"(?!{_LINE})",
    "word": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "not word": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}


@dataclass(frozen=True, slots=True)
class Regex:
    """A compiled literal. `source` and `flags` are those of the literal; it is a function of the language."""

    source: str
    flags: str
    _search: _Search

    def first(self, text: str, start: int = 0) -> Match | None:
        """The first match at or behind the UTF-16 offset `start`. Raises U1002 when it takes too long."""
        return self._first(units(text), start)

    def following(self, text: str, end: int) -> Match | None:
        """The match behind one that ended at `end`. Raises D1004 for one without length, which never ends."""
        return self._following(units(text), end)

    def matches(self, text: str) -> Iterator[Match]:
        """One match after the other, as `$match` finds them. Raises as `following` does."""
        whole = units(text)
        found = self._first(whole, 0)
        while found is not None:
            yield found
            found = self._following(whole, found.end)

    def _first(self, text: str, start: int) -> Match | None:
        offsets = self._search(text, start) if start <= len(text) else None
        if offsets is None:
            return None
        whole, *groups = [UNDEFINED if a < 0 else characters(text[a:b]) for a, b in offsets]
        start, end = offsets[0]
        return Match(whole, start, end, groups)  # type: ignore[arg-type]

    def _following(self, text: str, end: int) -> Match | None:
        found = self._first(text, end) if end < len(text) else None
        if found is not None and not found.match:
            raise JsonataError("D1004", value=self.source)
        return found


@lru_cache(maxsize=512)
def compile_regex(pattern: str, flags: str = "") -> Regex:
    """A literal `/pattern/flags`. Raises JsonataError S0201 where the pattern is not valid: `more["offset"]` is
    the place in the pattern, `more["reason"]` what is wrong with it."""
    try:
        search = _compile(pattern, flags)
    except RecursionError:
        search = on_fresh_stack(_compile, pattern, flags)
    return Regex(pattern, flags, search)


def _compile(pattern: str, flags: str) -> _Search:
    tree = parse_regex(units(pattern), flags)
    if _is_simple(tree.root):
        return _search_with_regex(_written(tree.root), tree)
    return _search_ourselves(tree)


def _search_with_regex(written: str, tree: Tree) -> _Search:
    import regex

    compiled = regex.compile(written, regex.VERSION0)

    def search(text: str, start: int) -> _Offsets | None:
        try:
            found: Any = compiled.search(text, start, timeout=_SECONDS + _SECONDS_PER_UNIT * len(text))
            return None if found is None else list(found.regs)
        except TimeoutError:
            pass
        return _search_ourselves(tree)(text, start)

    return search


def _search_ourselves(tree: Tree) -> _Search:
    searcher = BacktrackingSearch(tree)
    return lambda text, start: searcher.search(text, start, SEARCH_STEPS + len(text) // 16)


# --- what PyPI `regex` can express -----------------------------------------------------------------


def _is_simple(node: Node) -> bool:
    """Whether `regex` gives the same answer: no back reference, nothing repeated that may be empty or that
    holds a group which may take no part in a round, no group in a look behind."""
    if isinstance(node, (Set, Edge)):
        return True
    if isinstance(node, Backreference):
        return False
    if isinstance(node, Repeat):
        if _may_be_empty(node.body) or (_has_group(node.body) and not _groups_always_match(node.body)):
            return False
    elif isinstance(node, Look) and node.behind and _has_group(node.body):
        return False
    return all(_is_simple(child) for child in _children(node))


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Choice):
        return node.options
    return (node.body,) if isinstance(node, (Group, Repeat, Look)) else ()


def _may_be_empty(node: Node) -> bool:
    if isinstance(node, Set):
        return False
    if isinstance(node, Sequence):
        return all(map(_may_be_empty, node.items))
    if isinstance(node, Choice):
        return any(map(_may_be_empty, node.options))
    if isinstance(node, Group):
        return _may_be_empty(node.body)
    return not isinstance(node, Repeat) or node.least == 0 or _may_be_empty(node.body)


def _has_group(node: Node) -> bool:
    return (isinstance(node, Group) and node.index > 0) or any(map(_has_group, _children(node)))


def _groups_always_match(node: Node) -> bool:
    if isinstance(node, (Choice, Look)) or (isinstance(node, Repeat) and node.least == 0):
        return not _has_group(node)
    return all(map(_groups_always_match, _children(node)))


def _written(node: Node) -> str:
    """The node in the syntax of PyPI `regex`."""
    if isinstance(node, Set):
        return _written_set(node)
    if isinstance(node, Sequence):
        return "".join(map(_written, node.items))
    if isinstance(node, Choice):
        return "(?:" + "|".join(map(_written, node.options)) + ")"
    if isinstance(node, Group):
        return ("(" if node.index else "(?:") + _written(node.body) + ")"
    if isinstance(node, Repeat):
        most = "" if node.most is None else node.most
        return f"(?:{_written(node.body)}){{{node.least},{most}}}{'?' if node.lazy else ''}"
    if isinstance(node, Look):
        return f"(?{'<' if node.behind else ''}{'!' if node.negative else '='}{_written(node.body)})"
    assert isinstance(node, Edge)
    return _EDGES[node.kind]


def _written_set(node: Set) -> str:
    if not node.ranges:
        return "(?!)"
    if len(node.ranges) == 1 and node.ranges[0][0] == node.ranges[0][1]:
        return _written_unit(node.ranges[0][0])
    return "[" + "".join(f"{_written_unit(a)}-{_written_unit(b)}" for a, b in node.ranges) + "]"


def _written_unit(code: int) -> str:
    character = chr(code)
    return character if character.isascii() and character.isalnum() else f"\\u{code:04x}"

"""Regular expressions and other matchers as function values, and what `$match` and its kin make of them."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from asl_engine.query.jsonata import strings, text_matching
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.runtime import Evaluation, Function, Native
from asl_engine.query.jsonata.sequences import Sequence, unwrap
from asl_engine.query.jsonata.text_matching import Match, Matcher
from asl_engine.query.scope import UNDEFINED

if TYPE_CHECKING:
    from asl_engine.query.jsonata.regex import Regex


_LONG_SEARCH_SECONDS: Final = 0.02
_STEPS_PER_SECOND: Final = 500_000


class RegexFunction(Function):
    """A regular expression: called with a text (and an offset) it gives its first match as an object."""

    __slots__ = ("position", "regex")

    truthy = False

    def __init__(self, regex: Regex, position: int) -> None:
        self.regex = regex
        self.position = position
        self.arity = 2

    def call(self, args: list[Any], context: Any, run: Evaluation) -> Any:
        text = strings.javascript_text(args[0] if args else UNDEFINED)
        start = args[1] if len(args) > 1 and args[1].__class__ is int and args[1] > 0 else 0
        began = monotonic()
        found = self.regex.first(text, start)
        _count_time(run, began)
        return self._object(found, text, run)

    def _object(self, match: Match | None, text: str, run: Evaluation) -> Any:
        if match is None:
            return UNDEFINED
        run.charge(1)

        def following(*_: Any) -> Any:
            try:
                found = self.regex.following(text, match.end)
            except JsonataError as error:
                error.position = self.position
                raise
            return self._object(found, text, run)

        return {
            "match": match.match,
            "start": match.start,
            "end": match.end,
            "groups": list(match.groups),
            "next": Native(following, 0),
        }


def is_function(value: Any) -> bool:
    """Whether a value is a function."""
    return isinstance(value, Function)


def matcher_of(run: Evaluation, pattern: Any) -> Any:
    """What the text functions take: a text as it is, a function as a `Matcher`."""
    if isinstance(pattern, RegexFunction):
        return _counted(run, pattern)
    if isinstance(pattern, Function):
        return text_matching.matches_of_function(_calling(run, pattern), is_function)
    return pattern


def _counted(run: Evaluation, pattern: RegexFunction) -> Matcher:
    def matches(text: str) -> Any:
        run.charge(1 + len(text) // 16)
        began = monotonic()
        try:
            for found in pattern.regex.matches(text):
                _count_time(run, began)
                run.charge_items(1)
                yield found
                began = monotonic()
            _count_time(run, began)
        except JsonataError as error:
            if error.position is None:
                error.position = pattern.position
            raise

    return matches


def _count_time(run: Evaluation, began: float) -> None:
    """A search that took long by the clock counts as the steps that it must have taken."""
    seconds = monotonic() - began
    if seconds > _LONG_SEARCH_SECONDS:
        run.charge(int(seconds * _STEPS_PER_SECOND))


def _calling(run: Evaluation, pattern: Function) -> Callable[..., Any]:
    def call(function: Any, *args: Any) -> Any:
        run.charge(1)
        return unwrap((pattern if function is None else function).call(list(args), None, run))

    return call


def contains(run: Evaluation, text: Any, pattern: Any = UNDEFINED) -> Any:
    """`$contains`."""
    return text_matching.contains(text, matcher_of(run, pattern))


def match(run: Evaluation, text: Any, pattern: Any = UNDEFINED, limit: Any = UNDEFINED) -> Any:
    """`$match`."""
    found = text_matching.match(text, matcher_of(run, pattern), limit)
    return found if found is UNDEFINED else Sequence(found)


def split(run: Evaluation, text: Any, separator: Any = UNDEFINED, limit: Any = UNDEFINED) -> Any:
    """`$split`."""
    parts = text_matching.split(text, matcher_of(run, separator), limit)
    if parts is not UNDEFINED:
        run.charge_items(len(parts))
    return parts


def replace(run: Evaluation, text: Any, pattern: Any = UNDEFINED, by: Any = UNDEFINED, limit: Any = UNDEFINED) -> Any:
    """`$replace`."""
    replacement = _replacer(run, by) if isinstance(by, Function) else by
    most = run.limits.output_bytes
    result = text_matching.replace(text, matcher_of(run, pattern), replacement, limit, most_bytes=most)
    if result is not UNDEFINED:
        run.charge_bytes(len(result))
    return result


def _replacer(run: Evaluation, function: Function) -> Callable[[Match], Any]:
    def by(found: Match) -> Any:
        run.charge(1)
        argument = {"match": found.match, "start": found.start, "end": found.end, "groups": found.groups}
        return unwrap(function.call([argument], None, run))

    return by

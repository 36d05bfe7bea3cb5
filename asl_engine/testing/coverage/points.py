"""What there is to cover in a definition: one point for each thing that a test may or may not have made happen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from asl_engine.definition.source.pointer import join_pointer

Kind = Literal["state", "transition", "choice", "retrier", "catcher", "map", "branch"]
KINDS: Final[tuple[Kind, ...]] = ("state", "transition", "choice", "retrier", "catcher", "map", "branch")

NO_COVER: Final = "asl: no cover"
"""In a Comment (of the machine, a state, a Choice rule, a Retrier or a Catcher): not to be covered."""

SIZES: Final = {"none": "with no items", "one": "with one item", "many": "with several items"}
_DEFAULT_MAX_ATTEMPTS: Final = 3
_NO_EXPRESSIONS: Final = frozenset(
    {
        "Branches", "Comment", "Default", "End", "ErrorEquals", "ItemProcessor", "Iterator", "Label", "Next",
        "QueryLanguage", "Resource", "Retry", "Type",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to cover.

    `id` tells it apart within its definition: a JSON pointer, with what is meant behind `#`. `pointer` is where
    it stands, `owner` the pointer of its state; `missing` says what did not happen.
    """

    id: str
    kind: Kind
    state: str
    owner: str
    pointer: str
    missing: str
    excluded: bool = False


def points_of(definition: dict[str, Any]) -> list[Point]:
    """Every point of a checked definition, in the order of the text."""
    return list(_machine(definition, "", definition.get("QueryLanguage", "JSONPath"), is_excluded(definition)))


def is_excluded(node: Any) -> bool:
    """Whether a Comment says so."""
    comment = node.get("Comment") if isinstance(node, dict) else None
    return isinstance(comment, str) and NO_COVER in comment


def _machine(definition: dict[str, Any], pointer: str, language: str, excluded: bool) -> Iterator[Point]:
    states = _members(definition.get("States"))
    unwanted = {name for name, state in states.items() if excluded or is_excluded(state)}
    for name, state in states.items():
        if not isinstance(state, dict):
            continue  # a placeholder that nobody has filled in: it cannot be entered
        place = join_pointer(pointer, "States", name)
        yield from _State(name, state, place, language, unwanted).points()
        for inside, below in nested(state, place):
            yield from _machine(inside, below, language, name in unwanted or is_excluded(inside))


def _members(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _parts(node: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The rules, Retriers, Catchers or branches of a field; a placeholder has none."""
    value = node.get(field)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def nested(state: dict[str, Any], pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The machines inside of a Map or Parallel, with their pointers."""
    for field in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(field), dict):
            yield state[field], f"{pointer}/{field}"
    for index, branch in enumerate(_parts(state, "Branches")):
        yield branch, f"{pointer}/Branches/{index}"


class _State:
    """The points of one state, without those of states inside. Ways into a state of `unwanted` are unwanted too."""

    def __init__(self, name: str, state: dict[str, Any], pointer: str, language: str, unwanted: set[str]) -> None:
        self.name = name
        self.state = state
        self.pointer = pointer
        self.unwanted = unwanted
        self.excluded = name in unwanted
        self.is_jsonata = state.get("QueryLanguage", language) == "JSONata"

    @property
    def _has_literal_items(self) -> bool:
        return isinstance(self.state.get("Items"), list)

    def points(self) -> Iterator[Point]:
        yield self._point(self.pointer, "state", self.pointer, "was never entered")
        yield from self._branches()
        if self.state.get("Type") == "Map" and "ItemReader" not in self.state and not self._has_literal_items:
            yield from self._sizes()
        yield from self._choices()
        yield from self._retriers()
        yield from self._catchers()
        yield from self._transition()

    def _point(self, id_: str, kind: Kind, pointer: str, missing: str, node: Any = None, to: Any = "") -> Point:
        excluded = self.excluded or is_excluded(node) or to in self.unwanted
        return Point(id_, kind, self.name, self.pointer, pointer, missing, excluded)

    def _transition(self) -> Iterator[Point]:
        following = self.state.get("Next")
        if following is not None:
            place = f"{self.pointer}/Next"
            yield self._point(place, "transition", place, f"never went on to {following}", to=following)
        elif self.state.get("End"):
            place = f"{self.pointer}/End"
            yield self._point(place, "transition", place, "never came to its end")

    def _choices(self) -> Iterator[Point]:
        for index, rule in enumerate(_parts(self.state, "Choices")):
            place = f"{self.pointer}/Choices/{index}"
            text = f"Choices[{index}] never matched (to {rule.get('Next')})"
            yield self._point(place, "choice", place, text, rule, rule.get("Next"))
        default = self.state.get("Default")
        if default is not None and self.state.get("Type") == "Choice":
            place = f"{self.pointer}/Default"
            yield self._point(place, "choice", place, f"Default was never taken (to {default})", to=default)

    def _retriers(self) -> Iterator[Point]:
        for index, retrier in enumerate(_parts(self.state, "Retry")):
            place = f"{self.pointer}/Retry/{index}"
            what = f"Retry[{index}] ({_names(retrier)})"
            if retrier.get("MaxAttempts", _DEFAULT_MAX_ATTEMPTS) != 0:
                yield self._point(f"{place}#used", "retrier", place, f"{what} was never used", retrier)
            yield self._point(f"{place}#exhausted", "retrier", place, f"{what} was never exhausted", retrier)

    def _catchers(self) -> Iterator[Point]:
        for index, catcher in enumerate(_parts(self.state, "Catch")):
            place = f"{self.pointer}/Catch/{index}"
            text = f"Catch[{index}] ({_names(catcher)}) never caught (to {catcher.get('Next')})"
            yield self._point(place, "catcher", place, text, catcher, catcher.get("Next"))

    def _sizes(self) -> Iterator[Point]:
        for size, words in SIZES.items():
            yield self._point(f"{self.pointer}#{size}", "map", self.pointer, f"never ran {words}")

    def _branches(self) -> Iterator[Point]:
        if not self.is_jsonata:
            return
        for pointer, text, owner in expressions(self.state, self.pointer):
            for position, line in conditions(text):
                where = f"{pointer.removeprefix(self.pointer + '/')}: {line}"
                for way, words in (("then", "true"), ("else", "false")):
                    id_ = branch_id(pointer, position, way == "then")
                    yield self._point(id_, "branch", pointer, f"{where} was never {words}", owner)


def _names(part: dict[str, Any]) -> str:
    names = part.get("ErrorEquals")
    return ", ".join(map(str, names)) if isinstance(names, list) else str(names)


def branch_id(pointer: str, position: int, chosen: bool) -> str:
    """The id of one way of a `? :`: `position` is that of the condition's node."""
    return f"{pointer}#{position}:{'then' if chosen else 'else'}"


def conditions(text: str) -> Iterator[tuple[int, str]]:
    """(position, how to name it) of every `? :` of an expression, in the order of the text."""
    if "?" not in text:
        return
    from asl_engine.query.jsonata import JsonataError, parse

    try:
        found = sorted(node.position for node in parse(text).walk() if node.kind == "condition")
    except JsonataError:
        return  # a placeholder that nobody has filled in
    for position in found:
        yield position, f"{_short(_condition_before(text, position - 1))} ?"


def _condition_before(text: str, end: int) -> str:
    """The condition that ends at `end`: back to what opens it or stands between it and another part."""
    depth = 0
    for start in range(end - 1, -1, -1):
        character = text[start]
        if character in ")]}":
            depth += 1
        elif character in "([{,;:?":
            if depth == 0:
                return text[start + 1 : end]
            depth -= character in "([{"
    return text[:end]


def _short(text: str) -> str:
    words = " ".join(text.removeprefix("=").split())
    return words if len(words) <= 60 else f"... {words[-60:]}"


def expressions(state: dict[str, Any], pointer: str) -> Iterator[tuple[str, str, Any]]:
    """(pointer, text without `{%` and `%}`, the rule or Catcher it belongs to) of a JSONata state's expressions."""
    for field, value in state.items():
        if field in ("Choices", "Catch"):
            for index, part in enumerate(_parts(state, field)):
                yield from _expressions(part, f"{pointer}/{field}/{index}", part)
        elif field not in _NO_EXPRESSIONS:
            yield from _texts(value, join_pointer(pointer, field), None)


def _expressions(part: dict[str, Any], pointer: str, owner: Any) -> Iterator[tuple[str, str, Any]]:
    for field, value in part.items():
        if field not in _NO_EXPRESSIONS:
            yield from _texts(value, join_pointer(pointer, field), owner)


def _texts(value: Any, pointer: str, owner: Any) -> Iterator[tuple[str, str, Any]]:
    from asl_engine.query.template_jsonata import is_jsonata

    if isinstance(value, dict):
        for key, member in value.items():
            yield from _texts(member, join_pointer(pointer, key), owner)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, join_pointer(pointer, index), owner)
    elif is_jsonata(value):
        yield pointer, value[2:-2], owner

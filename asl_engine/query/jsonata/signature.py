"""JSONata's signature language, `<s-nn?:s>`: what a function takes, and what becomes of wrong arguments.

The reference turns a signature into a regular expression over one letter for each argument. So do
we, but only once for each pattern of letters that is met: what the pattern leads to is kept as a plan.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.scope import UNDEFINED, Undefined

_ANY: Final = "[asnblfom]"
_PATTERNS: Final = {
    "s": "[sm]",
    "n": "[nm]",
    "b": "[bm]",
    "l": "[lm]",
    "o": "[om]",
    "a": _ANY,
    "f": "f",
    "j": "[asnblom]",
    "x": _ANY,
}
_ARRAY_WORDS: Final = {
    "a": "arrays",
    "b": "booleans",
    "f": "functions",
    "n": "numbers",
    "o": "objects",
    "s": "strings",
}
_MOST_PLANS: Final = 256


def _letter_of(kind: type) -> str:
    if issubclass(kind, (list, tuple)):
        return "a"
    return "o" if issubclass(kind, dict) else "s" if issubclass(kind, str) else "f"


class _Letters(dict[type, str]):
    """Type -> letter. Whatever is no JSON value and not nothing is a function."""

    def __missing__(self, kind: type) -> str:
        letter = self[kind] = _letter_of(kind)
        return letter


_LETTERS: Final = _Letters(
    {
        str: "s",
        int: "n",
        float: "n",
        bool: "b",
        type(None): "l",
        list: "a",
        dict: "o",
        Undefined: "m",
    }
)


def letter(value: Any) -> str:
    """The letter of a value: s n b l(null) a o f, m for nothing."""
    return _LETTERS[type(value)]


@dataclass(slots=True)
class _Parameter:
    pattern: str = ""
    kind: str = ""
    subtype: str | None = None
    context: re.Pattern[str] | None = None


_Step = tuple[str, int, "_Parameter", str]
"""What to do for one result: (action, index of the argument, parameter, letters the parameter matched)."""


@dataclass(slots=True)
class Signature:
    """A compiled signature. `definition` is its text; `arity` how many parameters it names."""

    definition: str
    _parameters: list[_Parameter]
    _pattern: re.Pattern[str]
    _plans: dict[str, list[_Step] | None] = field(default_factory=dict)

    @property
    def arity(self) -> int:
        return len(self._parameters)

    def validate(self, args: list[Any], context: Any) -> list[Any]:
        """The arguments as the function wants them: the context where one is left out, arrays made of
        single values, UNDEFINED for what is missing. `args` itself may be returned, and is never changed.

        Raises JsonataError T0410 (does not fit), T0411 (the context does not fit), T0412 (wrong members)."""
        letters = "".join([_LETTERS[type(arg)] for arg in args])
        try:
            plan = self._plans[letters]
        except KeyError:
            plan = self._plan(letters, args)
        if plan is None:
            return args
        return [_ACTIONS[action](args, context, index, parameter, matched)
                for action, index, parameter, matched in plan]  # fmt: skip

    def _plan(self, letters: str, args: list[Any]) -> list[_Step] | None:
        match = self._pattern.match(letters)
        if match is None:
            raise self._misfit(letters, args)
        steps = self._steps(match.groups())
        plain = all(step[0] == "take" and step[1] == place for place, step in enumerate(steps))
        plan = None if plain and len(steps) == len(args) else steps
        if len(self._plans) < _MOST_PLANS:
            self._plans[letters] = plan
        return plan

    def _steps(self, groups: tuple[str, ...]) -> list[_Step]:
        steps: list[_Step] = []
        index = 0
        for parameter, matched in zip(self._parameters, groups, strict=True):
            if not matched:
                steps.append(("take" if parameter.context is None else "context", index, parameter, matched))
                index += parameter.context is None
            elif parameter.kind == "a":
                steps += [
                    (_array_action(parameter, one), index + place, parameter, matched)
                    for place, one in enumerate(matched)
                ]
                index += len(matched)
            else:  # the reference hands on the first of several values as often as there are values
                steps += [("take", index, parameter, matched)] * len(matched)
                index += len(matched)
        return steps

    def _misfit(self, letters: str, args: list[Any]) -> JsonataError:
        good = 0
        pattern = ""
        for parameter in self._parameters:
            pattern += parameter.pattern
            match = _compiled(pattern, self.definition).match(letters)
            if match is None:
                break
            good = match.end()
        value = args[good] if good < len(args) else UNDEFINED
        return JsonataError("T0410", value=value, index=good + 1)


def _array_action(parameter: _Parameter, one: str) -> str:
    if one == "m":
        return "nothing"
    if one == "a":
        return "take" if parameter.subtype is None else "members"
    return "wrap" if parameter.subtype is None else "wrap one"


def _argument(args: list[Any], index: int) -> Any:
    return args[index] if index < len(args) else UNDEFINED


def _take(args: list[Any], context: Any, index: int, parameter: _Parameter, matched: str) -> Any:
    return _argument(args, index)


def _context(args: list[Any], context: Any, index: int, parameter: _Parameter, matched: str) -> Any:
    assert parameter.context is not None
    if parameter.context.search(letter(context)) is None:
        raise JsonataError("T0411", value=context, index=index + 1)
    return context


def _nothing(args: list[Any], context: Any, index: int, parameter: _Parameter, matched: str) -> Any:
    return UNDEFINED


def _wrap(args: list[Any], context: Any, index: int, parameter: _Parameter, matched: str) -> Any:
    return [_argument(args, index)]


def _wrap_one(args: list[Any], context: Any, index: int, parameter: _Parameter, matched: str) -> Any:
    if matched != parameter.subtype:
        raise _wrong_members(_argument(args, index), index, parameter)
    return [_argument(args, index)]


def _members(args: list[Any], context: Any, index: int, parameter: _Parameter, matched: str) -> Any:
    values = _argument(args, index)
    if not isinstance(values, list):
        return values  # what `+` has shifted out of its place is not looked at
    kinds = {_LETTERS[kind] for kind in set(map(type, values))}
    if kinds and kinds != {(parameter.subtype or "")[:1]}:
        raise _wrong_members(values, index, parameter)
    return values


def _wrong_members(value: Any, index: int, parameter: _Parameter) -> JsonataError:
    word = _ARRAY_WORDS.get(parameter.subtype or "", UNDEFINED)
    return JsonataError("T0412", value=value, index=index + 1, type=word)


_ACTIONS: Final[dict[str, Callable[[list[Any], Any, int, _Parameter, str], Any]]] = {
    "take": _take,
    "context": _context,
    "nothing": _nothing,
    "wrap": _wrap,
    "wrap one": _wrap_one,
    "members": _members,
}


@lru_cache(maxsize=1024)
def compile_signature(text: str) -> Signature:
    """A signature such as `<s-(sf)n?:s>`; what stands behind `:` is not looked at.

    Raises JsonataError S0401 (type parameters on what is no array or function), S0402 (a choice of
    parametrised types, or a signature that says nothing)."""
    parameters = _parse(text)
    pattern = "".join(f"({parameter.pattern})" for parameter in parameters) + r"\Z"
    return Signature(text, parameters, _compiled(pattern, text))


def _compiled(pattern: str, text: str) -> re.Pattern[str]:
    if re.search(r"[?+]\+|\?\?\?", pattern):  # Python would take `++` as possessive
        raise JsonataError("S0402", value=text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(pattern)
        except (re.error, RecursionError, OverflowError):
            raise JsonataError("S0402", value=text) from None


def _parse(text: str) -> list[_Parameter]:
    parameters: list[_Parameter] = []
    previous = _Parameter()
    position = 1
    while position < len(text) and text[position] != ":":
        symbol = text[position]
        if symbol in _PATTERNS:
            previous = _Parameter(_PATTERNS[symbol], symbol)
            parameters.append(previous)
        elif symbol == "(":
            end = _closing(text, position, "(", ")")
            previous = _choice(text[position + 1 : end], position)
            parameters.append(previous)
            position = end
        elif symbol == "<":
            position = _subtype(text, position, previous)
        elif symbol in "-?+":
            _modify(previous, symbol, text)
        position += 1
    return parameters


def _choice(choice: str, position: int) -> _Parameter:
    if "<" in choice:
        raise JsonataError("S0402", value=choice, offset=position)
    return _Parameter(f"[{choice}m]", f"({choice})")


def _subtype(text: str, position: int, parameter: _Parameter) -> int:
    if parameter.kind not in ("a", "f"):
        raise JsonataError("S0401", value=parameter.kind or UNDEFINED, offset=position)
    end = _closing(text, position, "<", ">")
    parameter.subtype = text[position + 1 : end]
    return end


def _modify(parameter: _Parameter, symbol: str, text: str) -> None:
    if not parameter.pattern:
        return  # a modifier of nothing is ignored
    if symbol == "-":
        parameter.context = _compiled(parameter.pattern, text)
        symbol = "?"
    parameter.pattern += symbol


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    """Where the bracket that opens at `start` is closed; the end of the text where it is not."""
    depth = 1
    for position in range(start + 1, len(text)):
        if text[position] == closing:
            depth -= 1
            if not depth:
                return position
        elif text[position] == opening:
            depth += 1
    return len(text)

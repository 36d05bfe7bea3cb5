"""What to write instead: the nearest field or value, where a field belongs, how to write a type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from asl_engine.definition.schema_load import load_schema
from asl_engine.definition.schema_walk import STATE_TYPES

_HOW_TO_WRITE: Final = {
    "[STRING]": 'a text: "..."',
    "[ARRAY]": "a list: [...]",
    "[OBJECT]": "an object: {...}",
    "[BOOLEAN]": "true or false",
    "Integer": "a whole number",
    "Number": "a number",
}
_INSTEAD: Final = {
    "JSONata": {
        "Parameters": "write Arguments (in a Map: ItemSelector)",
        "ResultSelector": "write Output",
        "ResultPath": "write Output",
        "InputPath": "write Arguments or Output with $states.input",
        "OutputPath": "write Output",
        "Result": "write Output",
        "ItemsPath": 'write Items: "{% $states.input.items %}"',
        "Variable": 'write Condition: "{% $states.input.x = 1 %}"',
    },
    "JSONPath": {
        "Arguments": "write Parameters",
        "Output": "write ResultSelector, ResultPath or OutputPath",
        "Items": "write ItemsPath",
        "Condition": "write Variable with a comparison",
    },
}


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` is most likely a misspelling of."""
    by_lower_case = {candidate.lower(): candidate for candidate in candidates}
    close = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.75)
    close = close or [candidate for candidate in by_lower_case if candidate.startswith(name.lower())]
    return by_lower_case[close[0]] if close else None


def listed(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def hint_for_field(name: str, known: Mapping[str, Any], state: Any) -> str:
    """What to do about a field that an object does not have. `state`: the state, if the object is one."""
    close = nearest(name, known)
    if close is not None:
        return f"did you mean {close}?"
    owners = _states_with(name) if isinstance(state, dict) and state.get("Type") in STATE_TYPES else []
    if owners:
        return f"only {listed(owners)} states have {name}: remove it"
    if name in ("Next", "Assign") and "And" in known:
        return f"{name} stands in the outermost rule only"
    return f"there may only be {listed(sorted(known))}" if len(known) <= 12 else "remove it"


def hint_for_other_language(name: str, language: str, *, may_change: bool) -> str:
    """What to write in place of a field of the other query language. `may_change`: the state may use that one."""
    other = "JSONPath" if language == "JSONata" else "JSONata"
    instead = _INSTEAD[language].get(name) or _instead_of(name, language)
    return f'{instead}, or set "QueryLanguage": "{other}" in the state' if may_change else instead


def _instead_of(name: str, language: str) -> str:
    if language == "JSONata" and name.endswith("Path"):
        return f'write {name.removesuffix("Path")}: "{{% ... %}}"'
    if language == "JSONata":
        return "write Condition" if name in ("And", "Or", "Not") else "remove it"
    return "remove it"


def _states_with(name: str) -> list[str]:
    """The state types that have a field, in either query language."""
    definitions = load_schema()["$defs"]
    return [
        state_type
        for state_type in STATE_TYPES
        if any(name in definitions[language + state_type]["properties"] for language in ("JSONPath", "JSONata"))
    ]


def hint_for_value(value: Any, allowed: list[str]) -> str:
    """The nearest allowed value, or all of them."""
    close = nearest(value, allowed) if isinstance(value, str) else None
    return f'did you mean "{close}"?' if close else f"write one of: {', '.join(allowed)}"


def hint_for_type(expected: str, value: Any) -> str:
    """How to write a value of the expected type, using the wrong one where that is easy."""
    if expected == "[ARRAY]" and isinstance(value, (str, dict)):
        return f'put it in a list: ["{value}"]' if isinstance(value, str) else "put it in a list: [{...}]"
    if expected in ("Integer", "Number") and isinstance(value, str) and _is_number(value):
        return f"write {value} without quotes"
    if expected == "[BOOLEAN]" and isinstance(value, str) and value.lower() in ("true", "false"):
        return f"write {value.lower()} without quotes"
    if expected == "[STRING]" and isinstance(value, (bool, int, float)):
        shown = str(value).lower() if isinstance(value, bool) else value
        return f'put it in quotes: "{shown}"'
    return f"write {_HOW_TO_WRITE[expected]}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def hint_for_several(present: list[str]) -> str:
    """Fields that exclude each other."""
    return f"keep only one of {', '.join(present)}"

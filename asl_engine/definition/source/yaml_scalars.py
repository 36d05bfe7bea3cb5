"""What a YAML scalar, or a tag of CloudFormation's, means as a JSON value."""

from __future__ import annotations

import math
from typing import Any, Final

_YAML_TAG: Final = "tag:yaml.org,2002:"
_TRUE: Final = frozenset({"yes", "true", "on"})
_MAX_DIGITS: Final = 4000


class ScalarError(ValueError):
    """A scalar that is no JSON value."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def scalar_value(event: Any) -> Any:
    """The JSON value of a `yaml.ScalarEvent`. Raises `ScalarError`."""
    tag = event.tag
    if tag is None or tag == "!":
        tag = _resolved(event.value) if event.implicit[0] and tag is None else _YAML_TAG + "str"
    elif not tag.startswith(_YAML_TAG):
        return fill_tag(tag.lstrip("!"), event.value)
    kind = tag.removeprefix(_YAML_TAG)
    if kind in ("int", "float") and ":" in event.value:
        return event.value
    return _CONVERTERS.get(kind, _unknown)(event.value)


def _resolved(text: str) -> str:
    """The tag that YAML 1.1 gives a plain scalar."""
    import yaml

    candidates = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], ())
    for tag, pattern in candidates:
        if pattern.match(text):
            return str(tag)
    return _YAML_TAG + "str"


def _unknown(text: str) -> Any:
    raise ScalarError("this tag has no meaning in JSON", "remove the tag")


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    if len(digits) > _MAX_DIGITS:
        raise ScalarError(f"a number of {len(digits)} digits is too long", "put the digits in quotes")
    try:
        if digits.startswith(("0b", "0x")):
            return sign * int(digits, 0)
        return sign * int(digits, 8 if digits.startswith("0") and digits != "0" else 10)
    except ValueError:
        raise ScalarError(f"{text[:40]!r} is no integer", "put it in quotes, or remove the tag") from None


def _float(text: str) -> float:
    digits = text.replace("_", "").lower()
    try:
        number = float(digits.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        raise ScalarError(f"{text[:40]!r} is no number", "put it in quotes, or remove the tag") from None
    if not math.isfinite(number):
        raise ScalarError(f"{text[:40]} is no JSON number", "write a number, or put the text in quotes")
    return number


def _boolean(text: str) -> bool:
    return text.lower() in _TRUE


_CONVERTERS: Final[dict[str, Any]] = {
    "str": str,
    "int": _integer,
    "float": _float,
    "bool": _boolean,
    "null": lambda text: None,
    "timestamp": str,
    "merge": str,
    "value": str,
}


def fill_tag(name: str, value: Any) -> str:
    """The text for a tagged value (`!Sub`, `!Ref`, `!GetAtt`, `!Join`; others `${Name}`): a hole."""
    if name == "Sub":
        text = value[0] if isinstance(value, list) and value else value
        if isinstance(text, str):
            return text
    if name == "Ref" and isinstance(value, str):
        return f"${{{value}}}"
    if name == "GetAtt":
        parts = value if isinstance(value, list) else [value]
        return "${" + ".".join(str(part) for part in parts) + "}"
    if name == "Join":
        return _joined(value)
    return f"${{{name}}}"


def _joined(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], list):
        separator, parts = value
        if isinstance(separator, str) and all(isinstance(part, (str, int)) for part in parts):
            return separator.join(str(part) for part in parts)
    return "${Join}"

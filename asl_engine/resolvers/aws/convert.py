"""Step Functions' JSON to the parameters of an API call, and an API's answer back to JSON, by the model.

Both walk the shape, so map keys (`Item`, `Metadata`, tags) are never recased while members are, at any
depth. Requests: null is absent, what is no text becomes its compact JSON where the API wants a text or
bytes, `"12"` is taken where it wants a number. Answers: keys in alphabetical order, timestamps as
ISO-8601 texts (SDK) or milliseconds since 1970 (optimised), bytes as text.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from asl_engine.resolvers.aws.model import did_you_mean, members, spelled, suggestion
from asl_engine.resolvers.aws.names import MEMBER_SYNONYMS, Style
from asl_engine.resolvers.aws.problem import Problem, item_path, member_path
from asl_engine.values import hash_map_order, read_json, write_json

if TYPE_CHECKING:
    from botocore.model import Shape

_INTEGER_TEXT: Final = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER_TEXT: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BOOLEAN_TEXTS: Final = {"true": True, "false": False}
_ABSENT: Final = object()


@dataclass(slots=True)
class Translation:
    """One translation of a request: whose spelling, and every problem met on the way."""

    style: Style
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, path: str, message: str, aws_message: str = "") -> Any:
        """Note a problem; the value at its place is left out."""
        self.problems.append(Problem(code, path, message, aws_message))
        return _ABSENT


def request_parameters(shape: Shape | None, value: Any, style: Style) -> tuple[dict[str, Any], list[Problem]]:
    """The keyword arguments of botocore's call for a task's parameters, and what is wrong with them.

    `shape` is the operation's input shape, None where it takes nothing. With problems the arguments
    hold what could be made of the rest.
    """
    translation = Translation(style)
    if shape is None:
        for name in value or {}:
            translation.report("UNKNOWN_FIELD", name, f"this action takes no parameters, so {name!r} must go")
        return {}, translation.problems
    made = _structure(translation, shape, {} if value is None else value, "")
    return ({} if made is _ABSENT else made), translation.problems


def _to_api(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if value is None:
        return _ABSENT
    return _REQUEST.get(shape.type_name, _scalar_text)(translation, shape, value, path)


def _structure(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if getattr(shape, "is_document_type", False):
        return value
    if isinstance(value, str) and translation.style == "optimized" and shape.name == "AttributeValue":
        value = {"S": value}  # the SDK's constructor takes a bare text: {":state": "DONE"}
    if not isinstance(value, dict):
        return _wrong_type(translation, path, "an object", value)
    known = members(shape, translation.style)
    made: dict[str, Any] = {}
    for name, item in value.items():
        place = member_path(path, name)
        member, member_shape = known.get(name) or _synonym(shape, name) or (None, None)
        if member is None:
            _unknown_field(translation, shape, name, place, known)
        elif (converted := _to_api(translation, member_shape, item, place)) is not _ABSENT:
            made[member] = converted
    return made


def _synonym(shape: Any, name: str) -> tuple[str, Any] | None:
    return (name, shape.members[name]) if shape.name in MEMBER_SYNONYMS and name in shape.members else None


def _unknown_field(translation: Translation, shape: Any, name: str, place: str, known: Mapping[str, Any]) -> None:
    near = spelled(shape, translation.style).get(name) or suggestion(name, known)
    listed = did_you_mean(near) or (f"; it has {', '.join(list(known)[:8])}" if known else "")
    translation.report(
        "UNKNOWN_FIELD",
        place,
        f"the API's {shape.name} has no field {name!r}{listed}",
        f"The field '{name}' is not supported by Step Functions",
    )


def _list(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if not isinstance(value, list):
        return _wrong_type(translation, path, "an array", value)
    made = [_to_api(translation, shape.member, item, item_path(path, i)) for i, item in enumerate(value)]
    return [item for item in made if item is not _ABSENT]


def _map(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        return _wrong_type(translation, path, "an object", value)
    made = {key: _to_api(translation, shape.value, item, item_path(path, key)) for key, item in value.items()}
    return {key: item for key, item in made.items() if item is not _ABSENT}


def _scalar_text(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if shape.serialization.get("jsonvalue"):
        return value
    return value if isinstance(value, str) else write_json(value)


def _bytes(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    # s3-put-object.str-3442: a streaming body is the value's JSON text, a text with its quotes.
    text = value if isinstance(value, str) and not shape.serialization.get("streaming") else write_json(value)
    return text.encode("utf-8", "surrogatepass")


def _whole(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if isinstance(value, str) and _INTEGER_TEXT.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return _wrong_type(translation, path, "a whole number", value)
    return value


def _fractional(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if isinstance(value, str) and _NUMBER_TEXT.fullmatch(value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _wrong_type(translation, path, "a number", value)
    return float(value)


def _boolean(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if isinstance(value, str) and value.lower() in _BOOLEAN_TEXTS:
        return _BOOLEAN_TEXTS[value.lower()]
    return value if isinstance(value, bool) else _wrong_type(translation, path, "true or false", value)


def _moment(translation: Translation, shape: Any, value: Any, path: str) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # Seconds since 1970, or milliseconds as the optimised integrations show them.
        return datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _wrong_type(translation, path, "an ISO-8601 time such as 2024-05-01T12:00:00Z", value)


def _wrong_type(translation: Translation, path: str, wanted: str, value: Any) -> Any:
    last = path.rsplit(".", 1)[-1].split("[")[0]
    return translation.report(
        "WRONG_TYPE",
        path,
        f"must be {wanted}, not {kind_of(value)}",
        f"The value of the field '{last}' has an invalid format",
    )


def kind_of(value: Any) -> str:
    """What a JSON value is, for a text: `a string`, `an array` ..."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return {str: "a string", dict: "an object", list: "an array", type(None): "null"}.get(type(value), "a number")


_REQUEST: Final[dict[str, Callable[[Translation, Any, Any, str], Any]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _scalar_text,
    "character": _scalar_text,
    "blob": _bytes,
    "integer": _whole,
    "long": _whole,
    "float": _fractional,
    "double": _fractional,
    "boolean": _boolean,
    "timestamp": _moment,
}


def response_value(shape: Shape | None, answer: Any, style: Style) -> Any:
    """The JSON value that Step Functions makes of botocore's parsed answer (without ResponseMetadata)."""
    return {} if shape is None else _from_api(shape, answer, style)


def _from_api(shape: Any, value: Any, style: Style) -> Any:
    if value is None:
        return None
    return _RESPONSE.get(shape.type_name, _as_it_is)(shape, value, style)


def _structure_back(shape: Any, value: Any, style: Style) -> Any:
    if getattr(shape, "is_document_type", False):
        return value
    names = spelled(shape, style)
    found = {
        names[member]: _from_api(shape.members[member], item, style)
        for member, item in value.items()
        if member in names and item is not None
    }
    return {name: found[name] for name in _ordered(shape, found, style)}


def _ordered(shape: Any, found: Mapping[str, Any], style: Style) -> list[str]:
    # Alphabetical; s3-get-object: a streaming body comes last.
    payload = spelled(shape, style).get(shape.serialization.get("payload", ""), "")
    streams = payload in found and bool(members(shape, style)[payload][1].serialization.get("streaming"))
    return sorted(found, key=lambda name: (streams and name == payload, name))


def _list_back(shape: Any, value: Any, style: Style) -> Any:
    return [_from_api(shape.member, item, style) for item in value]


def _map_back(shape: Any, value: Any, style: Style) -> Any:
    # dynamodb:getItem lists an item's keys as a Java HashMap does, aws-sdk:dynamodb as they came.
    keys = hash_map_order(value) if style == "optimized" else value
    return {key: _from_api(shape.value, value[key], style) for key in keys}


def _moment_back(shape: Any, value: Any, style: Style) -> Any:
    moment = value if isinstance(value, datetime) else _moment(Translation(style), shape, value, "")
    if moment is _ABSENT:
        return value
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # boto3#4683: nested executions give StartDate and StopDate as integers.
    return round(moment.timestamp() * 1000) if style == "optimized" else instant(moment)


def instant(moment: datetime) -> str:
    """A time as Java's `Instant` writes it: UTC, no fraction or one of three or six digits."""
    utc = moment.astimezone(UTC)
    if not utc.microsecond:
        fraction = ""
    elif utc.microsecond % 1000 == 0:
        fraction = f".{utc.microsecond // 1000:03d}"
    else:
        fraction = f".{utc.microsecond:06d}"
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _text_back(shape: Any, value: Any, style: Style) -> Any:
    return text_of(value.read() if hasattr(value, "read") else value)


def text_of(data: Any) -> Any:
    """Bytes as Step Functions shows them: their UTF-8 text; base64 where they are none (ours)."""
    if not isinstance(data, (bytes, bytearray)):
        return data
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(data).decode("ascii")


def _string_back(shape: Any, value: Any, style: Style) -> Any:
    if shape.serialization.get("jsonvalue") and not isinstance(value, str):
        return write_json(value)
    return value


def _float_back(shape: Any, value: Any, style: Style) -> Any:
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


def _as_it_is(shape: Any, value: Any, style: Style) -> Any:
    return value


_RESPONSE: Final[dict[str, Callable[[Any, Any, Style], Any]]] = {
    "structure": _structure_back,
    "list": _list_back,
    "map": _map_back,
    "string": _string_back,
    "blob": _text_back,
    "timestamp": _moment_back,
    "float": _float_back,
    "double": _float_back,
}


def payload_value(data: Any) -> Any:
    """A function's or an API's answer: its JSON value, or its text where it is no JSON."""
    text = text_of(data)
    try:
        return read_json(text)
    except ValueError:
        return text

"""A TestState request: from what a caller writes to checked texts (what boto3 takes) and their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from asl_engine.definition.source import read_document
from asl_engine.errors import SetupError
from asl_engine.testing.test_state_errors import parameters_refused, refusal, validation
from asl_engine.values import JsonText, JsonTextError, NotJsonError, copy_json, read_json, write_json

InspectionLevel = Literal["INFO", "DEBUG", "TRACE"]
FieldValidationMode = Literal["STRICT", "PRESENT", "NONE"]

_MOST_CHARACTERS: Final = 262_144


@dataclass(frozen=True, slots=True)
class _Text:
    """A parameter that is a text. `json` ones may also be given as values; `secret` ones AWS never quotes."""

    least: int = 0
    most: int = _MOST_CHARACTERS
    json: bool = False
    secret: bool = True
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Count:
    """A parameter that is a whole number from 0."""


@dataclass(frozen=True, slots=True)
class _Flag:
    """A parameter that is true or false."""


@dataclass(frozen=True, slots=True)
class _Members:
    """A parameter with parameters of its own."""

    members: Mapping[str, Any]
    required: tuple[str, ...] = ()


_REQUEST: Final = _Members(
    {
        "definition": _Text(1, 1_048_576, json=True),
        "roleArn": _Text(1, 256, secret=False),
        "input": _Text(json=True),
        "inspectionLevel": _Text(secret=False, one_of=("INFO", "DEBUG", "TRACE")),
        "revealSecrets": _Flag(),
        "variables": _Text(json=True),
        "stateName": _Text(1, 80),
        "mock": _Members(
            {
                "result": _Text(json=True),
                "errorOutput": _Members({"error": _Text(0, 256), "cause": _Text(0, 32_768)}),
                "fieldValidationMode": _Text(secret=False, one_of=("STRICT", "PRESENT", "NONE")),
            }
        ),
        "context": _Text(json=True),
        "stateConfiguration": _Members(
            {
                "retrierRetryCount": _Count(),
                "errorCausedByState": _Text(1, 80),
                "mapIterationFailureCount": _Count(),
                "mapItemReaderData": _Text(json=True),
            }
        ),
    },
    required=("definition",),
)
"""The API's parameters as botocore's model of `stepfunctions` has them."""

PARAMETERS: Final = tuple(_REQUEST.members)
"""The names of the parameters."""


def as_texts(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request as boto3 takes it: definition, input, variables, context, mock results as JSON texts.

    Where such a parameter is no text, it is a JSON value and written as one. Everything else is left alone.
    Raises `SetupError` for what is no JSON value.
    """
    texts: dict[str, Any] = _texts(_REQUEST, request, "")
    return texts


def _texts(shape: Any, value: Any, path: str) -> Any:
    if isinstance(shape, _Members) and isinstance(value, Mapping):
        return {name: _texts(shape.members.get(name), item, _below(path, name)) for name, item in value.items()}
    if isinstance(shape, _Text) and shape.json and not isinstance(value, str):
        if isinstance(value, JsonText):
            return value.text
        try:
            return write_json(copy_json(value))
        except NotJsonError as error:
            raise SetupError(f"{path} is neither a JSON text nor a JSON value: {error}") from None
    return value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def check_parameters(texts: Mapping[str, Any]) -> None:
    """Refuse what botocore refuses (unknown names, types, least lengths), then what AWS does (the rest)."""
    problems = list(_client_problems(_REQUEST, texts, ""))
    if problems:
        raise parameters_refused(problems)
    found = list(_service_problems(_REQUEST, texts, ""))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise validation(f"{len(found)} validation {errors} detected: {'; '.join(found)}")


def _client_problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    yield from _CLIENT[type(shape)](shape, value, path)


def _members_problems(shape: _Members, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _wrong_type(value, path, dict)
        return
    for name in shape.required:
        if name not in value:
            yield f'Missing required parameter in {path or "input"}: "{name}"'
    for name, item in value.items():
        if name not in shape.members:
            known = ", ".join(shape.members)
            yield f'Unknown parameter in {path or "input"}: "{name}", must be one of: {known}'
        else:
            yield from _client_problems(shape.members[name], item, _below(path, name))


def _text_problems(shape: _Text, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _wrong_type(value, path, str)
    elif len(value) < shape.least:
        yield f"Invalid length for parameter {path}, value: {len(value)}, valid min length: {shape.least}"


def _count_problems(shape: _Count, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield _wrong_type(value, path, int)
    elif value < 0:
        yield f"Invalid value for parameter {path}, value: {value}, valid min value: 0"


def _flag_problems(shape: _Flag, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield _wrong_type(value, path, bool)


def _wrong_type(value: Any, path: str, wanted: type) -> str:
    return f"Invalid type for parameter {path}, value: {value}, type: {type(value)}, valid types: {wanted}"


_CLIENT: Final[dict[type, Callable[[Any, Any, str], Iterator[str]]]] = {
    _Members: _members_problems,
    _Text: _text_problems,
    _Count: _count_problems,
    _Flag: _flag_problems,
}


def _service_problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, _Members):
        for name, item in value.items():
            yield from _service_problems(shape.members[name], item, _below(path, name))
    elif isinstance(shape, _Text):
        shown = "Value" if shape.secret else f"Value '{value}'"
        place = f"{shown} at '{path}' failed to satisfy constraint: Member must"
        if len(value) > shape.most:
            yield f"{place} have length less than or equal to {shape.most}"
        if shape.one_of and value not in shape.one_of:
            yield f"{place} satisfy enum value set: [{', '.join(shape.one_of)}]"


@dataclass(frozen=True, slots=True)
class Mock:
    """What stands in for the work of a state: a result (a JSON text, not read yet), or an error."""

    result: str | None
    error: str | None
    cause: str | None
    mode: FieldValidationMode

    @property
    def fails(self) -> bool:
        """Whether it is an error."""
        return self.result is None


@dataclass(frozen=True, slots=True)
class StateConfiguration:
    """What is assumed to have happened before: retries, failed items, the data that an ItemReader read."""

    retrier_retry_count: int = 0
    error_caused_by_state: str | None = None
    map_iteration_failure_count: int | None = None
    map_item_reader_data: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose parameters are well-formed; its JSON texts are read when the state needs them."""

    definition: str
    state_name: str | None
    role_arn: str | None
    input_text: str
    variables_text: str | None
    context_text: str | None
    mock: Mock | None
    configuration: StateConfiguration
    level: InspectionLevel
    reveal_secrets: bool


def read_request(texts: Mapping[str, Any]) -> Request:
    """The request of checked parameters. Refuses what contradicts itself, whatever the definition is."""
    configuration = texts.get("stateConfiguration", {})
    mock = _mock(texts.get("mock"))
    if mock is None and "mapIterationFailureCount" in configuration:
        raise validation("TestState does not support MapIterationFailureCount when a mock is not specified.")
    if mock is None and "context" in texts:
        raise validation("TestState does not support Context when a mock is not specified.")
    return Request(
        texts["definition"],
        texts.get("stateName"),
        texts.get("roleArn"),
        texts.get("input", "{}"),
        texts.get("variables"),
        texts.get("context"),
        mock,
        StateConfiguration(
            configuration.get("retrierRetryCount", 0),
            configuration.get("errorCausedByState"),
            configuration.get("mapIterationFailureCount"),
            configuration.get("mapItemReaderData"),
        ),
        texts.get("inspectionLevel", "INFO"),
        texts.get("revealSecrets", False),
    )


def _mock(given: Mapping[str, Any] | None) -> Mock | None:
    if given is None:
        return None
    error = given.get("errorOutput")
    if ("result" in given) == (error is not None):
        raise validation("A test mock should have only one of the following fields: [result, errorOutput].")
    error = error or {}
    mode = given.get("fieldValidationMode", "STRICT")
    return Mock(given.get("result"), error.get("error"), error.get("cause"), mode)


def read_input(text: str) -> Any:
    """The value of the input's text, refused in the words of StartExecution."""
    try:
        return read_json(text)
    except JsonTextError:
        found = read_document(text, format="json").problems
        reason = found[0].message if found else "Invalid execution input."
        raise refusal("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{reason}'") from None


def read_variables(text: str | None) -> dict[str, Any]:
    """The workflow variables that the state finds, by name."""
    if text is None:
        return {}
    try:
        variables = read_json(text)
    except JsonTextError as error:
        raise validation(f"Variables must be a valid JSON object: {error}") from None
    if not isinstance(variables, dict):
        raise validation("Variables must be a valid JSON object")
    return variables

"""Which fields hold paths, templates and JSONata, by query language and state type.

A field that its state type does not have is left out: the structure check has refused it already, and
one mistake gives one diagnostic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from asl_engine.definition.lint.rule import Language

#: How the walker goes on into a field: the rooms with fields of their own, and the kinds of leaves.
Inside = Literal["path", "template", "jsonata", "assign", "literal", "catch", "choices", "reader", "batcher", "writer"]


@dataclass(frozen=True, slots=True)
class PathField:
    """What a path field may hold beside a plain path into the input."""

    reference: bool = True
    context: bool = True
    variable: bool = True
    intrinsic: bool = False


_ANY = PathField(reference=False)
_TARGET = PathField(context=False, variable=False)
_OPERAND = PathField()
_MAP_NUMBER = PathField(context=False)
_TEXT = PathField(intrinsic=True)

PATH_FIELDS: Final[dict[str, PathField]] = {
    "InputPath": _ANY,
    "OutputPath": _ANY,
    "ResultPath": _TARGET,
    "ItemsPath": _OPERAND,
    "Variable": _OPERAND,
    "SecondsPath": _OPERAND,
    "TimestampPath": _OPERAND,
    "TimeoutSecondsPath": _OPERAND,
    "HeartbeatSecondsPath": _OPERAND,
    "ErrorPath": _TEXT,
    "CausePath": _TEXT,
    "MaxConcurrencyPath": _MAP_NUMBER,
    "ToleratedFailureCountPath": _MAP_NUMBER,
    "ToleratedFailurePercentagePath": _MAP_NUMBER,
    "MaxItemsPath": _MAP_NUMBER,
    "MaxItemsPerBatchPath": _MAP_NUMBER,
    "MaxInputBytesPerBatchPath": _MAP_NUMBER,
}
#: `StringEqualsPath` and its thirty siblings.
COMPARISON_PATH: Final = _OPERAND


def path_field(name: str) -> PathField:
    """What the path field `name` may hold."""
    return PATH_FIELDS.get(name, COMPARISON_PATH)


Fields = dict[str, Inside]
_IN_OUT: Final[Fields] = {"InputPath": "path", "OutputPath": "path"}
_RESULT: Final[Fields] = {"ResultSelector": "template", "ResultPath": "path"}
_CATCH: Final[Fields] = {"Catch": "catch"}
_ASSIGN: Final[Fields] = {"Assign": "assign"}

_JSONPATH: Final[dict[str, Fields]] = {
    "Task": {
        **_IN_OUT,
        **_RESULT,
        **_CATCH,
        **_ASSIGN,
        "Parameters": "template",
        "Credentials": "template",
        "TimeoutSecondsPath": "path",
        "HeartbeatSecondsPath": "path",
    },
    "Pass": {**_IN_OUT, **_ASSIGN, "Parameters": "template", "ResultPath": "path", "Result": "literal"},
    "Wait": {**_IN_OUT, **_ASSIGN, "SecondsPath": "path", "TimestampPath": "path"},
    "Succeed": _IN_OUT,
    "Fail": {"Error": "literal", "Cause": "literal", "ErrorPath": "path", "CausePath": "path"},
    "Choice": {**_IN_OUT, **_ASSIGN, "Choices": "choices"},
    "Parallel": {**_IN_OUT, **_RESULT, **_CATCH, **_ASSIGN, "Parameters": "template"},
    "Map": {
        **_IN_OUT,
        **_RESULT,
        **_CATCH,
        **_ASSIGN,
        "Parameters": "template",
        "ItemSelector": "template",
        "ItemsPath": "path",
        "MaxConcurrencyPath": "path",
        "ToleratedFailureCountPath": "path",
        "ToleratedFailurePercentagePath": "path",
        "ItemReader": "reader",
        "ItemBatcher": "batcher",
        "ResultWriter": "writer",
    },
}

_OUTPUT: Final[Fields] = {"Output": "jsonata", "Assign": "assign"}
_JSONATA: Final[dict[str, Fields]] = {
    "Task": {
        **_OUTPUT,
        **_CATCH,
        "Arguments": "jsonata",
        "Credentials": "jsonata",
        "TimeoutSeconds": "jsonata",
        "HeartbeatSeconds": "jsonata",
    },
    "Pass": _OUTPUT,
    "Wait": {**_OUTPUT, "Seconds": "jsonata", "Timestamp": "jsonata"},
    "Succeed": {"Output": "jsonata"},
    "Fail": {"Error": "jsonata", "Cause": "jsonata"},
    "Choice": {**_OUTPUT, "Choices": "choices"},
    "Parallel": {**_OUTPUT, **_CATCH, "Arguments": "jsonata"},
    "Map": {
        **_OUTPUT,
        **_CATCH,
        "Items": "jsonata",
        "ItemSelector": "jsonata",
        "MaxConcurrency": "jsonata",
        "ToleratedFailureCount": "jsonata",
        "ToleratedFailurePercentage": "jsonata",
        "ItemReader": "reader",
        "ItemBatcher": "batcher",
        "ResultWriter": "writer",
    },
}

STATE_FIELDS: Final[dict[Language, dict[str, Fields]]] = {"JSONPath": _JSONPATH, "JSONata": _JSONATA}
CATCHER_FIELDS: Final[dict[Language, Fields]] = {
    "JSONPath": {"ResultPath": "path", "Assign": "assign"},
    "JSONata": {"Output": "jsonata", "Assign": "assign"},
}
CHOICE_FIELDS: Final[dict[Language, Fields]] = {
    "JSONPath": {"Variable": "path", "Assign": "assign"},
    "JSONata": {"Condition": "jsonata", "Output": "jsonata", "Assign": "assign"},
}
#: Of ItemReader and its ReaderConfig, ItemBatcher, ResultWriter, where paths may stand beside templates.
PART_FIELDS: Final[dict[str, dict[Language, Fields]]] = {
    "reader": {"JSONPath": {"Parameters": "template"}, "JSONata": {"Arguments": "jsonata"}},
    "reader config": {"JSONPath": {"MaxItemsPath": "path"}, "JSONata": {"MaxItems": "jsonata"}},
    "batcher": {
        "JSONPath": {
            "MaxItemsPerBatchPath": "path",
            "MaxInputBytesPerBatchPath": "path",
            "BatchInput": "template",
        },
        "JSONata": {
            "MaxItemsPerBatch": "jsonata",
            "MaxInputBytesPerBatch": "jsonata",
            "BatchInput": "jsonata",
        },
    },
    "writer": {"JSONPath": {"Parameters": "template"}, "JSONata": {"Arguments": "jsonata"}},
}

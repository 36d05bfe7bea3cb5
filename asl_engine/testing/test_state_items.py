"""The items of a Distributed Map under test: the data that its ItemReader read, and its batches."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from asl_engine.errors import StatesError
from asl_engine.machine.frame import Frame
from asl_engine.query.jsonpath import compile_field_path
from asl_engine.query.template import compile_jsonpath_template
from asl_engine.query.template_jsonata import compile_jsonata_field, compile_jsonata_template
from asl_engine.values import JsonTextError, read_json, size_in_bytes

_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_MOST_BATCH_BYTES: Final = 256 * 1024


def read_items(reader: Mapping[str, Any], data: str, most: int | None) -> tuple[list[Any], Any]:
    """(items, what ItemsPointer selected or None) of an ItemReader whose source holds the text `data`.

    `most` is the value of MaxItems; 0 and None are all. Raises `StatesError` States.ItemReaderFailed, as
    the Map would.
    """
    config = reader.get("ReaderConfig") or {}
    kind = "JSON" if str(reader.get("Resource", "")).endswith(":listObjectsV2") else config.get("InputType", "JSON")
    if kind not in _READERS:
        raise _failed(f"data of the InputType {kind} is not given as text: mock the Map without mapItemReaderData")
    items, pointed = _READERS[kind](config, data)
    if most is not None and most < 0:
        raise _failed("field MaxItems must be positive")
    return (items[: int(most)] if most else items), pointed


def _read_json(config: Mapping[str, Any], data: str) -> tuple[list[Any], Any]:
    value = _value(data)
    pointer = config.get("ItemsPointer")
    pointed = None if pointer is None else _pointed(value, pointer)
    items = value if pointer is None else pointed
    if not isinstance(items, list):
        raise _failed("Attempting to map over non-iterable node.")
    return items, pointed


def _read_json_lines(config: Mapping[str, Any], data: str) -> tuple[list[Any], Any]:
    return [_value(line) for line in data.splitlines() if line.strip()], None


def _read_csv(config: Mapping[str, Any], data: str) -> tuple[list[Any], Any]:
    """Rows as objects of texts: missing fields are empty, surplus ones are dropped (recorded)."""
    delimiter = _DELIMITERS.get(config.get("CSVDelimiter", "COMMA"), ",")
    rows = list(csv.reader(io.StringIO(data, newline=""), delimiter=delimiter))
    headers = config.get("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else None
    if headers is None:
        headers, rows = (rows[0], rows[1:]) if rows else ([], [])
    return [dict(zip(headers, row + [""] * len(headers), strict=False)) for row in rows], None


_READERS: Final[dict[str, Callable[[Mapping[str, Any], str], tuple[list[Any], Any]]]] = {
    "JSON": _read_json,
    "JSONL": _read_json_lines,
    "CSV": _read_csv,
}


def _value(text: str) -> Any:
    try:
        return read_json(text)
    except JsonTextError as error:
        raise _failed(f"Unable to parse the data as JSON: {error}") from None


def _pointed(value: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer leads to."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise _failed(f"The ItemsPointer '{pointer}' leads to nothing in the data")
    return value


def _failed(cause: str) -> StatesError:
    return StatesError("States.ItemReaderFailed", cause)


def most_items(reader: Mapping[str, Any], frame: Frame, *, jsonata: bool) -> int | None:
    """MaxItems of an ItemReader: a literal, a path or JSONata."""
    return _number(reader.get("ReaderConfig") or {}, "MaxItems", frame, jsonata=jsonata)


def _number(holder: Mapping[str, Any], field: str, frame: Frame, *, jsonata: bool) -> int | None:
    if f"{field}Path" in holder:
        return int(compile_field_path(holder[f"{field}Path"])(frame.input, frame))
    given = holder.get(field)
    if jsonata and isinstance(given, str):
        return int(compile_jsonata_field(given, field, "number")(frame))
    return given


def batches(batcher: Mapping[str, Any], items: list[Any], frame: Frame, *, jsonata: bool) -> list[dict[str, Any]]:
    """The inputs of the child executions: `{"BatchInput": ..., "Items": [...]}` (recorded order)."""
    count = _number(batcher, "MaxItemsPerBatch", frame, jsonata=jsonata) or len(items) or 1
    size = _number(batcher, "MaxInputBytesPerBatch", frame, jsonata=jsonata) or _MOST_BATCH_BYTES
    common: dict[str, Any] = {}
    if "BatchInput" in batcher:
        common["BatchInput"] = _batch_input(batcher["BatchInput"], frame, jsonata=jsonata)
    return [{**common, "Items": batch} for batch in _split(items, count, size - size_in_bytes(common))]


def _batch_input(node: Any, frame: Frame, *, jsonata: bool) -> Any:
    if jsonata:
        return compile_jsonata_template(node, "ItemBatcher/BatchInput")(frame)
    return compile_jsonpath_template(node, "BatchInput")(frame.input, frame)


def _split(items: list[Any], count: int, room_bytes: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    used = 0
    for item in items:
        size = size_in_bytes(item) + 1
        if batch and (len(batch) == count or used + size > room_bytes):
            yield batch
            batch, used = [], 0
        batch.append(item)
        used += size
    if batch:
        yield batch

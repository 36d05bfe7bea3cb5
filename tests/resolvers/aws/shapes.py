"""Sample values for botocore's shapes, for laws that hold for every operation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

DEEPEST = 5
MOMENT = datetime(2024, 5, 1, 12, 30, 15, 250_000, UTC)


def sample(shape: Any, depth: int = 0) -> Any:
    """A value of `shape` as botocore has it: every member, one item in each list and map."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return {"any": ["JSON", 1, None]}
        if depth > DEEPEST:
            return {}
        return {name: sample(member, depth + 1) for name, member in shape.members.items()}
    if kind == "list":
        return [sample(shape.member, depth + 1)] if depth <= DEEPEST else []
    if kind == "map":
        return {"a key-as_It.Is": sample(shape.value, depth + 1)} if depth <= DEEPEST else {}
    return {
        "string": "text",
        "character": "c",
        "blob": b"bytes \xc3\xa9",
        "integer": 7,
        "long": 2**40,
        "float": 1.5,
        "double": -2.25,
        "boolean": True,
        "timestamp": MOMENT,
    }[kind]

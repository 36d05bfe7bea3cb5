"""The schemas that are shipped: inside the wheel, or beside the package in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from asl_engine.values import read_json


@cache
def load_schema(name: str = "state-machine") -> dict[str, Any]:
    """The JSON Schema `schemas/{name}.json`. Not to be changed. Raises FileNotFoundError."""
    schema: dict[str, Any] = read_json(_read(f"{name}.json"))
    return schema


def _read(file: str) -> bytes:
    package = Path(__file__).parents[1]
    for folder in (package / "schemas", package.parent / "schemas"):
        if (folder / file).is_file():
            return (folder / file).read_bytes()
    from importlib.resources import files  # a package inside a zip

    return (files("asl_engine") / "schemas" / file).read_bytes()

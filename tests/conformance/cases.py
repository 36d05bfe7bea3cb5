"""Cases of a folder, and the comparer that lies beside them."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.conformance.local_mock import as_local

#: The categories in the order in which they are printed.
CATEGORIES = (
    "execution",
    "output",
    "express",
    "logs",
    "mocked",
    "local_mock",
    "eventbridge",
    "test_state",
    "validation",
    "api",
)

#: Categories that run the cases of another one's folder in another way: folder, what they make of a case.
_OF_OTHERS = {"local_mock": ("mocked", as_local)}


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Where one case lies: read only when it is run, so that workers share little."""

    category: str
    path: Path

    def read(self) -> dict[str, Any]:
        case: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return _OF_OTHERS[self.category][1](case) if self.category in _OF_OTHERS else case


def find_cases(folder: Path, categories: Iterable[str] = ()) -> list[CaseFile]:
    """Every case of `folder`, in a fixed order. Raises `FileNotFoundError` where there is none."""
    wanted = tuple(categories) or CATEGORIES
    found = [
        CaseFile(category, path)
        for category in wanted
        for path in sorted((folder / _OF_OTHERS.get(category, (category,))[0]).glob("*.json"))
    ]
    if not found:
        raise FileNotFoundError(f"{folder}: no cases of {', '.join(wanted)} in here")
    return found


@cache
def comparer(folder: Path) -> ModuleType:
    """The module `compare.py` of `folder`, imported by its path."""
    path = folder / "compare.py"
    spec = importlib.util.spec_from_file_location("conformance_compare", path)
    if spec is None or spec.loader is None or not path.exists():
        raise FileNotFoundError(f"{path}: the comparer must lie beside the cases")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module

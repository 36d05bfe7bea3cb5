"""Where the files of tests lie: the definition that a machine's name stands for, configurations, recorded cases."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from asl_engine.definition.lint.hints import listed
from asl_engine.errors import SetupError

_PASSED_OVER: Final = frozenset(
    ("node_modules", "__pycache__", "venv", "env", "site-packages", "build", "dist", "cdk.out", "target")
)
_DEFINITION: Final = re.compile(r"(?P<stem>.+?)(?P<asl>\.asl)?\.(?:json|ya?ml)", re.IGNORECASE)
_MOST_FILES: Final = 50_000
CASE_SUFFIX: Final = ".case.json"


def find_definition(config_file: str, machine: str) -> Path | None:
    """The definition named after `machine` near a configuration: in its folder or below, else below the working
    folder. Letters' case, `-`, `_` and a trailing `StateMachine` count for nothing; `.asl.json` comes before
    `.json`. Raises `SetupError` where several fit."""
    for folder in dict.fromkeys((Path(config_file).absolute().parent, Path.cwd())):
        found = [(bool(match["asl"]), path) for path, match in _named(folder, machine)]
        best = [path for is_asl, path in found if is_asl] or [path for _, path in found]
        if len(best) == 1:
            return best[0]
        if best:
            paths = listed(os.path.relpath(path) for path in sorted(best))
            raise SetupError(
                f"several definitions are named {machine!r}: {paths}; choose one with "
                f"asl test --definition {machine}=FILE, or in the file of cases"
            )
    return None


def _named(folder: Path, machine: str) -> Iterator[tuple[Path, re.Match[str]]]:
    wanted = _plain(machine)
    for path in files_below(folder):
        match = _DEFINITION.fullmatch(path.name)
        if match is not None and _plain(match["stem"]) == wanted:
            yield path, match


def _plain(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return plain.removesuffix("statemachine") or plain


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in order of names, without what no project's tests lie in. The search ends
    after many files."""
    seen = 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PASSED_OVER)
        for name in sorted(names):
            yield Path(here) / name
        seen += len(names)
        if seen > _MOST_FILES:
            return


def is_config_name(name: str) -> bool:
    """Whether a file is named as a mock configuration is: `MockConfigFile.json`, `order.mockconfig.yaml`, ..."""
    plain = re.sub(r"[^a-z.]", "", name.lower())
    return "mockconfig" in plain and not re.search(r"\.cases\.(json|ya?ml)$", plain) and _is_data(plain)


def _is_data(name: str) -> bool:
    return name.endswith((".json", ".yaml", ".yml"))

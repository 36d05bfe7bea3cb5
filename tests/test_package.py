"""The package as its users get it: public names, what its import costs, the wheel."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import asl_engine
from asl_engine.values import read_json

ROOT = Path(__file__).resolve().parents[1]
HEAVY = (
    "anyio", "asyncio", "boto3", "botocore", "importlib.metadata", "importlib.resources", "jsonpath_ng", "jsonschema",
    "regex", "rich", "socket", "sqlite3", "trio", "yaml",
)  # fmt: skip


def run_python(code: str, *, path: Path = ROOT, folder: Path | None = None) -> str:
    """What `python -c code` prints, with `path` first among the places to import from."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(path)},
        cwd=folder or ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---- public names


def test_every_public_name_can_be_imported() -> None:
    for name in asl_engine.__all__:
        assert getattr(asl_engine, name) is not None, name


def test_public_names_are_listed_once() -> None:
    assert len(set(asl_engine.__all__)) == len(asl_engine.__all__)
    assert set(asl_engine.__all__) <= set(dir(asl_engine))


def test_the_table_of_homes_names_the_public_names_and_no_other() -> None:
    assert set(asl_engine._HOME_OF) == set(asl_engine.__all__)


def test_the_names_that_the_documentation_promises() -> None:
    promised = {
        "AWS_LIMITS", "NO_LIMITS", "PENDING", "UNANSWERED", "DefinitionError", "ExecutionAborted", "ExecutionError",
        "ExecutionFailed", "ExecutionTimedOut", "JsonText", "Reply", "SetupError", "StateMachine", "StatesError",
        "TaskError", "TaskRequest", "Tasks", "VirtualClock",
    }  # fmt: skip
    assert promised <= set(asl_engine.__all__)


def test_everything_that_is_public_says_what_it_is() -> None:
    for name in asl_engine.__all__:
        value = getattr(asl_engine, name)
        if isinstance(value, type):
            assert value.__doc__, name


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'asl_engine' has no attribute 'Nonsense'"):
        asl_engine.Nonsense  # noqa: B018


def test_a_star_import_gives_the_public_names() -> None:
    names = run_python("before = set(globals()); from asl_engine import *; print(sorted(set(globals()) - before))")
    assert names == str(sorted([*asl_engine.__all__, "before"]))


def test_every_exception_of_ours_has_one_root() -> None:
    for name in asl_engine.__all__:
        value = getattr(asl_engine, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, asl_engine.AslError), name


# ---- what an import costs


def loaded_by(code: str) -> set[str]:
    """Which of the heavy modules are loaded after `code`, and were not before it."""
    news = f"[name for name in {HEAVY!r} if name in set(sys.modules) - before]"
    wanted = f"import sys; before = set(sys.modules); {code}; print({news})"
    return set(read_json(run_python(wanted).replace("'", '"')))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import asl_engine") == set()


def test_importing_the_package_loads_none_of_its_own_rooms() -> None:
    code = "import sys, asl_engine; print(sorted(name for name in sys.modules if name.startswith('asl_engine.')))"
    assert run_python(code) == "[]"


def test_errors_and_values_load_nothing_heavy() -> None:
    assert loaded_by("from asl_engine import DefinitionError, JsonText, SetupError, TaskError") == set()


# ---- the wheel


def why_no_build() -> str:
    missing = [name for name in ("build", "hatchling") if importlib.util.find_spec(name) is None]
    return f"no wheel can be built without {' and '.join(missing)}" if missing else ""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a clean copy of the checkout, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    clean = folder / "checkout"
    clean.mkdir()
    rubbish = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("asl_engine", "schemas", "samples"):
        shutil.copytree(ROOT / name, clean / name, ignore=rubbish)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, clean)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(clean)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed without its dependencies in a folder of its own."""
    target = tmp_path_factory.mktemp("installed")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            str(target),
            str(wheel),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return target


needs_build = pytest.mark.skipif(bool(why_no_build()), reason=why_no_build())


@needs_build
def test_the_wheel_holds_types_schemas_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        assert "asl = asl_engine.cli:main" in archive.read(entry_points).decode()
    assert {"asl_engine/py.typed", "asl_engine/schemas/state-machine.json", "asl_engine/__main__.py"} <= names
    assert not [name for name in names if name.startswith(("tests/", "samples/")) or "__pycache__" in name]
    checkout = wheel.parents[1] / "checkout"
    ours = {path.relative_to(checkout).as_posix() for path in (checkout / "asl_engine").rglob("*.py")}
    assert ours <= names


@needs_build
def test_the_wheel_runs_a_machine_elsewhere(installed: Path, tmp_path: Path) -> None:
    code = (
        "import asl_engine; "
        "m = asl_engine.StateMachine({'StartAt': 'P', 'States': {'P': {'Type': 'Pass', 'End': True}}}); "
        "print(asl_engine.__file__); print(m.run([1, 'x'], clock=asl_engine.VirtualClock()).output_text)"
    )  # fmt: skip
    file, output = run_python(code, path=installed, folder=tmp_path).splitlines()
    assert Path(file).is_relative_to(installed)
    assert output == '[1,"x"]'


@needs_build
def test_the_wheel_finds_its_schema(installed: Path, tmp_path: Path) -> None:
    code = (
        "from asl_engine.definition.schema_load import load_schema; from asl_engine.values import write_json; "
        "print(write_json(load_schema()))"
    )
    shipped = read_json(run_python(code, path=installed, folder=tmp_path))
    assert shipped == read_json((ROOT / "schemas" / "state-machine.json").read_text())


@needs_build
def test_the_wheel_refuses_a_wrong_definition_with_its_place(installed: Path, tmp_path: Path) -> None:
    definition = tmp_path / "wrong.asl.json"
    definition.write_text('{"StartAt": "P",\n "States": {"P": {"Type": "Pass", "Nxt": "Q", "End": true}}}')
    done = subprocess.run(
        [sys.executable, "-m", "asl_engine", "validate", str(definition)],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert ":2:" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


# ---- what it needs

DECLARED = {
    "anyio": {"anyio"},
    "boto3": {"boto3", "botocore", "urllib3"},  # it needs the other two itself
    "jsonpath-ng": {"jsonpath_ng"},
    "jsonschema": {"jsonschema"},
    "PyYAML": {"yaml"},
    "regex": {"regex"},
    "rich": {"rich"},
}
WHERE_THERE: dict[str, set[str]] = {"drivers": {"trio"}, "testing": {"pytest", "hypothesis"}}
"""What a room imports only where its user has it already."""


def imported(file: Path) -> set[str]:
    """The packages that a module imports, anywhere in it, but for the standard library's and our own."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"asl_engine"}


def test_it_imports_nothing_but_what_it_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {re.split("[<>=]", line)[0] for line in project["dependencies"]} == DECLARED.keys()
    known = set().union(*DECLARED.values())
    for file in (ROOT / "asl_engine").rglob("*.py"):
        room = file.relative_to(ROOT / "asl_engine").parts[0]
        assert imported(file) <= known | WHERE_THERE.get(room, set()), file
